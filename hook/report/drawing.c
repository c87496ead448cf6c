// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/drawing.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "message.h"
#include "out.h"
#include "report/html.h"

#define WIDTH 344u
#define INDENT 16u
#define DEEPEST 8u /* what is deeper is drawn no further right */
#define BOX 54u	   /* the height of a device, */
#define BRIDGE 38u /* and of one that only leads to others */
#define GAP 8u
#define CELL 18u /* of a grid */
#define SIZE 15u /* of what is in it */
#define CAPTION 18u
#define MANY 12	      /* devices of one sort below one parent are a grid from here on */
#define BOXES 8	      /* of a drawing of devices that nothing is below */
#define MOST_BOXES 40 /* more of them are a grid */
#define MONO 7.3
#define SANS 6.3

/* ---- forms ---- */

/* What stands for a state, in a square of 12; the classes have the colours. */
static const char *const forms[] = {
	[VPREP_HOST_DEVICE_FREE] = "<circle class=\"s-free\" cx=\"6\" cy=\"6\" r=\"4\"/>",
	[VPREP_HOST_DEVICE_OWNED] = "<path class=\"s-owned\" d=\"M6 1L11 6L6 11L1 6Z\"/>",
	[VPREP_HOST_DEVICE_IN_USE] = "<path class=\"s-used\" d=\"M2 2H10V10H2Z\"/>",
	[VPREP_HOST_DEVICE_STAYS] = "<path class=\"s-stays\" d=\"M1 5H11V7H1Z\"/>",
	[VPREP_HOST_DEVICE_HIDDEN] = "<path class=\"s-owned\" d=\"M6 1L11 11H1Z\"/>",
};

static const char *form_of(enum vprep_host_device_state state)
{
	return (size_t)state < VPREP_ARRAY_SIZE(forms) ? forms[state] : "";
}

void vprep_report_draw_legend(FILE *to)
{
	fputs("<ul class=\"legend\" aria-label=\"What the forms mean\">", to);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		fputs("<li><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"12\" "
		      "height=\"12\" aria-hidden=\"true\">",
		      to);
		fputs(forms[i], to);
		vprep_html(to, "</svg> %s</li>",
			   vprep_report_state_word((enum vprep_host_device_state)i));
	}
	fputs("<li><span class=\"swatch\"></span> the colour is the IOMMU group's: devices "
	      "of one colour and number go together</li></ul>\n",
	      to);
}

/* Colours of neighbouring groups are far from each other on the wheel. */
static void write_hue(FILE *to, int group)
{
	if (group >= 0)
		fprintf(to, " style=\"--h:%d\"", (int)((long long)group * 137 % 360));
}

/* ---- a device ---- */

struct drawing {
	const struct vprep_report_host *host;
	FILE *to;
	unsigned y;
};

static unsigned left_of(unsigned depth)
{
	return (depth < DEEPEST ? depth : DEEPEST) * INDENT;
}

static void write_text(struct drawing *d, unsigned x, unsigned y, const char *class,
		       const char *text, double columns)
{
	fprintf(d->to, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	vprep_html_short(d->to, text, columns < 4 ? 4 : (unsigned)columns);
	fputs("</text>", d->to);
}

/* "ens5, slot 3" */
static char *more_names(const struct vprep_host_device *device)
{
	const char *slot = device->slot;
	char *text = vprep_strf("%s%s%s%s", device->known_as,
				slot && *device->known_as ? ", " : "",
				slot ? "slot " : "", slot ? slot : "");

	if (!text)
		vprep_message_oom();
	return text;
}

static void write_label(struct drawing *d, const struct vprep_host_device *device,
			const char *state)
{
	vprep_html(d->to, "%s, %s, ", device->name,
		   device->model ? device->model : "unknown model");
	if (device->group >= 0)
		vprep_html(d->to, "group %d, ", device->group);
	vprep_html(d->to, "%s", state);
}

/* The three lines of a box: its names and group, what it is, its state. */
static void write_lines(struct drawing *d, const struct vprep_host_device *device,
			const char *state, unsigned width)
{
	unsigned name = vprep_out_columns(device->name), x = 14;
	double room = (width - 78 - name * MONO) / SANS;
	_cleanup_free_ char *more = more_names(device);

	write_text(d, x, 16, "n", device->name, (width - 78) / MONO);
	if (*more && room >= 4)
		write_text(d, x + (unsigned)(name * MONO) + 8, 16, "k", more, room);
	if (device->group >= 0)
		fprintf(d->to, "<text class=\"g\" x=\"%u\" y=\"16\">group %d</text>",
			width - 8, device->group);
	write_text(d, x, 31, "m", device->model ? device->model : "",
		   (width - 24) / SANS);
	if (vprep_report_is_bridge(device))
		return;
	fprintf(d->to, "<g transform=\"translate(%u 37)\">%s</g>", x,
		form_of(device->state));
	write_text(d, x + 17, 47, "w", state, (width - 40) / SANS);
}

static void draw_box(struct drawing *d, size_t number, unsigned depth, unsigned trunk)
{
	const struct vprep_host_device *device = d->host->tree[number].device;
	unsigned x = left_of(depth), width = WIDTH - x;
	unsigned height = vprep_report_is_bridge(device) ? BRIDGE : BOX;
	_cleanup_free_ char *state = vprep_report_state_text(device);

	if (depth > 0)
		fprintf(d->to, "<path class=\"l\" d=\"M%u %uV%uH%u\"/>", x - INDENT / 2,
			trunk, d->y + height / 2, x);
	fprintf(d->to, "<a href=\"#d%zu\" aria-label=\"", number);
	write_label(d, device, state);
	fprintf(d->to, "\"><svg class=\"b\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"",
		x, d->y, width, height);
	write_hue(d->to, device->group);
	fputs("><title>", d->to);
	write_label(d, device, state);
	fprintf(d->to,
		"</title><rect class=\"r\" x=\".5\" y=\".5\" width=\"%u\" height=\"%u\" "
		"rx=\"5\"/><rect class=\"c%s\" width=\"6\" height=\"%u\" rx=\"3\"/>",
		width - 1, height - 1, device->group < 0 ? " none" : "", height);
	write_lines(d, device, state, width);
	fputs("</svg></a>\n", d->to);
	d->y += height + GAP;
}

/* ---- many devices ---- */

/* The sorts of devices below one parent that can be many. */
struct sort {
	const char *one, *many;
	bool (*is_of)(const struct vprep_host_device *d);
	size_t from; /* so many of them are a grid */
};

static bool is_vf(const struct vprep_host_device *d)
{
	return d->physfn;
}

static bool is_mdev(const struct vprep_host_device *d)
{
	return streq(d->capability, "mdev");
}

static bool is_other(const struct vprep_host_device *d)
{
	return !is_vf(d) && !is_mdev(d);
}

static const struct sort sorts[] = {
	{ "virtual function", "virtual functions", is_vf, 1 },
	{ "mediated device", "mediated devices", is_mdev, 1 },
	{ "other device", "other devices", is_other, MANY },
};

/* Devices that nothing hangs on: the rest is drawn as boxes. */
static bool is_leaf_of(const struct vprep_report_device *d, const struct sort *sort)
{
	return d->first == VPREP_REPORT_NONE && sort->is_of(d->device);
}

static void draw_cell(struct drawing *d, const struct vprep_host_device *device,
		      unsigned x, unsigned y)
{
	fprintf(d->to, "<g class=\"v%s\" transform=\"translate(%u %u)\"",
		device->group < 0 ? " none" : "", x, y);
	write_hue(d->to, device->group);
	vprep_html(d->to, "><title>%s, ", device->name);
	if (device->group >= 0)
		vprep_html(d->to, "group %d, ", device->group);
	vprep_html(d->to, "%s</title><path d=\"M0 0H%u",
		   device->state == VPREP_HOST_DEVICE_OWNED && device->owner
			   ? device->owner
			   : vprep_report_state_word(device->state),
		   SIZE);
	fprintf(d->to, "V%uH0Z\"/><g transform=\"translate(1.5 1.5)\">%s</g></g>\n", SIZE,
		form_of(device->state));
}

/* A list of devices: the children of one, or the roots. */
struct list {
	const size_t *numbers;
	size_t n;
};

static void draw_grid(struct drawing *d, struct list list, const struct sort *sort,
		      unsigned depth)
{
	unsigned x = left_of(depth), columns = (WIDTH - x) / CELL;
	struct vprep_report_counts counts = { .all = 0 };
	_cleanup_free_ char *text = NULL;
	size_t at = 0;

	for (size_t i = 0; i < list.n; i++)
		if (is_leaf_of(&d->host->tree[list.numbers[i]], sort))
			vprep_report_count(&counts,
					   d->host->tree[list.numbers[i]].device);
	text = vprep_report_counts_text(&counts);
	fprintf(d->to, "<text class=\"w\" x=\"%u\" y=\"%u\">%zu %s: %s</text>", x,
		d->y + 11, counts.all, counts.all == 1 ? sort->one : sort->many, text);
	d->y += CAPTION;
	fprintf(d->to, "<g role=\"img\" aria-label=\"%zu %s: %s\">\n", counts.all,
		counts.all == 1 ? sort->one : sort->many, text);
	for (size_t i = 0; i < list.n; i++) {
		const struct vprep_report_device *one = &d->host->tree[list.numbers[i]];

		if (!is_leaf_of(one, sort))
			continue;
		draw_cell(d, one->device, x + (unsigned)(at % columns) * CELL,
			  d->y + (unsigned)(at / columns) * CELL);
		at++;
	}
	fputs("</g>\n", d->to);
	d->y += (unsigned)((at + columns - 1) / columns) * CELL + GAP;
}

static void draw_list(struct drawing *d, struct list list, unsigned depth);

static void draw_children(struct drawing *d, size_t number, unsigned depth)
{
	const struct vprep_report_device *parent = &d->host->tree[number];
	struct list list = { .n = 0 };
	size_t *numbers = calloc(parent->n_children + 1, sizeof(*numbers));

	if (!numbers)
		vprep_message_oom();
	for (size_t i = parent->first; i != VPREP_REPORT_NONE; i = d->host->tree[i].next)
		numbers[list.n++] = i;
	list.numbers = numbers;
	draw_list(d, list, depth + 1);
	free(numbers);
}

static size_t sort_of(const struct vprep_host_device *device)
{
	size_t k = 0;

	while (k + 1 < VPREP_ARRAY_SIZE(sorts) && !sorts[k].is_of(device))
		k++;
	return k;
}

static void draw_list(struct drawing *d, struct list list, unsigned depth)
{
	size_t counts[VPREP_ARRAY_SIZE(sorts)] = { 0 };
	unsigned trunk = d->y - GAP;

	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < VPREP_ARRAY_SIZE(sorts); k++)
			counts[k] +=
				is_leaf_of(&d->host->tree[list.numbers[i]], &sorts[k]);
	for (size_t k = 0; k < VPREP_ARRAY_SIZE(sorts); k++)
		if (counts[k] >= sorts[k].from)
			draw_grid(d, list, &sorts[k], depth);
	for (size_t i = 0; i < list.n; i++) {
		const struct vprep_report_device *one = &d->host->tree[list.numbers[i]];
		size_t k = sort_of(one->device);

		if (is_leaf_of(one, &sorts[k]) && counts[k] >= sorts[k].from)
			continue;
		draw_box(d, list.numbers[i], depth, trunk);
		draw_children(d, list.numbers[i], depth);
	}
}

/* ---- the drawings of a root bus ---- */

bool vprep_report_is_root(const struct vprep_report_device *device, const char *complex)
{
	size_t len = complex ? strcspn(complex, "/") : 0;

	if (device->parent != VPREP_REPORT_NONE)
		return false;
	return complex && device->complex
		       ? strncmp(device->complex, complex, len + 1) == 0
		       : !complex && !device->complex;
}

/* The height is known only when all is drawn. */
static void draw_svg(const struct vprep_report_host *host, struct list list, FILE *to)
{
	struct drawing d = { .host = host, .y = GAP };
	char *text = NULL;
	size_t len;

	d.to = open_memstream(&text, &len);
	if (!d.to)
		vprep_message_oom();
	draw_list(&d, list, 0);
	if (fclose(d.to) != 0)
		vprep_message_oom();
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"card\" viewBox=\"0 0 "
		"%u %u\" width=\"%u\" height=\"%u\" role=\"group\" aria-label=\"",
		WIDTH, d.y, WIDTH, d.y);
	if (list.n == 1)
		vprep_html(to, "%s and what is below it",
			   host->tree[list.numbers[0]].device->name);
	else
		vprep_html(to, "%zu devices that nothing is below", list.n);
	fprintf(to, "\">\n%s</svg>\n", text);
	free(text);
}

void vprep_report_draw(const struct vprep_report_host *host, const char *complex,
		       FILE *to)
{
	size_t *alone = calloc(host->n + 1, sizeof(*alone)), n = 0;

	if (!alone)
		vprep_message_oom();
	for (size_t i = 0; i < host->n; i++) {
		if (!vprep_report_is_root(&host->tree[i], complex))
			continue;
		if (host->tree[i].first == VPREP_REPORT_NONE)
			alone[n++] = i;
		else
			draw_svg(host, (struct list){ &i, 1 }, to);
	}
	/* in several drawings, so that they stand side by side where there is room */
	for (size_t i = 0; n <= MOST_BOXES && i < n; i += BOXES)
		draw_svg(host, (struct list){ alone + i, n - i < BOXES ? n - i : BOXES },
			 to);
	if (n > MOST_BOXES)
		draw_svg(host, (struct list){ alone, n }, to);
	free(alone);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "device-table.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "message.h"
#include "table.h"

#define MODEL_LEAST 16 /* columns for what a device is, however narrow the terminal */
#define WHO_LEAST 26   /* the same for who has it */
#define GAP 2	       /* between columns */

/* ---- which devices ---- */

/* Classes of PCI devices, by their first digits. */
static const struct {
	const char *word;
	uint32_t class_code, mask;
} classes[] = {
	{ "nic", 0x020000, 0xff0000 },	  { "gpu", 0x030000, 0xff0000 },
	{ "nvme", 0x010800, 0xffff00 },	  { "storage", 0x010000, 0xff0000 },
	{ "audio", 0x040000, 0xff0000 },  { "usb", 0x0c0300, 0xffff00 },
	{ "bridge", 0x060000, 0xff0000 }, { "storage", 0x0c0400, 0xffff00 }, /* FC */
};

static const struct {
	const char *word;
	const char *capability;
} kinds[] = {
	{ "pci", "pci" },   { "mdev", "mdev" }, { "usb", "usb_device" },
	{ "disk", "scsi" }, { "vdpa", "vdpa" }, { "storage", "scsi" },
};

static const struct {
	const char *word;
	enum vprep_host_device_state state;
	const char *owner_kind; /* NULL: any */
} states[] = {
	{ "free", VPREP_HOST_DEVICE_FREE, NULL },
	{ "owned", VPREP_HOST_DEVICE_OWNED, NULL },
	{ "mine", VPREP_HOST_DEVICE_OWNED, "manual" },
	{ "in-use", VPREP_HOST_DEVICE_IN_USE, NULL },
};

const char *vprep_device_word(size_t i)
{
	if (i < VPREP_ARRAY_SIZE(classes))
		return classes[i].word;
	i -= VPREP_ARRAY_SIZE(classes);
	if (i < VPREP_ARRAY_SIZE(kinds))
		return kinds[i].word;
	i -= VPREP_ARRAY_SIZE(kinds);
	if (i < VPREP_ARRAY_SIZE(states))
		return states[i].word;
	return i == VPREP_ARRAY_SIZE(states) ? "vf" : NULL;
}

const char *vprep_device_state_word(enum vprep_host_device_state state)
{
	static const char *const words[] = {
		[VPREP_HOST_DEVICE_FREE] = "free",
		[VPREP_HOST_DEVICE_OWNED] = "owned",
		[VPREP_HOST_DEVICE_IN_USE] = "in-use",
		[VPREP_HOST_DEVICE_STAYS] = "stays",
		[VPREP_HOST_DEVICE_HIDDEN] = "hidden",
	};

	return (size_t)state < VPREP_ARRAY_SIZE(words) ? words[state] : "hidden";
}

const char *vprep_device_class_word(uint32_t class_code)
{
	const char *word = NULL;

	/* nvme is storage, too: the narrower word says more */
	for (size_t i = 0; !word && i < VPREP_ARRAY_SIZE(classes); i++)
		if ((class_code & classes[i].mask) == classes[i].class_code)
			word = classes[i].word;
	return word;
}

/* What a word is about, and whether it holds for a device. */
struct answer {
	enum { OF_CLASS, OF_STATE, OF_NAME, N_SORTS } sort;
	bool holds;
};

static void ask_class(const struct vprep_host_device *d, const char *word,
		      struct answer *ret)
{
	if (streq(word, "vf"))
		*ret = (struct answer){ OF_CLASS, d->physfn };
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(classes); i++)
		if (streq(word, classes[i].word)) {
			ret->sort = OF_CLASS;
			ret->holds |= streq(d->capability, "pci") &&
				      (d->class_code & classes[i].mask) ==
					      classes[i].class_code;
		}
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(kinds); i++)
		if (streq(word, kinds[i].word)) {
			ret->sort = OF_CLASS;
			ret->holds |= streq(d->capability, kinds[i].capability);
		}
}

static void ask_state(const struct vprep_host_device *d, const char *word,
		      struct answer *ret)
{
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(states); i++)
		if (streq(word, states[i].word))
			*ret = (struct answer){
				OF_STATE,
				d->state == states[i].state &&
					(!states[i].owner_kind ||
					 vprep_str_same(states[i].owner_kind,
							d->owner_kind)),
			};
}

static bool is_called(const char *name, const char *word)
{
	return fnmatch(word, name, FNM_CASEFOLD) == 0;
}

/* Also by an address without its domain, by each of its interfaces and disks, or the
 * path of a node, and by a pattern for its model. */
static bool has_name(const struct vprep_host_device *d, const char *word)
{
	_cleanup_free_ char *names = strdup(d->known_as);
	const char *slash = strrchr(word, '/'), *plain = slash ? slash + 1 : word;
	char *save = NULL, *name;

	if (!names)
		vprep_message_oom();
	for (name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
		if (is_called(name, plain))
			return true;
	return is_called(d->name, word) || is_called(d->node_name, word) ||
	       (strncmp(d->name, "0000:", 5) == 0 && is_called(d->name + 5, word)) ||
	       (d->model && strpbrk(word, "*?") && is_called(d->model, word));
}

static struct answer ask(const struct vprep_host_device *d, const char *word)
{
	struct answer answer = { OF_NAME, false };

	ask_class(d, word, &answer);
	ask_state(d, word, &answer);
	if (answer.sort == OF_NAME)
		answer.holds = has_name(d, word);
	return answer;
}

bool vprep_device_is_picked(const struct vprep_host_device *device,
			    const char *const *words)
{
	bool asked[N_SORTS] = { false }, holds[N_SORTS] = { false };

	for (; words && *words; words++) {
		struct answer answer = ask(device, *words);

		asked[answer.sort] = true;
		holds[answer.sort] |= answer.holds;
	}
	for (size_t i = 0; i < N_SORTS; i++)
		if (asked[i] && !holds[i])
			return false;
	return true;
}

const char *vprep_device_idle_word(const struct vprep_host_devices *devices,
				   const char *const *words)
{
	for (; words && *words; words++) {
		bool known = ask(&(struct vprep_host_device){ .name = "",
							      .node_name = "",
							      .capability = "",
							      .known_as = "" },
				 *words)
				     .sort != OF_NAME;

		for (size_t i = 0; !known && i < devices->n; i++)
			known = ask(&devices->items[i], *words).holds;
		if (!known)
			return *words;
	}
	return NULL;
}

/* ---- the table ---- */

enum column { NAME, MODEL, KNOWN_AS, DRIVER, GROUP, NUMA, WHO, N_COLUMNS };

_Static_assert(N_COLUMNS <= VPREP_TABLE_COLUMNS, "the table is too narrow");

struct row {
	char *cells[N_COLUMNS];
	enum vprep_style style;
};

static char *number_text(int number)
{
	return number < 0 ? strdup("") : vprep_strf("%d", number);
}

static char *who_has(const struct vprep_host_device *d)
{
	switch (d->state) {
	case VPREP_HOST_DEVICE_FREE:
		return strdup("free");
	case VPREP_HOST_DEVICE_OWNED:
		return strdup(d->owner);
	case VPREP_HOST_DEVICE_IN_USE:
		return vprep_strf("host: %s", d->why);
	case VPREP_HOST_DEVICE_STAYS:
		return vprep_strf("stays: %s", d->why);
	case VPREP_HOST_DEVICE_HIDDEN:
	default:
		return strdup("taken; root may know by whom");
	}
}

static struct row make_row(const struct vprep_host_device *d)
{
	static const enum vprep_style styles[] = {
		[VPREP_HOST_DEVICE_FREE] = VPREP_STYLE_GOOD,
		[VPREP_HOST_DEVICE_OWNED] = VPREP_STYLE_WARN,
		[VPREP_HOST_DEVICE_HIDDEN] = VPREP_STYLE_WARN,
	};
	struct row row = {
		.cells = { [NAME] = strdup(d->name),
			   [MODEL] = strdup(d->model ? d->model : ""),
			   [KNOWN_AS] = strdup(d->known_as),
			   [DRIVER] = strdup(d->driver ? d->driver : ""),
			   [GROUP] = number_text(d->group),
			   [NUMA] = number_text(d->numa_node),
			   [WHO] = who_has(d) },
		.style = d->state < VPREP_ARRAY_SIZE(styles) ? styles[d->state]
							     : VPREP_STYLE_PLAIN,
	};

	for (size_t i = 0; i < N_COLUMNS; i++)
		if (!row.cells[i])
			vprep_message_oom();
	return row;
}

static void measure(const struct row *rows, size_t n, const char *const *titles,
		    unsigned *ret_widths)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < N_COLUMNS; k++) {
			unsigned width = vprep_out_columns(rows[i].cells[k]);

			if (width > ret_widths[k])
				ret_widths[k] = width;
		}
	for (size_t k = 0; k < N_COLUMNS; k++)
		if (ret_widths[k] > 0 && ret_widths[k] < strlen(titles[k]))
			ret_widths[k] = (unsigned)strlen(titles[k]);
}

/* The columns that are left for what a device is. */
static unsigned model_columns(const unsigned *widths, unsigned all)
{
	unsigned rest = widths[WHO] < WHO_LEAST ? widths[WHO] : WHO_LEAST;

	for (size_t k = 0; k < WHO; k++)
		if (k != MODEL && widths[k] > 0)
			rest += widths[k] + GAP;
	return all > rest + GAP + MODEL_LEAST ? all - rest - GAP : MODEL_LEAST;
}

static void print_rows(struct row *rows, size_t n, struct vprep_out *out)
{
	static const char *const titles[N_COLUMNS] = { "DEVICE",    "WHAT",  "KNOWN AS",
						       "DRIVER",    "GROUP", "NUMA",
						       "WHO HAS IT" };
	_cleanup_(vprep_table_done) struct vprep_table table = { 0 };
	unsigned widths[N_COLUMNS] = { 0 };
	const char *cells[N_COLUMNS];

	measure(rows, n, titles, widths);
	for (size_t k = 0; k < N_COLUMNS; k++) {
		if (widths[k] == 0)
			continue;
		if (k == GROUP || k == NUMA)
			table.right |= 1U << table.n_columns;
		cells[table.n_columns++] = titles[k];
	}
	vprep_table_head(&table, cells);
	for (size_t i = 0; i < n; i++) {
		if (out->width > 0)
			vprep_out_shorten(rows[i].cells[MODEL],
					  model_columns(widths,
							vprep_out_row_width(out)));
		for (size_t k = 0, column = 0; k < N_COLUMNS; k++)
			if (widths[k] > 0)
				cells[column++] = rows[i].cells[k];
		vprep_table_add(&table, cells);
		vprep_table_style(&table, NAME, rows[i].style);
	}
	vprep_table_print(&table, out);
}

static bool is_asked_for(const struct vprep_host_device *d, const char *const *words,
			 const int *group)
{
	return group ? d->group == *group : vprep_device_is_picked(d, words);
}

static void print_picked(const struct vprep_host_devices *devices,
			 const char *const *words, const int *group,
			 struct vprep_out *out)
{
	struct row *rows = calloc(devices->n + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		vprep_message_oom();
	for (size_t i = 0; i < devices->n; i++)
		if (is_asked_for(&devices->items[i], words, group))
			rows[n++] = make_row(&devices->items[i]);
	if (n > 0)
		print_rows(rows, n, out);
	else
		fputs("no such device\n", out->to);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < N_COLUMNS; k++)
			free(rows[i].cells[k]);
	free(rows);
}

void vprep_device_table_print(const struct vprep_host_devices *devices,
			      const char *const *words, struct vprep_out *out)
{
	print_picked(devices, words, NULL, out);
}

void vprep_device_table_print_group(const struct vprep_host_devices *devices, int group,
				    struct vprep_out *out)
{
	print_picked(devices, NULL, &group, out);
}

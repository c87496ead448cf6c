// SPDX-License-Identifier: GPL-2.0-or-later
/* The lists of devices: those that are free, and all. */
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "report/html.h"
#include "report/tables.h"

const char *vprep_report_state_class(enum vprep_host_device_state state)
{
	static const char *const classes[] = {
		[VPREP_HOST_DEVICE_FREE] = "free",    [VPREP_HOST_DEVICE_OWNED] = "owned",
		[VPREP_HOST_DEVICE_IN_USE] = "used",  [VPREP_HOST_DEVICE_STAYS] = "stays",
		[VPREP_HOST_DEVICE_HIDDEN] = "owned",
	};

	return (size_t)state < VPREP_ARRAY_SIZE(classes) ? classes[state] : "";
}

void vprep_report_link(const struct vprep_report_host *host, size_t number, FILE *to)
{
	const struct vprep_host_device *d = host->tree[number].device;

	vprep_html(to, "<a href=\"#d%zu\"><code>%s</code></a>", number, d->name);
}

/* ---- rows ---- */

static void begin_table(FILE *to, const char *caption)
{
	fputs("<table class=\"dev\"", to);
	if (caption)
		vprep_html(to, " aria-label=\"%s\"", caption);
	fputs("><thead><tr><th scope=\"col\">Device</th><th scope=\"col\">What</th>"
	      "<th scope=\"col\">Known as</th><th scope=\"col\">Driver</th>"
	      "<th scope=\"col\" class=\"num\">Group</th>"
	      "<th scope=\"col\" class=\"num\">NUMA</th>"
	      "<th scope=\"col\">Who has it</th></tr></thead><tbody>\n",
	      to);
}

static void write_number(FILE *to, int number)
{
	fputs("<td class=\"num\">", to);
	if (number >= 0)
		fprintf(to, "%d", number);
	fputs("</td>", to);
}

static void write_row(const struct vprep_report_host *host, size_t number, FILE *to)
{
	const struct vprep_host_device *d = host->tree[number].device;
	_cleanup_free_ char *state = vprep_report_state_text(d);

	vprep_html(to, "<tr id=\"d%zu\"><th scope=\"row\">%s</th><td>%s", number, d->name,
		   d->model ? d->model : "");
	if (d->link)
		vprep_html(to, " <span class=\"dim\">%s</span>", d->link);
	vprep_html(to, "</td><td>%s%s%s%s</td><td>%s</td>", d->known_as,
		   d->slot && *d->known_as ? ", " : "", d->slot ? "slot " : "",
		   d->slot ? d->slot : "", d->driver ? d->driver : "");
	write_number(to, d->group);
	write_number(to, d->numa_node);
	vprep_html(to, "<td class=\"%s\">%s</td></tr>\n",
		   vprep_report_state_class(d->state), state);
}

/* ---- all ---- */

static bool is_folded(const struct vprep_host_device *d)
{
	return d->physfn || streq(d->capability, "mdev");
}

static size_t count_folded(const struct vprep_report_host *host, size_t parent,
			   struct vprep_report_counts *counts)
{
	for (size_t i = host->tree[parent].first; i != VPREP_REPORT_NONE;
	     i = host->tree[i].next)
		if (is_folded(host->tree[i].device))
			vprep_report_count(counts, host->tree[i].device);
	return counts->all;
}

static const char *noun_of(const struct vprep_report_host *host, size_t parent)
{
	const struct vprep_host_device *d = host->tree[host->tree[parent].first].device;

	return d->physfn ? "virtual functions" : "devices made on it";
}

static void write_folded(const struct vprep_report_host *host, size_t parent, FILE *to)
{
	struct vprep_report_counts counts = { .all = 0 };
	_cleanup_free_ char *text = NULL;

	if (count_folded(host, parent, &counts) == 0)
		return;
	text = vprep_report_counts_text(&counts);
	vprep_html(to, "<details><summary><code>%s</code>, %zu %s: %s</summary>\n",
		   host->tree[parent].device->name, counts.all, noun_of(host, parent),
		   text);
	begin_table(to, host->tree[parent].device->name);
	for (size_t i = host->tree[parent].first; i != VPREP_REPORT_NONE;
	     i = host->tree[i].next)
		if (is_folded(host->tree[i].device))
			write_row(host, i, to);
	fputs("</tbody></table></details>\n", to);
}

/* What has no parent in the tree is in the table, whatever it is. */
static bool is_in_table(const struct vprep_report_host *host, size_t number)
{
	const struct vprep_report_device *d = &host->tree[number];

	return !is_folded(d->device) || d->parent == VPREP_REPORT_NONE;
}

void vprep_report_devices(const struct vprep_report_host *host, FILE *to)
{
	begin_table(to, "Devices");
	for (size_t i = 0; i < host->n; i++)
		if (is_in_table(host, i))
			write_row(host, i, to);
	fputs("</tbody></table>\n", to);
	for (size_t i = 0; i < host->n; i++)
		write_folded(host, i, to);
}

/* ---- free ---- */

/* The other members of its group, but for bridges, which are left alone. */
static void write_companions(const struct vprep_report_host *host, size_t number,
			     FILE *to)
{
	const struct vprep_host_device *d = host->tree[number].device;
	size_t n = 0;

	for (size_t i = 0; d->group >= 0 && i < host->n; i++) {
		const struct vprep_host_device *other = host->tree[i].device;

		if (i == number || other->group != d->group ||
		    vprep_report_is_bridge(other))
			continue;
		fputs(n++ == 0 ? "<br/>with it goes " : ", ", to);
		vprep_report_link(host, i, to);
		vprep_html(to, " %s", other->model ? other->model : "");
		if (other->state != VPREP_HOST_DEVICE_FREE) {
			_cleanup_free_ char *text = vprep_report_state_text(other);

			vprep_html(to, " (%s)", text);
		}
	}
}

/* Whether a free member of its group is in the list already, with this one. */
static bool is_told(const struct vprep_report_host *host, size_t number)
{
	int group = host->tree[number].device->group;

	for (size_t i = 0; group >= 0 && i < number; i++)
		if (host->tree[i].device->group == group && is_in_table(host, i) &&
		    host->tree[i].device->state == VPREP_HOST_DEVICE_FREE)
			return true;
	return false;
}

static void write_free_one(const struct vprep_report_host *host, size_t number, FILE *to)
{
	const struct vprep_host_device *d = host->tree[number].device;

	fputs("<li>", to);
	vprep_report_link(host, number, to);
	vprep_html(to, " %s", d->model ? d->model : "");
	if (*d->known_as)
		vprep_html(to, " (%s)", d->known_as);
	if (d->group >= 0)
		vprep_html(to, " <span class=\"dim\">group %d</span>", d->group);
	write_companions(host, number, to);
	fputs("</li>\n", to);
}

/* The free ones of a card or a parent: the first few by name. */
static void write_free_many(const struct vprep_report_host *host, size_t parent, FILE *to)
{
	enum { FEW = 8 };
	size_t n = 0;

	for (size_t i = host->tree[parent].first; i != VPREP_REPORT_NONE;
	     i = host->tree[i].next)
		n += is_folded(host->tree[i].device) &&
		     host->tree[i].device->state == VPREP_HOST_DEVICE_FREE;
	if (n == 0)
		return;
	vprep_html(to, "<li>%zu %s of ", n, noun_of(host, parent));
	vprep_report_link(host, parent, to);
	fputs(": ", to);
	n = 0;
	for (size_t i = host->tree[parent].first; i != VPREP_REPORT_NONE;
	     i = host->tree[i].next) {
		if (!is_folded(host->tree[i].device) ||
		    host->tree[i].device->state != VPREP_HOST_DEVICE_FREE)
			continue;
		if (n < FEW)
			vprep_html(to, "%s<code>%s</code>", n ? " " : "",
				   host->tree[i].device->name);
		n++;
	}
	if (n > FEW)
		vprep_html(to, " and %zu more", n - FEW);
	fputs("</li>\n", to);
}

void vprep_report_free(const struct vprep_report_host *host, FILE *to)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n; i++)
		n += host->tree[i].device->state == VPREP_HOST_DEVICE_FREE;
	if (n == 0) {
		fputs("<p>Nothing: no device is free.</p>\n", to);
		return;
	}
	fputs("<ul class=\"plain\">\n", to);
	for (size_t i = 0; i < host->n; i++) {
		if (host->tree[i].device->state == VPREP_HOST_DEVICE_FREE &&
		    is_in_table(host, i) && !is_told(host, i))
			write_free_one(host, i, to);
		write_free_many(host, i, to);
	}
	fputs("</ul>\n", to);
}

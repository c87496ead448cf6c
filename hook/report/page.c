// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "report-style.h"
#include "report/drawing.h"
#include "report/html.h"
#include "report/tables.h"

static void write_head(const char *title, FILE *to)
{
	vprep_html(to,
		   "<!DOCTYPE html>\n"
		   "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
		   "<meta charset=\"utf-8\"/>\n"
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		   "&#39;none&#39;; style-src &#39;unsafe-inline&#39;\"/>\n"
		   "<meta name=\"viewport\" content=\"width=device-width, "
		   "initial-scale=1\"/>\n"
		   "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
		   "<title>Devices of %s</title>\n<style>\n",
		   title);
	fputs(VPREP_REPORT_STYLE, to);
	fputs("</style>\n</head>\n<body>\n", to);
}

static void write_tile(FILE *to, size_t n, const char *text, const char *class)
{
	vprep_html(to, "<li><b>%zu</b><span class=\"%s\">%s</span></li>\n", n, class,
		   text);
}

static size_t count_findings(const struct vprep_report_host *host, const char *status)
{
	size_t n = 0;

	for (size_t i = 0; i < host->diagnoses->n; i++)
		n += streq(host->diagnoses->items[i].status, status);
	return n;
}

static void write_summary(const struct vprep_report_host *host, const char *title,
			  FILE *to)
{
	struct vprep_report_counts counts = { .all = 0 };
	time_t now = time(NULL);
	struct tm tm;
	char when[32] = "";

	for (size_t i = 0; i < host->n; i++)
		vprep_report_count(&counts, host->tree[i].device);
	if (gmtime_r(&now, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M UTC", &tm);
	vprep_html(
		to,
		"<header>\n<h1>Devices of %s</h1>\n"
		"<p class=\"dim\">%zu devices in %zu IOMMU groups, seen %s by vfio-prep "
		"%s</p>\n",
		title, host->n, host->groups->n, when, vprep_version());
	fputs("<ul class=\"tiles\" aria-label=\"Summary\">\n", to);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(counts.of); i++) {
		enum vprep_host_device_state state = (enum vprep_host_device_state)i;

		if (counts.of[i] > 0 || state < VPREP_HOST_DEVICE_HIDDEN)
			write_tile(to, counts.of[i], vprep_report_state_word(state),
				   vprep_report_state_class(state));
	}
	write_tile(to, count_findings(host, "problem"), "problems", "problem");
	write_tile(to, count_findings(host, "warning"), "warnings", "warning");
	fputs("</ul>\n</header>\n", to);
}

/* ---- the drawings ---- */

/* The NUMA nodes that devices of a root bus are on: "NUMA node 0", or nothing. */
static void write_nodes(const struct vprep_report_host *host, const char *complex,
			FILE *to)
{
	int found[8];
	size_t n = 0;

	for (size_t i = 0; i < host->n && n < VPREP_ARRAY_SIZE(found); i++) {
		int node = host->tree[i].device->numa_node;
		size_t k = 0;

		if (node < 0 || !vprep_report_is_root(&host->tree[i], complex))
			continue;
		while (k < n && found[k] != node)
			k++;
		if (k < n)
			continue;
		found[n++] = node;
		fprintf(to, "%s%d", n == 1 ? ", NUMA node " : ", ", node);
	}
}

static bool is_first_root(const struct vprep_report_host *host, size_t number,
			  const char *complex)
{
	for (size_t i = 0; i < number; i++)
		if (vprep_report_is_root(&host->tree[i], complex))
			return false;
	return true;
}

static void write_complex(const struct vprep_report_host *host, const char *complex,
			  FILE *to)
{
	if (complex)
		fprintf(to, "<h3>PCI root bus %.*s", (int)strcspn(complex, "/"), complex);
	else
		fputs("<h3>On no PCI bus", to);
	write_nodes(host, complex, to);
	fputs("</h3>\n<div class=\"cards\">\n", to);
	vprep_report_draw(host, complex, to);
	fputs("</div>\n", to);
}

static void write_drawings(const struct vprep_report_host *host, FILE *to)
{
	vprep_report_draw_legend(to);
	for (size_t i = 0; i < host->n; i++) {
		const struct vprep_report_device *d = &host->tree[i];

		if (d->complex && d->parent == VPREP_REPORT_NONE &&
		    is_first_root(host, i, d->complex))
			write_complex(host, d->complex, to);
	}
	for (size_t i = 0; i < host->n; i++)
		if (vprep_report_is_root(&host->tree[i], NULL)) {
			write_complex(host, NULL, to);
			break;
		}
}

/* ---- what can be made ---- */

static void write_types(const struct vprep_report_host *host, FILE *to)
{
	const struct vprep_mdev_types *types = host->types;

	if (types->n == 0) {
		fputs("<p>No device here is a parent of mediated devices.</p>\n", to);
		return;
	}
	fputs("<table aria-label=\"Types of mediated devices\"><thead><tr>"
	      "<th scope=\"col\">Parent</th><th scope=\"col\">Type</th>"
	      "<th scope=\"col\">Name</th><th scope=\"col\" class=\"num\">Made</th>"
	      "<th scope=\"col\" class=\"num\">Left</th></tr></thead><tbody>\n",
	      to);
	for (size_t i = 0; i < types->n; i++) {
		const struct vprep_mdev_type *t = &types->items[i];

		vprep_html(to,
			   "<tr><th scope=\"row\">%s</th><td data-l=\"type\">%s</td>"
			   "<td>%s</td><td class=\"num\" data-l=\"made\">%zu</td>"
			   "<td class=\"num\" data-l=\"left\">%u</td></tr>\n",
			   t->parent, t->type, t->name, t->n_instances, t->available);
	}
	fputs("</tbody></table>\n", to);
}

/* ---- the page ---- */

static const struct section {
	const char *id, *title;
	void (*write)(const struct vprep_report_host *host, FILE *to);
} sections[] = {
	{ "free", "What can be given away, and what goes with it", vprep_report_free },
	{ "owners", "Who has what", vprep_report_owners },
	{ "findings", "What doctor finds", vprep_report_findings },
	{ "topology", "Topology", write_drawings },
	{ "groups", "IOMMU groups", vprep_report_groups },
	{ "types", "Mediated devices that can be made", write_types },
	{ "devices", "All devices", vprep_report_devices },
};

void vprep_report_write(const struct vprep_report_host *host, const char *title, FILE *to)
{
	write_head(title, to);
	write_summary(host, title, to);
	fputs("<nav aria-label=\"Sections\"><ul>\n", to);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(sections); i++)
		vprep_html(to, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id,
			   sections[i].title);
	fputs("</ul></nav>\n<main>\n", to);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(sections); i++) {
		vprep_html(to,
			   "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
			   sections[i].id, sections[i].id, sections[i].title);
		sections[i].write(host, to);
		fputs("</section>\n", to);
	}
	fputs("</main>\n</body>\n</html>\n", to);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device as lines for people, "label: text": what it is first, then what its kind
 * tells of it, then where it is found. */
#include <stdarg.h>
#include <stdlib.h>

#include "common/str.h"
#include "nodedev/kind.h"

#define MOST_LINKS 3 /* a disk has many, and they say the same */

void vprep_page_add(struct vprep_nodedev_page *page, const char *label, const char *text)
{
	char *line;

	if (!text || !*text)
		return;
	line = vprep_strf("%s: %s", label, text);
	if (line)
		vprep_str_make_printable(line);
	else
		page->lines.failed = true;
	vprep_buf_addf(&page->lines, "%s\n", line ? line : "");
	free(line);
}

void vprep_page_addf(struct vprep_nodedev_page *page, const char *label,
		     const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	page->lines.failed |= !text;
	vprep_page_add(page, label, text);
	free(text);
}

/* The name by which people know the node device @name: of a PCI device its address. */
static const char *name_of(struct vprep_nodedev_reader *r, const char *name)
{
	const struct vprep_nodedev_entry *e =
		name ? vprep_nodedev_by_name(r->index, name) : NULL;

	return e && e->cap == VPREP_CAP_PCI ? vprep_nodedev_sysname(e) : name;
}

/* Who makes one that is not there. */
static void tell_definition(struct vprep_nodedev_page *page,
			    const struct vprep_nodedev_defined *d)
{
	if (d->file)
		vprep_page_addf(page, "state",
				"declared in %s, line %u, and not there now: %s makes it",
				d->file, d->line,
				d->by_hand ? "a domain that names it" : "apply");
	else
		vprep_page_addf(page, "state", "defined by %s, and not there now", d->by);
}

/* What leads to the device: its parent, its driver, its nodes, its place in sysfs. */
static void tell_place(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const char *node = vprep_reader_node(r);
	const char **links = NULL;
	size_t i, n = 0;

	vprep_page_add(page, "driver",
		       vprep_reader_text(r, vprep_udev_kernel(&r->udev, "DRIVER")));
	vprep_page_add(page, "node", node);
	if (node)
		links = vprep_udev_links(&r->udev, r->pool, &n);
	for (i = 0; i < n && i < MOST_LINKS; i++)
		vprep_page_add(page, "link", links[i]);
	if (n > MOST_LINKS)
		vprep_page_addf(page, "link", "and %zu more", n - MOST_LINKS);
	vprep_page_addf(page, "in sysfs", VPREP_IO_SYSFS "%s", r->path);
}

int vprep_nodedev_text(struct vprep_nodedev_reader *reader, char **ret)
{
	const struct vprep_nodedev_entry *e = reader->entry;
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[e->cap];
	struct vprep_nodedev_page page = { .lines = { 0 } };
	const char *parent = vprep_nodedev_parent(reader->index, e);
	int r;

	vprep_page_add(&page, "name", e->name);
	if (kind->tell)
		kind->tell(reader, &page);
	if (parent && !streq(parent, vprep_nodedev_kinds[VPREP_CAP_SYSTEM]->name))
		vprep_page_add(&page, "below", name_of(reader, parent));
	if (e->path)
		tell_place(reader, &page);
	else if (e->definition)
		tell_definition(&page, e->definition);
	r = vprep_buf_take(&page.lines, ret);
	vprep_buf_done(&page.lines);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A serial line, or a virtio console, that the kernel writes its messages to. Those of
 * virtio have names ("hvc0") that sysfs does not lead back to the device: all of them
 * count for each such device.
 */
#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"

#define VIRTIO "bus/virtio/devices"

static bool is_virtual_console(const char *name)
{
	return strncmp(name, "hvc", 3) == 0;
}

/* 1 or 0. */
static int has_virtio_console(struct vprep_in_use *scan, const struct vprep_place *place)
{
	const char *virtio, *driver;
	size_t at = 0;
	int r;

	while ((r = vprep_in_use_next_driven(scan, VIRTIO, place, &at, &virtio,
					     &driver)) > 0)
		if (streq(driver, "virtio_console"))
			break;
	return r;
}

static int add_console(const char *name, struct vprep_uses *uses)
{
	return vprep_uses_add(
		uses, false, vprep_strf("the kernel's console is on it (%s)", name),
		vprep_strf("boot without 'console=%s' on the kernel's command line",
			   name));
}

/* The kernel's consoles, and where they are. @active: their names between blanks. */
static int load_consoles(struct vprep_in_use *scan, char *active,
			 struct vprep_index *consoles)
{
	char *name;
	int r = 0;

	while (r == 0 && (name = vprep_next_field(&active))) {
		struct vprep_index_entry *entry;

		consoles->items = vprep_pool_grow(&scan->pool, consoles->items,
						  consoles->n, sizeof(*entry));
		if (!consoles->items)
			return -ENOMEM;
		entry = &consoles->items[consoles->n++];
		*entry = (struct vprep_index_entry){ .name = name };
		if (!is_virtual_console(name))
			r = vprep_in_use_entry(scan, "class/tty", entry);
	}
	return r;
}

static int get_consoles(struct vprep_in_use *scan, const struct vprep_index **ret)
{
	struct vprep_index *consoles;
	const char *active;
	char *copy;
	int r = 0;

	if (!scan->consoles) {
		consoles = vprep_pool_alloc(&scan->pool, 1, sizeof(*consoles));
		r = consoles ? vprep_in_use_read(scan, VPREP_SYS, &active,
						 "class/tty/console/active")
			     : -ENOMEM;
		copy = r == 0 && active ? vprep_pool_dup(&scan->pool, active) : NULL;
		if (r == 0 && active)
			r = copy ? load_consoles(scan, copy, consoles) : -ENOMEM;
		if (r < 0)
			return r;
		scan->consoles = consoles;
	}
	*ret = scan->consoles;
	return 0;
}

static int add_consoles(struct vprep_in_use *scan, bool virtio,
			const struct vprep_place *place, struct vprep_uses *uses)
{
	const struct vprep_index *consoles;
	size_t i;
	int r = get_consoles(scan, &consoles);

	for (i = 0; r == 0 && i < consoles->n; i++) {
		const struct vprep_index_entry *console = &consoles->items[i];

		if ((virtio && is_virtual_console(console->name)) ||
		    (console->path && vprep_index_entry_is_at(console, place)))
			r = add_console(console->name, uses);
	}
	return r;
}

static int find_serial(struct vprep_in_use *scan, const struct vprep_place *place,
		       struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	char **names;
	int virtio, r;

	virtio = has_virtio_console(scan, place);
	if (virtio < 0)
		return virtio;
	r = add_consoles(scan, virtio, place, uses);
	if (r < 0 || !virtio)
		return r;
	/* what has a place in sysfs is found by it (nodes.c) */
	for (r = vprep_in_use_list(scan, &names, "class/tty"); r == 0 && *names; names++)
		if (is_virtual_console(*names))
			r = vprep_strv_add(&nodes, *names);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_serial = {
	.is_below = true,
	.find_at = find_serial,
};

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
	const struct vprep_index *index;
	const char *driver;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, VIRTIO, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		if (!vprep_index_entry_is_at(&index->items[i], place))
			continue;
		r = vprep_in_use_link(scan, VPREP_SYS, &driver, VIRTIO "/%s/driver",
				      index->items[i].name);
		if (driver && streq(driver, "virtio_console"))
			return 1;
	}
	return r;
}

static int add_console(const char *name, struct vprep_uses *uses)
{
	return vprep_uses_add(
		uses, false, vprep_strf("the kernel's console is on it (%s)", name),
		vprep_strf("boot without 'console=%s' on the kernel's command line",
			   name));
}

/* @active: their names, separated by blanks. */
static int add_consoles(struct vprep_in_use *scan, const char *active, bool virtio,
			const struct vprep_place *place, struct vprep_uses *uses)
{
	_cleanup_free_ char *copy = strdup(active);
	char *rest = copy, *name;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (name = vprep_next_field(&rest))) {
		struct vprep_index_entry entry = { .name = name };
		bool is_on = virtio && is_virtual_console(name);

		if (!is_on)
			r = vprep_in_use_entry(scan, "class/tty", &entry);
		if (r == 0 &&
		    (is_on || (entry.path && vprep_index_entry_is_at(&entry, place))))
			r = add_console(name, uses);
	}
	return r;
}

static int find_serial(struct vprep_in_use *scan, const struct vprep_place *place,
		       struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	const char *active;
	char **names;
	int virtio, r;

	virtio = has_virtio_console(scan, place);
	if (virtio < 0)
		return virtio;
	r = vprep_in_use_read(scan, VPREP_SYS, &active, "class/tty/console/active");
	if (active)
		r = add_consoles(scan, active, virtio, place, uses);
	if (r < 0 || !virtio)
		return r;
	/* what has a place in sysfs is found by it (nodes.c) */
	for (r = vprep_in_use_list(scan, &names, "class/tty"); r == 0 && *names; names++)
		if (is_virtual_console(*names))
			r = vprep_strv_add(&nodes, *names);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_serial = {
	.find_at = find_serial,
};

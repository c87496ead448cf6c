// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An interface that was moved to another network namespace. What it does there nobody
 * here can see, so it is in use.
 *
 * The device keeps the folder "net" in sysfs as long as it has an interface anywhere
 * (get_device_parent() in drivers/base/core.c makes it with the first one, and
 * cleanup_glue_dir() removes it with the last), and sysfs shows in it the interfaces of
 * its own namespace only. So the folder is empty just then; a device whose driver makes
 * no interface has none.
 */
#include <errno.h>

#include "common/clock.h"
#include "common/str.h"
#include "host/process-name.h"
#include "in-use/internal.h"
#include "in-use/netns.h"

/* Between the folder and the interface in it lies a moment of the driver's probe: what is
 * found in no other namespace is looked at once more. */
#define PAUSE_MS 50

#define USB_CONTROLLER 0x0c03
#define NETWORK 0x02
#define STORAGE 0x01

/* What may carry an interface below a device: that of which PCI classes. */
static const struct {
	const char *folder;
	uint32_t class, mask;
} children[] = {
	{ "bus/virtio/devices", NETWORK << 16, 0xff0000 },
	{ "bus/auxiliary/devices", NETWORK << 16, 0xff0000 },
	{ "bus/usb/devices", USB_CONTROLLER << 8, 0xffff00 },
};

/* 1 when the folder is there, and empty. */
static int is_empty(struct vprep_in_use *scan, const char *folder, const char *name)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = vprep_io_list(scan->io, VPREP_SYS, &names, "%s/%s/net", folder, name);
	return r < 0 ? vprep_in_use_ignore_absent(scan, r) : !names[0];
}

static int add_unknown(struct vprep_uses *uses)
{
	return vprep_uses_add(uses, false,
			      strdup("its interface is in another network namespace"),
			      strdup("find it with 'lsns -t net', and move it back: 'ip "
				     "link set dev INTERFACE netns 1' there"));
}

static int add_named(const struct vprep_netns_place *place, struct vprep_uses *uses)
{
	_cleanup_free_ char *name = vprep_shell_word(place->name);
	_cleanup_free_ char *interface = vprep_shell_word(place->interface);

	return vprep_uses_add(
		uses, false,
		vprep_strf("its interface %s is in network namespace %s",
			   place->interface, place->name),
		name && interface ? vprep_strf("ip -n %s link set dev %s netns 1", name,
					       interface)
				  : NULL);
}

static int add_of_process(struct vprep_in_use *scan,
			  const struct vprep_netns_place *place, struct vprep_uses *uses)
{
	_cleanup_free_ char *interface = vprep_shell_word(place->interface);
	_cleanup_free_ char *who = NULL;
	int r = vprep_process_describe(scan->io, place->pid, &who);

	if (r < 0)
		return r;
	return vprep_uses_add(
		uses, false,
		vprep_strf("its interface %s is in the network namespace of %s",
			   place->interface, who),
		interface ? vprep_strf("nsenter -t %d -n ip link set dev %s netns 1",
				       (int)place->pid, interface)
			  : NULL);
}

static int check(struct vprep_in_use *scan, const char *folder, const char *name,
		 struct vprep_uses *uses)
{
	const struct vprep_netns_place *place = NULL;
	int r = is_empty(scan, folder, name);

	if (r > 0 && scan->io->live && !scan->netns)
		scan->netns = vprep_netns_look(scan->io);
	if (r > 0 && scan->netns)
		place = vprep_netns_find(scan->netns, name);
	if (r > 0 && scan->io->live && !place) {
		vprep_sleep_ms(PAUSE_MS);
		r = is_empty(scan, folder, name);
	}
	if (r <= 0)
		return r;
	if (!place)
		return add_unknown(uses);
	return *place->name ? add_named(place, uses) : add_of_process(scan, place, uses);
}

static int check_children(struct vprep_in_use *scan, const char *folder,
			  const struct vprep_place *place, struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, folder, &index);
	for (i = 0; r == 0 && i < index->n; i++)
		if (vprep_index_entry_is_at(&index->items[i], place))
			r = check(scan, folder, index->items[i].name, uses);
	return r;
}

static int find_netns(struct vprep_in_use *scan, const struct vprep_place *place,
		      struct vprep_uses *uses)
{
	size_t i;
	int r = 0;

	if (place->bare && !place->bare->is_elsewhere)
		return 0;
	if (place->pci && place->pci->class_code >> 16 != STORAGE)
		r = check(scan, "bus/pci/devices", place->pci->text.s, uses);
	for (i = 0; r == 0 && !place->bare && i < VPREP_ARRAY_SIZE(children); i++)
		if (!place->pci ||
		    (place->pci->class_code & children[i].mask) == children[i].class)
			r = check_children(scan, children[i].folder, place, uses);
	return r;
}

const struct vprep_in_use_kind vprep_in_use_netns = {
	.find_at = find_netns,
};

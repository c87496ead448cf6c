// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1  Reads only, and never an attribute that takes a lock which a stuck driver may hold.
 * I2  A table is read at the first question that needs it, and at most once a scan.
 * I3  What is absent is no use; what is there and cannot be read is an error, as silence
 *     would look like "free". See vprep_in_use_ignore_absent() for those who are not root.
 */
#include "in-use/in-use.h"

#include <errno.h>
#include <unistd.h>

#include "common/str.h"
#include "in-use/internal.h"
#include "in-use/netns.h"

extern const struct vprep_in_use_kind vprep_in_use_storage, vprep_in_use_shared_folder,
	vprep_in_use_cxl, vprep_in_use_virtio_mem, vprep_in_use_net, vprep_in_use_netns,
	vprep_in_use_serial, vprep_in_use_consumers, vprep_in_use_vfs,
	vprep_in_use_graphics, vprep_in_use_console, vprep_in_use_usb, vprep_in_use_usbip,
	vprep_in_use_vfio, vprep_in_use_mdevs, vprep_in_use_nodes;

/* In the order in which people read the uses. */
static const struct vprep_in_use_kind *const kinds[] = {
	&vprep_in_use_storage,	  &vprep_in_use_shared_folder, &vprep_in_use_cxl,
	&vprep_in_use_virtio_mem, &vprep_in_use_net,	       &vprep_in_use_netns,
	&vprep_in_use_serial,	  &vprep_in_use_consumers,     &vprep_in_use_vfs,
	&vprep_in_use_graphics,	  &vprep_in_use_console,       &vprep_in_use_usb,
	&vprep_in_use_usbip,	  &vprep_in_use_vfio,	       &vprep_in_use_mdevs,
	&vprep_in_use_nodes,
};

static void use_done(struct vprep_use *use)
{
	free(use->what);
	free(use->fix);
}

int vprep_uses_add(struct vprep_uses *uses, bool never_taken, char *what, char *fix)
{
	struct vprep_use use = { .what = what, .fix = fix, .never_taken = never_taken };
	struct vprep_use *added = NULL;

	if (what && fix)
		added = vprep_array_add(uses->items, uses->n);
	if (!added) {
		use_done(&use);
		return -ENOMEM;
	}
	vprep_str_make_printable(what);
	vprep_str_make_printable(fix);
	*added = use;
	return 0;
}

int vprep_in_use_new(struct vprep_io *io, struct vprep_in_use **ret)
{
	struct vprep_in_use *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return -ENOMEM;
	scan->io = io;
	scan->privileged = geteuid() == 0;
	*ret = scan;
	return 0;
}

void vprep_in_use_free(struct vprep_in_use *scan)
{
	if (!scan)
		return;
	vprep_holders_done(&scan->holders);
	vprep_pool_done(&scan->pool);
	vprep_netns_free(scan->netns);
	free(scan);
}

static int find_uses(struct vprep_in_use *scan, const struct vprep_in_use_kind *kind,
		     const struct vprep_place *place, struct vprep_uses *uses)
{
	if (kind->is_below && place->bare)
		return 0;
	if (kind->find_at)
		return kind->find_at(scan, place, uses);
	return place->pci && (place->pci->class_code & kind->mask) == kind->class
		       ? kind->find(scan, place->pci, uses)
		       : 0;
}

static int find_all(struct vprep_in_use *scan, const struct vprep_place *place,
		    struct vprep_uses *uses)
{
	size_t before = uses->n, i;
	int r = 0;

	for (i = 0; i < VPREP_ARRAY_SIZE(kinds) && r == 0; i++)
		r = find_uses(scan, kinds[i], place, uses);
	if (r == 0 && scan->pool.failed)
		r = -ENOMEM;
	while (r < 0 && uses->n > before)
		use_done(&uses->items[--uses->n]);
	return r;
}

int vprep_in_use_of(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses)
{
	struct vprep_place place = { .pci = device };
	int r;

	/* What lies behind a bridge belongs to the devices there. */
	if (vprep_pci_is_bridge(device))
		return 0;
	r = vprep_in_use_below_pci(scan, device, &place.bare);
	return r < 0 ? r : find_all(scan, &place, uses);
}

int vprep_in_use_below(struct vprep_in_use *scan, const char *component,
		       struct vprep_uses *uses)
{
	const struct vprep_place place = { .component = component };

	return find_all(scan, &place, uses);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether anything but network interfaces hangs on a PCI device. Most that are given to
 * guests are functions of network cards, or have no driver; a look at their own folders
 * then takes the place of one at all disks, nodes and buses of the host.
 */
#include <errno.h>
#include <fcntl.h>

#include "common/file.h"
#include "common/str.h"
#include "in-use/internal.h"

/* What a host has is read once, and each device's folders once a device: of more devices
 * than these in one scan, all of the host takes less. */
#define LOOKS_MAX 4

/* Folders of attributes alone: of every device, of a PCI device, of an interface. */
static const char *const attributes[] = { "power", "msi_irqs", "link", "queues",
					  "statistics" };

static int list_folders(const struct vprep_in_use *scan, const char *path, char ***ret)
{
	_cleanup_close_ int fd =
		vprep_io_open(scan->io, VPREP_SYS, O_RDONLY | O_DIRECTORY, "%s", path);

	return fd < 0 ? fd : vprep_dir_folders(fd, ret);
}

static bool is_attributes(const char *name)
{
	return vprep_word_index(attributes, VPREP_ARRAY_SIZE(attributes), name) >= 0;
}

/* 1: the interface has nothing else below it; 0: it may have. */
static int is_bare_interface(const struct vprep_in_use *scan, const char *path)
{
	_cleanup_strv_ char **names = NULL;
	int r = list_folders(scan, path, &names);
	size_t i;

	for (i = 0; r == 0 && names[i]; i++)
		if (!is_attributes(names[i]))
			return 0;
	return r < 0 ? r : 1;
}

static int look_at_interfaces(struct vprep_in_use *scan, const char *device,
			      struct vprep_below *below)
{
	_cleanup_free_ char *folder = vprep_strf("%s/net", device);
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = folder ? list_folders(scan, folder, &names) : -ENOMEM;

	for (i = 0; r == 0 && names[i]; i++) {
		_cleanup_free_ char *path = vprep_strf("%s/%s", folder, names[i]);

		r = path ? is_bare_interface(scan, path) : -ENOMEM;
		if (r <= 0)
			return r;
		r = 0;
	}
	if (r < 0)
		return r;
	below->is_elsewhere = !names[0];
	below->interfaces = vprep_pool_take_list(&scan->pool, TAKE_PTR(names));
	return below->interfaces ? 1 : -ENOMEM;
}

/* The same of the device, whose interfaces are found on the way. */
static int look(struct vprep_in_use *scan, const char *address, struct vprep_below *below)
{
	_cleanup_free_ char *device = vprep_strf("bus/pci/devices/%s", address);
	_cleanup_strv_ char **names = NULL;
	bool has_net = false;
	size_t i;
	int r = device ? list_folders(scan, device, &names) : -ENOMEM;

	for (i = 0; r == 0 && names[i]; i++) {
		has_net |= streq(names[i], "net");
		if (!streq(names[i], "net") && !is_attributes(names[i]))
			return 0;
	}
	if (r == 0 && has_net)
		return look_at_interfaces(scan, device, below);
	return r < 0 ? r : 1;
}

/* Where a folder cannot be read, as an interface has just gone, or too many devices were
 * looked at, nothing is known of what is below. */
static int remember(struct vprep_in_use *scan, const struct vprep_pci_device *device)
{
	static char *none[] = { NULL };
	struct vprep_below below = { .pci = device->address, .interfaces = none };
	int r = 1;

	if (device->driver)
		r = scan->n_below < LOOKS_MAX ? look(scan, device->text.s, &below) : 0;
	if (r == -ENOMEM)
		return r;
	below.is_bare = r > 0;
	scan->n_below += device->driver ? 1 : 0;
	scan->below = below;
	return 0;
}

int vprep_in_use_below_pci(struct vprep_in_use *scan,
			   const struct vprep_pci_device *device,
			   const struct vprep_below **ret)
{
	int r = 0;

	*ret = NULL;
	/* A captured tree has only what was read, and may lack such folders; so a capture
	 * reads what the way through all of the host does. */
	if (!scan->io->live || scan->io->access_log)
		return 0;
	if (!scan->knows_below ||
	    !vprep_pci_address_same(scan->below.pci, device->address))
		r = remember(scan, device);
	scan->knows_below = r == 0;
	if (r == 0 && scan->below.is_bare)
		*ret = &scan->below;
	return r;
}

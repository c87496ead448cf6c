/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host itself does with a device: the reasons not to take it away. Anybody who
 * is about to take a device asks here.
 *
 * A scan reads the tables of the host (block devices, mounts, swap, interfaces, routes,
 * open files) at most once, whatever the number of devices asked about.
 *
 * A new kind of use is a file of its own in this folder with a struct vprep_in_use_kind,
 * its declaration and its row of the table in in-use.c, its line in lib/meson.build, and
 * a test.
 */
#ifndef VPREP_IN_USE_H
#define VPREP_IN_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "io/io.h"
#include "model/device.h"
#include "model/pci.h"

struct vprep_in_use;

/* Reads nothing yet. @io is borrowed. */
int vprep_in_use_new(struct vprep_io *io, struct vprep_in_use **ret);
void vprep_in_use_free(struct vprep_in_use *scan);
DEFINE_CLEANUP(struct vprep_in_use, vprep_in_use_free);

/*
 * Appends every use of the device to @uses, which starts as {0}; a bridge has none. What
 * the host does not have (a table, an attribute) is no use. What it has and does not let
 * us read is an error: -EACCES and -EPERM for root, -ENOMEM, -EIO, -EFBIG and others for
 * everybody; @uses is then as it was. Without root's privilege, what may not be read
 * counts as no use: such a process only shows, and can take no device. Opens block device
 * nodes when live, and may wait for them.
 */
int vprep_in_use_of(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses);

/* The same for a device that is not PCI, by its sysfs name: "1-2", "0:0:0:0". */
int vprep_in_use_below(struct vprep_in_use *scan, const char *component,
		       struct vprep_uses *uses);

/* The same for whoever has a node below /dev open. */
int vprep_in_use_node(struct vprep_in_use *scan, const char *node,
		      struct vprep_uses *uses);

/* What people know the device by, for vprep_strv_free(): its network interfaces, and its
 * disks. Errors as vprep_in_use_of(). */
int vprep_in_use_names(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       char ***ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's options for devices. Touches nothing but memory. */
#ifndef VPREP_DEVICE_QEMU_H
#define VPREP_DEVICE_QEMU_H

#include <stdbool.h>

#include "model/device.h"

/*
 * The words of QEMU's command line that give the devices to its guest, NULL-terminated. A
 * bus that a device needs, and PC machines have not by themselves, is made for it. With
 * @iommufd, devices that have a node of their own are used by it. With @json, the values
 * of -device are JSON (QEMU 6.2). Ids of ours begin with "vprep-". -ENOMEM.
 */
int vprep_qemu_words(const struct vprep_devices *devices, bool iommufd, bool json,
		     char ***ret);

/* ---- for the files of the kinds ---- */

struct vprep_qemu {
	bool iommufd;
	bool json;
	char **words;
	unsigned n_disks, n_nets; /* so far, for ids */
};

/* One "key=value" of an option's. */
struct vprep_qemu_pair {
	const char *key;
	const char *text;
	uint64_t number; /* where there is no text */
};

/* An option with its value. The first pair is what the option is about; in text it stands
 * without its key. A pair without a key ends the list. -ENOMEM. */
int vprep_qemu_add(struct vprep_qemu *qemu, const char *flag,
		   const struct vprep_qemu_pair *pairs);
/* A VFIO device, and how it is found. */
int vprep_qemu_add_vfio(struct vprep_qemu *qemu, const char *driver,
			const struct vprep_qemu_pair *where,
			const struct vprep_device *device);
/* A disk on a node of QEMU's own: the node, and the device after it. @bus NULL: any. */
int vprep_qemu_add_disk(struct vprep_qemu *qemu, const char *driver, const char *bus,
			const struct vprep_qemu_pair *source, bool read_only);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a device is called to where it is on this host. */
#ifndef VPREP_DEVICE_FIND_H
#define VPREP_DEVICE_FIND_H

#include "io/io.h"
#include "model/device.h"
#include "vfio-prep.h"

/*
 * Finds one more device, and adds it to the list. @ret_notes gets a line when it is
 * passed over, such as a USB device that may be missing. -EINVAL it is in the list
 * already; -ENODEV there is no such device.
 */
int vprep_device_find(const struct vprep_io *io, const struct vprep_device *asked,
		      const struct vprep_device_holding *holding,
		      struct vprep_devices *devices, char ***ret_notes,
		      struct vprep_error *err);

/*
 * What is asked for by any of a device's names: vprep_device_parse_name(), or of what it
 * does not know the device that vprep_device_alias() means. *@ret_alias (NULL where there
 * is none) must outlive the device. Errors as of both.
 */
int vprep_device_read_name(const struct vprep_io *io, const char *text,
			   struct vprep_device *ret, char **ret_alias,
			   struct vprep_error *err);

/*
 * Finds the devices of those names. @driver is wanted for the PCI ones (NULL: the best).
 * An mdev that does not exist is one to be made, without a definition yet. -EINVAL a
 * malformed or repeated name; -ENODEV no such device.
 */
int vprep_devices_find_named(const struct vprep_io *io, const char *const *names,
			     const char *driver, struct vprep_devices *ret,
			     struct vprep_error *err);

/* Finds the devices that a domain asks for, which must outlive the result. Of several
 * that are alike, @holding (may be NULL) may tell which it can mean. Errors and notes as
 * above. */
int vprep_devices_find_asked(const struct vprep_io *io, const struct vprep_devices *asked,
			     const struct vprep_device_holding *holding,
			     struct vprep_devices *ret, char ***ret_notes,
			     struct vprep_error *err);

/*
 * Fills in what a guest's process needs. The devices need not be attached; what only an
 * attached one has is absent then, and of an mdev that is still to be made, its group.
 * -ENODEV one has none, or has gone meanwhile. Of a failure *@ret_at is the device.
 */
int vprep_devices_look_for_guest(const struct vprep_io *io, struct vprep_devices *devices,
				 const struct vprep_device **ret_at);

/*
 * What journals call a device that a person names, by any name of it: freed with free().
 * The device itself may be gone by now. -EINVAL it is no name of a device; -ENODEV there
 * is no such network interface; -ENOMEM.
 */
int vprep_device_held_name(const struct vprep_io *io, const char *text, char **ret,
			   struct vprep_error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other names of devices: of a part of one, of its node, or of its slot. */
#ifndef VPREP_DEVICE_ALIAS_H
#define VPREP_DEVICE_ALIAS_H

#include "io/io.h"
#include "vfio-prep.h"

/*
 * The name of the device of ours that @text means, as vprep_device_parse_name() takes it:
 * a UUID alone; a disk, network interface or card by libvirt's or the kernel's name; a
 * path below /dev or /sys; a PCI slot by its address or the name of the slot, if it has
 * one function. *@ret is freed with free(). -ENODEV, without a message: it is none of
 * these. -EINVAL it means several, -EOPNOTSUPP a part that is not given away by itself:
 * the message offers what is.
 */
int vprep_device_alias(const struct vprep_io *io, const char *text, char **ret,
		       struct vprep_error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only USB devices have. */
#ifndef VPREP_DEVICE_USB_H
#define VPREP_DEVICE_USB_H

#include "io/io.h"

/* 1: the device of that name below sysfs ("1-2") is a hub, which no guest can have; 0: it
 * is none; -errno: it cannot be read. */
int vprep_usb_is_hub(const struct vprep_io *io, const char *sysfs);

#endif

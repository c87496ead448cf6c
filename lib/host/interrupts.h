/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the host remaps interrupts. Without that a guest with a device can have
 * interrupts delivered to the host as it likes, by DMA writes: the kernel gives no device
 * to user space then, unless an option of its modules allows it.
 */
#ifndef VPREP_HOST_INTERRUPTS_H
#define VPREP_HOST_INTERRUPTS_H

#include "io/io.h"
#include "model/facts.h"

/* Reads it. What the host does not show is not known; never an error but -ENOMEM. */
int vprep_interrupts_read(struct vprep_io *io, struct vprep_interrupts *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mediated devices and the types that can be made, as sysfs shows them. */
#ifndef VPREP_HOST_MDEV_H
#define VPREP_HOST_MDEV_H

#include "io/io.h"
#include "model/mdev.h"
#include "model/pci.h"

/*
 * The types that the device in the folder @device (below sysfs) offers, in the pool, with
 * their instances when those are asked for. None when it is no parent of mediated
 * devices; a type that goes away meanwhile is left out. Does not block.
 */
int vprep_mdev_types_read(const struct vprep_io *io, struct vprep_pool *pool,
			  const char *device, bool instances,
			  struct vprep_mdev_type_facts **ret, size_t *ret_n);

/* All parents with their types, PCI devices and virtual ones (mtty, matrix); none when no
 * driver offers any. What goes away meanwhile is left out. Does not block. */
int vprep_mdev_parents_read(const struct vprep_io *io, struct vprep_mdev_parents *ret);

/* The mdev with that UUID, in lower case. -ENODEV: there is none. Does not block. */
int vprep_mdev_read(const struct vprep_io *io, const char *uuid, struct vprep_mdev *ret);

/* Whether the parent's type with that id goes by @type, its id or its name. */
bool vprep_mdev_is_type(const struct vprep_io *io, const char *parent, const char *id,
			const char *type);

/* The number of the vGPU type that a virtual function of an NVIDIA card has now, 0 when
 * it is free. -ENODEV: the function does not work that way. */
int vprep_mdev_vgpu_type(const struct vprep_io *io, const char *address, unsigned *ret);
/* Whether the function is a vGPU, or can become one: it is given to a guest by the driver
 * that makes it one, which is NVIDIA's alone, and which leaves DMA to user space. */
bool vprep_pci_is_vgpu(const struct vprep_io *io, const struct vprep_pci_device *device);

#endif

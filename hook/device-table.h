/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of host devices, and the words by which a person picks some of them. */
#ifndef VPREP_HOOK_DEVICE_TABLE_H
#define VPREP_HOOK_DEVICE_TABLE_H

#include "out.h"
#include "vfio-prep.h"

/*
 * Whether a device is one of those that @words ask for (NULL-terminated; none: all are).
 * A word is a class ("nic", "gpu"), a state ("free", "mine"), or a name or a pattern for
 * names. Words of one sort are alternatives, and each sort must hold.
 */
bool vprep_device_is_picked(const struct vprep_host_device *device,
			    const char *const *words);

/* The words for classes and states, one after the other; NULL: there are not so many. */
const char *vprep_device_word(size_t i);

/* The word for a state in JSON. */
const char *vprep_device_state_word(enum vprep_host_device_state state);

/* The word for devices of that PCI class; NULL: there is none. */
const char *vprep_device_class_word(uint32_t class_code);

/* The first word that picks none of the devices by itself; NULL: all pick some. */
const char *vprep_device_idle_word(const struct vprep_host_devices *devices,
				   const char *const *words);

/* A row for each device that @words ask for. Columns in which nothing stands are left
 * out, and what a device is, is shortened so that the rest fits. */
void vprep_device_table_print(const struct vprep_host_devices *devices,
			      const char *const *words, struct vprep_out *out);

/* A row for each member of an IOMMU group. */
void vprep_device_table_print_group(const struct vprep_host_devices *devices, int group,
				    struct vprep_out *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of PCI vendors and devices, from the list that libpci reads.
 */
#ifndef VPREP_IO_PCIIDS_H
#define VPREP_IO_PCIIDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

struct vprep_pciids;

/* -ELIBACC: libpci is not installed, or its list is malformed; -ENOMEM. The list itself
 * is read when the first name is looked for. For one thread at a time. */
int vprep_pciids_new(struct vprep_pciids **ret);
void vprep_pciids_free(struct vprep_pciids *ids);
DEFINE_CLEANUP(struct vprep_pciids, vprep_pciids_free);

/* In @buf; NULL when the list has no name. @ids may be NULL. */
const char *vprep_pciids_vendor(struct vprep_pciids *ids, uint16_t vendor, char *buf,
				size_t size);
const char *vprep_pciids_device(struct vprep_pciids *ids, uint16_t vendor,
				uint16_t device, char *buf, size_t size);
/* Of a base class and subclass: "Ethernet controller". */
const char *vprep_pciids_class(struct vprep_pciids *ids, uint16_t class_code, char *buf,
			       size_t size);

#endif

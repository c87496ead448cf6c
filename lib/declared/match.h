/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What PCI devices are, and whether a line of words (model/match.h) means them. */
#ifndef VPREP_DECLARED_MATCH_H
#define VPREP_DECLARED_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "host/pci-place.h"
#include "io/io.h"
#include "model/match.h"
#include "model/pci.h"

/* A device, and what was asked about it so far: each fact is read once. */
struct vprep_match_device {
	struct vprep_pci_address address;
	struct vprep_pci_text text;
	bool is_read[VPREP_MATCH_KEYS];
	char **values[VPREP_MATCH_KEYS]; /* those that it goes by; NULL: none */
};

/* The devices of the host, and what finds them by their facts: a fact is read of all
 * devices when a match is first looked for by it. */
struct vprep_match_devices {
	struct vprep_io *io; /* borrowed */
	size_t n;
	struct vprep_match_device *items; /* by address */
	struct vprep_match_index {
		size_t n;
		struct vprep_match_entry *entries; /* by value; NULL: not made yet */
	} indexes[VPREP_MATCH_KEYS];
	bool knows_slots;
	struct vprep_pci_slots slots; /* by address */
};

/* The PCI devices of the host. -ENOMEM, and what reading sysfs gives. */
int vprep_match_devices_list(struct vprep_io *io, struct vprep_match_devices *ret);
void vprep_match_devices_done(struct vprep_match_devices *devices);

/* NULL: there is none at that address. */
struct vprep_match_device *
vprep_match_device_at(const struct vprep_match_devices *devices,
		      struct vprep_pci_address address);

/* The values of a fact of the device; *ret NULL: it has none. The values of `serial` and
 * `mac` are what the device's driver, or that of its physical function, shows. */
int vprep_match_values(struct vprep_match_devices *devices,
		       struct vprep_match_device *device, enum vprep_match_key key,
		       char *const **ret);

/* 1; 0: it is another device; -ENOMEM, and what reading gives. @pf: the address that
 * stands for a pattern "pf=@NAME"; NULL: such a pattern is not looked at. */
int vprep_match_fits(struct vprep_match_devices *devices, const struct vprep_match *match,
		     const char *pf, struct vprep_match_device *device);

/* The devices that fit, as numbers of items, ascending; freed by the caller. */
int vprep_match_find(struct vprep_match_devices *devices, const struct vprep_match *match,
		     const char *pf, size_t **ret, size_t *ret_n);

/* Such numbers in their order. */
void vprep_match_sort(size_t *numbers, size_t n);

/* ---- between the files of match ---- */

/* The keys, beginning with the one whose fact costs least to read and says most. */
extern const enum vprep_match_key vprep_match_order[VPREP_MATCH_KEYS];

/* The pattern for a key; NULL: anything will do. */
const char *vprep_match_pattern(const struct vprep_match *match, const char *pf,
				enum vprep_match_key key);

/* How much of the pattern, from its beginning, is as in every value that fits. */
size_t vprep_match_literal(const char *pattern);

void vprep_match_indexes_done(struct vprep_match_devices *devices);

#endif

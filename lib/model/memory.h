/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a guest's memory. */
#ifndef VPREP_MODEL_MEMORY_H
#define VPREP_MODEL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct vprep_guest_memory {
	uint64_t bytes; /* 0: not known */
	uint64_t limit; /* of all that its process may lock, as its owner says; 0: none */
	bool locked;	/* all that the process has is to be locked */
	bool iommu;	/* the guest has an IOMMU */
};

#endif

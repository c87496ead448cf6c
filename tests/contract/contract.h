/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the code expects of the kernel: one table, run against the fake kernel by every
 * test run and against a real one in the testbed, so that the fake cannot drift.
 */
#ifndef VPREP_TESTS_CONTRACT_H
#define VPREP_TESTS_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/io.h"

/*
 * Devices and drivers go by a letter, "@T" in a path or value:
 *   T  the target: a function on its native driver, alone in its group
 *   N  that driver
 *   P  a PF whose driver makes VFs (up to 7); T may be one of them
 *   Q  its driver
 *   V  the PF's first VF
 *   U  an unbound function that shares its group with S
 *   S  a function on its native driver
 *   D  that driver
 *   B  an unbound bridge
 *   A  a parent of mediated devices with 12 free ones of type Y
 *   I  a UUID that is nobody's
 *   L  4,095 times 'a', M 4,094 times
 */
#define CONTRACT_LETTERS 128

/* What user space does to VFIO, in a way that suits the host. 0 or -errno. */
enum contract_use {
	CONTRACT_WRITE,	     /* not a use: a write of an attribute */
	CONTRACT_BLOCKED,    /* a write in a job, which blocks: it is killed, and stays */
	CONTRACT_OPEN,	     /* opens the group of the device in `path` */
	CONTRACT_CLAIM,	     /* and adds it to a container */
	CONTRACT_HOLD,	     /* and opens the device itself */
	CONTRACT_CLOSE,	     /* ends any of them */
	CONTRACT_ENDED,	     /* waits for the killed job to end */
	CONTRACT_LOAD,	     /* loads the module in `path` */
	CONTRACT_VF_MAC,     /* of a VF of P, whose number is in `path` */
	CONTRACT_VF_VLAN,    /* "VLAN PRIORITY PROTOCOL" */
	CONTRACT_VF_SETTING, /* "trust yes" */
};

struct contract_row {
	const char *name;
	enum contract_use use;
	const char *path;
	const char *value;
	int expect; /* errno */
	/* "T.driver=vfio-pci T.node=1": the state afterwards, "-" for absent */
	const char *state;
};

/* The rows of one subject; skipped when a letter that they need was not given. */
struct contract_part {
	const char *needs;
	const struct contract_row *rows;
	size_t n;
};

extern const struct contract_part contract_parts[];
extern const size_t contract_n_parts;

struct contract {
	struct vprep_io *io;
	const char *letters[CONTRACT_LETTERS];
	/* One of OPEN to CLOSE. */
	int (*use)(struct contract *c, enum contract_use use, const char *address);
	/* Ends the run: frees the io. False when the host is not as it was. */
	bool (*finish)(struct contract *c);
	void *host;
};

void contract_open_fake(struct contract *c);
/* -errno when the roots do not open. */
int contract_open_kernel(struct contract *c);

/* The IOMMU group of a PCI device or an mdev, -1. */
int contract_group_of(const struct contract *c, const char *address);

#endif

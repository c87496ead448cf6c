/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One host, one device on it, and what is said about that device. */
#ifndef VPREP_TESTS_UNIT_IN_USE_FIXTURE_H
#define VPREP_TESTS_UNIT_IN_USE_FIXTURE_H

#include "in-use/in-use.h"
#include "tree.h"

#define HERE "devices/pci0000:00/0000:00:03.0"
#define DISK HERE "/ata1/host0/target0:0:0/0:0:0:0/block"
#define VIRTUAL "devices/virtual/block"

/* A line of mountinfo. */
#define LINE(number, point, source)                                                      \
	"36 1 " number " / " point " rw,relatime shared:1 - ext4 " source " rw\n"

struct fixture {
	struct tree *tree;
	struct vprep_io *io;
	struct vprep_in_use *scan;
	struct vprep_uses uses;
	struct vprep_pci_device device; /* 0000:00:03.0 */
	bool unprivileged;		/* ask as somebody who is not root */

	/* What the operations answer. */
	const char *claimed; /* a node below /dev */
	int claim_result;    /* for every other node */
	unsigned n_claims;
	const struct vprep_io_address *addresses;
	size_t n_addresses;
	unsigned n_address_reads;
	bool addresses_hang; /* as while a driver is stuck in rtnetlink */
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
#define USE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

/* Asks a new scan about the device; the tree is complete by now. */
int fixture_ask(struct fixture *f);
/* The same with the uses kept, and the scan as it is. */
int fixture_ask_again(struct fixture *f);

/* The host's answer is exactly one use, or none. */
void expect_use(struct fixture *f, const char *what, const char *fix, bool never_taken);
void expect_free(struct fixture *f);
/* Among others. */
void expect_among(const struct fixture *f, const char *what, bool never_taken);

/* A block device DEVICES/NAME with a number such as "8:1". */
void add_block(struct fixture *f, const char *name, const char *devices,
	       const char *number);
/* sda (8:0) with sda1 and sda2. */
void add_disk(struct fixture *f);
void add_holder(struct fixture *f, const char *block, const char *holder);
void add_mapping(struct fixture *f, const char *dm, const char *number, const char *name,
		 const char *uuid);
void add_interface(struct fixture *f, const char *name, const char *flags);
/* The character device DEVICES/NAME with a number such as "10:5" and a node. */
void add_node(struct fixture *f, const char *number, const char *name, const char *node,
	      const char *devices);
void add_fd(struct fixture *f, int pid, int fd, const char *target);

#endif

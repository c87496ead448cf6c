/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host of plain files, looked at by the public calls as --sysroot has it. */
#ifndef VPREP_TESTS_UNIT_NODEDEV_FIXTURE_H
#define VPREP_TESTS_UNIT_NODEDEV_FIXTURE_H

#include "tree.h"
#include "vfio-prep.h"

#define ROOT "devices/pci0000:00"

struct nodedev_host {
	struct tree *tree;
	struct vprep_session *session;
	struct vprep_error err; /* of the last call */
};

int nodedev_setup(void **state);
int nodedev_teardown(void **state);

#define NODEDEV_TEST(fn)                                                                 \
	cmocka_unit_test_setup_teardown(fn, nodedev_setup, nodedev_teardown)

/* A device below sys/DEVICES with its link in FOLDER, and its uevent. */
void add_device(struct nodedev_host *h, const char *folder, const char *name,
		const char *devices, const char *uevent);
/* A PCI device of a vendor that no list knows. */
void add_pci(struct nodedev_host *h, const char *address, const char *devices);

/* @caps are separated by blanks; NULL: all. @want has a name a line. */
void expect_list(struct nodedev_host *h, const char *caps, const char *want);
void expect_parent(struct nodedev_host *h, const char *name, const char *parent);
/* @want is what stands within <device>, without indentation. */
void expect_xml(struct nodedev_host *h, const char *name, const char *want);
/* @want is the object of params on one line. */
void expect_json(struct nodedev_host *h, const char *name, const char *want);
void expect_text(struct nodedev_host *h, const char *name, const char *want);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session's host with an SR-IOV network card besides:
 *
 *	0000:08:00.0 igb, interface eth1, 7 VFs at most; two are there:
 *	0000:08:10.0 igbvf, interface eth1v0
 *	0000:08:10.2 igbvf
 *
 * and attaching VFs with a MAC address and a VLAN, step by step.
 */
#ifndef VPREP_TESTS_UNIT_VF_FIXTURE_H
#define VPREP_TESTS_UNIT_VF_FIXTURE_H

#include "model/step.h"
#include "model/facts.h"
#include "session-fixture.h"
#include "session/transaction.h"

#define PF "0000:08:00.0"
#define VF0 "0000:08:10.0"
#define VF1 "0000:08:10.2"
/* Words for host_leaves(): the VFs of the PF, and what goes with them. */
#define VFS "0000:08:1 iommu_groups/ sriov_ links/eth1"
#define MAC "52:54:00:aa:bb:cc"
#define NO_MAC "00:00:00:00:00:00"

int vf_setup(void **state);

#define VF_TEST(fn) cmocka_unit_test_setup_teardown(fn, vf_setup, host_teardown)

/* For a test that leaves VFs, or their number, for good: host_leaves() with VFS. */
int vf_setup_for_good(void **state);

#define VFS_TEST(fn) cmocka_unit_test_setup_teardown(fn, vf_setup_for_good, host_teardown)

struct asked {
	struct vprep_devices devices;
	struct vprep_facts facts;
	struct vprep_attach_options options;
	struct vprep_steps steps;
	struct vprep_reasons *reasons;
};

/* Adds a VF to what is asked. @mac NULL, @vlan -1: not to be set. */
void asked_add(struct asked *a, const char *address, const char *mac, int vlan);
void asked_done(struct asked *a);
/* Reads what the host says of them. */
void asked_look(struct host *h, struct asked *a);
struct vprep_transaction vf_begin(struct host *h);
/* Attaches one; on failure leaves what was done to recover. */
int vf_attach(struct host *h, const char *address, const char *mac, int vlan);

/* "MAC VLAN PRIORITY PROTOCOL" of a VF, as eth1 has it. */
void vf_check(struct host *h, unsigned index, const char *want);
/* The verb numvfs, on the PF. */
int vf_numvfs(struct host *h, unsigned count);
void vf_set_mac(struct host *h, unsigned index, const char *mac);
void vf_set_vlan(struct host *h, unsigned index, uint16_t vlan, uint8_t qos);

#endif

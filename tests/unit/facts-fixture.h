/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts made by hand, for what is decided from them alone. */
#ifndef VPREP_TESTS_UNIT_FACTS_FIXTURE_H
#define VPREP_TESTS_UNIT_FACTS_FIXTURE_H

#include "model/facts.h"
#include "model/step.h"
#include "vfio-prep.h"

struct made {
	struct vprep_devices devices; /* none */
	struct vprep_facts facts;
	struct vprep_attach_options options; /* owner "me", 1234:2345 0640, whole */
	struct vprep_reasons *reasons;	     /* of the last check */
	struct vprep_steps steps;
};

int made_setup(void **state);
int made_teardown(void **state);

#define MADE_TEST(fn) cmocka_unit_test_setup_teardown(fn, made_setup, made_teardown)

struct vprep_facts_group *made_group(struct made *m, unsigned number);
/* A native endpoint (driver "native"), unbound (NULL), on vfio-pci, or a bridge on
 * pcieport: what the facts say of them. The result lives until the next member of any
 * group. The driver to bind is vfio-pci where there is one to bind. */
struct vprep_facts_member *made_member(struct vprep_facts_group *g, const char *address,
				       const char *driver);
struct vprep_facts_member *made_bridge(struct vprep_facts_group *g, const char *address,
				       const char *driver);
/* Not a PCI device. */
struct vprep_facts_member *made_other(struct vprep_facts_group *g, const char *name,
				      const char *driver);
/* Somebody asks for it; returns it. */
struct vprep_facts_member *made_request(struct vprep_facts_member *member);
void made_use(struct vprep_facts_member *member, const char *what, bool never_taken);

/* Checks; fails unless the reasons are these: "CODE DEVICE TEXT" with any text in the
 * message. The last is NULL. */
void made_check_list(struct made *m, const char *const *reasons);
#define made_check(m, ...) made_check_list(m, (const char *const[]){ __VA_ARGS__ })
/* Builds the plan and compares it: "KIND DEVICE", separated by ", ". */
void made_plan(struct made *m, const char *steps);

#endif

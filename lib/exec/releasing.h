/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of giving back: what goes, and who holds it. */
#ifndef VPREP_EXEC_RELEASING_H
#define VPREP_EXEC_RELEASING_H

#include "exec/exec.h"
#include "host/holders.h"

struct vprep_releasing {
	struct vprep_step_context *context;
	bool *selected;		   /* by step: a claim to give up, or a step to undo */
	bool *kept;		   /* by step: of a group where something failed */
	struct vprep_step **ended; /* room for those that are recorded in one write */
	unsigned patience;
	struct vprep_error *err;
	int result; /* the first failure; @err tells of it */
};

static inline struct vprep_steps *vprep_releasing_steps(const struct vprep_releasing *rel)
{
	return &rel->context->journal->steps;
}

/* select.c: selects the claims that @wanted chooses, and then the steps that go with
 * them. */
void vprep_select_claims(struct vprep_releasing *rel, vprep_claim_filter wanted,
			 const void *data);
void vprep_select_steps(struct vprep_releasing *rel);
/* Whether this owner still claims a device of the group. */
bool vprep_is_group_claimed(const struct vprep_releasing *rel, int64_t group);
/* Whether others keep the device: its step stands for nothing of this owner's any more. */
bool vprep_is_shared(const struct vprep_releasing *rel, const struct vprep_step *step);
/* Whether the step is of a request that never was finished, and goes. */
bool vprep_is_rolled_back(const struct vprep_releasing *rel,
			  const struct vprep_step *step);
/* Whether a device keeps its driver for the sake of others in its group. */
bool vprep_stays_bound(const struct vprep_releasing *rel, const char *device);

/* wait.c: whether a child of an earlier command is still in the kernel with the step. */
bool vprep_is_still_stuck(const struct vprep_releasing *rel,
			  const struct vprep_step *step);
/* Whether a process has a node of the step's device open: which process, as text for a
 * message, and which node below /dev, one of the holders' strings. */
bool vprep_is_held(const struct vprep_releasing *rel, const struct vprep_holders *holders,
		   const struct vprep_step *step, char **ret_who, const char **ret_node);
/* Whether it is worth looking through all processes for one that has a device open. */
bool vprep_may_be_held(const struct vprep_releasing *rel);
/* Looks, and waits as long as patience goes for those that hold what must go. */
int vprep_wait_for_holders(struct vprep_releasing *rel, struct vprep_holders *ret);

#endif

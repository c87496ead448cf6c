/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Doing steps and undoing them, from the journal.
 *
 * I1  Undo compares before it writes: what is not as the step left it was changed by
 *     somebody else, and stays as it is.
 * I2  Undo of a step that never began, or was undone already, changes nothing.
 * I3  A step that cannot be undone is recorded as failed with its reason; the others are
 *     undone all the same.
 */
#ifndef VPREP_EXEC_EXEC_H
#define VPREP_EXEC_EXEC_H

#include "host/holders.h"
#include "step/context.h"

/* Does the journal's steps from index @first to the end, marking each. On failure what
 * was done stays done: the caller releases it. */
int vprep_exec_do(struct vprep_step_context *context, size_t first,
		  struct vprep_error *err);

/* The same, but the claims are not marked as done, so that the request still counts as
 * unfinished and a crash rolls it back. For VFs, which must exist before a domain's
 * devices can be found, and for changes that nobody is to hold (numvfs, vports). */
int vprep_exec_do_but_claims(struct vprep_step_context *context, size_t first,
			     struct vprep_error *err);

/* The same for steps that undo themselves: they end at once, with their devices' claims. */
int vprep_exec_do_passing(struct vprep_step_context *context, size_t first,
			  struct vprep_error *err);

typedef bool (*vprep_claim_filter)(const struct vprep_journal *journal,
				   const struct vprep_step *claim, const void *data);

/*
 * Gives back the claimed devices that @wanted chooses (NULL: all): their steps are
 * undone, and those of each group that nobody of this owner claims any more. Waits up to
 * @patience seconds for processes that hold a group's node. -EIO with code VPREP_E_LEFT
 * when something could not be undone; it is marked as failed then.
 */
int vprep_exec_release(struct vprep_step_context *context, vprep_claim_filter wanted,
		       const void *data, unsigned patience, struct vprep_error *err);

/* Whether that could be done now, without waiting; changes nothing, and the journal may
 * be one that was only read. Otherwise the error that the release would end with. */
int vprep_exec_foretell(struct vprep_step_context *context, vprep_claim_filter wanted,
			const void *data, struct vprep_error *err);

/* The first of @holders that has a node of the owner's devices open; NULL: none has. */
const struct vprep_holder *vprep_exec_find_holder(struct vprep_step_context *context,
						  const struct vprep_holders *holders);

/* After a reboot: removes the files that the journal names, and marks all as undone. */
int vprep_exec_clean_after_reboot(struct vprep_step_context *context,
				  struct vprep_error *err);

#endif

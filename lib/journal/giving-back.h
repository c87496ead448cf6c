/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an owner is giving back.
 *
 * I1  What a step stands for is being given back when no finished claim of its owner
 *     stands for it: a release of it began or failed, or an attach of it never was
 *     finished. It is nobody's to take, its owner's neither, until recover, or the
 *     owner's next command, is done with it.
 */
#ifndef VPREP_JOURNAL_GIVING_BACK_H
#define VPREP_JOURNAL_GIVING_BACK_H

#include "journal/journal.h"

/* Whether that is so of a step of the journal. It is so, too, of what a command that is
 * at work has not finished yet: the caller knows about that. */
bool vprep_journal_gives_back(const struct vprep_journal *journal,
			      const struct vprep_step *step);

/* Whether the device is marked as being given back: a release of it has begun, and has
 * not ended. */
bool vprep_journal_releases(const struct vprep_journal *journal, const char *device);

/* What failed when it was to be undone, in words for people: of the step's device, or
 * else of its group. NULL: nothing did, the operation was interrupted. It lives as long
 * as the journal. */
const char *vprep_journal_failure_of(const struct vprep_journal *journal,
				     const struct vprep_step *step);

/* Whether a release of something began, or something could not be undone. */
bool vprep_journal_is_giving_back(const struct vprep_journal *journal);

#endif

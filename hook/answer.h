/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers in JSON that are not one verb's own: what a verb has changed, and why one
 * failed. Each is an object with the number of its form, "version".
 */
#ifndef VPREP_HOOK_ANSWER_H
#define VPREP_HOOK_ANSWER_H

#include "verb.h"

/* The word for a code in JSON: "in-use". */
const char *vprep_answer_code(enum vprep_code code);
/* Adds reasons to a list. */
void vprep_answer_reasons(struct vprep_json list, const struct vprep_reasons *reasons);

/* An answer that is one object, with the number of its form and the verb. */
struct vprep_json vprep_answer_begin(const struct vprep_call *call);

/*
 * Adds the answer of a verb that changes the host, and with it what its calls did: as
 * text the @name (may be NULL) of what it made, as JSON all. Has the verb answered
 * already, or is it one with an answer of its own, nothing is added.
 */
void vprep_answer_changes(const struct vprep_call *call, const char *name);

/* Adds that answer for a device that was just made, and prints it at once. When that
 * fails, nobody would know of the device: it is removed again, and that is an error. */
int vprep_answer_or_remove(const struct vprep_call *call, const char *name,
			   int (*remove)(struct vprep_session *session, const char *name,
					 struct vprep_error *err));

/* Where JSON is asked for, and the verb has not answered, adds why it failed with @r,
 * and what it did nevertheless. */
void vprep_answer_failure(const struct vprep_call *call, int r);

/* The same for arguments that are wrong: JSON, if they ask for that. */
void vprep_answer_misuse(char *const *argv, struct vprep_out *out);

#endif

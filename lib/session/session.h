/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session is made of. */
#ifndef VPREP_SESSION_H
#define VPREP_SESSION_H

#include <stddef.h>

#include "config/config.h"
#include "io/io.h"
#include "step/context.h"
#include "vfio-prep.h"

struct vprep_declared;

/* Lines that are kept while the session has a lock. */
struct vprep_held_log {
	unsigned depth; /* 0: nothing is kept */
	size_t n;
	struct vprep_held_line {
		enum vprep_log_level level;
		char *text;
	} * lines;
};

struct vprep_session {
	struct vprep_io *io;
	struct vprep_config *config;
	vprep_log_fn log; /* vprep_log_tell(), whose data is the session */
	void *log_data;
	vprep_log_fn told; /* the program's own; NULL: it wants no lines */
	vprep_try_log_fn try_log;
	void *told_data;
	struct vprep_held_log held;
	bool notes_changes; /* as session/changes.h has them */
	bool has_lost_changes;
	struct vprep_changes *changes; /* NULL: none since the last time */
	struct vprep_reasons *reasons; /* of the last refusal; NULL: it is forgotten */
	bool (*interrupted)(void *data);
	void *interrupted_data;
	vprep_progress_fn progress;
	void *progress_data;
	const struct vprep_task *task; /* that uses the session; NULL: none */
};

/* A session on another host than the live one: for tests. Takes @io. */
int vprep_session_new_on(struct vprep_io *io, const struct vprep_options *options,
			 struct vprep_session **ret, struct vprep_error *err);

/* Refuses a captured host. */
int vprep_session_is_live(const struct vprep_session *session, struct vprep_error *err);
/* Refuses what is not root on a live host. */
int vprep_session_may_change(const struct vprep_session *session,
			     struct vprep_error *err);
/* Whether a signal or the like asks for an end. */
bool vprep_session_is_interrupted(const struct vprep_session *session);

/* Tells the session's program. */
#define vprep_session_log(session, level, ...)                                           \
	vprep_step_log(                                                                  \
		&(const struct vprep_step_context){ .log = (session)->log,               \
						    .log_data = (session)->log_data },   \
		level, __VA_ARGS__)

/* What is declared, for who only looks at node devices. *@ret is NULL where nothing can
 * be read of it: the program is told why, and other devices can be looked at all the
 * same. */
void vprep_session_declared(struct vprep_session *session, struct vprep_declared **ret);

/*
 * Copies the structure @from, which a program filled for a call of the library, into
 * *@to, which has all members that this library knows. Members that the program's one
 * does not have are zero. The first member of both is their size, as the head of
 * vfio-prep.h says; @first is the size that 0 stands for. -EINVAL it is smaller than
 * that; -E2BIG it sets members that only a newer library knows.
 */
int vprep_input_copy(void *to, size_t size, size_t first, const void *from,
		     struct vprep_error *err);

/* -E2BIG: the number of an enumeration, of which this library knows them up to @last, is
 * one that only a newer library knows. */
int vprep_input_check(unsigned number, unsigned last, struct vprep_error *err);

/* @last: the member that was the last one when the structure had its first version. */
#define VPREP_INPUT_COPY(to, from, last, err)                                            \
	vprep_input_copy((to), sizeof(*(to)),                                            \
			 offsetof(__typeof__(*(to)), last) + sizeof((to)->last),         \
			 (1 ? (from) : (to)), (err))

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/log.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/export.h"

static void drop(struct vprep_held_log *held, size_t n)
{
	size_t i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		free(held->lines[i].text);
	held->n -= n;
	memmove(held->lines, held->lines + n, held->n * sizeof(*held->lines));
}

/* Those that can be told at once. */
static void tell_some(struct vprep_session *session)
{
	struct vprep_held_log *held = &session->held;
	size_t n = 0;

	while (session->try_log && n < held->n &&
	       session->try_log(session->told_data, held->lines[n].level,
				held->lines[n].text))
		n++;
	drop(held, n);
}

static void keep(struct vprep_held_log *held, enum vprep_log_level level,
		 const char *text)
{
	char *copy = strdup(text);
	struct vprep_held_line *line =
		copy ? vprep_array_add(held->lines, held->n) : NULL;

	if (line)
		*line = (struct vprep_held_line){ level, copy };
	else /* the work is worth more than the line */
		free(copy);
}

void vprep_log_tell(void *data, enum vprep_log_level level, const char *line)
{
	struct vprep_session *session = data;

	if (session->held.depth == 0) {
		if (session->told)
			session->told(session->told_data, level, line);
		return;
	}
	if (!session->told && !session->try_log)
		return;
	tell_some(session);
	if (session->held.n > 0 || !session->try_log ||
	    !session->try_log(session->told_data, level, line))
		keep(&session->held, level, line);
}

void vprep_log_hold(struct vprep_session *session)
{
	session->held.depth++;
}

void vprep_log_let_go(struct vprep_session *session)
{
	struct vprep_held_log held = { 0 };
	size_t i;

	if (--session->held.depth > 0)
		return;
	/* who is told of one may begin something with the session that holds others */
	held.n = session->held.n;
	held.lines = session->held.lines;
	session->held = (struct vprep_held_log){ 0 };
	for (i = 0; session->told && i < held.n; i++)
		session->told(session->told_data, held.lines[i].level,
			      held.lines[i].text);
	drop(&held, held.n);
	free(held.lines);
}

void vprep_log_done(struct vprep_session *session)
{
	drop(&session->held, session->held.n);
	free(session->held.lines);
}

VPREP_EXPORT void vprep_session_set_try_log(struct vprep_session *session,
					    vprep_try_log_fn try_log)
{
	session->try_log = try_log;
}

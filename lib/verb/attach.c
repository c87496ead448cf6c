// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching devices by name, or for a process a domain's. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/export.h"
#include "io/child.h"
#include "journal/queue.h"
#include "session/attach-context.h"

#define WAIT_PAUSE_MS 200  /* the first in line pauses so long between two tries */
#define WAIT_PAUSES_MAX 10 /* others so many times as long: once for each before them */

/* Makes process @pid the owner: when it has ended, recover gives its devices back. */
static int name_process(const struct vprep_session *session, int pid,
			struct vprep_journal_header *header, struct vprep_error *err)
{
	uint64_t start;
	int r = vprep_process_start(session->io, pid, &start);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot look at process %d: %s", pid,
				       strerror(-r));
	*header = vprep_journal_header_of("run", header->name);
	header->pid = pid;
	header->pid_start = (int64_t)start;
	return 0;
}

/* @place: in the line of those who wait. *@ret_short: fewer devices of a declared name
 * are free than the request wants. */
static int attach(struct vprep_session *session, const struct vprep_request *request,
		  uint64_t place, bool *ret_short, struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	struct vprep_journal_header header;
	int r;

	*ret_short = false;
	r = vprep_attach_context_begin(&context, err);
	if (r < 0 || (context.domain && context.domain->devices.n == 0))
		return r;
	header = vprep_journal_header_of("manual", context.id);
	if (request->pid != 0)
		r = name_process(session, request->pid, &header, err);
	context.pools.place = place;
	if (r == 0)
		r = vprep_attach_context_run(&context, &header, err);
	*ret_short = r < 0 && context.pools.is_short;
	return r;
}

/* ---- waiting for devices of a declared name ---- */

/* How many wait before @place, for the name with the longest line. */
static int count_ahead(const struct vprep_session *session, char *const *names,
		       uint64_t place, unsigned *ret)
{
	int r = 0;

	for (*ret = 0; r == 0 && *names; names++) {
		struct vprep_queue_ahead ahead = { 0 };

		r = vprep_queue_look(session->io, *names, place, &ahead);
		if (ahead.n > *ret)
			*ret = ahead.n;
	}
	return r;
}

/* 1: its turn has come; 0: the time is over. */
static int wait_for_turn(const struct vprep_session *session, char *const *names,
			 uint64_t place, int64_t end, unsigned *told)
{
	for (;;) {
		unsigned ahead;
		int r = count_ahead(session, names, place, &ahead);

		if (r < 0)
			return r;
		if (ahead != *told)
			vprep_session_log(session, VPREP_LOG_NOTICE,
					  "waiting for @%s: %u wait before", names[0],
					  ahead);
		*told = ahead;
		if (vprep_session_is_interrupted(session))
			return -EINTR;
		if (ahead == 0)
			return 1;
		if (vprep_now_ms() >= end)
			return 0;
		vprep_sleep_ms(WAIT_PAUSE_MS *
			       (ahead < WAIT_PAUSES_MAX ? ahead : WAIT_PAUSES_MAX));
	}
}

/* Who is first asks again and again, until what he wants is free. */
static int attach_in_turn(struct vprep_session *session,
			  const struct vprep_request *request, char *const *names,
			  uint64_t place, struct vprep_error *err)
{
	int64_t end = vprep_now_ms() + (int64_t)request->wait * 1000;
	unsigned told = UINT_MAX;
	bool is_short;
	int r, turn;

	for (;;) {
		turn = wait_for_turn(session, names, place, end, &told);
		if (turn < 0)
			return vprep_error_set(err, VPREP_E_FAILED, -turn, NULL,
					       turn == -EINTR
						       ? "interrupted by a signal while "
							 "waiting for @%s"
						       : "cannot wait for @%s",
					       names[0]);
		r = attach(session, request, place, &is_short, err);
		if (r == 0 || !is_short)
			return r;
		if (vprep_now_ms() >= end) {
			vprep_error_append(err, "; waited for %u s", request->wait);
			return r;
		}
		vprep_sleep_ms(WAIT_PAUSE_MS);
	}
}

static int stand_in_line(struct vprep_session *session,
			 const struct vprep_request *request, struct vprep_error *err)
{
	struct vprep_queue_place place = { .fd = -1 };
	_cleanup_strv_ char **names = NULL;
	int r;

	if (vprep_pools_request_names(request->names, &names) < 0)
		return vprep_error_oom(err);
	r = vprep_queue_join(session->io, names, &place, err);
	if (r == 0)
		r = attach_in_turn(session, request, names, place.number, err);
	vprep_queue_leave(session->io, &place);
	return r;
}

VPREP_EXPORT int vprep_attach(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_error *err)
{
	struct vprep_request asked;
	bool is_short;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = VPREP_INPUT_COPY(&asked, request, wait, err);
	if (r == 0 && asked.domain && asked.pid <= 0)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				    "a domain's devices are prepared, not attached");
	if (r < 0)
		return r;
	r = attach(session, &asked, 0, &is_short, err);
	return is_short && asked.wait > 0 ? stand_in_line(session, &asked, err) : r;
}

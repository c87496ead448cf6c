// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a device, or a group: for programs that ask about one. */
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "device/find.h"
#include "journal/owners.h"
#include "session/session.h"

/* What is looked for. */
struct wanted {
	const char *device; /* as the journals call it; NULL: any */
	bool by_group;
	unsigned group;
};

/* A placeholder may be attached later: then it is held for its own sake. */
static bool holds(const struct vprep_owned_step *at)
{
	return vprep_step_is_claim(at->step) ||
	       (at->step->kind->is_placeholder &&
		!vprep_steps_claim_of(&at->owner->journal->steps, at->step->device));
}

static bool is_wanted(const struct wanted *w, const struct vprep_owned_step *at)
{
	const struct vprep_step *step = at->step;

	if (!step->device || !holds(at))
		return false;
	if (w->by_group)
		return step->group == (int64_t)w->group;
	return !w->device || streq(step->device, w->device);
}

static size_t count(const struct vprep_owners *owners, const struct wanted *w)
{
	struct vprep_owned_step at = { 0 };
	size_t n = 0;

	while (vprep_owners_next(owners, &at))
		n += is_wanted(w, &at);
	return n;
}

static void fill_one(const struct vprep_io *io, struct vprep_held_device *to,
		     const struct vprep_owned_step *at, struct vprep_pool *pool)
{
	const struct vprep_journal *j = at->owner->journal;
	const struct vprep_journal_header *h = &j->header;

	*to = (struct vprep_held_device){
		.device = vprep_pool_printable(pool, at->step->device),
		.group = (int)at->step->group,
		.placeholder = at->step->kind->is_placeholder,
		.owner = vprep_pool_dup(pool, j->id),
		.owner_name = vprep_pool_printable(pool, h->name ? h->name : j->id),
		.owner_kind = vprep_pool_dup(pool, h->kind ? h->kind : "unknown"),
		.owner_state = vprep_owner_words[at->owner->state].name,
		.pid = vprep_owner_process(io, at->owner),
	};
}

static int look(const struct vprep_session *session, const struct wanted *w,
		struct vprep_held_devices **ret, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_owned_step at = { 0 };
	struct vprep_held_devices *holders;
	struct vprep_pool *pool;
	int r = vprep_owners_look(session->io, &owners, err);

	if (r < 0)
		return r;
	holders = vprep_pool_result_new(sizeof(*holders), &pool);
	if (!holders)
		return vprep_error_oom(err);
	holders->items =
		vprep_pool_alloc(pool, count(&owners, w), sizeof(*holders->items));
	while (!pool->failed && vprep_owners_next(&owners, &at))
		if (is_wanted(w, &at))
			fill_one(session->io, &holders->items[holders->n++], &at, pool);
	if (pool->failed) {
		vprep_held_devices_free(holders);
		return vprep_error_oom(err);
	}
	*ret = holders;
	return 0;
}

VPREP_EXPORT int vprep_held_device_find(struct vprep_session *session, const char *device,
					struct vprep_held_devices **ret,
					struct vprep_error *err)
{
	_cleanup_free_ char *name = NULL;
	int r = device ? vprep_device_held_name(session->io, device, &name, err) : 0;

	return r < 0 ? r : look(session, &(struct wanted){ .device = name }, ret, err);
}

VPREP_EXPORT int vprep_held_group_find(struct vprep_session *session, unsigned group,
				       struct vprep_held_devices **ret,
				       struct vprep_error *err)
{
	const struct wanted wanted = { .by_group = true, .group = group };

	return look(session, &wanted, ret, err);
}

VPREP_EXPORT void vprep_held_devices_free(struct vprep_held_devices *holders)
{
	vprep_pool_result_free(holders);
}

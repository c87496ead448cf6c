// SPDX-License-Identifier: GPL-2.0-or-later
/* The public picture of the journals. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "journal/owners.h"
#include "session/session.h"

static void add_device(struct vprep_status_owner *owner, const struct vprep_step *claim,
		       const char *device)
{
	size_t i;

	owner->devices[owner->n_devices++] = device;
	for (i = 0; i < owner->n_groups; i++)
		if (owner->groups[i] == (unsigned)claim->group)
			return;
	if (claim->group >= 0)
		owner->groups[owner->n_groups++] = (unsigned)claim->group;
}

static void add_step(struct vprep_pool *pool, struct vprep_status *status,
		     struct vprep_status_owner *owner, const struct vprep_step *from)
{
	struct vprep_status_step *to = &owner->steps[owner->n_steps++];

	to->seq = (unsigned)from->seq;
	to->kind = from->kind->name;
	to->placeholder = from->kind->is_placeholder;
	to->state = vprep_step_state_name(from->state);
	to->device = from->device ? vprep_pool_dup(pool, from->device) : NULL;
	if (vprep_step_is_claim(from))
		add_device(owner, from, to->device);
	if (vprep_step_is_quarantined(from))
		status->quarantined[status->n_quarantined++] = (struct vprep_quarantined){
			.device = to->device,
			.owner = owner->id,
			.reason = vprep_pool_dup(pool,
						 from->reason ? from->reason : "unknown"),
			.pid = (int)from->pid,
		};
}

static void fill_owner(struct vprep_pool *pool, struct vprep_status *status,
		       const struct vprep_owner *from)
{
	struct vprep_status_owner *owner = &status->owners[status->n_owners++];
	const struct vprep_journal *j = from->journal;
	size_t room = j->steps.n, i;

	owner->id = vprep_pool_dup(pool, j->id);
	owner->name = vprep_pool_printable(pool, j->header.name ? j->header.name : j->id);
	owner->kind = vprep_pool_dup(pool, j->header.kind ? j->header.kind : "unknown");
	owner->state = vprep_owner_words[from->state].name;
	owner->problem = j->corrupt ? vprep_pool_dup(pool, j->corrupt)
				    : vprep_owner_words[from->state].advice;
	owner->devices = vprep_pool_alloc(pool, room, sizeof(*owner->devices));
	owner->groups = vprep_pool_alloc(pool, room, sizeof(*owner->groups));
	owner->steps = vprep_pool_alloc(pool, room, sizeof(*owner->steps));
	for (i = 0; !pool->failed && i < room; i++)
		if (vprep_step_is_live(&j->steps.items[i]))
			add_step(pool, status, owner, &j->steps.items[i]);
}

static void fill(struct vprep_pool *pool, struct vprep_status *status,
		 const struct vprep_owners *owners)
{
	size_t i, n_steps = 0;

	for (i = 0; i < owners->n; i++)
		n_steps += owners->items[i].journal->steps.n;
	status->owners = vprep_pool_alloc(pool, owners->n, sizeof(*status->owners));
	status->quarantined =
		vprep_pool_alloc(pool, n_steps, sizeof(*status->quarantined));
	for (i = 0; !pool->failed && i < owners->n; i++)
		fill_owner(pool, status, &owners->items[i]);
}

VPREP_EXPORT int vprep_status(struct vprep_session *session, struct vprep_status **ret,
			      struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_status *status;
	struct vprep_pool *pool;
	int r = vprep_owners_look(session->io, &owners, err);

	if (r < 0)
		return r;
	status = vprep_pool_result_new(sizeof(*status), &pool);
	if (!status)
		return vprep_error_oom(err);
	fill(pool, status, &owners);
	if (pool->failed) {
		vprep_status_free(status);
		return vprep_error_oom(err);
	}
	*ret = status;
	return 0;
}

VPREP_EXPORT void vprep_status_free(struct vprep_status *status)
{
	vprep_pool_result_free(status);
}

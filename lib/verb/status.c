// SPDX-License-Identifier: GPL-2.0-or-later
/* The public picture of the journals, and of the host beside them. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "host/process-name.h"
#include "journal/owners.h"
#include "session/orphans.h"
#include "verb/status.h"

struct filling {
	const struct vprep_session *session;
	struct vprep_pool *pool;
	struct vprep_status *status;
	int result; /* what reading the host gave, where it is an error */
};

static void add_group(struct vprep_status_owner *owner, int64_t group)
{
	size_t i;

	for (i = 0; i < owner->n_groups; i++)
		if (owner->groups[i] == (unsigned)group)
			return;
	if (group >= 0)
		owner->groups[owner->n_groups++] = (unsigned)group;
}

static void add_device(struct filling *f, struct vprep_status_owner *owner,
		       const struct vprep_owner *from, const struct vprep_step *claim,
		       const char *device)
{
	struct vprep_status_device *host = &owner->host[owner->n_devices];
	int r;

	owner->devices[owner->n_devices++] = device;
	add_group(owner, claim->group);
	host->name = device;
	r = vprep_status_look(f->session, from, claim, f->pool, host);
	if (r < 0)
		f->result = r;
	owner->changed |= host->n_differs > 0;
}

static void add_step(struct filling *f, struct vprep_status_owner *owner,
		     const struct vprep_owner *by, const struct vprep_step *from)
{
	struct vprep_status_step *to = &owner->steps[owner->n_steps++];
	struct vprep_status *status = f->status;

	to->seq = (unsigned)from->seq;
	to->kind = from->kind->name;
	to->placeholder = from->kind->is_placeholder;
	to->state = vprep_step_state_name(from->state);
	to->device = vprep_pool_dup(f->pool, from->device);
	if (vprep_step_is_claim(from))
		add_device(f, owner, by, from, to->device);
	if (vprep_step_is_quarantined(from))
		status->quarantined[status->n_quarantined++] = (struct vprep_quarantined){
			.device = to->device,
			.owner = owner->id,
			.reason = vprep_pool_dup(f->pool,
						 from->reason ? from->reason : "unknown"),
			.pid = (int)from->pid,
		};
}

static const char *advise_salvage(struct vprep_pool *pool, const struct vprep_journal *j)
{
	const char *id = vprep_pool_take(pool, vprep_shell_word(j->id));

	return vprep_pool_strf(
		pool,
		"its journal is damaged (%s): 'vfio-prep recover --salvage "
		"%s' undoes what is known",
		j->corrupt, id ? id : "");
}

/* The process that the owner is, or that runs it, unless it has ended. */
static void add_process(struct filling *f, struct vprep_status_owner *owner,
			const struct vprep_owner *from)
{
	char *text = NULL;

	owner->since = from->journal->header.time;
	owner->pid = vprep_owner_process(f->session->io, from);
	if (owner->pid > 0 &&
	    vprep_process_describe(f->session->io, owner->pid, &text) == 0)
		owner->process = vprep_pool_take(f->pool, text);
}

/* What a command of ours changes or gives back while the host is looked at was changed by
 * nobody else. */
static void check_changes(struct filling *f, struct vprep_status_owner *owner,
			  const struct vprep_owner *from)
{
	size_t i;
	int r = owner->changed ? vprep_owner_is_as_read(f->session->io, from) : 1;

	if (r < 0)
		f->result = r;
	if (r != 0)
		return;
	owner->changed = false;
	for (i = 0; i < owner->n_devices; i++) {
		owner->host[i].n_differs = 0;
		owner->host[i].differs = NULL;
		owner->host[i].fix = NULL;
	}
}

static void fill_owner(struct filling *f, const struct vprep_owner *from)
{
	struct vprep_status_owner *owner = &f->status->owners[f->status->n_owners++];
	const struct vprep_journal *j = from->journal;
	struct vprep_pool *pool = f->pool;
	size_t room = j->steps.n, i;

	owner->id = vprep_pool_dup(pool, j->id);
	owner->name = vprep_pool_printable(pool, j->header.name ? j->header.name : j->id);
	owner->kind = vprep_pool_dup(pool, j->header.kind ? j->header.kind : "unknown");
	owner->state = vprep_owner_words[from->state].name;
	add_process(f, owner, from);
	owner->problem = j->corrupt ? advise_salvage(pool, j)
				    : vprep_owner_words[from->state].advice;
	owner->devices = vprep_pool_alloc(pool, room, sizeof(*owner->devices));
	owner->host = vprep_pool_alloc(pool, room, sizeof(*owner->host));
	owner->groups = vprep_pool_alloc(pool, room, sizeof(*owner->groups));
	owner->steps = vprep_pool_alloc(pool, room, sizeof(*owner->steps));
	for (i = 0; !pool->failed && i < room; i++)
		if (vprep_step_is_live(&j->steps.items[i]))
			add_step(f, owner, from, &j->steps.items[i]);
	check_changes(f, owner, from);
}

static void fill(struct filling *f, const struct vprep_owners *owners)
{
	size_t i, n_steps = 0;

	for (i = 0; i < owners->n; i++)
		n_steps += owners->items[i].journal->steps.n;
	f->status->owners =
		vprep_pool_alloc(f->pool, owners->n, sizeof(*f->status->owners));
	f->status->quarantined =
		vprep_pool_alloc(f->pool, n_steps, sizeof(*f->status->quarantined));
	for (i = 0; !f->pool->failed && i < owners->n; i++)
		fill_owner(f, &owners->items[i]);
}

static void fill_orphans(struct filling *f, const struct vprep_orphans *orphans)
{
	struct vprep_pool *pool = f->pool;
	struct vprep_status *status = f->status;
	size_t i, k;

	status->orphans = vprep_pool_alloc(pool, orphans->n, sizeof(*status->orphans));
	for (i = 0; !pool->failed && i < orphans->n; i++) {
		const struct vprep_orphan *from = &orphans->items[i];
		struct vprep_status_orphan *to = &status->orphans[status->n_orphans++];

		to->owner = vprep_pool_dup(pool, from->owner);
		to->rule = vprep_pool_strf(pool, "%s/%s", f->session->config->rules_dir,
					   from->file);
		to->node = from->node
				   ? vprep_pool_take(pool, vprep_io_dev_path(from->node))
				   : NULL;
		to->devices =
			vprep_pool_alloc(pool, from->n_devices + 1, sizeof(*to->devices));
		for (k = 0; !pool->failed && k < from->n_devices; k++)
			to->devices[to->n_devices++] =
				vprep_pool_dup(pool, from->devices[k]);
	}
}

VPREP_EXPORT int vprep_status(struct vprep_session *session, struct vprep_status **ret,
			      struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	struct filling f = { .session = session };
	int r = vprep_owners_look(session->io, &owners, err);

	if (r == 0)
		r = vprep_orphans_look(session, &orphans, err);
	if (r < 0)
		return r;
	f.status = vprep_pool_result_new(sizeof(*f.status), &f.pool);
	if (!f.status)
		return vprep_error_oom(err);
	fill(&f, &owners);
	fill_orphans(&f, &orphans);
	if (f.pool->failed || f.result < 0) {
		vprep_status_free(f.status);
		return f.result == 0 || f.result == -ENOMEM
			       ? vprep_error_oom(err)
			       : vprep_error_set(err, VPREP_E_REFUSED, -f.result, NULL,
						 "cannot look at the devices: %s",
						 strerror(-f.result));
	}
	*ret = f.status;
	return 0;
}

VPREP_EXPORT void vprep_status_free(struct vprep_status *status)
{
	vprep_pool_result_free(status);
}

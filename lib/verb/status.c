// SPDX-License-Identifier: GPL-2.0-or-later
/* The public picture of the journals. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "session/session.h"

static int copy(const char **to, const char *from)
{
	if (from && !(*to = strdup(from)))
		return -ENOMEM;
	return 0;
}

static const char *state_of(const struct vprep_session *session,
			    const struct vprep_journal *j, const char **ret_problem)
{
	*ret_problem = NULL;
	if (j->corrupt) {
		*ret_problem = j->corrupt;
		return "corrupt";
	}
	if (j->of_earlier_boot) {
		*ret_problem =
			"it is of an earlier boot: 'vfio-prep recover' removes its files";
		return "stale";
	}
	if (j->busy)
		return "busy";
	if (vprep_journal_is_incomplete(j)) {
		*ret_problem =
			"its last operation did not finish: run 'vfio-prep recover'";
		return "incomplete";
	}
	if (vprep_owner_is_dead(session, j)) {
		*ret_problem =
			"its process is gone: 'vfio-prep recover' gives its devices back";
		return "dead";
	}
	return "held";
}

static int add_device(struct vprep_status_owner *owner, const struct vprep_step *claim)
{
	size_t i;
	int r;

	r = copy(&owner->devices[owner->n_devices], claim->device);
	if (r < 0)
		return r;
	owner->n_devices++;
	for (i = 0; i < owner->n_groups; i++)
		if (owner->groups[i] == (unsigned)claim->group)
			return 0;
	if (claim->group >= 0)
		owner->groups[owner->n_groups++] = (unsigned)claim->group;
	return 0;
}

static int add_step(struct vprep_status_owner *owner, const struct vprep_step *from)
{
	struct vprep_status_step *to = &owner->steps[owner->n_steps++];

	to->seq = (unsigned)from->seq;
	to->kind = vprep_step_kind_name(from->kind);
	to->state = vprep_step_state_name(from->state);
	return copy(&to->device, from->device);
}

static int add_quarantined(struct vprep_status *status, const struct vprep_journal *j,
			   const struct vprep_step *step)
{
	struct vprep_quarantined *list, *to;
	int r;

	list = reallocarray(status->quarantined, status->n_quarantined + 1,
			    sizeof(*list));
	if (!list)
		return -ENOMEM;
	status->quarantined = list;
	to = &list[status->n_quarantined++];
	*to = (struct vprep_quarantined){ .pid = (int)step->pid };
	r = copy(&to->device, step->device);
	if (r == 0)
		r = copy(&to->owner, j->id);
	return r < 0 ? r : copy(&to->reason, step->reason ? step->reason : "unknown");
}

static int fill_steps(struct vprep_status *status, struct vprep_status_owner *owner,
		      const struct vprep_journal *j)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < j->steps.n; i++) {
		const struct vprep_step *step = &j->steps.items[i];

		if (!vprep_step_is_live(step))
			continue;
		r = add_step(owner, step);
		if (r == 0 && vprep_step_is_claim(step))
			r = add_device(owner, step);
		if (r == 0 && vprep_step_is_quarantined(step))
			r = add_quarantined(status, j, step);
	}
	return r;
}

static int fill_owner(const struct vprep_session *session, struct vprep_status *status,
		      const struct vprep_journal *j)
{
	struct vprep_status_owner *owner = &status->owners[status->n_owners++];
	const char *problem;
	size_t room = j->steps.n + 1;
	int r;

	owner->devices = calloc(room, sizeof(*owner->devices));
	owner->groups = calloc(room, sizeof(*owner->groups));
	owner->steps = calloc(room, sizeof(*owner->steps));
	if (!owner->devices || !owner->groups || !owner->steps)
		return -ENOMEM;
	r = copy(&owner->id, j->id);
	if (r == 0)
		r = copy(&owner->name, j->header.name ? j->header.name : j->id);
	if (r == 0)
		vprep_str_make_printable((char *)(uintptr_t)owner->name);
	if (r == 0)
		r = copy(&owner->kind, j->header.kind ? j->header.kind : "unknown");
	if (r == 0)
		r = copy(&owner->state, state_of(session, j, &problem));
	if (r == 0)
		r = copy(&owner->problem, problem);
	return r < 0 ? r : fill_steps(status, owner, j);
}

static int fill(const struct vprep_session *session, struct vprep_status *status,
		struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	size_t i;
	int r;

	r = vprep_store_open(session->io, &store, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r == -ENOMEM ? vprep_error_oom(err) : r;
	r = vprep_owners_read(session, store, &owners);
	if (r == 0) {
		status->owners = calloc(owners.n + 1, sizeof(*status->owners));
		r = status->owners ? 0 : -ENOMEM;
	}
	for (i = 0; r == 0 && i < owners.n; i++)
		r = fill_owner(session, status, owners.items[i]);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the journals: %s", strerror(-r))
		     : 0;
}

VPREP_EXPORT int vprep_status(struct vprep_session *session, struct vprep_status **ret,
			      struct vprep_error *err)
{
	struct vprep_status *status = calloc(1, sizeof(*status));
	int r;

	if (!status)
		return vprep_error_oom(err);
	r = fill(session, status, err);
	if (r < 0) {
		vprep_status_free(status);
		return r;
	}
	*ret = status;
	return 0;
}

static void owner_done(struct vprep_status_owner *owner)
{
	size_t i;

	for (i = 0; i < owner->n_devices; i++)
		free((char *)owner->devices[i]);
	for (i = 0; i < owner->n_steps; i++)
		free((char *)owner->steps[i].device);
	free(owner->devices);
	free(owner->groups);
	free(owner->steps);
	free((char *)owner->id);
	free((char *)owner->name);
	free((char *)owner->kind);
	free((char *)owner->state);
	free((char *)owner->problem);
}

VPREP_EXPORT void vprep_status_free(struct vprep_status *status)
{
	size_t i;

	if (!status)
		return;
	for (i = 0; i < status->n_owners; i++)
		owner_done(&status->owners[i]);
	for (i = 0; i < status->n_quarantined; i++) {
		free((char *)status->quarantined[i].device);
		free((char *)status->quarantined[i].owner);
		free((char *)status->quarantined[i].reason);
	}
	free(status->owners);
	free(status->quarantined);
	free(status);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request to devices that are ready. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "io/child.h"
#include "journal/owners.h"
#include "session/attach-context.h"
#include "session/sriov.h"

#define GIVE_BACK_PATIENCE 2

static bool find_node(const struct vprep_steps *steps, const struct vprep_step *claim,
		      struct vprep_step_node *ret)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_node(&steps->items[i], ret) &&
		    steps->items[i].group == claim->group &&
		    (claim->group >= 0 || streq(steps->items[i].device, claim->device)))
			return true;
	return false;
}

static bool find_mdev(const struct vprep_steps *steps, const struct vprep_step *claim,
		      struct vprep_step_mdev *ret)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_mdev(&steps->items[i], ret) &&
		    vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, claim->device))
			return true;
	return false;
}

static void tell(struct vprep_attach_context *q, const struct vprep_journal *j,
		 size_t first)
{
	struct vprep_step_context exec = { .log = q->session->log,
					   .log_data = q->session->log_data };
	size_t i;

	for (i = first; i < j->steps.n; i++) {
		const struct vprep_step *claim = &j->steps.items[i];
		const char *made = vprep_step_made_mdev(claim);
		struct vprep_step_node node;
		struct vprep_step_mdev mdev;
		bool given, created;

		if (!vprep_step_is_claim(claim))
			continue;
		given = find_node(&j->steps, claim, &node);
		created = find_mdev(&j->steps, claim, &mdev);
		if (created && made)
			vprep_step_log(&exec, VPREP_LOG_NOTICE, "%s made: a %s on %s",
				       made, mdev.type, mdev.parent);
		if (!created && !given)
			vprep_step_log(&exec, VPREP_LOG_NOTICE, "%s is held",
				       claim->device);
		if (!given) /* it is only held */
			continue;
		vprep_step_log(&exec, VPREP_LOG_NOTICE,
			       "%s attached: /dev/%s is for %s (%u:%u), mode %04o",
			       claim->device, node.path ? node.path : "?",
			       q->options.user, q->options.uid, q->options.gid,
			       q->options.mode);
	}
}

static bool is_changed_member(const struct vprep_facts_member *m)
{
	return m->device && m->claimed && m->member->pci &&
	       !vprep_str_same(m->member->pci->driver, m->choice.driver);
}

static bool is_changed_device(const struct vprep_device *d,
			      const struct vprep_attach_options *options)
{
	if (d->claimed && d->is_new)
		return true;
	return d->claimed && d->node.path && !vprep_node_state_is(&d->node, options);
}

/* What the owner holds by its journal, but somebody else has changed since. */
static int list_changed(const struct vprep_attach_context *q, char ***ret)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < q->facts.n_groups; i++)
		for (k = 0; r == 0 && k < q->facts.groups[i].group->n_members; k++)
			if (is_changed_member(&q->facts.groups[i].members[k]))
				r = vprep_strv_add(
					ret, q->facts.groups[i].members[k].member->name);
	for (i = 0; r == 0 && i < q->devices.n; i++)
		if (is_changed_device(&q->devices.items[i], &q->options))
			r = vprep_strv_add(ret, q->devices.items[i].name);
	return r;
}

static bool is_named(const struct vprep_journal *j, const struct vprep_step *claim,
		     const void *names)
{
	(void)j;
	return vprep_strv_has(names, claim->device);
}

/* Spoilt devices are given back first, as far as they still are as we left them, and
 * then attached like the others. */
static int inquire_afresh(struct vprep_attach_context *q, struct vprep_transaction *t,
			  struct vprep_error *err)
{
	_cleanup_strv_ char **changed = NULL;
	int r;

	r = vprep_attach_context_look(q, t->store, err);
	if (r < 0 || !q->options.keep)
		return r;
	if (list_changed(q, &changed) < 0)
		return vprep_error_oom(err);
	if (!changed)
		return 0;
	vprep_transaction_unlock(t);
	r = vprep_exec_release(&t->exec, is_named, changed, GIVE_BACK_PATIENCE, err);
	if (r == 0)
		r = vprep_transaction_relock(t, err);
	return r < 0 ? r : vprep_attach_context_look(q, t->store, err);
}

/* They stand and fall with the VFs that were made for them. */
static void join_request(const struct vprep_journal *j, size_t made,
			 struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; made < j->steps.n && i < steps->n; i++)
		steps->items[i].request = j->steps.items[made].request;
}

/* @made: the index of the first step of VFs that were made for it, if any. */
static int attach_devices(struct vprep_attach_context *q, struct vprep_transaction *t,
			  size_t made, struct vprep_error *err)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	size_t first;
	int r;

	r = inquire_afresh(q, t, err);
	if (r == 0)
		r = vprep_attach_context_plan(q, &steps, err);
	if (r < 0)
		return r;
	join_request(t->journal, made, &steps);
	if (steps.n > 0) /* none: all that is asked for is held already */
		r = vprep_transaction_begin_steps(t, &steps, &first, err);
	if (r < 0 || made == t->journal->steps.n)
		return r;
	vprep_transaction_unlock(t);
	r = vprep_exec_do(&t->exec, made, err);
	if (r == 0)
		tell(q, t->journal, made);
	return r;
}

static int attach_locked(struct vprep_attach_context *q, struct vprep_transaction *t,
			 struct vprep_error *err)
{
	size_t made;
	int r;

	r = vprep_transaction_repair(t, err);
	made = t->journal->steps.n;
	if (r == 0 && q->domain)
		r = vprep_sriov_make(t, q->domain, &made, err);
	if (r < 0)
		return r;
	r = attach_devices(q, t, made, err);
	if (r == 0 || made == t->journal->steps.n)
		return r;
	if (t->store)
		vprep_transaction_unlock(t);
	vprep_transaction_roll_back(t, made, err);
	return r;
}

/* Of an owner that is starting again: recover would give back what its last process, long
 * dead, held. */
static int forget_process(struct vprep_transaction *t, struct vprep_error *err)
{
	int r = vprep_transaction_relock(t, err);

	if (r == 0)
		r = vprep_journal_set_process(t->store, t->journal, -1, 0);
	return r < 0 ? vprep_error_set(err, VPREP_E_LEFT, -r, NULL,
				       "cannot note in the journal that '%.100s' starts "
				       "again: %s; 'vfio-prep recover' gives its devices "
				       "back",
				       t->journal->id, strerror(-r))
		     : 0;
}

/* An owner that is a process is that process's alone: what a dead one of that name left
 * is given back first, and its journal with it. */
static int take_over(struct vprep_transaction *t, const char *id,
		     const struct vprep_journal_header *header, struct vprep_error *err)
{
	struct vprep_session *session = t->session;
	int r;

	if (header->pid < 0 || (t->journal->header.pid == header->pid &&
				t->journal->header.pid_start == header->pid_start))
		return 0;
	if (vprep_journal_is_live(t->journal)) {
		if (!vprep_owner_is_dead(session->io, t->journal))
			return vprep_error_set(
				err, VPREP_E_OWNED, EBUSY, NULL,
				"owner '%.60s' holds devices already; choose another "
				"name with --owner, or give them back by 'vfio-prep "
				"detach --owner %.60s'",
				id, id);
		vprep_transaction_unlock(t);
		r = vprep_exec_release(&t->exec, NULL, NULL, GIVE_BACK_PATIENCE, err);
		if (r < 0)
			return r;
	}
	r = vprep_transaction_end(t, 0, err);
	if (r < 0)
		return r;
	return vprep_transaction_begin(session, id, header,
				       session->config->deadlines[VPREP_DEADLINE_BIND], t,
				       err);
}

int vprep_attach_context_run(struct vprep_attach_context *q,
			     const struct vprep_journal_header *header,
			     struct vprep_error *err)
{
	struct vprep_transaction t;
	int r;

	r = vprep_transaction_begin(q->session, q->id, header,
				    q->session->config->deadlines[VPREP_DEADLINE_BIND],
				    &t, err);
	if (r < 0)
		return r;
	r = take_over(&t, q->id, header, err);
	if (r == 0)
		r = attach_locked(q, &t, err);
	if (r == 0 && t.journal->header.pid >= 0 && header->pid < 0)
		r = forget_process(&t, err);
	return vprep_transaction_end(&t, r, err);
}

/* Whose end is theirs, too. */
static int name_process(const struct vprep_session *session, int pid,
			struct vprep_journal_header *header, struct vprep_error *err)
{
	uint64_t start;
	int r = vprep_process_start(session->io, pid, &start);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot look at process %d: %s", pid,
				       strerror(-r));
	header->kind = (char *)(uintptr_t) "run";
	header->pid = pid;
	header->pid_start = (int64_t)start;
	return 0;
}

VPREP_EXPORT int vprep_attach(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context q = {
		.session = session, .request = request
	};
	struct vprep_journal_header header;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0 && request->domain && request->pid <= 0)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				    "a domain's devices are prepared, not attached");
	if (r == 0)
		r = vprep_attach_context_begin(&q, err);
	if (r < 0 || (q.domain && q.domain->devices.n == 0))
		return r;
	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t) "manual";
	header.name = q.id;
	if (request->pid > 0)
		r = name_process(session, request->pid, &header, err);
	return r < 0 ? r : vprep_attach_context_run(&q, &header, err);
}

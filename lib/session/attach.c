// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching what a request asks for: first the VFs that a domain wants, then the IOMMU
 * groups that devices lack yet, then the devices.
 */
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "exec/drift.h"
#include "host/cdev.h"
#include "host/iommu.h"
#include "host/pci.h"
#include "session/attach-context.h"
#include "session/changes.h"
#include "session/log.h"
#include "plan/check.h"
#include "session/sriov.h"
#include "session/transaction.h"

static int plan_vfs(struct vprep_transaction *transaction,
		    const struct vprep_store *locked, void *data, struct vprep_steps *ret,
		    struct vprep_error *err)
{
	struct vprep_attach_context *context = data;

	context->number = vprep_transaction_number(transaction);
	return context->domain ? vprep_sriov_plan_domain(transaction, locked,
							 context->domain, ret, err)
			       : 0;
}

/* ---- devices that have no IOMMU group yet ---- */

/* 1: one of the devices that are asked for may get its group yet. */
static int lacks_groups(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_io *io = context->session->io;
	size_t i;
	int group, r;

	r = vprep_iommu_groups_come_late(io);
	if (r <= 0)
		return r < 0 ? vprep_error_oom(err) : 0;
	vprep_devices_done(&context->devices);
	r = vprep_attach_context_resolve(context, NULL, err);
	for (i = 0; r == 0 && i < context->devices.n; i++)
		if (context->devices.items[i].kind->has_group &&
		    vprep_pci_group(io, context->devices.items[i].pci, &group) == 0 &&
		    group < 0)
			r = 1;
	return r;
}

static int plan_iommu_groups(struct vprep_transaction *transaction,
			     const struct vprep_store *locked, void *data,
			     struct vprep_steps *ret, struct vprep_error *err)
{
	struct vprep_attach_context *context = data;
	int r = lacks_groups(context, err);

	(void)transaction;
	if (r <= 0)
		return r;
	r = vprep_attach_context_look(context, locked, err);
	if (r < 0)
		return r;
	context->options.makes_groups = true;
	r = vprep_attach_context_plan(context, ret, err);
	context->options.makes_groups = false;
	return r;
}

/* ---- devices that the owner has, and somebody else has changed ---- */

struct changes {
	char **lost;  /* devices that are to be given back and attached anew */
	bool mended;  /* some are as the owner wants them once a step is done again */
	bool as_were; /* some are as they were left */
};

static void changes_done(struct changes *changes)
{
	vprep_strv_free(changes->lost);
}

static const struct vprep_step *find_claim(const struct vprep_journal *journal,
					   const struct vprep_device *d)
{
	const char *name = d->held_as ? d->held_as : d->name;
	size_t i;

	for (i = 0; i < journal->steps.n; i++) {
		const struct vprep_step *s = &journal->steps.items[i];

		if (vprep_step_is_live_claim(s) && streq(s->device, name) &&
		    !vprep_claim_is_incomplete(journal, s, NULL))
			return s;
	}
	return NULL;
}

static bool is_given_otherwise(const struct vprep_step *step,
			       const struct vprep_attach_options *o)
{
	struct vprep_step_node node;

	if (!step)
		return false;
	node = vprep_step_grant(step);
	return node.uid != o->uid || node.gid != o->gid || node.mode != o->mode;
}

/* Whether the request wants another driver for the device than it has now, or another
 * user for its own node. */
static bool is_wanted_otherwise(const struct vprep_attach_context *context,
				const struct vprep_journal *journal,
				const struct vprep_device *d,
				const struct vprep_step *claim)
{
	const struct vprep_attach_options *o = &context->options;
	struct vprep_facts_walk walk = { 0 };
	const struct vprep_facts_member *m;

	/* the node of a group is looked at by the check of the facts */
	if ((!d->kind->has_group || context->facts.no_group_nodes) &&
	    is_given_otherwise(vprep_steps_node_of(&journal->steps, claim), o))
		return true;
	while (d->kind->has_group && (m = vprep_facts_next(&context->facts, &walk)))
		if (m->device == d)
			return !vprep_str_same(m->member->pci->driver, m->choice.driver);
	return false;
}

static int compare(const struct vprep_attach_context *context,
		   const struct vprep_journal *journal, const struct vprep_device *d,
		   struct changes *changes)
{
	_cleanup_(vprep_drift_done) struct vprep_drift drift = { 0 };
	const struct vprep_step *claim = find_claim(journal, d);
	bool otherwise;
	int r;

	if (!claim || d->is_again)
		return 0;
	r = vprep_drift_of_claim(context->session->io, journal, claim, &drift);
	if (r < 0)
		return r;
	otherwise = (context->options.keep || drift.level > VPREP_DRIFT_NONE) &&
		    is_wanted_otherwise(context, journal, d, claim);
	if (otherwise || drift.level == VPREP_DRIFT_LOST)
		return vprep_strv_add(&changes->lost, claim->device);
	if (drift.level == VPREP_DRIFT_REDO)
		changes->mended = true;
	else
		changes->as_were = true;
	return 0;
}

static int find_changes(const struct vprep_attach_context *context,
			const struct vprep_journal *journal, struct changes *ret)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < context->devices.n; i++)
		r = compare(context, journal, &context->devices.items[i], ret);
	return r;
}

/* The facts as if those devices were nobody's. */
static void forget_claims(struct vprep_attach_context *context, char *const *names)
{
	size_t i, m;

	for (i = 0; i < context->facts.n_groups; i++) {
		struct vprep_facts_group *g = &context->facts.groups[i];
		bool mine = false;

		for (m = 0; m < g->group->n_members; m++) {
			if (vprep_strv_has(names, g->members[m].member->name))
				g->members[m].claimed = false;
			mine |= g->members[m].claimed;
		}
		g->mine &= mine;
		g->given &= mine;
	}
	for (i = 0; i < context->devices.n; i++)
		if (vprep_strv_has(names, context->devices.items[i].name))
			context->devices.items[i].claimed = false;
}

/* Nothing is given back that could not be attached again. */
static int refuse_lost(struct vprep_attach_context *context, char *const *names,
		       struct vprep_error *err)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };

	forget_claims(context, names);
	return vprep_attach_context_plan(context, &steps, err);
}

/*
 * A device that somebody has changed is given back, as far as it still is as we left it,
 * and then attached like the others; or it is set right where it is, when all is done.
 * Who attaches by hand names either devices to attach or devices to set right: one that
 * is attached already, and as it should be, refuses the request.
 */
static int find_changed(struct vprep_transaction *transaction, void *data,
			char ***ret_devices, struct vprep_error *err)
{
	struct vprep_attach_context *context = data;
	_cleanup_(changes_done) struct changes changes = { 0 };
	int r;

	r = vprep_attach_context_look(context, transaction->locked, err);
	if (r < 0)
		return r;
	r = find_changes(context, transaction->journal, &changes);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot compare the host with the journal: %s",
				       strerror(-r));
	if (changes.as_were && !context->options.keep)
		return 0;
	context->options.keep |= changes.mended || changes.lost;
	if (!changes.lost)
		return 0;
	context->is_outdated = true;
	r = refuse_lost(context, changes.lost, err);
	if (r == 0)
		*ret_devices = TAKE_PTR(changes.lost);
	return r;
}

static int plan_devices(struct vprep_transaction *transaction,
			const struct vprep_store *locked, void *data,
			struct vprep_steps *ret, struct vprep_error *err)
{
	struct vprep_attach_context *context = data;
	int r = 0;

	(void)transaction;
	if (context->is_outdated)
		r = vprep_attach_context_look(context, locked, err);
	return r < 0 ? r : vprep_attach_context_plan(context, ret, err);
}

/* ---- what was done ---- */

/* Below /dev. "?": it went away at once. */
static const char *path_of(const struct vprep_io *io, const struct vprep_step *step,
			   const struct vprep_step_node *node, char **ret_own)
{
	if (!node->path)
		vprep_cdev_find(io, step->device, ret_own);
	return node->path ? node->path : *ret_own ? *ret_own : "?";
}

static void log_claim(const struct vprep_attach_context *context,
		      const struct vprep_steps *steps, const struct vprep_step *claim,
		      enum vprep_log_level level)
{
	const struct vprep_attach_options *options = &context->options;
	const struct vprep_step *given = vprep_steps_node_of(steps, claim);
	const struct vprep_session *session = context->session;
	const char *made = vprep_step_made_mdev(claim);
	_cleanup_free_ char *own = NULL;
	struct vprep_step_node node;
	struct vprep_step_mdev mdev;
	bool created = vprep_steps_mdev_of(steps, claim->device, &mdev);

	if (created && made)
		vprep_session_log(session, level, "%s made: a %s on %s", made, mdev.type,
				  mdev.parent);
	if (!created && !given)
		vprep_session_log(session, level, "%s is held", claim->device);
	if (!given)
		return;
	node = vprep_step_grant(given);
	vprep_session_log(session, level,
			  "%s attached: /dev/%s is for %s (%u:%u), mode %04o",
			  claim->device, path_of(session->io, given, &node, &own),
			  options->user, options->uid, options->gid, options->mode);
}

static void log_claims(const struct vprep_attach_context *context,
		       const struct vprep_steps *steps, size_t first)
{
	const struct vprep_attach_options *options = &context->options;
	enum vprep_log_level level;
	size_t i, n = 0;

	for (i = first; i < steps->n; i++)
		n += vprep_step_is_live_claim(&steps->items[i]) ? 1 : 0;
	level = n > VPREP_FEW_DEVICES ? VPREP_LOG_DEBUG : VPREP_LOG_NOTICE;
	for (i = first; i < steps->n; i++)
		if (vprep_step_is_live_claim(&steps->items[i]))
			log_claim(context, steps, &steps->items[i], level);
	if (n > VPREP_FEW_DEVICES)
		vprep_session_log(context->session, VPREP_LOG_NOTICE,
				  "%zu devices attached: their nodes are for %s "
				  "(%u:%u), mode %04o",
				  n, options->user, options->uid, options->gid,
				  options->mode);
}

/* What only needs a step to be done again, in this owner's part of the request. */
static int mend(const struct vprep_transaction *transaction,
		const struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_journal *journal = transaction->journal;
	int64_t number = vprep_transaction_number(transaction);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < context->devices.n; i++) {
		const struct vprep_step *claim =
			find_claim(journal, &context->devices.items[i]);
		bool any = false;

		/* what was done just now is as it was left a moment ago */
		if (!claim || claim->request == number)
			continue;
		r = vprep_exec_mend(&transaction->context, claim->device, claim->group,
				    &any, err);
		if (r == 0 && any)
			vprep_session_log(
				context->session, VPREP_LOG_NOTICE,
				"%s is set right again: somebody had changed it",
				claim->device);
		if (r == 0)
			vprep_changes_note_held(transaction, claim,
						any ? "mended" : "kept");
	}
	return r;
}

/* Who asked for a device expects it to go, but may not know what else goes with it. */
static void log_losses(struct vprep_attach_context *context)
{
	struct vprep_pool pool = { 0 };
	const struct vprep_loss *losses;
	size_t i, n = 0;

	losses = vprep_losses_list(&context->facts, &context->options, &pool, &n);
	for (i = 0; !pool.failed && i < n; i++)
		if (losses[i].names[0] ||
		    !vprep_devices_named(&context->devices, context->devices.n,
					 losses[i].device))
			vprep_session_log(context->session, VPREP_LOG_NOTICE, "%s",
					  losses[i].message);
	vprep_pool_done(&pool);
}

static int finish(const struct vprep_transaction *transaction, void *data,
		  struct vprep_error *err)
{
	struct vprep_attach_context *context = data;
	int r = mend(transaction, context, err);

	if (r == 0 && context->attached)
		r = context->attached(context, err);
	if (r < 0)
		return r;
	vprep_changes_note_attached(transaction);
	log_losses(data);
	log_claims(data, &transaction->journal->steps, transaction->first);
	return 0;
}

int vprep_attach_context_run(struct vprep_attach_context *context,
			     const struct vprep_journal_header *header,
			     struct vprep_error *err)
{
	static const struct vprep_transaction_stage stages[] = {
		{ .plan = plan_vfs, .carry_out = vprep_exec_do_but_claims },
		{ .plan = plan_iommu_groups, .carry_out = vprep_exec_do_passing },
		{ find_changed, plan_devices, vprep_exec_do },
	};
	const struct vprep_transaction_work work = {
		.id = context->id,
		.header = header,
		.patience = VPREP_DEADLINE_BIND,
		.stages = stages,
		.n_stages = VPREP_ARRAY_SIZE(stages),
		.done = finish,
		.data = context,
	};

	return vprep_transaction_run(context->session, &work, err);
}

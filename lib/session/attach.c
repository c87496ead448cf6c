// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching what a request asks for: first the VFs that a domain wants, then its devices.
 */
#include "session/attach-context.h"
#include "session/sriov.h"
#include "session/transaction.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"

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

/* ---- devices that the owner has, and somebody else has changed ---- */

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

static int list_changed(const struct vprep_attach_context *context, char ***ret)
{
	struct vprep_facts_walk walk = { 0 };
	const struct vprep_facts_member *m;
	size_t i;
	int r = 0;

	while (r == 0 && (m = vprep_facts_next(&context->facts, &walk)))
		if (is_changed_member(m))
			r = vprep_strv_add(ret, m->member->name);
	for (i = 0; r == 0 && i < context->devices.n; i++)
		if (is_changed_device(&context->devices.items[i], &context->options))
			r = vprep_strv_add(ret, context->devices.items[i].name);
	return r;
}

/* A device that somebody has changed is given back, as far as it still is as we left it,
 * and then attached like the others. */
static int find_changed(void *data, const struct vprep_store *locked, char ***ret_devices,
			struct vprep_error *err)
{
	struct vprep_attach_context *context = data;
	int r;

	r = vprep_attach_context_look(context, locked, err);
	if (r < 0 || !context->options.keep)
		return r;
	if (list_changed(context, ret_devices) < 0)
		return vprep_error_oom(err);
	context->is_outdated = *ret_devices != NULL;
	return 0;
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

static void log_claim(const struct vprep_attach_context *context,
		      const struct vprep_steps *steps, const struct vprep_step *claim)
{
	const struct vprep_attach_options *options = &context->options;
	const char *made = vprep_step_made_mdev(claim);
	struct vprep_step_node node;
	struct vprep_step_mdev mdev;
	bool given = find_node(steps, claim, &node);
	bool created = find_mdev(steps, claim, &mdev);

	if (created && made)
		vprep_session_log(context->session, VPREP_LOG_NOTICE,
				  "%s made: a %s on %s", made, mdev.type, mdev.parent);
	if (!created && !given)
		vprep_session_log(context->session, VPREP_LOG_NOTICE, "%s is held",
				  claim->device);
	if (given)
		vprep_session_log(context->session, VPREP_LOG_NOTICE,
				  "%s attached: /dev/%s is for %s (%u:%u), mode %04o",
				  claim->device, node.path ? node.path : "?",
				  options->user, options->uid, options->gid,
				  options->mode);
}

static int log_claims(const struct vprep_transaction *transaction, void *data,
		      struct vprep_error *err)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	size_t i;

	(void)err;
	for (i = transaction->first; i < steps->n; i++)
		if (vprep_step_is_claim(&steps->items[i]))
			log_claim(data, steps, &steps->items[i]);
	return 0;
}

int vprep_attach_context_run(struct vprep_attach_context *context,
			     const struct vprep_journal_header *header,
			     struct vprep_error *err)
{
	static const struct vprep_transaction_stage stages[] = {
		{ .plan = plan_vfs, .carry_out = vprep_exec_do_but_claims },
		{ find_changed, plan_devices, vprep_exec_do },
	};
	const struct vprep_transaction_work work = {
		.id = context->id,
		.header = header,
		.patience = VPREP_DEADLINE_BIND,
		.stages = stages,
		.n_stages = VPREP_ARRAY_SIZE(stages),
		.done = log_claims,
		.data = context,
	};

	return vprep_transaction_run(context->session, &work, err);
}

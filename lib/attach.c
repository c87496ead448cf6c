// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request to devices that are ready: survey, check, plan, do. */
#include <errno.h>
#include <string.h>

#include "account.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/str.h"
#include "claims.h"
#include "host/resolve.h"
#include "host/survey.h"
#include "plan/check.h"
#include "plan/plan.h"
#include "plan/reasons.h"
#include "session.h"

#define DEFAULT_OWNER "manual"
#define SURVEY_DEADLINE 5 /* seconds, for a read; the global lock is held meanwhile */
#define ROLLBACK_PATIENCE 2
#define DRIVER_NAME_MAX 63

/* A request with its defaults filled in, and what was found out about its devices. */
struct inquiry {
	struct vprep_account account;
	struct vprep_session *session;
	const struct vprep_request *request;
	struct vprep_terms terms;
	struct vprep_targets targets;
	struct vprep_survey survey;
};

static void inquiry_done(struct inquiry *q)
{
	vprep_survey_done(&q->survey);
	vprep_targets_done(&q->targets);
}

static int read_owner(const struct vprep_request *request, struct vprep_terms *terms,
		      struct vprep_error *err)
{
	_cleanup_free_ char *printable = NULL;

	terms->owner = request->owner ? request->owner : DEFAULT_OWNER;
	printable = strdup(terms->owner);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (!*terms->owner || !streq(printable, terms->owner))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the owner's name is empty or holds control characters");
	return 0;
}

/* As a module or driver could be called: not a path, and not "..". */
static bool is_driver_name(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (i >= DRIVER_NAME_MAX || s[i] == '/' || s[i] <= ' ' || s[i] == 0x7f)
			return false;
	return i > 0 && s[0] != '.';
}

static int read_terms(struct inquiry *q, struct vprep_error *err)
{
	const struct vprep_config *config = q->session->config;
	enum vprep_group_policy policy = q->request->policy;
	unsigned mode = config->mode;
	int r;

	if (!q->request->names || !q->request->names[0])
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "no device is named");
	if (q->request->mode && vprep_config_parse_mode(q->request->mode, &mode) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.20s' is not an octal mode such as 0600",
				       q->request->mode);
	if (q->request->driver && !is_driver_name(q->request->driver))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.60s' is not a driver's name",
				       q->request->driver);
	r = vprep_account_find(q->request->user, config, &q->account, err);
	if (r == 0)
		r = read_owner(q->request, &q->terms, err);
	if (r < 0)
		return r;
	if (policy == VPREP_POLICY_DEFAULT)
		policy = config->policy;
	q->terms.strict = policy == VPREP_POLICY_STRICT;
	q->terms.force = q->request->force;
	q->terms.driver = q->request->driver;
	q->terms.uid = q->account.uid;
	q->terms.gid = q->account.gid;
	q->terms.user = q->account.name;
	q->terms.mode = (mode_t)mode;
	q->terms.rules_dir = config->rules_dir;
	return 0;
}

static void add_denials(struct inquiry *q)
{
	size_t g, m;

	for (g = 0; g < q->survey.n_groups; g++)
		for (m = 0; m < q->survey.groups[g].group->n_members; m++) {
			struct vprep_survey_member *member =
				&q->survey.groups[g].members[m];

			member->denied =
				member->member->pci &&
				vprep_config_denies(q->session->config,
						    member->member->pci->address);
		}
}

static int add_owners(struct inquiry *q, const struct vprep_owners *owners,
		      struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		const struct vprep_journal *j = owners->items[i];

		if (j->corrupt)
			return vprep_error_set(
				err, VPREP_E_REFUSED, EPERM, NULL,
				"what owner '%.100s' holds is not known: %.300s", j->id,
				j->corrupt);
		if (!j->stale &&
		    vprep_claims_note(&q->survey, j, streq(j->id, q->terms.owner)) < 0)
			return vprep_error_oom(err);
	}
	return 0;
}

/*
 * @store NULL: nobody owns anything. The owners are read before the host: one that gives
 * back meanwhile still counts, so that nothing is taken for the host's own state that is
 * only on its way there.
 */
static int inquire(struct inquiry *q, const struct vprep_store *store,
		   struct vprep_error *err)
{
	const struct vprep_survey_request request = {
		.targets = &q->targets,
		.rules_dir = q->terms.rules_dir,
		.deadline = SURVEY_DEADLINE,
	};
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r;

	r = store ? vprep_owners_read(q->session, store, &owners) : 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the journals of other owners: %s",
				       strerror(-r));
	r = vprep_resolve_names(q->session->io, q->request->names, q->request->driver,
				&q->targets, err);
	if (r == 0)
		r = vprep_survey_read(q->session->io, &request, &q->survey, err);
	if (r < 0)
		return r;
	add_denials(q);
	return add_owners(q, &owners, err);
}

/* The survey as readers see it: no lock, nothing made. */
static int inquire_unlocked(struct inquiry *q, struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r;

	r = read_terms(q, err);
	if (r < 0)
		return r;
	r = vprep_store_open(q->session->io, &store, err);
	if (r == -EACCES || r == -EPERM) /* not root: judge the devices alone */
		r = -ENOENT;
	if (r < 0 && r != -ENOENT)
		return r;
	return inquire(q, store, err);
}

static int check(const struct inquiry *q, struct vprep_reasons *reasons,
		 struct vprep_error *err)
{
	return vprep_check_survey(&q->survey, &q->terms, reasons) < 0
		       ? vprep_error_oom(err)
		       : 0;
}

VPREP_EXPORT int vprep_check(struct vprep_session *session,
			     const struct vprep_request *request,
			     struct vprep_reasons **ret, struct vprep_error *err)
{
	struct inquiry q = { .session = session, .request = request };
	struct vprep_reasons *reasons = calloc(1, sizeof(*reasons));
	int r;

	if (!reasons)
		return vprep_error_oom(err);
	r = inquire_unlocked(&q, err);
	if (r == 0)
		r = check(&q, reasons, err);
	inquiry_done(&q);
	if (r < 0) {
		vprep_reasons_free(reasons);
		return r;
	}
	*ret = reasons;
	return 0;
}

/* Refused, or the steps to take. */
static int make_plan(const struct inquiry *q, struct vprep_steps *ret,
		     struct vprep_error *err)
{
	_cleanup_(vprep_reasons_done) struct vprep_reasons reasons = { 0 };
	int r;

	r = check(q, &reasons, err);
	if (r < 0)
		return r;
	if (reasons.n > 0)
		return vprep_reasons_error(&reasons, err);
	return vprep_plan_build(&q->survey, &q->terms, ret) < 0 ? vprep_error_oom(err)
								: 0;
}

VPREP_EXPORT int vprep_plan(struct vprep_session *session,
			    const struct vprep_request *request, struct vprep_plan **ret,
			    struct vprep_error *err)
{
	struct inquiry q = { .session = session, .request = request };
	struct vprep_steps steps = { 0 };
	int r;

	r = inquire_unlocked(&q, err);
	if (r == 0)
		r = make_plan(&q, &steps, err);
	if (r == 0 && vprep_plan_describe(q.terms.owner, &steps, ret) < 0)
		r = vprep_error_oom(err);
	vprep_steps_done(&steps);
	inquiry_done(&q);
	return r;
}

static bool is_of_batch(const struct vprep_journal *j, const struct vprep_step *claim,
			const void *data)
{
	(void)j;
	return claim->batch == *(const int64_t *)data;
}

static void roll_back(struct vprep_tenure *t, int64_t batch, struct vprep_error *err)
{
	struct vprep_error left;

	if (vprep_exec_release(&t->exec, is_of_batch, &batch, ROLLBACK_PATIENCE, &left) ==
		    0 ||
	    !err)
		return;
	err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and it could not all be rolled back: %s",
			   left.message);
}

/* The owner's last command may have been killed: first finish what it left. What cannot
 * be finished yet, such as a release that a guest still blocks, does not stop other
 * devices. */
static int repair(struct vprep_tenure *t, struct vprep_error *err)
{
	struct vprep_error left;

	if (t->journal->steps.n == 0 || !vprep_journal_is_incomplete(t->journal))
		return 0;
	vprep_tenure_unlock(t);
	if (vprep_exec_release(&t->exec, vprep_claim_is_incomplete, NULL, 0, &left) < 0)
		vprep_exec_log(&t->exec, VPREP_LOG_WARNING, "%s", left.message);
	return vprep_tenure_relock(t, err);
}

static const struct vprep_step *node_step_of(const struct vprep_steps *steps,
					     const struct vprep_step *claim)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].kind == VPREP_STEP_NODE_PERMISSION &&
		    steps->items[i].group == claim->group &&
		    (claim->group >= 0 || streq(steps->items[i].device, claim->device)))
			return &steps->items[i];
	return NULL;
}

static void tell(struct inquiry *q, const struct vprep_journal *j, size_t first)
{
	struct vprep_exec exec = { .log = q->session->log,
				   .log_data = q->session->log_data };
	size_t i;

	for (i = first; i < j->steps.n; i++) {
		const struct vprep_step *claim = &j->steps.items[i];
		const struct vprep_step *node;

		if (claim->kind != VPREP_STEP_CLAIM)
			continue;
		node = node_step_of(&j->steps, claim);
		vprep_exec_log(&exec, VPREP_LOG_NOTICE,
			       "%s attached: /dev/%s is for %s (%u:%u), mode %04o",
			       claim->device, node ? node->node : "?", q->terms.user,
			       q->terms.uid, q->terms.gid, q->terms.mode);
	}
}

static int attach_locked(struct inquiry *q, struct vprep_tenure *t,
			 struct vprep_error *err)
{
	struct vprep_steps steps = { 0 };
	size_t first;
	int r;

	r = repair(t, err);
	if (r == 0)
		r = inquire(q, t->store, err);
	if (r == 0)
		r = make_plan(q, &steps, err);
	if (r < 0)
		return r;
	r = vprep_journal_begin(t->journal, &steps, &first);
	if (r < 0) {
		vprep_steps_done(&steps);
		return vprep_error_set(
			err, VPREP_E_REFUSED, -r, NULL,
			"cannot write the journal in /run/vfio-prep: %s; nothing "
			"was changed",
			strerror(-r));
	}
	vprep_tenure_unlock(t);
	r = vprep_exec_do(&t->exec, first, err);
	if (r < 0) {
		roll_back(t, t->journal->steps.items[first].batch, err);
		return r;
	}
	tell(q, t->journal, first);
	return 0;
}

VPREP_EXPORT int vprep_attach(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_error *err)
{
	struct inquiry q = { .session = session, .request = request };
	struct vprep_journal_header header;
	struct vprep_tenure t;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = read_terms(&q, err);
	if (r < 0)
		return r;
	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t) "manual";
	header.name = (char *)(uintptr_t)q.terms.owner;
	r = vprep_tenure_begin(session, q.terms.owner, &header,
			       session->config->deadlines[VPREP_DEADLINE_BIND], &t, err);
	if (r < 0)
		return r;
	r = attach_locked(&q, &t, err);
	vprep_tenure_end(&t);
	inquiry_done(&q);
	return r;
}

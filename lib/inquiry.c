// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request to what is to be done for it, or why not. */
#include "inquiry.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/str.h"
#include "claims.h"
#include "host/resolve.h"
#include "host/survey.h"
#include "plan/check.h"
#include "plan/plan.h"
#include "plan/reasons.h"

#define DEFAULT_OWNER "manual"
#define SURVEY_DEADLINE 5 /* seconds, for a read; the global lock is held meanwhile */
#define DRIVER_NAME_MAX 63

void vprep_inquiry_done(struct vprep_inquiry *q)
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

int vprep_inquiry_begin(struct vprep_inquiry *q, struct vprep_error *err)
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

static void add_denials(struct vprep_inquiry *q)
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

static int add_owners(struct vprep_inquiry *q, const struct vprep_owners *owners,
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

int vprep_inquire(struct vprep_inquiry *q, const struct vprep_store *store,
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
static int inquire_unlocked(struct vprep_inquiry *q, struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r;

	r = vprep_inquiry_begin(q, err);
	if (r < 0)
		return r;
	r = vprep_store_open(q->session->io, &store, err);
	if (r == -EACCES || r == -EPERM) /* not root: judge the devices alone */
		r = -ENOENT;
	if (r < 0 && r != -ENOENT)
		return r;
	return vprep_inquire(q, store, err);
}

static int check(const struct vprep_inquiry *q, struct vprep_reasons *reasons,
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
	struct vprep_inquiry q = { .session = session, .request = request };
	struct vprep_reasons *reasons = calloc(1, sizeof(*reasons));
	int r;

	if (!reasons)
		return vprep_error_oom(err);
	r = inquire_unlocked(&q, err);
	if (r == 0)
		r = check(&q, reasons, err);
	vprep_inquiry_done(&q);
	if (r < 0) {
		vprep_reasons_free(reasons);
		return r;
	}
	*ret = reasons;
	return 0;
}

int vprep_inquiry_plan(const struct vprep_inquiry *q, struct vprep_steps *ret,
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
	struct vprep_inquiry q = { .session = session, .request = request };
	struct vprep_steps steps = { 0 };
	int r;

	r = inquire_unlocked(&q, err);
	if (r == 0)
		r = vprep_inquiry_plan(&q, &steps, err);
	if (r == 0 && vprep_plan_describe(q.terms.owner, &steps, ret) < 0)
		r = vprep_error_oom(err);
	vprep_steps_done(&steps);
	vprep_inquiry_done(&q);
	return r;
}

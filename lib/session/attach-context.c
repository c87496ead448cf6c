// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request to what is to be done for it, or why not. */
#include "session/attach-context.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "session/claims.h"
#include "device/facts.h"
#include "device/find.h"
#include "session/mdev-definition.h"
#include "plan/check.h"
#include "plan/mdev-placement.h"
#include "plan/plan.h"
#include "plan/reasons.h"

#define DEFAULT_OWNER "manual"
#define SURVEY_DEADLINE 5 /* seconds, for a read; the global lock is held meanwhile */
/* How long others may take to make an mdev before what is left of it is counted. */
#define PENDING_TRIES 40
#define PENDING_PAUSE_MS 25
#define DRIVER_NAME_MAX 63
#define NAME_AS_ID_MAX 64
#define NAME_SHOWN_MAX 60

void vprep_attach_context_done(struct vprep_attach_context *q)
{
	vprep_facts_done(&q->facts);
	vprep_devices_done(&q->devices);
	vprep_domain_free(q->domain);
	free(q->text);
	free(q->id);
	*q = (struct vprep_attach_context){ .session = q->session,
					    .request = q->request };
}

static int read_named_owner(struct vprep_attach_context *q, struct vprep_error *err)
{
	const char *owner = q->request->owner ? q->request->owner : DEFAULT_OWNER;

	if (q->request->pid > 0 && !q->request->owner)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "a process that holds devices needs an owner's "
				       "name");
	q->id = strdup(owner);
	q->text = strdup(owner);
	if (!q->id || !q->text)
		return vprep_error_oom(err);
	vprep_str_make_printable(q->text);
	if (!*q->id || !streq(q->id, q->text))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the owner's name is empty or holds control characters");
	return 0;
}

int vprep_domain_owner(const struct vprep_domain *domain, char **ret,
		       struct vprep_error *err)
{
	_cleanup_free_ char *printable = NULL;
	char *id;

	printable = strdup(domain->name);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (!domain->has_uuid &&
	    (strlen(domain->name) > NAME_AS_ID_MAX || !streq(printable, domain->name)))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the domain has no uuid, and its name is not fit to "
			"stand for one: add <uuid> to it");
	id = domain->has_uuid ? strdup(vprep_uuid_text(&domain->uuid).s)
			      : vprep_strf("name:%s", domain->name);
	if (!id)
		return vprep_error_oom(err);
	*ret = id;
	return 0;
}

static bool is_wanted(const struct vprep_device *device, enum vprep_prepare_which which)
{
	if (which == VPREP_PREPARE_NONE)
		return false;
	return which == VPREP_PREPARE_ALL || !device->kind->has_group ||
	       device->asked.pci.managed == (which == VPREP_PREPARE_MANAGED);
}

static void drop_unwanted(struct vprep_devices *devices, enum vprep_prepare_which which)
{
	size_t i, n = 0;

	for (i = 0; i < devices->n; i++)
		if (is_wanted(&devices->items[i], which))
			devices->items[n++] = devices->items[i];
	devices->n = n;
}

static int read_domain(struct vprep_attach_context *q, struct vprep_error *err)
{
	const struct vprep_request *request = q->request;
	bool for_process = request->pid > 0;
	int r;

	if (request->names || (request->owner && !for_process) || request->driver)
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"a domain's devices, drivers and owner are what its "
			"XML says: no names, owner or driver besides");
	r = vprep_domain_parse(request->domain, request->domain_len, &q->domain, err);
	if (r == 0)
		r = for_process ? read_named_owner(q, err)
				: vprep_domain_owner(q->domain, &q->id, err);
	if (r < 0)
		return r;
	/* the setting is about domains that others start, too */
	if (!for_process && !q->for_launch)
		drop_unwanted(&q->domain->devices, q->session->config->prepare);
	if (for_process)
		return 0;
	q->text = vprep_strf("domain '%.*s'", NAME_SHOWN_MAX, q->domain->name);
	if (!q->text)
		return vprep_error_oom(err);
	vprep_str_make_printable(q->text);
	q->options.keep = true;
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

int vprep_attach_context_begin(struct vprep_attach_context *q, struct vprep_error *err)
{
	const struct vprep_config *config = q->session->config;
	enum vprep_group_policy policy = q->request->policy;
	const char *user = q->request->user;
	unsigned mode = config->mode;
	int r;

	if (!q->request->domain && (!q->request->names || !q->request->names[0]))
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
	r = q->request->domain ? read_domain(q, err) : read_named_owner(q, err);
	if (r < 0)
		return r;
	if (!user && q->domain)
		user = q->domain->user;
	r = vprep_node_owner_find(user, config, &q->node_owner, err);
	if (r < 0)
		return r;
	if (policy == VPREP_POLICY_DEFAULT && q->domain)
		policy = q->domain->policy;
	if (policy == VPREP_POLICY_DEFAULT)
		policy = config->policy;
	q->options.owner = q->text;
	q->options.strict = policy == VPREP_POLICY_STRICT;
	q->options.force = q->request->force;
	q->options.driver = q->request->driver;
	q->options.uid = q->node_owner.uid;
	q->options.gid = q->node_owner.gid;
	q->options.user = q->node_owner.name;
	q->options.mode = (mode_t)mode;
	q->options.rules_dir = config->rules_dir;
	return 0;
}

static void add_denials(struct vprep_attach_context *q)
{
	size_t g, m;

	for (g = 0; g < q->facts.n_groups; g++)
		for (m = 0; m < q->facts.groups[g].group->n_members; m++) {
			struct vprep_facts_member *member =
				&q->facts.groups[g].members[m];

			member->denied =
				member->member->pci &&
				vprep_config_denies(q->session->config,
						    member->member->pci->address);
		}
}

int vprep_attach_context_resolve(struct vprep_attach_context *q, struct vprep_error *err)
{
	const struct vprep_step_context exec = { .log = q->session->log,
						 .log_data = q->session->log_data };
	_cleanup_strv_ char **notes = NULL;
	size_t i;
	int r;

	if (q->resolve)
		return q->resolve(q, err);
	if (!q->domain)
		return vprep_devices_find_named(q->session->io, q->request->names,
						q->request->driver, &q->devices, err);
	r = vprep_devices_find_asked(q->session->io, &q->domain->devices, &q->devices,
				     &notes, err);
	for (i = 0; r == 0 && notes && notes[i]; i++)
		vprep_step_log(&exec, VPREP_LOG_NOTICE, "%s", notes[i]);
	return r;
}

static int complete_mdevs(struct vprep_attach_context *q, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < q->devices.n; i++)
		if (q->devices.items[i].kind == &vprep_kind_mdev)
			r = vprep_mdev_complete(q->session, &q->devices.pool,
						&q->devices.items[i], err);
	return r;
}

static int inquire_once(struct vprep_attach_context *q, const struct vprep_store *store,
			struct vprep_error *err)
{
	const struct vprep_facts_request request = {
		.devices = &q->devices,
		.rules_dir = q->options.rules_dir,
		.deadline = SURVEY_DEADLINE,
	};
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r;

	vprep_facts_done(&q->facts);
	vprep_devices_done(&q->devices);
	r = store ? vprep_owners_read(q->session->io, store, &owners, err) : 0;
	if (r == 0)
		r = vprep_attach_context_resolve(q, err);
	if (r == 0)
		r = complete_mdevs(q, err);
	if (r == 0)
		r = vprep_facts_read(q->session->io, &request, &q->facts, err);
	if (r < 0)
		return r;
	add_denials(q);
	r = vprep_claims_note(&q->facts, &owners, q->id, err);
	if (r == 0 && vprep_mdev_placement_choose(&q->facts) < 0)
		r = vprep_error_oom(err);
	return r;
}

static bool is_place_passing(const struct vprep_attach_context *q)
{
	size_t i;

	for (i = 0; i < q->devices.n; i++)
		if (q->devices.items[i].no_placement.is_passing)
			return true;
	return false;
}

/* While others make mdevs, those that are left are fewer than those that will be. */
int vprep_attach_context_look(struct vprep_attach_context *q,
			      const struct vprep_store *store, struct vprep_error *err)
{
	int i, r;

	for (i = 0;; i++) {
		r = inquire_once(q, store, err);
		if (r < 0 || i == PENDING_TRIES || !is_place_passing(q))
			return r;
		vprep_sleep_ms(PENDING_PAUSE_MS);
	}
}

/* The survey as readers see it: no lock, nothing made. */
static int inquire_unlocked(struct vprep_attach_context *q, struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r;

	r = vprep_attach_context_begin(q, err);
	if (r < 0)
		return r;
	r = vprep_store_open(q->session->io, &store, err);
	if (r == -EACCES || r == -EPERM) /* not root: judge the devices alone */
		r = -ENOENT;
	if (r < 0 && r != -ENOENT)
		return r;
	r = vprep_attach_context_look(q, store, err);
	if (r < 0 && err && err->code == VPREP_E_NOT_FOUND && q->domain &&
	    q->domain->n_vfs > 0)
		vprep_error_append(err,
				   "; is it one of the VFs that prepare makes first? "
				   "Then ask again when 'vfio-prep numvfs' has made "
				   "them");
	return r;
}

VPREP_EXPORT int vprep_check(struct vprep_session *session,
			     const struct vprep_request *request,
			     struct vprep_reasons **ret, struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context q = {
		.session = session, .request = request
	};
	struct vprep_reasons *reasons;
	int r;

	r = inquire_unlocked(&q, err);
	if (r < 0)
		return r;
	reasons = vprep_check_facts(&q.facts, &q.options);
	if (!reasons)
		return vprep_error_oom(err);
	*ret = reasons;
	return 0;
}

int vprep_attach_context_plan(const struct vprep_attach_context *q,
			      struct vprep_steps *ret, struct vprep_error *err)
{
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons =
		vprep_check_facts(&q->facts, &q->options);

	if (!reasons)
		return vprep_error_oom(err);
	if (reasons->n > 0)
		return vprep_reasons_error(reasons, err);
	return vprep_plan_build(&q->facts, &q->options, ret) < 0 ? vprep_error_oom(err)
								 : 0;
}

VPREP_EXPORT int vprep_plan(struct vprep_session *session,
			    const struct vprep_request *request, struct vprep_plan **ret,
			    struct vprep_error *err)
{
	struct vprep_attach_context q = { .session = session, .request = request };
	struct vprep_steps steps = { 0 };
	int r;

	r = inquire_unlocked(&q, err);
	if (r == 0)
		r = vprep_attach_context_plan(&q, &steps, err);
	if (r == 0 && vprep_plan_describe(q.id, &steps, ret) < 0)
		r = vprep_error_oom(err);
	vprep_steps_done(&steps);
	vprep_attach_context_done(&q);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* From a request to what is to be done for it, or why not. */
#include "session/attach-context.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "device/facts.h"
#include "journal/escape.h"
#include "journal/owners.h"
#include "plan/check.h"
#include "plan/mdev-placement.h"
#include "plan/plan.h"
#include "session/changes.h"
#include "session/claims.h"
#include "session/deny.h"
#include "session/identity.h"
#include "session/mdev-definition.h"
#include "session/metadata.h"
#include "session/orphans.h"

#define DEFAULT_OWNER "manual"
#define FACTS_DEADLINE 5 /* seconds, for a read; the global lock is held meanwhile */
/* While other owners are making mdevs, the look is repeated so often, with that pause. */
#define PENDING_TRIES 40
#define PENDING_PAUSE_MS 25
#define DRIVER_NAME_MAX 63
#define NAME_SHOWN_MAX 60

void vprep_attach_context_done(struct vprep_attach_context *context)
{
	vprep_facts_done(&context->facts);
	vprep_devices_done(&context->devices);
	vprep_named_done(&context->named);
	vprep_pools_request_done(&context->pools);
	vprep_domain_free(context->domain);
	vprep_strv_free(context->notes);
	free(context->text);
	free(context->id);
	free(context->file);
	*context = (struct vprep_attach_context){ .session = context->session,
						  .request = context->request };
}

static int read_named_owner(struct vprep_attach_context *context, struct vprep_error *err)
{
	const char *owner =
		context->request->owner ? context->request->owner : DEFAULT_OWNER;

	if (context->request->pid != 0 && !context->request->owner)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "a process that holds devices needs an owner's "
				       "name");
	context->id = strdup(owner);
	context->text = strdup(owner);
	if (!context->id || !context->text)
		return vprep_error_oom(err);
	vprep_str_make_printable(context->text);
	if (!*context->id || !streq(context->id, context->text))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the owner's name is empty or holds control characters");
	/* what stands in that journal is nobody's, and goes when it is declared no more */
	if (streq(context->id, VPREP_OWNER_DECLARED))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "the owner '%s' stands for what 'vfio-prep apply' "
				       "made; choose another name",
				       context->id);
	return 0;
}

static bool is_wanted(const struct vprep_device *device, enum vprep_prepare_which which)
{
	if (which == VPREP_PREPARE_NONE)
		return false;
	return which == VPREP_PREPARE_ALL || !device->kind->has_group ||
	       device->asked.pci.declared || /* it is for us to prepare */
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

static int read_domain(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_request *request = context->request;
	bool for_process = request->pid != 0;
	size_t i;
	int r;

	if (request->names || (request->owner && !for_process) || request->driver)
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"a domain's devices, drivers and owner are what its "
			"XML says: no names, owner or driver besides");
	r = vprep_domain_parse(request->domain, request->domain_len, &context->domain,
			       err);
	if (r == 0)
		r = for_process ? read_named_owner(context, err)
				: vprep_domain_owner(context->domain, &context->id, err);
	if (r < 0)
		return r;
	for (i = 0; i < context->domain->devices.n; i++)
		context->domain->devices.items[i].asked.by_libvirt = request->by_libvirt;
	/* the setting is about domains that somebody else starts, such as libvirt */
	if (!for_process && !context->for_launch)
		drop_unwanted(&context->domain->devices,
			      context->session->config->prepare);
	if (for_process)
		return 0;
	context->text =
		vprep_strf("domain '%.*s'", NAME_SHOWN_MAX, context->domain->name);
	if (!context->text)
		return vprep_error_oom(err);
	vprep_str_make_printable(context->text);
	context->options.keep = true;
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

/* Options count instead of the metadata, which counts as far as it may. Whoever only
 * starts a guest without being root is its user, whatever the metadata says. */
static int find_node_owner(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_config *config = context->session->config;
	const char *user =
		context->request->user ? context->request->user : context->pools.user;
	bool is_caller = context->for_launch && geteuid() != 0;

	return context->domain && !user && !is_caller
		       ? vprep_metadata_owner(context->domain, config,
					      &context->node_owner, err)
		       : vprep_node_owner_find(user, config, &context->node_owner, err);
}

static int find_policy(const struct vprep_attach_context *context,
		       enum vprep_group_policy *ret, struct vprep_error *err)
{
	const struct vprep_config *config = context->session->config;

	*ret = context->request->policy;
	if (*ret != VPREP_POLICY_DEFAULT)
		return 0;
	*ret = config->policy;
	return context->domain ? vprep_metadata_policy(context->domain, config, ret, err)
			       : 0;
}

static int find_mode(const struct vprep_attach_context *context, unsigned *ret,
		     struct vprep_error *err)
{
	const char *mode =
		context->request->mode ? context->request->mode : context->pools.mode;

	if (mode && vprep_config_parse_mode(mode, ret) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.20s' is not an octal mode such as 0600", mode);
	return 0;
}

/* False: all devices of a domain were dropped. */
static bool prepares_any(const struct vprep_attach_context *context)
{
	return context->for_launch || context->request->pid != 0 ||
	       context->session->config->prepare != VPREP_PREPARE_NONE;
}

/* Of the request: its devices and their owner. */
static int read_request(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_request *request;
	int r = VPREP_INPUT_COPY(&context->asked, context->request, wait, err);

	if (r == 0)
		r = vprep_input_check(context->asked.policy, VPREP_POLICY_STRICT, err);
	if (r < 0)
		return r;
	context->request = request = &context->asked;
	if (!request->domain && (!request->names || !request->names[0]))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "no device is named");
	if (vprep_pools_request_has(request->names))
		r = vprep_pools_request_begin(context->session, request, request->names,
					      !context->for_launch, &context->pools, err);
	if (r < 0)
		return r;
	if (request->driver && !is_driver_name(request->driver))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.60s' is not a driver's name", request->driver);
	r = request->domain ? read_domain(context, err) : read_named_owner(context, err);
	if (r == 0 && prepares_any(context))
		r = vprep_named_begin(context, err);
	return r;
}

int vprep_attach_context_begin(struct vprep_attach_context *context,
			       struct vprep_error *err)
{
	const struct vprep_config *config = context->session->config;
	struct vprep_attach_options *options = &context->options;
	enum vprep_group_policy policy;
	unsigned mode = config->mode;
	int r = read_request(context, err);

	if (r == 0)
		r = find_mode(context, &mode, err);
	if (r == 0)
		r = find_node_owner(context, err);
	if (r == 0)
		r = find_policy(context, &policy, err);
	if (r == 0)
		r = vprep_iommu_group_find(config, &options->iommu_gid, err);
	if (r < 0)
		return r;
	options->has_iommu_group = r > 0;
	options->owner = context->text;
	r = vprep_escape_file(context->id, &context->file);
	if (r == -ENOMEM)
		return vprep_error_oom(err);
	options->owner_file = context->file; /* too long: it is refused later */
	options->strict = policy == VPREP_POLICY_STRICT;
	options->force = context->request->force;
	options->no_proof = context->request->no_proof;
	options->uid = context->node_owner.uid;
	options->gid = context->node_owner.gid;
	options->user = context->node_owner.name;
	options->mode = (mode_t)mode;
	options->rules_dir = config->rules_dir;
	options->config = config;
	return 0;
}

static int complete_mdevs(struct vprep_attach_context *context, struct vprep_error *err)
{
	struct vprep_devices *devices = &context->devices;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < devices->n; i++)
		if (devices->items[i].kind == &vprep_kind_mdev)
			r = vprep_mdev_complete(context->session, &devices->pool,
						&devices->items[i], err);
	return r;
}

/* Somebody may have what is on a VFIO driver, and only root can tell who. */
static void note_hidden(struct vprep_facts *facts)
{
	struct vprep_facts_walk walk = { 0 };
	const struct vprep_facts_member *m;

	while ((m = vprep_facts_next(facts, &walk))) {
		/* the walk is still in the member's group */
		struct vprep_taken *taken = &facts->groups[walk.group].taken;

		if (m->vfio && !taken->how)
			*taken = (struct vprep_taken){
				.how = "has a device on a VFIO driver: who holds it is "
				       "known to root",
				.fix = "sudo vfio-prep status",
			};
	}
}

/* What is left of a lost record is not the host's own state. Without a lock, the rules
 * are looked through twice. */
static int note_orphans(struct vprep_attach_context *context,
			const struct vprep_store *locked,
			const struct vprep_owners *owners, struct vprep_error *err)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	int r = 0;

	if (context->number > 0 && locked) {
		r = vprep_orphans_find(context->session, owners, &orphans);
		if (r < 0)
			vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
					"cannot look through %s: %s; nothing was changed",
					context->options.rules_dir, strerror(-r));
	} else if (context->sees_owners) {
		r = vprep_orphans_look(context->session, &orphans, err);
	} else if (context->is_blind) {
		/* what cannot be read tells nothing */
		orphans.are_owned =
			vprep_orphans_find(context->session, owners, &orphans) == 0;
	}
	if (r == 0 && vprep_orphans_note(&orphans, &context->facts) < 0)
		r = vprep_error_oom(err);
	if (context->is_blind)
		note_hidden(&context->facts);
	return r;
}

static int look_once(struct vprep_attach_context *context,
		     const struct vprep_store *locked, struct vprep_error *err)
{
	const struct vprep_facts_request request = {
		.devices = &context->devices,
		.rules_dir = context->options.rules_dir,
		.uid = context->options.uid,
		.gid = context->options.gid,
		.deadline = FACTS_DEADLINE,
	};
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	const struct vprep_io *io = context->session->io;
	int r = 0;

	vprep_facts_done(&context->facts);
	vprep_devices_done(&context->devices);
	if (locked)
		r = vprep_owners_read(io, locked, &owners, err);
	if (context->number > 0) {
		owners.worker = context->id;
		owners.request = context->number;
	}
	if (r == 0)
		r = vprep_attach_context_resolve(context, locked ? &owners : NULL, err);
	if (r == 0)
		r = complete_mdevs(context, err);
	if (r == 0)
		r = vprep_facts_read(context->session->io, &request, &context->facts,
				     err);
	if (r == 0)
		r = vprep_deny_note(context->session, &context->facts, err);
	if (r == 0)
		r = vprep_identity_note(context->session,
					context->domain ? context->pools.declared : NULL,
					&context->facts, err);
	if (r < 0)
		return r;
	r = vprep_claims_note(context->session, &context->facts, &owners, context->id,
			      err);
	if (r == 0)
		r = note_orphans(context, locked, &owners, err);
	if (r == 0 && vprep_mdev_placement_choose(&context->facts) < 0)
		r = vprep_error_oom(err);
	return r;
}

static bool is_placement_passing(const struct vprep_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (devices->items[i].no_placement.is_passing)
			return true;
	return false;
}

/* While other owners make mdevs, the kernel counts fewer instances than will be left once
 * those owners are done or have given up: the look is repeated. */
int vprep_attach_context_look(struct vprep_attach_context *context,
			      const struct vprep_store *locked, struct vprep_error *err)
{
	int i, r;

	for (i = 0;; i++) {
		r = look_once(context, locked, err);
		if (r < 0 || i == PENDING_TRIES ||
		    !is_placement_passing(&context->devices))
			break;
		vprep_sleep_ms(PENDING_PAUSE_MS);
	}
	context->is_outdated = r < 0;
	return r;
}

static int peek_once(struct vprep_attach_context *context, struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r = vprep_store_open(context->session->io, &store, err);

	context->is_blind = vprep_owners_are_hidden(context->session->io, r);
	context->sees_owners = !context->is_blind;
	if (context->is_blind) /* the host is all that is known */
		r = -ENOENT;
	return r < 0 && r != -ENOENT ? r : vprep_attach_context_look(context, store, err);
}

/* While somebody binds the device, a look at it contradicts itself: it is repeated. */
int vprep_attach_context_peek(struct vprep_attach_context *context,
			      struct vprep_error *err)
{
	int64_t end = vprep_now_ms() + PENDING_TRIES * PENDING_PAUSE_MS;
	int r = vprep_attach_context_begin(context, err);

	if (r < 0)
		return r;
	while ((r = peek_once(context, err)) == -VPREP_STEP_LOOK_AGAIN &&
	       vprep_now_ms() < end)
		vprep_sleep_ms(PENDING_PAUSE_MS);
	if (r < 0 && err && err->code == VPREP_E_NOT_FOUND && context->domain &&
	    context->domain->n_vfs > 0)
		vprep_error_append(err,
				   "; is it one of the VFs that prepare makes first? "
				   "Then ask again when 'vfio-prep numvfs' has made "
				   "them");
	return r;
}

int vprep_attach_context_plan(const struct vprep_attach_context *context,
			      struct vprep_steps *ret, struct vprep_error *err)
{
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons =
		vprep_check_facts(&context->facts, &context->options);

	if (!reasons)
		return vprep_error_oom(err);
	if (reasons->n > 0) {
		int r = vprep_reasons_error(reasons, err);

		vprep_changes_note_refusal(context->session, TAKE_PTR(reasons));
		return r;
	}
	return vprep_plan_build(&context->facts, &context->options, ret) < 0
		       ? vprep_error_oom(err)
		       : 0;
}

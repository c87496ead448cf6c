// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making the host as it is declared: one change of two stages, as VFs must be there
 * before anything can be said of them. What is declared no more, and what somebody else
 * has changed since, goes back first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/find.h"
#include "host/sriov.h"
#include "in-use/in-use.h"
#include "session/attach-context.h"
#include "session/changes.h"
#include "session/sriov.h"
#include "session/transaction.h"
#include "step/claim.h"
#include "step/vf.h"
#include "verb/apply.h"

#define TEXT "what is declared"

/* ---- what goes back first ---- */

static int refuse(const char *device, const char *why, struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_OWNED, EBUSY, device,
			       "%s cannot go back to what it was before: %s; give that "
			       "back first",
			       device, why);
}

static int check_free(const struct vprep_apply *apply, const char *device,
		      const char *holds, struct vprep_error *err)
{
	const struct vprep_owner *owner = vprep_apply_owner_of(apply, holds);
	_cleanup_free_ char *why = NULL;

	if (!owner)
		return 0;
	why = vprep_strf("%s belongs to %s", holds, owner->text);
	return why ? refuse(device, why, err) : vprep_error_oom(err);
}

/* All VFs of a PF go with their number. */
static int check_vfs(const struct vprep_apply *apply, const struct vprep_pf *pf,
		     struct vprep_error *err)
{
	_cleanup_(vprep_in_use_freep) struct vprep_in_use *scan = NULL;
	size_t i;
	int r = vprep_in_use_new(apply->session->io, &scan);

	for (i = 0; r == 0 && i < pf->n_vfs; i++) {
		_cleanup_(vprep_uses_done) struct vprep_uses uses = { 0 };
		int taken =
			check_free(apply, pf->device->text.s, pf->vfs[i]->text.s, err);

		if (taken < 0)
			return taken;
		r = vprep_in_use_of(scan, pf->vfs[i], &uses);
		if (r == 0 && uses.n > 0)
			return refuse(pf->device->text.s, uses.items[0].what, err);
	}
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, pf->device->text.s,
				       "%s: cannot find out who uses its VFs: %s",
				       pf->device->text.s, strerror(-r))
		     : 0;
}

static int check_goes_back(const struct vprep_apply *apply,
			   const struct vprep_journal *journal, const char *device,
			   struct vprep_error *err)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	const char *uuid = device + strlen(VPREP_STEP_MADE_MDEV);
	struct vprep_pci_address address;
	int r;

	if (strncmp(device, VPREP_STEP_MADE_MDEV, strlen(VPREP_STEP_MADE_MDEV)) == 0)
		return check_free(apply, device, uuid, err);
	r = check_free(apply, device, device, err);
	if (r == 0)
		r = vprep_apply_check_vport_goes(apply, journal, device, err);
	if (r < 0 ||
	    !vprep_steps_live_of(&journal->steps, device, vprep_step_changes_vfs) ||
	    vprep_pci_address_parse(device, &address) < 0 ||
	    vprep_pf_read(apply->session->io, address, &pf) < 0)
		return r;
	return check_vfs(apply, &pf, err);
}

static int add_name(char ***names, const char *name)
{
	return vprep_strv_has(*names, name) ? 0 : vprep_strv_add(names, name);
}

/* With the number of a PF's VFs goes what we did with them. */
static int add_vfs(const struct vprep_apply *apply, const struct vprep_journal *journal,
		   const char *device, char ***names)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	struct vprep_pci_address address;
	size_t i;
	int r = 0;

	if (!vprep_steps_live_of(&journal->steps, device, vprep_step_changes_vfs) ||
	    vprep_pci_address_parse(device, &address) < 0 ||
	    vprep_pf_read(apply->session->io, address, &pf) < 0)
		return 0;
	for (i = 0; r == 0 && i < pf.n_vfs; i++)
		if (vprep_steps_claim_of(&journal->steps, pf.vfs[i]->text.s))
			r = add_name(names, pf.vfs[i]->text.s);
	return r;
}

static int find_changed(struct vprep_transaction *transaction, void *data,
			char ***ret_devices, struct vprep_error *err)
{
	const struct vprep_journal *journal = transaction->journal;
	struct vprep_apply *apply = data;
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_apply_begin(apply, err); /* create and destroy change it, too */
	if (r == 0)
		r = vprep_apply_look(apply, err);
	for (i = 0; r == 0 && i < apply->n; i++) {
		const struct vprep_apply_item *item = &apply->items[i];

		if (item->kind == VPREP_APPLY_MISSING ||
		    !vprep_steps_claim_of(&journal->steps, item->device))
			continue;
		r = check_goes_back(apply, journal, item->device, err);
		if (r == 0 && (add_name(&names, item->device) < 0 ||
			       add_vfs(apply, journal, item->device, &names) < 0))
			r = vprep_error_oom(err);
	}
	if (r == 0)
		*ret_devices = TAKE_PTR(names);
	return r;
}

/* ---- the stages ---- */

static int plan_vfs(struct vprep_transaction *transaction,
		    const struct vprep_store *locked, void *data, struct vprep_steps *ret,
		    struct vprep_error *err)
{
	struct vprep_apply *apply = data;
	size_t i;
	int r;

	r = vprep_apply_look(apply, err);
	for (i = 0; r == 0 && i < apply->n; i++) {
		const struct vprep_apply_item *item = &apply->items[i];
		const struct vprep_sriov_change change = {
			.pf = item->address,
			.count = item->vfs ? item->vfs->count : 0,
			.for_guests = item->vfs && !item->vfs->autoprobe,
		};

		if (item->kind == VPREP_APPLY_VFS)
			r = vprep_sriov_plan(transaction, locked, &change, ret, err);
	}
	return r;
}

/* Finds the devices of the second stage, for the context of which it is a part. */
static int add_device(struct vprep_attach_context *context,
		      const struct vprep_apply *apply,
		      const struct vprep_apply_item *item, struct vprep_error *err)
{
	const struct vprep_vf_config *vf = vprep_apply_vf_of(apply, item->device);
	struct vprep_device device = {
		.kind = &vprep_kind_pci,
		.asked = { .name = item->device,
			   .pci = { .address = item->address,
				    .driver = item->bind->driver,
				    .known_by = item->known_by } },
	};

	if (vf) {
		device.asked.has_mac = vf->has_mac;
		memcpy(device.asked.mac, vf->mac, sizeof(vf->mac));
		device.asked.has_vlan = vf->has_vlan;
		device.asked.vlan = vf->vlan;
		device.asked.settings = vf->settings;
	}
	return vprep_device_find(context->session->io, &device, NULL, &context->devices,
				 NULL, err);
}

static int resolve(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_apply *apply = context->data;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < apply->n; i++) {
		if (apply->items[i].kind == VPREP_APPLY_BIND)
			r = add_device(context, apply, &apply->items[i], err);
		else if (apply->items[i].kind == VPREP_APPLY_MDEV)
			r = vprep_apply_add_mdev(context, apply->items[i].mdev, err);
	}
	return r;
}

static bool is_bound_too(const struct vprep_apply *apply, const char *device)
{
	size_t i;

	for (i = 0; i < apply->n; i++)
		if (apply->items[i].kind == VPREP_APPLY_BIND &&
		    streq(apply->items[i].device, device))
			return true;
	return false;
}

/* A VF that stays with its driver: its PF is told of it all the same. */
static int add_vf_steps(const struct vprep_apply *apply, struct vprep_steps *steps)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < apply->n; i++) {
		const struct vprep_apply_item *item = &apply->items[i];
		_cleanup_(vprep_vf_done) struct vprep_vf now;
		struct vprep_step *step;

		vprep_vf_init(&now);
		if (item->kind != VPREP_APPLY_VF || is_bound_too(apply, item->device))
			continue;
		r = vprep_vf_read(apply->session->io, item->address, &now);
		if (r == 0)
			r = vprep_steps_add(steps, &vprep_step_claim, item->device,
					    &step);
		if (r == 0)
			r = vprep_vf_config_add(steps, item->device, &now, item->vf);
	}
	return r;
}

static int plan_devices_of(struct vprep_attach_context *context,
			   const struct vprep_store *locked,
			   const struct vprep_apply *apply, struct vprep_steps *steps,
			   struct vprep_error *err)
{
	int r = vprep_attach_context_look(context, locked, err);

	if (r == 0 && context->devices.n > 0)
		r = vprep_attach_context_plan(context, steps, err);
	if (r < 0)
		return r;
	r = add_vf_steps(apply, steps);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look at VFs once more: %s",
				       vprep_vf_strerror(r))
		     : 0;
}

static int plan_devices(struct vprep_transaction *transaction,
			const struct vprep_store *locked, void *data,
			struct vprep_steps *ret, struct vprep_error *err)
{
	struct vprep_apply *apply = data;
	const struct vprep_config *config = apply->session->config;
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = apply->session,
		.resolve = resolve,
		.data = apply,
		.id = strdup(VPREP_OWNER_DECLARED),
		.number = vprep_transaction_number(transaction),
		.options = { .owner = TEXT,
			     .is_base = true,
			     .rules_dir = config->rules_dir,
			     .config = config },
	};
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	int r;

	if (!context.id)
		return vprep_error_oom(err);
	r = vprep_apply_look(apply, err);
	if (r == 0)
		r = plan_devices_of(&context, locked, apply, &steps, err);
	if (r == 0)
		r = vprep_apply_plan_vports(apply, transaction, locked, &steps, err);
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(steps);
	return 0;
}

/* Of a device that a program asks for by itself. */
static int note(const struct vprep_transaction *transaction, void *data,
		struct vprep_error *err)
{
	const struct vprep_apply *apply = data;

	(void)err;
	if (apply->only)
		vprep_changes_note_attached(transaction);
	return 0;
}

int vprep_apply_run(struct vprep_apply *apply, struct vprep_error *err)
{
	static const struct vprep_transaction_stage stages[] = {
		{ find_changed, plan_vfs, vprep_exec_do_but_claims },
		{ .plan = plan_devices, .carry_out = vprep_exec_do_but_claims },
		{ .plan = plan_devices, .carry_out = vprep_exec_do },
	};
	const struct vprep_journal_header header =
		vprep_journal_header_of(VPREP_OWNER_DECLARED, TEXT);
	const struct vprep_transaction_work work = {
		.id = VPREP_OWNER_DECLARED,
		.header = &header,
		.patience = VPREP_DEADLINE_NUMVFS,
		.stages = stages,
		.n_stages = VPREP_ARRAY_SIZE(stages),
		.done = note,
		.data = apply,
	};

	return vprep_transaction_run(apply->session, &work, err);
}

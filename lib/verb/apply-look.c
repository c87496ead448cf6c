// SPDX-License-Identifier: GPL-2.0-or-later
/* What is not on this host as it is declared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/sriov.h"
#include "session/identity.h"
#include "verb/apply.h"

static void forget_look(struct vprep_apply *apply)
{
	vprep_pool_look_done(&apply->look);
	apply->look = (struct vprep_pool_look){ NULL };
	vprep_owners_done(&apply->owners);
	vprep_strv_free(apply->wanted);
	apply->wanted = NULL;
	apply->n_wanted = 0;
	free(apply->drivers);
	apply->drivers = NULL;
	apply->n_drivers = 0;
	free(apply->items);
	apply->items = NULL;
	apply->n = 0;
	apply->journal = NULL;
}

void vprep_apply_done(struct vprep_apply *apply)
{
	forget_look(apply);
	vprep_declared_free(apply->declared);
	apply->declared = NULL;
}

int vprep_apply_begin(struct vprep_apply *apply, struct vprep_error *err)
{
	const struct vprep_session *session = apply->session;

	vprep_apply_done(apply);
	return apply->file
		       ? vprep_declared_read_file(apply->file, &apply->declared, err)
		       : vprep_declared_read(session->io, session->config->declared_dirs,
					     &apply->declared, err);
}

/* ---- items ---- */

static struct vprep_pool *memory(struct vprep_apply *apply)
{
	return &apply->look.memory;
}

struct vprep_apply_item *vprep_apply_add(struct vprep_apply *apply,
					 enum vprep_apply_kind kind, const char *device,
					 const char *format, ...)
{
	struct vprep_apply_item *item = vprep_array_add(apply->items, apply->n);
	va_list ap;

	if (!item) {
		memory(apply)->failed = true;
		return NULL;
	}
	item->kind = kind;
	item->device = vprep_pool_dup(memory(apply), device);
	va_start(ap, format);
	item->what = vprep_pool_take(memory(apply), vprep_vstrf(format, ap));
	va_end(ap);
	return item;
}

void vprep_apply_want(struct vprep_apply *apply, const char *device)
{
	if (vprep_strv_add_n(&apply->wanted, &apply->n_wanted, device) < 0)
		memory(apply)->failed = true;
}

int vprep_apply_add_if_other(struct vprep_apply *apply, struct vprep_pci_address address)
{
	struct vprep_mismatch other = { NULL };
	int r = vprep_identity_of(apply->session, &apply->look.devices, address,
				  memory(apply), &other);

	if (r == 1)
		vprep_apply_add(apply, VPREP_APPLY_MISSING,
				vprep_pci_address_text(address).s, "%s; try: %s",
				other.what, other.fix);
	return r;
}

const struct vprep_owner *vprep_apply_owner_of(const struct vprep_apply *apply,
					       const char *device)
{
	const struct vprep_owner *owner = vprep_owners_of_device(&apply->owners, device);

	return owner && !streq(owner->journal->id, VPREP_OWNER_DECLARED) ? owner : NULL;
}

/* ---- VFs ---- */

/* Who has the PF has its VFs. */
static int look_at_each_vf(struct vprep_apply *apply,
			   const struct vprep_declared_vfs *vfs, const char *pf)
{
	bool is_owned = vprep_apply_owner_of(apply, pf) != NULL;
	struct vprep_pci_address address;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < vfs->n; i++) {
		if (vprep_pf_vf(apply->session->io, pf, vfs->items[i].number, &address) <
		    0)
			continue;
		if (is_owned)
			vprep_apply_want(apply, vprep_pci_address_text(address).s);
		else
			r = vprep_apply_look_at_vf(apply, &vfs->items[i], address,
						   vfs->file);
	}
	return r;
}

/* 1: found; 0: the host has no such device, or several. */
static int find_pf(struct vprep_apply *apply, const struct vprep_declared_vfs *vfs,
		   struct vprep_pci_address *ret)
{
	const struct vprep_declared_device *named;
	struct vprep_pool_member *members;
	size_t n;
	int r;

	if (vfs->pf[0] != '@')
		return vprep_pci_address_parse(vfs->pf, ret) < 0 ? -EINVAL : 1;
	named = vprep_declared_find(apply->declared, vfs->pf + 1);
	r = vprep_pool_find(&apply->look, named, &members, &n);
	if (r < 0)
		return r;
	if (n == 1)
		*ret = members[0].address;
	return n == 1;
}

/* Two sections may name one PF differently: the first one counts. Nothing but PFs and
 * their VFs is wanted so far. */
static bool is_said_before(struct vprep_apply *apply,
			   const struct vprep_declared_vfs *vfs, const char *pf)
{
	if (!vprep_strv_has(apply->wanted, pf))
		return false;
	vprep_apply_add(apply, VPREP_APPLY_MISSING, pf,
			"[vfs %s] in %s declares its VFs once more: take one of the "
			"sections out",
			vfs->pf, vfs->file);
	return true;
}

/* Of several devices that have the name nobody knows which one is meant: what was made of
 * one of them stays. */
static int want_several(struct vprep_apply *apply, const struct vprep_declared_vfs *vfs)
{
	struct vprep_pool_member *members;
	struct vprep_pci_address address;
	size_t i, k, n = 0;
	int r = 0;

	if (vfs->pf[0] == '@')
		r = vprep_pool_find(&apply->look,
				    vprep_declared_find(apply->declared, vfs->pf + 1),
				    &members, &n);
	for (i = 0; r == 0 && n > 1 && i < n; i++) {
		vprep_apply_want(apply, members[i].name);
		for (k = 0; k < vfs->n; k++)
			if (vprep_pf_vf(apply->session->io, members[i].name,
					vfs->items[k].number, &address) == 0)
				vprep_apply_want(apply,
						 vprep_pci_address_text(address).s);
	}
	return r;
}

static int look_at_pf(struct vprep_apply *apply, const struct vprep_declared_vfs *vfs)
{
	const struct vprep_match_device *pf = NULL;
	struct vprep_pci_address address = { 0 };
	_cleanup_free_ unsigned *numbers = NULL;
	struct vprep_apply_item *item;
	size_t n = 0;
	int r;

	r = find_pf(apply, vfs, &address);
	if (r == 1)
		pf = vprep_match_device_at(&apply->look.devices, address);
	if (r < 0)
		return r;
	if (!pf) {
		vprep_apply_add(
			apply, VPREP_APPLY_MISSING, vfs->pf,
			"this host has none, or several: %s declares %u VFs of it",
			vfs->file, vfs->count);
		return 0;
	}
	if (is_said_before(apply, vfs, pf->text.s))
		return 0;
	vprep_apply_want(apply, pf->text.s);
	r = vprep_apply_add_if_other(apply, address);
	if (r != 0)
		return r < 0 ? r : 0;
	r = vprep_pf_vf_numbers(apply->session->io, pf->text.s, &numbers, &n);
	/* what an owner has is his until he gives it back */
	if (r < 0 || n == vfs->count || vprep_apply_owner_of(apply, pf->text.s))
		return r < 0 ? r : look_at_each_vf(apply, vfs, pf->text.s);
	item = vprep_apply_add(apply, VPREP_APPLY_VFS, pf->text.s,
			       "%zu VF%s; declared %u (%s)", n, n == 1 ? "" : "s",
			       vfs->count, vfs->file);
	if (item) {
		item->address = address;
		item->vfs = vfs;
	}
	return 0;
}

/* ---- what is declared no more ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* @wanted: in the order of names. */
static bool is_wanted(const struct vprep_apply *apply, const char *device)
{
	return apply->n_wanted > 0 && bsearch(&device, apply->wanted, apply->n_wanted,
					      sizeof(*apply->wanted), compare_names);
}

/* Each once, though it may have been claimed twice. */
static void add_gone(struct vprep_apply *apply, char **names)
{
	size_t i;

	vprep_strv_sort(names);
	for (i = 0; names && names[i]; i++)
		if (i == 0 || !streq(names[i], names[i - 1]))
			vprep_apply_add(apply, VPREP_APPLY_GONE, names[i],
					"declared no more: it goes back to what it was");
}

static int look_at_journal(struct vprep_apply *apply)
{
	_cleanup_strv_ char **gone = NULL;
	size_t i, n = 0;
	int r = 0;

	if (!apply->journal)
		return 0;
	vprep_strv_sort(apply->wanted);
	for (i = 0; r == 0 && i < apply->journal->steps.n; i++) {
		const struct vprep_step *step = &apply->journal->steps.items[i];

		if (vprep_step_is_live_claim(step) && !is_wanted(apply, step->device))
			r = vprep_strv_add_n(&gone, &n, step->device);
	}
	if (r == 0)
		add_gone(apply, gone);
	return r;
}

/* ---- all of it ---- */

static bool is_about(const struct vprep_apply *apply, const char *device)
{
	return !apply->only || streq(apply->only, device);
}

static int look_at_node_devices(struct vprep_apply *apply)
{
	const struct vprep_declared *declared = apply->declared;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < declared->n_mdevs; i++) {
		_cleanup_free_ char *made =
			vprep_apply_mdev_name(&declared->mdevs[i].mdev.uuid);

		if (!made)
			return -ENOMEM;
		if (is_about(apply, made))
			r = vprep_apply_look_at_mdev(apply, &declared->mdevs[i], made);
	}
	for (i = 0; r == 0 && i < declared->n_vports; i++)
		if (is_about(apply,
			     vprep_vport_name(declared->vports[i].definition.wwpn).s))
			r = vprep_apply_look_at_vport(apply, &declared->vports[i]);
	return r;
}

static int look(struct vprep_apply *apply)
{
	const struct vprep_declared *declared = apply->declared;
	size_t i;
	int r = 0;

	apply->journal = vprep_owners_journal(&apply->owners, VPREP_OWNER_DECLARED);
	for (i = 0; r == 0 && !apply->only && i < declared->n_vfs; i++)
		r = look_at_pf(apply, &declared->vfs[i]);
	for (i = 0; r == 0 && !apply->only && i < declared->n_vfs; i++)
		r = want_several(apply, &declared->vfs[i]);
	if (r == 0 && !apply->only)
		r = vprep_apply_look_at_drivers(apply);
	if (r == 0)
		r = look_at_node_devices(apply);
	if (r == 0 && !apply->only)
		r = look_at_journal(apply);
	return r == 0 && memory(apply)->failed ? -ENOMEM : r;
}

int vprep_apply_look(struct vprep_apply *apply, struct vprep_error *err)
{
	int r;

	forget_look(apply);
	apply->look = (struct vprep_pool_look){ .session = apply->session,
						.declared = apply->declared,
						.owners = &apply->owners };
	r = vprep_owners_look_if_allowed(apply->session->io, &apply->owners, err);
	if (r == 0)
		r = vprep_pool_look_begin(&apply->look, err);
	if (r < 0)
		return r;
	r = look(apply);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot compare the host with what is declared: "
				       "%s",
				       vprep_vf_strerror(r))
		     : 0;
}

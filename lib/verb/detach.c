// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back by name, by owner, or everything attached by hand. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/pci.h"
#include "journal/owners.h"
#include "model/device.h"
#include "session/session.h"
#include "step/claim.h"

/* What one owner is to give back; no devices: all of them. */
struct parting {
	const char *owner; /* id */
	char **devices;
};

struct partings {
	size_t n;
	struct parting *items;
};

static void partings_done(struct partings *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		vprep_strv_free(p->items[i].devices);
	free(p->items);
}

static bool is_manual(const struct vprep_journal *j)
{
	return !j->header.kind || streq(j->header.kind, "manual");
}

static int add_parting(struct partings *p, const char *owner, const char *device)
{
	struct parting *added;
	size_t i;

	for (i = 0; i < p->n && !streq(p->items[i].owner, owner); i++)
		;
	if (i == p->n) {
		added = vprep_array_add(p->items, p->n);
		if (!added)
			return -ENOMEM;
		added->owner = owner;
	}
	return device ? vprep_strv_add(&p->items[i].devices, device) : 0;
}

/* A name as the journal has it. The device itself may be gone by now. */
static int device_of(const struct vprep_session *session, const char *text, char **ret,
		     struct vprep_error *err)
{
	struct vprep_pci_address address;
	struct vprep_device device;
	int r;

	r = vprep_device_parse_name(text, &device, err);
	if (r < 0)
		return r;
	address = device.asked.pci.address;
	if (device.kind == &vprep_kind_pci && device.asked.pci.netdev) {
		r = vprep_pci_address_of_netdev(session->io, text, &address);
		if (r < 0)
			return vprep_error_set(
				err, VPREP_E_NOT_FOUND, ENODEV, text,
				"'%.60s' is not attached: 'vfio-prep status' "
				"shows what is, by PCI address",
				text);
	}
	if (device.kind == &vprep_kind_pci)
		*ret = strdup(vprep_pci_address_text(address).s);
	else if (device.kind == &vprep_kind_mdev)
		*ret = strdup(vprep_uuid_text(&device.asked.mdev.uuid).s);
	else
		*ret = strdup(text);
	return *ret ? 0 : vprep_error_oom(err);
}

static int find_holder(const struct vprep_owners *owners, const char *owner,
		       const char *device, struct partings *partings,
		       struct vprep_error *err)
{
	const struct vprep_owner *holder = vprep_owners_of_device(owners, device);
	const char *id = holder ? holder->journal->id : NULL;
	int r;

	if (!holder || (owner && !streq(owner, id))) {
		r = holder ? 0 : vprep_owners_refuse_corrupt(owners, err);
		return r < 0 ? r
			     : vprep_error_set(
				       err, VPREP_E_NOT_FOUND, ENODEV, device,
				       "%s is not attached%s%.100s; 'vfio-prep status' "
				       "shows what is",
				       device, owner ? " by owner " : "",
				       owner ? owner : "");
	}
	if (!owner && !is_manual(holder->journal))
		return vprep_error_set(
			err, VPREP_E_OWNED, EBUSY, device,
			"%s belongs to %s: it is given back with its owner, by "
			"'vfio-prep detach --owner %.100s'",
			device, holder->text, id);
	return add_parting(partings, id, device) < 0 ? vprep_error_oom(err) : 0;
}

static int find_named(const struct vprep_session *session,
		      const struct vprep_owners *owners,
		      const struct vprep_detach_request *release,
		      struct partings *partings, struct vprep_error *err)
{
	const char *const *name;
	int r;

	for (name = release->names; *name; name++) {
		_cleanup_free_ char *device = NULL;

		r = device_of(session, *name, &device, err);
		if (r == 0)
			r = find_holder(owners, release->owner, device, partings, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_whole(const struct vprep_owners *owners,
		      const struct vprep_detach_request *release,
		      struct partings *partings, struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		const struct vprep_journal *j = owners->items[i].journal;
		bool wanted =
			release->owner ? streq(release->owner, j->id) : is_manual(j);

		if (wanted && add_parting(partings, j->id, NULL) < 0)
			return vprep_error_oom(err);
	}
	if (partings->n > 0)
		return 0;
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			       release->owner ? "owner '%.100s' has nothing attached%s"
					      : "nothing is attached by hand%s%s",
			       release->owner ? release->owner : "",
			       "; 'vfio-prep status' shows what is");
}

static bool is_leaving(const struct vprep_journal *j, const struct vprep_step *claim,
		       const void *data)
{
	char *const *devices = data;

	(void)j;
	return !devices || vprep_strv_has(devices, claim->device);
}

/* So that a later recover goes on where this one may be killed. */
static int mark_leaving(struct vprep_journal *j, char *const *devices)
{
	struct vprep_steps marks = { 0 };
	size_t i, first;
	int r = 0;

	for (i = 0; r == 0 && i < j->steps.n; i++) {
		const struct vprep_step *claim = &j->steps.items[i];
		struct vprep_step *mark;

		if (!vprep_step_is_live_claim(claim) ||
		    (devices && !vprep_strv_has(devices, claim->device)) ||
		    vprep_claim_is_incomplete(j, claim, NULL))
			continue;
		r = vprep_steps_add(&marks, &vprep_step_release, claim->device, &mark);
	}
	if (r == 0 && marks.n > 0)
		r = vprep_journal_begin(j, &marks, &first);
	vprep_steps_done(&marks);
	return r;
}

int vprep_transaction_give_back(struct vprep_transaction *t, char *const *devices,
				struct vprep_error *err)
{
	const unsigned *deadlines = t->session->config->deadlines;
	int r = mark_leaving(t->journal, devices);

	if (r < 0)
		return vprep_error_set(
			err, VPREP_E_FAILED, -r, NULL,
			"cannot write the journal in /run/vfio-prep: %s; nothing was "
			"changed",
			strerror(-r));
	vprep_transaction_unlock(t);
	return vprep_exec_release(&t->exec, is_leaving, devices,
				  deadlines[VPREP_DEADLINE_UNBIND], err);
}

int vprep_give_back(struct vprep_session *session, const char *id, char *const *devices,
		    struct vprep_error *err)
{
	struct vprep_transaction t;
	int r;

	r = vprep_transaction_begin(session, id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND], &t,
				    err);
	if (r == -ENOENT) /* another command was faster */
		return 0;
	if (r < 0)
		return r;
	r = vprep_transaction_give_back(&t, devices, err);
	return vprep_transaction_end(&t, r, err);
}

static int find_partings(struct vprep_session *session,
			 const struct vprep_detach_request *release,
			 struct vprep_owners *owners, struct partings *partings,
			 struct vprep_error *err)
{
	int r = vprep_owners_look(session->io, owners, err);

	if (r < 0)
		return r;
	return release->names && release->names[0]
		       ? find_named(session, owners, release, partings, err)
		       : find_whole(owners, release, partings, err);
}

VPREP_EXPORT int vprep_detach(struct vprep_session *session,
			      const struct vprep_detach_request *release,
			      struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_(partings_done) struct partings partings = { 0 };
	size_t i;
	int r, result = 0;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = find_partings(session, release, &owners, &partings, err);
	if (r < 0)
		return r;
	for (i = 0; i < partings.n; i++) {
		struct vprep_error one = { 0 };

		r = vprep_give_back(session, partings.items[i].owner,
				    partings.items[i].devices, &one);
		if (r == 0 || (result < 0 && one.code != VPREP_E_LEFT))
			continue;
		result = r;
		if (err) /* the worst of them: that something is left */
			*err = one;
	}
	return result;
}

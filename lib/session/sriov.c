// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/sriov.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/find.h"
#include "host/driver.h"
#include "in-use/in-use.h"
#include "host/pci.h"
#include "host/sriov.h"
#include "journal/owners.h"
#include "model/device.h"
#include "session/deny.h"
#include "session/identity.h"
#include "step/claim.h"
#include "step/numvfs.h"

struct planning {
	const struct vprep_session *session;
	const struct vprep_journal *journal; /* the asking owner's */
	const struct vprep_owners *owners;
	const struct vprep_sriov_change *change;
	const struct vprep_pf *pf;
	const char *name; /* the PF's */
	struct vprep_error *err;
};

int vprep_sriov_find_pf(const struct vprep_session *session, const char *text,
			struct vprep_pci_address *ret, struct vprep_error *err)
{
	_cleanup_free_ char *alias = NULL;
	struct vprep_device device;
	int r;

	r = vprep_device_read_name(session->io, text, &device, &alias, err);
	if (r < 0)
		return r;
	if (device.kind == &vprep_kind_pci && !device.asked.pci.netdev) {
		*ret = device.asked.pci.address;
		return 0;
	}
	r = device.kind == &vprep_kind_pci
		    ? vprep_pci_address_of_netdev(session->io, text, ret)
		    : -ENODEV;
	return r < 0 ? vprep_error_set(err, VPREP_E_NOT_FOUND, -r, text,
				       "'%.60s' is not the name of a PCI device with VFs",
				       text)
		     : 0;
}

static int refuse(const struct planning *p, enum vprep_code code, int number,
		  const char *why)
{
	return vprep_error_set(p->err, code, number, p->name, "%s: %s", p->name, why);
}

/* ---- the PF itself ---- */

static int check_pf(const struct planning *p)
{
	const struct vprep_pci_device *device = p->pf->device;
	_cleanup_free_ char *why = NULL, *link = NULL;
	struct vprep_pci_text denied;
	int r;

	if (vprep_config_denies(p->session->config, p->change->pf))
		return refuse(p, VPREP_E_REFUSED, EPERM,
			      "it is never to be touched (deny, in the configuration)");
	link = vprep_strf("bus/pci/devices/%s", p->name);
	r = link ? vprep_deny_find(p->session, link, &denied) : -ENOMEM;
	if (r < 0)
		return vprep_error_set(p->err, VPREP_E_FAILED, -r, p->name,
				       "cannot find out what %s is below: %s", p->name,
				       strerror(-r));
	if (r > 0) {
		why = vprep_strf(
			"it is never to be touched, as it depends on %s, which is not to be either (deny, in the configuration)",
			denied.s);
		return refuse(p, VPREP_E_REFUSED, EPERM, why ? why : "");
	}
	r = vprep_identity_check(p->session, p->change->pf, p->err);
	if (r < 0)
		return r;
	if (device->has_physfn) {
		why = vprep_strf("it is a VF itself, of %s: ask for the VFs of that one",
				 vprep_pci_address_text(device->physfn).s);
		return refuse(p, VPREP_E_UNSUPPORTED, EOPNOTSUPP, why ? why : "");
	}
	if (!p->pf->capable)
		return refuse(
			p, VPREP_E_UNSUPPORTED, EOPNOTSUPP,
			"it has no VFs to give: it is not capable of SR-IOV, or that "
			"is off in the firmware");
	if (p->change->count > p->pf->total) {
		why = vprep_strf("%u VFs are too many: it has %u at most",
				 p->change->count, p->pf->total);
		return refuse(p, VPREP_E_UNSUPPORTED, ERANGE, why ? why : "");
	}
	return 0;
}

/* ---- who has it, or a VF of it ---- */

static bool is_about(const struct vprep_step *step, const struct vprep_pci_device *device)
{
	return vprep_str_same(step->device, device->text.s) ||
	       (step->group >= 0 && step->group == device->group);
}

static const struct vprep_pci_device *find_vf(const struct vprep_pf *pf,
					      const struct vprep_step *step)
{
	size_t i;

	for (i = 0; i < pf->n_vfs; i++)
		if (is_about(step, pf->vfs[i]))
			return pf->vfs[i];
	return NULL;
}

/* An earlier change that is still to be undone would be undone later, whatever the number
 * is then. */
static int check_given_back(const struct planning *p)
{
	struct vprep_owned_step at = { 0 };

	while (vprep_owners_next(p->owners, &at))
		if (is_about(at.step, p->pf->device) &&
		    (at.owner->journal->corrupt ||
		     vprep_owners_give_back(p->owners, &at)))
			return vprep_owners_refuse(p->owners, &at, p->name, p->name,
						   p->err);
	return 0;
}

static int refuse_vf(const struct planning *p, const struct vprep_owned_step *at,
		     const char *vf)
{
	_cleanup_free_ char *what =
		vprep_strf("%s: all its VFs would go, and %s", p->name, vf);

	return what ? vprep_owners_refuse(p->owners, at, p->name, what, p->err)
		    : vprep_error_oom(p->err);
}

static int check_owners(const struct planning *p)
{
	struct vprep_owned_step at = { 0 };

	while (vprep_owners_next(p->owners, &at)) {
		const struct vprep_pci_device *vf = find_vf(p->pf, at.step);

		if (vf)
			return refuse_vf(p, &at, vf->text.s);
		if (!streq(at.owner->journal->id, p->journal->id) &&
		    is_about(at.step, p->pf->device))
			return vprep_owners_refuse(p->owners, &at, p->name, p->name,
						   p->err);
	}
	return 0;
}

/* A child of an earlier command still waits in the kernel: how many VFs there are cannot
 * be told, and another change would wait, too. */
static int check_quarantine(const struct planning *p)
{
	const struct vprep_steps *steps = &p->journal->steps;
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_quarantined(&steps->items[i]) &&
		    is_about(&steps->items[i], p->pf->device))
			return refuse(
				p, VPREP_E_IN_USE, EBUSY,
				"it is in quarantine: an earlier change still waits in "
				"the kernel; see 'vfio-prep status', end its holder, "
				"then 'vfio-prep recover'");
	return 0;
}

/* ---- who uses a VF ---- */

static int check_use(const struct planning *p, const struct vprep_pci_device *vf,
		     const struct vprep_uses *uses)
{
	/* removing a VF that a guest has blocks in the kernel until the guest ends */
	bool guest = vprep_driver_of_is_vfio(p->session->io, vf);
	size_t i;

	for (i = 0; i < uses->n; i++) {
		const struct vprep_use *use = &uses->items[i];

		if (p->change->force && !guest && !use->never_taken)
			continue;
		return vprep_error_set(
			p->err, VPREP_E_IN_USE, EBUSY, p->name,
			"%s: all its VFs would go, and %s is in use: %s%s%s", p->name,
			vf->text.s, use->what, use->fix ? "; try: " : "",
			use->fix ? use->fix : "");
	}
	return 0;
}

static int check_uses(const struct planning *p)
{
	_cleanup_(vprep_in_use_freep) struct vprep_in_use *scan = NULL;
	size_t i;
	int r;

	r = vprep_in_use_new(p->session->io, &scan);
	for (i = 0; r == 0 && i < p->pf->n_vfs; i++) {
		struct vprep_uses uses = { 0 };
		int found;

		r = vprep_in_use_of(scan, p->pf->vfs[i], &uses);
		found = r < 0 ? 0 : check_use(p, p->pf->vfs[i], &uses);
		vprep_uses_done(&uses);
		if (found < 0)
			return found;
	}
	return r < 0 ? vprep_error_set(p->err, VPREP_E_FAILED, -r, p->name,
				       "%s: cannot find out who uses its VFs: %s",
				       p->name, strerror(-r))
		     : 0;
}

/* ---- the steps ---- */

static bool is_driverless(const struct vprep_pf *pf)
{
	size_t i;

	for (i = 0; i < pf->n_vfs; i++)
		if (pf->vfs[i]->driver)
			return false;
	return pf->n_vfs > 0 && pf->autoprobe == 1;
}

static int add_steps(struct vprep_steps *steps, const struct planning *p)
{
	const struct vprep_pf *pf = p->pf;
	struct vprep_numvfs_facts *f;
	struct vprep_step *step;
	int r;

	r = vprep_steps_add(steps, &vprep_step_claim, p->name, &step);
	if (r == 0)
		r = vprep_steps_add(steps, &vprep_step_numvfs, p->name, &step);
	if (r < 0)
		return r;
	f = step->facts;
	f->vfs = p->change->count;
	f->was_vfs = pf->device->n_vfs;
	f->pci_id = (int64_t)pf->device->vendor << 16 | pf->device->device;
	if (p->change->for_guests && pf->autoprobe == 1) {
		f->autoprobe = 0;
		f->was_autoprobe = 1;
	}
	if (is_driverless(pf))
		f->was_driverless = 1;
	return vprep_str_replace(&f->driver, pf->device->driver);
}

static int check(const struct planning *p)
{
	int r = check_owners(p);

	if (r == 0 && !p->pf->device->driver)
		r = refuse(p, VPREP_E_UNSUPPORTED, ENOENT,
			   "it has no driver, and only its driver makes VFs: bind it to "
			   "its own driver first");
	return r < 0 ? r : check_uses(p);
}

int vprep_sriov_plan(const struct vprep_transaction *transaction,
		     const struct vprep_store *locked,
		     const struct vprep_sriov_change *change, struct vprep_steps *ret,
		     struct vprep_error *err)
{
	struct vprep_pci_text text = vprep_pci_address_text(change->pf);
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	const struct planning p = {
		.session = transaction->session,
		.journal = transaction->journal,
		.owners = &owners,
		.change = change,
		.pf = &pf,
		.name = text.s,
		.err = err,
	};
	int r;

	/* the owners come first: what one of them has just given back is back */
	r = vprep_owners_read(p.session->io, locked, &owners, err);
	if (r < 0)
		return r;
	owners.worker = p.journal->id;
	owners.request = vprep_transaction_number(transaction);
	r = vprep_pf_read(p.session->io, change->pf, &pf);
	if (r == -ENODEV)
		return refuse(&p, VPREP_E_NOT_FOUND, ENODEV,
			      "there is no such PCI device");
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, text.s,
				       "cannot read the facts of %s: %s", text.s,
				       strerror(-r));
	r = check_pf(&p);
	if (r == 0)
		r = check_quarantine(&p);
	if (r == 0)
		r = check_given_back(&p);
	if (r < 0 || pf.device->n_vfs == change->count ||
	    (change->at_least && pf.device->n_vfs > change->count))
		return r;
	r = check(&p);
	if (r < 0)
		return r;
	return add_steps(ret, &p) < 0 ? vprep_error_oom(err) : 0;
}

int vprep_sriov_plan_domain(const struct vprep_transaction *transaction,
			    const struct vprep_store *locked,
			    const struct vprep_domain *domain, struct vprep_steps *ret,
			    struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < domain->n_vfs; i++) {
		struct vprep_sriov_change change = { .count = domain->vfs[i].count,
						     .at_least = true,
						     .for_guests = true };

		r = vprep_sriov_find_pf(transaction->session, domain->vfs[i].pf,
					&change.pf, err);
		if (r == 0)
			r = vprep_sriov_plan(transaction, locked, &change, ret, err);
	}
	return r;
}

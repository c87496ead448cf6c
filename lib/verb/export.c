// SPDX-License-Identifier: GPL-2.0-or-later
/* How the host is now, as a file that declares just that. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "declared/match.h"
#include "host/driver.h"
#include "host/mdev.h"
#include "host/pci.h"
#include "host/sriov.h"
#include "host/vport.h"
#include "journal/owners.h"
#include "session/session.h"
#include "step/vf.h"

#define HEAD                                                                             \
	"# How this host was; for /etc/vfio-prep.d, see vfio-prep.d(5) and "             \
	"'vfio-prep apply'.\n"

struct exporting {
	struct vprep_session *session;
	struct vprep_owners owners;
	struct vprep_buf text;
	struct vprep_pci_text at; /* the device that is read; "": it is none */
};

static bool is_owned(const struct exporting *e, const char *device)
{
	return vprep_owners_of_device(&e->owners, device) != NULL;
}

/* The step by which `apply` made something of the device the host's own state: to that it
 * goes back, whoever has it now. NULL: there is none. */
static const struct vprep_step *find_base(const struct exporting *e, const char *device,
					  bool (*is)(const struct vprep_step *step))
{
	const struct vprep_journal *j =
		vprep_owners_journal(&e->owners, VPREP_OWNER_DECLARED);

	return j && !j->of_earlier_boot ? vprep_steps_live_of(&j->steps, device, is)
					: NULL;
}

/* ---- VFs ---- */

static bool is_vf_config(const struct vprep_step *step)
{
	return step->kind == &vprep_step_vf_config;
}

static void add_vf_key(struct exporting *e, unsigned number, const char *key,
		       const char *value)
{
	if (value)
		vprep_buf_addf(&e->text, "vf.%u.%s = %s\n", number, key, value);
}

/* What an owner has is his; what it goes back to is the host's. */
static void add_owned_vf(struct exporting *e, const char *device, unsigned number)
{
	const struct vprep_step *base = find_base(e, device, is_vf_config);
	int64_t vlan = base ? vprep_step_number(base, "vlan") : -1;
	int i;

	vprep_buf_addf(&e->text, "# VF %u belongs to an owner\n", number);
	if (!base)
		return;
	add_vf_key(e, number, "mac", vprep_step_text(base, "mac"));
	if (vlan >= 0)
		vprep_buf_addf(&e->text, "vf.%u.vlan = %" PRId64 "\n", number, vlan);
	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		add_vf_key(e, number, vprep_vf_setting_name(i),
			   vprep_step_text(base, vprep_vf_setting_name(i)));
}

/* A rate or a link that nobody has set may be of a driver that knows none. */
static bool says_something(const struct vprep_vf *vf, int setting)
{
	return vf->settings.has[setting] &&
	       (vf->settings.values[setting] != 0 || setting == VPREP_VF_TRUST ||
		setting == VPREP_VF_SPOOFCHK);
}

static int add_vf(struct exporting *e, struct vprep_pci_address address, unsigned number)
{
	_cleanup_(vprep_vf_done) struct vprep_vf vf;
	int i, r;

	vprep_vf_init(&vf);
	r = vprep_vf_read(e->session->io, address, &vf);
	if (r < 0 || !vf.known)
		return r;
	if (!vprep_mac_is_zero(vf.mac) && !vprep_mac_is_multicast(vf.mac))
		add_vf_key(e, number, "mac", vprep_mac_text(vf.mac).s);
	if (vf.vlan <= VPREP_VLAN_MAX)
		vprep_buf_addf(&e->text, "vf.%u.vlan = %u\n", number, vf.vlan);
	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		if (says_something(&vf, i))
			add_vf_key(e, number, vprep_vf_setting_name(i),
				   vprep_vf_setting_text(i, vf.settings.values[i]).s);
	return 0;
}

/* Those with a number below @count. Who has the PF has its VFs. */
static int add_vfs(struct exporting *e, const char *pf, size_t count)
{
	_cleanup_free_ unsigned *numbers = NULL;
	bool all_owned = is_owned(e, pf);
	size_t i, n = 0;
	int r = vprep_pf_vf_numbers(e->session->io, pf, &numbers, &n);

	for (i = 0; r == 0 && i < n; i++) {
		struct vprep_pci_address vf;
		struct vprep_pci_text text;

		/* one that is being made or removed has a number that no file can name */
		if (numbers[i] >= count ||
		    vprep_pf_vf(e->session->io, pf, numbers[i], &vf) < 0)
			continue;
		text = vprep_pci_address_text(vf);
		if (all_owned || is_owned(e, text.s))
			add_owned_vf(e, text.s, numbers[i]);
		else
			r = add_vf(e, vf, numbers[i]);
	}
	return r;
}

/* How many VFs are the host's own. An owner who has the PF gives it back to the number
 * that `apply` made. */
static size_t count_own(const struct exporting *e, const struct vprep_pf *pf)
{
	const char *device = pf->device->text.s;
	const struct vprep_step *base;
	int64_t count;

	if (!is_owned(e, device))
		return pf->n_vfs;
	base = find_base(e, device, vprep_step_changes_vfs);
	count = base ? vprep_step_number(base, "vfs") : 0;
	return count > 0 ? (size_t)count : 0;
}

static int add_pf(struct exporting *e, const struct vprep_pci_device *device)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	size_t count;
	int r;

	if (device->n_vfs == 0 && !is_owned(e, device->text.s))
		return 0;
	r = vprep_pf_read(e->session->io, device->address, &pf);
	if (r < 0)
		return r;
	count = count_own(e, &pf);
	if (count == 0)
		return 0;
	vprep_buf_addf(&e->text, "\n[vfs %s]\ncount = %zu\n", device->text.s, count);
	if (pf.autoprobe == 0)
		vprep_buf_add(&e->text, "autoprobe = no\n");
	return add_vfs(e, device->text.s, count);
}

/* ---- drivers ---- */

/* The driver for guests that is the host's own state of the device. NULL: none is. */
static const char *own_driver(const struct exporting *e,
			      const struct vprep_pci_device *device)
{
	const struct vprep_step *base;

	if (!is_owned(e, device->text.s) &&
	    (device->group < 0 ||
	     !vprep_owners_of_group(&e->owners, (unsigned)device->group)))
		return vprep_driver_is_vfio(e->session->io, device->driver)
			       ? device->driver
			       : NULL;
	base = find_base(e, device->text.s, vprep_step_binds);
	return base ? vprep_step_text(base, "driver") : NULL;
}

/* "bound-0000-05-10.1" */
static void add_bound(struct exporting *e, const struct vprep_pci_device *device)
{
	const char *driver = own_driver(e, device);
	char name[sizeof(device->text.s)];
	size_t i;

	if (!driver)
		return;
	memcpy(name, device->text.s, sizeof(name));
	for (i = 0; name[i]; i++)
		if (name[i] == ':')
			name[i] = '-';
	vprep_buf_addf(&e->text,
		       "\n[device bound-%s]\nmatch = address=%s vendor=%04x device=%04x\n"
		       "driver = %s\nboot = bind\n",
		       name, device->text.s, device->vendor, device->device, driver);
}

static int add_pci(struct exporting *e)
{
	struct vprep_match_devices devices = { 0 };
	size_t i;
	int r = vprep_match_devices_list(e->session->io, &devices);

	for (i = 0; r == 0 && i < devices.n; i++) {
		_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *device = NULL;

		e->at = devices.items[i].text;
		r = vprep_pci_device_read(e->session->io, devices.items[i].address,
					  &device);
		if (r == -ENODEV) { /* it is just going away */
			r = 0;
			continue;
		}
		if (r == 0)
			r = add_pf(e, device);
		if (r == 0)
			add_bound(e, device);
	}
	vprep_match_devices_done(&devices);
	if (r == 0)
		e->at = (struct vprep_pci_text){ "" };
	return r;
}

/* ---- mediated devices ---- */

/* Made by `apply`, and so the host's own whoever has it. */
static bool is_base_mdev(const struct exporting *e, const char *uuid)
{
	_cleanup_free_ char *made = vprep_strf(VPREP_STEP_MADE_MDEV "%s", uuid);

	return made && find_base(e, made, vprep_step_is_claim) != NULL;
}

static int add_mdevs(struct exporting *e)
{
	_cleanup_strv_ char **uuids = NULL;
	size_t i;
	int r = vprep_io_list(e->session->io, VPREP_SYS, &uuids, "bus/mdev/devices");

	if (r == -ENOENT)
		return 0;
	for (i = 0; r == 0 && uuids[i]; i++) {
		_cleanup_(vprep_mdev_done) struct vprep_mdev mdev = { 0 };
		struct vprep_uuid uuid;

		if (vprep_uuid_parse(uuids[i], &uuid) < 0 ||
		    (is_owned(e, uuids[i]) && !is_base_mdev(e, uuids[i])))
			continue;
		r = vprep_mdev_read(e->session->io, uuids[i], &mdev);
		if (r == 0 && mdev.type && mdev.parent)
			vprep_buf_addf(&e->text, "\n[mdev %s]\ntype = %s\nparent = %s\n",
				       uuids[i], mdev.type, mdev.parent);
		if (r == -ENODEV)
			r = 0;
	}
	return r;
}

/* ---- vports ---- */

static void add_vport(struct exporting *e, const struct vprep_vport *vport)
{
	const struct vprep_fc_host host =
		vprep_fc_host_read(e->session->io, vport->parent);

	vprep_buf_addf(&e->text, "\n[vport %s:%s]\n", vprep_wwn_text(vport->wwpn).s,
		       vprep_wwn_text(vport->wwnn).s);
	if (host.wwpn && host.wwnn)
		vprep_buf_addf(&e->text, "parent = %s:%s\n", vprep_wwn_text(host.wwpn).s,
			       vprep_wwn_text(host.wwnn).s);
	else
		vprep_buf_addf(&e->text, "parent = %s\n", vport->parent);
}

static int add_vports(struct exporting *e)
{
	struct vprep_vports vports = { 0 };
	size_t i;
	int r = vprep_vports_read(e->session->io, &vports);

	for (i = 0; r == 0 && i < vports.n; i++)
		if (vports.items[i].wwpn && vports.items[i].wwnn)
			add_vport(e, &vports.items[i]);
	vprep_vports_done(&vports);
	return r;
}

VPREP_EXPORT int vprep_export_declared(struct vprep_session *session, char **ret,
				       struct vprep_error *err)
{
	struct exporting e = { .session = session };
	int r;

	r = vprep_owners_look_if_allowed(session->io, &e.owners, err);
	if (r < 0)
		return r;
	vprep_buf_add(&e.text, HEAD);
	r = add_pci(&e);
	if (r == 0)
		r = add_mdevs(&e);
	if (r == 0)
		r = add_vports(&e);
	if (r == 0)
		r = vprep_buf_take(&e.text, ret);
	vprep_owners_done(&e.owners);
	vprep_buf_done(&e.text);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, *e.at.s ? e.at.s : NULL,
				       "cannot read how %s is: %s",
				       *e.at.s ? e.at.s : "the host",
				       vprep_vf_strerror(r))
		     : 0;
}

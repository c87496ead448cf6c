// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF's MAC address, VLAN and other settings, which its PF administers: set before the
 * VF is bound for a guest, taken back while the guest is gone and the VF is not yet with
 * its own driver, so that no interface of the host ever comes up with the guest's
 * address.
 *
 * I1  What is in the PF's table is what we set, or what was there; anything else is
 *     somebody else's, and stays. Each value is judged by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "io/io.h"
#include "plan/plan.h"
#include "step/context.h"
#include "step/pci.h"
#include "step/vf.h"
#include "step/vf-settings.h"
#include "host/sriov.h"

struct vf_facts {
	char *driver; /* to which a later step binds the VF */
	char *pf;     /* its PF's address */
	char *mac;    /* NULL: left alone */
	char *was_mac;
	int64_t vlan; /* -1: left alone */
	int64_t was_vlan, was_qos, was_protocol;
	struct vprep_vf_settings_facts settings;
};

#define SETTING(name, setting)                                                           \
	{ name, VPREP_TEXT, offsetof(struct vf_facts, settings.wanted[setting]) },       \
	{                                                                                \
		"was_" name, VPREP_TEXT,                                                 \
			offsetof(struct vf_facts, settings.was[setting])                 \
	}

static const struct vprep_fact facts[] = {
	VPREP_FACT(vf_facts, driver, VPREP_TEXT),
	VPREP_FACT(vf_facts, pf, VPREP_TEXT),
	VPREP_FACT(vf_facts, mac, VPREP_TEXT),
	VPREP_FACT(vf_facts, was_mac, VPREP_TEXT),
	VPREP_FACT(vf_facts, vlan, VPREP_NUMBER),
	VPREP_FACT(vf_facts, was_vlan, VPREP_NUMBER),
	VPREP_FACT(vf_facts, was_qos, VPREP_NUMBER),
	VPREP_FACT(vf_facts, was_protocol, VPREP_NUMBER),
	SETTING("trust", VPREP_VF_TRUST),
	SETTING("spoofchk", VPREP_VF_SPOOFCHK),
	SETTING("rate", VPREP_VF_RATE),
	SETTING("link", VPREP_VF_LINK),
};

/* ---- plan ---- */

/* What was there before, as far as it is known. */
static int note_was(struct vf_facts *f, const struct vprep_vf *vf)
{
	int r = vprep_str_replace(&f->was_mac, vprep_mac_text(vf->mac).s);

	f->was_vlan = vf->vlan;
	f->was_qos = vf->qos;
	f->was_protocol = vf->protocol;
	return r < 0 ? r : vprep_vf_settings_note_was(&f->settings, vf);
}

int vprep_vf_config_add(struct vprep_steps *steps, const char *device,
			const struct vprep_vf *now, const struct vprep_vf_config *config)
{
	struct vprep_step *step;
	struct vf_facts *f;
	int r = vprep_steps_add(steps, &vprep_step_vf_config, device, &step);

	if (r < 0)
		return r;
	f = step->facts;
	f->vlan = config->has_vlan ? config->vlan : -1;
	r = vprep_str_replace(&f->pf, now->pf);
	if (r == 0 && config->has_mac)
		r = vprep_str_replace(&f->mac, vprep_mac_text(config->mac).s);
	if (r == 0)
		r = vprep_vf_settings_note(&f->settings, &config->settings);
	return r < 0 ? r : note_was(f, now);
}

/* A captured tree has no old MAC address and VLAN; a plan for it goes without them. */
static void plan_member(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	const struct vprep_device *device = m->device;
	const struct vprep_vf *vf;
	struct vf_facts *f;

	if (m->claimed || !vprep_device_has_vf_config(device))
		return;
	vf = &device->vf;
	f = vprep_plan_add(p);
	if (!f)
		return;
	vprep_plan_copy(p, &f->driver, m->choice.driver);
	vprep_plan_copy(p, &f->pf, vf->pf);
	if (device->asked.has_mac)
		vprep_plan_copy(p, &f->mac, vprep_mac_text(device->asked.mac).s);
	if (device->asked.has_vlan)
		f->vlan = device->asked.vlan;
	if (vprep_vf_settings_note(&f->settings, &device->asked.settings) < 0 ||
	    (vf->known && note_was(f, vf) < 0))
		p->result = -ENOMEM;
}

/* "MAC address 52:54:00:12:34:56, VLAN 42, trust yes"; what is NULL or -1 is left out. */
static void add_config(struct vprep_buf *text, const char *mac, int64_t vlan,
		       char *const *settings)
{
	if (mac && streq(mac, "00:00:00:00:00:00"))
		vprep_buf_add(text, "no MAC address");
	else if (mac)
		vprep_buf_addf(text, "MAC address %s", mac);
	if (vlan == 0)
		vprep_buf_addf(text, "%sno VLAN", mac ? ", " : "");
	else if (vlan > 0)
		vprep_buf_addf(text, "%sVLAN %" PRId64, mac ? ", " : "", vlan);
	vprep_vf_settings_describe(settings, mac || vlan >= 0 ? ", " : "", text);
}

static char *take(struct vprep_buf *text)
{
	char *taken = NULL;

	return vprep_buf_take(text, &taken) < 0 ? NULL : taken;
}

static char *describe(const struct vprep_step *step)
{
	const struct vf_facts *f = step->facts;
	_cleanup_buf_ struct vprep_buf text = { 0 };

	add_config(&text, f->mac, f->vlan, f->settings.wanted);
	vprep_buf_add(&text, ", by its PF");
	return take(&text);
}

static char *describe_undo(const struct vprep_step *step)
{
	const struct vf_facts *f = step->facts;
	_cleanup_buf_ struct vprep_buf text = { 0 };

	if (!f->was_mac)
		return strdup("back as it was");
	vprep_buf_add(&text, "back to ");
	add_config(&text, f->mac ? f->was_mac : NULL, f->vlan >= 0 ? f->was_vlan : -1,
		   f->settings.was);
	return take(&text);
}

/* ---- do ---- */

/* What libvirt leaves where a driver refuses to go back to no address at all. */
static const uint8_t nobodys_mac[VPREP_MAC_SIZE] = { 0x02 };

static int fail(struct vprep_error *err, const struct vprep_step *step, int r,
		const char *what)
{
	const struct vf_facts *f = step->facts;
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "%s: cannot %s, by its PF %s: %s", step->device, what,
			       f->pf, strerror(-r));
}

static int read_vf(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_vf *ret)
{
	struct vprep_pci_address address;

	if (vprep_pci_address_parse(step->device, &address) < 0)
		return -EINVAL;
	return vprep_vf_read(io, address, ret);
}

static int write_mac(struct vprep_io *io, const struct vprep_vf *vf,
		     const uint8_t mac[VPREP_MAC_SIZE])
{
	unsigned tries = 0;
	int r;

	do
		r = io->ops->set_vf_mac(io, vf->interface, (unsigned)vf->index, mac);
	while (vprep_vf_try_again(r, &tries));
	return r;
}

static int set_mac(struct vprep_io *io, const struct vprep_vf *vf, const char *text)
{
	uint8_t mac[VPREP_MAC_SIZE];

	return vprep_mac_parse(text, mac) < 0 ? -EINVAL : write_mac(io, vf, mac);
}

static int set_vlan(struct vprep_io *io, const struct vprep_vf *vf, int64_t vlan,
		    int64_t qos, int64_t protocol)
{
	const struct vprep_io_vf value = { .vlan = (uint16_t)vlan,
					   .qos = (uint8_t)qos,
					   .protocol = (uint16_t)protocol };

	unsigned tries = 0;
	int r;

	do
		r = io->ops->set_vf_vlan(io, vf->interface, (unsigned)vf->index, &value);
	while (vprep_vf_try_again(r, &tries));
	return r;
}

static bool has_mac(const struct vprep_vf *vf, const char *text)
{
	return streq(vprep_mac_text(vf->mac).s, text);
}

static bool has_vlan(const struct vprep_vf *vf, int64_t vlan, int64_t qos,
		     int64_t protocol)
{
	return vf->vlan == vlan && vf->qos == qos &&
	       (vlan == 0 || vf->protocol == protocol);
}

static bool has_ours(const struct vprep_vf *vf, const struct vprep_step *step)
{
	const struct vf_facts *f = step->facts;
	return (!f->mac || has_mac(vf, f->mac)) &&
	       (f->vlan < 0 || has_vlan(vf, f->vlan, 0, VPREP_VLAN_PROTOCOL)) &&
	       vprep_vf_settings_are(vf, f->settings.wanted);
}

static bool has_old_mac(const struct vprep_vf *vf, const struct vprep_step *step)
{
	const struct vf_facts *f = step->facts;
	return has_mac(vf, f->was_mac);
}

static bool has_old_vlan(const struct vprep_vf *vf, const struct vprep_step *step)
{
	const struct vf_facts *f = step->facts;
	return has_vlan(vf, f->was_vlan, f->was_qos, f->was_protocol);
}

static int no_table(struct vprep_error *err, const struct vprep_step *step,
		    const struct vprep_vf *vf)
{
	const struct vf_facts *f = step->facts;
	return vprep_error_set(
		err, VPREP_E_FAILED, ENODEV, step->device,
		vf->interface ? "%s: interface %s of its PF %s does not show it: it "
				"may be down"
			      : "%s: the interface%s of its PF %s is not there, or in another "
				"network namespace",
		step->device, vf->interface ? vf->interface : "", f->pf);
}

static int do_vf(struct vprep_io *io, const struct vprep_step *step,
		 struct vprep_error *err)
{
	const struct vf_facts *f = step->facts;
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	int r;

	r = read_vf(io, step, &vf);
	if (r < 0)
		return fail(err, step, r, "read its MAC address and VLAN");
	if (!vf.known)
		return no_table(err, step, &vf);
	if (!has_old_mac(&vf, step) || !has_old_vlan(&vf, step) ||
	    !vprep_vf_settings_are(&vf, f->settings.was))
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_CHANGED_MEANWHILE, step->device,
			"%s: its MAC address, VLAN or another setting was changed by "
			"somebody else meanwhile; try again",
			step->device);
	r = f->mac ? set_mac(io, &vf, f->mac) : 0;
	if (r < 0)
		return fail(err, step, r, "set its MAC address");
	r = f->vlan >= 0 ? set_vlan(io, &vf, f->vlan, 0, VPREP_VLAN_PROTOCOL) : 0;
	if (r < 0)
		return fail(err, step, r, "set its VLAN");
	r = vprep_vf_settings_set(io, step, &f->settings, &vf, err);
	if (r < 0)
		return r;
	r = read_vf(io, step, &vf);
	if (r == 0 && (!vf.known || !has_ours(&vf, step)))
		r = -EIO;
	return r < 0 ? fail(err, step, r, "find what was set of it") : 0;
}

/* ---- undo ---- */

static int restore_mac(struct vprep_io *io, const struct vprep_step *step,
		       const struct vprep_vf *vf, struct vprep_error *err)
{
	const struct vf_facts *f = step->facts;
	int r;

	if (!f->mac || has_old_mac(vf, step))
		return 0;
	if (!has_mac(vf, f->mac))
		return vprep_step_warn(
			err, step,
			"its MAC address was changed by somebody else meanwhile; left as "
			"it is");
	r = set_mac(io, vf, f->was_mac);
	if (r != -EINVAL && r != -EADDRNOTAVAIL)
		return r < 0 ? fail(err, step, r, "restore its MAC address") : 0;
	r = write_mac(io, vf, nobodys_mac);
	if (r < 0)
		return fail(err, step, r, "take its MAC address back");
	return vprep_step_warn(err, step,
			       "its driver does not take its old MAC address back; it is "
			       "02:00:00:00:00:00 now");
}

static int restore_vlan(struct vprep_io *io, const struct vprep_step *step,
			const struct vprep_vf *vf, struct vprep_error *err)
{
	const struct vf_facts *f = step->facts;
	int r;

	if (f->vlan < 0 || has_old_vlan(vf, step))
		return 0;
	if (!has_vlan(vf, f->vlan, 0, VPREP_VLAN_PROTOCOL))
		return vprep_step_warn(
			err, step,
			"its VLAN was changed by somebody else meanwhile; left as it is");
	r = set_vlan(io, vf, f->was_vlan, f->was_qos, f->was_protocol);
	return r < 0 ? fail(err, step, r, "restore its VLAN") : 0;
}

static int undo_vf(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	const struct vf_facts *f = step->facts;
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	int r;

	if (!f->was_mac || f->was_vlan < 0 || f->was_qos < 0 || f->was_protocol < 0)
		return fail(err, step, -EBADMSG, "restore its MAC address and VLAN");
	r = read_vf(io, step, &vf);
	if (r < 0)
		return fail(err, step, r, "read its MAC address and VLAN");
	if (!vf.pf) /* the VF is gone, and its entry in the PF's table with it */
		return vprep_step_warn(err, step, "it is not there any more");
	if (!vf.known)
		return no_table(err, step, &vf);
	r = restore_mac(io, step, &vf, err);
	if (r == 0)
		r = restore_vlan(io, step, &vf, err);
	return r < 0 ? r : vprep_vf_settings_restore(io, step, &f->settings, &vf, err);
}

const struct vprep_step_kind vprep_step_vf_config = {
	.name = "vf-config",
	VPREP_FACTS(facts, vf_facts),
	.plan_member = plan_member,
	.describe = describe,
	.describe_undo = describe_undo,
	.child_do = do_vf,
	.child_undo = undo_vf,
	.do_deadline = VPREP_DEADLINE_BIND,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.needs_closed = true,
	.may_be_open = vprep_step_may_be_open,
	.goes_with_device = true, /* no guest is to have it any more */
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF's MAC address and VLAN, which its PF administers: set before the VF is bound for a
 * guest, taken back while the guest is gone and the VF is not yet with its own driver, so
 * that no interface of the host ever comes up with the guest's address.
 *
 * I1  What is in the PF's table is what we set, or what was there; anything else is
 *     somebody else's, and stays. MAC address and VLAN are judged one by one.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "step/step.h"
#include "host/vf.h"

/* What libvirt leaves where a driver refuses to go back to no address at all. */
static const uint8_t nobodys_mac[VPREP_MAC_SIZE] = { 0x02 };

static int fail(struct vprep_error *err, const struct vprep_step *step, int r,
		const char *what)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "%s: cannot %s, by its PF %s: %s", step->device, what,
			       step->pf, strerror(-r));
}

static void warn(struct vprep_error *err, const struct vprep_step *step, const char *what)
{
	if (err->message[0])
		vprep_error_append(err, "; %s", what);
	else
		vprep_error_set(err, VPREP_OK, 0, step->device, "%s: %s", step->device,
				what);
}

static int read_vf(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_vf *ret)
{
	struct vprep_pci_address address;

	if (vprep_pci_address_parse(step->device, &address) < 0)
		return -EINVAL;
	return vprep_vf_read(io, address, ret);
}

static int set_mac(struct vprep_io *io, const struct vprep_vf *vf, const char *text)
{
	uint8_t mac[VPREP_MAC_SIZE];

	if (vprep_mac_parse(text, mac) < 0)
		return -EINVAL;
	return io->ops->set_vf_mac(io, vf->interface, (unsigned)vf->index, mac);
}

static int set_vlan(struct vprep_io *io, const struct vprep_vf *vf, int64_t vlan,
		    int64_t qos, int64_t protocol)
{
	const struct vprep_io_vf value = { .vlan = (uint16_t)vlan,
					   .qos = (uint8_t)qos,
					   .protocol = (uint16_t)protocol };

	return io->ops->set_vf_vlan(io, vf->interface, (unsigned)vf->index, &value);
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
	return (!step->mac || has_mac(vf, step->mac)) &&
	       (step->vlan < 0 || has_vlan(vf, step->vlan, 0, VPREP_VLAN_PROTOCOL));
}

static bool has_old_mac(const struct vprep_vf *vf, const struct vprep_step *step)
{
	return has_mac(vf, step->was_mac);
}

static bool has_old_vlan(const struct vprep_vf *vf, const struct vprep_step *step)
{
	return has_vlan(vf, step->was_vlan, step->was_qos, step->was_protocol);
}

static int no_table(struct vprep_error *err, const struct vprep_step *step,
		    const struct vprep_vf *vf)
{
	return vprep_error_set(
		err, VPREP_E_FAILED, ENODEV, step->device,
		vf->interface ? "%s: interface %s of its PF %s does not show it"
			      : "%s: the interface%s of its PF %s is not there, or in another "
				"network namespace",
		step->device, vf->interface ? vf->interface : "", step->pf);
}

int vprep_vf_do(struct vprep_io *io, void *data, struct vprep_error *err)
{
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	const struct vprep_step *step = data;
	int r;

	r = read_vf(io, step, &vf);
	if (r < 0)
		return fail(err, step, r, "read its MAC address and VLAN");
	if (!vf.known)
		return no_table(err, step, &vf);
	if (!has_old_mac(&vf, step) || !has_old_vlan(&vf, step))
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_CHANGED_MEANWHILE, step->device,
			"%s: its MAC address or VLAN was changed by somebody else "
			"meanwhile; try again",
			step->device);
	r = step->mac ? set_mac(io, &vf, step->mac) : 0;
	if (r < 0)
		return fail(err, step, r, "set its MAC address");
	r = step->vlan >= 0 ? set_vlan(io, &vf, step->vlan, 0, VPREP_VLAN_PROTOCOL) : 0;
	if (r < 0)
		return fail(err, step, r, "set its VLAN");
	r = read_vf(io, step, &vf);
	if (r == 0 && (!vf.known || !has_ours(&vf, step)))
		r = -EIO;
	return r < 0 ? fail(err, step, r, "find its new MAC address and VLAN set") : 0;
}

static int restore_mac(struct vprep_io *io, const struct vprep_step *step,
		       const struct vprep_vf *vf, struct vprep_error *err)
{
	int r;

	if (!step->mac || has_old_mac(vf, step))
		return 0;
	if (!has_mac(vf, step->mac)) {
		warn(err, step,
		     "its MAC address was changed by somebody else meanwhile; left as "
		     "it is");
		return 0;
	}
	r = set_mac(io, vf, step->was_mac);
	if (r != -EINVAL && r != -EADDRNOTAVAIL)
		return r < 0 ? fail(err, step, r, "restore its MAC address") : 0;
	r = io->ops->set_vf_mac(io, vf->interface, (unsigned)vf->index, nobodys_mac);
	if (r < 0)
		return fail(err, step, r, "take its MAC address back");
	warn(err, step,
	     "its driver does not take its old MAC address back; it is "
	     "02:00:00:00:00:00 now");
	return 0;
}

static int restore_vlan(struct vprep_io *io, const struct vprep_step *step,
			const struct vprep_vf *vf, struct vprep_error *err)
{
	int r;

	if (step->vlan < 0 || has_old_vlan(vf, step))
		return 0;
	if (!has_vlan(vf, step->vlan, 0, VPREP_VLAN_PROTOCOL)) {
		warn(err, step,
		     "its VLAN was changed by somebody else meanwhile; left as it is");
		return 0;
	}
	r = set_vlan(io, vf, step->was_vlan, step->was_qos, step->was_protocol);
	return r < 0 ? fail(err, step, r, "restore its VLAN") : 0;
}

int vprep_vf_undo(struct vprep_io *io, void *data, struct vprep_error *err)
{
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	const struct vprep_step *step = data;
	int r;

	if (!step->was_mac || step->was_vlan < 0 || step->was_qos < 0 ||
	    step->was_protocol < 0)
		return fail(err, step, -EBADMSG, "restore its MAC address and VLAN");
	r = read_vf(io, step, &vf);
	if (r < 0)
		return fail(err, step, r, "read its MAC address and VLAN");
	if (!vf.pf) { /* and with it what its PF knew of it */
		warn(err, step, "it is not there any more");
		return 0;
	}
	if (!vf.known)
		return no_table(err, step, &vf);
	r = restore_mac(io, step, &vf, err);
	return r < 0 ? r : restore_vlan(io, step, &vf, err);
}

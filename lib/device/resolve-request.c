// SPDX-License-Identifier: GPL-2.0-or-later
/* A domain's requests: devices by what they are, not by what they are called. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/resolve.h"
#include "device/target.h"

struct resolving {
	const struct vprep_io *io;
	struct vprep_targets *targets;
	char **notes;
	struct vprep_error *err;
	bool explained; /* the error is there already */
};

typedef struct vprep_device_request_text request_text;

static int no_such_usb(struct resolving *r, const struct vprep_device_request *request)
{
	const request_text text = vprep_device_request_text(request);
	_cleanup_free_ char *note = NULL;

	if (request->usb.startup != VPREP_STARTUP_OPTIONAL)
		return vprep_error_set(r->err, VPREP_E_NOT_FOUND, ENODEV, text.s,
				       "%s: there is no such USB device on this host; is "
				       "it plugged in? (see lsusb)",
				       text.s);
	note = vprep_strf("%s is not there; the domain starts without it "
			  "(startupPolicy='optional')",
			  text.s);
	if (!note || vprep_strv_add(&r->notes, note) < 0)
		return vprep_error_oom(r->err);
	return 1;
}

static bool has_number(const struct vprep_io *io, const char *sysfs,
		       const char *attribute, unsigned base, uint64_t wanted)
{
	uint64_t number;

	return vprep_io_read_u64(io, VPREP_SYS, base, &number, "bus/usb/devices/%s/%s",
				 sysfs, attribute) == 0 &&
	       number == wanted;
}

static bool is_usb_match(const struct vprep_io *io, const char *sysfs,
			 const struct vprep_device_request *request)
{
	if (request->usb.has_address &&
	    !(has_number(io, sysfs, "busnum", 10, request->usb.bus) &&
	      has_number(io, sysfs, "devnum", 10, request->usb.device)))
		return false;
	return !request->usb.has_id ||
	       (has_number(io, sysfs, "idVendor", 16, request->usb.vendor) &&
		has_number(io, sysfs, "idProduct", 16, request->usb.product));
}

static int make_usb(struct resolving *r, const struct vprep_device_request *request,
		    struct vprep_target *target)
{
	const request_text text = vprep_device_request_text(request);
	_cleanup_strv_ char **names = NULL;
	const char *found = NULL;
	size_t i;
	int n;

	n = vprep_io_list(r->io, VPREP_SYS, &names, "bus/usb/devices");
	if (n < 0)
		return n == -ENOENT ? -ENODEV : n;
	for (i = 0; names[i]; i++) {
		if (!is_usb_match(r->io, names[i], request))
			continue;
		if (found) {
			r->explained = true;
			return vprep_error_set(
				r->err, VPREP_E_USAGE, EINVAL, text.s,
				"%s: there are several such devices, at usb ports %s and "
				"%s; say which by <address bus=... device=.../>",
				text.s, found, names[i]);
		}
		found = names[i];
	}
	return found ? vprep_target_usb(r->io, found, target) : -ENODEV;
}

static int make_scsi(struct resolving *r, const struct vprep_device_request *request,
		     struct vprep_target *target)
{
	_cleanup_free_ char *sysfs =
		vprep_strf("%u:%u:%u:%llu", request->scsi.host, request->scsi.bus,
			   request->scsi.target, (unsigned long long)request->scsi.unit);

	return sysfs ? vprep_target_scsi(r->io, sysfs, target) : -ENOMEM;
}

static int make_vdpa(struct resolving *r, const struct vprep_device_request *request,
		     struct vprep_target *target)
{
	const char *node = vprep_io_below_dev(request->vdpa.path);

	if (!node || strchr(node, '/'))
		return -ENODEV;
	return vprep_target_vdpa(r->io, node, target);
}

/* With what its guest is to see, if it is a domain's interface. */
static int make_pci(const struct vprep_device_request *request,
		    struct vprep_target *target)
{
	int r = vprep_target_pci(request->pci.address, request->pci.driver, target);

	if (r < 0 || request->origin != VPREP_ORIGIN_INTERFACE)
		return r;
	target->has_mac = request->has_mac;
	memcpy(target->mac, request->mac, sizeof(target->mac));
	target->has_vlan = request->has_vlan;
	target->vlan = request->vlan;
	return 0;
}

/* What it is made of is for the caller to complete. */
static int make_mdev(struct resolving *r, const struct vprep_device_request *request,
		     struct vprep_target *target)
{
	struct vprep_target made = { 0 };
	int n;

	n = vprep_target_mdev(r->io, vprep_uuid_text(&request->mdev.uuid).s, &made);
	if (n == 0)
		n = vprep_mdev_definition_copy(&request->mdev.definition,
					       &made.definition);
	if (n == 0)
		n = vprep_str_replace(&made.api,
				      vprep_mdev_model_name(request->mdev.model));
	if (n < 0) {
		vprep_target_done(&made);
		return n;
	}
	*target = made;
	return 0;
}

static int make(struct resolving *r, const struct vprep_device_request *request,
		struct vprep_target *target)
{
	switch (request->kind) {
	case VPREP_REQUEST_PCI:
		return make_pci(request, target);
	case VPREP_REQUEST_MDEV:
		return make_mdev(r, request, target);
	case VPREP_REQUEST_USB:
		return make_usb(r, request, target);
	case VPREP_REQUEST_SCSI:
		return make_scsi(r, request, target);
	case VPREP_REQUEST_SCSI_HOST:
		return vprep_target_scsi_host(r->io, request->scsi_host.wwpn, target);
	case VPREP_REQUEST_VDPA:
		return make_vdpa(r, request, target);
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_KINDS:
		break;
	}
	return 1;
}

/* What to do about it, after "there is no such". */
static const char *missing_text(enum vprep_request_kind kind)
{
	switch (kind) {
	case VPREP_REQUEST_SCSI:
		return "SCSI device with a generic node (is module sg loaded?); see "
		       "lsscsi -g";
	case VPREP_REQUEST_SCSI_HOST:
		return "vhost SCSI target; make it with targetcli";
	case VPREP_REQUEST_VDPA:
		return "vhost-vdpa node in /dev; make it with 'vdpa dev add' (is module "
		       "vhost_vdpa loaded?)";
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_PCI:
	case VPREP_REQUEST_MDEV:
	case VPREP_REQUEST_USB:
	case VPREP_REQUEST_KINDS:
		break;
	}
	return "device";
}

static int explain(struct resolving *r, const struct vprep_device_request *request, int n)
{
	const request_text text = vprep_device_request_text(request);

	if (r->explained)
		return n;
	if (n == -ENODEV && request->kind == VPREP_REQUEST_USB)
		return no_such_usb(r, request);
	if (n == -ENODEV)
		return vprep_error_set(r->err, VPREP_E_NOT_FOUND, ENODEV, text.s,
				       "%s: there is no such %s", text.s,
				       missing_text(request->kind));
	if (n == -EOPNOTSUPP)
		return vprep_target_refuse_hub(r->err, text.s);
	return vprep_error_set(r->err, VPREP_E_FAILED, -n, text.s,
			       "cannot look up %s: %s", text.s, strerror(-n));
}

static int add(struct resolving *r, const struct vprep_device_request *request)
{
	const request_text text = vprep_device_request_text(request);
	struct vprep_target target = { 0 };
	int n;

	n = make(r, request, &target);
	if (n < 0)
		n = explain(r, request, n);
	if (n != 0)
		return n < 0 ? n : 0;
	if (vprep_targets_find(r->targets, target.name)) {
		/* disks may share a controller; the parser refused the rest */
		if (request->kind != VPREP_REQUEST_PCI)
			n = vprep_error_set(r->err, VPREP_E_USAGE, EINVAL, target.name,
					    "%s is %s, which the domain names already",
					    text.s, target.name);
	} else if (vprep_targets_add(r->targets, &target) < 0) {
		n = vprep_error_oom(r->err);
	}
	vprep_target_done(&target);
	return n;
}

int vprep_resolve_requests(const struct vprep_io *io,
			   const struct vprep_device_requests *requests,
			   struct vprep_targets *ret, char ***ret_notes,
			   struct vprep_error *err)
{
	struct vprep_targets targets = { 0 };
	struct resolving r = { .io = io, .targets = &targets, .err = err };
	size_t i;
	int n = 0;

	for (i = 0; n == 0 && i < requests->n; i++)
		n = add(&r, &requests->items[i]);
	if (n < 0) {
		vprep_targets_done(&targets);
		vprep_strv_free(r.notes);
		return n;
	}
	*ret = targets;
	*ret_notes = r.notes;
	return 0;
}

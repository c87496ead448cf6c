// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/resolve.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/pci.h"
#include "device/target.h"
#include "model/name.h"

struct resolving {
	const struct vprep_io *io;
	const char *driver;
	struct vprep_error *err;
};

static int host_error(struct resolving *r, const char *name, int number)
{
	return vprep_error_set(r->err, VPREP_E_FAILED, -number, name,
			       "cannot look up %s: %s", name, strerror(-number));
}

static int not_found(struct resolving *r, const char *text, const char *what)
{
	return vprep_error_set(r->err, VPREP_E_NOT_FOUND, ENODEV, text,
			       "'%.60s': there is no such %s on this host", text, what);
}

/* From what making a target returned to an error. */
static int judge(struct resolving *r, const char *text, const char *what, int made)
{
	if (made == -ENODEV)
		return not_found(r, text, what);
	if (made == -EOPNOTSUPP)
		return vprep_target_refuse_hub(r->err, text);
	return made < 0 ? host_error(r, text, made) : 0;
}

static int resolve_netdev(struct resolving *r, const char *text,
			  struct vprep_target *target)
{
	struct vprep_pci_address address;
	int n = vprep_pci_address_of_netdev(r->io, text, &address);

	if (n == -ENODEV)
		return vprep_error_set(
			r->err, VPREP_E_NOT_FOUND, ENODEV, text,
			"'%s' is neither a PCI address nor a network interface on "
			"a PCI device of this host; 'vfio-prep groups' shows the "
			"devices",
			text);
	if (n == 0)
		n = vprep_target_pci(address, r->driver, target);
	return n < 0 ? host_error(r, text, n) : 0;
}

/* The sysfs name of the device that libvirt calls @text. */
static int find_named(const struct vprep_io *io, const char *folder, const char *prefix,
		      const char *text, char **ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int n;

	n = vprep_io_list(io, VPREP_SYS, &names, "%s", folder);
	if (n < 0)
		return n == -ENOENT ? -ENODEV : n;
	for (i = 0; names[i]; i++) {
		_cleanup_free_ char *name = vprep_target_name(prefix, names[i]);

		if (!name)
			return -ENOMEM;
		if (streq(name, text)) {
			*ret = strdup(names[i]);
			return *ret ? 0 : -ENOMEM;
		}
	}
	return -ENODEV;
}

static int resolve_usb(struct resolving *r, const char *text, struct vprep_target *target)
{
	_cleanup_free_ char *name = NULL;
	int n = find_named(r->io, "bus/usb/devices", "usb_", text, &name);

	if (n == 0)
		n = vprep_target_usb(r->io, name, target);
	return judge(r, text, "USB device", n);
}

static int resolve_scsi(struct resolving *r, const char *text,
			struct vprep_target *target)
{
	_cleanup_free_ char *name = NULL;
	int n = find_named(r->io, "bus/scsi/devices", "scsi_", text, &name);

	if (n == 0)
		n = vprep_target_scsi(r->io, name, target);
	return judge(r, text, "SCSI device with a generic node (is module sg loaded?)",
		     n);
}

static int resolve(struct resolving *r, const char *text, struct vprep_target *target)
{
	struct vprep_name name;
	int n;

	n = vprep_name_parse(text, &name, r->err);
	if (n < 0)
		return n;
	switch (name.kind) {
	case VPREP_NAME_PCI:
		return judge(r, text, "PCI device",
			     vprep_target_pci(name.pci, r->driver, target));
	case VPREP_NAME_MDEV:
		return judge(r, text, "mediated device",
			     vprep_target_mdev(r->io, name.uuid, target));
	case VPREP_NAME_USB:
		return resolve_usb(r, text, target);
	case VPREP_NAME_SCSI:
		return resolve_scsi(r, text, target);
	case VPREP_NAME_NETDEV:
		break;
	}
	return resolve_netdev(r, text, target);
}

static int add_name(struct resolving *r, const char *text, struct vprep_targets *targets)
{
	struct vprep_target target = { 0 };
	int n;

	n = resolve(r, text, &target);
	if (n == 0 && vprep_targets_find(targets, target.name))
		n = vprep_error_set(r->err, VPREP_E_USAGE, EINVAL, target.name,
				    "%s is named twice", target.name);
	if (n == 0 && vprep_targets_add(targets, &target) < 0)
		n = vprep_error_oom(r->err);
	vprep_target_done(&target);
	return n;
}

int vprep_resolve_names(const struct vprep_io *io, const char *const *names,
			const char *driver, struct vprep_targets *ret,
			struct vprep_error *err)
{
	struct resolving r = { io, driver, err };
	struct vprep_targets targets = { 0 };
	int n = 0;

	for (; n == 0 && *names; names++)
		n = add_name(&r, *names, &targets);
	if (n < 0) {
		vprep_targets_done(&targets);
		return n;
	}
	*ret = targets;
	return 0;
}

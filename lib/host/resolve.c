// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/str.h"
#include "host/pci.h"
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

static int set_pci(struct resolving *r, struct vprep_pci_address address,
		   struct vprep_target *target)
{
	target->kind = VPREP_TARGET_PCI;
	target->pci = address;
	target->name = strdup(vprep_pci_address_text(address).s);
	if (!target->name || vprep_str_replace(&target->driver, r->driver) < 0)
		return vprep_error_oom(r->err);
	return 0;
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
	return n < 0 ? host_error(r, text, n) : set_pci(r, address, target);
}

static int resolve_mdev(struct resolving *r, const struct vprep_name *name,
			struct vprep_target *target)
{
	_cleanup_free_ char *group = NULL;
	uint64_t number;
	int n;

	n = vprep_io_link_name(r->io, VPREP_SYS, &group,
			       "bus/mdev/devices/%s/iommu_group", name->uuid);
	if (n == -ENOENT)
		return not_found(r, name->text, "mediated device");
	if (n == 0)
		n = vprep_parse_u64(group, 10, INT32_MAX, &number);
	if (n < 0)
		return host_error(r, name->text, n);
	target->kind = VPREP_TARGET_MDEV;
	target->group = (unsigned)number;
	target->name = strdup(name->uuid);
	return target->name ? 0 : vprep_error_oom(r->err);
}

/* As libvirt makes a name: every character that is not alphanumeric becomes '_'. */
static bool is_named(const char *text, const char *prefix, const char *sysfs_name)
{
	size_t n = strlen(prefix);

	if (strncmp(text, prefix, n) != 0)
		return false;
	for (text += n; *text && *sysfs_name; text++, sysfs_name++)
		if (*text != (isalnum((unsigned char)*sysfs_name) ? *sysfs_name : '_'))
			return false;
	return *text == *sysfs_name;
}

static int find_named(const struct vprep_io *io, const char *folder, const char *text,
		      const char *prefix, char **ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int n;

	n = vprep_io_list(io, VPREP_SYS, &names, "%s", folder);
	if (n < 0)
		return n == -ENOENT ? -ENODEV : n;
	for (i = 0; names[i]; i++)
		if (is_named(text, prefix, names[i])) {
			*ret = strdup(names[i]);
			return *ret ? 0 : -ENOMEM;
		}
	return -ENODEV;
}

static int set_node(struct resolving *r, const char *text, struct vprep_target *target)
{
	target->kind = VPREP_TARGET_NODE;
	target->name = strdup(text);
	return target->name && target->node && target->match ? 0
							     : vprep_error_oom(r->err);
}

static int resolve_usb(struct resolving *r, const char *text, struct vprep_target *target)
{
	_cleanup_free_ char *name = NULL;
	uint64_t bus, device;
	int n;

	n = find_named(r->io, "bus/usb/devices", text, "usb_", &name);
	if (n == 0)
		n = vprep_io_read_u64(r->io, VPREP_SYS, 10, &bus,
				      "bus/usb/devices/%s/busnum", name);
	if (n == 0)
		n = vprep_io_read_u64(r->io, VPREP_SYS, 10, &device,
				      "bus/usb/devices/%s/devnum", name);
	if (n == -ENODEV || n == -ENOENT) /* an interface has neither number */
		return not_found(r, text, "USB device");
	if (n < 0)
		return host_error(r, text, n);
	target->node = vprep_strf("bus/usb/%03u/%03u", (unsigned)bus, (unsigned)device);
	target->match = vprep_strf("SUBSYSTEM==\"usb\", ATTR{busnum}==\"%u\", "
				   "ATTR{devnum}==\"%u\"",
				   (unsigned)bus, (unsigned)device);
	target->sysfs = TAKE_PTR(name);
	return set_node(r, text, target);
}

static int resolve_scsi(struct resolving *r, const char *text,
			struct vprep_target *target)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_strv_ char **generic = NULL;
	int n;

	n = find_named(r->io, "bus/scsi/devices", text, "scsi_", &name);
	if (n == 0)
		n = vprep_io_list(r->io, VPREP_SYS, &generic,
				  "bus/scsi/devices/%s/scsi_generic", name);
	if (n == -ENODEV || n == -ENOENT || (n == 0 && !generic[0]))
		return not_found(
			r, text,
			"SCSI device with a generic node (is module sg loaded?)");
	if (n < 0)
		return host_error(r, text, n);
	target->node = strdup(generic[0]);
	/* sgN is not an identity */
	target->match = vprep_strf("SUBSYSTEM==\"scsi_generic\", KERNELS==\"%s\"", name);
	target->sysfs = TAKE_PTR(name);
	return set_node(r, text, target);
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
		return set_pci(r, name.pci, target);
	case VPREP_NAME_MDEV:
		return resolve_mdev(r, &name, target);
	case VPREP_NAME_USB:
		return resolve_usb(r, text, target);
	case VPREP_NAME_SCSI:
		return resolve_scsi(r, text, target);
	case VPREP_NAME_NETDEV:
		break;
	}
	return resolve_netdev(r, text, target);
}

static bool is_repeated(const struct vprep_targets *targets, const char *name)
{
	size_t i;

	for (i = 0; i < targets->n; i++)
		if (streq(targets->items[i].name, name))
			return true;
	return false;
}

static int add_name(struct resolving *r, const char *text, struct vprep_targets *targets)
{
	struct vprep_target target = { 0 };
	int n;

	n = resolve(r, text, &target);
	if (n == 0 && is_repeated(targets, target.name))
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

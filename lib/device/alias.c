// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/alias.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "model/pci.h"
#include "model/uuid.h"

#define PCI_DEVICES "bus/pci/devices"
#define SHOWN 60

/* Where devices have other names than ours. What is @own means the device that it is of;
 * any other part is offered that one. */
static const struct folder {
	const char *prefix; /* libvirt's, before the kernel's name; NULL: it has none */
	const char *path;
	bool own;
} folders[] = {
	{ "net_", "class/net", true },
	{ "block_", "class/block", true },
	{ "drm_", "class/drm", true },
	{ "scsi_generic_", "class/scsi_generic", true },
	{ "nvme_", "class/nvme", true },
	{ NULL, "class/sound", true },
	{ NULL, "class/infiniband", true },
	{ NULL, "class/vfio-dev", true },
	{ NULL, "bus/mdev/devices", false },
	{ "scsi_", "class/scsi_host", false },
	{ "scsi_", "bus/scsi/devices", false },
	{ "usb_", "bus/usb/devices", false },
};

struct asking {
	const struct vprep_io *io;
	const char *text;
	struct vprep_error *err;
};

/* ---- from where it is in sysfs to a device of ours ---- */

/* "6:0:0:0" of SCSI, and neither its host nor its target. */
static bool is_scsi(const char *name)
{
	unsigned colons = 0;

	for (; *name; name++) {
		if (*name != ':' && !isdigit((unsigned char)*name))
			return false;
		colons += *name == ':';
	}
	return colons == 3;
}

/* "1-2.3" of USB, and none of its interfaces ("1-2.3:1.0"). */
static bool is_usb(const char *name)
{
	const char *dash = strchr(name, '-');

	return dash && dash > name && dash[1] &&
	       strspn(name, "0123456789") == (size_t)(dash - name) &&
	       !dash[1 + strspn(dash + 1, "0123456789.")];
}

/* Its name if that part of a path is a device of ours. */
static char *name_of(const char *part)
{
	struct vprep_pci_address address;
	struct vprep_uuid uuid;
	char *name = NULL, *p;

	if (vprep_pci_address_parse(part, &address) == 0)
		return strdup(part);
	if (vprep_uuid_parse(part, &uuid) == 0)
		return vprep_strf("mdev_%s", part);
	if (is_scsi(part))
		name = vprep_strf("scsi_%s", part);
	else if (is_usb(part))
		name = vprep_strf("usb_%s", part);
	for (p = name; p && *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return name;
}

/* The nearest one on the way up. */
static char *nearest(char *path)
{
	char *name = NULL, *slash;

	while (!name && (slash = strrchr(path, '/'))) {
		name = name_of(slash + 1);
		*slash = '\0';
	}
	return name;
}

/* A disk that several controllers may reach lies in the folder of none of them:
 * ".../nvme-subsystem/NAME/nvme0n1", but NAME has links to them. */
static int by_subsystem(const struct asking *a, const char *path, char **ret)
{
	static const char folder[] = "/nvme-subsystem/";
	const char *subsystem = strstr(path, folder);
	_cleanup_buf_ struct vprep_buf all = { 0 };
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *found = NULL;
	size_t i, n = 0;

	if (!subsystem)
		return -ENODEV;
	subsystem += sizeof(folder) - 1;
	if (vprep_io_list(a->io, VPREP_SYS, &names, "class/nvme-subsystem/%.*s",
			  (int)strcspn(subsystem, "/"), subsystem) < 0)
		return -ENODEV;
	for (i = 0; names[i]; i++) {
		_cleanup_free_ char *controller = NULL, *device = NULL;

		if (vprep_io_readlink(a->io, VPREP_SYS, &controller, "class/nvme/%s",
				      names[i]) == 0)
			device = nearest(controller);
		if (!device)
			continue;
		vprep_buf_addf(&all, "%s%s", n++ ? ", " : "", device);
		free(found);
		found = TAKE_PTR(device);
	}
	if (n == 0 || all.failed)
		return n == 0 ? -ENODEV : -ENOMEM;
	if (n > 1)
		return vprep_error_set(
			a->err, VPREP_E_USAGE, EINVAL, a->text,
			"%.*s is reached by several controllers: say which "
			"of %.300s",
			SHOWN, a->text, all.data);
	*ret = TAKE_PTR(found);
	return 0;
}

static int take(const struct asking *a, char *path, bool own, char **ret)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *name = name_of(slash ? slash + 1 : path);
	bool is_itself = name != NULL;
	int r = name ? 0 : by_subsystem(a, path, &name);

	if (r == -ENODEV)
		name = nearest(path);
	else if (r < 0)
		return r;
	if (!name)
		return -ENODEV;
	if (!own && !is_itself)
		return vprep_error_set(
			a->err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, a->text,
			"%.*s is not given to guests by itself: it belongs "
			"to %s; name that",
			SHOWN, a->text, name);
	*ret = TAKE_PTR(name);
	return 0;
}

/* A link that leads to the device, or its folder itself. */
static int take_link(const struct asking *a, const char *link, bool own, char **ret)
{
	_cleanup_free_ char *target = NULL;
	int r = vprep_io_readlink(a->io, VPREP_SYS, &target, "%s", link);

	if (r == -EINVAL) /* no link */
		target = vprep_io_exists(a->io, VPREP_SYS, "%s", link) == 1 ? strdup(link)
									    : NULL;
	if (!target)
		return r == -ENOMEM ? r : -ENODEV;
	return take(a, target, own, ret);
}

/* ---- PCI slots ---- */

/* @address is one of a slot: "0000:06:10". */
static int take_slot(const struct asking *a, const char *address, char **ret)
{
	_cleanup_free_ char *first = vprep_strf("%s.0", address);
	_cleanup_buf_ struct vprep_buf all = { 0 };
	_cleanup_strv_ char **names = NULL;
	const char *only = NULL;
	struct vprep_pci_address parsed;
	size_t i, n = 0, len = strlen(address);
	int r;

	if (!first)
		return -ENOMEM;
	if (vprep_pci_address_parse(first, &parsed) < 0)
		return -ENODEV;
	r = vprep_io_list(a->io, VPREP_SYS, &names, PCI_DEVICES);
	for (i = 0; r == 0 && names[i]; i++)
		if (strncmp(names[i], address, len) == 0 && names[i][len] == '.') {
			only = names[i];
			vprep_buf_addf(&all, "%s%s", n++ ? ", " : "", names[i]);
		}
	if (r < 0 || n == 0 || all.failed)
		return r < 0 && r != -ENOENT ? r : all.failed ? -ENOMEM : -ENODEV;
	if (n > 1)
		return vprep_error_set(a->err, VPREP_E_USAGE, EINVAL, a->text,
				       "%.*s is a slot with %zu functions: say which of "
				       "%.300s",
				       SHOWN, a->text, n, all.data);
	*ret = strdup(only);
	return *ret ? 0 : -ENOMEM;
}

static int by_slot(const struct asking *a, char **ret)
{
	const char *colon = strchr(a->text, ':');
	_cleanup_free_ char *whole = NULL, *address = NULL;
	int r = -ENODEV;

	if (strchr(a->text, '/') || strchr(a->text, '.'))
		return -ENODEV;
	if (colon) {
		whole = vprep_strf("%s%s",
				   strchr(colon + 1, ':') ? "" : "0000:", a->text);
		return whole ? take_slot(a, whole, ret) : -ENOMEM;
	}
	r = vprep_io_read(a->io, VPREP_SYS, &address, "bus/pci/slots/%s/address",
			  a->text);
	return r < 0 ? (r == -ENOMEM ? r : -ENODEV) : take_slot(a, address, ret);
}

/* ---- groups' nodes ---- */

/* The device of a group's node, if it is the only one. */
static int by_group(const struct asking *a, const char *number, char **ret)
{
	_cleanup_buf_ struct vprep_buf all = { 0 };
	_cleanup_strv_ char **names = NULL;
	size_t i;
	uint64_t group;

	if (vprep_parse_u64(number, 10, INT32_MAX, &group) < 0 ||
	    vprep_io_list(a->io, VPREP_SYS, &names, "kernel/iommu_groups/%s/devices",
			  number) < 0 ||
	    !names[0])
		return -ENODEV;
	for (i = 0; names[i]; i++)
		vprep_buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
	if (all.failed)
		return -ENOMEM;
	if (names[1])
		return vprep_error_set(a->err, VPREP_E_USAGE, EINVAL, a->text,
				       "%.*s is of an IOMMU group with several devices: "
				       "say which of %.300s",
				       SHOWN, a->text, all.data);
	*ret = name_of(names[0]);
	return *ret ? 0 : -ENODEV;
}

/* ---- names and paths ---- */

static int by_node(const struct asking *a, char **ret)
{
	const char *node = vprep_io_below_dev(a->text);
	_cleanup_free_ char *link = NULL;
	struct stat st;

	if (!node || vprep_io_node_stat(a->io, &st, "%s", node) < 0)
		return -ENODEV;
	if (strncmp(node, "vfio/", 5) == 0 && isdigit((unsigned char)node[5]))
		return by_group(a, node + 5, ret);
	link = vprep_strf("dev/%s/%u:%u", S_ISBLK(st.st_mode) ? "block" : "char",
			  major(st.st_rdev), minor(st.st_rdev));
	return link ? take_link(a, link, true, ret) : -ENOMEM;
}

/* Whether libvirt calls it so: the kernel's name, with what tells it apart behind it. */
static bool is_called(const char *text, const char *prefix, const char *name)
{
	size_t i;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return false;
	text += strlen(prefix);
	for (i = 0; name[i]; i++)
		if (text[i] != (isalnum((unsigned char)name[i]) ? name[i] : '_'))
			return false;
	return !text[i] || text[i] == '_';
}

/* "block_sda1_…" may be called after "sda1", and after "sda" as well: the longer one. */
static int by_libvirt_name(const struct asking *a, const struct folder *folder,
			   char **ret)
{
	_cleanup_free_ char *link = NULL;
	_cleanup_strv_ char **names = NULL;
	const char *best = NULL;
	size_t i;

	if (!folder->prefix ||
	    strncmp(a->text, folder->prefix, strlen(folder->prefix)) != 0 ||
	    vprep_io_list(a->io, VPREP_SYS, &names, "%s", folder->path) < 0)
		return -ENODEV;
	for (i = 0; names[i]; i++)
		if (is_called(a->text, folder->prefix, names[i]) &&
		    (!best || strlen(names[i]) > strlen(best)))
			best = names[i];
	if (!best)
		return -ENODEV;
	link = vprep_strf("%s/%s", folder->path, best);
	return link ? take_link(a, link, folder->own, ret) : -ENOMEM;
}

static int by_name(const struct asking *a, char **ret)
{
	size_t i;
	int r = -ENODEV;

	if (strchr(a->text, '/') || a->text[0] == '.')
		return -ENODEV;
	for (i = 0; r == -ENODEV && i < VPREP_ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *link = vprep_strf("%s/%s", folders[i].path, a->text);

		r = link ? take_link(a, link, folders[i].own, ret) : -ENOMEM;
		if (r == -ENODEV)
			r = by_libvirt_name(a, &folders[i], ret);
	}
	return r;
}

int vprep_device_alias(const struct vprep_io *io, const char *text, char **ret,
		       struct vprep_error *err)
{
	const struct asking a = { io, text, err };
	struct vprep_uuid uuid;
	int r;

	if (vprep_uuid_parse(text, &uuid) == 0) {
		*ret = vprep_strf("mdev_%s", vprep_uuid_text(&uuid).s);
		return *ret ? 0 : vprep_error_oom(err);
	}
	r = by_node(&a, ret);
	if (r == -ENODEV && strncmp(text, VPREP_IO_SYSFS, strlen(VPREP_IO_SYSFS)) == 0)
		r = take_link(&a, text + strlen(VPREP_IO_SYSFS), true, ret);
	if (r == -ENODEV)
		r = by_slot(&a, ret);
	if (r == -ENODEV)
		r = by_name(&a, ret);
	return r == -ENOMEM ? vprep_error_oom(err) : r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/target.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/mdev.h"

#define USB_CLASS_HUB 0x09

char *vprep_target_name(const char *prefix, const char *sysfs)
{
	char *name = vprep_strf("%s%s", prefix, sysfs);
	char *p;

	for (p = name ? name + strlen(prefix) : NULL; p && *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return name;
}

/* Takes what is in *@made when it is whole. */
static int take(struct vprep_target *made, bool whole, struct vprep_target *ret)
{
	if (!whole) {
		vprep_target_done(made);
		return -ENOMEM;
	}
	*ret = *made;
	return 0;
}

int vprep_target_pci(struct vprep_pci_address address, const char *driver,
		     struct vprep_target *ret)
{
	struct vprep_target t = {
		.kind = VPREP_TARGET_PCI,
		.pci = address,
		.name = strdup(vprep_pci_address_text(address).s),
		.driver = driver ? strdup(driver) : NULL,
	};

	return take(&t, t.name && (t.driver || !driver), ret);
}

int vprep_target_mdev(const struct vprep_io *io, const char *uuid,
		      struct vprep_target *ret)
{
	struct vprep_target t = { .kind = VPREP_TARGET_MDEV };
	struct vprep_mdev mdev = { .group = -1 };
	int r = vprep_mdev_read(io, uuid, &mdev);

	if (r < 0 && r != -ENODEV)
		return r;
	t.is_new = r == -ENODEV;
	t.name = strdup(uuid);
	t.sysfs = strdup(uuid);
	t.node = mdev.group >= 0 ? vprep_strf("vfio/%d", mdev.group) : NULL;
	/* The number of the group, which names the node, is known once the device is
	 * there; that it is in the group of that number holds whatever it is. %S: /sys. */
	t.match = vprep_strf("SUBSYSTEM==\"vfio\", "
			     "TEST==\"%%S/kernel/iommu_groups/%%k/devices/%s\"",
			     uuid);
	r = mdev.group < 0 && !t.is_new ? -ENXIO : 0;
	vprep_mdev_done(&mdev);
	if (r < 0) {
		vprep_target_done(&t);
		return r;
	}
	return take(&t, t.name && t.sysfs && t.match && (t.node || t.is_new), ret);
}

int vprep_target_refuse_hub(struct vprep_error *err, const char *text)
{
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, text,
			       "%s is a hub: give the guest what is plugged into it",
			       text);
}

int vprep_target_usb(const struct vprep_io *io, const char *sysfs,
		     struct vprep_target *ret)
{
	struct vprep_target t = { .kind = VPREP_TARGET_NODE };
	uint64_t bus, device, class;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 10, &bus, "bus/usb/devices/%s/busnum",
			      sysfs);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 10, &device,
				      "bus/usb/devices/%s/devnum", sysfs);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &class,
				      "bus/usb/devices/%s/bDeviceClass", sysfs);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	if (class == USB_CLASS_HUB)
		return -EOPNOTSUPP;
	t.name = vprep_target_name("usb_", sysfs);
	t.sysfs = strdup(sysfs);
	t.node = vprep_strf("bus/usb/%03u/%03u", (unsigned)bus, (unsigned)device);
	t.match = vprep_strf("SUBSYSTEM==\"usb\", ATTR{busnum}==\"%u\", "
			     "ATTR{devnum}==\"%u\"",
			     (unsigned)bus, (unsigned)device);
	return take(&t, t.name && t.sysfs && t.node && t.match, ret);
}

int vprep_target_scsi(const struct vprep_io *io, const char *sysfs,
		      struct vprep_target *ret)
{
	struct vprep_target t = { .kind = VPREP_TARGET_NODE };
	_cleanup_strv_ char **generic = NULL;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &generic, "bus/scsi/devices/%s/scsi_generic",
			  sysfs);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	if (!generic[0])
		return -ENODEV;
	t.name = vprep_target_name("scsi_", sysfs);
	t.sysfs = strdup(sysfs);
	t.node = strdup(generic[0]);
	/* sgN is not an identity */
	t.match = vprep_strf("SUBSYSTEM==\"scsi_generic\", KERNELS==\"%s\"", sysfs);
	return take(&t, t.name && t.sysfs && t.node && t.match, ret);
}

/* The kernel gives these nodes neither bus nor class (drivers/vhost/vdpa.c), so that udev
 * hears nothing of them: there is nothing to match. */
int vprep_target_vdpa(const struct vprep_io *io, const char *node,
		      struct vprep_target *ret)
{
	struct vprep_target t = { .kind = VPREP_TARGET_NODE };
	_cleanup_strv_ char **devices = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &devices, "bus/vdpa/devices");
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (i = 0; devices[i]; i++)
		if (vprep_io_exists(io, VPREP_SYS, "bus/vdpa/devices/%s/%s/dev",
				    devices[i], node) == 1)
			break;
	if (!devices[i])
		return -ENODEV;
	t.name = strdup(node);
	t.node = strdup(node);
	return take(&t, t.name && t.node, ret);
}

int vprep_target_scsi_host(const struct vprep_io *io, const char *wwpn,
			   struct vprep_target *ret)
{
	struct vprep_target t = { .kind = VPREP_TARGET_NODE };
	int r;

	r = vprep_io_exists(io, VPREP_SYS, "kernel/config/target/vhost/%s", wwpn);
	if (r <= 0)
		return r == 0 ? -ENODEV : r;
	t.name = strdup(wwpn);
	return take(&t, t.name, ret);
}

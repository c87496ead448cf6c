// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/held-name.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "device/find.h"
#include "host/pci.h"
#include "model/device.h"

/* What the journal calls a device whose name alone does not tell it. One that is gone is
 * only found there by that very name. */
static char *name_of(const struct vprep_session *session, const char *text)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	const char *const names[] = { text, NULL };
	const char *node = vprep_io_below_dev(text);

	if (vprep_devices_find_named(session->io, names, NULL, &devices, NULL) == 0 &&
	    devices.n == 1)
		return strdup(devices.items[0].name);
	return strdup(node ? node : text);
}

int vprep_held_name(const struct vprep_session *session, const char *text, char **ret,
		    struct vprep_error *err)
{
	_cleanup_free_ char *alias = NULL;
	struct vprep_pci_address address;
	struct vprep_device device;
	int r;

	r = vprep_device_read_name(session->io, text, &device, &alias, err);
	if (r < 0)
		return r;
	text = alias ? alias : text;
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
		*ret = name_of(session, text);
	return *ret ? 0 : vprep_error_oom(err);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/find.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/alias.h"
#include "device/kind.h"
#include "host/cdev.h"
#include "host/pci.h"

static int explain(struct vprep_device_finding *f, const struct vprep_device *d, int r)
{
	const struct vprep_device_text text = vprep_device_asked_text(d);
	const char *name = d->asked.name ? d->asked.name : text.s;

	if (f->explained)
		return r;
	if (r != -ENODEV)
		return vprep_error_set(f->err, VPREP_E_FAILED, -r, name,
				       "cannot look up %s: %s", name, strerror(-r));
	return vprep_error_set(f->err, VPREP_E_NOT_FOUND, ENODEV, name,
			       d->asked.name ? "'%.60s': there is no such %s%s"
					     : "%s: there is no such %s%s",
			       name, d->kind->missing, d->kind->missing_hint);
}

static int refuse_again(const struct vprep_device *d, struct vprep_error *err)
{
	if (d->asked.name)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, d->name,
				       "%s is named twice", d->name);
	return vprep_error_set(err, VPREP_E_USAGE, EINVAL, d->name,
			       "%s is %s, which the domain names already",
			       vprep_device_asked_text(d).s, d->name);
}

int vprep_device_find(const struct vprep_io *io, const struct vprep_device *asked,
		      const struct vprep_device_holding *holding,
		      struct vprep_devices *devices, char ***ret_notes,
		      struct vprep_error *err)
{
	struct vprep_device_finding f = { io,  &devices->pool, ret_notes,
					  err, holding,	       false };
	struct vprep_device d = *asked;
	int r = d.kind->find(&f, &d);

	if (r != 0)
		return r < 0 ? explain(&f, &d, r) : 0;
	d.is_again = vprep_devices_named(devices, devices->n, d.name) != NULL;
	if (d.is_again && (d.asked.name || !d.kind->may_be_again))
		return refuse_again(&d, err);
	return vprep_devices_add(devices, &d) < 0 ? vprep_error_oom(err) : 0;
}

/* Whether an interface is meant that there is. */
static bool is_netdev(const struct vprep_io *io, const char *text)
{
	return vprep_io_exists(io, VPREP_SYS, "class/net/%s", text) == 1;
}

int vprep_device_read_name(const struct vprep_io *io, const char *text,
			   struct vprep_device *ret, char **ret_alias,
			   struct vprep_error *err)
{
	struct vprep_device device = { 0 };
	struct vprep_error malformed = { 0 };
	int r = vprep_device_parse_name(text, &device, &malformed), alias;

	if (r == 0 && (device.kind != &vprep_kind_pci || !device.asked.pci.netdev ||
		       is_netdev(io, text))) {
		*ret = device;
		return 0;
	}
	alias = vprep_device_alias(io, text, ret_alias, err);
	if (alias == 0)
		return vprep_device_parse_name(*ret_alias, ret, err);
	if (alias != -ENODEV)
		return alias;
	if (r < 0 && err)
		*err = malformed;
	if (r == 0)
		*ret = device;
	return r;
}

static int find_read(const struct vprep_io *io, struct vprep_device *device,
		     const char *driver, struct vprep_devices *devices,
		     struct vprep_error *err)
{
	if (device->kind->has_group)
		device->asked.pci.driver = driver;
	return vprep_device_find(io, device, NULL, devices, NULL, err);
}

/* A name may look like one of ours and be that of another part: "scsi_host6". */
static int find_alias(const struct vprep_io *io, const char *name, const char *driver,
		      struct vprep_devices *devices, struct vprep_error *err)
{
	struct vprep_error other = { 0 };
	struct vprep_device device;
	char *alias = NULL;
	int r = vprep_device_alias(io, name, &alias, &other);

	if (r == -ENODEV)
		return r;
	if (r == 0 && !vprep_pool_take(&devices->pool, alias))
		return vprep_error_oom(err);
	if (r == 0)
		r = vprep_device_parse_name(alias, &device, err);
	else if (err)
		*err = other;
	return r < 0 ? r : find_read(io, &device, driver, devices, err);
}

static int find_name(const struct vprep_io *io, const char *name, const char *driver,
		     struct vprep_devices *devices, struct vprep_error *err)
{
	struct vprep_device device;
	char *alias = NULL;
	int r = vprep_device_read_name(io, name, &device, &alias, err);

	if (alias && !vprep_pool_take(&devices->pool, alias))
		return vprep_error_oom(err);
	if (r == 0)
		r = find_read(io, &device, driver, devices, err);
	return r == -ENODEV && !alias ? find_alias(io, name, driver, devices, err) : r;
}

int vprep_devices_find_named(const struct vprep_io *io, const char *const *names,
			     const char *driver, struct vprep_devices *ret,
			     struct vprep_error *err)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	int r = 0;

	for (; r == 0 && *names; names++)
		r = find_name(io, *names, driver, &devices, err);
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(devices);
	return 0;
}

int vprep_devices_find_asked(const struct vprep_io *io, const struct vprep_devices *asked,
			     const struct vprep_device_holding *holding,
			     struct vprep_devices *ret, char ***ret_notes,
			     struct vprep_error *err)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	_cleanup_strv_ char **notes = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < asked->n; i++)
		r = vprep_device_find(io, &asked->items[i], holding, &devices, &notes,
				      err);
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(devices);
	*ret_notes = TAKE_PTR(notes);
	return 0;
}

int vprep_devices_look_for_guest(const struct vprep_io *io, struct vprep_devices *devices,
				 const struct vprep_device **ret_at)
{
	bool groups = vprep_vfio_nodes_read(io).groups;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < devices->n; i++) {
		struct vprep_device *d = &devices->items[i];

		*ret_at = d;
		if (d->kind->look_for_guest)
			r = d->kind->look_for_guest(io, &devices->pool, d);
		if (d->kind->is_vfio && !groups)
			d->node.path = NULL;
	}
	return r;
}

/* What the journal calls a device whose name alone does not tell it. One that is gone is
 * only found there by that very name. */
static char *name_held(const struct vprep_io *io, const char *text)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	const char *const names[] = { text, NULL };
	const char *node = vprep_io_below_dev(text);

	if (vprep_devices_find_named(io, names, NULL, &devices, NULL) == 0 &&
	    devices.n == 1)
		return strdup(devices.items[0].name);
	return strdup(node ? node : text);
}

int vprep_device_held_name(const struct vprep_io *io, const char *text, char **ret,
			   struct vprep_error *err)
{
	_cleanup_free_ char *alias = NULL;
	struct vprep_pci_address address;
	struct vprep_device device;
	int r;

	r = vprep_device_read_name(io, text, &device, &alias, err);
	if (r < 0)
		return r;
	text = alias ? alias : text;
	address = device.asked.pci.address;
	if (device.kind == &vprep_kind_pci && device.asked.pci.netdev) {
		r = vprep_pci_address_of_netdev(io, text, &address);
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
		*ret = name_held(io, text);
	return *ret ? 0 : vprep_error_oom(err);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers, modules and binding, as drivers/base/{bus,dd}.c and drivers/pci/pci-driver.c
 * do it. */
#include "fake/internal.h"

#include <string.h>

#define OVERRIDE_MAX 4094 /* PAGE_SIZE - 1 and more is refused */

/* ---- registration ---- */

static bool matches(struct fake *f, const char *driver, const char *address);

/* The driver goes on the bus and takes what it matches. */
static void register_driver(struct fake *f, const char *name)
{
	static const char *const attributes[] = { "bind", "unbind", "new_id",
						  "remove_id" };
	_cleanup_free_ char *module = fake_get(f, ".fake/drivers/%s/module", name);
	_cleanup_free_ char *order = fake_get(f, ".fake/order");
	_cleanup_free_ char *longer =
		vprep_strf("%s%s%s", order ? order : "", order ? "\n" : "", name);
	_cleanup_strv_ char **devices = fake_list(f, "sys/bus/pci/devices");
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(attributes); i++)
		fake_put(f, 0200, "", PCI_DRIVER "/%s", name, attributes[i]);
	if (*module) {
		_cleanup_free_ char *target = vprep_strf("sys/module/%s", module);
		_cleanup_free_ char *driver = vprep_strf(PCI_DRIVER, name);

		fake_mkdir(f, "%s", target);
		fake_link(f, target, PCI_DRIVER "/module", name);
		fake_link(f, driver, "sys/module/%s/drivers/pci:%s", module, name);
		if (fake_driver_flags(f, name) & FAKE_VFIO)
			fake_put(f, 0444, "", "sys/module/vfio_pci_core/holders/%s",
				 module);
	}
	if (fake_driver_flags(f, name) & FAKE_VFIO)
		fake_vfio_loaded(f);
	fake_put(f, 0600, longer, ".fake/order");
	for (i = 0; devices[i]; i++)
		if (!fake_has(f, PCI_DEVICE "/driver", devices[i]))
			if (matches(f, name, devices[i]))
				fake_bind(f, name, devices[i]);
}

void fake_register_module(struct fake *f, const char *module)
{
	_cleanup_strv_ char **drivers = fake_list(f, ".fake/drivers");
	size_t i;

	fake_mkdir(f, "sys/module/%s", module);
	for (i = 0; drivers[i]; i++) {
		_cleanup_free_ char *of =
			fake_get(f, ".fake/drivers/%s/module", drivers[i]);

		if (streq(of, module) && !fake_has(f, PCI_DRIVER, drivers[i]))
			register_driver(f, drivers[i]);
	}
}

void fake_add_driver(struct fake *f, const struct fake_driver *d)
{
	_cleanup_free_ char *flags = vprep_strf("%u", d->flags);
	_cleanup_free_ char *patterns = strdup(d->aliases ? d->aliases : "");
	_cleanup_close_ int lock = fake_lock(f);
	char *pattern, *at = NULL;

	fake_put(f, 0600, d->module ? d->module : "", ".fake/drivers/%s/module", d->name);
	fake_put(f, 0600, flags, ".fake/drivers/%s/flags", d->name);
	fake_put(f, 0600, d->ids ? d->ids : "", ".fake/drivers/%s/ids", d->name);
	fake_set_probe_errno(f, d->name, d->probe_errno);
	if (d->module)
		fake_put(f, 0600, "", ".fake/modules/%s", d->module);
	for (pattern = strtok_r(patterns, " ", &at); pattern;
	     pattern = strtok_r(NULL, " ", &at)) {
		_cleanup_free_ char *old = fake_get(f, ".fake/aliases");
		_cleanup_free_ char *all = vprep_strf(
			"%s%s%s %s", old ? old : "", old ? "\n" : "", pattern, d->module);

		fake_put(f, 0600, all, ".fake/aliases");
	}
	if (!(d->flags & FAKE_NOT_LOADED))
		register_driver(f, d->name);
}

void fake_add_vfio_pci(struct fake *f, bool loaded)
{
	const struct fake_driver driver = {
		.name = "vfio-pci",
		.module = "vfio_pci",
		.flags = FAKE_VFIO | (loaded ? 0 : FAKE_NOT_LOADED),
		.aliases = "vfio_pci:v*d*sv*sd*bc*sc*i*",
	};

	fake_add_driver(f, &driver);
}

void fake_set_probe_errno(struct fake *f, const char *driver, int number)
{
	_cleanup_free_ char *text = vprep_strf("%d", number);

	fake_put(f, 0600, text, ".fake/drivers/%s/probe_errno", driver);
}

unsigned fake_driver_flags(struct fake *f, const char *driver)
{
	unsigned flags = fake_get_number(f, 0, ".fake/drivers/%s/flags", driver);

	return flags & FAKE_VFIO ? flags | FAKE_DMA_MANAGED : flags;
}

/* ---- matching and probing ---- */

static char *override_of(struct fake *f, const char *address)
{
	return fake_get(f, ".fake/override/%s", address);
}

/* pci_match_device(): an override lets one driver bind, and that one whatever its ids
 * are. */
static bool matches(struct fake *f, const char *driver, const char *address)
{
	_cleanup_free_ char *override = override_of(f, address);
	_cleanup_free_ char *ids = fake_get(f, ".fake/drivers/%s/ids", driver);
	_cleanup_free_ char *vendor = fake_get(f, PCI_DEVICE "/vendor", address);
	_cleanup_free_ char *device = fake_get(f, PCI_DEVICE "/device", address);
	_cleanup_free_ char *id = NULL;

	if (override)
		return streq(override, driver);
	must(vendor && device && ids);
	id = vprep_strf("%s:%s", vendor + 2, device + 2);
	return strstr(ids, id) != NULL;
}

/* pci_device_can_probe() */
static bool is_kept_from_drivers(struct fake *f, const char *address)
{
	_cleanup_free_ char *override = override_of(f, address);

	return fake_has(f, PCI_DEVICE "/physfn", address) && !override &&
	       !fake_get_number(f, 1, PCI_DEVICE "/physfn/sriov_drivers_autoprobe",
				address);
}

/* pci_dma_configure(): a driver that does DMA itself needs the group's ownership. */
static bool gets_dma(struct fake *f, const char *driver, const char *address)
{
	int group;

	if (fake_has(f, ".fake/late-groups/%s", address))
		fake_join_late_group(f, address);
	group = fake_group_of(f, address);
	return fake_driver_flags(f, driver) & FAKE_DMA_MANAGED || group < 0 ||
	       !fake_has(f, ".fake/claimed/%d", group);
}

static int probe(struct fake *f, const char *driver, const char *address)
{
	int number = (int)fake_get_number(f, 0, ".fake/drivers/%s/probe_errno", driver);
	unsigned flags = fake_driver_flags(f, driver);

	if (!gets_dma(f, driver, address))
		return -EBUSY;
	if (is_kept_from_drivers(f, address))
		return -ENODEV;
	if (number)
		return -number;
	return flags & FAKE_VFIO ? fake_vfio_probe(f, address) : 0;
}

int fake_bind(struct fake *f, const char *driver, const char *address)
{
	_cleanup_free_ char *to_driver = vprep_strf(PCI_DRIVER, driver);
	_cleanup_free_ char *to_device = vprep_strf(PCI_DEVICE, address);
	int r;

	if (fake_has(f, PCI_DEVICE "/driver", address))
		return -EBUSY;
	r = probe(f, driver, address);
	if (r < 0)
		return r;
	fake_link(f, to_driver, PCI_DEVICE "/driver", address);
	fake_link(f, to_device, PCI_DRIVER "/%s", driver, address);
	if (fake_driver_flags(f, driver) & FAKE_VFIO)
		fake_vfio_bound(f, address);
	fake_register_mdev_parent(f, address, driver);
	if (!(fake_driver_flags(f, driver) & FAKE_VFIO))
		fake_interface_bound(f, address);
	return 0;
}

bool fake_attach(struct fake *f, const char *address)
{
	_cleanup_free_ char *order = fake_get(f, ".fake/order");
	char *name, *at = NULL;

	if (!order || fake_has(f, PCI_DEVICE "/driver", address))
		return true;
	/* One probe's failure leaves the device to the next driver; DMA that is taken
	 * ends it. */
	for (name = strtok_r(order, "\n", &at); name; name = strtok_r(NULL, "\n", &at)) {
		if (!matches(f, name, address))
			continue;
		if (!gets_dma(f, name, address))
			return false;
		if (fake_bind(f, name, address) == 0)
			return true;
	}
	return true;
}

void fake_detach(struct fake *f, const char *address)
{
	_cleanup_free_ char *driver = fake_link_name(f, PCI_DEVICE "/driver", address);
	unsigned flags;

	if (!driver)
		return;
	flags = fake_driver_flags(f, driver);
	/* The links go first; while remove() waits for users, only the group's node
	 * stays. */
	fake_remove(f, PCI_DRIVER "/%s", driver, address);
	fake_remove(f, PCI_DEVICE "/driver", address);
	if (flags & FAKE_VFIO)
		fake_vfio_unbinding(f, address);
	fake_put(f, 0600, "", ".fake/busy/%s", address);
	fake_wait_while(f, ".fake/held/%s", address);
	if (flags & FAKE_SRIOV)
		fake_disable_vfs(f, address);
	if (flags & FAKE_MAKES_DOMAIN)
		fake_remove_domain(f, address);
	fake_unregister_mdev_parent(f, address);
	if (!(flags & FAKE_VFIO))
		fake_interface_unbound(f, address);
	if (flags & FAKE_VFIO)
		fake_vfio_unbound(f, address);
	fake_remove(f, ".fake/busy/%s", address);
}

/* ---- attributes ---- */

static const char *last(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* driver_set_override() */
int fake_store_override(struct fake *f, const char *dir, const char *value)
{
	size_t len = strlen(value);
	_cleanup_free_ char *name = NULL, *shown = NULL;

	if (len > OVERRIDE_MAX)
		return -EINVAL;
	fake_wait_device(f, last(dir));
	name = strndup(value, strcspn(value, "\n"));
	must(name);
	shown = vprep_strf("%s\n", *name ? name : "(null)");
	if (*name)
		fake_put(f, 0600, name, ".fake/override/%s", last(dir));
	else
		fake_remove(f, ".fake/override/%s", last(dir));
	fake_store(f, shown, "%s/driver_override", dir);
	return 0;
}

/* A device of the bus by name, else NULL. */
static char *find_device(struct fake *f, const char *value)
{
	char *name = fake_chomp(value);

	if (*name && !strchr(name, '/') && fake_has(f, PCI_DEVICE, name)) {
		fake_wait_device(f, name);
		return name;
	}
	free(name);
	return NULL;
}

int fake_store_bind(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *address = find_device(f, value);
	int r;

	if (!address || !matches(f, last(dir), address))
		return -ENODEV;
	r = fake_bind(f, last(dir), address);
	return r == -517 ? -EAGAIN : r; /* EPROBE_DEFER does not reach user space */
}

int fake_store_unbind(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *address = find_device(f, value);
	_cleanup_free_ char *driver = NULL;

	driver = address ? fake_link_name(f, PCI_DEVICE "/driver", address) : NULL;
	if (!driver || !streq(driver, last(dir)))
		return -ENODEV;
	fake_detach(f, address);
	return 0;
}

/* drivers_probe_store(): a probe that fails is none of its errors; every other is EINVAL.
 */
int fake_store_probe(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *address = find_device(f, value);

	(void)dir;
	if (!address)
		return -ENODEV;
	return fake_attach(f, address) ? 0 : -EINVAL;
}

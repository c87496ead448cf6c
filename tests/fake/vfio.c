// SPDX-License-Identifier: GPL-2.0-or-later
/* vfio-pci, its nodes, and the viability of groups. */
#include "fake/internal.h"

#include <string.h>

#define VFIO_MAJOR 244
#define CDEV_MAJOR 511

int fake_group_of(struct fake *f, const char *address)
{
	_cleanup_free_ char *name = fake_link_name(f, PCI_DEVICE "/iommu_group", address);

	return name ? (int)strtol(name, NULL, 10) : -1;
}

int fake_vfio_probe(struct fake *f, const char *address)
{
	_cleanup_free_ char *type = fake_get(f, ".fake/pci/%s/header_type", address);

	if (!streq(type, "0") || fake_group_of(f, address) < 0)
		return -EINVAL;
	return fake_get_number(f, 0, PCI_DEVICE "/sriov_numvfs", address) ? -EBUSY : 0;
}

static void put_chardev(struct fake *f, const char *dir, const char *devname, int major,
			int minor)
{
	_cleanup_free_ char *dev = vprep_strf("%d:%d\n", major, minor);
	_cleanup_free_ char *uevent =
		vprep_strf("MAJOR=%d\nMINOR=%d\nDEVNAME=%s\n", major, minor, devname);

	fake_put(f, 0444, dev, "%s/dev", dir);
	fake_put(f, 0644, uevent, "%s/uevent", dir);
	fake_put(f, 0600, dev, "dev/%s", devname);
	fake_link(f, dir, "sys/dev/char/%d:%d", major, minor);
}

static void remove_chardev(struct fake *f, const char *dir, const char *devname)
{
	_cleanup_free_ char *dev = fake_get(f, "%s/dev", dir);

	if (dev)
		fake_remove(f, "sys/dev/char/%s", dev);
	fake_remove(f, "dev/%s", devname);
}

void fake_vfio_loaded(struct fake *f)
{
	if (fake_has(f, "sys/class/vfio-dev"))
		return;
	fake_mkdir(f, "sys/class/vfio-dev");
	if (!fake_has(f, ".fake/no-groups")) {
		fake_put(f, 0666, "", "dev/vfio/vfio");
		fake_mkdir(f, "sys/class/vfio");
	}
	fake_mkdir(f, "sys/devices/virtual/vfio");
	if (fake_has(f, ".fake/cdev"))
		fake_mkdir(f, "dev/vfio/devices");
}

void fake_add_group_node(struct fake *f, int group)
{
	_cleanup_free_ char *dir = vprep_strf("sys/devices/virtual/vfio/%d", group);
	_cleanup_free_ char *devname = vprep_strf("vfio/%d", group);

	fake_vfio_loaded(f);
	if (fake_has(f, "%s", dir) || fake_has(f, ".fake/no-groups"))
		return;
	put_chardev(f, dir, devname, VFIO_MAJOR, group);
	fake_link(f, "sys/class/vfio", "%s/subsystem", dir);
	fake_link(f, dir, "sys/class/vfio/%d", group);
}

void fake_remove_group_node(struct fake *f, int group)
{
	_cleanup_free_ char *dir = vprep_strf("sys/devices/virtual/vfio/%d", group);
	_cleanup_free_ char *devname = vprep_strf("vfio/%d", group);

	remove_chardev(f, dir, devname);
	fake_remove(f, "sys/class/vfio/%d", group);
	fake_remove(f, "%s", dir);
}

int fake_lowest_group(struct fake *f)
{
	int n = 0;

	while (fake_has(f, "sys/kernel/iommu_groups/%d", n))
		n++;
	return n;
}

static unsigned lowest_cdev(struct fake *f)
{
	unsigned n = 0;

	while (fake_has(f, "sys/class/vfio-dev/vfio%u", n))
		n++;
	return n;
}

void fake_add_vfio_dev(struct fake *f, const char *device)
{
	unsigned n = lowest_cdev(f);
	_cleanup_free_ char *dir = vprep_strf("%s/vfio-dev/vfio%u", device, n);
	_cleanup_free_ char *devname = vprep_strf("vfio/devices/vfio%u", n);

	fake_vfio_loaded(f);
	fake_mkdir(f, "%s", dir);
	fake_link(f, "sys/class/vfio-dev", "%s/subsystem", dir);
	fake_link(f, dir, "sys/class/vfio-dev/vfio%u", n);
	if (fake_has(f, ".fake/cdev"))
		put_chardev(f, dir, devname, CDEV_MAJOR, (int)n);
}

void fake_remove_vfio_dev(struct fake *f, const char *device)
{
	_cleanup_strv_ char **cdevs = fake_list(f, "%s/vfio-dev", device);
	size_t i;

	for (i = 0; cdevs[i]; i++) {
		_cleanup_free_ char *dir = vprep_strf("%s/vfio-dev/%s", device, cdevs[i]);
		_cleanup_free_ char *devname = vprep_strf("vfio/devices/%s", cdevs[i]);

		remove_chardev(f, dir, devname);
		fake_remove(f, "sys/class/vfio-dev/%s", cdevs[i]);
	}
	fake_remove(f, "%s/vfio-dev", device);
}

void fake_vfio_bound(struct fake *f, const char *address)
{
	_cleanup_free_ char *device = vprep_strf(PCI_DEVICE, address);
	int group = fake_group_of(f, address);

	fake_add_vfio_dev(f, device);
	fake_put(f, 0600, "", ".fake/vfio/%d/%s", group, address);
	fake_store(f, "auto\n", PCI_DEVICE "/power/control", address);
	fake_add_group_node(f, group);
}

void fake_vfio_unbinding(struct fake *f, const char *address)
{
	_cleanup_free_ char *device = vprep_strf(PCI_DEVICE, address);

	fake_remove_vfio_dev(f, device);
}

void fake_vfio_unbound(struct fake *f, const char *address)
{
	int group = fake_group_of(f, address);
	_cleanup_strv_ char **left = NULL;

	fake_remove(f, ".fake/vfio/%d/%s", group, address);
	/* pm_runtime_forbid() stays behind: what it was before is lost. */
	if (fake_has(f, PCI_DEVICE "/power/control", address))
		fake_store(f, "on\n", PCI_DEVICE "/power/control", address);
	left = fake_list(f, ".fake/vfio/%d", group);
	if (!left[0])
		fake_remove_group_node(f, group);
}

static bool is_harmless(struct fake *f, const char *address)
{
	_cleanup_free_ char *driver = fake_link_name(f, PCI_DEVICE "/driver", address);
	_cleanup_free_ char *type = fake_get(f, ".fake/pci/%s/header_type", address);
	unsigned flags;

	if (!driver)
		return true;
	flags = fake_driver_flags(f, driver);
	if (!fake_has(f, ".fake/legacy"))
		return flags & FAKE_DMA_MANAGED;
	return flags & FAKE_VFIO || streq(driver, "pci-stub") || !streq(type, "0");
}

int fake_group_viable(struct fake *f, int group)
{
	_cleanup_strv_ char **members =
		fake_list(f, "sys/kernel/iommu_groups/%d/devices", group);
	size_t i;

	for (i = 0; members[i]; i++)
		if (fake_has(f, ".fake/pci/%s", members[i]) &&
		    !is_harmless(f, members[i]))
			return 0;
	return 1;
}

static void set_flag(struct fake *f, const char *name, bool on)
{
	if (on)
		fake_put(f, 0600, "", ".fake/%s", name);
	else
		fake_remove(f, ".fake/%s", name);
}

static bool has_direct_region(struct fake *f, int group)
{
	_cleanup_free_ char *regions =
		fake_get(f, "sys/kernel/iommu_groups/%d/reserved_regions", group);

	return regions && strstr(regions, " direct\n");
}

/* vfio_iommu_type1_attach_group(); an mdev's group has no IOMMU behind it. */
static bool may_interrupt(struct fake *f, int group)
{
	_cleanup_strv_ char **members =
		fake_list(f, "sys/kernel/iommu_groups/%d/devices", group);
	_cleanup_free_ char *allowed = fake_get(
		f, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");

	return !fake_has(f, ".fake/no-remapping") || (allowed && streq(allowed, "Y")) ||
	       !members[0] || !fake_has(f, ".fake/pci/%s", members[0]);
}

void fake_refuse_group(struct fake *f, int group, enum vprep_group_stage stage,
		       int number)
{
	_cleanup_free_ char *text = vprep_strf("%d", number);

	fake_put(f, 0600, text, ".fake/refused/%d/%d", group, (int)stage);
}

int fake_try_group(struct fake *f, int group, enum vprep_group_stage stage)
{
	unsigned refused =
		fake_get_number(f, 0, ".fake/refused/%d/%d", group, (int)stage);

	if (refused)
		return -(int)refused;
	switch (stage) {
	case VPREP_GROUP_OPEN:
		return fake_has(f, ".fake/open/%d", group) ? -EBUSY : 0;
	case VPREP_GROUP_STATUS:
		return fake_group_viable(f, group) ? 0 : -EPERM;
	case VPREP_GROUP_CONTAINER:
		return has_direct_region(f, group) ? -EINVAL : 0;
	case VPREP_GROUP_IOMMU:
		return may_interrupt(f, group) ? 0 : -EPERM;
	}
	return -EINVAL;
}

void fake_set_remapping(struct fake *f, bool on)
{
	set_flag(f, "no-remapping", !on);
	fake_put(f, 0444, on ? "IR-IO-APIC\n" : "IO-APIC\n",
		 "sys/kernel/irq/0/chip_name");
	fake_put(f, 0444, "\n", "sys/kernel/irq/1/chip_name");
	fake_put(f, 0444, "DMAR-MSI\n", "sys/kernel/irq/24/chip_name");
}

void fake_set_legacy_viability(struct fake *f, bool legacy)
{
	set_flag(f, "legacy", legacy);
}

void fake_set_group_nodes(struct fake *f, bool groups)
{
	set_flag(f, "no-groups", !groups);
}

void fake_set_cdev(struct fake *f, bool cdev)
{
	set_flag(f, "cdev", cdev);
	if (cdev)
		fake_put(f, 0660, "", "dev/iommu");
	else
		fake_remove(f, "dev/iommu");
}

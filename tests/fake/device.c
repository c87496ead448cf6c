// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices of the tree, and the marks that user space leaves on them. */
#include "fake/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_SIZE 256

static void put_config(struct fake *f, const struct fake_pci *s, const char *dir)
{
	uint8_t c[CONFIG_SIZE] = { 0 };
	/* A VF's own identity reads all ones; the kernel takes it from the PF. */
	uint16_t vendor = s->physfn ? 0xffff : s->vendor;
	uint16_t device = s->physfn ? 0xffff : s->device;

	c[0x00] = (uint8_t)vendor;
	c[0x01] = (uint8_t)(vendor >> 8);
	c[0x02] = (uint8_t)device;
	c[0x03] = (uint8_t)(device >> 8);
	c[0x09] = (uint8_t)s->class_code;
	c[0x0a] = (uint8_t)(s->class_code >> 8);
	c[0x0b] = (uint8_t)(s->class_code >> 16);
	c[0x0e] = s->header_type;
	fake_put_bytes(f, 0644, c, sizeof(c), "%s/config", dir);
}

static char *modalias_of(const struct fake_pci *s)
{
	if (s->modalias)
		return vprep_strf("%s\n", s->modalias);
	return vprep_strf("pci:v%08Xd%08Xsv00000000sd00000000bc%02Xsc%02Xi%02X\n",
			  s->vendor, s->device, s->class_code >> 16 & 0xff,
			  s->class_code >> 8 & 0xff, s->class_code & 0xff);
}

static void put_attributes(struct fake *f, const struct fake_pci *s, const char *dir)
{
	_cleanup_free_ char *class = vprep_strf("0x%06x\n", s->class_code);
	_cleanup_free_ char *vendor = vprep_strf("0x%04x\n", s->vendor);
	_cleanup_free_ char *device = vprep_strf("0x%04x\n", s->device);
	_cleanup_free_ char *modalias = modalias_of(s);
	_cleanup_free_ char *power = vprep_strf("%s\n", s->power ? s->power : "on");
	_cleanup_free_ char *uevent =
		vprep_strf("PCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=0000:0000\n"
			   "PCI_SLOT_NAME=%s\nMODALIAS=%s",
			   s->class_code, s->vendor, s->device, s->address, modalias);

	put_config(f, s, dir);
	fake_put(f, 0444, class, "%s/class", dir);
	fake_put(f, 0444, vendor, "%s/vendor", dir);
	fake_put(f, 0444, device, "%s/device", dir);
	fake_put(f, 0444, "0x0000\n", "%s/subsystem_vendor", dir);
	fake_put(f, 0444, "0x0000\n", "%s/subsystem_device", dir);
	fake_put(f, 0444, modalias, "%s/modalias", dir);
	fake_put(f, 0444, "-1\n", "%s/numa_node", dir);
	fake_put(f, 0644, uevent, "%s/uevent", dir);
	fake_put(f, 0644, "(null)\n", "%s/driver_override", dir);
	fake_put(f, 0644, power, "%s/power/control", dir);
	fake_put(f, 0644, "1\n", "%s/d3cold_allowed", dir);
	fake_put(f, 0644, "flr bus\n", "%s/reset_method", dir);
}

static void put_sriov(struct fake *f, const struct fake_pci *s, const char *dir)
{
	_cleanup_free_ char *total = vprep_strf("%u\n", s->totalvfs);
	_cleanup_free_ char *offset =
		vprep_strf("%u\n", s->vf_offset ? s->vf_offset : 128);
	_cleanup_free_ char *stride = vprep_strf("%u\n", s->vf_stride ? s->vf_stride : 2);
	_cleanup_free_ char *device = vprep_strf("%x\n", s->vf_device);

	fake_put(f, 0444, total, "%s/sriov_totalvfs", dir);
	fake_put(f, 0444, offset, "%s/sriov_offset", dir);
	fake_put(f, 0444, stride, "%s/sriov_stride", dir);
	fake_put(f, 0444, device, "%s/sriov_vf_device", dir);
	fake_put(f, 0644, "0\n", "%s/sriov_numvfs", dir);
	fake_put(f, 0644, "1\n", "%s/sriov_drivers_autoprobe", dir);
}

static void join_group(struct fake *f, int group, const char *address, const char *dir)
{
	_cleanup_free_ char *path = vprep_strf("sys/kernel/iommu_groups/%d", group);

	if (!fake_has(f, "%s", path)) {
		fake_put(f, 0444, "DMA-FQ\n", "%s/type", path);
		fake_put(f, 0444, "0x00000000fee00000 0x00000000feefffff msi\n",
			 "%s/reserved_regions", path);
	}
	fake_mkdir(f, "%s/devices", path);
	fake_link(f, dir, "%s/devices/%s", path, address);
	fake_link(f, path, "%s/iommu_group", dir);
}

static void wait_for_group(struct fake *f, int group, const char *address)
{
	_cleanup_free_ char *number = vprep_strf("%d", group);

	fake_put(f, 0600, number, ".fake/late-groups/%s", address);
}

void fake_join_late_group(struct fake *f, const char *address)
{
	_cleanup_free_ char *link = vprep_strf(PCI_DEVICE, address);
	_cleanup_free_ char *dir = fake_canonical(f, link);
	int group = (int)fake_get_number(f, 0, ".fake/late-groups/%s", address);

	join_group(f, group, address, dir);
	fake_remove(f, ".fake/late-groups/%s", address);
}

void fake_make_groups_late(struct fake *f)
{
	fake_mkdir(f, ".fake/late-groups");
	fake_mkdir(f, "sys/class/iommu/smmu3.0x0000000009050000");
}

static void link_physfn(struct fake *f, const char *pf, const char *dir)
{
	_cleanup_free_ char *to_pf = vprep_strf(PCI_DEVICE, pf);
	unsigned n = 0;
	_cleanup_free_ char *count = NULL;

	while (fake_has(f, PCI_DEVICE "/virtfn%u", pf, n))
		n++;
	fake_link(f, to_pf, "%s/physfn", dir);
	fake_link(f, dir, PCI_DEVICE "/virtfn%u", pf, n);
	count = vprep_strf("%u\n", n + 1);
	fake_store(f, count, PCI_DEVICE "/sriov_numvfs", pf);
}

static char *place_of(struct fake *f, const struct fake_pci *s)
{
	_cleanup_free_ char *link = NULL, *parent = NULL;

	if (!s->parent)
		return vprep_strf("sys/devices/pci%.*s:00/%s",
				  (int)strcspn(s->address, ":"), s->address, s->address);
	link = vprep_strf(PCI_DEVICE, s->parent);
	parent = fake_canonical(f, link);
	must(parent); /* the bridge must be there first */
	if (strncmp(s->address, s->parent, strcspn(s->parent, ":") + 1) != 0)
		return vprep_strf("%s/pci%.*s/%s", parent,
				  (int)strcspn(s->address, ".") - 3, s->address,
				  s->address);
	return vprep_strf("%s/%s", parent, s->address);
}

/* Without the lock: SR-IOV adds devices under it. */
void fake_add_pci_locked(struct fake *f, const struct fake_pci *s)
{
	_cleanup_free_ char *dir = place_of(f, s);
	_cleanup_free_ char *type = vprep_strf("%u", s->header_type & 0x7fu);

	must(!fake_has(f, PCI_DEVICE, s->address));
	fake_put(f, 0600, type, ".fake/pci/%s/header_type", s->address);
	put_attributes(f, s, dir);
	if (s->totalvfs)
		put_sriov(f, s, dir);
	fake_link(f, "sys/bus/pci", "%s/subsystem", dir);
	fake_link(f, dir, PCI_DEVICE, s->address);
	if (s->group >= 0 && fake_has(f, ".fake/late-groups"))
		wait_for_group(f, s->group, s->address);
	else if (s->group >= 0)
		join_group(f, s->group, s->address, dir);
	if (s->physfn)
		link_physfn(f, s->physfn, dir);
	if (s->driver)
		must(fake_bind(f, s->driver, s->address) == 0);
	if (s->power) { /* binding changed it */
		_cleanup_free_ char *power = vprep_strf("%s\n", s->power);

		fake_store(f, power, "%s/power/control", dir);
	}
}

void fake_add_pci(struct fake *f, const struct fake_pci *spec)
{
	_cleanup_close_ int lock = fake_lock(f);

	fake_add_pci_locked(f, spec);
}

void fake_remove_pci_locked(struct fake *f, const char *address)
{
	_cleanup_free_ char *link = vprep_strf(PCI_DEVICE, address);
	_cleanup_free_ char *dir = NULL, *group = NULL;
	_cleanup_strv_ char **left = NULL;

	fake_detach(f, address);
	dir = fake_canonical(f, link);
	group = fake_link_name(f, PCI_DEVICE "/iommu_group", address);
	must(dir);
	fake_remove(f, PCI_DEVICE, address);
	fake_remove(f, "%s", dir);
	fake_remove(f, ".fake/pci/%s", address);
	fake_remove(f, ".fake/override/%s", address);
	if (!group)
		return;
	fake_remove(f, "sys/kernel/iommu_groups/%s/devices/%s", group, address);
	left = fake_list(f, "sys/kernel/iommu_groups/%s/devices", group);
	if (!left[0])
		fake_remove(f, "sys/kernel/iommu_groups/%s", group);
}

/* What is below comes after in the order of names. */
void fake_remove_domain(struct fake *f, const char *controller)
{
	_cleanup_free_ char *link = vprep_strf(PCI_DEVICE, controller);
	_cleanup_free_ char *dir = fake_canonical(f, link);
	_cleanup_free_ char *domain = vprep_strf("%s/pci", dir);
	_cleanup_strv_ char **names = fake_list(f, "sys/bus/pci/devices");
	size_t i;

	for (i = vprep_strv_len(names); i-- > 0;) {
		_cleanup_free_ char *below = vprep_strf(PCI_DEVICE, names[i]);
		_cleanup_free_ char *at = fake_canonical(f, below);

		if (at && strncmp(at, domain, strlen(domain)) == 0)
			fake_remove_pci_locked(f, names[i]);
	}
}

void fake_remove_pci(struct fake *f, const char *address)
{
	_cleanup_close_ int lock = fake_lock(f);

	fake_remove_pci_locked(f, address);
}

/* ---- user space ---- */

void fake_hold(struct fake *f, const char *address)
{
	fake_put(f, 0600, "", ".fake/held/%s", address);
}

void fake_release(struct fake *f, const char *address)
{
	fake_remove(f, ".fake/held/%s", address);
}

void fake_open_group(struct fake *f, int group, bool claimed)
{
	fake_put(f, 0600, "", ".fake/open/%d", group);
	if (claimed)
		fake_put(f, 0600, "", ".fake/claimed/%d", group);
}

void fake_close_group(struct fake *f, int group)
{
	fake_remove(f, ".fake/open/%d", group);
	fake_remove(f, ".fake/claimed/%d", group);
}

void fake_claim_block(struct fake *f, const char *node, bool claimed)
{
	if (claimed)
		fake_put(f, 0600, "", ".fake/block/%s", node);
	else
		fake_remove(f, ".fake/block/%s", node);
}

void fake_set_addresses(struct fake *f, const char *text)
{
	fake_put(f, 0600, text, ".fake/addresses");
}

void fake_add_process(struct fake *f, pid_t pid)
{
	char path[64], stat[1024];
	_cleanup_fclose_ FILE *from = NULL;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	from = fopen(path, "re");
	must(from);
	n = fread(stat, 1, sizeof(stat), from);
	fake_put_bytes(f, 0444, stat, n, "proc/%d/stat", (int)pid);
}

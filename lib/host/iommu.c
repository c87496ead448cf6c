// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iommu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

/*
 * How the drivers name them in /sys/class/iommu: iommu_device_sysfs_add() in
 * drivers/iommu and arch/powerpc. Some find the devices that they cover by themselves.
 * For the others the firmware tells (device tree; ACPI's IORT, VIOT or RIMT), and up to
 * Linux 6.14 the kernel reads that only when it is about to probe a driver:
 * pci_dma_configure().
 */
static const struct model {
	const char *prefix;
	const char *name;
	bool knows_devices;
} models[] = {
	{ "dmar", "Intel VT-d", true },
	{ "ivhd", "AMD-Vi", true },
	{ "s390-iommu.", "IBM Z's of PCI", true },
	{ "iommu-phb", "POWER's TCE tables", true },
	{ "smmu3.", "Arm SMMUv3", false },
	{ "smmu.", "Arm SMMU", false },
	{ "riscv-iommu@", "RISC-V IOMMU", false },
	{ "virtio", "virtio-iommu", false },
};

static const struct model *find_prefix(const char *name)
{
	size_t k;

	for (k = 0; k < VPREP_ARRAY_SIZE(models); k++)
		if (strncmp(name, models[k].prefix, strlen(models[k].prefix)) == 0)
			return &models[k];
	return NULL;
}

/* One of virtio has the name that its device has on its bus (virtio_bus_name()), such as
 * a PCI address: it is known by the device that it is below, "virtio0". */
static const struct model *find_model(const struct vprep_io *io, const char *name)
{
	const struct model *model = find_prefix(name);
	_cleanup_free_ char *device = NULL;

	if (!model && vprep_io_link_name(io, VPREP_SYS, &device, "class/iommu/%s/device",
					 name) == 0)
		model = find_prefix(device);
	return model;
}

int vprep_iommu_model(const struct vprep_io *io, const char **ret)
{
	_cleanup_strv_ char **names = NULL;
	const struct model *model = NULL;
	size_t i;
	int r = vprep_io_list(io, VPREP_SYS, &names, "class/iommu");

	if (r == -ENOMEM)
		return r;
	for (i = 0; names && names[i] && !model; i++)
		model = find_model(io, names[i]);
	*ret = model ? model->name : NULL;
	return 0;
}

int vprep_iommu_groups_come_late(const struct vprep_io *io)
{
	_cleanup_strv_ char **names = NULL;
	const struct model *model;
	size_t i;
	int r = vprep_io_list(io, VPREP_SYS, &names, "class/iommu");

	if (r == -ENOMEM)
		return r;
	for (i = 0; names && names[i]; i++) {
		model = find_model(io, names[i]);
		if (!model || !model->knows_devices)
			return 1;
	}
	return 0;
}

static int read_member(const struct vprep_io *io, unsigned group, const char *name,
		       struct vprep_iommu_member *member)
{
	struct vprep_pci_address address;
	int r;

	member->name = strdup(name);
	if (!member->name)
		return -ENOMEM;
	if (vprep_pci_address_parse(name, &address) == 0) {
		r = vprep_pci_member_read(io, address, group, &member->pci);
		if (r != -ENODEV)
			return r;
	}
	member->mdev = vprep_io_exists(io, VPREP_SYS, "bus/mdev/devices/%s", name) == 1;
	r = vprep_io_link_name(io, VPREP_SYS, &member->driver,
			       "kernel/iommu_groups/%u/devices/%s/driver", group, name);
	return r == -ENOENT ? 0 : r;
}

int vprep_iommu_group_read(const struct vprep_io *io, unsigned number,
			   struct vprep_iommu_group **ret)
{
	_cleanup_(vprep_iommu_group_freep) struct vprep_iommu_group *g = NULL;
	_cleanup_strv_ char **names = NULL;
	size_t i, n;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, "kernel/iommu_groups/%u/devices",
			  number);
	if (r < 0)
		return r;
	g = calloc(1, sizeof(*g));
	n = vprep_strv_len(names);
	if (g)
		g->members = calloc(n + 1, sizeof(*g->members));
	if (!g || !g->members)
		return -ENOMEM;
	g->number = number;
	for (i = 0; i < n; i++) {
		g->n_members = i + 1;
		r = read_member(io, number, names[i], &g->members[i]);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(g);
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* One without an IOMMU that a PCI device is in. */
static bool is_unsafe(const struct vprep_io *io, unsigned number)
{
	_cleanup_strv_ char **names = NULL;
	struct vprep_pci_address address;

	return vprep_group_is_made_up(io, number) &&
	       vprep_io_list(io, VPREP_SYS, &names, "kernel/iommu_groups/%u/devices",
			     number) == 0 &&
	       names[0] && vprep_pci_address_parse(names[0], &address) == 0;
}

int vprep_iommu_numbers(const struct vprep_io *io, unsigned **ret, size_t *ret_n)
{
	_cleanup_strv_ char **names = NULL;
	unsigned *numbers;
	size_t i, n = 0;
	uint64_t value;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, "kernel/iommu_groups");
	if (r < 0 && r != -ENOENT)
		return r;
	numbers = calloc(vprep_strv_len(names) + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (i = 0; names && names[i]; i++)
		if (vprep_parse_u64(names[i], 10, INT32_MAX, &value) == 0 &&
		    !is_unsafe(io, (unsigned)value))
			numbers[n++] = (unsigned)value;
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	*ret = numbers;
	*ret_n = n;
	return 0;
}

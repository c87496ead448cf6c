// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/pci.h"
#include "host/sriov.h"
#include "nodedev/read.h"

/* linux/pci_regs.h has these too, but names that collide with libpci's. */
#define CONFIG_SIZE 256
#define CONFIG_EXTENDED 4096 /* how large sysfs makes it for PCI Express */
#define STATUS 0x06
#define STATUS_CAPABILITIES 0x10
#define HEADER_TYPE 0x0e
#define CAPABILITY_LIST 0x34
#define CAPABILITY_EXPRESS 0x10
#define EXPRESS_FLAGS 0x02
#define EXPRESS_LINK_CAP 0x0c
#define EXPRESS_LINK_STATUS 0x12
#define TYPE_ROOT_ENDPOINT 0x9
#define TYPE_ROOT_COLLECTOR 0xa
#define NAME_MAX_LEN 1024

struct config {
	uint8_t bytes[CONFIG_SIZE];
	size_t len;
	bool is_extended;
};

static unsigned word(const struct config *c, size_t at)
{
	return at + 2 <= c->len ? c->bytes[at] | (unsigned)c->bytes[at + 1] << 8 : 0;
}

/* The start of config space; 64 bytes without privilege. */
static void read_config(struct vprep_nodedev_reader *r, struct config *ret)
{
	_cleanup_close_ int fd = vprep_io_open(r->io, VPREP_SYS, O_RDONLY | O_NONBLOCK,
					       "%s/config", r->path);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return;
	n = pread(fd, ret->bytes, sizeof(ret->bytes), 0);
	ret->len = n > 0 ? (size_t)n : 0;
	ret->is_extended = fstat(fd, &st) == 0 && st.st_size >= CONFIG_EXTENDED;
}

/* Where the capability begins, or 0. Bounded, as the list may run in circles. */
static size_t find_capability(const struct config *c, uint8_t id)
{
	size_t at, i;

	if (!(word(c, STATUS) & STATUS_CAPABILITIES))
		return 0;
	at = word(c, CAPABILITY_LIST) & 0xfc;
	for (i = 0; i < CONFIG_SIZE / 4 && at >= 0x40 && at + 2 <= c->len; i++) {
		if (c->bytes[at] == id)
			return at;
		at = c->bytes[at + 1] & 0xfcu;
	}
	return 0;
}

static void read_express(const struct config *c, struct vprep_pci_node *pci)
{
	size_t at = find_capability(c, CAPABILITY_EXPRESS);
	unsigned type, low, status;

	pci->is_express = at > 0 || c->is_extended;
	if (at == 0 || at + EXPRESS_LINK_STATUS + 2 > c->len)
		return;
	type = word(c, at + EXPRESS_FLAGS) >> 4 & 0xf;
	if (type == TYPE_ROOT_ENDPOINT || type == TYPE_ROOT_COLLECTOR)
		return;
	low = word(c, at + EXPRESS_LINK_CAP);
	status = word(c, at + EXPRESS_LINK_STATUS);
	pci->has_link = true;
	pci->port = word(c, at + EXPRESS_LINK_CAP + 2) >> 8;
	pci->most =
		(struct vprep_pcie_link){ .speed = low & 0xf, .width = low >> 4 & 0x3f };
	pci->now = (struct vprep_pcie_link){ .speed = status & 0xf,
					     .width = status >> 4 & 0x3f };
}

static void read_config_facts(struct vprep_nodedev_reader *r, struct vprep_pci_node *pci)
{
	struct config config = { .len = 0 };
	int type;

	pci->header_type = -1;
	read_config(r, &config);
	if (config.len <= HEADER_TYPE)
		return;
	type = config.bytes[HEADER_TYPE] & 0x7f;
	/* a device that does not answer reads as ones */
	if (type > 2)
		return;
	pci->header_type = type;
	read_express(&config, pci);
}

static int compare_addresses(const void *a, const void *b)
{
	return strcmp(vprep_pci_address_text(*(const struct vprep_pci_address *)a).s,
		      vprep_pci_address_text(*(const struct vprep_pci_address *)b).s);
}

/* Of the links in a folder, those that are PCI addresses. */
static void read_members(struct vprep_nodedev_reader *r, struct vprep_pci_addresses *ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (vprep_io_list(r->io, VPREP_SYS, &names, "%s/iommu_group/devices", r->path) <
	    0)
		return;
	ret->items =
		vprep_pool_alloc(r->pool, vprep_strv_len(names), sizeof(*ret->items));
	for (i = 0; ret->items && names[i]; i++)
		if (vprep_pci_address_parse(names[i], &ret->items[ret->n]) == 0)
			ret->n++;
	if (ret->n > 1)
		qsort(ret->items, ret->n, sizeof(*ret->items), compare_addresses);
}

static void read_group(struct vprep_nodedev_reader *r, struct vprep_pci_node *pci)
{
	if (vprep_pci_group(r->io, pci->address, &pci->group) < 0)
		pci->group = -1;
	if (pci->group >= 0)
		read_members(r, &pci->members);
}

/* As in libvirt, the VFs up to the first that is missing. */
static void read_functions(struct vprep_nodedev_reader *r, struct vprep_pci_node *pci)
{
	uint64_t total = vprep_reader_number(r, "sriov_totalvfs", 10, UINT64_MAX);
	_cleanup_free_ unsigned *numbers = NULL;
	size_t i, n = 0;

	pci->has_physfn = vprep_pf_of_vf(r->io, r->sysname, &pci->physfn) == 0;
	pci->total_vfs = total <= UINT16_MAX ? (int64_t)total : -1;
	if (pci->total_vfs <= 0)
		return;
	vprep_pf_vf_numbers(r->io, r->sysname, &numbers, &n);
	pci->vfs.items = vprep_pool_alloc(r->pool, n, sizeof(*pci->vfs.items));
	for (i = 0; pci->vfs.items && i < n && i < total && numbers[i] == i; i++) {
		if (vprep_pf_vf(r->io, r->sysname, numbers[i], &pci->vfs.items[i]) < 0)
			return;
		pci->vfs.n++;
	}
}

/* libpci's list, as libvirt has it; udevd's where that is missing or malformed. */
static void read_names(struct vprep_nodedev_reader *r, struct vprep_pci_node *pci)
{
	char buf[NAME_MAX_LEN];

	pci->vendor_name = vprep_reader_text(r, vprep_pciids_vendor(r->names, pci->vendor,
								    buf, sizeof(buf)));
	pci->product_name =
		vprep_reader_text(r, vprep_pciids_device(r->names, pci->vendor,
							 pci->product, buf, sizeof(buf)));
	if (pci->vendor_name)
		return;
	pci->vendor_name = vprep_reader_text(
		r, vprep_udev_property(&r->udev, "ID_VENDOR_FROM_DATABASE"));
	pci->product_name = vprep_reader_text(
		r, vprep_udev_property(&r->udev, "ID_MODEL_FROM_DATABASE"));
}

void vprep_read_pci(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_pci_node *pci = &d->pci;
	uint64_t class_code = vprep_reader_number(r, "class", 16, UINT64_MAX);
	uint64_t numa = vprep_reader_number(r, "numa_node", 10, UINT64_MAX);

	vprep_pci_address_parse(r->sysname, &pci->address);
	pci->class_code = class_code <= 0xffffff ? (int64_t)class_code : -1;
	pci->vendor = (uint16_t)vprep_reader_number(r, "vendor", 16, 0);
	pci->product = (uint16_t)vprep_reader_number(r, "device", 16, 0);
	pci->numa = numa <= INT32_MAX ? (int)numa : -1;
	read_names(r, pci);
	read_functions(r, pci);
	read_config_facts(r, pci);
	vprep_read_mdev_types(r, &pci->types);
	pci->vpd = vprep_read_vpd(r);
	read_group(r, pci);
}

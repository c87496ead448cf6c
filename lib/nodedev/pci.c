// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/str.h"
#include "host/pci.h"
#include "host/sriov.h"
#include "nodedev/kind.h"

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

static void read_pci(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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

static uint32_t read_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	uint32_t types = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES);
	uint32_t vpd = VPREP_CAP_BIT(VPREP_CAP_VPD);

	if (caps & types && vprep_read_types_beneath(r, types))
		return types;
	/* last, as it asks the device, which takes its time */
	return caps & vpd && vprep_read_vpd(r) ? vpd : 0;
}

static void emit_addresses(const struct vprep_nodedev_emitter *e,
			   const struct vprep_pci_addresses *addresses)
{
	size_t i;

	for (i = 0; i < addresses->n; i++)
		e->address(e->to, addresses->items[i]);
}

static void emit_functions(const struct vprep_nodedev_emitter *e,
			   const struct vprep_pci_node *pci)
{
	if (pci->has_physfn) {
		vprep_emit_cap(e, "phys_function");
		e->address(e->to, pci->physfn);
		vprep_emit_close(e);
	}
	if (pci->total_vfs > 0) {
		vprep_emit_cap(e, "virt_functions");
		vprep_emit_set(e, "maxCount", "%" PRId64, pci->total_vfs);
		emit_addresses(e, &pci->vfs);
		vprep_emit_close(e);
	}
}

static void emit_link(const struct vprep_nodedev_emitter *e, const char *validity,
		      int port, const struct vprep_pcie_link *link)
{
	/* gigatransfers a second, by the code in the register */
	static const char *const speeds[] = { NULL, "2.5", "5", "8", "16", "32", "64" };

	vprep_emit_open(e, "link");
	e->set(e->to, "validity", validity);
	if (port >= 0)
		vprep_emit_set(e, "port", "%d", port);
	if (link->speed < VPREP_ARRAY_SIZE(speeds) && speeds[link->speed])
		e->set(e->to, "speed", speeds[link->speed]);
	vprep_emit_set(e, "width", "%u", link->width);
	vprep_emit_close(e);
}

static void emit_express(const struct vprep_nodedev_emitter *e,
			 const struct vprep_pci_node *pci)
{
	vprep_emit_open(e, "pci-express");
	if (pci->has_link) {
		emit_link(e, "cap", (int)pci->port, &pci->most);
		emit_link(e, "sta", -1, &pci->now);
	}
	vprep_emit_close(e);
}

static void emit_pci(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *e)
{
	static const char *const bridges[] = { NULL, "pci-bridge", "cardbus-bridge" };
	const struct vprep_pci_node *pci = &d->pci;

	if (pci->class_code >= 0)
		vprep_emit_number(e, "class", "0x%06" PRIx64, pci->class_code);
	vprep_emit_number(e, "domain", "%u", pci->address.domain);
	vprep_emit_number(e, "bus", "%u", pci->address.bus);
	vprep_emit_number(e, "slot", "%u", pci->address.slot);
	vprep_emit_number(e, "function", "%u", pci->address.function);
	vprep_emit_id(e, "product", pci->product, pci->product_name);
	vprep_emit_id(e, "vendor", pci->vendor, pci->vendor_name);
	emit_functions(e, pci);
	if (pci->header_type > 0) {
		vprep_emit_cap(e, bridges[pci->header_type]);
		vprep_emit_close(e);
	}
	vprep_emit_types(e, &pci->types);
	if (pci->vpd)
		vprep_emit_vpd(e, pci->vpd);
	if (pci->members.n > 0) {
		vprep_emit_open(e, "iommuGroup");
		vprep_emit_set(e, "number", "%d", pci->group);
		emit_addresses(e, &pci->members);
		vprep_emit_close(e);
	}
	if (pci->numa >= 0)
		vprep_emit_with(e, "numa", "node", "%d", pci->numa);
	if (pci->is_express)
		emit_express(e, pci);
}

static bool is_endpoint(const struct vprep_nodedev *d)
{
	return d->pci.header_type == 0;
}

static void add_types_json(const struct vprep_nodedev_mdev_types *types,
			   struct vprep_json to)
{
	struct vprep_json list;
	size_t i;

	if (types->n == 0)
		return;
	list = vprep_json_add_object(to, "mdev");
	for (i = 0; i < types->n; i++) {
		const struct vprep_mdev_type_facts *type = &types->items[i];
		struct vprep_json one = vprep_json_add_object(list, type->id);

		vprep_json_add_string(one, "name", type->name ? type->name : type->id);
		vprep_json_add_text(one, "available_instances", "%u", type->available);
		vprep_json_add_string(one, "description", type->description);
	}
}

static void add_json(const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family, struct vprep_json to)
{
	const struct vprep_pci_node *pci = &d->pci;
	struct vprep_json address = vprep_json_add_object(to, "address");

	(void)family;
	vprep_json_add_text(address, "domain", "%u", pci->address.domain);
	vprep_json_add_text(address, "bus", "%u", pci->address.bus);
	vprep_json_add_text(address, "slot", "%u", pci->address.slot);
	vprep_json_add_text(address, "function", "%u", pci->address.function);
	vprep_json_add_text(to, "product_id", "0x%04x", pci->product);
	vprep_json_add_string(to, "product", pci->product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", pci->vendor);
	vprep_json_add_string(to, "vendor", pci->vendor_name);
	if (pci->group >= 0)
		vprep_json_add_text(to, "iommu_group", "%d", pci->group);
	if (pci->numa >= 0)
		vprep_json_add_text(to, "numa_node", "%d", pci->numa);
	if (pci->total_vfs >= 0)
		vprep_json_add_number(to, "totalvfs", pci->total_vfs);
	if (pci->has_physfn)
		vprep_json_add_string(to, "physfn",
				      vprep_pci_address_name(pci->physfn).s);
	add_types_json(&pci->types, to);
}

const struct vprep_nodedev_kind vprep_nodedev_pci = {
	.cap = "pci",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES) | VPREP_CAP_BIT(VPREP_CAP_VPD),
	.has_pci_names = true,
	.read_beneath = read_beneath,
	.read = read_pci,
	.emit = emit_pci,
	.is_assignable = is_endpoint,
	.add_json = add_json,
};

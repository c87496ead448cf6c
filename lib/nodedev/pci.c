// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices. */
#include <errno.h>
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
	_cleanup_close_ int fd =
		vprep_io_open(r->io, VPREP_SYS, O_RDONLY, "%s/config", r->path);
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

/* The header's type, 0 to 2; -1: unknown. Config space reads as ones when the device does
 * not answer. */
static int header_type(const struct config *c)
{
	int type = c->len > HEADER_TYPE ? c->bytes[HEADER_TYPE] & 0x7f : -1;

	return type <= 2 ? type : -1;
}

static void emit_link(const struct vprep_nodedev_emitter *e, const char *validity,
		      int port, unsigned speed, unsigned width)
{
	/* gigatransfers a second, by the code in the register */
	static const char *const speeds[] = { NULL, "2.5", "5", "8", "16", "32", "64" };

	vprep_emit_open(e, "link");
	e->set(e->to, "validity", validity);
	if (port >= 0)
		vprep_emit_set(e, "port", "%d", port);
	if (speed < VPREP_ARRAY_SIZE(speeds) && speeds[speed])
		e->set(e->to, "speed", speeds[speed]);
	vprep_emit_set(e, "width", "%u", width);
	vprep_emit_close(e);
}

static void emit_express(const struct config *c, const struct vprep_nodedev_emitter *e)
{
	size_t at = find_capability(c, CAPABILITY_EXPRESS);
	unsigned type, most, now;

	if (header_type(c) < 0 || (at == 0 && !c->is_extended))
		return;
	vprep_emit_open(e, "pci-express");
	type = word(c, at + EXPRESS_FLAGS) >> 4 & 0xf;
	if (at > 0 && at + EXPRESS_LINK_STATUS + 2 <= c->len &&
	    type != TYPE_ROOT_ENDPOINT && type != TYPE_ROOT_COLLECTOR) {
		most = word(c, at + EXPRESS_LINK_CAP);
		now = word(c, at + EXPRESS_LINK_STATUS);
		emit_link(e, "cap", (int)(word(c, at + EXPRESS_LINK_CAP + 2) >> 8),
			  most & 0xf, most >> 4 & 0x3f);
		emit_link(e, "sta", -1, now & 0xf, now >> 4 & 0x3f);
	}
	vprep_emit_close(e);
}

static int compare_addresses(const void *a, const void *b)
{
	return strcmp(vprep_pci_address_text(*(const struct vprep_pci_address *)a).s,
		      vprep_pci_address_text(*(const struct vprep_pci_address *)b).s);
}

/* Of the members of the group, those that are PCI devices. */
static void emit_group(struct vprep_nodedev_reader *r,
		       const struct vprep_nodedev_emitter *e, int group)
{
	_cleanup_strv_ char **names = NULL;
	struct vprep_pci_address *members;
	size_t i, n = 0;

	if (group < 0 || vprep_io_list(r->io, VPREP_SYS, &names, "%s/iommu_group/devices",
				       r->path) < 0)
		return;
	members = vprep_pool_alloc(r->pool, vprep_strv_len(names), sizeof(*members));
	for (i = 0; members && names[i]; i++)
		n += vprep_pci_address_parse(names[i], &members[n]) == 0;
	if (n == 0)
		return;
	qsort(members, n, sizeof(*members), compare_addresses);
	vprep_emit_open(e, "iommuGroup");
	vprep_emit_set(e, "number", "%d", group);
	for (i = 0; i < n; i++)
		e->address(e->to, members[i]);
	vprep_emit_close(e);
}

/* What XML and JSON both show. */
struct facts {
	struct vprep_pci_address address;
	uint16_t vendor, product;
	const char *vendor_name, *product_name;
	bool has_physfn;
	struct vprep_pci_address physfn;
	int64_t total_vfs; /* -1: it has no SR-IOV */
	int group;	   /* -1: none */
	int numa;	   /* -1: none */
};

/* libpci's list, as libvirt has it; udevd's where that is missing or malformed. */
static void read_names(struct vprep_nodedev_reader *r, struct facts *f)
{
	char buf[NAME_MAX_LEN];

	f->vendor_name = vprep_reader_text(r, vprep_pciids_vendor(r->names, f->vendor,
								  buf, sizeof(buf)));
	f->product_name =
		vprep_reader_text(r, vprep_pciids_device(r->names, f->vendor, f->product,
							 buf, sizeof(buf)));
	if (f->vendor_name)
		return;
	f->vendor_name = vprep_reader_property(r, "ID_VENDOR_FROM_DATABASE");
	f->product_name = vprep_reader_property(r, "ID_MODEL_FROM_DATABASE");
}

static void read_facts(struct vprep_nodedev_reader *r, struct facts *f)
{
	uint64_t total = vprep_reader_number(r, "sriov_totalvfs", 10, UINT64_MAX);
	uint64_t numa = vprep_reader_number(r, "numa_node", 10, UINT64_MAX);

	vprep_pci_address_parse(r->sysname, &f->address);
	f->vendor = (uint16_t)vprep_reader_number(r, "vendor", 16, 0);
	f->product = (uint16_t)vprep_reader_number(r, "device", 16, 0);
	read_names(r, f);
	f->has_physfn = vprep_pf_of_vf(r->io, r->sysname, &f->physfn) == 0;
	f->total_vfs = total <= UINT16_MAX ? (int64_t)total : -1;
	if (vprep_pci_group(r->io, f->address, &f->group) < 0)
		f->group = -1;
	f->numa = numa <= INT32_MAX ? (int)numa : -1;
}

/* As in libvirt, the VFs up to the first that is missing. */
static void emit_functions(struct vprep_nodedev_reader *r,
			   const struct vprep_nodedev_emitter *e, const struct facts *f)
{
	_cleanup_free_ unsigned *numbers = NULL;
	struct vprep_pci_address vf;
	size_t i, n = 0;

	if (f->has_physfn) {
		vprep_emit_cap(e, "phys_function");
		e->address(e->to, f->physfn);
		vprep_emit_close(e);
	}
	if (f->total_vfs <= 0)
		return;
	vprep_emit_cap(e, "virt_functions");
	vprep_emit_set(e, "maxCount", "%" PRId64, f->total_vfs);
	r->pool->failed |=
		vprep_pf_vf_numbers(r->io, r->sysname, &numbers, &n) == -ENOMEM;
	for (i = 0; i < n && (int64_t)i < f->total_vfs && numbers[i] == i; i++) {
		if (vprep_pf_vf(r->io, r->sysname, numbers[i], &vf) < 0)
			break;
		e->address(e->to, vf);
	}
	vprep_emit_close(e);
}

static const char *brief(struct vprep_nodedev_reader *r)
{
	struct facts f = { 0 };

	f.vendor = (uint16_t)vprep_reader_number(r, "vendor", 16, 0);
	f.product = (uint16_t)vprep_reader_number(r, "device", 16, 0);
	read_names(r, &f);
	return vprep_reader_model_or_ids(r, f.vendor_name, f.product_name, f.vendor,
					 f.product);
}

static void emit_pci(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e)
{
	static const char *const bridges[] = { NULL, "pci-bridge", "cardbus-bridge" };
	uint64_t class_code = vprep_reader_number(r, "class", 16, UINT64_MAX);
	struct config config = { .len = 0 };
	struct facts f = { 0 };

	read_facts(r, &f);
	read_config(r, &config);
	if (class_code <= 0xffffff)
		vprep_emit_number(e, "class", "0x%06" PRIx64, class_code);
	vprep_emit_number(e, "domain", "%u", f.address.domain);
	vprep_emit_number(e, "bus", "%u", f.address.bus);
	vprep_emit_number(e, "slot", "%u", f.address.slot);
	vprep_emit_number(e, "function", "%u", f.address.function);
	vprep_emit_id(e, "product", f.product, f.product_name);
	vprep_emit_id(e, "vendor", f.vendor, f.vendor_name);
	emit_functions(r, e, &f);
	if (header_type(&config) > 0) {
		vprep_emit_cap(e, bridges[header_type(&config)]);
		vprep_emit_close(e);
	}
	vprep_emit_types(r, e);
	vprep_emit_vpd(r, e);
	emit_group(r, e, f.group);
	if (f.numa >= 0)
		vprep_emit_with(e, "numa", "node", "%d", f.numa);
	emit_express(&config, e);
}

static uint32_t read_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	uint32_t types = vprep_read_types_beneath(r, caps);

	/* last, as it asks the device, which takes its time */
	if (types || !(caps & VPREP_CAP_BIT(VPREP_CAP_VPD)) || !vprep_has_vpd(r))
		return types;
	return VPREP_CAP_BIT(VPREP_CAP_VPD);
}

static bool is_assignable(struct vprep_nodedev_reader *r)
{
	struct config config = { .len = 0 };

	read_config(r, &config);
	return header_type(&config) == 0;
}

static void add_types_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	struct vprep_mdev_type_facts *types;
	struct vprep_json list;
	size_t n, i;

	vprep_read_types(r, false, &types, &n);
	if (n == 0)
		return;
	list = vprep_json_add_object(to, "mdev");
	for (i = 0; i < n; i++) {
		const struct vprep_mdev_type_facts *type = &types[i];
		struct vprep_json one = vprep_json_add_object(list, type->id);

		vprep_json_add_string(one, "name", type->name ? type->name : type->id);
		vprep_json_add_text(one, "available_instances", "%u", type->available);
		vprep_json_add_string(one, "description", type->description);
	}
}

static void add_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	struct vprep_json address = vprep_json_add_object(to, "address");
	struct facts f = { 0 };

	read_facts(r, &f);
	vprep_json_add_text(address, "domain", "%u", f.address.domain);
	vprep_json_add_text(address, "bus", "%u", f.address.bus);
	vprep_json_add_text(address, "slot", "%u", f.address.slot);
	vprep_json_add_text(address, "function", "%u", f.address.function);
	vprep_json_add_text(to, "product_id", "0x%04x", f.product);
	vprep_json_add_string(to, "product", f.product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", f.vendor);
	vprep_json_add_string(to, "vendor", f.vendor_name);
	if (f.group >= 0)
		vprep_json_add_text(to, "iommu_group", "%d", f.group);
	if (f.numa >= 0)
		vprep_json_add_text(to, "numa_node", "%d", f.numa);
	if (f.total_vfs >= 0)
		vprep_json_add_number(to, "totalvfs", f.total_vfs);
	if (f.has_physfn)
		vprep_json_add_string(to, "physfn", vprep_pci_address_name(f.physfn).s);
	add_types_json(r, to);
}

const struct vprep_nodedev_kind vprep_nodedev_pci = {
	.cap = "pci",
	.has_pci_names = true,
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES) | VPREP_CAP_BIT(VPREP_CAP_VPD),
	.read_beneath = read_beneath,
	.emit = emit_pci,
	.brief = brief,
	.tell = vprep_tell_pci,
	.add_json = add_json,
	.is_assignable = is_assignable,
};

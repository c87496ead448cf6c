// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices, and disks on NVMe controllers: bound to a VFIO driver, group by group. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "host/pci.h"
#include "xml/value.h"

#define PREFIX "pci_"
#define QEMU_DOMAIN_MAX 0xffff /* hw/core/qdev-properties-system.c */

/* pci_DDDD_BB_SS_F is the address with its punctuation replaced. */
static int parse_node_device(const char *s, struct vprep_pci_address *ret)
{
	char address[24];
	size_t len = strlen(s), d;

	if (len < 12 || len > 16)
		return -EINVAL;
	d = len - 8;
	if (s[d] != '_' || s[d + 3] != '_' || s[d + 6] != '_')
		return -EINVAL;
	memcpy(address, s, len + 1);
	address[d] = address[d + 3] = ':';
	address[d + 6] = '.';
	return vprep_pci_address_parse(address, ret);
}

static int parse_short(const char *s, struct vprep_pci_address *ret)
{
	char address[sizeof("0000:05:10.1")] = "0000:";

	if (strlen(s) != sizeof("05:10.1") - 1)
		return -EINVAL;
	memcpy(address + sizeof("0000:") - 1, s, sizeof("05:10.1"));
	return vprep_pci_address_parse(address, ret);
}

/* 0000:05:10.1, 05:10.1, pci_0000_05_10_1 */
static bool parse_name(const char *text, struct vprep_device_asked *ret)
{
	return vprep_pci_address_parse(text, &ret->pci.address) == 0 ||
	       parse_short(text, &ret->pci.address) == 0 ||
	       (strncmp(text, PREFIX, strlen(PREFIX)) == 0 &&
		parse_node_device(text + strlen(PREFIX), &ret->pci.address) == 0);
}

static int read_address(const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_error *err)
{
	static const struct vprep_xml_number forms[] = {
		{ "domain", .max = UINT32_MAX },
		{ "bus", .max = 0xff },
		{ "slot", .max = 0x1f },
		{ "function", .max = 7 },
	};
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	uint64_t parts[VPREP_ARRAY_SIZE(forms)];
	size_t i;

	/* libvirt takes its absence for address 0, the host bridge: never what is meant */
	if (!address)
		return vprep_xml_refuse(err, source->line, "<source> has no <address>");
	for (i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		int r = vprep_xml_get_number(address, &forms[i], &parts[i], err);

		if (r < 0)
			return r;
	}
	ret->pci.element = address->number;
	ret->pci.address = (struct vprep_pci_address){
		.domain = (uint32_t)parts[0],
		.bus = (uint8_t)parts[1],
		.slot = (uint8_t)parts[2],
		.function = (uint8_t)parts[3],
	};
	return 0;
}

static int read_driver(const struct vprep_xml_node *driver,
		       struct vprep_device_asked *ret, struct vprep_pool *pool,
		       struct vprep_error *err)
{
	const char *model = NULL;
	int r = vprep_xml_get_word(driver, "model", false, &model, err);

	if (r == 0 && model && !(ret->pci.driver = vprep_pool_dup(pool, model)))
		r = vprep_error_oom(err);
	return r < 0 ? r : vprep_xml_get_iommufd(driver, "iommufd", &ret->iommufd, err);
}

static int read_hostdev(const struct vprep_xml_node *hostdev,
			const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	const struct vprep_xml_node *driver =
		vprep_xml_child(hostdev, VPREP_XML_PLAIN, "driver");
	const char *managed = vprep_xml_attribute(hostdev, "managed");
	int r;

	/* libvirt ignores any other value here */
	ret->pci.managed = managed && streq(managed, "yes");
	r = read_address(source, ret, err);
	return r == 0 && driver ? read_driver(driver, ret, pool, err) : r;
}

/* The source of a disk on an NVMe controller. */
static int read_nvme(const struct vprep_xml_node *source, struct vprep_device_asked *ret,
		     struct vprep_pool *pool, struct vprep_error *err)
{
	static const struct vprep_xml_number namespace = { "namespace", 10, true, 1,
							   UINT64_MAX };
	const char *type = vprep_xml_attribute(source, "type");
	int r;

	(void)pool;
	if (!type || !streq(type, "pci"))
		return vprep_xml_refuse(err, source->line,
					"<source type='%.60s'>: expected pci",
					type ? type : "");
	ret->pci.managed = true;
	r = vprep_xml_get_yes_no(source, "managed", &ret->pci.managed, err);
	if (r == 0)
		r = vprep_xml_get_number(source, &namespace, &ret->pci.namespace_id, err);
	return r < 0 ? r : read_address(source, ret, err);
}

/* Two disks may be on one NVMe controller, in different namespaces. */
static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	return vprep_pci_address_same(a->pci.address, b->pci.address) &&
	       (a->origin != VPREP_ORIGIN_DISK || b->origin != VPREP_ORIGIN_DISK ||
		a->pci.namespace_id == b->pci.namespace_id);
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	snprintf(text.s, sizeof(text.s), "%s",
		 vprep_pci_address_text(asked->pci.address).s);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	vprep_json_add_string(to, "address",
			      vprep_pci_address_text(asked->pci.address).s);
	vprep_json_add_bool(to, "managed", asked->pci.managed);
	vprep_json_add_string(to, "origin", vprep_device_origin_name(asked->origin));
	vprep_json_add_string(to, "driver", asked->pci.driver);
	if (asked->iommufd != VPREP_IOMMUFD_UNSAID)
		vprep_json_add_bool(to, "iommufd", asked->iommufd == VPREP_IOMMUFD_YES);
	if (asked->pci.namespace_id)
		vprep_json_add_unsigned(to, "namespace", asked->pci.namespace_id);
}

static int find_netdev(struct vprep_device_finding *f, const char *text,
		       struct vprep_pci_address *ret)
{
	int r = vprep_pci_address_of_netdev(f->io, text, ret);

	if (r != -ENODEV)
		return r;
	f->explained = true;
	return vprep_error_set(f->err, VPREP_E_NOT_FOUND, ENODEV, text,
			       "'%s' is neither a PCI address nor a network interface on "
			       "a PCI device of this host; 'vfio-prep list' shows the "
			       "devices",
			       text);
}

/* Whether there is a device of that address is found out together with its group. */
static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	const char *netdev = d->asked.pci.netdev;
	int r;

	d->pci = d->asked.pci.address;
	r = netdev ? find_netdev(f, netdev, &d->pci) : 0;
	if (r < 0)
		return r;
	d->name = vprep_pool_dup(f->pool, vprep_pci_address_text(d->pci).s);
	d->libvirt_name = vprep_pool_dup(f->pool, vprep_pci_address_name(d->pci).s);
	return vprep_device_finding_result(f);
}

static int look_for_guest(const struct vprep_io *io, struct vprep_pool *pool,
			  struct vprep_device *d)
{
	int r = vprep_device_look_for_group(io, pool, "bus/pci/devices", d);

	/* QEMU's own NVMe driver knows groups only */
	if (d->asked.origin == VPREP_ORIGIN_DISK)
		d->cdev.path = NULL;
	return r < 0 ? r : vprep_pci_regions(io, d->pci, &d->regions);
}

/* A controller behind which disks are a domain of their own, such as VMD, has a longer
 * number than QEMU takes for an address. */
static int add_whole_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	_cleanup_free_ char *path = vprep_strf("/sys/bus/pci/devices/%s", d->name);
	struct vprep_qemu_pair where = { "host", d->name, 0 };

	if (!path)
		return -ENOMEM;
	if (d->pci.domain > QEMU_DOMAIN_MAX)
		where = (struct vprep_qemu_pair){ "sysfsdev", path, 0 };
	return vprep_qemu_add_vfio(qemu, "vfio-pci", &where, d);
}

/* The guest gets the whole device, unless a domain asks for a disk on it. */
static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	if (d->asked.origin != VPREP_ORIGIN_DISK)
		return add_whole_to_qemu(qemu, d);
	return vprep_qemu_add_disk(
		qemu, "virtio-blk-pci", NULL,
		(const struct vprep_qemu_pair[]){
			{ "driver", "nvme", 0 },
			{ "device", d->name, 0 },
			{ "namespace", NULL, d->asked.pci.namespace_id },
			{ 0 } },
		d->asked.read_only);
}

const struct vprep_device_kind vprep_kind_pci = {
	.type = "pci",
	.disk_type = "nvme",
	.name_prefix = PREFIX,
	.missing = "PCI device",
	.missing_hint = "",
	.may_be_again = true,
	.has_group = true,
	.is_vfio = true,
	.parse_name = parse_name,
	.read_hostdev = read_hostdev,
	.read_source = read_nvme,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_guest = look_for_guest,
	.add_to_qemu = add_to_qemu,
};

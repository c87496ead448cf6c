// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/domain.h"

#include <errno.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/json.h"
#include "common/str.h"
#include "xml/domain-internal.h"
#include "xml/reader.h"
#include "xml/value.h"

/* libvirt keeps a running domain in NAME.xml, and writes that as NAME.xml.new first: both
 * are names of files, of 255 bytes at most. */
#define NAME_BYTES_MAX (255 - (sizeof(".xml.new") - 1))
#define NAME_AS_ID_MAX 64

/* Whether libvirt starts a domain of that name; *@ret_why: why not. */
static bool is_domain_name(const char *name, const char **ret_why)
{
	if (strlen(name) > NAME_BYTES_MAX)
		*ret_why =
			"is longer than the 247 bytes that libvirt can start a domain with";
	else if (strpbrk(name, "/\n"))
		*ret_why = "has a slash or a line break, which libvirt refuses";
	else
		return true;
	return false;
}

/* As in libvirt, the first of several names or UUIDs counts, and an empty UUID is none. */
static int take_name(void *data, const struct vprep_xml_node *node,
		     struct vprep_error *err)
{
	struct vprep_domain *domain = ((struct vprep_domain_reading *)data)->domain;
	const char *name = vprep_xml_text(node), *why;

	if (domain->name)
		return 0;
	if (!*name)
		return vprep_xml_refuse(err, node->line, "<name> is empty");
	if (!is_domain_name(name, &why))
		return vprep_xml_refuse(err, node->line, "<name> '%.60s' %s", name, why);
	domain->name = vprep_pool_dup(vprep_domain_pool(domain), name);
	return domain->name ? 0 : vprep_error_oom(err);
}

static int read_uuid(const struct vprep_xml_node *node, bool *has_seen, bool *ret_has,
		     struct vprep_uuid *ret, struct vprep_error *err)
{
	const char *text = vprep_xml_text(node);

	if (*has_seen)
		return 0;
	*has_seen = true;
	if (!*text)
		return 0;
	if (vprep_uuid_parse(text, ret) < 0)
		return vprep_xml_refuse(err, node->line, "<%.60s> '%.60s': not a UUID",
					node->name, text);
	*ret_has = true;
	return 0;
}

static int take_uuid(void *data, const struct vprep_xml_node *node,
		     struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	struct vprep_domain *domain = reading->domain;

	return read_uuid(node, &reading->has_seen_uuid, &domain->has_uuid, &domain->uuid,
			 err);
}

static int take_hwuuid(void *data, const struct vprep_xml_node *node,
		       struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	struct vprep_domain *domain = reading->domain;

	return read_uuid(node, &reading->has_seen_hwuuid, &domain->has_hwuuid,
			 &domain->hwuuid, err);
}

/* Since libvirt 12.2. Its fdgroup is of the program that starts the domain: it hands over
 * an open /dev/iommu. */
static int take_iommufd(void *data, const struct vprep_xml_node *node,
			struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;

	return reading->iommufd == VPREP_IOMMUFD_UNSAID
		       ? vprep_xml_get_iommufd(node, "enabled", &reading->iommufd, err)
		       : 0;
}

static const struct vprep_xml_handler handlers[] = {
	{ NULL, VPREP_XML_PLAIN, "name", take_name },
	{ NULL, VPREP_XML_PLAIN, "uuid", take_uuid },
	{ NULL, VPREP_XML_PLAIN, "hwuuid", take_hwuuid },
	{ NULL, VPREP_XML_PLAIN, "iommufd", take_iommufd },
	{ "devices", VPREP_XML_PLAIN, "hostdev", vprep_domain_take_hostdev },
	{ "devices", VPREP_XML_PLAIN, "interface", vprep_domain_take_interface },
	{ "devices", VPREP_XML_PLAIN, "disk", vprep_domain_take_disk },
	{ NULL, VPREP_XML_PLAIN, "memory", vprep_domain_take_memory },
	{ "devices", VPREP_XML_PLAIN, "memory", vprep_domain_take_memory_device },
	{ "cpu", VPREP_XML_PLAIN, "numa", vprep_domain_take_numa },
	{ "devices", VPREP_XML_PLAIN, "iommu", vprep_domain_take_iommu },
	{ "memtune", VPREP_XML_PLAIN, "hard_limit", vprep_domain_take_hard_limit },
	{ "memoryBacking", VPREP_XML_PLAIN, "locked", vprep_domain_take_locked },
	{ "metadata", VPREP_XML_OURS, NULL, vprep_domain_take_ours },
	{ "metadata", VPREP_XML_OVIRT, "vm", vprep_domain_take_ovirt },
};

static const struct vprep_xml_schema schema = { "domain", handlers,
						VPREP_ARRAY_SIZE(handlers) };

/* libvirt uses iommufd for PCI devices alone, and QEMU has none for its disks on NVMe
 * controllers. The element may stand before or behind the devices. */
static void assign_iommufd(struct vprep_domain *domain, enum vprep_iommufd_wish wish)
{
	size_t i;

	for (i = 0; i < domain->devices.n; i++) {
		struct vprep_device *d = &domain->devices.items[i];

		if (d->kind == &vprep_kind_pci && d->asked.origin != VPREP_ORIGIN_DISK &&
		    d->asked.iommufd == VPREP_IOMMUFD_UNSAID)
			d->asked.iommufd = wish;
	}
}

/* The metadata may stand before or behind the devices. */
static void assign_definitions(struct vprep_domain *domain)
{
	size_t i, k;

	for (i = 0; i < domain->devices.n; i++) {
		struct vprep_device *d = &domain->devices.items[i];

		for (k = 0; d->kind == &vprep_kind_mdev && k < domain->n_mdevs; k++)
			if (vprep_uuid_same(&d->asked.mdev.uuid,
					    &domain->mdevs[k].uuid)) {
				d->asked.mdev.definition = domain->mdevs[k].definition;
				break;
			}
	}
}

/* The same of declared names. A disk is part of a device that others may be on. */
static int assign_names(struct vprep_domain *domain)
{
	size_t i, k;

	for (i = 0; i < domain->n_named; i++)
		for (k = 0; domain->named[i].has_address && k < domain->devices.n; k++) {
			struct vprep_device *d = &domain->devices.items[k];

			if (d->kind != &vprep_kind_pci ||
			    d->asked.origin == VPREP_ORIGIN_DISK ||
			    !vprep_pci_address_same(d->asked.pci.address,
						    domain->named[i].address))
				continue;
			d->asked.pci.declared = vprep_pool_dup(vprep_domain_pool(domain),
							       domain->named[i].name);
			if (!d->asked.pci.declared)
				return -ENOMEM;
		}
	return 0;
}

int vprep_domain_parse(const char *text, size_t len, struct vprep_domain **ret,
		       struct vprep_error *err)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain =
		calloc(1, sizeof(*domain));
	struct vprep_domain_reading reading = { .domain = domain };
	int r;

	if (!domain)
		return vprep_error_oom(err);
	r = vprep_xml_read(text, len, &schema, &reading, err);
	if (r == 0 && !domain->name)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				    "the domain has no <name>");
	if (r < 0)
		return r;
	vprep_domain_count_memory(&reading);
	assign_definitions(domain);
	assign_iommufd(domain, reading.iommufd);
	if (assign_names(domain) < 0)
		return vprep_error_oom(err);
	*ret = TAKE_PTR(domain);
	return 0;
}

size_t vprep_domain_find_named(const struct vprep_domain *domain,
			       const struct vprep_domain_named *named)
{
	size_t i;

	for (i = 0; named->has_address && i < domain->devices.n; i++) {
		const struct vprep_device *d = &domain->devices.items[i];

		if (d->kind == &vprep_kind_pci && d->asked.pci.declared &&
		    vprep_pci_address_same(d->asked.pci.address, named->address))
			return i;
	}
	return SIZE_MAX;
}

int vprep_domain_owner(const struct vprep_domain *domain, char **ret,
		       struct vprep_error *err)
{
	_cleanup_free_ char *printable = NULL;
	char *id;

	printable = strdup(domain->name);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (!domain->has_uuid &&
	    (strlen(domain->name) > NAME_AS_ID_MAX || !streq(printable, domain->name)))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the domain has no uuid, and its name is not fit to "
			"stand for one: add <uuid> to it");
	id = domain->has_uuid ? strdup(vprep_uuid_text(&domain->uuid).s)
			      : vprep_strf("name:%s", domain->name);
	if (!id)
		return vprep_error_oom(err);
	*ret = id;
	return 0;
}

static void add_json(struct vprep_json to, const struct vprep_device *device)
{
	const struct vprep_device_asked *asked = &device->asked;

	vprep_json_add_string(to, "type", device->kind->type);
	device->kind->add_json(to, asked);
	if (asked->has_mac)
		vprep_json_add_string(to, "mac", vprep_mac_text(asked->mac).s);
	if (asked->has_vlan)
		vprep_json_add_unsigned(to, "vlan", asked->vlan);
}

int vprep_domain_json(const struct vprep_domain *domain, bool pretty, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json array = vprep_json_begin_array(&document);
	size_t i;

	for (i = 0; i < domain->devices.n; i++)
		add_json(vprep_json_add_object(array, NULL), &domain->devices.items[i]);
	return vprep_json_text(&document, pretty ? VPREP_JSON_PRETTY : VPREP_JSON_SPACED,
			       ret);
}

void vprep_domain_free(struct vprep_domain *domain)
{
	if (!domain)
		return;
	vprep_devices_done(&domain->devices);
	free(domain->mdevs);
	free(domain->vfs);
	free(domain->named);
	free(domain);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the metadata says beyond libvirt's own elements. In our namespace every unknown
 * element and attribute is refused: a misspelled one would otherwise have no effect, and
 * nobody would notice.
 */
#include "xml/domain-internal.h"

#include <errno.h>

#include "common/error.h"
#include "xml/value.h"

#define VFS_MAX 4096
#define MDEVS_MAX 4096

static int refuse_unknown(const struct vprep_xml_node *node, const char *const *known,
			  struct vprep_error *err)
{
	size_t i, k;

	for (i = 0; i < node->n_attributes; i++) {
		for (k = 0; known[k]; k++)
			if (streq(node->attributes[i].name, known[k]))
				break;
		if (!known[k])
			return vprep_xml_refuse(err, node->line,
						"<vp:%.60s> has an unknown attribute "
						"'%.60s'",
						node->name, node->attributes[i].name);
	}
	return 0;
}

static int get_uuid(const struct vprep_xml_node *node, struct vprep_uuid *ret,
		    struct vprep_error *err)
{
	const char *uuid = vprep_xml_attribute(node, "uuid");

	if (!uuid || vprep_uuid_parse(uuid, ret) < 0)
		return vprep_xml_refuse(err, node->line,
					"<%.60s uuid='%.60s'>: not a UUID", node->name,
					uuid ? uuid : "");
	return 0;
}

/* The first of that UUID counts: ours are added in front of oVirt's. */
static int add_mdev(struct vprep_domain *domain, const struct vprep_domain_mdev *mdev,
		    struct vprep_error *err)
{
	size_t i, at = 0, last = domain->n_mdevs;

	if (domain->n_mdevs == MDEVS_MAX)
		return vprep_xml_refuse(err, mdev->line, "more than %u mdevs", MDEVS_MAX);
	for (i = 0; i < domain->n_mdevs; i++) {
		const struct vprep_domain_mdev *other = &domain->mdevs[i];

		if (!mdev->ovirt && !other->ovirt &&
		    vprep_uuid_same(&other->uuid, &mdev->uuid))
			return vprep_xml_refuse(err, mdev->line,
						"mdev %s is described twice, first in "
						"line %u",
						vprep_uuid_text(&mdev->uuid).s,
						other->line);
		if (mdev->ovirt || !other->ovirt)
			at = i + 1;
	}
	if (!vprep_array_add(domain->mdevs, domain->n_mdevs))
		return vprep_error_oom(err);
	memmove(domain->mdevs + at + 1, domain->mdevs + at, (last - at) * sizeof(*mdev));
	domain->mdevs[at] = *mdev;
	return 0;
}

static int read_mdev(const struct vprep_xml_node *node, struct vprep_pool *pool,
		     struct vprep_domain_mdev *mdev, struct vprep_error *err)
{
	static const char *const known[] = { "uuid", "type", "parent", "placement",
					     NULL };
	const char *placement = vprep_xml_attribute(node, "placement");
	const char *type = NULL, *parent = NULL;
	int r;

	r = refuse_unknown(node, known, err);
	if (r == 0)
		r = get_uuid(node, &mdev->uuid, err);
	if (r == 0)
		r = vprep_xml_get_word(node, "type", true, &type, err);
	if (r == 0)
		r = vprep_xml_get_word(node, "parent", false, &parent, err);
	if (r < 0)
		return r;
	if (placement &&
	    vprep_mdev_placement_parse(placement, &mdev->definition.placement) < 0)
		return vprep_xml_refuse(err, node->line,
					"<mdev placement='%.60s'>: expected compact or "
					"separate",
					placement);
	mdev->definition.line = mdev->line;
	mdev->definition.type = vprep_pool_dup(pool, type);
	mdev->definition.parent = vprep_pool_dup(pool, parent);
	return pool->failed ? vprep_error_oom(err) : 0;
}

static int take_mdev(struct vprep_domain *domain, const struct vprep_xml_node *node,
		     struct vprep_error *err)
{
	struct vprep_domain_mdev mdev = { .line = node->line };
	int r = read_mdev(node, vprep_domain_pool(domain), &mdev, err);

	return r < 0 ? r : add_mdev(domain, &mdev, err);
}

static int take_vfs(struct vprep_domain *domain, const struct vprep_xml_node *node,
		    struct vprep_error *err)
{
	static const char *const known[] = { "pf", "count", NULL };
	static const struct vprep_xml_number count = { "count", 10, true, 1, UINT16_MAX };
	struct vprep_domain_vfs *vfs;
	const char *pf = NULL;
	uint64_t number = 0;
	size_t i;
	int r;

	r = refuse_unknown(node, known, err);
	if (r == 0)
		r = vprep_xml_get_word(node, "pf", true, &pf, err);
	if (r == 0)
		r = vprep_xml_get_number(node, &count, &number, err);
	if (r != 0)
		return r;
	for (i = 0; i < domain->n_vfs; i++)
		if (streq(domain->vfs[i].pf, pf))
			return vprep_xml_refuse(err, node->line,
						"VFs of %.60s are asked for twice, first "
						"in line %u",
						pf, domain->vfs[i].line);
	if (domain->n_vfs == VFS_MAX)
		return vprep_xml_refuse(err, node->line, "more than %u <vp:vfs>",
					VFS_MAX);
	vfs = vprep_array_add(domain->vfs, domain->n_vfs);
	if (!vfs)
		return vprep_error_oom(err);
	vfs->pf = vprep_pool_dup(vprep_domain_pool(domain), pf);
	vfs->count = (unsigned)number;
	vfs->line = node->line;
	return vfs->pf ? 0 : vprep_error_oom(err);
}

static int find_twice(const struct vprep_domain *domain,
		      const struct vprep_domain_named *named, struct vprep_error *err)
{
	size_t i;

	for (i = 0; named->has_address && i < domain->n_named; i++)
		if (domain->named[i].has_address &&
		    vprep_pci_address_same(domain->named[i].address, named->address))
			return vprep_xml_refuse(
				err, named->line,
				"two <vp:device> have the address %s, the first in "
				"line %u",
				vprep_pci_address_text(named->address).s,
				domain->named[i].line);
	return 0;
}

static int take_device(struct vprep_domain *domain, const struct vprep_xml_node *node,
		       struct vprep_error *err)
{
	static const char *const known[] = { "name", "address", NULL };
	const char *name = vprep_xml_attribute(node, "name");
	const char *address = vprep_xml_attribute(node, "address");
	struct vprep_domain_named named = { .line = node->line,
					    .element = node->number,
					    .has_address = address != NULL },
				  *slot;
	int r = refuse_unknown(node, known, err);

	if (r < 0)
		return r;
	if (!name || !vprep_match_is_name(name, strlen(name)))
		return vprep_xml_refuse(err, node->line,
					"<vp:device name='%.60s'>: expected a name that "
					"is declared in /etc/vfio-prep.d",
					name ? name : "");
	if (address && vprep_pci_address_parse(address, &named.address) < 0)
		return vprep_xml_refuse(err, node->line,
					"<vp:device address='%.60s'>: expected an "
					"address such as 0000:05:10.1",
					address);
	if (domain->n_named == VPREP_DOMAIN_NAMED_MAX)
		return vprep_xml_refuse(err, node->line, "more than %u <vp:device>",
					VPREP_DOMAIN_NAMED_MAX);
	r = find_twice(domain, &named, err);
	if (r < 0)
		return r;
	memcpy(named.name, name, strlen(name) + 1);
	slot = vprep_array_add(domain->named, domain->n_named);
	if (!slot)
		return vprep_error_oom(err);
	*slot = named;
	return 0;
}

static int read_prepare(struct vprep_domain *domain, const struct vprep_xml_node *node,
			struct vprep_error *err)
{
	static const char *const known[] = { "group-policy", "user", NULL };
	const char *policy = vprep_xml_attribute(node, "group-policy");
	const char *user = NULL;
	int r;

	r = refuse_unknown(node, known, err);
	if (r == 0)
		r = vprep_xml_get_word(node, "user", false, &user, err);
	if (r < 0)
		return r;
	if (policy && streq(policy, "whole"))
		domain->policy = VPREP_POLICY_WHOLE;
	else if (policy && streq(policy, "strict"))
		domain->policy = VPREP_POLICY_STRICT;
	else if (policy)
		return vprep_xml_refuse(err, node->line,
					"<vp:prepare group-policy='%.60s'>: expected "
					"whole or strict",
					policy);
	domain->user = vprep_pool_dup(vprep_domain_pool(domain), user);
	return user && !domain->user ? vprep_error_oom(err) : 0;
}

int vprep_domain_take_ours(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	const struct vprep_xml_node *child;
	int r;

	if (!streq(node->name, "prepare"))
		return vprep_xml_refuse(err, node->line,
					"unknown element <vp:%.60s>, expected "
					"<vp:prepare>",
					node->name);
	if (reading->domain->prepare_line)
		return vprep_xml_refuse(err, node->line,
					"a second <vp:prepare>, the first is in line %u",
					reading->domain->prepare_line);
	reading->domain->prepare_line = node->line;
	r = read_prepare(reading->domain, node, err);
	for (child = node->children; child && r == 0; child = child->next) {
		if (vprep_xml_is(child, VPREP_XML_OURS, "mdev"))
			r = take_mdev(reading->domain, child, err);
		else if (vprep_xml_is(child, VPREP_XML_OURS, "vfs"))
			r = take_vfs(reading->domain, child, err);
		else if (vprep_xml_is(child, VPREP_XML_OURS, "device"))
			r = take_device(reading->domain, child, err);
		else
			r = vprep_xml_refuse(err, child->line,
					     "unknown element <%.60s> in <vp:prepare>, "
					     "expected <vp:mdev>, <vp:vfs> or "
					     "<vp:device>",
					     child->name);
	}
	return r;
}

/* "TYPE" or "TYPE|PLACEMENT" */
static int read_ovirt_type(const struct vprep_xml_node *node, struct vprep_pool *pool,
			   struct vprep_mdev_definition *definition,
			   struct vprep_error *err)
{
	char *copy = vprep_pool_dup(pool, vprep_xml_text(node));
	char *type, *placement;

	if (!copy)
		return vprep_error_oom(err);
	type = copy + strspn(copy, " \t\r\n");
	type[strcspn(type, " \t\r\n")] = '\0';
	placement = strchr(type, '|');
	if (placement)
		*placement++ = '\0';
	if (!vprep_xml_is_word(type) ||
	    (placement &&
	     vprep_mdev_placement_parse(placement, &definition->placement) < 0))
		return vprep_xml_refuse(err, node->line,
					"<mdevType> '%.60s': expected TYPE, TYPE|compact "
					"or TYPE|separate",
					vprep_xml_text(node));
	definition->type = type;
	return 0;
}

static int take_ovirt_device(struct vprep_domain *domain,
			     const struct vprep_xml_node *node, struct vprep_error *err)
{
	const char *kind = vprep_xml_attribute(node, "devtype");
	const struct vprep_xml_node *type =
		vprep_xml_child(node, VPREP_XML_OVIRT, "mdevType");
	struct vprep_domain_mdev mdev = { .ovirt = true, .line = node->line };
	int r;

	if (!type || !kind || !streq(kind, "hostdev") ||
	    !vprep_xml_attribute(node, "uuid"))
		return 0;
	mdev.definition.line = mdev.line;
	r = get_uuid(node, &mdev.uuid, err);
	if (r == 0)
		r = read_ovirt_type(type, vprep_domain_pool(domain), &mdev.definition,
				    err);
	return r < 0 ? r : add_mdev(domain, &mdev, err);
}

int vprep_domain_take_ovirt(void *data, const struct vprep_xml_node *node,
			    struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	const struct vprep_xml_node *child;
	int r = 0;

	for (child = node->children; child && r == 0; child = child->next)
		if (vprep_xml_is(child, VPREP_XML_OVIRT, "device"))
			r = take_ovirt_device(reading->domain, child, err);
	return r;
}

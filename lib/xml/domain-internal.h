/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that read a domain share: domain.c and domain-*.c. */
#ifndef VPREP_XML_DOMAIN_INTERNAL_H
#define VPREP_XML_DOMAIN_INTERNAL_H

#include "xml/domain.h"
#include "xml/node.h"

struct vprep_domain_reading {
	struct vprep_domain *domain;
	bool has_seen_uuid, has_seen_hwuuid;
	bool has_seen_memory, has_seen_numa;
	uint64_t memory, cells, modules; /* bytes, see vprep_domain_count_memory() */
	enum vprep_iommufd_wish iommufd; /* of devices that say nothing themselves */
};

/* Where a domain's strings are. */
static inline struct vprep_pool *vprep_domain_pool(struct vprep_domain *domain)
{
	return &domain->devices.pool;
}

/* Each is called at the end of such an element, with a reading as data. */
int vprep_domain_take_hostdev(void *data, const struct vprep_xml_node *node,
			      struct vprep_error *err);
int vprep_domain_take_interface(void *data, const struct vprep_xml_node *node,
				struct vprep_error *err);
int vprep_domain_take_disk(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err);
int vprep_domain_take_memory(void *data, const struct vprep_xml_node *node,
			     struct vprep_error *err);
int vprep_domain_take_memory_device(void *data, const struct vprep_xml_node *node,
				    struct vprep_error *err);
int vprep_domain_take_numa(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err);
int vprep_domain_take_hard_limit(void *data, const struct vprep_xml_node *node,
				 struct vprep_error *err);
int vprep_domain_take_locked(void *data, const struct vprep_xml_node *node,
			     struct vprep_error *err);
int vprep_domain_take_iommu(void *data, const struct vprep_xml_node *node,
			    struct vprep_error *err);
int vprep_domain_take_ours(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err);
int vprep_domain_take_ovirt(void *data, const struct vprep_xml_node *node,
			    struct vprep_error *err);

/* At the end of the document: what the guest's memory is, of all that told of it. */
void vprep_domain_count_memory(struct vprep_domain_reading *reading);

#endif

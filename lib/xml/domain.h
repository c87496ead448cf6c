/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a libvirt domain asks of the host. Elements and attributes that nothing is known
 * about are passed over, but for those in our own namespace.
 */
#ifndef VPREP_XML_DOMAIN_H
#define VPREP_XML_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "model/device.h"
#include "model/match.h"
#include "model/memory.h"
#include "vfio-prep.h"

#define VPREP_DOMAIN_DEVICES_MAX 4096
#define VPREP_DOMAIN_NAMED_MAX 256

/* How to make the mdev of that UUID, out of the metadata. */
struct vprep_domain_mdev {
	struct vprep_uuid uuid;
	struct vprep_mdev_definition definition;
	bool ovirt; /* oVirt says so, not we */
	unsigned line;
};

/* So many VFs are wanted of that physical function, by any of a device's names. */
struct vprep_domain_vfs {
	char *pf;
	unsigned count; /* 1 to 65535 */
	unsigned line;
};

/* A <vp:device> of the metadata: one device that has a declared name is wanted. */
struct vprep_domain_named {
	char name[VPREP_MATCH_NAME_MAX + 1];
	bool has_address; /* it was chosen; a <hostdev> gives it to the guest */
	struct vprep_pci_address address;
	unsigned line;
	unsigned element; /* its number in the document */
};

/* Strings are in the pool of the devices. */
struct vprep_domain {
	char *name; /* as it stands there: any that libvirt can start, up to 247 bytes */
	bool has_uuid;
	struct vprep_uuid uuid;
	bool has_hwuuid;
	struct vprep_uuid hwuuid; /* what QEMU is given instead; other domains may have
				     the same */
	/* In the order of the document. No two ask for the same; disks may be on one PCI
	 * device, in different namespaces. */
	struct vprep_devices devices;
	struct vprep_guest_memory memory; /* UINT64_MAX bytes: it cannot be read */

	unsigned prepare_line;		/* of <vp:prepare>; 0: there is none */
	enum vprep_group_policy policy; /* that it asks for */
	char *user;			/* "USER[:GROUP]", not looked up; NULL: absent */
	size_t n_mdevs;
	struct vprep_domain_mdev *mdevs;
	size_t n_vfs;
	struct vprep_domain_vfs *vfs;
	size_t n_named;
	struct vprep_domain_named *named; /* no two of one address */
};

/*
 * Reads a <domain>, as libvirt gives it to its hooks or a person writes it. Requests for
 * an mdev have the definition that the metadata holds for it: ours before oVirt's. Those
 * for a device whose address a <vp:device> has, have the name.
 * -EINVAL the document is malformed, or asks for what libvirt would refuse too, or for
 * one device twice; -EFBIG more than 16 MiB; -EOPNOTSUPP libxml2 is not installed;
 * -ENOMEM. The message is one line and begins with "line N: ", but for a domain without
 * name and the last two. Touches nothing but memory.
 */
int vprep_domain_parse(const char *text, size_t len, struct vprep_domain **ret,
		       struct vprep_error *err);
/* Which of the devices the <vp:device> has got. SIZE_MAX: no <hostdev> gives it to the
 * guest. */
size_t vprep_domain_find_named(const struct vprep_domain *domain,
			       const struct vprep_domain_named *named);
void vprep_domain_free(struct vprep_domain *domain);
DEFINE_CLEANUP(struct vprep_domain, vprep_domain_free);

/*
 * The id of the owner that a domain is: its uuid, or "name:NAME" without. -EINVAL it has
 * none, and its name cannot stand for one.
 */
int vprep_domain_owner(const struct vprep_domain *domain, char **ret,
		       struct vprep_error *err);

/* The devices as `requests --json` shows them, without a newline at the end. -ENOMEM. */
int vprep_domain_json(const struct vprep_domain *domain, bool pretty, char **ret);

#endif

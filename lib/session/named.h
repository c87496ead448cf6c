/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that the metadata of a domain asks for by declared names, <vp:device>. Who
 * fills chooses a device for each; who does not wants each to have one already, that is
 * given to the guest by a <hostdev>, and to have its name still (session/identity.h).
 *
 * I1  What the administrator says of a name counts as if it was attached by that name.
 * I2  A device that was chosen stays chosen as long as it has its name, and nobody else
 *     has it.
 */
#ifndef VPREP_SESSION_NAMED_H
#define VPREP_SESSION_NAMED_H

#include "journal/owners.h"
#include "xml/domain.h"

struct vprep_attach_context;

struct vprep_named {
	size_t n;
	/* what each <vp:device> means */
	struct vprep_named_device {
		size_t device;	  /* its index among those of the domain */
		unsigned element; /* as in struct vprep_domain_fill */
		bool is_chosen;	  /* just now; else the document has it */
	} * items;
	char **others; /* the domain's other devices */
	char *filled;  /* the document with those that were chosen last */
};

/* Once the domain is read, before anything is said of nodes. -EPERM a name has no device
 * yet; -ENOENT there is no such name; as vprep_pools_request_begin(). */
int vprep_named_begin(struct vprep_attach_context *context, struct vprep_error *err);

/* Where somebody fills, chooses devices anew and writes them into the domain's list and
 * into its document. Errors as vprep_pools_request_choose() and vprep_domain_fill();
 * -ENODEV one that was chosen earlier is not there. */
int vprep_named_resolve(struct vprep_attach_context *context,
			const struct vprep_owners *owners, struct vprep_error *err);

void vprep_named_done(struct vprep_named *named);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the devices that were chosen for <vp:device> elements into a domain XML: their
 * addresses into these elements, and a <hostdev> for each that has none yet. Every other
 * byte of the document stays as it is, which a parser and a printer would not do.
 */
#ifndef VPREP_XML_DOMAIN_FILL_H
#define VPREP_XML_DOMAIN_FILL_H

#include "xml/domain.h"

struct vprep_domain_fill {
	const struct vprep_domain_named *named;
	struct vprep_pci_address address; /* of the device that was chosen */
	/* number of the <address> that has given another one to the guest until now; 0:
	 * there is none */
	unsigned element;
};

/* -EINVAL the document cannot be edited; -ENOMEM. *@ret is terminated. */
int vprep_domain_fill(const char *text, size_t len, const struct vprep_domain_fill *fills,
		      size_t n, char **ret, struct vprep_error *err);

#endif

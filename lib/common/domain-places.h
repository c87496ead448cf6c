/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where something can be added to a domain XML. The places are found by the tags alone;
 * that the document is well-formed is checked when it is parsed. */
#ifndef VPREP_COMMON_DOMAIN_PLACES_H
#define VPREP_COMMON_DOMAIN_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_domain_places {
	size_t devices; /* of "</devices>", or of the slash in "<devices/>" */
	bool is_empty;	/* it is "<devices/>" */
	size_t end;	/* of "</domain>" */
};

/* NULL, or what is wrong with the document. */
const char *vprep_domain_places_find(const char *text, size_t len,
				     struct vprep_domain_places *ret);

#endif

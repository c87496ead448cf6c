/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds elements to a domain XML and leaves every other byte of it as it is, which a
 * parser and a printer would not.
 */
#ifndef VPREP_HOOK_VDSM_DOMXML_H
#define VPREP_HOOK_VDSM_DOMXML_H

#include <stddef.h>

#include "common/domain-places.h"

/*
 * The document with @devices as the last in its <devices>, and @rest as the last in its
 * <domain>. Ends the program when out of memory; the caller frees it.
 */
char *vprep_domxml_add(const char *text, size_t len,
		       const struct vprep_domain_places *places, const char *devices,
		       const char *rest, size_t *ret_len);

#endif

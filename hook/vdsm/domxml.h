/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds elements to a domain XML and leaves every other byte of it as it is, which a
 * parser and a printer would not. The places are found by the tags alone; that the
 * document is well-formed is checked by the library.
 */
#ifndef VPREP_HOOK_VDSM_DOMXML_H
#define VPREP_HOOK_VDSM_DOMXML_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_domxml_places {
	size_t devices; /* of "</devices>", or of the slash in "<devices/>" */
	bool is_empty;	/* it is "<devices/>" */
	size_t end;	/* of "</domain>" */
};

/* NULL, or what is wrong with the document. */
const char *vprep_domxml_find(const char *text, size_t len,
			      struct vprep_domxml_places *ret);

/*
 * The document with @devices as the last in its <devices>, and @rest as the last in its
 * <domain>. Ends the program when out of memory; the caller frees it.
 */
char *vprep_domxml_add(const char *text, size_t len,
		       const struct vprep_domxml_places *places, const char *devices,
		       const char *rest, size_t *ret_len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding to a domain XML without touching the rest of it: not one byte, so not through a
 * parser and a printer. The places are found by following tags alone; whether the
 * document is well-formed is for the library to find out.
 */
#ifndef VPREP_HOOK_VDSM_DOMXML_H
#define VPREP_HOOK_VDSM_DOMXML_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_domxml_places {
	size_t devices; /* of "</devices>", or of the end tag that "<devices/>" needs */
	bool is_empty;	/* it is "<devices/>": the slash at @devices is to go */
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "domxml.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/str.h"

char *vprep_domxml_add(const char *text, size_t len,
		       const struct vprep_domain_places *places, const char *devices,
		       const char *rest, size_t *ret_len)
{
	size_t from = places->devices + places->is_empty;
	struct vprep_buf whole = { 0 };
	char *ret;

	vprep_buf_add_n(&whole, text, places->devices);
	/* "<devices" stands before an empty element's slash, ">" behind it. */
	vprep_buf_addf(&whole, places->is_empty ? ">%s</devices" : "%s", devices);
	vprep_buf_add_n(&whole, text + from, places->end - from);
	vprep_buf_add(&whole, rest);
	vprep_buf_add_n(&whole, text + places->end, len - places->end);
	*ret_len = whole.len;
	if (vprep_buf_take(&whole, &ret) < 0) {
		fputs("vfio-prep: out of memory\n", stderr);
		exit(2);
	}
	return ret;
}

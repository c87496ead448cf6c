// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/vport.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"

#define PREFIX "vport_"
#define DIGITS 16
#define NAA_5 UINT64_C(0x5001a4a000000000) /* and the organisation's 00:1a:4a */
#define RANDOM_BITS 36

static int parse(const char *text, size_t len, uint64_t *ret)
{
	uint64_t wwn;

	if (len != DIGITS || vprep_parse_u64_n(text, len, 16, UINT64_MAX, &wwn) < 0 ||
	    wwn == 0)
		return -EINVAL;
	*ret = wwn;
	return 0;
}

int vprep_wwn_parse(const char *text, uint64_t *ret)
{
	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	return parse(text, strlen(text), ret);
}

struct vprep_wwn_text vprep_wwn_text(uint64_t wwn)
{
	struct vprep_wwn_text text;

	snprintf(text.s, sizeof(text.s), "%016" PRIx64, wwn);
	return text;
}

uint64_t vprep_wwn_make_up(uint64_t random)
{
	return NAA_5 | (random & ((UINT64_C(1) << RANDOM_BITS) - 1));
}

int vprep_wwn_pair_parse(const char *text, uint64_t *ret_wwpn, uint64_t *ret_wwnn)
{
	uint64_t wwpn, wwnn;

	if (strlen(text) != DIGITS + 1 + DIGITS || text[DIGITS] != ':' ||
	    parse(text, DIGITS, &wwpn) < 0 || parse(text + DIGITS + 1, DIGITS, &wwnn) < 0)
		return -EINVAL;
	*ret_wwpn = wwpn;
	*ret_wwnn = wwnn;
	return 0;
}

struct vprep_vport_name vprep_vport_name(uint64_t wwpn)
{
	struct vprep_vport_name name;

	snprintf(name.s, sizeof(name.s), PREFIX "%s", vprep_wwn_text(wwpn).s);
	return name;
}

int vprep_vport_name_parse(const char *text, uint64_t *ret_wwpn)
{
	return strncmp(text, PREFIX, strlen(PREFIX)) == 0
		       ? vprep_wwn_parse(text + strlen(PREFIX), ret_wwpn)
		       : -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/vport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "vport_"

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

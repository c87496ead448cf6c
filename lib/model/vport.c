// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/vport.h"

#include <stdio.h>

struct vprep_vport_name vprep_vport_name(uint64_t wwpn)
{
	struct vprep_vport_name name;

	snprintf(name.s, sizeof(name.s), "vport_%s", vprep_wwn_text(wwpn).s);
	return name;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/vf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

struct vprep_mac_text vprep_mac_text(const uint8_t mac[VPREP_MAC_SIZE])
{
	struct vprep_mac_text text;

	snprintf(text.s, sizeof(text.s), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	return text;
}

int vprep_mac_parse(const char *s, uint8_t ret[VPREP_MAC_SIZE])
{
	uint8_t mac[VPREP_MAC_SIZE];
	uint64_t byte;
	size_t i;

	if (strlen(s) != sizeof("52:54:00:12:34:56") - 1)
		return -EINVAL;
	for (i = 0; i < VPREP_MAC_SIZE; i++, s += 3) {
		if (vprep_parse_u64_n(s, 2, 16, UINT8_MAX, &byte) < 0 ||
		    s[2] != (i + 1 < VPREP_MAC_SIZE ? ':' : '\0'))
			return -EINVAL;
		mac[i] = (uint8_t)byte;
	}
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

void vprep_vf_init(struct vprep_vf *vf)
{
	*vf = (struct vprep_vf){ .index = -1 };
}

void vprep_vf_done(struct vprep_vf *vf)
{
	free(vf->pf);
	free(vf->pf_driver);
	free(vf->interface);
	vprep_vf_init(vf);
}

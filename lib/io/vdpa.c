// SPDX-License-Identifier: GPL-2.0-or-later
/* VDPA_CMD_DEV_CONFIG_GET (uapi/linux/vdpa.h, Linux 5.18). It needs no privilege. */
#include "io/vdpa.h"

#include <errno.h>
#include <linux/vdpa.h>
#include <string.h>

#include "common/cleanup.h"
#include "io/genl.h"

int vprep_vdpa_read_answer(const void *answer, size_t len, struct vprep_io_vdpa *ret)
{
	static const uint8_t none[sizeof(ret->mac)];
	struct vprep_io_vdpa v = { 0 };
	int r = vprep_genl_find(answer, len, VDPA_ATTR_DEV_ID, &v.id, sizeof(v.id));

	if (r < 0)
		return r;
	v.has_mac = vprep_genl_find(answer, len, VDPA_ATTR_DEV_NET_CFG_MACADDR, v.mac,
				    sizeof(v.mac)) == 0 &&
		    memcmp(v.mac, none, sizeof(none)) != 0;
	*ret = v;
	return 0;
}

int vprep_vdpa_read(const char *name, struct vprep_io_vdpa *ret)
{
	_cleanup_free_ char *answer = NULL;
	struct vprep_genl_request q;
	size_t len;
	int r;

	if (strlen(name) > VPREP_GENL_TEXT_MAX)
		return -ENODEV;
	r = vprep_genl_init(&q, VDPA_GENL_NAME, VDPA_CMD_DEV_CONFIG_GET,
			    VDPA_GENL_VERSION);
	if (r < 0)
		return r;
	vprep_genl_add(&q, VDPA_ATTR_DEV_NAME, name);
	r = vprep_genl_ask(&q, &answer, &len);
	return r < 0 ? r : vprep_vdpa_read_answer(answer, len, ret);
}

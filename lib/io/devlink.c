// SPDX-License-Identifier: GPL-2.0-or-later
/* DEVLINK_CMD_ESWITCH_GET (Documentation/networking/devlink, uapi/linux/devlink.h). */
#include "io/devlink.h"

#include <errno.h>
#include <linux/devlink.h>
#include <string.h>

#include "common/cleanup.h"
#include "io/genl.h"

int vprep_devlink_read_switchdev(const void *answer, size_t len)
{
	uint16_t mode = 0;
	int r = vprep_genl_find(answer, len, DEVLINK_ATTR_ESWITCH_MODE, &mode,
				sizeof(mode));

	return r < 0 ? r : mode == DEVLINK_ESWITCH_MODE_SWITCHDEV;
}

int vprep_devlink_is_switchdev(const char *address)
{
	_cleanup_free_ char *answer = NULL;
	struct vprep_genl_request q;
	size_t len;
	int r;

	if (strlen(address) > VPREP_GENL_TEXT_MAX)
		return -ENODEV;
	r = vprep_genl_init(&q, DEVLINK_GENL_NAME, DEVLINK_CMD_ESWITCH_GET,
			    DEVLINK_GENL_VERSION);
	if (r < 0)
		return r;
	vprep_genl_add(&q, DEVLINK_ATTR_BUS_NAME, "pci");
	vprep_genl_add(&q, DEVLINK_ATTR_DEV_NAME, address);
	r = vprep_genl_ask(&q, &answer, &len);
	return r < 0 ? r : vprep_devlink_read_switchdev(answer, len);
}

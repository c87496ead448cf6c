// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/nodedev.h"

#include <stdlib.h>

void vprep_nodedev_free(struct vprep_nodedev *d)
{
	if (!d)
		return;
	vprep_pool_done(&d->pool);
	free(d);
}

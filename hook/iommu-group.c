// SPDX-License-Identifier: GPL-2.0-or-later
/* Called by the installed udev rule: prints the number of the group that may open
 * /dev/iommu. Fails where the configuration does not say, so that the rule does not
 * count. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "results.h"
#include "vfio-prep.h"

int main(void)
{
	const struct vprep_options options = { 0 };
	_cleanup_(vprep_session_freep) struct vprep_session *session = NULL;
	struct vprep_error err = { 0 };
	unsigned group;
	int r = vprep_session_new(&options, &session, &err);

	if (r == 0)
		r = vprep_iommu_group(session, &group, &err);
	if (r > 0)
		return printf("%u\n", group) > 0 && fflush(stdout) == 0 ? 0 : 1;
	if (r < 0)
		fprintf(stderr, "vfio-prep: %s\n",
			*err.message ? err.message : strerror(-r));
	return 1;
}

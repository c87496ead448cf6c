// SPDX-License-Identifier: GPL-2.0-or-later
/* Is a device attached that no journal knows? */
#include <errno.h>

#include "common/str.h"
#include "session/orphans.h"
#include "verb/doctor.h"

int vprep_doctor_orphans(struct vprep_doctor *d)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	struct vprep_error err = { 0 };
	size_t i;
	int r = vprep_orphans_look(d->session, &orphans, &err);

	if (r == -ENOMEM)
		return r;
	if (r < 0) /* the check of the journals tells who may read them */
		return vprep_doctor_say(d, NOTE, NULL, "not looked for: %s", err.message);
	for (i = 0; i < orphans.n; i++) {
		const struct vprep_orphan *o = &orphans.items[i];
		const char *text = vprep_orphan_text(o, d->pool);

		vprep_doctor_say(d, PROBLEM, "vfio-prep recover",
				 "%s: attached by %s, and the record of it is gone "
				 "(%s/%s)",
				 text ? text : "?", o->owner,
				 d->session->config->rules_dir, o->file);
	}
	return orphans.n > 0 ? 0
			     : vprep_doctor_say(d, OK, NULL,
						"every device that is attached has its "
						"record");
}

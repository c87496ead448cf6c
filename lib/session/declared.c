// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/declared.h"

void vprep_session_declared(struct vprep_session *session, struct vprep_declared **ret)
{
	struct vprep_error err;

	*ret = NULL;
	if (vprep_declared_read(session->io, session->config->declared_dirs, ret, &err) <
	    0)
		vprep_session_log(session, VPREP_LOG_WARNING,
				  "what is declared is left out: %s", err.message);
}

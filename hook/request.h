/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to attach: the same for every verb that is given devices or a domain. */
#ifndef VPREP_HOOK_REQUEST_H
#define VPREP_HOOK_REQUEST_H

#include "vfio-prep.h"
#include "verb.h"

/* For VPREP_TAKES(). */
#define VPREP_REQUEST_OPTIONS                                                            \
	VPREP_OPT_USER, VPREP_OPT_MODE, VPREP_OPT_DRIVER, VPREP_OPT_OWNER,               \
		VPREP_OPT_GROUP_POLICY, VPREP_OPT_FORCE, VPREP_OPT_NO_PROOF

/* What is wrong with the options of a request that waits; NULL if nothing. */
const char *vprep_request_misuse(const struct vprep_args *args);

/* What the arguments and the document of the call ask for, borrowed from them. */
struct vprep_request vprep_request_of(const struct vprep_call *call);

#endif

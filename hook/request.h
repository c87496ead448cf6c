/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that say what to attach: the same for attach, check and plan. */
#ifndef VPREP_HOOK_REQUEST_H
#define VPREP_HOOK_REQUEST_H

#include "args.h"
#include "vfio-prep.h"

/* For the option table of a verb. */
/* clang-format off */
#define VPREP_REQUEST_OPTIONS                                                            \
	{ VPREP_OPT_USER, NULL },                                                        \
	{ VPREP_OPT_MODE, NULL },                                                        \
	{ VPREP_OPT_DRIVER, NULL },                                                      \
	{ VPREP_OPT_OWNER, NULL },                                                       \
	{ VPREP_OPT_GROUP_POLICY, NULL },                                                \
	{ VPREP_OPT_FORCE, NULL }
/* clang-format on */

/* For the misuse member of a verb. */
const char *vprep_request_misuse(const struct vprep_args *args);

/* What the arguments ask for, borrowed from them. They have passed the above. */
struct vprep_request vprep_request_from(const struct vprep_args *args);

#endif

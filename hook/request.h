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

/* For the misuse member of a verb: of one that is given devices, by their names or with
 * --domain, and of one that is given a domain's file. */
const char *vprep_request_misuse(const struct vprep_args *args);
const char *vprep_request_file_misuse(const struct vprep_args *args);

/* What the arguments ask for, borrowed from them. They have passed one of the above. */
struct vprep_request vprep_request_from(const struct vprep_args *args);

/* Reads the domain of @file for the request instead of names. @ret_text is the caller's
 * to free. Negative errno with @err filled. */
int vprep_request_read_domain(struct vprep_request *request, const char *file,
			      char **ret_text, struct vprep_error *err);

/* The same for the file of --domain, when there is one. */
int vprep_request_read(struct vprep_request *request, const struct vprep_args *args,
		       char **ret_text, struct vprep_error *err);

#endif

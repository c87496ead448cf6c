/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads everything about the devices of a request that a decision needs. */
#ifndef VPREP_HOST_SURVEY_H
#define VPREP_HOST_SURVEY_H

#include "io/io.h"
#include "model/survey.h"
#include "vfio-prep.h"

struct vprep_survey_request {
	const char *const *names; /* NULL-terminated */
	const char *driver;	  /* NULL: the best one */
	const char *rules_dir;
	unsigned deadline; /* seconds, for reads that may block */
};

/*
 * Resolves the names, reads the whole group of each device, who uses its members, and to
 * what driver they would go. Ownership and the configuration's denials are left to the
 * caller. -EINVAL malformed or repeated name; -ENODEV no such device; -EOPNOTSUPP a kind
 * of device that cannot be attached.
 */
int vprep_survey_read(struct vprep_io *io, const struct vprep_survey_request *request,
		      struct vprep_survey *ret, struct vprep_error *err);

#endif

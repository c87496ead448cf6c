/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads everything about the devices of a request that a decision needs. */
#ifndef VPREP_DEVICE_FACTS_H
#define VPREP_DEVICE_FACTS_H

#include "io/io.h"
#include "model/facts.h"
#include "vfio-prep.h"

struct vprep_facts_request {
	struct vprep_devices *devices; /* just found; must outlive the facts */
	const char *rules_dir;
	uid_t uid; /* whom the nodes are for */
	gid_t gid;
	unsigned deadline; /* seconds, for reads that may block */
};

/*
 * Reads the whole group of each device, who uses its members, and to what driver they
 * would go. Ownership and the configuration's denials are left to the caller. -ENODEV: a
 * device is not there.
 */
int vprep_facts_read(struct vprep_io *io, const struct vprep_facts_request *request,
		     struct vprep_facts *ret, struct vprep_error *err);

#endif

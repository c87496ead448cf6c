/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of the doctor share. */
#ifndef VPREP_VERB_DOCTOR_H
#define VPREP_VERB_DOCTOR_H

#include "common/pool.h"
#include "session/session.h"

#define OK "ok"
#define NOTE "note"
#define WARNING "warning"
#define PROBLEM "problem"

struct vprep_doctor {
	struct vprep_session *session;
	const char *check; /* the name of the one that runs */
	struct vprep_pool *pool;
	struct vprep_diagnosis *items;
	size_t n;
};

/* Adds a diagnosis of the running check: what was found, and how to put it right (NULL:
 * nothing is to be done), a literal or of the pool. Always 0: the pool notes when memory
 * runs out. */
int vprep_doctor_say(struct vprep_doctor *d, const char *status, const char *fix,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

struct vprep_node_owner;
/* Whether that is really who gets nodes. Of a captured tree it is not known where the
 * tree names no user, or one that this machine does not have. */
bool vprep_doctor_knows(const struct vprep_doctor *d,
			const struct vprep_node_owner *node_owner);

/* Will libvirt call the hook? */
int vprep_doctor_libvirt(struct vprep_doctor *d);
/* The hook of ours that libvirt would look at, by its path; NULL: there is none. */
int vprep_doctor_our_hook(const struct vprep_io *io, char **ret);
/* Will SELinux let it? */
int vprep_doctor_selinux(struct vprep_doctor *d);
/* Who may open /dev/iommu? */
int vprep_doctor_iommufd(struct vprep_doctor *d);

/* Do driverctl and mdevctl say something else than what is declared? */
int vprep_doctor_declared(struct vprep_doctor *d);

#endif

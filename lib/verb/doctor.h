/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the doctor share. */
#ifndef VPREP_DOCTOR_H
#define VPREP_DOCTOR_H

#include "session/session.h"

#define OK "ok"
#define NOTE "note"
#define WARNING "warning"
#define PROBLEM "problem"

struct examination {
	struct vprep_session *session;
	struct vprep_diagnoses *out;
};

/* Takes @detail and @fix. */
int vprep_doctor_say(struct examination *e, const char *check, const char *status,
		     char *detail, char *fix);

/* Will libvirt call the hook? */
int vprep_doctor_libvirt(struct examination *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the host no more as a step left it. */
#ifndef VPREP_MODEL_DRIFT_H
#define VPREP_MODEL_DRIFT_H

#include <stdbool.h>

/* What mends it; a later one is more. */
enum vprep_drift_level {
	VPREP_DRIFT_NONE,
	VPREP_DRIFT_REDO, /* doing the step again, while the device is in use, too */
	VPREP_DRIFT_LOST, /* giving the device back, and attaching it anew */
};

struct vprep_drift {
	enum vprep_drift_level level; /* the highest */
	bool gone;		      /* there is no such device any more */
	char **what;		      /* for a person, a few words each */
};

/* Adds a line, unless it is there already. -ENOMEM. */
int vprep_drift_add(struct vprep_drift *drift, enum vprep_drift_level level,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));
void vprep_drift_done(struct vprep_drift *drift);

#endif

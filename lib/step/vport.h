/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step that makes a virtual port of a fibre channel host (NPIV). */
#ifndef VPREP_STEP_VPORT_H
#define VPREP_STEP_VPORT_H

#include "model/step.h"

struct vprep_vport_facts {
	char *parent; /* as sysfs has it */
	char *vport;  /* "WWPN:WWNN", as the kernel takes it */
};

extern const struct vprep_step_kind vprep_step_vport;

#endif

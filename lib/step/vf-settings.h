/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the step of step/vf.c that is about settings beside MAC address and VLAN:
 * common/vf-setting.h has them. */
#ifndef VPREP_STEP_VF_SETTINGS_H
#define VPREP_STEP_VF_SETTINGS_H

#include "common/str.h"
#include "io/io.h"
#include "model/step.h"
#include "model/vf.h"

/* As facts of a step have them, in words; NULL: left alone, or not known. */
struct vprep_vf_settings_facts {
	char *wanted[VPREP_VF_SETTINGS];
	char *was[VPREP_VF_SETTINGS];
};

/* What is to be set; -ENOMEM. */
int vprep_vf_settings_note(struct vprep_vf_settings_facts *facts,
			   const struct vprep_vf_settings *wanted);
/* How that is now; -ENOMEM. */
int vprep_vf_settings_note_was(struct vprep_vf_settings_facts *facts,
			       const struct vprep_vf *vf);

/* Adds "trust yes, rate 100"; @comma stands before the first one. */
void vprep_vf_settings_describe(char *const *texts, const char *comma,
				struct vprep_buf *to);

/* Whether the VF has all those that are not NULL. */
bool vprep_vf_settings_are(const struct vprep_vf *vf, char *const *texts);

/* Sets what is wanted, or says by which key of which VF the kernel does not take it. */
int vprep_vf_settings_set(struct vprep_io *io, const struct vprep_step *step,
			  const struct vprep_vf_settings_facts *facts,
			  const struct vprep_vf *vf, struct vprep_error *err);
/* Sets what was, except where somebody else has changed it, which is a warning. */
int vprep_vf_settings_restore(struct vprep_io *io, const struct vprep_step *step,
			      const struct vprep_vf_settings_facts *facts,
			      const struct vprep_vf *vf, struct vprep_error *err);

#endif

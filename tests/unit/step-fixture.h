/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of any kind, made by hand. */
#ifndef VPREP_TESTS_UNIT_STEP_FIXTURE_H
#define VPREP_TESTS_UNIT_STEP_FIXTURE_H

#include "model/step.h"

/* Adds a step of the kind of that name. */
struct vprep_step *step_add(struct vprep_steps *steps, const char *kind,
			    const char *device);
/* Set a fact, which the kind must have; the text is copied, and may be NULL. */
void step_set_text(struct vprep_step *step, const char *name, const char *text);
void step_set_number(struct vprep_step *step, const char *name, int64_t number);

#endif

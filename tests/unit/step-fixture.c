// SPDX-License-Identifier: GPL-2.0-or-later
#include "step-fixture.h"

#include "common/str.h"
#include "test.h"

struct vprep_step *step_add(struct vprep_steps *steps, const char *kind,
			    const char *device)
{
	struct vprep_step *step;

	assert_non_null(vprep_step_kind_find(kind));
	assert_int_equal(
		vprep_steps_add(steps, vprep_step_kind_find(kind), device, &step), 0);
	return step;
}

static void *fact_at(const struct vprep_step *step, const char *name)
{
	size_t i;

	for (i = 0; i < step->kind->n_facts; i++)
		if (streq(step->kind->facts[i].name, name))
			return (char *)step->facts + step->kind->facts[i].offset;
	fail_msg("a %s has no '%s'", step->kind->name, name);
	return NULL;
}

void step_set_text(struct vprep_step *step, const char *name, const char *text)
{
	assert_int_equal(vprep_str_replace(fact_at(step, name), text), 0);
}

void step_set_number(struct vprep_step *step, const char *name, int64_t number)
{
	*(int64_t *)fact_at(step, name) = number;
}

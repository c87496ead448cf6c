// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "plan/check.h"
#include "udev/rule.h"

struct building {
	const struct vprep_survey *survey;
	const struct vprep_terms *terms;
	struct vprep_steps *steps;
};

/* Makes one group's or member's step of a kind; 1 when there is none to make. */
typedef int (*group_maker)(const struct building *b, const struct vprep_survey_group *g,
			   struct vprep_step *step);
typedef int (*member_maker)(const struct building *b, const struct vprep_survey_group *g,
			    const struct vprep_survey_member *m, struct vprep_step *step);

static int copy(char **to, const char *from)
{
	return vprep_str_replace(to, from);
}

static int add_made(const struct building *b, struct vprep_step *step, int made)
{
	int r = made;

	if (r == 0)
		r = vprep_steps_add(b->steps, step);
	if (r != 0)
		vprep_step_done(step);
	return r < 0 ? r : 0;
}

static int make_claim(const struct building *b, const struct vprep_survey_group *g,
		      const struct vprep_survey_member *m, struct vprep_step *step)
{
	(void)b;
	if (!m->requested)
		return 1;
	step->group = g->group->number;
	return copy(&step->device, m->member->name);
}

static bool is_planned_module(const struct vprep_steps *steps, const char *module)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].kind == VPREP_STEP_MODULE_LOAD &&
		    streq(steps->items[i].device, module))
			return true;
	return false;
}

static bool is_bound_by_us(const struct vprep_survey_member *m,
			   const struct vprep_terms *terms)
{
	enum vprep_fate fate = vprep_member_fate(m, terms);

	return fate == VPREP_FATE_BIND || fate == VPREP_FATE_PLACEHOLDER;
}

static int make_module(const struct building *b, const struct vprep_survey_group *g,
		       const struct vprep_survey_member *m, struct vprep_step *step)
{
	int r;

	(void)g;
	if (!is_bound_by_us(m, b->terms) || !m->choice.module ||
	    is_planned_module(b->steps, m->choice.module))
		return 1;
	r = copy(&step->device, m->choice.module);
	return r < 0 ? r : copy(&step->driver, m->choice.driver);
}

static int set_group_device(const struct vprep_survey_group *g, struct vprep_step *step)
{
	step->group = g->group->number;
	step->device = vprep_strf("group %u", g->group->number);
	return step->device ? 0 : -ENOMEM;
}

static int make_rule(const struct building *b, const struct vprep_survey_group *g,
		     struct vprep_step *step)
{
	int r;

	if (g->mine)
		return 1;
	r = set_group_device(g, step);
	if (r == 0)
		r = copy(&step->made_directory, b->survey->made_rules_dir);
	if (r == 0)
		r = copy(&step->was_content, g->rule);
	if (r == 0)
		r = copy(&step->directory, b->terms->rules_dir);
	if (r == 0)
		r = vprep_rule_group_file(g->group->number, &step->file);
	if (r == 0)
		r = vprep_rule_group_text(g->group->number, b->terms->owner,
					  b->terms->uid, b->terms->gid, b->terms->mode,
					  &step->content);
	return r;
}

/* The facts that giving a device back needs. */
static int record_device(const struct vprep_survey_group *g,
			 const struct vprep_pci_device *pci, struct vprep_step *step)
{
	int r;

	step->group = g->group->number;
	step->pci_id = (int64_t)pci->vendor << 16 | pci->device;
	if (pci->n_vfs > 0)
		step->was_vfs = pci->n_vfs;
	r = copy(&step->device, pci->text.s);
	if (r == 0)
		r = copy(&step->was_driver, pci->driver);
	if (r == 0)
		r = copy(&step->was_module, pci->module);
	if (r == 0)
		r = copy(&step->was_override, pci->override);
	if (r == 0)
		r = copy(&step->was_power, pci->power);
	return r;
}

static int make_bind(const struct building *b, const struct vprep_survey_group *g,
		     const struct vprep_survey_member *m, struct vprep_step *step)
{
	enum vprep_fate fate = vprep_member_fate(m, b->terms);
	bool wanted =
		step->kind == VPREP_STEP_DRIVER_BIND
			? fate == VPREP_FATE_BIND
			: fate == VPREP_FATE_PLACEHOLDER || fate == VPREP_FATE_UNBIND;
	int r;

	if (!wanted)
		return 1;
	r = record_device(g, m->member->pci, step);
	if (r == 0 && fate != VPREP_FATE_UNBIND)
		r = copy(&step->driver, m->choice.driver);
	return r;
}

static int make_permission(const struct building *b, const struct vprep_survey_group *g,
			   struct vprep_step *step)
{
	int r;

	if (g->mine)
		return 1;
	step->uid = b->terms->uid;
	step->gid = b->terms->gid;
	step->mode = b->terms->mode;
	if (g->node_exists) {
		step->was_uid = g->uid;
		step->was_gid = g->gid;
		step->was_mode = g->mode;
	}
	r = set_group_device(g, step);
	return r < 0 ? r : copy(&step->node, g->node);
}

static int add_members(const struct building *b, enum vprep_step_kind kind,
		       member_maker make)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < b->survey->n_groups; i++) {
		const struct vprep_survey_group *g = &b->survey->groups[i];

		for (k = 0; r == 0 && k < g->group->n_members; k++) {
			struct vprep_step step;

			vprep_step_init(&step, kind);
			r = add_made(b, &step, make(b, g, &g->members[k], &step));
		}
	}
	return r;
}

static int add_groups(const struct building *b, enum vprep_step_kind kind,
		      group_maker make)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->survey->n_groups; i++) {
		struct vprep_step step;

		vprep_step_init(&step, kind);
		r = add_made(b, &step, make(b, &b->survey->groups[i], &step));
	}
	return r;
}

int vprep_plan_build(const struct vprep_survey *survey, const struct vprep_terms *terms,
		     struct vprep_steps *ret)
{
	struct vprep_steps steps = { 0 };
	struct building b = { survey, terms, &steps };
	int r;

	r = add_members(&b, VPREP_STEP_CLAIM, make_claim);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_MODULE_LOAD, make_module);
	if (r == 0)
		r = add_groups(&b, VPREP_STEP_UDEV_RULE, make_rule);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_DRIVER_BIND, make_bind);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_PLACEHOLDER_BIND, make_bind);
	if (r == 0)
		r = add_groups(&b, VPREP_STEP_NODE_PERMISSION, make_permission);
	if (r < 0) {
		vprep_steps_done(&steps);
		return r;
	}
	*ret = steps;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "plan/check.h"
#include "udev/rule.h"

struct building {
	const struct vprep_facts *facts;
	const struct vprep_attach_options *options;
	struct vprep_steps *steps;
};

/* Each adds the steps of one kind for one group, member or device with a node of its own,
 * if it needs any. On failure all steps are thrown away. */
typedef int (*group_planner)(const struct building *b, const struct vprep_facts_group *g);
typedef int (*member_planner)(const struct building *b, const struct vprep_facts_group *g,
			      const struct vprep_facts_member *m);
typedef int (*node_planner)(const struct building *b, const struct vprep_device *d);

static int copy(char **to, const char *from)
{
	return vprep_str_replace(to, from);
}

/* @group: -1 for a step that goes with its device, not with its group. */
static int add(const struct building *b, enum vprep_step_kind kind, const char *device,
	       int64_t group, struct vprep_step **ret)
{
	int r = vprep_steps_new(b->steps, kind, device, ret);

	if (r == 0)
		(*ret)->group = group;
	return r;
}

/* ---- nodes: a rule for udev and a change of the node itself ---- */

/* Takes what the rule's maker returned: @made. */
static int add_rule(const struct building *b, const char *device, int64_t group, int made,
		    struct vprep_rule *rule, const struct vprep_node_state *node)
{
	const struct vprep_attach_options *o = b->options;
	const struct vprep_rule_grant grant = { o->owner, o->uid, o->gid, o->mode };
	struct vprep_step *step;
	int r = made;

	if (r == 0)
		r = add(b, VPREP_STEP_UDEV_RULE, device, group, &step);
	if (r == 0)
		r = copy(&step->directory, o->rules_dir);
	if (r == 0)
		r = copy(&step->made_directory, b->facts->made_rules_dir);
	if (r == 0)
		r = copy(&step->was_content, node->rule);
	if (r == 0)
		r = copy(&step->file, rule->file);
	if (r == 0)
		r = vprep_rule_text(rule, &grant, &step->content);
	vprep_rule_done(rule);
	return r;
}

/* @path: NULL where the node is found by its device. */
static int add_permission(const struct building *b, enum vprep_step_kind kind,
			  const char *device, int64_t group, const char *path,
			  const struct vprep_node_state *node)
{
	struct vprep_step *step;
	int r;

	r = add(b, kind, device, group, &step);
	if (r < 0)
		return r;
	step->uid = b->options->uid;
	step->gid = b->options->gid;
	step->mode = b->options->mode;
	if (node->exists) {
		step->was_uid = node->uid;
		step->was_gid = node->gid;
		step->was_mode = node->mode;
	}
	return copy(&step->node, path);
}

struct group_name {
	char s[sizeof("group 4294967295")];
};

static struct group_name name_of(const struct vprep_facts_group *g)
{
	struct group_name name;

	snprintf(name.s, sizeof(name.s), "group %u", g->group->number);
	return name;
}

static int plan_group_rule(const struct building *b, const struct vprep_facts_group *g)
{
	struct vprep_rule rule = { 0 };

	if (g->mine)
		return 0;
	return add_rule(b, name_of(g).s, g->group->number,
			vprep_rule_of_group(g->group->number, &rule), &rule, &g->node);
}

static int plan_group_permission(const struct building *b,
				 const struct vprep_facts_group *g)
{
	if (g->mine && vprep_node_state_is(&g->node, b->options))
		return 0;
	return add_permission(b, VPREP_STEP_NODE_PERMISSION, name_of(g).s,
			      g->group->number, g->node.path, &g->node);
}

/* A function that becomes a vGPU is held by another name than its own. */
static const char *held_name(const struct vprep_device *d)
{
	return d->held_as ? d->held_as : d->name;
}

static int plan_node_rule(const struct building *b, const struct vprep_device *d)
{
	struct vprep_rule rule = { 0 };
	const char *name = d->name, *match = d->match;

	if (!match)
		return 0;
	return add_rule(b, held_name(d), -1, vprep_rule_of_node(name, match, &rule),
			&rule, &d->node);
}

static int plan_node_permission(const struct building *b, const struct vprep_device *d)
{
	if (!d->node.path && !d->match) /* it is only held */
		return 0;
	return add_permission(b, VPREP_STEP_NODE_PERMISSION, held_name(d), -1,
			      d->node.path, &d->node);
}

static int add_cdev_rule(const struct building *b, const char *device,
			 const struct vprep_node_state *cdev)
{
	struct vprep_rule rule = { 0 };

	return add_rule(b, device, -1, vprep_rule_of_cdev(device, &rule), &rule, cdev);
}

static bool wants_cdev(const struct building *b, const struct vprep_facts_member *m)
{
	return b->facts->cdevs && m->device && !m->claimed;
}

static int plan_cdev_rule(const struct building *b, const struct vprep_facts_group *g,
			  const struct vprep_facts_member *m)
{
	(void)g;
	return wants_cdev(b, m) ? add_cdev_rule(b, m->member->name, &m->device->cdev) : 0;
}

static int plan_cdev_permission(const struct building *b,
				const struct vprep_facts_group *g,
				const struct vprep_facts_member *m)
{
	(void)g;
	return wants_cdev(b, m)
		       ? add_permission(b, VPREP_STEP_CDEV_PERMISSION, m->member->name,
					-1, NULL, &m->device->cdev)
		       : 0;
}

/* A function that becomes a vGPU keeps its driver, and has no node of its own then. */
static bool wants_mdev_cdev(const struct building *b, const struct vprep_device *d)
{
	return b->facts->cdevs && d->kind->is_vfio && !d->held_as;
}

static int plan_mdev_cdev_rule(const struct building *b, const struct vprep_device *d)
{
	return wants_mdev_cdev(b, d) ? add_cdev_rule(b, d->name, &d->cdev) : 0;
}

static int plan_mdev_cdev_permission(const struct building *b,
				     const struct vprep_device *d)
{
	return wants_mdev_cdev(b, d) ? add_permission(b, VPREP_STEP_CDEV_PERMISSION,
						      d->name, -1, NULL, &d->cdev)
				     : 0;
}

/* ---- devices ---- */

static int plan_claim(const struct building *b, const struct vprep_facts_group *g,
		      const struct vprep_facts_member *m)
{
	struct vprep_step *step;

	if (!m->device || m->claimed)
		return 0;
	return add(b, VPREP_STEP_CLAIM, m->member->name, g->group->number, &step);
}

static int plan_node_claim(const struct building *b, const struct vprep_device *d)
{
	struct vprep_step *step;

	return add(b, VPREP_STEP_CLAIM, held_name(d), -1, &step);
}

static bool is_planned_module(const struct vprep_steps *steps, const char *module)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_lasting(&steps->items[i]) &&
		    streq(steps->items[i].device, module))
			return true;
	return false;
}

static int plan_module(const struct building *b, const struct vprep_facts_group *g,
		       const struct vprep_facts_member *m)
{
	enum vprep_action action = vprep_member_action(m, b->options);
	struct vprep_step *step;
	int r;

	(void)g;
	if ((action != VPREP_ACTION_BIND && action != VPREP_ACTION_PLACEHOLDER) ||
	    !m->choice.module || is_planned_module(b->steps, m->choice.module))
		return 0;
	r = add(b, VPREP_STEP_MODULE_LOAD, m->choice.module, -1, &step);
	return r < 0 ? r : copy(&step->driver, m->choice.driver);
}

/* @driver: NULL where the device is only to be unbound. */
static int add_bind(const struct building *b, enum vprep_step_kind kind,
		    const struct vprep_facts_group *g, const struct vprep_pci_device *pci,
		    const char *driver)
{
	struct vprep_step *step;
	int r;

	r = add(b, kind, pci->text.s, g->group->number, &step);
	if (r < 0)
		return r;
	step->pci_id = (int64_t)pci->vendor << 16 | pci->device;
	if (pci->n_vfs > 0)
		step->was_vfs = pci->n_vfs;
	r = copy(&step->driver, driver);
	if (r == 0)
		r = copy(&step->was_driver, pci->driver);
	if (r == 0)
		r = copy(&step->was_module, pci->module);
	if (r == 0)
		r = copy(&step->was_override, pci->override);
	return r < 0 ? r : copy(&step->was_power, pci->power);
}

static int plan_bind(const struct building *b, const struct vprep_facts_group *g,
		     const struct vprep_facts_member *m)
{
	if (vprep_member_action(m, b->options) != VPREP_ACTION_BIND)
		return 0;
	return add_bind(b, VPREP_STEP_DRIVER_BIND, g, m->member->pci, m->choice.driver);
}

static int plan_placeholder(const struct building *b, const struct vprep_facts_group *g,
			    const struct vprep_facts_member *m)
{
	enum vprep_action action = vprep_member_action(m, b->options);

	if (action != VPREP_ACTION_PLACEHOLDER && action != VPREP_ACTION_UNBIND)
		return 0;
	return add_bind(b, VPREP_STEP_PLACEHOLDER_BIND, g, m->member->pci,
			action == VPREP_ACTION_UNBIND ? NULL : m->choice.driver);
}

/* A captured tree does not hold what the VF had; nothing is done to one. */
static int plan_vf_config(const struct building *b, const struct vprep_facts_group *g,
			  const struct vprep_facts_member *m)
{
	const struct vprep_device *device = m->device;
	const struct vprep_vf *vf;
	struct vprep_step *step;
	int r;

	if (m->claimed || !vprep_device_has_vf_config(device))
		return 0;
	vf = &device->vf;
	r = add(b, VPREP_STEP_VF_CONFIG, m->member->name, g->group->number, &step);
	if (r < 0)
		return r;
	if (device->asked.has_vlan)
		step->vlan = device->asked.vlan;
	if (vf->known) {
		step->was_vlan = vf->vlan;
		step->was_qos = vf->qos;
		step->was_protocol = vf->protocol;
	}
	r = copy(&step->driver, m->choice.driver);
	if (r == 0)
		r = copy(&step->pf, vf->pf);
	if (r == 0 && device->asked.has_mac)
		r = copy(&step->mac, vprep_mac_text(device->asked.mac).s);
	if (r == 0 && vf->known)
		r = copy(&step->was_mac, vprep_mac_text(vf->mac).s);
	return r;
}

static int plan_mdev(const struct building *b, const struct vprep_device *d)
{
	struct vprep_step *step;
	int r;

	if (!d->is_new)
		return 0;
	r = add(b, VPREP_STEP_MDEV_CREATE, held_name(d), -1, &step);
	if (r == 0)
		r = copy(&step->parent, d->parent);
	if (r == 0)
		r = copy(&step->type, d->type);
	return r < 0 ? r : copy(&step->settings, d->settings);
}

/* ---- all of it ---- */

static int plan_members(const struct building *b, member_planner plan)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < b->facts->n_groups; i++) {
		const struct vprep_facts_group *g = &b->facts->groups[i];

		for (k = 0; r == 0 && k < g->group->n_members; k++)
			r = plan(b, g, &g->members[k]);
	}
	return r;
}

static int plan_groups(const struct building *b, group_planner plan)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->facts->n_groups; i++)
		r = plan(b, &b->facts->groups[i]);
	return r;
}

static int plan_nodes(const struct building *b, node_planner plan)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->facts->devices->n; i++) {
		const struct vprep_device *d = &b->facts->devices->items[i];

		if (!d->kind->has_group && !d->claimed)
			r = plan(b, d);
	}
	return r;
}

/* In the order of doing. */
static const struct {
	group_planner group;
	member_planner member;
	node_planner node;
} planners[] = {
	{ .member = plan_claim, .node = plan_node_claim },
	{ .member = plan_module },
	{ .group = plan_group_rule, .node = plan_node_rule },
	{ .node = plan_mdev },
	{ .member = plan_cdev_rule, .node = plan_mdev_cdev_rule },
	{ .member = plan_vf_config },
	{ .member = plan_bind },
	{ .member = plan_placeholder },
	{ .group = plan_group_permission, .node = plan_node_permission },
	{ .member = plan_cdev_permission, .node = plan_mdev_cdev_permission },
};

int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret)
{
	struct vprep_steps steps = { 0 };
	const struct building b = { facts, options, &steps };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(planners); i++) {
		if (planners[i].group)
			r = plan_groups(&b, planners[i].group);
		if (r == 0 && planners[i].member)
			r = plan_members(&b, planners[i].member);
		if (r == 0 && planners[i].node)
			r = plan_nodes(&b, planners[i].node);
	}
	if (r < 0) {
		vprep_steps_done(&steps);
		return r;
	}
	*ret = steps;
	return 0;
}

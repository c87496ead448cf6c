// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "plan/check.h"
#include "udev/rule.h"

struct building {
	const struct vprep_facts *facts;
	const struct vprep_attach_options *options;
	struct vprep_steps *steps;
};

/* Makes one group's or member's step of a kind; 1 when there is none to make. */
typedef int (*group_maker)(const struct building *b, const struct vprep_facts_group *g,
			   struct vprep_step *step);
typedef int (*node_maker)(const struct building *b, const struct vprep_facts_node *n,
			  struct vprep_step *step);
typedef int (*member_maker)(const struct building *b, const struct vprep_facts_group *g,
			    const struct vprep_facts_member *m, struct vprep_step *step);

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

static int make_claim(const struct building *b, const struct vprep_facts_group *g,
		      const struct vprep_facts_member *m, struct vprep_step *step)
{
	(void)b;
	if (!m->requested || m->claimed)
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

static bool is_bound_by_us(const struct vprep_facts_member *m,
			   const struct vprep_attach_options *options)
{
	enum vprep_action action = vprep_member_action(m, options);

	return action == VPREP_ACTION_BIND || action == VPREP_ACTION_PLACEHOLDER;
}

static int make_module(const struct building *b, const struct vprep_facts_group *g,
		       const struct vprep_facts_member *m, struct vprep_step *step)
{
	int r;

	(void)g;
	if (!is_bound_by_us(m, b->options) || !m->choice.module ||
	    is_planned_module(b->steps, m->choice.module))
		return 1;
	r = copy(&step->device, m->choice.module);
	return r < 0 ? r : copy(&step->driver, m->choice.driver);
}

static int set_group_device(const struct vprep_facts_group *g, struct vprep_step *step)
{
	step->group = g->group->number;
	step->device = vprep_strf("group %u", g->group->number);
	return step->device ? 0 : -ENOMEM;
}

static struct vprep_rule_grant grant_of(const struct building *b)
{
	return (struct vprep_rule_grant){ b->options->owner, b->options->uid,
					  b->options->gid, b->options->mode };
}

static int fill_rule(const struct building *b, const char *was, struct vprep_step *step)
{
	int r;

	r = copy(&step->made_directory, b->facts->made_rules_dir);
	if (r == 0)
		r = copy(&step->was_content, was);
	return r < 0 ? r : copy(&step->directory, b->options->rules_dir);
}

static int make_rule(const struct building *b, const struct vprep_facts_group *g,
		     struct vprep_step *step)
{
	const struct vprep_rule_grant grant = grant_of(b);
	int r;

	if (g->mine)
		return 1;
	r = set_group_device(g, step);
	if (r == 0)
		r = fill_rule(b, g->rule, step);
	if (r == 0)
		r = vprep_rule_group_file(g->group->number, &step->file);
	return r < 0 ? r
		     : vprep_rule_group_text(g->group->number, &grant, &step->content);
}

static int make_node_rule(const struct building *b, const struct vprep_facts_node *n,
			  struct vprep_step *step)
{
	const struct vprep_rule_grant grant = grant_of(b);
	const char *name = n->target->name;
	int r;

	if (!n->target->match)
		return 1;
	r = fill_rule(b, n->rule, step);
	if (r == 0)
		r = vprep_rule_node_file(name, &step->file);
	return r < 0 ? r
		     : vprep_rule_node_text(name, n->target->match, &grant,
					    &step->content);
}

/* The facts that giving a device back needs. */
static int record_device(const struct vprep_facts_group *g,
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

static int make_bind(const struct building *b, const struct vprep_facts_group *g,
		     const struct vprep_facts_member *m, struct vprep_step *step)
{
	enum vprep_action action = vprep_member_action(m, b->options);
	bool wanted = step->kind == VPREP_STEP_DRIVER_BIND
			      ? action == VPREP_ACTION_BIND
			      : action == VPREP_ACTION_PLACEHOLDER ||
					action == VPREP_ACTION_UNBIND;
	int r;

	if (!wanted)
		return 1;
	r = record_device(g, m->member->pci, step);
	if (r == 0 && action != VPREP_ACTION_UNBIND)
		r = copy(&step->driver, m->choice.driver);
	return r;
}

/* A captured tree does not hold what the VF had; nothing is done to one. */
static int make_vf_config(const struct building *b, const struct vprep_facts_group *g,
			  const struct vprep_facts_member *m, struct vprep_step *step)
{
	const struct vprep_target *target = m->target;
	const struct vprep_vf *vf = &m->vf;
	int r;

	(void)b;
	if (!m->requested || m->claimed || !vprep_target_has_vf_config(target))
		return 1;
	step->group = g->group->number;
	if (target->has_vlan)
		step->vlan = target->vlan;
	if (vf->known) {
		step->was_vlan = vf->vlan;
		step->was_qos = vf->qos;
		step->was_protocol = vf->protocol;
	}
	r = copy(&step->device, m->member->name);
	if (r == 0)
		r = copy(&step->driver, m->choice.driver);
	if (r == 0)
		r = copy(&step->pf, vf->pf);
	if (r == 0 && target->has_mac)
		r = copy(&step->mac, vprep_mac_text(target->mac).s);
	if (r == 0 && vf->known)
		r = copy(&step->was_mac, vprep_mac_text(vf->mac).s);
	return r;
}

static int make_mdev(const struct building *b, const struct vprep_facts_node *n,
		     struct vprep_step *step)
{
	int r;

	(void)b;
	if (!n->target->is_new)
		return 1;
	r = copy(&step->parent, n->parent);
	if (r == 0)
		r = copy(&step->type, n->type);
	return r < 0 ? r : copy(&step->settings, n->target->settings);
}

static void set_permission(const struct building *b, bool exists, uid_t uid, gid_t gid,
			   mode_t mode, struct vprep_step *step)
{
	step->uid = b->options->uid;
	step->gid = b->options->gid;
	step->mode = b->options->mode;
	if (exists) {
		step->was_uid = uid;
		step->was_gid = gid;
		step->was_mode = mode;
	}
}

static int make_permission(const struct building *b, const struct vprep_facts_group *g,
			   struct vprep_step *step)
{
	bool as_wanted = g->node_exists && g->uid == b->options->uid &&
			 g->gid == b->options->gid && g->mode == b->options->mode;
	int r;

	if (g->mine && as_wanted)
		return 1;
	set_permission(b, g->node_exists, g->uid, g->gid, g->mode, step);
	r = set_group_device(g, step);
	return r < 0 ? r : copy(&step->node, g->node);
}

static int make_node_permission(const struct building *b,
				const struct vprep_facts_node *n, struct vprep_step *step)
{
	if (!n->target->node && !n->target->match) /* it is only held */
		return 1;
	set_permission(b, n->exists, n->uid, n->gid, n->mode, step);
	return copy(&step->node, n->target->node);
}

static int fill_cdev_rule(const struct building *b, const char *name,
			  const struct vprep_facts_cdev *cdev, struct vprep_step *step)
{
	const struct vprep_rule_grant grant = grant_of(b);
	int r;

	r = copy(&step->device, name);
	if (r == 0)
		r = fill_rule(b, cdev->rule, step);
	if (r == 0)
		r = vprep_rule_cdev_file(name, &step->file);
	return r < 0 ? r : vprep_rule_cdev_text(name, &grant, &step->content);
}

static int fill_cdev_permission(const struct building *b, const char *name,
				const struct vprep_facts_cdev *cdev,
				struct vprep_step *step)
{
	set_permission(b, cdev->exists, cdev->uid, cdev->gid, cdev->mode, step);
	return copy(&step->device, name);
}

static bool wants_cdev(const struct building *b, const struct vprep_facts_member *m)
{
	return b->facts->cdevs && m->requested && !m->claimed;
}

/* These two go with their device, not with its group. */
static int make_cdev_rule(const struct building *b, const struct vprep_facts_group *g,
			  const struct vprep_facts_member *m, struct vprep_step *step)
{
	(void)g;
	return wants_cdev(b, m) ? fill_cdev_rule(b, m->member->name, &m->cdev, step) : 1;
}

static int make_cdev_permission(const struct building *b,
				const struct vprep_facts_group *g,
				const struct vprep_facts_member *m,
				struct vprep_step *step)
{
	(void)g;
	return wants_cdev(b, m) ? fill_cdev_permission(b, m->member->name, &m->cdev, step)
				: 1;
}

/* A function that becomes a vGPU has its node by another name, and keeps its driver. */
static bool wants_mdev_cdev(const struct building *b, const struct vprep_facts_node *n)
{
	return b->facts->cdevs && n->target->kind == VPREP_TARGET_MDEV && !n->held_as;
}

static int make_mdev_cdev_rule(const struct building *b, const struct vprep_facts_node *n,
			       struct vprep_step *step)
{
	return wants_mdev_cdev(b, n) ? fill_cdev_rule(b, n->target->name, &n->cdev, step)
				     : 1;
}

static int make_mdev_cdev_permission(const struct building *b,
				     const struct vprep_facts_node *n,
				     struct vprep_step *step)
{
	return wants_mdev_cdev(b, n)
		       ? fill_cdev_permission(b, n->target->name, &n->cdev, step)
		       : 1;
}

/* Its claim is all that is left: the device's name is there already. */
static int make_node_claim(const struct building *b, const struct vprep_facts_node *n,
			   struct vprep_step *step)
{
	(void)b;
	(void)n;
	(void)step;
	return 0;
}

static int add_members(const struct building *b, enum vprep_step_kind kind,
		       member_maker make)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < b->facts->n_groups; i++) {
		const struct vprep_facts_group *g = &b->facts->groups[i];

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

	for (i = 0; r == 0 && i < b->facts->n_groups; i++) {
		struct vprep_step step;

		vprep_step_init(&step, kind);
		r = add_made(b, &step, make(b, &b->facts->groups[i], &step));
	}
	return r;
}

static int add_nodes(const struct building *b, enum vprep_step_kind kind, node_maker make)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->facts->n_nodes; i++) {
		const struct vprep_facts_node *n = &b->facts->nodes[i];
		struct vprep_step step;

		if (n->claimed)
			continue;
		vprep_step_init(&step, kind);
		r = copy(&step.device, n->held_as ? n->held_as : n->target->name);
		r = add_made(b, &step, r < 0 ? r : make(b, n, &step));
	}
	return r;
}

int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret)
{
	struct vprep_steps steps = { 0 };
	struct building b = { facts, options, &steps };
	int r;

	r = add_members(&b, VPREP_STEP_CLAIM, make_claim);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_CLAIM, make_node_claim);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_MODULE_LOAD, make_module);
	if (r == 0)
		r = add_groups(&b, VPREP_STEP_UDEV_RULE, make_rule);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_UDEV_RULE, make_node_rule);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_MDEV_CREATE, make_mdev);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_UDEV_RULE, make_cdev_rule);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_UDEV_RULE, make_mdev_cdev_rule);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_VF_CONFIG, make_vf_config);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_DRIVER_BIND, make_bind);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_PLACEHOLDER_BIND, make_bind);
	if (r == 0)
		r = add_groups(&b, VPREP_STEP_NODE_PERMISSION, make_permission);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_NODE_PERMISSION, make_node_permission);
	if (r == 0)
		r = add_members(&b, VPREP_STEP_CDEV_PERMISSION, make_cdev_permission);
	if (r == 0)
		r = add_nodes(&b, VPREP_STEP_CDEV_PERMISSION, make_mdev_cdev_permission);
	if (r < 0) {
		vprep_steps_done(&steps);
		return r;
	}
	*ret = steps;
	return 0;
}

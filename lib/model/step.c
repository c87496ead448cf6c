// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

static const char *const kind_names[VPREP_STEP_KINDS] = {
	[VPREP_STEP_CLAIM] = "claim",
	[VPREP_STEP_NUMVFS] = "numvfs",
	[VPREP_STEP_MODULE_LOAD] = "module-load",
	[VPREP_STEP_UDEV_RULE] = "udev-rule",
	[VPREP_STEP_MDEV_CREATE] = "mdev-create",
	[VPREP_STEP_VPORT_CREATE] = "vport-create",
	[VPREP_STEP_VF_CONFIG] = "vf-config",
	[VPREP_STEP_DRIVER_BIND] = "driver-bind",
	[VPREP_STEP_PLACEHOLDER_BIND] = "placeholder-bind",
	[VPREP_STEP_NODE_PERMISSION] = "node-permission",
	[VPREP_STEP_CDEV_PERMISSION] = "cdev-permission",
	[VPREP_STEP_RELEASE] = "release",
};

static const char *const state_names[VPREP_STEP_STATES] = {
	[VPREP_STEP_INTENT] = "intent",
	[VPREP_STEP_DONE] = "done",
	[VPREP_STEP_UNDONE] = "undone",
	[VPREP_STEP_FAILED] = "failed",
};

static int find_name(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (streq(names[i], name))
			return (int)i;
	return -1;
}

const char *vprep_step_kind_name(enum vprep_step_kind kind)
{
	return kind_names[kind];
}

const char *vprep_step_state_name(enum vprep_step_state state)
{
	return state_names[state];
}

int vprep_step_kind_parse(const char *name)
{
	return find_name(kind_names, VPREP_STEP_KINDS, name);
}

int vprep_step_state_parse(const char *name)
{
	return find_name(state_names, VPREP_STEP_STATES, name);
}

void vprep_step_init(struct vprep_step *step, enum vprep_step_kind kind)
{
	*step = (struct vprep_step){
		.kind = kind,
		.request = -1,
		.group = -1,
		.was_vfs = -1,
		.pci_id = -1,
		.vfs = -1,
		.autoprobe = -1,
		.was_autoprobe = -1,
		.vlan = -1,
		.was_vlan = -1,
		.was_qos = -1,
		.was_protocol = -1,
		.uid = -1,
		.gid = -1,
		.mode = -1,
		.was_uid = -1,
		.was_gid = -1,
		.was_mode = -1,
		.pid = -1,
		.pid_start = -1,
	};
}

void vprep_step_done(struct vprep_step *step)
{
	char *const owned[] = {
		step->made_directory, step->device,	 step->driver,
		step->was_driver,     step->was_module,	 step->was_override,
		step->was_power,      step->directory,	 step->file,
		step->content,	      step->was_content, step->node,
		step->reason,	      step->pf,		 step->mac,
		step->was_mac,	      step->parent,	 step->type,
		step->settings,	      step->vport,
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(owned); i++)
		free(owned[i]);
	vprep_step_init(step, step->kind);
}

int vprep_steps_add(struct vprep_steps *steps, struct vprep_step *step)
{
	struct vprep_step *items;

	items = reallocarray(steps->items, steps->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	steps->items = items;
	items[steps->n++] = *step;
	vprep_step_init(step, step->kind);
	return 0;
}

int vprep_steps_new(struct vprep_steps *steps, enum vprep_step_kind kind,
		    const char *device, struct vprep_step **ret)
{
	struct vprep_step step;
	int r;

	vprep_step_init(&step, kind);
	r = vprep_str_replace(&step.device, device);
	if (r == 0)
		r = vprep_steps_add(steps, &step);
	if (r == 0)
		*ret = &steps->items[steps->n - 1];
	else
		vprep_step_done(&step);
	return r;
}

void vprep_steps_done(struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		vprep_step_done(&steps->items[i]);
	free(steps->items);
	*steps = (struct vprep_steps){ 0 };
}

bool vprep_step_is_live(const struct vprep_step *step)
{
	if (vprep_step_is_release(step) && step->state == VPREP_STEP_DONE)
		return false;
	return step->state != VPREP_STEP_UNDONE;
}

bool vprep_step_is_claim(const struct vprep_step *step)
{
	return step->kind == VPREP_STEP_CLAIM;
}

bool vprep_step_is_live_claim(const struct vprep_step *step)
{
	return vprep_step_is_claim(step) && vprep_step_is_live(step);
}

bool vprep_step_is_release(const struct vprep_step *step)
{
	return step->kind == VPREP_STEP_RELEASE;
}

bool vprep_step_is_lasting(const struct vprep_step *step)
{
	return step->kind == VPREP_STEP_MODULE_LOAD;
}

bool vprep_step_changes_vfs(const struct vprep_step *step)
{
	return step->kind == VPREP_STEP_NUMVFS;
}

const char *vprep_step_made_directory(const struct vprep_step *step)
{
	return step->made_directory;
}

const char *vprep_step_node_path(const struct vprep_step *step)
{
	return step->node;
}

bool vprep_step_node(const struct vprep_step *step, struct vprep_step_node *ret)
{
	if (step->kind != VPREP_STEP_NODE_PERMISSION)
		return false;
	*ret = (struct vprep_step_node){ step->node, (uid_t)step->uid, (gid_t)step->gid,
					 (mode_t)step->mode };
	return true;
}

bool vprep_step_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret)
{
	if (step->kind != VPREP_STEP_MDEV_CREATE || !step->parent || !step->type)
		return false;
	*ret = (struct vprep_step_mdev){ step->parent, step->type };
	return true;
}

bool vprep_step_pending_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret)
{
	return (step->state == VPREP_STEP_INTENT || step->state == VPREP_STEP_FAILED) &&
	       vprep_step_mdev(step, ret);
}

const char *vprep_step_made_mdev(const struct vprep_step *step)
{
	static const char *const prefixes[] = { VPREP_STEP_MADE_MDEV,
						VPREP_STEP_MADE_VGPU };
	size_t i;

	for (i = 0; step->device && i < VPREP_ARRAY_SIZE(prefixes); i++)
		if (strncmp(step->device, prefixes[i], strlen(prefixes[i])) == 0)
			return step->device + strlen(prefixes[i]);
	return NULL;
}

bool vprep_step_is_quarantined(const struct vprep_step *step)
{
	return step->state == VPREP_STEP_FAILED && step->pid >= 0;
}

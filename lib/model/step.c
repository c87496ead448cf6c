// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/step.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

static const char *const state_names[VPREP_STEP_STATES] = {
	[VPREP_STEP_INTENT] = "intent",
	[VPREP_STEP_DONE] = "done",
	[VPREP_STEP_UNDONE] = "undone",
	[VPREP_STEP_FAILED] = "failed",
};

const struct vprep_step_kind *vprep_step_kind_find(const char *name)
{
	size_t i;

	for (i = 0; vprep_step_kinds[i]; i++)
		if (streq(vprep_step_kinds[i]->name, name))
			return vprep_step_kinds[i];
	return NULL;
}

const struct vprep_step_kind *vprep_step_kind_of(enum vprep_step_role role)
{
	size_t i;

	for (i = 0; vprep_step_kinds[i]; i++)
		if (vprep_step_kinds[i]->role == role)
			return vprep_step_kinds[i];
	return NULL;
}

const char *vprep_step_state_name(enum vprep_step_state state)
{
	return state_names[state];
}

int vprep_step_state_parse(const char *name)
{
	return vprep_word_index(state_names, VPREP_STEP_STATES, name);
}

static void *fact_at(const struct vprep_step *step, const struct vprep_fact *fact)
{
	return (char *)step->facts + fact->offset;
}

/* Where the step has the fact; NULL: its kind has none of that name and type. */
static void *find_fact(const struct vprep_step *step, const char *name,
		       enum vprep_fact_type type)
{
	const struct vprep_step_kind *kind = step->kind;
	size_t i;

	for (i = 0; i < kind->n_facts; i++)
		if (kind->facts[i].type == type && streq(kind->facts[i].name, name))
			return fact_at(step, &kind->facts[i]);
	return NULL;
}

const char *vprep_step_text(const struct vprep_step *step, const char *name)
{
	char *const *text = find_fact(step, name, VPREP_TEXT);

	return text ? *text : NULL;
}

int64_t vprep_step_number(const struct vprep_step *step, const char *name)
{
	const int64_t *number = find_fact(step, name, VPREP_NUMBER);

	return number ? *number : -1;
}

static int init_facts(struct vprep_step *step)
{
	const struct vprep_step_kind *kind = step->kind;
	size_t i;

	if (kind->n_facts == 0)
		return 0;
	step->facts = calloc(1, kind->facts_size);
	if (!step->facts)
		return -ENOMEM;
	for (i = 0; i < kind->n_facts; i++)
		if (kind->facts[i].type == VPREP_NUMBER)
			*(int64_t *)fact_at(step, &kind->facts[i]) = -1;
	return 0;
}

static void step_done(struct vprep_step *step)
{
	const struct vprep_step_kind *kind = step->kind;
	size_t i;

	for (i = 0; step->facts && i < kind->n_facts; i++)
		if (kind->facts[i].type == VPREP_TEXT)
			free(*(char **)fact_at(step, &kind->facts[i]));
	free(step->facts);
	free(step->device);
	free(step->reason);
}

int vprep_steps_add(struct vprep_steps *steps, const struct vprep_step_kind *kind,
		    const char *device, struct vprep_step **ret)
{
	struct vprep_step *added, step = {
		.request = -1,
		.kind = kind,
		.group = -1,
		.pid = -1,
		.pid_start = -1,
	};
	int r;

	r = init_facts(&step);
	if (r == 0)
		r = vprep_str_replace(&step.device, device);
	added = r < 0 ? NULL : vprep_array_add(steps->items, steps->n);
	if (!added) {
		step_done(&step);
		return -ENOMEM;
	}
	*added = step;
	*ret = added;
	return 0;
}

void vprep_steps_done(struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		step_done(&steps->items[i]);
	free(steps->items);
	*steps = (struct vprep_steps){ 0 };
}

bool vprep_step_is_live(const struct vprep_step *step)
{
	if (vprep_step_is_release(step) && step->state == VPREP_STEP_DONE)
		return false;
	return step->state != VPREP_STEP_UNDONE;
}

bool vprep_step_is_quarantined(const struct vprep_step *step)
{
	return step->state == VPREP_STEP_FAILED && step->pid >= 0;
}

bool vprep_step_is_claim(const struct vprep_step *step)
{
	return step->kind->role == VPREP_ROLE_CLAIM;
}

bool vprep_step_is_live_claim(const struct vprep_step *step)
{
	return vprep_step_is_claim(step) && vprep_step_is_live(step);
}

const struct vprep_step *vprep_steps_live_of(const struct vprep_steps *steps,
					     const char *device,
					     bool (*is)(const struct vprep_step *step))
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (is(&steps->items[i]) && vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, device))
			return &steps->items[i];
	return NULL;
}

const struct vprep_step *vprep_steps_claim_of(const struct vprep_steps *steps,
					      const char *device)
{
	return vprep_steps_live_of(steps, device, vprep_step_is_claim);
}

bool vprep_step_is_release(const struct vprep_step *step)
{
	return step->kind->role == VPREP_ROLE_RELEASE;
}

bool vprep_step_is_lasting(const struct vprep_step *step)
{
	return step->kind->role == VPREP_ROLE_LASTING;
}

bool vprep_step_binds(const struct vprep_step *step)
{
	return find_fact(step, "was_driver", VPREP_TEXT) != NULL;
}

bool vprep_step_changes_vfs(const struct vprep_step *step)
{
	return vprep_step_number(step, "vfs") >= 0;
}

const char *vprep_step_made_directory(const struct vprep_step *step)
{
	return vprep_step_text(step, "made_directory");
}

const char *vprep_step_node_path(const struct vprep_step *step)
{
	return vprep_step_text(step, "node");
}

struct vprep_step_node vprep_step_grant(const struct vprep_step *step)
{
	return (struct vprep_step_node){
		.path = vprep_step_node_path(step),
		.uid = (uid_t)vprep_step_number(step, "uid"),
		.gid = (gid_t)vprep_step_number(step, "gid"),
		.mode = (mode_t)vprep_step_number(step, "mode"),
	};
}

bool vprep_step_node(const struct vprep_step *step, struct vprep_step_node *ret)
{
	if (!find_fact(step, "node", VPREP_TEXT) || vprep_step_number(step, "uid") < 0)
		return false;
	*ret = vprep_step_grant(step);
	return true;
}

const struct vprep_step *vprep_steps_node_of(const struct vprep_steps *steps,
					     const struct vprep_step *claim)
{
	const struct vprep_step *own = NULL;
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];
		bool same = streq(s->device, claim->device);
		struct vprep_step_node node;

		if (!vprep_step_is_live(s))
			continue;
		if (vprep_step_node(s, &node) && s->group == claim->group &&
		    (claim->group >= 0 || same))
			return s;
		if (s->kind->gives_own_node && same)
			own = s;
	}
	return own;
}

const struct vprep_step *vprep_steps_driver_of(const struct vprep_steps *steps,
					       const struct vprep_step *claim)
{
	size_t i;

	for (i = steps->n; i-- > 0;)
		if (vprep_step_binds(&steps->items[i]) &&
		    vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, claim->device))
			return &steps->items[i];
	return claim;
}

bool vprep_step_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret)
{
	const struct vprep_step_mdev mdev = { vprep_step_text(step, "parent"),
					      vprep_step_text(step, "type") };

	if (!mdev.parent || !mdev.type)
		return false;
	*ret = mdev;
	return true;
}

bool vprep_steps_mdev_of(const struct vprep_steps *steps, const char *device,
			 struct vprep_step_mdev *ret)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, device) &&
		    vprep_step_mdev(&steps->items[i], ret))
			return true;
	return false;
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

bool vprep_step_is_shared_claim(const struct vprep_step *step)
{
	return vprep_step_is_live_claim(step) && vprep_step_number(step, "shared") == 1;
}

int vprep_step_copy_facts(struct vprep_step *step, const struct vprep_step *from)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < step->kind->n_facts; i++) {
		const struct vprep_fact *fact = &step->kind->facts[i];
		void *to = (char *)step->facts + fact->offset;
		const void *source = (const char *)from->facts + fact->offset;

		if (fact->type == VPREP_TEXT)
			r = vprep_str_replace(to, *(char *const *)source);
		else
			*(int64_t *)to = *(const int64_t *)source;
	}
	return r;
}

const struct vprep_step *vprep_steps_find(const struct vprep_steps *steps,
					  const struct vprep_step_kind *kind,
					  const char *device)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].kind == kind && streq(steps->items[i].device, device))
			return &steps->items[i];
	return NULL;
}

int vprep_drift_add(struct vprep_drift *drift, enum vprep_drift_level level,
		    const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	if (!text)
		return -ENOMEM;
	vprep_str_make_printable(text);
	if (level > drift->level)
		drift->level = level;
	return drift->what && vprep_strv_has(drift->what, text)
		       ? 0
		       : vprep_strv_add(&drift->what, text);
}

void vprep_drift_done(struct vprep_drift *drift)
{
	vprep_strv_free(drift->what);
	*drift = (struct vprep_drift){ 0 };
}

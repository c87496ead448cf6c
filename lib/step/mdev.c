// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a mediated device, and removing it: one write each, and the device looked at
 * afterwards. Newer NVIDIA drivers make no device: a virtual function becomes a vGPU when
 * the number of its type is written to it, and free again with 0; it keeps its driver.
 *
 * I1  An mdev that exists before the step makes it was made by somebody else: after
 *     EEXIST the step is marked as undone, and nothing is removed.
 * I2  Undo removes only what is as the step made it: of that type, on that parent and,
 *     where its group got to be known, in that group.
 * I3  Before it is made, the journal has the time at which that begins. A device that is
 *     there although the journal has no time, or that is much younger, was made by
 *     somebody else after our command was killed, and stays.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "plan/plan.h"
#include "step/node.h"
#include "host/cdev.h"
#include "host/mdev.h"
#include "host/pci.h"

#define REMOVE "bus/mdev/devices/%s/remove"
#define ATTRIBUTE "bus/mdev/devices/%s/%s"
#define CREATE "class/mdev_bus/%s/mdev_supported_types/%s/create"
#define CHILD "class/mdev_bus/%s/%s"
#define VGPU "bus/pci/devices/%s/nvidia/current_vgpu_type"
#define VGPU_TYPE "nvidia-"
/* Of undo: a child of a killed command may still finish its last write. */
#define ROUNDS 8
#define ROUNDS_ABSENT 4
#define ROUND_PAUSE_MS 50
/* Seconds; a device that shows later was not begun by us: a driver takes far less. */
#define YOUNGER_S 60

struct mdev_facts {
	char *parent; /* as sysfs has it */
	char *type;
	char *settings; /* "ATTRIBUTE=VALUE" lines, written in this order */
	char *node;	/* below /dev; known once it is there */
	int64_t begun; /* seconds since the epoch; 0: not yet; absent: of version 0.1.0 */
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(mdev_facts, parent, VPREP_TEXT),
	VPREP_FACT(mdev_facts, type, VPREP_TEXT),
	VPREP_FACT(mdev_facts, settings, VPREP_TEXT),
	VPREP_FACT(mdev_facts, node, VPREP_TEXT),
	VPREP_FACT(mdev_facts, begun, VPREP_NUMBER),
};

static void plan_device(struct vprep_planning *p, const struct vprep_device *d)
{
	struct mdev_facts *f;

	if (!d->is_new)
		return;
	f = vprep_plan_add(p);
	if (!f)
		return;
	vprep_plan_copy(p, &f->parent, d->parent);
	vprep_plan_copy(p, &f->type, d->type);
	vprep_plan_copy(p, &f->settings, d->settings);
	f->begun = 0;
}

static const char *name_of(const struct vprep_step *step)
{
	const char *made = vprep_step_made_mdev(step);

	return made ? made : step->device;
}

static bool is_vgpu(const struct vprep_step *step)
{
	return strncmp(step->device, VPREP_STEP_MADE_VGPU,
		       strlen(VPREP_STEP_MADE_VGPU)) == 0;
}

static int no_instance(struct vprep_error *err, const struct vprep_step *step, int r)
{
	const struct mdev_facts *f = step->facts;
	return vprep_error_set(err, VPREP_E_IN_USE, -r, step->device,
			       "mdev %s: no instance of type %s is left on %s (%s); "
			       "'vfio-prep mdev types' shows what is",
			       name_of(step), f->type, f->parent, strerror(-r));
}

static int create_error(struct vprep_error *err, const struct vprep_step *step, int r)
{
	const struct mdev_facts *f = step->facts;
	const char *name = name_of(step);

	switch (-r) {
	case ENOSPC:
	case EUSERS:
		return no_instance(err, step, r);
	case EEXIST:
		return vprep_error_set(
			err, VPREP_E_OWNED, EEXIST, step->device,
			"mdev %s exists already on this host, or is still going away; "
			"choose another UUID, or look who has /dev/vfio open",
			name);
	case ENOENT:
	case ENODEV:
		return vprep_error_set(
			err, VPREP_E_NOT_FOUND, ENODEV, step->device,
			"mdev %s: the parent %s is gone, or offers type %s no "
			"more; see 'vfio-prep mdev types'",
			name, f->parent, f->type);
	default:
		return vprep_error_set(
			err, VPREP_E_FAILED, -r, step->device,
			"cannot make mdev %s of type %s on %s: %s; the kernel "
			"log may say more",
			name, f->type, f->parent, strerror(-r));
	}
}

/* One "ATTRIBUTE=VALUE" line. */
static int write_setting(struct vprep_io *io, const struct vprep_step *step, char *line,
			 struct vprep_error *err)
{
	char *value = strchr(line, '=');
	int r;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	r = vprep_io_write(io, value, ATTRIBUTE, name_of(step), line);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "mdev %s: its attribute %.60s does not take "
				       "'%.100s': %s; it is removed again",
				       name_of(step), line, value,
				       r == -ENOENT ? "there is no such attribute"
						    : strerror(-r))
		     : 0;
}

static int write_settings(struct vprep_io *io, const struct vprep_step *step,
			  struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	_cleanup_free_ char *copy = strdup(f->settings ? f->settings : "");
	char *line, *save;
	int r = 0;

	if (!copy)
		return vprep_error_oom(err);
	for (line = strtok_r(copy, "\n", &save); r == 0 && line;
	     line = strtok_r(NULL, "\n", &save))
		r = write_setting(io, step, line, err);
	return r;
}

static int prove_made(struct vprep_io *io, const struct vprep_step *step,
		      struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	struct vprep_mdev mdev = { .group = -1 };
	int r = vprep_mdev_read(io, name_of(step), &mdev);

	if (r == 0 && (!streq(mdev.type, f->type) ||
		       !vprep_vfio_has_node(io, name_of(step), mdev.group)))
		r = -ENXIO;
	vprep_mdev_done(&mdev);
	if (r == -ENXIO)
		return vprep_error_set(
			err, VPREP_E_FAILED, ENXIO, step->device,
			"mdev %s was made, but no VFIO driver took it; see "
			"the kernel log",
			name_of(step));
	return r < 0 ? create_error(err, step, r) : 0;
}

static int do_mdev(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	int r;

	r = vprep_io_write(io, name_of(step), CREATE, f->parent, f->type);
	if (r < 0)
		return create_error(err, step, r);
	r = prove_made(io, step, err);
	if (r == 0)
		r = write_settings(io, step, err);
	if (r < 0) /* should this fail, undo tries again */
		vprep_io_write(io, "1", REMOVE, name_of(step));
	return r;
}

/* The number of "nvidia-558". */
static const char *vgpu_number(const struct vprep_step *step)
{
	const struct mdev_facts *f = step->facts;
	return strncmp(f->type, VGPU_TYPE, strlen(VGPU_TYPE)) == 0
		       ? f->type + strlen(VGPU_TYPE)
		       : f->type;
}

static int vgpu_error(struct vprep_error *err, const struct vprep_step *step,
		      const char *doing, int r)
{
	const struct mdev_facts *f = step->facts;
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "cannot %s %s (vGPU type %s): %s%s", doing, f->parent,
			       f->type, strerror(-r),
			       r == -EPERM ? "; a guest may have it, or it is one already"
					   : "; the kernel log may say more");
}

static int do_vgpu(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	unsigned now = 0;
	uint64_t wanted;
	int r;

	if (vprep_parse_u64(vgpu_number(step), 10, INT32_MAX, &wanted) < 0)
		return vgpu_error(err, step, "make a vGPU of", -EINVAL);
	r = vprep_mdev_vgpu_type(io, f->parent, &now);
	if (r == 0 && now != 0)
		return vprep_error_set(err, VPREP_E_OWNED, EEXIST, step->device,
				       "%s became a vGPU (type nvidia-%u) meanwhile",
				       f->parent, now);
	if (r == 0)
		r = vprep_io_write(io, vgpu_number(step), VGPU, f->parent);
	if (r == -ENOSPC || r == -EUSERS)
		return no_instance(err, step, r);
	if (r == 0)
		r = vprep_mdev_vgpu_type(io, f->parent, &now);
	if (r == 0 && now != wanted)
		r = -EIO;
	return r < 0 ? vgpu_error(err, step, "make a vGPU of", r) : 0;
}

static int do_step(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	return is_vgpu(step) ? do_vgpu(io, step, err) : do_mdev(io, step, err);
}

/* I1 */
static bool left_nothing(struct vprep_io *io, const struct vprep_step *step, int result)
{
	struct vprep_mdev mdev = { .group = -1 };
	bool absent;

	if (result == -ETIMEDOUT) /* it may yet come */
		return false;
	absent = !is_vgpu(step) && vprep_mdev_read(io, name_of(step), &mdev) == -ENODEV;
	vprep_mdev_done(&mdev);
	return result == -EEXIST || absent;
}

/* ---- undo ---- */

static void warn(struct vprep_error *err, const struct vprep_step *step, const char *what)
{
	vprep_error_set(err, VPREP_OK, 0, step->device, "mdev %s: %s; left as it is",
			name_of(step), what);
}

/* I3: of a step that was begun, and of which nobody recorded how it ended. */
static bool is_younger(const struct vprep_io *io, const struct vprep_step *step,
		       const struct vprep_mdev *now)
{
	const struct mdev_facts *f = step->facts;
	struct stat st;

	return step->state == VPREP_STEP_INTENT && f->begun > 0 && now->group >= 0 &&
	       vprep_io_node_stat(io, &st, "vfio/%d", now->group) == 0 &&
	       st.st_mtim.tv_sec > f->begun + YOUNGER_S;
}

/* I2 */
static bool is_ours(const struct vprep_step *step, const struct vprep_mdev *now)
{
	const struct mdev_facts *f = step->facts;
	char node[sizeof("vfio/-2147483648")];

	snprintf(node, sizeof(node), "vfio/%d", now->group);
	return streq(now->type, f->type) && streq(now->parent, f->parent) &&
	       (!f->node || now->group < 0 || streq(f->node, node));
}

/* 1: it is gone; 0: look again. */
static int remove_move(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	struct vprep_mdev now = { .group = -1 };
	bool ours;
	int r;

	r = vprep_mdev_read(io, name_of(step), &now);
	/* its folder stays while the kernel waits for who has it open */
	if (r == -ENODEV)
		return vprep_io_exists(io, VPREP_SYS, CHILD, f->parent, name_of(step)) !=
		       1;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot look at mdev %s: %s", name_of(step),
				       strerror(-r));
	ours = is_ours(step, &now) && !is_younger(io, step, &now);
	vprep_mdev_done(&now);
	if (!ours) {
		warn(err, step, "somebody else made it anew meanwhile");
		return 1;
	}
	r = vprep_io_write(io, "1", REMOVE, name_of(step));
	/* somebody else removes it, or it is only being made */
	if (r == 0 || r == -ENOENT || r == -ENODEV || r == -EAGAIN)
		return 0;
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "cannot remove mdev %s: %s", name_of(step), strerror(-r));
}

static int undo_mdev(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	bool unfinished = step->state == VPREP_STEP_INTENT;
	int i, r;

	for (i = 0; i < ROUNDS; i++) {
		/* a write and a look are the way; what comes then needs time */
		if (i > 1)
			vprep_sleep_ms(ROUND_PAUSE_MS);
		r = remove_move(io, step, err);
		if (r < 0 || (r > 0 && (!unfinished || i >= ROUNDS_ABSENT)))
			return r < 0 ? r : 0;
		if (r == 0) /* it had come */
			unfinished = false;
	}
	return vprep_error_set(err, VPREP_E_FAILED, EBUSY, step->device,
			       "mdev %s is still going away: a process may have it open",
			       name_of(step));
}

static int undo_vgpu(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;
	unsigned now = 0;
	uint64_t ours;
	int r;

	r = vprep_mdev_vgpu_type(io, f->parent, &now);
	if (r == -ENODEV || (r == 0 && now == 0))
		return 0;
	if (r == 0 && (vprep_parse_u64(vgpu_number(step), 10, INT32_MAX, &ours) < 0 ||
		       ours != now)) {
		warn(err, step, "somebody else made it a vGPU of another type meanwhile");
		return 0;
	}
	if (r == 0)
		r = vprep_io_write(io, "0", VGPU, f->parent);
	if (r == 0)
		r = vprep_mdev_vgpu_type(io, f->parent, &now);
	if (r == 0 && now != 0)
		r = -EBUSY;
	return r < 0 ? vgpu_error(err, step, "free", r) : 0;
}

static int undo_step(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	const struct mdev_facts *f = step->facts;

	if (step->state == VPREP_STEP_INTENT && f->begun == 0) /* I3 */
		return 0;
	return is_vgpu(step) ? undo_vgpu(io, step, err) : undo_mdev(io, step, err);
}

/* ---- when it begins ---- */

/* I3 */
static int note_begin(const struct vprep_step_context *context, size_t first,
		      struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i;
	int r = 0;

	for (i = first; r == 0 && i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];
		struct mdev_facts *f = s->facts;

		if (s->kind->child_do != do_step || s->state != VPREP_STEP_INTENT)
			continue;
		f->begun = (int64_t)time(NULL);
		r = vprep_journal_note(context->journal, s);
	}
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot write the journal: %s", strerror(-r))
		     : 0;
}

/* ---- its node, once it is there ---- */

static int find_node(struct vprep_io *io, const struct vprep_step *step, char **ret)
{
	const struct mdev_facts *f = step->facts;
	struct vprep_mdev mdev = { .group = -1 };
	struct vprep_pci_address address;
	int group = -1, r;

	if (is_vgpu(step)) {
		r = vprep_pci_address_parse(f->parent, &address);
		if (r == 0)
			r = vprep_pci_group(io, address, &group);
	} else {
		r = vprep_mdev_read(io, name_of(step), &mdev);
		group = mdev.group;
		vprep_mdev_done(&mdev);
	}
	if (r < 0)
		return r;
	*ret = group >= 0 ? vprep_strf("vfio/%d", group) : NULL;
	return group >= 0 && !*ret ? -ENOMEM : 0;
}

static int note(const struct vprep_step_context *context, const struct vprep_step *step,
		char **fact, const char *node)
{
	int r = vprep_str_replace(fact, node);

	return r < 0 ? r : vprep_journal_note(context->journal, step);
}

/* The step and the one that gives its node away, each in the journal before the node is
 * touched. */
static int note_node(const struct vprep_step_context *context, size_t first,
		     const struct vprep_step *made)
{
	const struct vprep_steps *steps = &context->journal->steps;
	struct mdev_facts *f = made->facts;
	_cleanup_free_ char *node = NULL;
	size_t i;
	int r;

	r = find_node(context->io, made, &node);
	if (r == 0)
		r = note(context, made, &f->node, node);
	for (i = first; r == 0 && i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];
		struct vprep_node_facts *given = s->facts;

		if (s->kind == &vprep_step_node_permission && !given->node &&
		    streq(s->device, made->device))
			r = note(context, s, &given->node, node);
	}
	return r;
}

static int note_nodes(const struct vprep_step_context *context, size_t first,
		      struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i;
	int r;

	for (i = first; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (s->kind->child_do != do_step)
			continue;
		r = note_node(context, first, s);
		if (r < 0)
			return vprep_error_set(err, VPREP_E_FAILED, -r, s->device,
					       "cannot note the node of mdev %s: %s",
					       name_of(s), strerror(-r));
	}
	return 0;
}

const struct vprep_step_kind vprep_step_mdev_create = {
	.name = "mdev-create",
	VPREP_FACTS(facts, mdev_facts),
	.plan_device = plan_device,
	.text = "make a {type} on {parent}",
	.undo_text = "remove it",
	.child_do = do_step,
	.child_undo = undo_step,
	.do_deadline = VPREP_DEADLINE_MDEV,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.left_nothing = left_nothing,
	.before_all = note_begin,
	.after_all = note_nodes,
	.needs_closed = true,
};

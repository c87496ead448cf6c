// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a mediated device, and removing it: one write each, and the device looked at
 * afterwards. Newer NVIDIA drivers make no device: a virtual function becomes a vGPU when
 * the number of its type is written to it, and free again with 0; it keeps its driver.
 *
 * I1  What exists when its making begins is not ours: EEXIST takes the step back unused.
 * I2  Undo removes what is as we made it: of our type, on our parent and, where we got to
 *     see it, in our group.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "step/step.h"
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
	return vprep_error_set(err, VPREP_E_IN_USE, -r, step->device,
			       "mdev %s: no instance of type %s is left on %s (%s); "
			       "'vfio-prep mdev types' shows what is",
			       name_of(step), step->type, step->parent, strerror(-r));
}

static int create_error(struct vprep_error *err, const struct vprep_step *step, int r)
{
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
			name, step->parent, step->type);
	default:
		return vprep_error_set(
			err, VPREP_E_FAILED, -r, step->device,
			"cannot make mdev %s of type %s on %s: %s; the kernel "
			"log may say more",
			name, step->type, step->parent, strerror(-r));
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
	_cleanup_free_ char *copy = strdup(step->settings ? step->settings : "");
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
	struct vprep_mdev mdev = { .group = -1 };
	int r = vprep_mdev_read(io, name_of(step), &mdev);

	if (r == 0 && (!streq(mdev.type, step->type) || mdev.group < 0))
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
	int r;

	r = vprep_io_write(io, name_of(step), CREATE, step->parent, step->type);
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
	return strncmp(step->type, VGPU_TYPE, strlen(VGPU_TYPE)) == 0
		       ? step->type + strlen(VGPU_TYPE)
		       : step->type;
}

static int vgpu_error(struct vprep_error *err, const struct vprep_step *step,
		      const char *doing, int r)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "cannot %s %s (vGPU type %s): %s%s", doing, step->parent,
			       step->type, strerror(-r),
			       r == -EPERM ? "; a guest may have it, or it is one already"
					   : "; the kernel log may say more");
}

static int do_vgpu(struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	unsigned now = 0;
	uint64_t wanted;
	int r;

	if (vprep_parse_u64(vgpu_number(step), 10, INT32_MAX, &wanted) < 0)
		return vgpu_error(err, step, "make a vGPU of", -EINVAL);
	r = vprep_mdev_vgpu_type(io, step->parent, &now);
	if (r == 0 && now != 0)
		return vprep_error_set(err, VPREP_E_OWNED, EEXIST, step->device,
				       "%s became a vGPU (type nvidia-%u) meanwhile",
				       step->parent, now);
	if (r == 0)
		r = vprep_io_write(io, vgpu_number(step), VGPU, step->parent);
	if (r == -ENOSPC || r == -EUSERS)
		return no_instance(err, step, r);
	if (r == 0)
		r = vprep_mdev_vgpu_type(io, step->parent, &now);
	if (r == 0 && now != wanted)
		r = -EIO;
	return r < 0 ? vgpu_error(err, step, "make a vGPU of", r) : 0;
}

int vprep_mdev_do(struct vprep_io *io, void *data, struct vprep_error *err)
{
	const struct vprep_step *step = data;

	return is_vgpu(step) ? do_vgpu(io, step, err) : do_mdev(io, step, err);
}

void vprep_mdev_failed(struct vprep_step_context *exec, struct vprep_step *step,
		       int result)
{
	struct vprep_mdev mdev = { .group = -1 };
	bool absent;

	if (result == -ETIMEDOUT) /* it may yet come */
		return;
	absent = !is_vgpu(step) &&
		 vprep_mdev_read(exec->io, name_of(step), &mdev) == -ENODEV;
	vprep_mdev_done(&mdev);
	if (result == -EEXIST || absent) /* I1 */
		vprep_step_mark(exec, step, VPREP_STEP_UNDONE);
}

/* ---- undo ---- */

static void warn(struct vprep_error *err, const struct vprep_step *step, const char *what)
{
	vprep_error_set(err, VPREP_OK, 0, step->device, "mdev %s: %s; left as it is",
			name_of(step), what);
}

/* I2 */
static bool is_ours(const struct vprep_step *step, const struct vprep_mdev *now)
{
	char node[sizeof("vfio/-2147483648")];

	snprintf(node, sizeof(node), "vfio/%d", now->group);
	return streq(now->type, step->type) && streq(now->parent, step->parent) &&
	       (!step->node || now->group < 0 || streq(step->node, node));
}

/* 1: it is gone; 0: look again. */
static int remove_move(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	struct vprep_mdev now = { .group = -1 };
	bool ours;
	int r;

	r = vprep_mdev_read(io, name_of(step), &now);
	if (r ==
	    -ENODEV) /* its folder stays while the kernel waits for who has it open */
		return vprep_io_exists(io, VPREP_SYS, CHILD, step->parent,
				       name_of(step)) != 1;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot look at mdev %s: %s", name_of(step),
				       strerror(-r));
	ours = is_ours(step, &now);
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
	unsigned now = 0;
	uint64_t ours;
	int r;

	r = vprep_mdev_vgpu_type(io, step->parent, &now);
	if (r == -ENODEV || (r == 0 && now == 0))
		return 0;
	if (r == 0 && (vprep_parse_u64(vgpu_number(step), 10, INT32_MAX, &ours) < 0 ||
		       ours != now)) {
		warn(err, step, "somebody else made it a vGPU of another type meanwhile");
		return 0;
	}
	if (r == 0)
		r = vprep_io_write(io, "0", VGPU, step->parent);
	if (r == 0)
		r = vprep_mdev_vgpu_type(io, step->parent, &now);
	if (r == 0 && now != 0)
		r = -EBUSY;
	return r < 0 ? vgpu_error(err, step, "free", r) : 0;
}

int vprep_mdev_undo(struct vprep_io *io, void *data, struct vprep_error *err)
{
	const struct vprep_step *step = data;

	return is_vgpu(step) ? undo_vgpu(io, step, err) : undo_mdev(io, step, err);
}

/* ---- its node, once it is there ---- */

static int find_node(struct vprep_io *io, const struct vprep_step *step, char **ret)
{
	struct vprep_mdev mdev = { .group = -1 };
	struct vprep_pci_address address;
	int group = -1, r;

	if (is_vgpu(step)) {
		r = vprep_pci_address_parse(step->parent, &address);
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

/* The step and the one that gives its node away, each in the journal before the node is
 * touched. */
static int note_node(const struct vprep_step_context *exec, size_t first,
		     struct vprep_step *made)
{
	struct vprep_steps *steps = &exec->journal->steps;
	_cleanup_free_ char *node = NULL;
	size_t i;
	int r;

	r = find_node(exec->io, made, &node);
	for (i = first; r == 0 && i < steps->n; i++) {
		struct vprep_step *s = &steps->items[i];

		if (s != made && (s->kind != VPREP_STEP_NODE_PERMISSION || s->node ||
				  !streq(s->device, made->device)))
			continue;
		r = vprep_str_replace(&s->node, node);
		if (r == 0)
			r = vprep_journal_note(exec->journal, s);
	}
	return r;
}

int vprep_mdevs_note(const struct vprep_step_context *exec, size_t first,
		     struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	size_t i;
	int r;

	for (i = first; i < steps->n; i++) {
		struct vprep_step *s = &steps->items[i];

		if (s->kind != VPREP_STEP_MDEV_CREATE)
			continue;
		r = note_node(exec, first, s);
		if (r < 0)
			return vprep_error_set(err, VPREP_E_FAILED, -r, s->device,
					       "cannot note the node of mdev %s: %s",
					       name_of(s), strerror(-r));
	}
	return 0;
}

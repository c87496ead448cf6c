// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many VFs a PF has. The kernel goes from one number to another only over none
 * (drivers/pci/iov.c), so a change takes away all VFs there are: who asks for it has
 * looked that nobody uses them.
 *
 * I1  Undo changes the number of VFs only when it is the one that we made, or 0, where an
 *     undo was killed half-way; where making them failed, also when it is the smaller one
 *     that the driver did make. Any other number than those and the old one is somebody
 *     else's.
 * I2  The setting whether new VFs get a driver is back as soon as they are there.
 * I3  VFs that had no driver have none when they are made anew.
 */
#include "step/numvfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "host/sriov.h"
#include "step/context.h"
#include "step/pci.h"
#include "step/vf-settle.h"

#define DEVICE "bus/pci/devices/%s/"
#define LINKS_MS 5000
#define LINKS_POLL_MS 20
#define GROUP_FOLDER "vfio/"
#define CDEV_FOLDER "vfio/devices/"

static const struct vprep_fact facts[] = {
	VPREP_FACT(vprep_numvfs_facts, driver, VPREP_TEXT),
	VPREP_FACT(vprep_numvfs_facts, was_vfs, VPREP_NUMBER),
	VPREP_FACT(vprep_numvfs_facts, pci_id, VPREP_NUMBER),
	VPREP_FACT(vprep_numvfs_facts, vfs, VPREP_NUMBER),
	VPREP_FACT(vprep_numvfs_facts, autoprobe, VPREP_NUMBER),
	VPREP_FACT(vprep_numvfs_facts, was_autoprobe, VPREP_NUMBER),
	VPREP_FACT(vprep_numvfs_facts, was_driverless, VPREP_NUMBER),
};

static int read_number(const struct vprep_io *io, const struct vprep_step *step,
		       const char *attribute, int64_t *ret)
{
	uint64_t number;
	int r = vprep_io_read_u64(io, VPREP_SYS, 10, &number, DEVICE "%s", step->device,
				  attribute);

	if (r == 0)
		*ret = (int64_t)number;
	return r;
}

static int no_memory(struct vprep_io *io, const struct vprep_step *step, int64_t wanted,
		     struct vprep_error *err)
{
	struct vprep_pci_address pf;
	unsigned bus;

	if (vprep_pci_address_parse(step->device, &pf) == 0 &&
	    vprep_pf_missing_bus(io, pf, (unsigned)wanted, &bus) == 0)
		return vprep_error_set(
			err, VPREP_E_FAILED, ENOMEM, step->device,
			"%s: %" PRId64 " VFs need bus %02x, which the bridge above it "
			"does not have; ask for fewer, enable ARI or SR-IOV in the "
			"firmware, or boot with pci=assign-busses",
			step->device, wanted, bus);
	return vprep_error_set(
		err, VPREP_E_FAILED, ENOMEM, step->device,
		"%s: the kernel has no room for %" PRId64 " VFs' memory: ask for fewer, "
		"enable SR-IOV and 'above 4G decoding' in the firmware, or boot with "
		"pci=realloc; 'dmesg | grep %s' tells more",
		step->device, wanted, step->device);
}

/* The kernel gives VFs only to a PF that has none: sriov_numvfs_store() in
 * drivers/pci/iov.c. */
static bool is_taken(const struct vprep_io *io, const struct vprep_step *step,
		     int64_t wanted)
{
	return wanted > 0 && vprep_pf_count_vfs(io, step->device) > 0;
}

/* What the kernel's answer to a new number means. */
static int explain(struct vprep_io *io, const struct vprep_step *step, int64_t wanted,
		   int r, struct vprep_error *err)
{
	const struct vprep_numvfs_facts *f = step->facts;
	const char *device = step->device, *why;

	switch (-r) {
	case ENOMEM:
		return no_memory(io, step, wanted, err);
	case ENOENT:
		return vprep_error_set(
			err, VPREP_E_UNSUPPORTED, ENOENT, device,
			"%s: its driver %s does not make VFs; bind it to its own driver "
			"first",
			device, f->driver ? f->driver : "(none)");
	case ERANGE:
		return vprep_error_set(err, VPREP_E_UNSUPPORTED, ERANGE, device,
				       "%s: its driver does not make %" PRId64 " VFs",
				       device, wanted);
	case EAGAIN:
	case EBUSY:
		why = is_taken(io, step, wanted)
			      ? "somebody else changed their number at the same time"
			      : "its driver is busy: it is resetting the card, or the card "
				"is in use";
		break;
	case EPERM:
	case EOPNOTSUPP:
		why = "its driver refuses; it may need a setting of its own first (such "
		      "as devlink's eswitch mode)";
		break;
	default:
		why = strerror(-r);
		break;
	}
	return vprep_error_set(err, VPREP_E_FAILED, -r, device,
			       "%s: cannot have %" PRId64
			       " VFs: %s; 'dmesg | grep %s' may "
			       "tell more",
			       device, wanted, why, device);
}

static int wait_for_links(const struct vprep_io *io, const struct vprep_step *step,
			  int64_t wanted)
{
	int64_t end = vprep_now_ms() + LINKS_MS;

	while (vprep_pf_count_vfs(io, step->device) != wanted) {
		if (vprep_now_ms() >= end)
			return -ETIME;
		vprep_sleep_ms(LINKS_POLL_MS);
	}
	return 0;
}

int vprep_step_set_numvfs(struct vprep_io *io, const struct vprep_step *step,
			  int64_t number)
{
	unsigned tries = 0;
	int r;

	do
		r = vprep_step_write_number(io, step, "sriov_numvfs", number);
	while (!is_taken(io, step, number) && vprep_vf_try_again(r, &tries));
	return r;
}

static int change(struct vprep_io *io, const struct vprep_step *step, int64_t from,
		  int64_t to, struct vprep_error *err)
{
	int64_t now = -1;
	int r;

	r = from > 0 ? vprep_step_set_numvfs(io, step, 0) : 0;
	if (r < 0)
		return explain(io, step, 0, r, err);
	r = to > 0 ? vprep_step_set_numvfs(io, step, to) : 0;
	if (r < 0)
		return explain(io, step, to, r, err);
	r = read_number(io, step, "sriov_numvfs", &now);
	if (r < 0)
		return explain(io, step, to, r, err);
	if (now != to)
		return vprep_error_set(err, VPREP_E_FAILED, EIO, step->device,
				       "%s: its driver made %" PRId64 " VFs, not %" PRId64
				       "; 'dmesg | grep %s' may tell why",
				       step->device, now, to, step->device);
	if (wait_for_links(io, step, to) < 0)
		return vprep_error_set(err, VPREP_E_FAILED, ETIME, step->device,
				       "%s: its %" PRId64
				       " VFs do not all show; see the kernel log",
				       step->device, to);
	return 0;
}

static int set_autoprobe(struct vprep_io *io, const struct vprep_step *step, int64_t from,
			 int64_t to, struct vprep_error *err)
{
	int64_t now = 0;
	int r = read_number(io, step, "sriov_drivers_autoprobe", &now);

	if (r == 0 && now == from)
		r = vprep_step_write_number(io, step, "sriov_drivers_autoprobe", to);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "%s: cannot set sriov_drivers_autoprobe: %s",
				       step->device, strerror(-r))
		     : 0;
}

static int restore_autoprobe(struct vprep_io *io, const struct vprep_step *step,
			     struct vprep_error *err)
{
	const struct vprep_numvfs_facts *f = step->facts;

	return f->autoprobe < 0 || f->was_autoprobe < 0 ||
			       f->autoprobe == f->was_autoprobe
		       ? 0
		       : set_autoprobe(io, step, f->autoprobe, f->was_autoprobe, err);
}

static int do_numvfs(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	const struct vprep_numvfs_facts *f = step->facts;
	int64_t now = 0;
	int r;

	r = read_number(io, step, "sriov_numvfs", &now);
	if (r < 0)
		return explain(io, step, f->vfs, r, err);
	if (now != f->was_vfs)
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_CHANGED_MEANWHILE, step->device,
			"%s: somebody else changed the number of its VFs meanwhile; try "
			"again",
			step->device);
	if (f->autoprobe >= 0) {
		r = vprep_step_write_number(io, step, "sriov_drivers_autoprobe",
					    f->autoprobe);
		if (r < 0)
			return explain(io, step, f->vfs, r, err);
	}
	r = change(io, step, now, f->vfs, err);
	return r < 0 ? r : restore_autoprobe(io, step, err);
}

/* VFs that guests are to have get no driver of the host; others are settled first. */
static int settle(const struct vprep_step_context *context, size_t first,
		  struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	int64_t deadline = context->config->deadlines[VPREP_DEADLINE_NUMVFS];
	size_t i;
	int r = 0;

	for (i = first; r == 0 && i < steps->n; i++) {
		const struct vprep_numvfs_facts *f = steps->items[i].facts;

		if (steps->items[i].kind == &vprep_step_numvfs && f->vfs > 0 &&
		    f->autoprobe != 0)
			r = vprep_vfs_settle(context, steps->items[i].device,
					     deadline * 1000, err);
	}
	return r;
}

/* I3. The setting that is not as it was may be ours, of an undo that was killed. */
static int change_back(struct vprep_io *io, const struct vprep_step *step, int64_t now,
		       struct vprep_error *err)
{
	const struct vprep_numvfs_facts *f = step->facts;
	bool driverless = f->was_driverless == 1;
	int r = 0;

	if (now != f->was_vfs) {
		r = driverless ? set_autoprobe(io, step, 1, 0, err) : 0;
		if (r == 0)
			r = change(io, step, now, f->was_vfs, err);
	}
	if (r == 0 && driverless)
		r = set_autoprobe(io, step, 0, 1, err);
	return r;
}

static int undo_numvfs(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	const struct vprep_numvfs_facts *f = step->facts;
	int64_t now = 0;
	int r;

	r = read_number(io, step, "sriov_numvfs", &now);
	if (r == -ENOENT || r == -ENODEV)
		return vprep_step_warn(err, step,
				       "it is not there any more, and so are its VFs");
	if (r < 0)
		return explain(io, step, f->was_vfs, r, err);
	r = vprep_step_is_of_device(io, step, f->pci_id, err);
	if (r <= 0)
		return r;
	r = step->state == VPREP_STEP_DONE ? 0
					   : restore_autoprobe(io, step, err); /* I2 */
	if (r < 0)
		return r;
	if (now != 0 && now != f->was_vfs && now != f->vfs &&
	    (now > f->vfs || step->state == VPREP_STEP_DONE))
		return vprep_step_warn(err, step,
				       "somebody else changed the number of its VFs "
				       "meanwhile; left as it is");
	if (now == 0 && f->was_vfs > 0 &&
	    vprep_io_exists(io, VPREP_SYS, DEVICE "driver", step->device) == 0)
		return vprep_step_warn(err, step,
				       "it has no driver any more, and so no VFs");
	return change_back(io, step, now, err);
}

/* ---- what keeps it from being undone ---- */

/* Whether the node is of the group of VF number @i, or of that VF alone. */
static bool is_node_of(const struct vprep_io *io, const char *pf, unsigned i,
		       const char *node)
{
	_cleanup_free_ char *group = NULL;

	if (vprep_io_link_name(io, VPREP_SYS, &group, DEVICE "virtfn%u/iommu_group", pf,
			       i) < 0)
		return false;
	if (strncmp(node, CDEV_FOLDER, strlen(CDEV_FOLDER)) == 0)
		return vprep_io_exists(io, VPREP_SYS, DEVICE "virtfn%u/vfio-dev/%s", pf,
				       i, node + strlen(CDEV_FOLDER)) == 1;
	return strncmp(node, GROUP_FOLDER, strlen(GROUP_FOLDER)) == 0 &&
	       streq(node + strlen(GROUP_FOLDER), group);
}

static bool is_node_of_vf(const struct vprep_io *io, const struct vprep_step *step,
			  const char *node)
{
	unsigned i, n = vprep_pf_count_vfs(io, step->device);

	for (i = 0; i < n; i++)
		if (is_node_of(io, step->device, i, node))
			return true;
	return false;
}

static void held_error(const struct vprep_step *step, const char *who,
		       struct vprep_error *err)
{
	vprep_error_set(err, VPREP_E_LEFT, EBUSY, step->device,
			"the VFs of %s cannot be removed: %s has one open", step->device,
			who);
}

/* A VF that this owner has not given back yet. */
static bool has_vf_left(const struct vprep_step_context *context,
			const struct vprep_step *step, struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];
		_cleanup_free_ char *pf = NULL;

		if (!s->kind->child_undo || !vprep_step_is_live(s) ||
		    vprep_io_link_name(context->io, VPREP_SYS, &pf, DEVICE "physfn",
				       s->device) < 0 ||
		    !streq(pf, step->device))
			continue;
		vprep_error_set(err, VPREP_E_LEFT, EBUSY, step->device,
				"the VFs of %s cannot be removed: %s is not given back",
				step->device, s->device);
		return true;
	}
	return false;
}

const struct vprep_step_kind vprep_step_numvfs = {
	.name = "numvfs",
	VPREP_FACTS(facts, vprep_numvfs_facts),
	.text = "{was_vfs} -> {vfs} VFs",
	.undo_text = "back to {was_vfs} VFs",
	.child_do = do_numvfs,
	.after_all = settle,
	.hears_udevd = "pci",
	.child_undo = undo_numvfs,
	.do_deadline = VPREP_DEADLINE_NUMVFS,
	.undo_deadline = VPREP_DEADLINE_NUMVFS,
	.needs_closed = true,
	.is_its_node = is_node_of_vf,
	.held_error = held_error,
	.is_blocked = has_vf_left,
};

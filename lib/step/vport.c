// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual ports of a fibre channel host (NPIV), as drivers/scsi/scsi_transport_fc.c makes
 * and removes them.
 *
 * I1  One that was there before the kernel was asked is never removed: the kernel's
 *     refusal ends the step.
 * I2  Undo removes only a vport of these names below this host.
 */
#include "step/vport.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "host/vport.h"

#define COMES_MS 10000
#define PAUSE_MS 20
#define GOES_MS 10000
#define ABSENT_MS 200 /* a write that was cut off may still come to its end */

static const struct vprep_fact facts[] = {
	VPREP_FACT(vprep_vport_facts, parent, VPREP_TEXT),
	VPREP_FACT(vprep_vport_facts, vport, VPREP_TEXT),
};

static int names_of(const struct vprep_step *step, uint64_t *wwpn, uint64_t *wwnn)
{
	const struct vprep_vport_facts *f = step->facts;
	return f->vport && f->parent ? vprep_wwn_pair_parse(f->vport, wwpn, wwnn)
				     : -EINVAL;
}

static int no_room(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_error *err)
{
	const struct vprep_vport_facts *f = step->facts;
	const char *class = vprep_vport_class(io, f->parent);
	uint64_t most = 0;

	if (class)
		vprep_io_read_u64(io, VPREP_SYS, 10, &most, "%s/%s/max_npiv_vports",
				  class, f->parent);
	return vprep_error_set(err, VPREP_E_REFUSED, ENOSPC, step->device,
			       "scsi_%s has all the vports that it can have (%" PRIu64
			       "): destroy one, or name another parent",
			       f->parent, most);
}

/* What the kernel's answer means. */
static int explain(const struct vprep_io *io, const struct vprep_step *step, int r,
		   struct vprep_error *err)
{
	const struct vprep_vport_facts *f = step->facts;
	switch (-r) {
	case ENOSPC:
		return no_room(io, step, err);
	case EINVAL:
		return vprep_error_set(
			err, VPREP_E_REFUSED, EINVAL, step->device,
			"scsi_%s does not take a vport with wwpn:wwnn %s: they may be "
			"in use already, on this host or in its fabric; the kernel log "
			"may say more",
			f->parent, f->vport);
	case ENOENT:
	case ENODEV:
		return vprep_error_set(err, VPREP_E_UNSUPPORTED, -r, step->device,
				       "scsi_%s does not make vports", f->parent);
	default:
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot make a vport on scsi_%s: %s; the kernel "
				       "log may say more",
				       f->parent, strerror(-r));
	}
}

/* The kernel's answers that it made none. */
static bool is_refusal(int r)
{
	return r == -EEXIST || r == -EINVAL || r == -ENOSPC || r == -ENOENT ||
	       r == -ENODEV || r == -EPERM || r == -EACCES || r == -EOPNOTSUPP;
}

static int wait_for_host(const struct vprep_io *io, const struct vprep_step *step,
			 uint64_t wwpn, uint64_t wwnn, struct vprep_error *err)
{
	const struct vprep_vport_facts *f = step->facts;
	int64_t end = vprep_now_ms() + COMES_MS;
	bool there = false;

	for (;;) {
		struct vprep_vport vport = { 0 };

		if (vprep_vport_find(io, wwpn, wwnn, &vport) == 0)
			there = vport.host != NULL;
		vprep_vport_done(&vport);
		if (there)
			return 0;
		if (vprep_now_ms() >= end)
			break;
		vprep_sleep_ms(PAUSE_MS);
	}
	return vprep_error_set(err, VPREP_E_FAILED, ETIME, step->device,
			       "scsi_%s took the vport %s, but no SCSI host came of it; "
			       "the kernel log may say more",
			       f->parent, f->vport);
}

/* The kernel hands on what the host's driver says, and lpfc has numbers of its own for
 * that (drivers/scsi/lpfc/lpfc_vport.h): VPORT_INVAL, of names that it does not take, is
 * that of ENOENT, and VPORT_NORESOURCES that of EINTR. */
static int ask_for(struct vprep_io *io, const struct vprep_vport_facts *f)
{
	const char *class = vprep_vport_class(io, f->parent);
	int r;

	if (!class)
		return -ENOENT;
	r = vprep_io_write(io, f->vport, "%s/%s/vport_create", class, f->parent);
	if (r == -EINTR)
		return -ENOSPC;
	return r == -ENOENT ? -EINVAL : r;
}

static int do_vport(struct vprep_io *io, const struct vprep_step *step,
		    struct vprep_error *err)
{
	const struct vprep_vport_facts *f = step->facts;
	struct vprep_vport vport = { 0 };
	uint64_t wwpn, wwnn;
	int r;

	r = names_of(step, &wwpn, &wwnn);
	if (r == 0 && vprep_vport_find(io, wwpn, wwnn, &vport) == 0) /* I1 */
		r = -EEXIST;
	vprep_vport_done(&vport);
	if (r == -EEXIST)
		return vprep_error_set(err, VPREP_E_OWNED, EEXIST, step->device,
				       "somebody else made the vport %s meanwhile",
				       f->vport);
	if (r == 0)
		r = ask_for(io, f);
	return r < 0 ? explain(io, step, r, err)
		     : wait_for_host(io, step, wwpn, wwnn, err);
}

static bool left_nothing(struct vprep_io *io, const struct vprep_step *step, int result)
{
	(void)io;
	(void)step;
	return is_refusal(result); /* I1 */
}

/* ---- undo ---- */

/* The kernel removes a vport's own SCSI host later than the vport. */
static bool has_host(const struct vprep_io *io, uint64_t wwpn, uint64_t wwnn)
{
	struct vprep_fc_hosts hosts = { 0 };
	bool found = false;
	size_t i;

	if (vprep_fc_hosts_read(io, &hosts) < 0)
		return false;
	for (i = 0; i < hosts.n && !found; i++)
		found = hosts.items[i].wwpn == wwpn && hosts.items[i].wwnn == wwnn &&
			!hosts.items[i].makes_vports;
	vprep_fc_hosts_done(&hosts);
	return found;
}

struct removing {
	struct vprep_io *io;
	const struct vprep_step *step;
	uint64_t wwpn, wwnn;
	bool was_there;
};

/* 1: it is gone; 0: look again. */
static int remove_move(struct removing *m, struct vprep_error *err)
{
	const struct vprep_step *step = m->step;
	const struct vprep_vport_facts *f = step->facts;
	struct vprep_vport now = { 0 };
	const char *class;
	bool ours;
	int r;

	r = vprep_vport_find(m->io, m->wwpn, m->wwnn, &now);
	if (r == -ENODEV)
		return has_host(m->io, m->wwpn, m->wwnn) ? 0 : 1;
	ours = r == 0 && streq(now.parent, f->parent);
	vprep_vport_done(&now);
	if (r == 0 && !ours) { /* I2 */
		vprep_error_set(err, VPREP_OK, 0, step->device,
				"the vport %s is on another host now; left as it is",
				f->vport);
		return 1;
	}
	m->was_there = true;
	class = vprep_vport_class(m->io, f->parent);
	if (r == 0)
		r = class ? vprep_io_write(m->io, f->vport, "%s/%s/vport_delete", class,
					   f->parent)
			  : -ENOENT;
	/* somebody else removes it, or it is only being made */
	if (r == 0 || r == -ENOENT || r == -ENODEV || r == -EBUSY || r == -EAGAIN)
		return 0;
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "cannot remove the vport %s from scsi_%s: %s", f->vport,
			       f->parent, strerror(-r));
}

static int undo_vport(struct vprep_io *io, const struct vprep_step *step,
		      struct vprep_error *err)
{
	const struct vprep_vport_facts *f = step->facts;
	struct removing m = { .io = io, .step = step };
	int64_t begin = vprep_now_ms();
	bool unfinished = step->state == VPREP_STEP_INTENT;
	int r;

	if (names_of(step, &m.wwpn, &m.wwnn) < 0)
		return vprep_error_set(err, VPREP_E_FAILED, EINVAL, step->device,
				       "the journal does not say which vport it was");
	while (vprep_now_ms() < begin + GOES_MS) {
		r = remove_move(&m, err);
		if (r < 0)
			return r;
		if (r > 0 &&
		    (!unfinished || m.was_there || vprep_now_ms() >= begin + ABSENT_MS))
			return 0;
		vprep_sleep_ms(PAUSE_MS);
	}
	return vprep_error_set(
		err, VPREP_E_FAILED, EBUSY, step->device,
		"the vport %s is still going away: its disks may be in use", f->vport);
}

const struct vprep_step_kind vprep_step_vport = {
	.name = "vport-create",
	VPREP_FACTS(facts, vprep_vport_facts),
	.text = "make the vport {vport} on {parent}",
	.undo_text = "remove it",
	.child_do = do_vport,
	.child_undo = undo_vport,
	.do_deadline = VPREP_DEADLINE_BIND,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.left_nothing = left_nothing,
};

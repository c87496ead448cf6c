// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual ports of fibre channel hosts that are declared, and how they are made. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/vport.h"
#include "session/vport-plan.h"
#include "step/vport.h"
#include "verb/apply.h"

/* ---- the look ---- */

/* Of one that is there. The host asked for may have gone: it has no names then. */
static bool has_parent(const struct vprep_apply *apply,
		       const struct vprep_vport_definition *d,
		       const struct vprep_vport *vport)
{
	struct vprep_fc_host host = vprep_fc_host_read(apply->session->io, vport->parent);

	if (d->parent)
		return streq(vport->parent, d->parent);
	if (d->parent_wwpn)
		return host.wwpn == d->parent_wwpn && host.wwnn == d->parent_wwnn;
	return !d->parent_fabric || host.fabric == d->parent_fabric;
}

/* "WWPN:WWNN on scsi_host3" */
static char *describe(const struct vprep_vport_definition *d)
{
	const struct vprep_wwn_text wwpn = vprep_wwn_text(d->wwpn);
	const struct vprep_wwn_text wwnn = vprep_wwn_text(d->wwnn);

	if (d->parent)
		return vprep_strf("%s:%s on scsi_%s", wwpn.s, wwnn.s, d->parent);
	if (d->parent_wwpn)
		return vprep_strf("%s:%s on the host %s:%s", wwpn.s, wwnn.s,
				  vprep_wwn_text(d->parent_wwpn).s,
				  vprep_wwn_text(d->parent_wwnn).s);
	if (d->parent_fabric)
		return vprep_strf("%s:%s in the fabric %s", wwpn.s, wwnn.s,
				  vprep_wwn_text(d->parent_fabric).s);
	return vprep_strf("%s:%s", wwpn.s, wwnn.s);
}

/* What the host lacks keeps nothing else from being as declared. */
static int add_absent(struct vprep_apply *apply,
		      const struct vprep_declared_vport *declared, const char *name,
		      const char *wanted)
{
	struct vprep_apply_item *item;
	/* who asks for this one alone is told by the plan why there is none */
	int r = apply->only
			? 1
			: vprep_vport_has_host(apply->session->io, &declared->definition);

	if (r == 0)
		vprep_apply_add(apply, VPREP_APPLY_MISSING, name,
				"no such host makes vports; declared %s (%s)", wanted,
				declared->file);
	if (r <= 0)
		return r;
	item = vprep_apply_add(apply, VPREP_APPLY_VPORT, name,
			       "it is not there; declared %s (%s)", wanted,
			       declared->file);
	if (item)
		item->vport = &declared->definition;
	return 0;
}

int vprep_apply_look_at_vport(struct vprep_apply *apply,
			      const struct vprep_declared_vport *declared)
{
	const struct vprep_vport_definition *d = &declared->definition;
	const struct vprep_vport_name name = vprep_vport_name(d->wwpn);
	_cleanup_(vprep_vport_done) struct vprep_vport vport = { 0 };
	_cleanup_free_ char *wanted = describe(d);
	int r;

	if (!wanted)
		return -ENOMEM;
	vprep_apply_want(apply, name.s);
	r = vprep_vport_find(apply->session->io, d->wwpn, d->wwnn, &vport);
	if (r == -ENODEV)
		return declared->boot ? add_absent(apply, declared, name.s, wanted) : 0;
	if (r == 0 && !has_parent(apply, d, &vport))
		vprep_apply_add(apply, VPREP_APPLY_MISSING, name.s,
				"it is on scsi_%s; declared %s (%s): destroy it first",
				vport.parent, wanted, declared->file);
	return r;
}

/* ---- making it so ---- */

int vprep_apply_plan_vports(const struct vprep_apply *apply,
			    const struct vprep_transaction *transaction,
			    const struct vprep_store *locked, struct vprep_steps *ret,
			    struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < apply->n; i++)
		if (apply->items[i].kind == VPREP_APPLY_VPORT)
			r = vprep_vport_plan(transaction, locked, apply->items[i].vport,
					     ret, err);
	return r;
}

static bool is_vport(const struct vprep_step *step)
{
	return step->kind == &vprep_step_vport;
}

int vprep_apply_check_vport_goes(const struct vprep_apply *apply,
				 const struct vprep_journal *journal, const char *device,
				 struct vprep_error *err)
{
	const struct vprep_step *step =
		vprep_steps_live_of(&journal->steps, device, is_vport);
	const struct vprep_vport_facts *made = step ? step->facts : NULL;
	_cleanup_(vprep_vport_done) struct vprep_vport vport = { 0 };
	uint64_t wwpn, wwnn;

	if (!made || !made->vport ||
	    vprep_wwn_pair_parse(made->vport, &wwpn, &wwnn) < 0 ||
	    vprep_vport_find(apply->session->io, wwpn, wwnn, &vport) < 0 || !vport.host)
		return 0;
	return vprep_vport_check_unused(apply->session, &apply->owners, vport.host, err);
}

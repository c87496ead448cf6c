// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims, and marks that a claimed device is being given back. They change nothing on the
 * host: what they say is that the journal has them. A request is finished when its claims
 * are done; a device with a live mark is still to be given back.
 */
#include "step/claim.h"

#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "host/pci.h"
#include "model/uuid.h"
#include "plan/plan.h"
#include "step/pci.h"

struct claim_facts {
	int64_t pci_id; /* vendor << 16 | device */
	char *driver;	/* that it had already, so that no step binds it */
	int64_t shared; /* 1: other owners may claim it, too */
	char *identity; /* of a USB or SCSI device: another may get its name */
	char *match;	/* by which what is declared knows it, before it is bound */
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(claim_facts, pci_id, VPREP_NUMBER),
	VPREP_FACT(claim_facts, driver, VPREP_TEXT),
	VPREP_FACT(claim_facts, shared, VPREP_NUMBER),
	VPREP_FACT(claim_facts, identity, VPREP_TEXT),
	VPREP_FACT(claim_facts, match, VPREP_TEXT),
};

static void plan_member(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	const struct vprep_pci_device *pci = m->member->pci;
	struct claim_facts *f;

	if (!m->device || m->claimed)
		return;
	f = vprep_plan_add(p);
	if (!f || !pci)
		return;
	f->pci_id = (int64_t)pci->vendor << 16 | pci->device;
	vprep_plan_copy(p, &f->match, m->device->asked.pci.known_by);
	if (vprep_member_action(m, p->options) == VPREP_ACTION_LEAVE)
		vprep_plan_copy(p, &f->driver, pci->driver);
}

/* Nobody else is to have it until its group is known. */
static void plan_ungrouped(struct vprep_planning *p, const struct vprep_pci_device *pci)
{
	struct claim_facts *f = vprep_plan_add(p);

	if (f)
		f->pci_id = (int64_t)pci->vendor << 16 | pci->device;
}

static void plan_device(struct vprep_planning *p, const struct vprep_device *d)
{
	struct claim_facts *f = vprep_plan_add(p);

	if (!f)
		return;
	if (d->asked.shareable)
		f->shared = 1;
	vprep_plan_copy(p, &f->identity, d->identity);
}

/* Of other devices, their nodes tell. */
static int compare(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_drift *drift)
{
	const struct claim_facts *f = step->facts;
	const char *made = vprep_step_made_mdev(step);
	const char *name = made ? made : step->device;
	struct vprep_pci_address address;
	struct vprep_uuid uuid;
	int r, group;

	if (vprep_uuid_parse(name, &uuid) == 0 &&
	    vprep_io_exists(io, VPREP_SYS, "bus/mdev/devices/%s", name) == 0) {
		drift->gone = true;
		return vprep_drift_add(drift, VPREP_DRIFT_LOST,
				       "it is not there any more");
	}
	if (vprep_pci_address_parse(step->device, &address) < 0)
		return 0;
	r = vprep_step_compare_device(io, step, f->pci_id, drift);
	if (r == 0 && !drift->gone && f->driver)
		r = vprep_step_compare_driver(io, step, f->driver, drift);
	if (r < 0 || drift->gone || step->group < 0)
		return r;
	r = vprep_pci_group(io, address, &group);
	return r < 0 || group == step->group
		       ? r
		       : vprep_drift_add(drift, VPREP_DRIFT_LOST,
					 "it is in IOMMU group %d, not %" PRId64, group,
					 step->group);
}

static char *describe_claim(const struct vprep_step *step)
{
	if (step->group < 0)
		return strdup("hold it");
	return vprep_strf("hold it, and IOMMU group %" PRId64, step->group);
}

const struct vprep_step_kind vprep_step_claim = {
	.name = "claim",
	.role = VPREP_ROLE_CLAIM,
	VPREP_FACTS(facts, claim_facts),
	.plan_member = plan_member,
	.plan_device = plan_device,
	.plan_ungrouped = plan_ungrouped,
	.describe = describe_claim,
	.undo_text = "let it go",
	.compare = compare,
};

const struct vprep_step_kind vprep_step_release = {
	.name = "release",
	.role = VPREP_ROLE_RELEASE,
	.text = "give it back",
	.undo_text = "none",
};

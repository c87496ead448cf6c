// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/check.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "plan/reasons.h"

struct checking {
	const struct vprep_facts_group *group;
	const struct vprep_attach_options *options;
	struct vprep_reasons *reasons;
	bool captured;
};

static const char *driver_of(const struct vprep_facts_member *m)
{
	return m->member->pci ? m->member->pci->driver : m->member->driver;
}

enum vprep_action vprep_member_action(const struct vprep_facts_member *m,
				      const struct vprep_attach_options *options)
{
	const struct vprep_pci_device *pci = m->member->pci;

	if (m->claimed)
		return VPREP_ACTION_LEAVE;
	if (m->device)
		return !pci || vprep_str_same(pci->driver, m->choice.driver)
			       ? VPREP_ACTION_LEAVE
			       : VPREP_ACTION_BIND;
	if (m->leaves_dma)
		return VPREP_ACTION_LEAVE;
	if (!pci || options->strict || m->denied)
		return VPREP_ACTION_BLOCKS;
	return vprep_pci_is_bridge(pci) ? VPREP_ACTION_UNBIND : VPREP_ACTION_PLACEHOLDER;
}

static int add_uses_of(struct vprep_reasons *reasons, const char *name, const char *where,
		       const struct vprep_uses *uses, bool forced)
{
	size_t i;
	int r;

	for (i = 0; i < uses->n; i++) {
		const struct vprep_use *use = &uses->items[i];
		char *fix = NULL;

		if (forced && !use->never_taken)
			continue;
		if (use->fix && !(fix = strdup(use->fix)))
			return -ENOMEM;
		r = vprep_reasons_add(
			reasons, VPREP_E_IN_USE, name,
			vprep_strf("%s%s is in use: %s", name, where, use->what), fix);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_uses(struct checking *c, const struct vprep_facts_member *m, bool forced)
{
	return add_uses_of(c->reasons, m->member->name,
			   m->device ? "" : ", in the same IOMMU group,", &m->uses,
			   forced);
}

static int add_owned(struct vprep_reasons *reasons, const char *name, const char *kind,
		     const char *owner, bool interrupted)
{
	return vprep_reasons_add(
		reasons, VPREP_E_OWNED, name,
		vprep_strf("%s%s belongs to %s%s", kind, name, owner,
			   interrupted ? ", whose last operation was interrupted" : ""),
		vprep_strf(interrupted ? "vfio-prep recover" : "vfio-prep status"));
}

static int add_claimed(struct vprep_reasons *reasons, const char *name,
		       const struct vprep_attach_options *options)
{
	return vprep_reasons_add(reasons, VPREP_E_OWNED, name,
				 vprep_strf("%s is attached already, by this owner (%s)",
					    name, options->owner),
				 vprep_strf("vfio-prep detach %s", name));
}

static int check_choice(struct checking *c, const struct vprep_facts_member *m)
{
	if (m->choice.driver)
		return 0;
	return vprep_reasons_add(
		c->reasons, VPREP_E_UNSUPPORTED, m->member->name,
		vprep_strf("%s: driver '%s' is neither loaded nor an installed kernel "
			   "module",
			   m->member->name,
			   c->options->driver ? c->options->driver : "vfio-pci"),
		c->options->driver
			? vprep_strf("choose another --driver, or install it")
			: vprep_strf("install the kernel's modules package, then "
				     "'modprobe vfio-pci' must work"));
}

static int refuse_vf(struct checking *c, const char *name, enum vprep_code code,
		     char *why, char *fix)
{
	char *message = why ? vprep_strf("%s: its MAC address and VLAN cannot be set: %s",
					 name, why)
			    : NULL;

	free(why);
	return vprep_reasons_add(c->reasons, code, name, message, fix);
}

static int check_vf_values(struct checking *c, const struct vprep_facts_member *m)
{
	const struct vprep_device_asked *asked = &m->device->asked;
	const char *name = m->member->name;
	int r = 0;

	if (asked->has_mac &&
	    (vprep_mac_is_multicast(asked->mac) || vprep_mac_is_zero(asked->mac)))
		r = vprep_reasons_add(
			c->reasons, VPREP_E_USAGE, name,
			vprep_strf("%s: %s is not the MAC address of one interface: it "
				   "is %s",
				   name, vprep_mac_text(asked->mac).s,
				   vprep_mac_is_zero(asked->mac) ? "empty"
								 : "a multicast one"),
			vprep_strf("give one whose first byte is even, such as "
				   "52:54:00:12:34:56"));
	if (r == 0 && asked->has_vlan &&
	    (asked->vlan == 0 || asked->vlan > VPREP_VLAN_MAX))
		r = vprep_reasons_add(c->reasons, VPREP_E_USAGE, name,
				      vprep_strf("%s: VLAN %u is not one of 1 to %u",
						 name, asked->vlan, VPREP_VLAN_MAX),
				      NULL);
	return r;
}

/* Its PF's interface sets them, if there is one. */
static int check_vf(struct checking *c, const struct vprep_facts_member *m)
{
	const struct vprep_vf *vf = &m->device->vf;
	const char *name = m->member->name;

	if (!vprep_device_has_vf_config(m->device))
		return 0;
	if (!vf->pf)
		return refuse_vf(c, name, VPREP_E_UNSUPPORTED,
				 vprep_strf("it is not an SR-IOV virtual function"),
				 vprep_strf("use a VF, or <hostdev> instead of "
					    "<interface type='hostdev'>"));
	if (!vf->interface)
		return refuse_vf(c, name, VPREP_E_UNSUPPORTED,
				 vprep_strf("its PF %s (driver %s) has no network "
					    "interface, or it is in another network "
					    "namespace",
					    vf->pf,
					    vf->pf_driver ? vf->pf_driver : "none"),
				 vprep_strf("bind the PF to its own driver"));
	if (!vf->known && !c->captured)
		return refuse_vf(c, name, VPREP_E_UNSUPPORTED,
				 vprep_strf("interface %s of its PF %s does not show it: "
					    "driver %s may not let VFs be configured",
					    vf->interface, vf->pf,
					    vf->pf_driver ? vf->pf_driver : "?"),
				 NULL);
	return check_vf_values(c, m);
}

static int check_requested(struct checking *c, const struct vprep_facts_member *m)
{
	const char *name = m->member->name;
	int r;

	if (m->claimed)
		return c->options->keep ? 0 : add_claimed(c->reasons, name, c->options);
	if (!m->member->pci) /* an mdev: nothing is to be bound */
		return 0;
	if (vprep_pci_is_bridge(m->member->pci))
		return vprep_reasons_add(c->reasons, VPREP_E_UNSUPPORTED, name,
					 vprep_strf("%s is a bridge (class %06x): no "
						    "driver gives a bridge to a "
						    "guest",
						    name, m->member->pci->class_code),
					 vprep_strf("attach the devices behind it"));
	if (m->denied)
		return vprep_reasons_add(
			c->reasons, VPREP_E_REFUSED, name,
			vprep_strf("%s is never to be touched (deny, in the "
				   "configuration)",
				   name),
			NULL);
	/* bound for this owner already: who has it open is the guest of a sibling */
	r = m->vfio && c->group->mine ? 0 : add_uses(c, m, c->options->force);
	if (r == 0)
		r = check_vf(c, m);
	return r < 0 ? r : check_choice(c, m);
}

static int add_blocker(struct checking *c, const struct vprep_facts_member *m)
{
	const char *name = m->member->name, *driver = driver_of(m);
	const char *why =
		m->denied ? ", and is never to be touched (deny, in the configuration)"
			  : "";
	char *message, *fix = NULL;

	message =
		vprep_strf("IOMMU group %u is not viable: its member %s is bound to %s%s",
			   c->group->group->number, name, driver, why);
	if (!m->member->pci)
		fix = vprep_strf("it is not a PCI device: unbind it from %s by hand",
				 driver);
	else if (!m->denied && vprep_pci_is_bridge(m->member->pci))
		fix = vprep_strf(
			"add --group-policy whole to have it unbound for the time being");
	else if (!m->denied)
		fix = vprep_strf(
			"attach %s too, or add --group-policy whole to have it bound "
			"as a placeholder",
			name);
	return vprep_reasons_add(c->reasons, VPREP_E_NOT_VIABLE, name, message, fix);
}

static int check_member(struct checking *c, const struct vprep_facts_member *m)
{
	int r = 0;

	if (m->quarantined)
		return vprep_reasons_add(
			c->reasons, VPREP_E_IN_USE, m->member->name,
			vprep_strf("%s is in quarantine: an earlier unbind still waits "
				   "in the "
				   "kernel",
				   m->member->name),
			vprep_strf(
				"see 'vfio-prep status', end its holder, then 'vfio-prep "
				"recover'"));
	if (m->device)
		return check_requested(c, m);
	switch (vprep_member_action(m, c->options)) {
	case VPREP_ACTION_BLOCKS:
		return add_blocker(c, m);
	case VPREP_ACTION_LEAVE:
		/* a vfio driver with an open node: somebody else's guest has the group */
		return m->vfio && !c->group->mine ? add_uses(c, m, false) : 0;
	case VPREP_ACTION_PLACEHOLDER:
		r = check_choice(c, m);
		return r < 0 ? r : add_uses(c, m, false);
	case VPREP_ACTION_UNBIND:
	case VPREP_ACTION_BIND:
		break;
	}
	return r;
}

static int check_group(struct checking *c)
{
	const struct vprep_facts_group *g = c->group;
	_cleanup_free_ char *name = vprep_strf("group %u", g->group->number);

	if (!name)
		return -ENOMEM;
	if (g->owner)
		return add_owned(c->reasons, name, "IOMMU ", g->owner,
				 g->owner_interrupted);
	if (g->direct_regions && !c->options->force)
		return vprep_reasons_add(c->reasons, VPREP_E_UNSUPPORTED, name,
					 vprep_strf("the firmware reserves memory for "
						    "IOMMU group %u (a 'direct' "
						    "line in its reserved_regions), so "
						    "the kernel keeps it from "
						    "user space",
						    g->group->number),
					 vprep_strf("look in the firmware's set-up for "
						    "an option that frees it"));
	if (g->given &&
	    (g->given_uid != c->options->uid || g->given_gid != c->options->gid ||
	     g->given_mode != c->options->mode))
		return vprep_reasons_add(c->reasons, VPREP_E_OWNED, name,
					 vprep_strf("IOMMU group %u is attached already "
						    "with another user or mode "
						    "(%u:%u %04o)",
						    g->group->number, g->given_uid,
						    g->given_gid, g->given_mode),
					 vprep_strf("give the same --user and --mode, or "
						    "detach the group first"));
	return 0;
}

/* Endpoints before bridges: the first reason is what a person reads. */
static int check_members(struct checking *c)
{
	size_t i;
	int pass, r;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < c->group->group->n_members; i++) {
			const struct vprep_facts_member *m = &c->group->members[i];
			bool bridge =
				m->member->pci && vprep_pci_is_bridge(m->member->pci);

			if (bridge != (pass == 1))
				continue;
			r = check_member(c, m);
			if (r < 0)
				return r;
		}
	return 0;
}

static int check_ungrouped(const struct vprep_facts *facts, struct vprep_reasons *reasons)
{
	size_t i;
	int r;

	for (i = 0; i < facts->n_ungrouped; i++) {
		const char *name = facts->ungrouped[i]->text.s;

		r = vprep_reasons_add(
			reasons, VPREP_E_UNSUPPORTED, name,
			facts->no_iommu ? vprep_strf("%s has no IOMMU group: this host "
						     "has no IOMMU, or it "
						     "is off",
						     name)
					: vprep_strf("%s has no IOMMU group: the IOMMU "
						     "does not cover it",
						     name),
			facts->no_iommu
				? vprep_strf("enable it in the firmware (VT-d, AMD-Vi) "
					     "and boot "
					     "with intel_iommu=on; AMD needs no option")
				: NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_no_placement(const struct vprep_device *d, struct vprep_reasons *reasons)
{
	const struct vprep_no_placement *no = &d->no_placement;
	char *fix = no->fix ? strdup(no->fix) : NULL;

	if (!no->why || (no->fix && !fix))
		return -ENOMEM;
	return vprep_reasons_add(reasons, no->code, d->name, strdup(no->why), fix);
}

static int check_device(const struct vprep_device *d,
			const struct vprep_attach_options *options,
			struct vprep_reasons *reasons)
{
	const char *name = d->name;

	if (d->owner)
		return add_owned(reasons, name, "", d->owner, d->owner_interrupted);
	if (d->claimed)
		return options->keep ? 0 : add_claimed(reasons, name, options);
	if (d->quarantined)
		return vprep_reasons_add(
			reasons, VPREP_E_IN_USE, name,
			vprep_strf("%s is in quarantine: an earlier write still waits in "
				   "the kernel",
				   name),
			vprep_strf("see 'vfio-prep status', end its holder, then "
				   "'vfio-prep recover'"));
	if (d->is_new)
		return d->parent ? 0 : add_no_placement(d, reasons);
	if (d->node.path && !d->node.exists)
		return vprep_reasons_add(
			reasons, VPREP_E_NOT_FOUND, name,
			vprep_strf("%s has no node /dev/%s", name, d->node.path), NULL);
	return add_uses_of(reasons, name, "", &d->uses, options->force);
}

int vprep_check_facts(const struct vprep_facts *facts,
		      const struct vprep_attach_options *options,
		      struct vprep_reasons *reasons)
{
	size_t i;
	int r;

	r = check_ungrouped(facts, reasons);
	for (i = 0; r == 0 && i < facts->n_groups; i++) {
		struct checking c = { &facts->groups[i], options, reasons,
				      facts->captured };
		size_t before = reasons->n;

		r = check_group(&c);
		if (r == 0 && reasons->n == before)
			r = check_members(&c);
	}
	for (i = 0; r == 0 && i < facts->devices->n; i++)
		if (!facts->devices->items[i].kind->has_group)
			r = check_device(&facts->devices->items[i], options, reasons);
	return r;
}

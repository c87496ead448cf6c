// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/check.h"

#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"

struct checking {
	const struct vprep_facts *facts;
	const struct vprep_attach_options *options;
	struct vprep_reasons *reasons;
	struct vprep_pool *pool; /* of the reasons; it notes when memory runs out */
};

/* As vprep_reasons_add(). */
#define add(c, ...) vprep_reasons_add((c)->reasons, (c)->pool, __VA_ARGS__)

/* @where stands behind the name. */
static void check_uses(const struct checking *c, const char *name, const char *where,
		       const struct vprep_uses *uses, bool forced, bool shared)
{
	size_t i;

	for (i = 0; i < uses->n; i++)
		if ((!forced || uses->items[i].never_taken) &&
		    (!shared || !uses->items[i].is_open))
			add(c, VPREP_E_IN_USE, name, uses->items[i].fix,
			    "%s%s is in use: %s", name, where, uses->items[i].what);
}

static void check_member_uses(const struct checking *c,
			      const struct vprep_facts_member *m, bool forced)
{
	check_uses(c, m->member->name, m->device ? "" : ", in the same IOMMU group,",
		   &m->uses, forced, false);
}

static void add_taken(const struct checking *c, const char *name, const char *before,
		      const struct vprep_taken *taken)
{
	add(c, VPREP_E_OWNED, name, taken->fix, "%s%s %s", before, name, taken->how);
}

static void check_claimed(const struct checking *c, const char *name)
{
	if (!c->options->keep)
		add(c, VPREP_E_OWNED, name,
		    vprep_pool_strf(c->pool, "vfio-prep detach %s", name),
		    "%s is attached already, by this owner (%s)", name,
		    c->options->owner);
}

static void add_quarantined(const struct checking *c, const char *name, const char *what)
{
	add(c, VPREP_E_IN_USE, name,
	    "see 'vfio-prep status', end its holder, then 'vfio-prep recover'",
	    "%s is in quarantine: an earlier %s still waits in the kernel", name, what);
}

/* @by: the device above it that is named in the configuration; NULL: it is itself. */
static void add_denied(const struct checking *c, const char *name, const char *by)
{
	add(c, VPREP_E_REFUSED, name, NULL,
	    "%s is never to be touched%s%s%s (deny, in the configuration)", name,
	    by ? ", as it depends on " : "", by ? by : "",
	    by ? ", which is not to be either" : "");
}

static void check_choice(const struct checking *c, const struct vprep_facts_member *m)
{
	const char *wanted = m->device ? m->device->asked.pci.driver : NULL;

	if (m->choice.is_foreign)
		add(c, VPREP_E_UNSUPPORTED, m->member->name,
		    "name vfio-pci or a variant of it, or no driver to have the best one",
		    "%s: driver '%s' is no VFIO driver (its module does not build on "
		    "vfio-pci-core): it gives no device to a guest",
		    m->member->name, wanted);
	else if (!m->choice.driver)
		add(c, VPREP_E_UNSUPPORTED, m->member->name,
		    wanted ? "choose another --driver, or install it"
			   : "install the kernel's modules package, then 'modprobe "
			     "vfio-pci' must work",
		    "%s: driver '%s' is neither loaded nor an installed kernel module",
		    m->member->name, wanted ? wanted : "vfio-pci");
}

static void check_vf_values(const struct checking *c, const char *name,
			    const struct vprep_device_asked *asked)
{
	if (asked->has_mac &&
	    (vprep_mac_is_multicast(asked->mac) || vprep_mac_is_zero(asked->mac)))
		add(c, VPREP_E_USAGE, name,
		    "give one whose first byte is even, such as 52:54:00:12:34:56",
		    "%s: %s is not the MAC address of one interface: it is %s", name,
		    vprep_mac_text(asked->mac).s,
		    vprep_mac_is_zero(asked->mac) ? "empty" : "a multicast one");
	/* 0 is that it is in none, as libvirt has it, too */
	if (asked->has_vlan && asked->vlan > VPREP_VLAN_MAX)
		add(c, VPREP_E_USAGE, name, NULL, "%s: VLAN %u is not one of 1 to %u",
		    name, asked->vlan, VPREP_VLAN_MAX);
}

#define NOT_SET "%s: its MAC address and VLAN cannot be set: "

/* Its PF's interface sets them, if there is one. */
static void check_vf(const struct checking *c, const struct vprep_facts_member *m)
{
	const char *name = m->member->name;
	const struct vprep_vf *vf = &m->device->vf;

	if (!vprep_device_has_vf_config(m->device))
		return;
	if (!vf->pf)
		add(c, VPREP_E_UNSUPPORTED, name,
		    "use a VF, or <hostdev> instead of <interface type='hostdev'>",
		    NOT_SET "it is not an SR-IOV virtual function", name);
	else if (!vf->interface)
		add(c, VPREP_E_UNSUPPORTED, name, "bind the PF to its own driver",
		    NOT_SET "its PF %s (driver %s) has no network interface, or it is in "
			    "another network namespace",
		    name, vf->pf, vf->pf_driver ? vf->pf_driver : "none");
	else if (!vf->known && !c->facts->captured)
		add(c, VPREP_E_UNSUPPORTED, name, "bring the interface up",
		    NOT_SET "interface %s of its PF %s does not show it: it may be down, "
			    "or driver %s lets no VFs be configured",
		    name, vf->interface, vf->pf, vf->pf_driver ? vf->pf_driver : "?");
	else
		check_vf_values(c, name, &m->device->asked);
}

/* QEMU's own NVMe driver knows nodes of groups alone. */
static void check_disk(const struct checking *c, const struct vprep_facts_member *m)
{
	if (m->device->asked.origin == VPREP_ORIGIN_DISK && c->facts->no_group_nodes)
		add(c, VPREP_E_UNSUPPORTED, m->member->name,
		    "give the guest the whole controller, as a <hostdev>",
		    "%s: QEMU takes a disk on an NVMe controller by the node of its IOMMU "
		    "group, and this kernel has none of those",
		    m->member->name);
}

static void add_staying(const struct checking *c, const struct vprep_pci_device *pci)
{
	const char *part = vprep_pci_host_part(pci);

	if (part)
		add(c, VPREP_E_UNSUPPORTED, pci->text.s, NULL,
		    "%s is the host's own %s (class %06x): it is never given to a guest",
		    pci->text.s, part, pci->class_code);
	else
		add(c, VPREP_E_UNSUPPORTED, pci->text.s, "attach the devices behind it",
		    "%s is a bridge (class %06x): no driver gives a bridge to a guest",
		    pci->text.s, pci->class_code);
}

/* The group is the guest's only without the driver that makes the domain. */
static void add_leaving(const struct checking *c, const struct vprep_pci_device *pci)
{
	struct vprep_pci_text maker = vprep_pci_address_text(pci->controller);

	add(c, VPREP_E_UNSUPPORTED, pci->text.s,
	    vprep_pool_strf(c->pool, "attach %s, with which all goes that is behind it",
			    maker.s),
	    "%s is in a PCI domain that the driver of %s makes: it goes away when that "
	    "driver leaves their IOMMU group to a guest",
	    pci->text.s, maker.s);
}

/* Nobody gets a bridge, what the administrator denies, another device than the one that
 * he means by the address, or what goes away before the guest could have it. */
static bool is_kept(const struct checking *c, const struct vprep_pci_device *pci,
		    bool denied, const char *denied_by,
		    const struct vprep_mismatch *other)
{
	if (vprep_pci_stays(pci))
		add_staying(c, pci);
	else if (denied)
		add_denied(c, pci->text.s, denied_by);
	else if (other->what)
		add(c, VPREP_E_REFUSED, pci->text.s, other->fix, "%s", other->what);
	else if (pci->has_controller)
		add_leaving(c, pci);
	else
		return false;
	return true;
}

static void check_requested(const struct checking *c, const struct vprep_facts_group *g,
			    const struct vprep_facts_member *m)
{
	const char *name = m->member->name;

	if (m->taken.how)
		add_taken(c, name, "", &m->taken);
	else if (m->claimed)
		check_claimed(c, name);
	/* without PCI it is an mdev: nothing is to be bound */
	if (m->taken.how || m->claimed || !m->member->pci ||
	    is_kept(c, m->member->pci, m->denied, m->denied_by, &m->other))
		return;
	/* bound for this owner already: who has it open is the guest of a sibling */
	if (!m->vfio || !g->mine)
		check_member_uses(c, m, c->options->force);
	check_vf(c, m);
	check_disk(c, m);
	check_choice(c, m);
}

static void add_blocker(const struct checking *c, const struct vprep_facts_group *g,
			const struct vprep_facts_member *m)
{
	const char *name = m->member->name,
		   *driver = vprep_iommu_member_driver(m->member);
	const char *fix = NULL;

	if (!m->member->pci)
		fix = vprep_pool_strf(c->pool,
				      "it is not a PCI device: unbind it from %s by hand",
				      driver);
	else if (!m->denied && vprep_pci_stays(m->member->pci))
		fix = "add --group-policy whole to have it unbound for the time being";
	else if (!m->denied)
		fix = vprep_pool_strf(
			c->pool,
			"attach %s too, or add --group-policy whole to have it bound as "
			"a placeholder",
			name);
	add(c, VPREP_E_NOT_VIABLE, name, fix,
	    "IOMMU group %u is not viable: its member %s is bound to %s%s",
	    g->group->number, name, driver,
	    m->denied ? ", and is never to be touched (deny, in the configuration)" : "");
}

static void check_member(const struct checking *c, const struct vprep_facts_group *g,
			 const struct vprep_facts_member *m)
{
	if (m->quarantined) {
		add_quarantined(c, m->member->name, "unbind");
		return;
	}
	if (m->device) {
		check_requested(c, g, m);
		return;
	}
	switch (vprep_member_action(m, c->options)) {
	case VPREP_ACTION_BLOCKS:
		add_blocker(c, g, m);
		break;
	case VPREP_ACTION_LEAVE:
		/* a vfio driver with an open node: somebody else's guest has the group */
		if (m->vfio && !g->mine)
			check_member_uses(c, m, false);
		break;
	case VPREP_ACTION_PLACEHOLDER:
		check_choice(c, m);
		check_member_uses(c, m, false);
		break;
	case VPREP_ACTION_UNBIND:
	case VPREP_ACTION_BIND:
		break;
	}
}

/* Endpoints before bridges: the first reason is what a person reads. */
static void check_members(const struct checking *c, const struct vprep_facts_group *g)
{
	const struct vprep_facts_member *m, *end = g->members + g->group->n_members;

	for (m = g->members; m < end; m++)
		if (!m->member->pci || !vprep_pci_stays(m->member->pci))
			check_member(c, g, m);
	for (m = g->members; m < end; m++)
		if (m->member->pci && vprep_pci_stays(m->member->pci))
			check_member(c, g, m);
}

/* A group on its way back: one reason for each device that is asked for. */
static void check_going_group(const struct checking *c, const struct vprep_facts_group *g)
{
	const struct vprep_facts_member *m, *end = g->members + g->group->n_members;

	for (m = g->members; m < end; m++) {
		if (!m->device)
			continue;
		if (g->taken.mine && m->quarantined)
			add_quarantined(c, m->member->name, "unbind");
		else
			add_taken(c, m->member->name, "",
				  m->taken.how ? &m->taken : &g->taken);
	}
}

/* A node that udevd would take from the guest again. */
static void check_rule(const struct checking *c, const char *name,
		       const struct vprep_node_state *node)
{
	if (node->beaten_by)
		add(c, VPREP_E_REFUSED, name,
		    "exempt the node there, or have that file come after 00-vfio-prep-",
		    "%s: udevd sets the owner or mode of its node by %s, against which "
		    "no rule of vfio-prep's can win",
		    name, node->beaten_by);
}

static void check_group(const struct checking *c, const struct vprep_facts_group *g)
{
	const struct vprep_attach_options *o = c->options;
	unsigned number = g->group->number;
	char name[sizeof("group 4294967295")];

	snprintf(name, sizeof(name), "group %u", number);
	if (g->taken.how && g->taken.going)
		check_going_group(c, g);
	else if (g->taken.how)
		add_taken(c, name,
			  vprep_pool_strf(c->pool, "%s: its IOMMU ",
					  vprep_facts_asked_of(g)),
			  &g->taken);
	else if (g->direct_regions && !o->force)
		add(c, VPREP_E_UNSUPPORTED, name,
		    "look in the firmware's set-up for an option that frees it",
		    "the firmware reserves memory for IOMMU group %u (a 'direct' line in "
		    "its reserved_regions), so the kernel keeps it from user space",
		    number);
	else if (g->given && (g->given_uid != o->uid || g->given_gid != o->gid ||
			      g->given_mode != o->mode))
		add(c, VPREP_E_OWNED, name,
		    "give the same --user and --mode, or detach the group first",
		    "IOMMU group %u is attached already with another user or mode "
		    "(%u:%u %04o)",
		    number, g->given_uid, g->given_gid, g->given_mode);
	else
		check_members(c, g);
	if (!g->taken.how && !g->mine)
		check_rule(c, name, &g->node);
}

static void check_uncovered(const struct checking *c, const char *name)
{
	if (c->facts->no_iommu)
		add(c, VPREP_E_UNSUPPORTED, name,
		    "enable it in the firmware (VT-d, AMD-Vi, SMMU); on Intel boot "
		    "with intel_iommu=on, too",
		    "%s has no IOMMU group: this host has no IOMMU, or it is off", name);
	else
		add(c, VPREP_E_UNSUPPORTED, name, NULL,
		    "%s has no IOMMU group: the IOMMU does not cover it", name);
}

/* The other members of the device's group are not known before the group is made. */
static void check_ungrouped(const struct checking *c,
			    const struct vprep_facts_ungrouped *u)
{
	const char *name = u->pci->text.s;

	if (!u->comes_late)
		check_uncovered(c, name);
	else if (u->quarantined && (u->taken.mine || !u->taken.how))
		add_quarantined(c, name, "bind");
	else if (u->taken.how)
		add_taken(c, name, "", &u->taken);
	else if (!is_kept(c, u->pci, u->denied, u->denied_by, &u->other) &&
		 !c->options->makes_groups)
		add(c, VPREP_E_UNSUPPORTED, name,
		    "attach it, which has the kernel make the group and then goes on or "
		    "refuses",
		    "%s has no IOMMU group yet: this kernel makes it when a driver is "
		    "bound to the device for the first time",
		    name);
}

/* That guests of the other owners have a shared device open is no reason against it. */
static void check_shared(const struct checking *c, const struct vprep_device *d)
{
	const struct vprep_steps *steps = &c->facts->shared;
	struct vprep_step_node node;
	size_t i;

	for (i = 0; d->shared && i < steps->n; i++)
		if (streq(steps->items[i].device, d->name) &&
		    vprep_step_node(&steps->items[i], &node) &&
		    (node.uid != c->options->uid || node.gid != c->options->gid ||
		     node.mode != c->options->mode))
			add(c, VPREP_E_OWNED, d->name, "give the same --user and --mode",
			    "%s is shared already with another user or mode (%u:%u "
			    "%04o)",
			    d->name, node.uid, node.gid, node.mode);
	check_uses(c, d->name, "", &d->uses, c->options->force, d->shared);
}

/* A device of a kind without IOMMU groups, or with a group for each device (mdevs). */
static void check_device(const struct checking *c, const struct vprep_device *d)
{
	const struct vprep_no_placement *no = &d->no_placement;

	if (d->quarantined && (d->taken.mine || !d->taken.how))
		add_quarantined(c, d->name, "write");
	else if (d->taken.how)
		add_taken(c, d->name, "", &d->taken);
	else if (d->claimed)
		check_claimed(c, d->name);
	else if (d->denied_by)
		add_denied(c, d->name, d->denied_by);
	else if (d->is_new && !d->parent)
		add(c, no->code, d->name, no->fix, "%s", no->why);
	else if (!d->is_new && d->node.path && !d->node.exists)
		add(c, VPREP_E_NOT_FOUND, d->name, NULL, "%s has no node /dev/%s",
		    d->name, d->node.path);
	else if (!d->is_new)
		check_shared(c, d);
	if (!d->taken.how && !d->claimed)
		check_rule(c, d->name, &d->node);
}

/* Which nodes a captured host's kernel makes is not known. */
static void check_iommufd(const struct checking *c, const struct vprep_device *d)
{
	const struct vprep_facts *f = c->facts;

	if (f->captured || d->claimed || d->taken.how)
		return;
	if (d->asked.iommufd == VPREP_IOMMUFD_YES && !f->cdevs)
		add(c, VPREP_E_UNSUPPORTED, d->name,
		    "leave that out of the domain, or boot a kernel with "
		    "CONFIG_VFIO_DEVICE_CDEV",
		    "the domain wants %s with iommufd, and this kernel has no VFIO nodes "
		    "of single devices",
		    d->name);
	if (d->asked.iommufd == VPREP_IOMMUFD_NO && f->no_group_nodes)
		add(c, VPREP_E_UNSUPPORTED, d->name,
		    "say <driver iommufd='yes'/> there, or boot a kernel with "
		    "CONFIG_VFIO_GROUP",
		    "the domain wants %s without iommufd, and this kernel has no VFIO "
		    "nodes of IOMMU groups",
		    d->name);
}

/* An mdev makes no interrupts by itself. What is attached already was possible. */
static void check_interrupts(const struct checking *c)
{
	struct vprep_facts_walk walk = { 0 };
	const struct vprep_facts_member *m;

	while ((m = vprep_facts_next(c->facts, &walk)))
		if (m->device && m->member->pci && !m->claimed)
			break;
	if (m)
		add(c, VPREP_E_UNSUPPORTED, m->member->name,
		    vprep_interrupts_fix(&c->facts->interrupts),
		    "%s: this host does not remap interrupts, so the kernel gives no "
		    "device to a guest, as " VPREP_INTERRUPTS_MEANING,
		    m->member->name);
}

static void check_grouped(const struct checking *c)
{
	const struct vprep_facts *facts = c->facts;
	size_t i;

	for (i = 0; i < facts->n_groups; i++)
		check_group(c, &facts->groups[i]);
	if (vprep_interrupts_forbid(&facts->interrupts))
		check_interrupts(c);
	for (i = 0; i < facts->devices->n; i++) {
		const struct vprep_device *d = &facts->devices->items[i];

		if (!d->kind->has_group)
			check_device(c, d);
		check_iommufd(c, d);
		if (!d->claimed)
			check_rule(c, d->name, &d->cdev);
	}
}

struct vprep_reasons *vprep_check_facts(const struct vprep_facts *facts,
					const struct vprep_attach_options *options)
{
	struct checking c = { .facts = facts, .options = options };
	size_t i;

	c.reasons = vprep_pool_result_new(sizeof(*c.reasons), &c.pool);
	if (!c.reasons)
		return NULL;
	for (i = 0; i < facts->n_ungrouped; i++)
		check_ungrouped(&c, &facts->ungrouped[i]);
	if (!options->makes_groups)
		check_grouped(&c);
	if (c.reasons->n == 0)
		c.reasons->losses =
			vprep_losses_list(facts, options, c.pool, &c.reasons->n_losses);
	if (c.pool->failed) {
		vprep_reasons_free(c.reasons);
		return NULL;
	}
	return c.reasons;
}

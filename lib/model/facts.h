/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found out about the devices of a request before anything is decided: the whole
 * group of each, who uses and who owns it. Plain data: checks and plans are made from it
 * alone.
 */
#ifndef VPREP_MODEL_FACTS_H
#define VPREP_MODEL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/device.h"
#include "model/match.h"
#include "model/mdev.h"
#include "model/step.h"
#include "model/vf.h"
#include "vfio-prep.h"

struct vprep_config;

struct vprep_iommu_member {
	char *name;		      /* sysfs name */
	struct vprep_pci_device *pci; /* NULL: not a PCI device */
	char *driver;		      /* of a member that is not PCI */
	bool mdev; /* a mediated device: its driver leaves DMA to user space */
};

/* As sysfs has it. */
struct vprep_iommu_group {
	unsigned number;
	size_t n_members;
	struct vprep_iommu_member *members; /* by name */
};

static inline const char *vprep_iommu_member_driver(const struct vprep_iommu_member *m)
{
	return m->pci ? m->pci->driver : m->driver;
}

void vprep_iommu_group_free(struct vprep_iommu_group *group);
DEFINE_CLEANUP(struct vprep_iommu_group, vprep_iommu_group_free);

struct vprep_driver_choice {
	char *driver;
	char *module;	 /* to load first; NULL when nothing needs loading */
	bool is_foreign; /* there is one of the wanted name, but it is no VFIO driver */
};

void vprep_driver_choice_done(struct vprep_driver_choice *choice);

struct vprep_facts_member {
	const struct vprep_iommu_member *member; /* in the group */
	struct vprep_device *device;		 /* NULL: nobody asks for it */
	bool denied;				 /* by the configuration */
	const char *denied_by; /* that of a device above it; NULL: it is named itself */
	struct vprep_mismatch other; /* than is meant by its address; of one asked for */
	bool leaves_dma;	     /* unbound, or its driver leaves the group viable */
	bool vfio;		     /* its driver is a vfio one */
	bool claimed;		     /* attached by this owner already */
	bool quarantined;
	struct vprep_taken taken; /* the device by itself, on its way back */
	struct vprep_uses uses;
	char **names; /* its interfaces and disks; NULL: it is left alone */
	/* where it would be bound: to what. No driver: none was found that suits. */
	struct vprep_driver_choice choice;
};

struct vprep_facts_group {
	struct vprep_iommu_group *group;
	struct vprep_facts_member *members; /* as many as the group has */
	bool direct_regions; /* firmware demands 1:1 mappings: user space may not have it */

	struct vprep_taken taken; /* a device of it, or all of it */
	bool mine;		  /* this owner has a device of it already */
	bool given;		  /* and its node was given to this user */
	uid_t given_uid;
	gid_t given_gid;
	mode_t given_mode;

	struct vprep_node_state node;
};

/* A PCI device of the request that has no IOMMU group. */
struct vprep_facts_ungrouped {
	struct vprep_pci_device *pci;
	/* the kernel may give it one as soon as a driver is bound to it for the first
	 * time */
	bool comes_late;
	bool denied;
	const char *denied_by;
	struct vprep_mismatch other;
	bool quarantined;
	struct vprep_taken taken;
};

/* An mdev that an owner is about to make, or was when it was interrupted. */
struct vprep_pending_mdev {
	const char *parent;
	const char *type;
	const char *device; /* UUID, or the function */
	const char *owner;  /* as messages name it */
	bool interrupted;
};

enum vprep_remapping {
	VPREP_REMAPPING_UNKNOWN,
	VPREP_REMAPPING_ON,
	VPREP_REMAPPING_OFF,
};

/* How the host protects itself from the interrupts of a guest's device. */
struct vprep_interrupts {
	enum vprep_remapping remapping;
	const char *remapper; /* what does it, where it is on; a literal */
	bool has_no_its;      /* off, as Arm's interrupt controller has none for MSIs */
	bool is_incapable;    /* off, as an IOMMU of the host cannot do it */
	bool is_disabled;     /* off, as the kernel's command line says */
	bool is_allowed; /* devices are given away without it (allow_unsafe_interrupts) */
	bool is_allowed_by_iommufd; /* also by the nodes of their own */
	bool is_iommufds; /* it alone decides: the kernel has no nodes of groups */
};

/* The kernel would refuse every device. */
static inline bool vprep_interrupts_forbid(const struct vprep_interrupts *i)
{
	return i->remapping == VPREP_REMAPPING_OFF && !i->is_allowed;
}

#define VPREP_INTERRUPTS_MEANING                                                         \
	"a guest with a device could inject interrupts into the host"

/* What to do where they forbid. A literal. */
const char *vprep_interrupts_fix(const struct vprep_interrupts *i);

/*
 * The devices themselves are looked at in their own record; those that have an IOMMU
 * group are members of one here, too. Strings are in the pool.
 */
struct vprep_facts {
	struct vprep_devices *devices; /* borrowed */
	size_t n_groups;
	struct vprep_facts_group *groups; /* in the order of the request */
	size_t n_ungrouped;
	struct vprep_facts_ungrouped *ungrouped;
	struct vprep_steps shared; /* what other owners did to devices that are shared */
	struct vprep_mdev_parents mdevs; /* read when one is to be made */
	size_t n_pending;
	struct vprep_pending_mdev *pending;
	bool no_iommu;			    /* the host has no groups at all */
	struct vprep_interrupts interrupts; /* read when a group is given away */
	struct vprep_node_state iommufd;    /* /dev/iommu, where there are such nodes */
	bool cdevs;	     /* the kernel may have nodes of single devices */
	bool no_group_nodes; /* the kernel has no nodes of groups */
	bool captured; /* not a live host: what only its kernel knows is not known */
	const char *made_rules_dir; /* topmost folder that is missing for it, or that an
				       owner made */
	struct vprep_pool pool;
};

void vprep_facts_done(struct vprep_facts *facts);

/* Whether a device of the request that is in groups[@i] is used by the group's node. */
bool vprep_facts_uses_group_node(const struct vprep_facts *facts, size_t i);

/* The name of its first device that was asked for: who named that may not know the group.
 */
const char *vprep_facts_asked_of(const struct vprep_facts_group *group);

/* Where a walk over the members of all groups is; starts as {0}. */
struct vprep_facts_walk {
	size_t group;
	size_t member;
};

/* The next member; NULL: that was the last. */
struct vprep_facts_member *vprep_facts_next(const struct vprep_facts *facts,
					    struct vprep_facts_walk *walk);

/* What the asker wants done with them. */
struct vprep_attach_options {
	const char *owner;	/* as messages name it */
	const char *owner_file; /* the name of its journal; NULL: it can have none */
	bool strict;
	bool force;
	bool no_proof; /* the kernel's own word is not asked for at the end */
	bool is_base;  /* it is to be the host's own state: nobody is given a node */
	bool keep;     /* what is attached by this owner already stays so */
	/* first of all, devices that have no IOMMU group yet are to get one: they alone
	 * are checked and planned for */
	bool makes_groups;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	const char *user; /* as messages name the node's owner */
	bool has_iommu_group;
	gid_t iommu_gid; /* may open /dev/iommu, by the configuration */
	const char *rules_dir;
	const struct vprep_config *config; /* for kinds of steps with keys of their own */
};

/* What is to happen to a group member. */
enum vprep_action {
	VPREP_ACTION_LEAVE,	  /* it is not in the way */
	VPREP_ACTION_BIND,	  /* part of the request, to be bound */
	VPREP_ACTION_PLACEHOLDER, /* bound so that the group is viable */
	VPREP_ACTION_UNBIND, /* a bridge whose driver is in the way: vfio-pci takes none */
	VPREP_ACTION_BLOCKS, /* it must go, and may not be touched */
};

enum vprep_action vprep_member_action(const struct vprep_facts_member *member,
				      const struct vprep_attach_options *options);

#endif

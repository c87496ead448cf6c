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

#include "model/group.h"
#include "model/mdev.h"
#include "model/device.h"
#include "model/use.h"
#include "model/vf.h"
#include "vfio-prep.h"

struct vprep_driver_choice {
	char *driver;
	char *module; /* to load first; NULL when nothing needs loading */
};

void vprep_driver_choice_done(struct vprep_driver_choice *choice);

/* A node below /dev and its rule file, as they are before anything is done. */
struct vprep_node_state {
	char *path;  /* below /dev; NULL: the kernel chooses it later */
	char *rule;  /* what its rule file holds already; NULL: there is none */
	bool exists; /* and belongs to: */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

struct vprep_facts_member {
	const struct vprep_iommu_member *member; /* in the group */
	bool requested;
	const struct vprep_device *device; /* of a requested one */
	bool denied;			   /* by the configuration */
	bool leaves_dma; /* unbound, or its driver leaves the group viable */
	bool vfio;	 /* its driver is a vfio one */
	bool claimed;	 /* attached by this owner already */
	bool quarantined;
	struct vprep_uses uses;
	/* where it would be bound: to what. No driver: none was found. */
	struct vprep_driver_choice choice;
	struct vprep_vf vf;	      /* of one whose target has a VF's configuration */
	struct vprep_node_state cdev; /* of a requested one, where the kernel has such */
};

struct vprep_facts_group {
	struct vprep_iommu_group *group;
	struct vprep_facts_member *members; /* as many as the group has */
	bool direct_regions; /* firmware demands 1:1 mappings: user space may not have it */

	char *owner;		/* another owner, as messages name it */
	bool owner_interrupted; /* and its last operation was */
	bool mine;		/* this owner has a device of it already */
	bool given;		/* and gave the node to this user */
	uid_t given_uid;
	gid_t given_gid;
	mode_t given_mode;

	struct vprep_node_state node;
};

/* Why an mdev cannot be made. */
struct vprep_no_placement {
	enum vprep_code code;
	char *why;
	char *fix;
	bool is_passing; /* others are at it: it may be otherwise in a moment */
};

/* A node that is given away by itself. */
struct vprep_facts_node {
	const struct vprep_device *device;
	struct vprep_uses uses;
	struct vprep_node_state node;
	char *owner; /* another owner, as messages name it */
	bool owner_interrupted;
	bool claimed; /* attached by this owner already */
	bool quarantined;
	struct vprep_node_state cdev; /* of an mdev, where the kernel has such */
	/* of an mdev that is to be made: where, once placed; NULL: nowhere, and why not */
	char *parent;
	char *type;    /* id */
	char *held_as; /* a function's: what the journal calls it; NULL: its target's name
			*/
	struct vprep_no_placement no_placement;
};

/* An mdev that an owner is about to make, or was when it was interrupted. */
struct vprep_pending_mdev {
	char *parent;
	char *type;
	char *device; /* UUID, or the function */
	char *owner;  /* as messages name it */
	bool interrupted;
};

struct vprep_facts {
	size_t n_groups;
	struct vprep_facts_group *groups; /* in the order of the request */
	size_t n_ungrouped; /* devices of the request that have no IOMMU group */
	struct vprep_pci_device **ungrouped;
	size_t n_nodes;
	struct vprep_facts_node *nodes;
	struct vprep_mdev_parents mdevs; /* read when one is to be made */
	size_t n_pending;
	struct vprep_pending_mdev *pending;
	bool no_iommu; /* the host has no groups at all */
	bool cdevs;    /* the kernel may have nodes of single devices */
	bool captured; /* not a live host: what only its kernel knows is not known */
	char *made_rules_dir; /* topmost folder that is missing for it, or that an owner
				 made */
};

void vprep_facts_done(struct vprep_facts *facts);
/* Forgets where the mdev is to be made. */
void vprep_facts_displace(struct vprep_facts_node *node);

/* What the asker wants done with them. */
struct vprep_attach_options {
	const char *owner; /* as messages name it */
	bool strict;
	bool force;
	bool keep;	    /* what is attached by this owner already stays so */
	const char *driver; /* NULL: the best one */
	uid_t uid;
	gid_t gid;
	mode_t mode;
	const char *user; /* as messages name the node's owner */
	const char *rules_dir;
};

/* Whether the node is there and is as the options want it. */
bool vprep_node_state_is(const struct vprep_node_state *node,
			 const struct vprep_attach_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mediated devices: those that exist, and what more can be made of which parent. */
#ifndef VPREP_MODEL_MDEV_H
#define VPREP_MODEL_MDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pool.h"
#include "model/match.h"

#define VPREP_VENDOR_NVIDIA 0x10de
/* A format: NVIDIA's parameters of a vGPU as a line of settings. */
#define VPREP_MDEV_PARAMS_SETTING "nvidia/vgpu_params=%s\n"

enum vprep_mdev_placement {
	VPREP_PLACEMENT_DEFAULT,
	VPREP_PLACEMENT_COMPACT,
	VPREP_PLACEMENT_SEPARATE,
	VPREP_PLACEMENTS,
};

/* NULL for the default. */
const char *vprep_mdev_placement_name(enum vprep_mdev_placement placement);
/* The value of that name, never the default. -EINVAL. */
int vprep_mdev_placement_parse(const char *name, enum vprep_mdev_placement *ret);

/* How to make an mdev that does not exist. Whoever has a definition says who frees its
 * strings. */
struct vprep_mdev_definition {
	char *type;   /* NULL: not given */
	char *parent; /* NULL: any */
	enum vprep_mdev_placement placement;
	unsigned line; /* of the document that says so; 0: something else does */
};

void vprep_mdev_definition_done(struct vprep_mdev_definition *definition);

/* NULL means absent. */
struct vprep_mdev_type_facts {
	char *id;	   /* "mtty-1", "nvidia-558" */
	char *name;	   /* for people; newer kernels may have none */
	char *description; /* for people */
	char *api;	   /* "vfio-pci" */
	bool is_counted;   /* the kernel tells how many are available */
	unsigned available;
	char **instances; /* UUIDs, sorted; of a function that is a vGPU: its address */
};

/*
 * What carries mediated devices. Newer NVIDIA drivers make no mdev: a virtual function
 * becomes a vGPU of a type, on the driver that it has. Such a function is a parent that
 * carries one instance, itself.
 */
struct vprep_mdev_parent {
	const char *name;	     /* as sysfs has it: "0000:06:00.0", "mtty" */
	uint16_t vendor;	     /* of a PCI device, else 0 */
	bool is_vgpu;		     /* a virtual function of the above */
	bool is_denied;		     /* by the configuration, or one above it is */
	struct vprep_mismatch other; /* than the configuration says of its address */
	size_t n_types;
	struct vprep_mdev_type_facts *types; /* by id */
};

/* All parents; everything in them lives in the pool. */
struct vprep_mdev_parents {
	struct vprep_pool pool;
	size_t n;
	struct vprep_mdev_parent *items; /* by name */
};

void vprep_mdev_parents_done(struct vprep_mdev_parents *parents);

const struct vprep_mdev_parent *
vprep_mdev_find_parent(const struct vprep_mdev_parents *parents, const char *name);
/* By id; else by name, which people know better. NULL. */
const struct vprep_mdev_type_facts *
vprep_mdev_find_type(const struct vprep_mdev_parent *parent, const char *type);
/* How many instances a parent carries, of whatever type. */
size_t vprep_mdev_count_instances(const struct vprep_mdev_parent *parent);

/* One that exists. */
struct vprep_mdev {
	char *parent;
	char *type; /* id */
	int group;  /* of the IOMMU, which it has for itself; -1: no driver took it */
};

void vprep_mdev_done(struct vprep_mdev *mdev);

#endif

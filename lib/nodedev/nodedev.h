/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Node devices: which there are, under which names, and what each of them is. The verbs
 * that list and show them ask through nodedev/query.h.
 */
#ifndef VPREP_NODEDEV_H
#define VPREP_NODEDEV_H

#include <stdint.h>

#include "common/pool.h"
#include "declared/declared.h"
#include "io/io.h"
#include "model/nodedev.h"

/* "usb_device" */
const char *vprep_cap_name(enum vprep_cap cap);
/* -EINVAL */
int vprep_cap_parse(const char *name, enum vprep_cap *ret);

/* One that is defined, and not there now. */
struct vprep_nodedev_defined {
	const char *sysname;  /* the name that the kernel would give it */
	const char *parent;   /* its parent's; NULL: any that can make it */
	const char *type;     /* of an mdev */
	const char *settings; /* "ATTRIBUTE=VALUE" lines; NULL: none */
	const char *by;	      /* who makes it: "mdevctl", "vfio-prep" */
	const char *file;     /* in which vfio-prep has it declared; else NULL */
	unsigned line;	      /* of that */
	bool by_hand;	      /* not at boot, and not by apply */
};

/* Which states of devices are asked for, a set. */
#define VPREP_NODEDEV_ACTIVE 1u
#define VPREP_NODEDEV_INACTIVE 2u

/* A device that was found. */
struct vprep_nodedev_entry {
	enum vprep_cap cap;
	const char *bus; /* static: "pci", "block"; NULL: the computer itself */
	const char *name;
	/* below sysfs, "devices/…"; NULL: the computer itself, or one that is defined */
	const char *path;
	const struct vprep_nodedev_defined *definition; /* NULL: it is there */
};

/* Sorted by name, without regard to case as virsh has it. Everything lives in the pool. */
struct vprep_nodedev_index {
	struct vprep_pool pool;
	size_t n;
	struct vprep_nodedev_entry *items;
	const struct vprep_nodedev_entry **by_path; /* those with a path, sorted by it */
	size_t n_by_path;
};

/* True for the buses that vprep_nodedev_scan() knows. */
bool vprep_nodedev_is_bus(const char *bus);

/*
 * Finds the devices that can have one of the capabilities @caps (a set), with those that
 * stand beneath another one too. With a @bus, only on that one. Only those that are
 * there, only those that are merely defined, or both: @states. @declared: what
 * vfio-prep makes; may be NULL.
 */
int vprep_nodedev_scan(const struct vprep_io *io, const struct vprep_declared *declared,
		       uint32_t caps, const char *bus, unsigned states,
		       struct vprep_nodedev_index **ret);
void vprep_nodedev_index_free(struct vprep_nodedev_index *index);
DEFINE_CLEANUP(struct vprep_nodedev_index, vprep_nodedev_index_free);

/* NULL when there is none. */
const struct vprep_nodedev_entry *
vprep_nodedev_by_name(const struct vprep_nodedev_index *index, const char *name);
/* @path is below sysfs. */
const struct vprep_nodedev_entry *
vprep_nodedev_by_path(const struct vprep_nodedev_index *index, const char *path);

/* By libvirt's name, today's or historic, the kernel's ("0000:05:10.1", "sda", "eth0"), a
 * PCI address without its domain, or an absolute path in sysfs. */
const struct vprep_nodedev_entry *
vprep_nodedev_find(const struct vprep_io *io, const struct vprep_nodedev_index *index,
		   const char *text);

/* The kernel's name: "0000:05:10.1", "host3"; of one that is defined what it would be. */
const char *vprep_nodedev_sysname(const struct vprep_nodedev_entry *entry);

/* The nearest device above it in an index of all, "computer" when there is none; NULL for
 * the computer itself. */
const char *vprep_nodedev_parent(const struct vprep_nodedev_index *index,
				 const struct vprep_nodedev_entry *entry);

/* The first device with that capability beneath @entry, NULL when there is none. */
const struct vprep_nodedev_entry *
vprep_nodedev_child(const struct vprep_nodedev_index *index,
		    const struct vprep_nodedev_entry *entry, enum vprep_cap cap);

/* 1 when the device has one of the capabilities @caps, itself or beneath its own. */
int vprep_nodedev_has_cap(const struct vprep_io *io,
			  const struct vprep_nodedev_entry *entry, uint32_t caps);

#endif

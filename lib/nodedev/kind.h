/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capabilities of node devices: what the files of this folder share.
 *
 * A new capability is its facts in model/nodedev.h, a file of its own here with a struct
 * vprep_nodedev_kind, its row in the table in kinds.c, and a test.
 */
#ifndef VPREP_NODEDEV_KIND_H
#define VPREP_NODEDEV_KIND_H

#include "common/json.h"
#include "host/udev-data.h"
#include "nodedev/emit.h"
#include "nodedev/nodedev.h"

/* A device that is read. What is missing or malformed is absent; memory that runs out is
 * noted in the pool. */
struct vprep_nodedev_reader {
	const struct vprep_io *io;
	struct vprep_pool *pool;
	const char *path;    /* below sysfs */
	const char *sysname; /* its last part */
	struct vprep_udev_data udev;
	struct vprep_pciids *names;
};

/* What VDSM gathers from the devices beneath a SCSI device; NULL: there is none. */
struct vprep_nodedev_family {
	const struct vprep_nodedev *storage;
	const struct vprep_nodedev *generic;
};

/* A capability. The functions are called for devices that are listed only, but for the
 * first. */
struct vprep_nodedev_kind {
	const char *cap;     /* as libvirt names it: "usb_device" */
	const char *devtype; /* what the kernel calls it; NULL: its bus says it */
	const char *name;    /* of the device, instead of BUS_SYSNAME */
	/* The capabilities that its devices may have beneath this one. */
	uint32_t beneath;
	bool has_family;    /* VDSM shows more of it: see struct vprep_nodedev_family */
	bool has_pci_names; /* libpci's list has names for it */
	/* Whether libvirt lists the device. NULL: every one. */
	bool (*is_listed)(struct vprep_nodedev_reader *r);
	/* What libvirt appends to the name. NULL: nothing. */
	const char *(*name_extra)(struct vprep_nodedev_reader *r);
	/* Which of @caps, a subset of @beneath, it has; one of them is enough. */
	uint32_t (*read_beneath)(struct vprep_nodedev_reader *r, uint32_t caps);
	void (*read)(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
	void (*emit)(const struct vprep_nodedev *d,
		     const struct vprep_nodedev_emitter *e);
	/* Whether a guest can have the device, as VDSM has it. NULL: yes. */
	bool (*is_assignable)(const struct vprep_nodedev *d);
	/* What VDSM shows besides the head. NULL: nothing. */
	void (*add_json)(const struct vprep_nodedev *d,
			 const struct vprep_nodedev_family *family, struct vprep_json to);
};

/* By capability. Those that stand only beneath others have no functions. */
extern const struct vprep_nodedev_kind *const vprep_nodedev_kinds[VPREP_CAPS];

/* A folder of links to devices. */
struct vprep_nodedev_bus {
	const char *name; /* the kernel's subsystem */
	const char *folder;
	uint32_t caps; /* what its devices can be */
	/* Every device there is one of these; else those without a DEVTYPE are. */
	bool uniform;
	enum vprep_cap cap; /* VPREP_CAPS: none of them */
};

/* Ends with an empty one. */
extern const struct vprep_nodedev_bus vprep_nodedev_buses[];

/* ---- reading ---- */

/* @path is borrowed, and "" for the computer itself. */
void vprep_reader_init(struct vprep_nodedev_reader *r, const struct vprep_io *io,
		       struct vprep_pool *pool, const char *bus, const char *path);
void vprep_reader_done(struct vprep_nodedev_reader *r);

/* A copy, printable. NULL for NULL. */
const char *vprep_reader_text(struct vprep_nodedev_reader *r, const char *text);
/* An attribute's text as libvirt has it, in place: printable, without control characters.
 * NULL for NULL, and when nothing is left. */
char *vprep_reader_clean(char *text);
/* An attribute of the device, so cleaned. NULL when it is absent or empty. */
const char *vprep_reader_attr(struct vprep_nodedev_reader *r, const char *name);
/* An attribute without blanks around it. */
const char *vprep_reader_trimmed(struct vprep_nodedev_reader *r, const char *name);
/* An attribute's number, or @absent. */
uint64_t vprep_reader_number(struct vprep_nodedev_reader *r, const char *name,
			     unsigned base, uint64_t absent);
/* The number in @text, or @absent. */
uint64_t vprep_number_of(const char *text, unsigned base, uint64_t absent);
/* A link's last component, or NULL. */
const char *vprep_reader_link(struct vprep_nodedev_reader *r, const char *name);
/* Numbers in @text between separators of one character, all of them: "0:0:1:0". */
bool vprep_numbers_of(const char *text, char separator, unsigned base, uint64_t *ret,
		      size_t n);
/* Whether the kernel names a node for the device. */
bool vprep_reader_has_node(struct vprep_nodedev_reader *r);

/* The types that a parent of mediated devices offers. */
void vprep_read_mdev_types(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_mdev_types *ret);
/* For kinds with mdev_types beneath, and nothing else. */
uint32_t vprep_read_types_beneath(struct vprep_nodedev_reader *r, uint32_t caps);
/* The Vital Product Data, NULL when there is none, or it is malformed. */
const struct vprep_vpd *vprep_read_vpd(struct vprep_nodedev_reader *r);
void vprep_emit_vpd(const struct vprep_nodedev_emitter *e, const struct vprep_vpd *vpd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capabilities of node devices: what the files of this folder share.
 *
 * A new capability is a number in model/nodedev.h, a file of its own here with a struct
 * vprep_nodedev_kind, its row of the table in kinds.c, and a test.
 */
#ifndef VPREP_NODEDEV_KIND_H
#define VPREP_NODEDEV_KIND_H

#include "common/json.h"
#include "host/udev-data.h"
#include "io/pciids.h"
#include "model/mdev.h"
#include "nodedev/emit.h"
#include "nodedev/nodedev.h"

/* A device that is read. What is missing or malformed is absent; memory that runs out is
 * noted in the pool. */
struct vprep_nodedev_reader {
	const struct vprep_io *io;
	struct vprep_pool *pool;
	const char *path;    /* below sysfs; "" for the computer itself */
	const char *sysname; /* its last part */
	struct vprep_udev_data udev;
	/* For a device of an index, not while one is made. */
	const struct vprep_nodedev_index *index;
	const struct vprep_nodedev_entry *entry;
	struct vprep_pciids *names;
};

/* What people are told of a device, a line each: "label: text". Memory that runs out is
 * noted in it. */
struct vprep_nodedev_page {
	struct vprep_buf lines;
};

/* A capability. All functions but the first are for devices that are listed. */
struct vprep_nodedev_kind {
	const char *cap;     /* as libvirt names it: "usb_device" */
	const char *devtype; /* what the kernel calls it; NULL: its bus says it */
	const char *name;    /* of the device, instead of BUS_SYSNAME */
	bool has_pci_names;  /* libpci's list has names for it */
	/* The capabilities that its devices may have beneath this one. */
	uint32_t beneath;
	/* Whether libvirt lists the device. NULL: every one. */
	bool (*is_listed)(struct vprep_nodedev_reader *r);
	/* What libvirt appends to the name. NULL: nothing. */
	const char *(*name_extra)(struct vprep_nodedev_reader *r);
	/* Which of @caps, a subset of @beneath, it has; one of them is enough. */
	uint32_t (*read_beneath)(struct vprep_nodedev_reader *r, uint32_t caps);
	/* Its facts, in libvirt's elements. */
	void (*emit)(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e);
	/* What it is, in a few words for people: maker and model. NULL: its capability is
	 * all that there is to say. */
	const char *(*brief)(struct vprep_nodedev_reader *r);
	/* What people are told of it besides its name and its place. NULL: nothing. */
	void (*tell)(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page);
	/* What VDSM shows besides the head. NULL: nothing. */
	void (*add_json)(struct vprep_nodedev_reader *r, struct vprep_json to);
	/* Adds those that are defined and not there; @declared may be NULL. NULL: nothing
	 * defines such devices. */
	int (*add_defined)(const struct vprep_io *io,
			   const struct vprep_declared *declared,
			   struct vprep_nodedev_index *index);
	/* Whether a guest can have the device, as VDSM has it. NULL: yes. */
	bool (*is_assignable)(struct vprep_nodedev_reader *r);
};

/* By capability. Those that stand only beneath others have no functions. */
extern const struct vprep_nodedev_kind *const vprep_nodedev_kinds[VPREP_CAPS];

/* Adds a device to an index that is being made. -ENOMEM. */
int vprep_nodedev_add(struct vprep_nodedev_index *index,
		      const struct vprep_nodedev_entry *entry);
/* As libvirt makes it: BUS_SYSNAME or BUS_SYSNAME_EXTRA, with '_' for what is not a
 * letter or a digit. */
char *vprep_nodedev_make_name(struct vprep_pool *pool, const char *bus,
			      const char *sysname, const char *extra);

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

/* ---- describing a device ---- */

/* The reader of a device of the index. -ENODEV: the device is gone. */
int vprep_reader_open(struct vprep_nodedev_reader *r, const struct vprep_io *io,
		      const struct vprep_nodedev_index *index,
		      const struct vprep_nodedev_entry *entry, struct vprep_pool *pool);
/* The whole device: as elements; as libvirt's XML or as lines for people, freed
 * with free(), -ENOMEM; as VDSM has it, under its name in the object @to. */
void vprep_nodedev_emit(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e);
int vprep_nodedev_xml(struct vprep_nodedev_reader *r, char **ret);
int vprep_nodedev_text(struct vprep_nodedev_reader *r, char **ret);
void vprep_nodedev_json(struct vprep_nodedev_reader *r, struct vprep_json to);

/* Adds a line, which is made printable. Nothing is added for NULL and for an empty text. */
void vprep_page_add(struct vprep_nodedev_page *page, const char *label, const char *text);
void vprep_page_addf(struct vprep_nodedev_page *page, const char *label,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));
void vprep_tell_pci(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page);
/* The types of mediated devices that it offers, a line each. */
void vprep_tell_types(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page);

/* ---- reading ---- */

/* @path is borrowed, and "" for the computer itself. */
void vprep_reader_init(struct vprep_nodedev_reader *r, const struct vprep_io *io,
		       struct vprep_pool *pool, const char *bus, const char *path);
/* The first device with that capability beneath @r's; false: there is none. */
bool vprep_reader_init_child(struct vprep_nodedev_reader *child,
			     const struct vprep_nodedev_reader *r, enum vprep_cap cap);
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
/* "Intel 82599 Virtual Function": a maker's name without its form of company, and the
 * model; either may be NULL. NULL: there is neither. */
const char *vprep_reader_model(struct vprep_nodedev_reader *r, const char *vendor,
			       const char *model);
/* The same of a device with ids, which are told where there is no name. */
const char *vprep_reader_model_or_ids(struct vprep_nodedev_reader *r, const char *vendor,
				      const char *model, uint16_t vendor_id,
				      uint16_t model_id);
/* An attribute's number, or @absent. */
uint64_t vprep_reader_number(struct vprep_nodedev_reader *r, const char *name,
			     unsigned base, uint64_t absent);
/* A property of udevd's as text; NULL when there is none. */
const char *vprep_reader_property(struct vprep_nodedev_reader *r, const char *key);
/* The device's node: "/dev/sda"; NULL when it has none. */
const char *vprep_reader_node(struct vprep_nodedev_reader *r);
bool vprep_reader_has_node(struct vprep_nodedev_reader *r);

/* The number in @text, or @absent. */
uint64_t vprep_number_of(const char *text, unsigned base, uint64_t absent);
/* Numbers in @text between separators of one character, all of them: "0:0:1:0". */
bool vprep_numbers_of(const char *text, char separator, unsigned base, uint64_t *ret,
		      size_t n);

/* ---- what stands beneath capabilities of other files ---- */

/* The types that a parent of mediated devices offers, as libvirt shows them, with their
 * instances when those are asked for. */
void vprep_read_types(struct vprep_nodedev_reader *r, bool instances,
		      struct vprep_mdev_type_facts **ret, size_t *ret_n);
uint32_t vprep_read_types_beneath(struct vprep_nodedev_reader *r, uint32_t caps);
void vprep_emit_types(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e);

/* Vital Product Data; false: there is none, or it is malformed. */
bool vprep_has_vpd(struct vprep_nodedev_reader *r);
void vprep_emit_vpd(struct vprep_nodedev_reader *r,
		    const struct vprep_nodedev_emitter *e);

#endif

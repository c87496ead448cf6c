/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the node device readers: one function a capability, called by a table.
 * What is missing or malformed is absent; memory that runs out latches in the pool.
 */
#ifndef VPREP_HOST_NODEDEV_READ_H
#define VPREP_HOST_NODEDEV_READ_H

#include "nodedev/nodedev.h"
#include "host/udev-data.h"

struct vprep_nodedev_reader {
	const struct vprep_io *io;
	struct vprep_pool *pool;
	const char *path;    /* below sysfs */
	const char *sysname; /* its last part */
	struct vprep_udev_data udev;
	struct vprep_pciids *names;
};

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

/* The capability's facts, for a device that is admitted. */
void vprep_read_pci(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_usb_device(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_usb(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_net(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_scsi_host(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_scsi_target(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_scsi(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_storage(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_node(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_drm(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_types(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_mdev(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_system(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_ccw(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_css(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_vdpa(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
void vprep_read_ap(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);

/* The types that a parent of mediated devices offers. */
void vprep_read_mdev_types(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_mdev_types *ret);
/* The Vital Product Data, NULL when there is none, or it is malformed. */
const struct vprep_vpd *vprep_read_vpd(struct vprep_nodedev_reader *r);
/* A SCSI host's fibre channel facts. */
void vprep_read_fc_host(struct vprep_nodedev_reader *r, struct vprep_scsi_host *host);

/* True for what libvirt lists. */
bool vprep_is_listed_net(struct vprep_nodedev_reader *r);
bool vprep_is_listed_storage(struct vprep_nodedev_reader *r);
bool vprep_is_listed_scsi(struct vprep_nodedev_reader *r);
bool vprep_is_listed_node(struct vprep_nodedev_reader *r);
bool vprep_is_listed_drm(struct vprep_nodedev_reader *r);
bool vprep_is_listed_mdev(struct vprep_nodedev_reader *r);
bool vprep_is_listed_ccw(struct vprep_nodedev_reader *r);
bool vprep_is_listed_css(struct vprep_nodedev_reader *r);
bool vprep_is_listed_vdpa(struct vprep_nodedev_reader *r);
bool vprep_is_listed_ap(struct vprep_nodedev_reader *r);

/* What libvirt appends to the name. NULL: nothing. */
const char *vprep_name_extra_net(struct vprep_nodedev_reader *r);
const char *vprep_name_extra_storage(struct vprep_nodedev_reader *r);
const char *vprep_name_extra_mdev(struct vprep_nodedev_reader *r);

#endif

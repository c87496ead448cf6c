/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the kinds share. The table's row is described in model/device.h. */
#ifndef VPREP_DEVICE_KIND_H
#define VPREP_DEVICE_KIND_H

#include <errno.h>

#include "common/json.h"
#include "io/io.h"
#include "model/device.h"
#include "vfio-prep.h"

struct vprep_device_finding {
	const struct vprep_io *io;
	struct vprep_pool *pool; /* for the device's strings */
	char ***notes;		 /* a line each for whoever asks; NULL: no notes */
	struct vprep_error *err;
	const struct vprep_device_holding *holding; /* NULL: nobody knows */
	bool explained;				    /* the error is filled already */
};

/*
 * What libvirt calls a device: @prefix, and the sysfs name with every character that is
 * not alphanumeric as '_'. NULL: out of memory.
 */
const char *vprep_device_libvirt_name(struct vprep_pool *pool, const char *prefix,
				      const char *sysfs);

/* The sysfs name of the device that is asked for by libvirt's. -ENODEV. */
int vprep_device_find_sysfs(const struct vprep_device_finding *finding,
			    struct vprep_device *device);

/* What an attribute tells of the device; *ret NULL: it has no such thing. */
int vprep_device_read_identity(const struct vprep_device_finding *finding,
			       const struct vprep_device *device, const char *attribute,
			       char **ret);

/* What a udev rule knows the device by: @numbers, which another device may get later, and
 * those of the attributes that the device has, by the key "ATTR" or "ATTRS". Takes
 * @numbers. An attribute that cannot be read is an error: without it the rule would be
 * for another device, too. */
int vprep_device_match(const struct vprep_device_finding *finding,
		       struct vprep_device *device, char *numbers, const char *key,
		       const char *const attributes[]);

/* The IOMMU group of a VFIO device in a folder of /sys, its node, and the device's own
 * node. -ENODEV: it has no group. */
int vprep_device_look_for_group(const struct vprep_io *io, struct vprep_pool *pool,
				const char *folder, struct vprep_device *device);

/* 0, or -ENOMEM when the pool could not take one of the strings. */
static inline int vprep_device_finding_result(const struct vprep_device_finding *finding)
{
	return finding->pool->failed ? -ENOMEM : 0;
}

#endif

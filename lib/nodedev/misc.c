// SPDX-License-Identifier: GPL-2.0-or-later
/* The host itself, graphics, and what has nothing but a node. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/read.h"

#define DMI "devices/virtual/dmi/id"
#define NO_UUID "00000000-0000-0000-0000-000000000000"

/* As libvirt has it, one of equal digits is what firmware writes that knows none. */
static bool is_uuid(const char *text)
{
	size_t i, n = 0;

	if (strlen(text) != sizeof(NO_UUID) - 1)
		return false;
	for (i = 0; text[i]; i++) {
		bool dash = NO_UUID[i] == '-';

		if (dash ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
		n += !dash && text[i] != text[0];
	}
	return n > 0;
}

void vprep_read_system(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_system *s = &d->system;
	const char *uuid;
	char *p;

	r->path = DMI;
	s->product = vprep_reader_attr(r, "product_name");
	s->vendor = vprep_reader_attr(r, "sys_vendor");
	s->version = vprep_reader_attr(r, "product_version");
	s->serial = vprep_reader_attr(r, "product_serial");
	s->firmware_vendor = vprep_reader_attr(r, "bios_vendor");
	s->firmware_version = vprep_reader_attr(r, "bios_version");
	s->firmware_date = vprep_reader_attr(r, "bios_date");
	uuid = vprep_reader_attr(r, "product_uuid");
	memcpy(s->uuid, uuid && is_uuid(uuid) ? uuid : NO_UUID, sizeof(NO_UUID));
	for (p = s->uuid; *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
}

bool vprep_is_listed_node(struct vprep_nodedev_reader *r)
{
	return vprep_udev_kernel(&r->udev, "DEVNAME");
}

void vprep_read_node(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	(void)r;
	d->node = d->devnode;
}

/* The kernel gives each type of node 64 numbers. */
static const char *drm_type(struct vprep_nodedev_reader *r)
{
	static const char *const types[] = { "primary", "control", "render" };
	uint64_t minor =
		vprep_number_of(vprep_udev_kernel(&r->udev, "MINOR"), 10, UINT64_MAX);

	return minor / 64 < VPREP_ARRAY_SIZE(types) ? types[minor / 64] : NULL;
}

bool vprep_is_listed_drm(struct vprep_nodedev_reader *r)
{
	return drm_type(r);
}

void vprep_read_drm(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	d->drm = drm_type(r);
}

/* The child vhost-vdpa-N has the node. */
static char *vdpa_node(struct vprep_nodedev_reader *r)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (vprep_io_list(r->io, VPREP_SYS, &names, "%s", r->path) < 0)
		return NULL;
	for (i = 0; names[i]; i++)
		if (strncmp(names[i], "vhost-vdpa", strlen("vhost-vdpa")) == 0)
			return vprep_pool_strf(r->pool, VPREP_IO_NODES "%s", names[i]);
	return NULL;
}

bool vprep_is_listed_vdpa(struct vprep_nodedev_reader *r)
{
	return vdpa_node(r);
}

void vprep_read_vdpa(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	d->node = vprep_reader_text(r, vdpa_node(r));
}

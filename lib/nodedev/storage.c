// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks, and drives of removable media. */
#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "nodedev/kind.h"

#define SECTOR 512

/*
 * What libvirt takes a block device for; NULL for what it does not list. udevd's answer,
 * else that of a property, else that of the node's name.
 */
static const char *drive_type(struct vprep_nodedev_reader *r)
{
	static const struct {
		const char *property, *type;
	} properties[] = { { "ID_DRIVE_FLOPPY", "floppy" },
			   { "ID_CDROM", "cd" },
			   { "ID_DRIVE_FLASH_SD", "sd" } };
	static const struct {
		const char *prefix, *type;
	} nodes[] = { { "vd", "disk" }, { "dasd", "dasd" }, { "nvme", "disk" } };
	static const char *const known[] = { "disk",   "cd", "cd/dvd",
					     "floppy", "sd", "dasd" };
	const char *type = vprep_udev_property(&r->udev, "ID_TYPE");
	const char *node = vprep_udev_kernel(&r->udev, "DEVNAME");
	size_t i;

	for (i = 0; type && i < VPREP_ARRAY_SIZE(known); i++)
		if (streq(type, known[i]))
			return known[i];
	if (!node || (type && !streq(type, "generic")))
		return NULL;
	for (i = 0; i < VPREP_ARRAY_SIZE(properties); i++)
		if (vprep_udev_property(&r->udev, properties[i].property))
			return properties[i].type;
	for (i = 0; i < VPREP_ARRAY_SIZE(nodes); i++)
		if (strncmp(node, nodes[i].prefix, strlen(nodes[i].prefix)) == 0)
			return nodes[i].type;
	return NULL;
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	return drive_type(r) && vprep_reader_has_node(r);
}

static const char *name_extra(struct vprep_nodedev_reader *r)
{
	return vprep_udev_property(&r->udev, "ID_SERIAL");
}

/* sysfs counts sectors of 512 bytes, whatever the device's own blocks are. */
static void read_size(struct vprep_nodedev_reader *r, struct vprep_storage_node *s)
{
	uint64_t sectors = vprep_reader_number(r, "size", 10, 0);

	s->logical_block_size = vprep_reader_number(r, "queue/logical_block_size", 10, 0);
	if (sectors > UINT64_MAX / SECTOR)
		sectors = 0;
	s->size = sectors * SECTOR;
	s->blocks = s->logical_block_size ? s->size / s->logical_block_size : sectors;
}

static void read_media(struct vprep_nodedev_reader *r, struct vprep_storage_node *s)
{
	const char *label = vprep_udev_property(&r->udev, "ID_FS_LABEL");

	s->removable = vprep_reader_number(r, "removable", 10, 0) == 1;
	if (streq(s->drive_type, "cdrom"))
		s->has_media =
			vprep_number_of(vprep_udev_property(&r->udev, "ID_CDROM_MEDIA"),
					10, 0) != 0;
	else
		s->has_media = label;
	if (!s->has_media)
		return;
	s->label = vprep_reader_text(r, label);
	read_size(r, s);
}

static void read_storage(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_storage_node *s = &d->storage;
	const char *type = drive_type(r);
	bool is_cd = type && strncmp(type, "cd", 2) == 0;

	s->block = d->devnode;
	s->bus = vprep_reader_text(r, vprep_udev_property(&r->udev, "ID_BUS"));
	s->serial = vprep_reader_text(r, vprep_udev_property(&r->udev, "ID_SERIAL"));
	s->vendor = vprep_reader_trimmed(r, "device/vendor");
	s->model = vprep_reader_trimmed(r, "device/model");
	s->drive_type = is_cd ? "cdrom" : type;
	if (!s->drive_type)
		return;
	if (is_cd || streq(s->drive_type, "floppy")) {
		read_media(r, s);
		return;
	}
	if (streq(s->drive_type, "dasd"))
		s->serial = vprep_reader_attr(r, "device/uid");
	read_size(r, s);
}

static void emit_size(const struct vprep_storage_node *s,
		      const struct vprep_nodedev_emitter *e, const char *element)
{
	vprep_emit_number(e, element, "%" PRIu64, s->size);
	if (s->removable)
		vprep_emit(e, "media_label", s->label);
	if (!s->logical_block_size)
		return;
	vprep_emit_number(e, "logical_block_size", "%" PRIu64, s->logical_block_size);
	vprep_emit_number(e, "num_blocks", "%" PRIu64, s->blocks);
}

static void emit_storage(const struct vprep_nodedev *d,
			 const struct vprep_nodedev_emitter *e)
{
	const struct vprep_storage_node *s = &d->storage;

	vprep_emit(e, "block", s->block);
	vprep_emit(e, "bus", s->bus);
	vprep_emit(e, "drive_type", s->drive_type);
	vprep_emit(e, "model", s->model);
	vprep_emit(e, "vendor", s->vendor);
	vprep_emit(e, "serial", s->serial);
	if (!s->removable) {
		emit_size(s, e, "size");
		return;
	}
	vprep_emit_cap(e, "removable");
	vprep_emit(e, "media_available", s->has_media ? "1" : "0");
	emit_size(s, e, "media_size");
	vprep_emit_close(e);
}

static void add_json(const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family, struct vprep_json to)
{
	(void)family;
	vprep_json_add_string(to, "product", d->storage.model);
	vprep_json_add_string(to, "vendor", d->storage.vendor);
}

const struct vprep_nodedev_kind vprep_nodedev_storage = {
	.cap = "storage",
	.devtype = "disk",
	.is_listed = is_listed,
	.name_extra = name_extra,
	.read = read_storage,
	.emit = emit_storage,
	.add_json = add_json,
};

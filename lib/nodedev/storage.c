// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks, and drives of removable media. */
#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "nodedev/kind.h"

#define SECTOR 512

/*
 * What libvirt takes a block device for; NULL for what it does not list. udevd's answer,
 * else that of a property, else that of the node's name. What udevd says of a DASD
 * depends on the driver's version and on how it came.
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

	if (type && node && streq(type, "disk") && strncmp(node, "dasd", 4) == 0)
		return "dasd";
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

/* udevd tells none of a DASD. libvirt names a device by what it shows here. */
static const char *serial_of(struct vprep_nodedev_reader *r)
{
	const char *type = drive_type(r);

	return type && streq(type, "dasd") ? vprep_reader_attr(r, "device/uid")
					   : vprep_reader_property(r, "ID_SERIAL");
}

/* sysfs counts sectors of 512 bytes, whatever the device's own blocks are. */
static void emit_size(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e, const char *element,
		      const char *label)
{
	uint64_t sectors = vprep_reader_number(r, "size", 10, 0);
	uint64_t block = vprep_reader_number(r, "queue/logical_block_size", 10, 0);
	uint64_t size = sectors > UINT64_MAX / SECTOR ? 0 : sectors * SECTOR;

	vprep_emit_number(e, element, "%" PRIu64, size);
	vprep_emit(e, "media_label", label);
	if (block == 0)
		return;
	vprep_emit_number(e, "logical_block_size", "%" PRIu64, block);
	vprep_emit_number(e, "num_blocks", "%" PRIu64, size / block);
}

/* A drive, or a floppy: its size is that of the medium. */
static void emit_drive(struct vprep_nodedev_reader *r,
		       const struct vprep_nodedev_emitter *e, bool is_cd)
{
	bool is_removable = vprep_reader_number(r, "removable", 10, 0) == 1;
	const char *label = vprep_reader_property(r, "ID_FS_LABEL");
	const char *cd = vprep_udev_property(&r->udev, "ID_CDROM_MEDIA");
	bool has_media = is_cd ? vprep_number_of(cd, 10, 0) != 0 : label != NULL;

	if (is_removable) {
		vprep_emit_cap(e, "removable");
		vprep_emit(e, "media_available", has_media ? "1" : "0");
	}
	if (has_media)
		emit_size(r, e, is_removable ? "media_size" : "size",
			  is_removable ? label : NULL);
	else
		vprep_emit(e, is_removable ? "media_size" : "size", "0");
	if (is_removable)
		vprep_emit_close(e);
}

static void emit_storage(struct vprep_nodedev_reader *r,
			 const struct vprep_nodedev_emitter *e)
{
	const char *type = drive_type(r);
	bool is_cd = type && strncmp(type, "cd", 2) == 0;

	vprep_emit(e, "block", vprep_reader_node(r));
	vprep_emit(e, "bus", vprep_reader_property(r, "ID_BUS"));
	vprep_emit(e, "drive_type", is_cd ? "cdrom" : type);
	vprep_emit(e, "model", vprep_reader_trimmed(r, "device/model"));
	vprep_emit(e, "vendor", vprep_reader_trimmed(r, "device/vendor"));
	vprep_emit(e, "serial", serial_of(r));
	if (is_cd || (type && streq(type, "floppy")))
		emit_drive(r, e, is_cd);
	else
		emit_size(r, e, "size", NULL);
}

/* "64 GiB", and of a size that is no whole number of units "1.5 GiB". */
static void tell_size(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	uint64_t sectors = vprep_reader_number(r, "size", 10, 0);
	uint64_t size = sectors > UINT64_MAX / SECTOR ? 0 : sectors * SECTOR, rest = 0;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < VPREP_ARRAY_SIZE(units); unit++) {
		rest = size % 1024;
		size /= 1024;
	}
	if (rest * 10 / 1024 > 0)
		vprep_page_addf(page, "size", "%" PRIu64 ".%" PRIu64 " %s", size,
				rest * 10 / 1024, units[unit]);
	else
		vprep_page_addf(page, "size", "%" PRIu64 " %s", size, units[unit]);
}

static void tell_storage(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const char *model = vprep_reader_trimmed(r, "device/model");
	const char *bus = vprep_reader_property(r, "ID_BUS");

	/* of a virtio disk the vendor is a number, and there is no model */
	if (model)
		vprep_page_add(
			page, "model",
			vprep_reader_model(r, vprep_reader_trimmed(r, "device/vendor"),
					   model));
	vprep_page_addf(page, "what", "%s%s%s", drive_type(r), bus ? " on " : "",
			bus ? bus : "");
	tell_size(r, page);
	vprep_page_add(page, "serial", serial_of(r));
}

static void add_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	vprep_json_add_string(to, "product", vprep_reader_trimmed(r, "device/model"));
	vprep_json_add_string(to, "vendor", vprep_reader_trimmed(r, "device/vendor"));
}

const struct vprep_nodedev_kind vprep_nodedev_storage = {
	.cap = "storage",
	.devtype = "disk",
	.is_listed = is_listed,
	.name_extra = serial_of,
	.emit = emit_storage,
	.tell = tell_storage,
	.add_json = add_json,
};

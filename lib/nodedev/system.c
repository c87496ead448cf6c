// SPDX-License-Identifier: GPL-2.0-or-later
/* The computer itself, as its firmware describes it. */
#include <string.h>

#include "nodedev/kind.h"

#define DMI "devices/virtual/dmi/id"
#define NO_UUID "00000000-0000-0000-0000-000000000000"

/* As libvirt has it: firmware that knows no UUID writes one of equal digits. */
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

static void read_system(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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

static void emit_system(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *e)
{
	const struct vprep_system *system = &d->system;

	vprep_emit(e, "product", system->product);
	vprep_emit_open(e, "hardware");
	vprep_emit(e, "vendor", system->vendor);
	vprep_emit(e, "version", system->version);
	vprep_emit(e, "serial", system->serial);
	vprep_emit(e, "uuid", system->uuid);
	vprep_emit_close(e);
	vprep_emit_open(e, "firmware");
	vprep_emit(e, "vendor", system->firmware_vendor);
	vprep_emit(e, "version", system->firmware_version);
	vprep_emit(e, "release_date", system->firmware_date);
	vprep_emit_close(e);
}

static void add_json(const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family, struct vprep_json to)
{
	(void)family;
	vprep_json_add_string(to, "product", d->system.product);
}

const struct vprep_nodedev_kind vprep_nodedev_system = {
	.cap = "system",
	.name = "computer",
	.read = read_system,
	.emit = emit_system,
	.add_json = add_json,
};

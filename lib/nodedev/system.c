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

static const char *uuid(struct vprep_nodedev_reader *r)
{
	const char *text = vprep_reader_attr(r, "product_uuid");
	char *copy = vprep_pool_dup(r->pool, text && is_uuid(text) ? text : NO_UUID), *p;

	for (p = copy; p && *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

static void emit_system(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e)
{
	r->path = DMI;
	vprep_emit(e, "product", vprep_reader_attr(r, "product_name"));
	vprep_emit_open(e, "hardware");
	vprep_emit(e, "vendor", vprep_reader_attr(r, "sys_vendor"));
	vprep_emit(e, "version", vprep_reader_attr(r, "product_version"));
	vprep_emit(e, "serial", vprep_reader_attr(r, "product_serial"));
	vprep_emit(e, "uuid", uuid(r));
	vprep_emit_close(e);
	vprep_emit_open(e, "firmware");
	vprep_emit(e, "vendor", vprep_reader_attr(r, "bios_vendor"));
	vprep_emit(e, "version", vprep_reader_attr(r, "bios_version"));
	vprep_emit(e, "release_date", vprep_reader_attr(r, "bios_date"));
	vprep_emit_close(e);
}

static void tell_system(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	static const struct {
		const char *label, *attribute;
	} rows[] = {
		{ "maker", "sys_vendor" },	  { "model", "product_name" },
		{ "version", "product_version" }, { "serial", "product_serial" },
		{ "firmware", "bios_vendor" },	  { "its version", "bios_version" },
		{ "its date", "bios_date" },
	};
	size_t i;

	r->path = DMI;
	vprep_page_add(page, "what", "the computer itself");
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++)
		vprep_page_add(page, rows[i].label,
			       vprep_reader_attr(r, rows[i].attribute));
	vprep_page_add(page, "UUID", uuid(r));
}

static void add_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	r->path = DMI;
	vprep_json_add_string(to, "product", vprep_reader_attr(r, "product_name"));
}

const struct vprep_nodedev_kind vprep_nodedev_system = {
	.cap = "system",
	.name = "computer",
	.emit = emit_system,
	.tell = tell_system,
	.add_json = add_json,
};

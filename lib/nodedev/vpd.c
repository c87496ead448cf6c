// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vital Product Data: resources with a tag and a length, some of which hold fields with a
 * keyword and a length (PCI Local Bus Specification 3.0, appendix I).
 *
 * I1  Only as much is read as the data says there is: the device takes its time for each
 *     word.
 * I2  Data with a wrong checksum, or without an end, counts as absent.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "nodedev/kind.h"

#define SPACE 0x8000
#define LARGE 0x80
#define TAG_END 0x0f
#define TAG_NAME (LARGE | 0x02)
#define TAG_READONLY (LARGE | 0x10)
#define TAG_READWRITE (LARGE | 0x11)
#define FIELD_HEAD 3
#define FIELD_MAX 255

/* A field that a vendor, or the system's maker, gave a meaning: V0 to VZ, Y0 to YZ. */
struct custom {
	char index;
	const char *value;
};

struct customs {
	size_t n;
	struct custom items[36]; /* a letter or a digit each */
};

struct vpd {
	const char *name;
	bool has_readonly, has_readwrite;
	const char *change_level, *manufacture_id, *part_number, *serial_number;
	struct customs vendor_readonly;
	const char *asset_tag;
	struct customs vendor_readwrite, system;
};

struct parser {
	struct vprep_pool *pool;
	struct vpd *vpd;
	int fd;
	uint8_t sum;
	bool readonly;
	bool has_checksum;
};

static bool take(struct parser *p, size_t at, void *buf, size_t len)
{
	const uint8_t *bytes = buf;
	size_t i;

	if (pread(p->fd, buf, len, (off_t)at) != (ssize_t)len)
		return false;
	for (i = 0; i < len; i++)
		p->sum = (uint8_t)(p->sum + bytes[i]);
	return true;
}

/* Text without blanks around it, or NULL when it is none. */
static const char *text_of(struct parser *p, const char *bytes, size_t len)
{
	static const char blanks[] = " \t\n\v\f\r";
	size_t i;

	len = strnlen(bytes, len);
	while (len > 0 && strchr(blanks, bytes[len - 1]))
		len--;
	while (len > 0 && strchr(blanks, *bytes)) {
		bytes++;
		len--;
	}
	for (i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return NULL;
	return vprep_pool_strf(p->pool, "%.*s", (int)len, bytes);
}

static bool is_key(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void set_custom(struct customs *customs, char index, const char *value)
{
	size_t i;

	for (i = 0; i < customs->n && customs->items[i].index != index; i++)
		;
	customs->items[i] = (struct custom){ .index = index, .value = value };
	if (i == customs->n)
		customs->n++;
}

static void set_text(struct parser *p, const char *key, const char *value)
{
	struct vpd *vpd = p->vpd;
	const struct {
		const char *key;
		const char **to;
		bool readonly;
	} fields[] = {
		{ "EC", &vpd->change_level, true }, { "MN", &vpd->manufacture_id, true },
		{ "PN", &vpd->part_number, true },  { "SN", &vpd->serial_number, true },
		{ "YA", &vpd->asset_tag, false },
	};
	size_t i;

	if (p->readonly)
		vpd->has_readonly = true;
	else
		vpd->has_readwrite = true;
	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		if (strncmp(fields[i].key, key, 2) == 0) {
			if (fields[i].readonly == p->readonly)
				*fields[i].to = value;
			return;
		}
	if (key[0] == 'V')
		set_custom(p->readonly ? &vpd->vendor_readonly : &vpd->vendor_readwrite,
			   key[1], value);
	else if (key[0] == 'Y' && !p->readonly)
		set_custom(&vpd->system, key[1], value);
}

static bool is_text_key(const char *key)
{
	static const char *const keys[] = { "EC", "MN", "PN", "SN" };
	size_t i;

	if (!is_key(key[1]))
		return false;
	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		if (strncmp(keys[i], key, 2) == 0)
			return true;
	return key[0] == 'V' || key[0] == 'Y';
}

/* A field's data. -1: malformed; 1: the last field. */
static int parse_field(struct parser *p, const char *key, size_t at, size_t len)
{
	bool is_checksum = strncmp(key, "RV", 2) == 0;
	char data[FIELD_MAX];
	const char *text;

	if (is_checksum && (!p->readonly || len == 0))
		return -1;
	if (strncmp(key, "RW", 2) == 0)
		return p->readonly ? -1 : 1;
	if (!take(p, at, data, is_checksum ? 1 : len))
		return -1;
	if (is_checksum) {
		p->has_checksum = true;
		return p->sum == 0 ? 1 : -1;
	}
	text = is_text_key(key) ? text_of(p, data, len) : NULL;
	if (text)
		set_text(p, key, text);
	return 0;
}

static bool parse_fields(struct parser *p, size_t at, size_t len, bool readonly)
{
	size_t end = at + len;
	char head[FIELD_HEAD];
	int r = 0;

	p->readonly = readonly;
	p->has_checksum = false;
	while (r == 0 && at + FIELD_HEAD <= end) {
		size_t n;

		if (!take(p, at, head, sizeof(head)))
			return false;
		at += FIELD_HEAD;
		n = (uint8_t)head[2];
		if (at + n > end)
			return false;
		r = parse_field(p, head, at, n);
		at += n;
	}
	return r >= 0 && at >= end && (!readonly || p->has_checksum);
}

static bool parse_name(struct parser *p, size_t at, size_t len)
{
	_cleanup_free_ char *bytes = malloc(len + 1);

	if (!bytes || !take(p, at, bytes, len))
		return false;
	p->vpd->name = text_of(p, bytes, len);
	return p->vpd->name;
}

/* The bytes count for the checksum, whatever they are. */
static bool skip(struct parser *p, size_t at, size_t len)
{
	char bytes[FIELD_MAX];

	while (len > 0) {
		size_t n = len < sizeof(bytes) ? len : sizeof(bytes);

		if (!take(p, at, bytes, n))
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool parse_resource(struct parser *p, uint8_t tag, size_t at, size_t len)
{
	switch (tag) {
	case TAG_NAME:
		return parse_name(p, at, len);
	case TAG_READONLY:
	case TAG_READWRITE:
		return parse_fields(p, at, len, tag == TAG_READONLY);
	default:
		return skip(p, at, len);
	}
}

static bool parse(struct parser *p)
{
	bool has_readonly = false;
	size_t at = 0;

	while (at + 3 <= SPACE) {
		uint8_t tag, head[2];
		size_t len;

		if (!take(p, at, &tag, 1))
			return false;
		if (tag & LARGE) {
			if (!take(p, at + 1, head, sizeof(head)))
				return false;
			len = head[0] | (size_t)head[1] << 8;
			at += 3;
		} else {
			len = tag & 7;
			tag >>= 3;
			at += 1;
		}
		if (tag == TAG_END)
			return has_readonly;
		if (len > SPACE - at || !parse_resource(p, tag, at, len))
			return false;
		has_readonly |= tag == TAG_READONLY;
		at += len;
	}
	return false;
}

static bool read_vpd(struct vprep_nodedev_reader *r, struct vpd *ret)
{
	_cleanup_close_ int fd =
		vprep_io_open(r->io, VPREP_SYS, O_RDONLY, "%s/vpd", r->path);
	struct parser p = { .pool = r->pool, .vpd = ret, .fd = fd };

	*ret = (struct vpd){ 0 };
	return fd >= 0 && parse(&p);
}

bool vprep_has_vpd(struct vprep_nodedev_reader *r)
{
	struct vpd vpd;

	return read_vpd(r, &vpd);
}

static void emit_customs(const struct vprep_nodedev_emitter *e, const char *element,
			 const struct customs *customs)
{
	size_t i;

	for (i = 0; i < customs->n; i++) {
		vprep_emit_open(e, element);
		vprep_emit_set(e, "index", "%c", customs->items[i].index);
		e->text(e->to, customs->items[i].value);
		vprep_emit_close(e);
	}
}

void vprep_emit_vpd(struct vprep_nodedev_reader *r, const struct vprep_nodedev_emitter *e)
{
	struct vpd vpd;

	if (!read_vpd(r, &vpd))
		return;
	vprep_emit_cap(e, "vpd");
	vprep_emit(e, "name", vpd.name ? vpd.name : "");
	if (vpd.has_readonly) {
		vprep_emit_open(e, "fields");
		vprep_emit_set(e, "access", "readonly");
		vprep_emit(e, "change_level", vpd.change_level);
		vprep_emit(e, "manufacture_id", vpd.manufacture_id);
		vprep_emit(e, "part_number", vpd.part_number);
		vprep_emit(e, "serial_number", vpd.serial_number);
		emit_customs(e, "vendor_field", &vpd.vendor_readonly);
		vprep_emit_close(e);
	}
	if (vpd.has_readwrite) {
		vprep_emit_open(e, "fields");
		vprep_emit_set(e, "access", "readwrite");
		vprep_emit(e, "asset_tag", vpd.asset_tag);
		emit_customs(e, "vendor_field", &vpd.vendor_readwrite);
		emit_customs(e, "system_field", &vpd.system);
		vprep_emit_close(e);
	}
	vprep_emit_close(e);
}

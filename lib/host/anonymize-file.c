// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/anonymize-file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/str.h"
#include "host/anonymize-shape.h"

/* Attributes of sysfs whose whole content identifies the host. Addresses are found by
 * their form. */
static const char *const secret_attributes[] = {
	"board_asset_tag",
	"board_serial",
	"chassis_asset_tag",
	"chassis_serial",
	"device_guid",
	"fabric_name",
	"hostid",
	"hostnqn",
	"initiatorname",
	"name", /* of a device mapper's device: see is_secret_attribute() */
	"nguid",
	"node_name",
	"permanent_port_name",
	"phys_port_id",
	"phys_switch_id",
	"port_name",
	"product_serial",
	"product_uuid",
	"sas_address",
	"serial",
	"serial_number",
	"subsysnqn",
	"targetname",
	"uid",
	"unique_id",
	"uuid",
	"wwid",
};

/* Those that are facts about hardware or drivers, though they may look like a secret. */
static const char *const plain_attributes[] = {
	"cap", "class", "ecap", "features", "modalias", "resource",
};

/* Properties of udevd with one of these in the key. */
static const char *const secret_properties[] = {
	"SERIAL",      "WWN",	     "UUID",	   "LABEL",	 "_MAC",
	"ENTRY_NAME",  "DM_NAME",    "DM_VG_NAME", "DM_LV_NAME", "MD_NAME",
	"DEVNAME_ENC", "SCSI_IDENT", "MD_DEVNAME",
};

/* What stands before the secret in a value, and says of what kind it is. */
static const char *const value_prefixes[] = {
	"0x",		"CRYPT-BITLK-", "CRYPT-INTEGRITY-", "CRYPT-LUKS1-",
	"CRYPT-LUKS2-", "CRYPT-PLAIN-", "CRYPT-TCRYPT-",    "CRYPT-VERITY-",
	"DMRAID-",	"LVM-",		"mpath-",	    "naa.",
	"t10.",		"uuid.",
};

static bool is_database(const char *path)
{
	return strncmp(path, "run/", 4) == 0;
}

static bool is_secret_attribute(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (streq(name, "name"))
		return slash - path >= 3 && strncmp(slash - 2, "dm", 2) == 0 &&
		       slash[-3] == '/';
	return vprep_word_index(secret_attributes, VPREP_ARRAY_SIZE(secret_attributes),
				name) >= 0;
}

static bool is_plain_attribute(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash &&
	       vprep_word_index(plain_attributes, VPREP_ARRAY_SIZE(plain_attributes),
				slash + 1) >= 0;
}

/* "part1-" of a partition on device mapper, too. */
static size_t prefix_length(const char *value)
{
	size_t i, n = 0;

	if (strncmp(value, "part", 4) == 0) {
		n = 4 + strspn(value + 4, "0123456789");
		n = n > 4 && value[n] == '-' ? n + 1 : 0;
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(value_prefixes); i++)
		if (strncmp(value + n, value_prefixes[i], strlen(value_prefixes[i])) == 0)
			return n + strlen(value_prefixes[i]);
	return n;
}

static void add_secret(struct vprep_anonymize *a, struct vprep_buf *buf,
		       const char *value)
{
	size_t n = prefix_length(value);
	const char *with = "";

	vprep_buf_add_n(buf, value, n);
	if (value[n])
		with = vprep_anonymize_value(a, value + n);
	if (with)
		vprep_buf_add(buf, with);
	else
		buf->failed = true;
}

static void add_text(struct vprep_anonymize *a, struct vprep_buf *buf, const char *text,
		     enum vprep_anonymize_text from)
{
	_cleanup_free_ char *with = vprep_anonymize_text(a, text, from);

	if (with)
		vprep_buf_add(buf, with);
	else
		buf->failed = true;
}

/* --- udevd's database --- */

static bool is_secret_property(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(secret_properties); i++)
		if (memmem(line, len, secret_properties[i], strlen(secret_properties[i])))
			return true;
	return false;
}

/* The part of a link's name that somebody chose, or that is made of what identifies a
 * device; NULL: the name says where it is. */
static const char *secret_of_link(const char *link)
{
	const char *by = strchr(link, '/');

	if (by && strncmp(by + 1, "by-", 3) != 0)
		by = strchr(by + 1, '/'); /* serial/by-id, snd/by-id, v4l/by-id */
	if (by && strncmp(by + 1, "by-", 3) == 0)
		return strncmp(by + 4, "path/", 5) != 0 &&
				       strncmp(by + 4, "diskseq/", 8) != 0 &&
				       strchr(by + 1, '/')
			       ? strchr(by + 1, '/') + 1
			       : NULL;
	if (strncmp(link, "mapper/", 7) == 0 || strncmp(link, "md/", 3) == 0)
		return strchr(link, '/') + 1;
	return NULL;
}

/* "HOST:ARRAY": the host is a secret by itself. */
static int know_array(struct vprep_anonymize *a, const char *value)
{
	_cleanup_free_ char *host = strndup(value, strcspn(value, ":"));

	if (!host)
		return -ENOMEM;
	return strlen(host) == strlen(value) ? 0 : vprep_anonymize_host(a, host, true);
}

static void add_property(struct vprep_anonymize *a, struct vprep_buf *buf,
			 const char *line)
{
	const char *value = strchr(line, '=');

	if (!value) {
		vprep_buf_add(buf, line);
		return;
	}
	value++;
	vprep_buf_add_n(buf, line, (size_t)(value - line));
	if (!is_secret_property(line, (size_t)(value - line)))
		add_text(a, buf, value, VPREP_ANONYMIZE_KERNEL);
	else if (strncmp(line, "E:MD_NAME=", 10) == 0 && know_array(a, value) < 0)
		buf->failed = true;
	else
		add_secret(a, buf, value);
}

static void add_database_line(struct vprep_anonymize *a, struct vprep_buf *buf,
			      const char *line)
{
	const char *secret =
		strncmp(line, "S:", 2) == 0 ? secret_of_link(line + 2) : NULL;

	if (strncmp(line, "E:", 2) == 0) {
		add_property(a, buf, line);
	} else if (secret) {
		vprep_buf_add_n(buf, line, (size_t)(secret - line));
		add_secret(a, buf, secret);
	} else {
		add_text(a, buf, line, VPREP_ANONYMIZE_WORDS);
	}
}

/* --- tables of procfs --- */

/* The addresses are numbers as the processor has them: "0102A8C0" is 192.168.2.1. */
static void add_route_field(struct vprep_anonymize *a, struct vprep_buf *buf,
			    const char *field)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address = { 0 };
	const char *with;
	uint64_t number;

	if (strlen(field) == 8 && vprep_parse_u64(field, 16, UINT32_MAX, &number) == 0)
		address.s_addr = (in_addr_t)number;
	if (address.s_addr == 0 || !inet_ntop(AF_INET, &address, text, sizeof(text))) {
		add_text(a, buf, field, VPREP_ANONYMIZE_KERNEL);
		return;
	}
	with = vprep_shape_ipv4(a, text);
	if (with && inet_pton(AF_INET, with, &address) == 1)
		vprep_buf_addf(buf, "%08X", (unsigned)address.s_addr);
	else
		buf->failed = true;
}

static void add_ipv6_field(struct vprep_anonymize *a, struct vprep_buf *buf,
			   const char *field)
{
	char digits[33] = "";

	if (strlen(field) != 32 || strspn(field, "0123456789abcdef") != 32) {
		add_text(a, buf, field, VPREP_ANONYMIZE_KERNEL);
		return;
	}
	memcpy(digits, field, 32);
	if (vprep_shape_ipv6(a, digits) < 0)
		buf->failed = true;
	vprep_buf_add(buf, digits);
}

static void add_words(struct vprep_anonymize *a, struct vprep_buf *buf, const char *field)
{
	add_text(a, buf, field, VPREP_ANONYMIZE_WORDS);
}

/* A file system of another host: "HOST:/path", "//HOST/path". */
static void add_source(struct vprep_anonymize *a, struct vprep_buf *buf,
		       const char *field)
{
	size_t from = strncmp(field, "//", 2) == 0 ? 2 : 0;
	size_t len = strcspn(field + from, from ? "/" : ":");
	_cleanup_free_ char *host = strndup(field + from, len);

	if (!host) {
		buf->failed = true;
	} else if (from || (field[len] == ':' && field[len + 1] == '/')) {
		vprep_buf_add_n(buf, field, from);
		add_secret(a, buf, host);
		add_words(a, buf, field + from + len);
	} else {
		add_words(a, buf, field);
	}
}

typedef void (*add_field)(struct vprep_anonymize *a, struct vprep_buf *buf,
			  const char *field);

/* What is in the fields of the tables. Of those that are not named, the last one that is
 * counts. */
static const struct table {
	const char *name;
	const char *mark; /* the fields are counted from behind it; NULL: from the first */
	struct {
		unsigned field;
		add_field add;
	} fields[4];
} tables[] = {
	{ "proc/net/route", NULL, { { 1, add_route_field }, { 2, add_route_field } } },
	{ "proc/net/ipv6_route",
	  NULL,
	  { { 0, add_ipv6_field }, { 2, add_ipv6_field }, { 4, add_ipv6_field } } },
	{ "proc/net/if_inet6", NULL, { { 0, add_ipv6_field } } },
	{ "proc/self/mountinfo", "-", { { 1, add_source } } },
	{ "proc/mounts", NULL, { { 0, add_source }, { 1, add_words } } },
};

static add_field find_field(const struct table *t, bool is_behind, unsigned field)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(t->fields) && t->fields[i].add; i++)
		if (t->fields[i].field == field && is_behind)
			return t->fields[i].add;
	/* the root of a mount, and its point */
	return t->mark && !is_behind && (field == 3 || field == 4) ? add_words : NULL;
}

static void add_row(struct vprep_anonymize *a, struct vprep_buf *buf,
		    const struct table *t, char *line)
{
	bool is_behind = !t->mark;
	unsigned n = 0;

	while (*line) {
		size_t blanks = strspn(line, " \t"), len;
		add_field add = find_field(t, is_behind, n);
		char was;

		vprep_buf_add_n(buf, line, blanks);
		line += blanks;
		len = strcspn(line, " \t");
		was = line[len];
		line[len] = '\0';
		if (len > 0 && add)
			add(a, buf, line);
		else
			add_text(a, buf, line, VPREP_ANONYMIZE_KERNEL);
		n++;
		if (t->mark && streq(line, t->mark)) {
			is_behind = true;
			n = 0;
		}
		line[len] = was;
		line += len;
	}
}

static const struct table *find_table(const char *path)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(tables); i++)
		if (streq(path, tables[i].name))
			return &tables[i];
	return NULL;
}

static void add_line(struct vprep_anonymize *a, struct vprep_buf *buf, const char *path,
		     char *line)
{
	const struct table *table = find_table(path);

	if (is_database(path))
		add_database_line(a, buf, line);
	else if (table)
		add_row(a, buf, table, line);
	else
		add_text(a, buf, line,
			 strncmp(path, "proc/", 5) == 0 ? VPREP_ANONYMIZE_WORDS
							: VPREP_ANONYMIZE_KERNEL);
}

char *vprep_anonymize_file(struct vprep_anonymize *a, const char *path,
			   const char *content)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_free_ char *copy = strdup(content);
	char *rest = copy, *line, *ret = NULL;
	bool is_sysfs = strncmp(path, "sys/", 4) == 0;

	if (!copy || (is_sysfs && is_plain_attribute(path)))
		return TAKE_PTR(copy);
	if (is_sysfs && is_secret_attribute(path))
		add_secret(a, &buf, content);
	else
		while ((line = strsep(&rest, "\n"))) {
			add_line(a, &buf, path, line);
			if (rest)
				vprep_buf_add(&buf, "\n");
		}
	return vprep_buf_take(&buf, &ret) < 0 ? NULL : ret;
}

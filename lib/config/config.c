// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <ini.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "config/section.h"

#define DEFAULT_PATH "/etc/vfio-prep.conf"
#define FILE_SIZE_MAX (1024u * 1024)
#define DEFAULT_DEADLINE 30
#define DEFAULT_PARALLEL 16
#define SECONDS_MAX 3600
#define PARALLEL_MAX 256
#define SEPARATORS " \t,"
#define SECTION "[vfio-prep]"
#define LINE_MAX_READ 199 /* inih is built with INI_MAX_LINE=200 */

/* A key of the configuration: how its value is read into which field. */
struct key {
	const char *name;
	/* -EINVAL: the value is not as expected. */
	int (*set)(struct vprep_config *c, const struct key *key, const char *value);
	size_t at; /* the field's offset, or the deadline */
	const char *expected;
};

static const char *const policies[] = {
	[VPREP_POLICY_WHOLE] = "whole",
	[VPREP_POLICY_STRICT] = "strict",
};

static const char *const prepare_names[VPREP_PREPARE_WHICHES] = {
	[VPREP_PREPARE_ALL] = "all",
	[VPREP_PREPARE_MANAGED] = "managed",
	[VPREP_PREPARE_UNMANAGED] = "unmanaged",
	[VPREP_PREPARE_NONE] = "none",
};

const char *vprep_prepare_which_name(enum vprep_prepare_which which)
{
	return prepare_names[which];
}

static int set_string(struct vprep_config *c, const struct key *key, const char *value)
{
	return *value ? vprep_str_replace((char **)(void *)((char *)c + key->at), value)
		      : -EINVAL;
}

static int set_path(struct vprep_config *c, const struct key *key, const char *value)
{
	return *value == '/' ? set_string(c, key, value) : -EINVAL;
}

int vprep_config_parse_mode(const char *text, unsigned *ret)
{
	uint64_t mode;

	if (vprep_parse_u64(text, 8, 0777, &mode) < 0)
		return -EINVAL;
	*ret = (unsigned)mode;
	return 0;
}

static int set_mode(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	return vprep_config_parse_mode(value, &c->mode);
}

static int set_policy(struct vprep_config *c, const struct key *key, const char *value)
{
	int i = vprep_word_index(policies, VPREP_ARRAY_SIZE(policies), value);

	(void)key;
	if (i >= 0)
		c->policy = (enum vprep_group_policy)i;
	return i < 0 ? i : 0;
}

static int set_prepare(struct vprep_config *c, const struct key *key, const char *value)
{
	int i = vprep_word_index(prepare_names, VPREP_PREPARE_WHICHES, value);

	(void)key;
	if (i >= 0)
		c->prepare = (enum vprep_prepare_which)i;
	return i < 0 ? i : 0;
}

static int parse_bounded(const char *value, unsigned max, unsigned *ret)
{
	uint64_t number;

	if (vprep_parse_u64(value, 10, max, &number) < 0 || number == 0)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

static int set_deadline(struct vprep_config *c, const struct key *key, const char *value)
{
	unsigned seconds, i;

	if (parse_bounded(value, SECONDS_MAX, &seconds) < 0)
		return -EINVAL;
	for (i = 0; i < VPREP_DEADLINES; i++)
		if (key->at == i || (key->at == VPREP_DEADLINES && !c->deadline_set[i]))
			c->deadlines[i] = seconds;
	if (key->at < VPREP_DEADLINES)
		c->deadline_set[key->at] = true;
	return 0;
}

static int set_parallel(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	return parse_bounded(value, PARALLEL_MAX, &c->parallel);
}

static int add_each(struct vprep_config *c, const char *value,
		    int (*add)(struct vprep_config *c, const char *word))
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *word;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = strsep(&rest, SEPARATORS)))
		r = *word ? add(c, word) : 0;
	return r;
}

static int add_serial_driver(struct vprep_config *c, const char *name)
{
	return vprep_strv_add(&c->serial_drivers, name);
}

static int set_serial_drivers(struct vprep_config *c, const struct key *key,
			      const char *value)
{
	(void)key;
	return add_each(c, value, add_serial_driver);
}

static int add_denied(struct vprep_config *c, const char *name)
{
	struct vprep_pci_address *added, address;

	if (vprep_pci_address_parse(name, &address) < 0)
		return -EINVAL;
	added = vprep_array_add(c->deny, c->n_deny);
	if (!added)
		return -ENOMEM;
	*added = address;
	return 0;
}

static int set_deny(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	return add_each(c, value, add_denied);
}

#define FIELD(name) offsetof(struct vprep_config, name)
#define SECONDS "seconds from 1 to 3600"
#define NAME_OR_NUMBER "a name or number"

static const struct key keys[] = {
	{ "user", set_string, FIELD(user), NAME_OR_NUMBER },
	{ "group", set_string, FIELD(group), NAME_OR_NUMBER },
	{ "rules-dir", set_path, FIELD(rules_dir), "an absolute path" },
	{ "mode", set_mode, 0, "an octal mode such as 0600" },
	{ "group-policy", set_policy, 0, "whole or strict" },
	{ "prepare", set_prepare, 0, "all, managed, unmanaged or none" },
	{ "deadline", set_deadline, VPREP_DEADLINES, SECONDS },
	{ "deadline-bind", set_deadline, VPREP_DEADLINE_BIND, SECONDS },
	{ "deadline-unbind", set_deadline, VPREP_DEADLINE_UNBIND, SECONDS },
	{ "deadline-module", set_deadline, VPREP_DEADLINE_MODULE, SECONDS },
	{ "deadline-node", set_deadline, VPREP_DEADLINE_NODE, SECONDS },
	{ "deadline-mdev", set_deadline, VPREP_DEADLINE_MDEV, SECONDS },
	{ "deadline-numvfs", set_deadline, VPREP_DEADLINE_NUMVFS, SECONDS },
	{ "parallel", set_parallel, 0, "a number from 1 to 256" },
	{ "serial-drivers", set_serial_drivers, 0, "driver names" },
	{ "deny", set_deny, 0, "PCI addresses such as 0000:05:10.1" },
};

struct reading {
	struct vprep_config *config;
	struct vprep_error *err;
	const char *path;
	int result;
};

static const struct vprep_config_section *const sections[] = {
	&vprep_config_device_section,
	&vprep_config_mdev_section,
};

/* The kind of section that has such a name, with what stands behind its prefix; NULL:
 * there is none. */
static const struct vprep_config_section *find_section(const char *text, size_t len,
						       const char **ret_name)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++) {
		size_t prefix = strlen(sections[i]->prefix);

		*ret_name = text + prefix;
		if (len > prefix && strncmp(text, sections[i]->prefix, prefix) == 0 &&
		    sections[i]->is_name(*ret_name, len - prefix))
			return sections[i];
	}
	return NULL;
}

static int set_key(struct vprep_config *config, const char *section, const char *key,
		   const char *value, const char **ret_expected)
{
	const struct vprep_config_section *kind;
	const char *name;
	size_t i;

	kind = find_section(section, strlen(section), &name);
	if (kind)
		return kind->set(config, name, key, value, ret_expected);
	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		if (streq(keys[i].name, key)) {
			*ret_expected = keys[i].expected;
			return keys[i].set(config, &keys[i], value);
		}
	return -ENOKEY;
}

/* inih's handler: 0 stops with the line's number. */
static int handle_key(void *data, const char *section, const char *key, const char *value)
{
	struct reading *reading = data;
	const char *expected = "";
	int r = set_key(reading->config, section, key, value, &expected);

	if (r == -ENOKEY)
		r = vprep_error_set(reading->err, VPREP_E_USAGE, EINVAL, NULL,
				    "unknown key '%s'", key);
	else if (r == -EINVAL)
		vprep_error_set(reading->err, VPREP_E_USAGE, EINVAL, NULL,
				"%s = '%s': expected %s", key, value, expected);
	else if (r < 0)
		vprep_error_oom(reading->err);
	reading->result = r;
	return r == 0;
}

/* Finds what inih does not report: a line that it cuts, and an unknown section without
 * keys. */
static int check_line(const char *line, size_t len, const char **ret_why)
{
	size_t blank = strspn(line, " \t");
	const char *name;
	size_t end;

	*ret_why = "it is longer than inih reads; repeat the key on another line";
	if (len >= LINE_MAX_READ)
		return -EINVAL;
	*ret_why = "unknown section";
	line += blank;
	if (*line != '[' || strncmp(line, SECTION, strlen(SECTION)) == 0)
		return 0;
	end = strcspn(line, "]\n");
	return line[end] == ']' && find_section(line + 1, end - 1, &name) ? 0 : -EINVAL;
}

static int check_lines(const char *path, const char *text, struct vprep_error *err)
{
	const char *why;
	unsigned number;

	for (number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");

		if (check_line(text, len, &why) < 0)
			return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					       "%s:%u: %s", path, number, why);
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int check_sections(const char *path, const struct vprep_config *config,
			  struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(sections); i++)
		if (sections[i]->check)
			r = sections[i]->check(config, path, err);
	return r;
}

static int parse_file(const char *path, const char *text, struct vprep_config *config,
		      struct vprep_error *err)
{
	struct vprep_error reason = { 0 };
	struct reading reading = { .config = config, .err = &reason, .path = path };
	int line, r;

	r = check_lines(path, text, err);
	if (r < 0)
		return r;
	line = ini_parse_string(text, handle_key, &reading);
	if (line == 0)
		return check_sections(path, config, err);
	if (line < 0 || reading.result == -ENOMEM)
		return vprep_error_oom(err);
	return vprep_error_set(
		err, VPREP_E_USAGE, EINVAL, NULL, "%s:%d: %.400s", path, line,
		reading.result < 0 ? reason.message : "not a 'key = value' line");
}

static int set_defaults(struct vprep_config *c)
{
	unsigned i;

	c->mode = 0600;
	c->policy = VPREP_POLICY_WHOLE;
	c->parallel = DEFAULT_PARALLEL;
	for (i = 0; i < VPREP_DEADLINES; i++)
		c->deadlines[i] = DEFAULT_DEADLINE;
	/* ioatdma: a kernel BUG when its channels are unbound at the same time */
	if (vprep_strv_add(&c->serial_drivers, "ioatdma") < 0)
		return -ENOMEM;
	return vprep_str_replace(&c->rules_dir, "/run/udev/rules.d");
}

int vprep_config_read(const char *path, struct vprep_config **ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_config_freep) struct vprep_config *c = calloc(1, sizeof(*c));
	const char *file = path ? path : DEFAULT_PATH;
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	if (!c || set_defaults(c) < 0)
		return vprep_error_oom(err);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno != ENOENT || path))
		return vprep_error_set(err, VPREP_E_USAGE, errno, NULL,
				       "cannot read the configuration %s: %s", file,
				       strerror(errno));
	if (fd >= 0) {
		r = vprep_file_read(fd, FILE_SIZE_MAX, &text, &len);
		if (r == 0 && strlen(text) != len)
			r = -EINVAL; /* what stands behind a NUL byte would not be seen */
		if (r < 0)
			return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
					       "cannot read the configuration %s: %s",
					       file, strerror(-r));
		r = parse_file(file, text, c, err);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

void vprep_config_free(struct vprep_config *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++)
		sections[i]->done(c);
	free(c->user);
	free(c->group);
	free(c->rules_dir);
	vprep_strv_free(c->serial_drivers);
	free(c->deny);
	free(c);
}

bool vprep_config_denies(const struct vprep_config *c, struct vprep_pci_address address)
{
	size_t i;

	for (i = 0; i < c->n_deny; i++)
		if (vprep_pci_address_same(c->deny[i], address))
			return true;
	return false;
}

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
#include "common/library.h"
#include "common/str.h"
#include "config/section.h"

/* Many hosts have no configuration to be read. */
#define SONAME "libinih.so.1"

#define FUNCTIONS(X) X(ini_parse_string)

VPREP_LIBRARY_NOTE("inih", "Reads the configuration", "required", SONAME);

#define DEFAULT_PATH "/etc/vfio-prep.conf"
#define FILE_SIZE_MAX (1024u * 1024)
#define DEFAULT_DEADLINE 30
#define DEFAULT_PARALLEL 16
#define SECTION "[vfio-prep]"
#define LINE_MAX_READ 199 /* inih is built with INI_MAX_LINE=200 */

struct reading {
	struct vprep_config *config;
	struct vprep_error *err;
	const char *path;
	int result;
};

static struct {
	FUNCTIONS(VPREP_LIBRARY_POINTER)
} inih;

static const char *const names[] = { FUNCTIONS(VPREP_LIBRARY_NAME) NULL };

static struct vprep_library library = {
	.sonames = { SONAME },
	.names = names,
	.functions = &inih,
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

	kind = find_section(section, strlen(section), &name);
	return kind ? kind->set(config, name, key, value, ret_expected)
		    : vprep_config_set_key(config, key, value, ret_expected);
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
	if (!vprep_library_open(&library))
		return vprep_error_set(err, VPREP_E_FAILED, ELIBACC, NULL,
				       "%s cannot be read: %s", path, library.why);
	line = inih.ini_parse_string(text, handle_key, &reading);
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

	if (!c || set_defaults(c) < 0 || vprep_str_replace(&c->path, file) < 0)
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
	free(c->path);
	free(c->user);
	free(c->group);
	free(c->iommu_group);
	free(c->rules_dir);
	vprep_strv_free(c->serial_drivers);
	vprep_strv_free(c->metadata_users);
	free(c->deny);
	free(c);
}

bool vprep_config_show_section(const struct vprep_config *c, size_t nth,
			       struct vprep_buf *to)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++) {
		size_t n = sections[i]->count(c);

		if (nth < n) {
			sections[i]->show(c, nth, to);
			return true;
		}
		nth -= n;
	}
	return false;
}

bool vprep_config_denies(const struct vprep_config *c, struct vprep_pci_address address)
{
	size_t i;

	for (i = 0; i < c->n_deny; i++)
		if (vprep_pci_address_same(c->deny[i], address))
			return true;
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "config/folders.h"
#include "config/ini.h"
#include "config/section.h"

#define DEFAULT_PATH "/etc/vfio-prep.conf"
#define DEFAULT_DEADLINE 30
#define DEFAULT_PARALLEL 16
#define SECTION "vfio-prep"

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

static int set_key(void *data, const char *section, const char *key, const char *value,
		   const char **ret_expected)
{
	const struct vprep_config_section *kind;
	struct vprep_config *config = data;
	const char *name;

	kind = find_section(section, strlen(section), &name);
	return kind ? kind->set(config, name, key, value, ret_expected)
		    : vprep_config_set_key(config, key, value, ret_expected);
}

static bool is_section(const char *name, size_t len)
{
	const char *rest;

	return (len == strlen(SECTION) && strncmp(name, SECTION, len) == 0) ||
	       find_section(name, len, &rest);
}

static int check_sections(const struct vprep_config *config, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(sections); i++)
		if (sections[i]->check)
			r = sections[i]->check(config, err);
	return r;
}

static int cannot_read(const struct vprep_config *c, int number, struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_USAGE, number, NULL,
			       "cannot read the configuration %s: %s", c->path,
			       strerror(number));
}

static int set_defaults(struct vprep_config *c)
{
	unsigned i;

	c->mode = 0600;
	c->policy = VPREP_POLICY_WHOLE;
	c->parallel = DEFAULT_PARALLEL;
	for (i = 0; i < VPREP_DEADLINES; i++)
		c->deadlines[i] = DEFAULT_DEADLINE;
	if (vprep_config_set_default_drivers(c) < 0)
		return -ENOMEM;
	if (vprep_strv_add(&c->declared_dirs, "/etc/vfio-prep.d") < 0 ||
	    vprep_strv_add(&c->declared_dirs, "/usr/lib/vfio-prep.d") < 0)
		return -ENOMEM;
	return vprep_str_replace(&c->rules_dir, "/run/udev/rules.d");
}

static struct vprep_config *new_config(const struct vprep_io *io, const char *path)
{
	_cleanup_(vprep_config_freep) struct vprep_config *c = calloc(1, sizeof(*c));

	if (!c || set_defaults(c) < 0)
		return NULL;
	c->io = io;
	c->path = vprep_config_path(io, path);
	return c->path ? TAKE_PTR(c) : NULL;
}

static int read_file(struct vprep_config *c, int fd, const char *path,
		     struct vprep_error *err)
{
	const struct vprep_ini_reader reader = {
		.is_section = is_section, .set = set_key, .data = c, .line = &c->line
	};
	int r;

	c->file = path;
	r = vprep_ini_read(fd, path, &reader, err);
	c->file = NULL;
	if (r == 0 && vprep_strv_add(&c->files, path) < 0)
		r = vprep_error_oom(err);
	return r;
}

static int read_more(void *data, int fd, const char *path, struct vprep_error *err)
{
	struct vprep_config *c = data;
	_cleanup_free_ char *shown = vprep_config_path(c->io, path);

	return shown ? read_file(c, fd, shown, err) : vprep_error_oom(err);
}

/* 1; 0: it is not there. */
static int read_main(struct vprep_config *c, const char *path, struct vprep_error *err)
{
	_cleanup_close_ int fd = vprep_config_open(c->io, path, O_RDONLY | O_NONBLOCK);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return cannot_read(c, -fd, err);
	r = read_file(c, fd, c->path, err);
	return r < 0 ? r : 1;
}

int vprep_config_read(const char *path, struct vprep_config **ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_config_freep) struct vprep_config *c = new_config(NULL, path);
	int r;

	if (!c)
		return vprep_error_oom(err);
	r = read_main(c, path, err);
	if (r == 0)
		r = cannot_read(c, ENOENT, err);
	if (r > 0)
		r = check_sections(c, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

int vprep_config_read_host(const struct vprep_io *io, struct vprep_config **ret,
			   struct vprep_error *err)
{
	static char administrators[] = "/etc/vfio-prep.conf.d";
	static char packages[] = "/usr/lib/vfio-prep.conf.d";
	static char *const folders[] = { administrators, packages, NULL };
	_cleanup_(vprep_config_freep) struct vprep_config *c =
		new_config(io, DEFAULT_PATH);
	int r;

	if (!c)
		return vprep_error_oom(err);
	r = read_main(c, DEFAULT_PATH, err);
	if (r >= 0)
		r = vprep_config_folders_read(io, folders, read_more, c, err);
	if (r == 0)
		r = check_sections(c, err);
	if (r < 0)
		return r;
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
	vprep_strv_free(c->files);
	free(c->user);
	free(c->group);
	free(c->iommu_group);
	free(c->rules_dir);
	vprep_strv_free(c->declared_dirs);
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

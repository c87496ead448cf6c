// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
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
	if (vprep_strv_add(&c->declared_dirs, "/etc/vfio-prep.d") < 0 ||
	    vprep_strv_add(&c->declared_dirs, "/usr/lib/vfio-prep.d") < 0)
		return -ENOMEM;
	return vprep_str_replace(&c->rules_dir, "/run/udev/rules.d");
}

int vprep_config_read(const char *path, struct vprep_config **ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_config_freep) struct vprep_config *c = calloc(1, sizeof(*c));
	const struct vprep_ini_reader reader = { .is_section = is_section,
						 .set = set_key,
						 .data = c };
	const char *file = path ? path : DEFAULT_PATH;
	int r;

	if (!c || set_defaults(c) < 0 || vprep_str_replace(&c->path, file) < 0)
		return vprep_error_oom(err);
	r = vprep_ini_read(file, &reader, err);
	if (r == 0 && path)
		r = vprep_error_set(err, VPREP_E_USAGE, ENOENT, NULL,
				    "cannot read the configuration %s: %s", file,
				    strerror(ENOENT));
	if (r > 0)
		r = check_sections(file, c, err);
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

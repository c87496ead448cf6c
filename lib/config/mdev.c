// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [mdev.UUID] of the configuration. */
#include <errno.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/str.h"
#include "config/section.h"

bool vprep_config_mdev_is_name(const char *name, size_t len)
{
	struct vprep_uuid_text text;
	struct vprep_uuid uuid;

	if (len != sizeof(text.s) - 1)
		return false;
	memcpy(text.s, name, len);
	text.s[len] = '\0';
	return vprep_uuid_parse(text.s, &uuid) == 0;
}

static struct vprep_config_mdev *find(const struct vprep_config *c,
				      const struct vprep_uuid *uuid)
{
	size_t i;

	for (i = 0; i < c->n_mdevs; i++)
		if (vprep_uuid_same(&c->mdevs[i].uuid, uuid))
			return &c->mdevs[i];
	return NULL;
}

int vprep_config_mdev_set(struct vprep_config_mdev *mdev, const char *key,
			  const char *value, const char **ret_expected)
{
	*ret_expected = "a name as 'vfio-prep mdev types' shows it";
	if (streq(key, "placement")) {
		*ret_expected = "compact or separate";
		return vprep_mdev_placement_parse(value, &mdev->definition.placement);
	}
	if (!*value || strchr(value, '/'))
		return -EINVAL;
	if (streq(key, "type"))
		return vprep_str_replace(&mdev->definition.type, value);
	if (streq(key, "parent"))
		return vprep_str_replace(&mdev->definition.parent, value);
	if (streq(key, "vendor-params"))
		return vprep_str_replace(&mdev->params, value);
	return -ENOKEY;
}

static int set(struct vprep_config *c, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_config_mdev *mdev;
	struct vprep_uuid uuid;
	int r;

	r = vprep_uuid_parse(name, &uuid);
	if (r < 0)
		return r;
	mdev = find(c, &uuid);
	if (!mdev) {
		mdev = vprep_array_add(c->mdevs, c->n_mdevs);
		if (!mdev)
			return -ENOMEM;
		mdev->uuid = uuid;
		if (vprep_str_replace(&mdev->file, c->file) < 0)
			return -ENOMEM;
	}
	return vprep_config_mdev_set(mdev, key, value, ret_expected);
}

const struct vprep_config_mdev *vprep_config_find_mdev(const struct vprep_config *config,
						       const char *uuid)
{
	struct vprep_uuid parsed;

	return vprep_uuid_parse(uuid, &parsed) < 0 ? NULL : find(config, &parsed);
}

static int check(const struct vprep_config *config, struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < config->n_mdevs; i++)
		if (!config->mdevs[i].definition.type)
			return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					       "%s: section [mdev.%s] has no type",
					       config->mdevs[i].file,
					       vprep_uuid_text(&config->mdevs[i].uuid).s);
	return 0;
}

static size_t count(const struct vprep_config *c)
{
	return c->n_mdevs;
}

static void show(const struct vprep_config *c, size_t i, struct vprep_buf *to)
{
	const struct vprep_config_mdev *mdev = &c->mdevs[i];
	const struct vprep_mdev_definition *definition = &mdev->definition;
	const char *placement = vprep_mdev_placement_name(definition->placement);

	vprep_buf_addf(to, "[mdev.%s] type=%s", vprep_uuid_text(&mdev->uuid).s,
		       definition->type);
	if (definition->parent)
		vprep_buf_addf(to, " parent=%s", definition->parent);
	if (placement)
		vprep_buf_addf(to, " placement=%s", placement);
	if (mdev->params)
		vprep_buf_addf(to, " vendor-params=%s", mdev->params);
}

void vprep_config_mdev_done(struct vprep_config_mdev *mdev)
{
	free(mdev->file);
	vprep_mdev_definition_done(&mdev->definition);
	free(mdev->params);
}

static void done(struct vprep_config *c)
{
	size_t i;

	for (i = 0; i < c->n_mdevs; i++)
		vprep_config_mdev_done(&c->mdevs[i]);
	free(c->mdevs);
}

const struct vprep_config_section vprep_config_mdev_section = {
	.prefix = "mdev.",
	.is_name = vprep_config_mdev_is_name,
	.set = set,
	.check = check,
	.count = count,
	.show = show,
	.done = done,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [mdev.UUID] of the configuration. */
#include <errno.h>
#include <stdlib.h>

#include "common/str.h"
#include "config/config.h"

static int uuid_of(const char *section, size_t len, struct vprep_uuid *ret)
{
	struct vprep_uuid_text text;
	const size_t prefix = sizeof(VPREP_CONFIG_MDEV) - 1;

	if (len != prefix + sizeof(text.s) - 1 ||
	    strncmp(section, VPREP_CONFIG_MDEV, prefix) != 0)
		return -EINVAL;
	memcpy(text.s, section + prefix, sizeof(text.s) - 1);
	text.s[sizeof(text.s) - 1] = '\0';
	return vprep_uuid_parse(text.s, ret);
}

bool vprep_config_is_mdev(const char *section, size_t len)
{
	struct vprep_uuid uuid;

	return uuid_of(section, len, &uuid) == 0;
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

int vprep_config_set_mdev(struct vprep_config *c, const char *section, const char *key,
			  const char *value, const char **ret_expected)
{
	struct vprep_config_mdev *mdev;
	struct vprep_uuid uuid;
	int r;

	r = uuid_of(section, strlen(section), &uuid);
	if (r < 0)
		return r;
	mdev = find(c, &uuid);
	if (!mdev)
		mdev = vprep_array_add(c->mdevs, c->n_mdevs);
	if (!mdev)
		return -ENOMEM;
	mdev->uuid = uuid;
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

const struct vprep_config_mdev *vprep_config_find_mdev(const struct vprep_config *config,
						       const char *uuid)
{
	struct vprep_uuid parsed;

	return vprep_uuid_parse(uuid, &parsed) < 0 ? NULL : find(config, &parsed);
}

const struct vprep_config_mdev *
vprep_config_untyped_mdev(const struct vprep_config *config)
{
	size_t i;

	for (i = 0; i < config->n_mdevs; i++)
		if (!config->mdevs[i].definition.type)
			return &config->mdevs[i];
	return NULL;
}

void vprep_config_mdevs_done(struct vprep_config *c)
{
	size_t i;

	for (i = 0; i < c->n_mdevs; i++) {
		vprep_mdev_definition_done(&c->mdevs[i].definition);
		free(c->mdevs[i].params);
	}
	free(c->mdevs);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [mdev UUID]: mediated devices, which are made at boot, or are known how to
 * make. */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "config/section.h"
#include "declared/declared.h"

static struct vprep_declared_mdev *find(const struct vprep_declared *declared,
					const struct vprep_uuid *uuid)
{
	size_t i;

	for (i = 0; i < declared->n_mdevs; i++)
		if (vprep_uuid_same(&declared->mdevs[i].mdev.uuid, uuid))
			return &declared->mdevs[i];
	return NULL;
}

const struct vprep_declared_mdev *
vprep_declared_find_mdev(const struct vprep_declared *declared,
			 const struct vprep_uuid *uuid)
{
	return find(declared, uuid);
}

static int begin(struct vprep_declared *declared, const char *name, const char **ret_why)
{
	struct vprep_declared_mdev *mdev;
	struct vprep_uuid uuid;
	int r = vprep_uuid_parse(name, &uuid);

	*ret_why = "there is a section of that UUID already, here or in another file";
	if (r == 0 && find(declared, &uuid))
		r = -EEXIST;
	if (r < 0)
		return r;
	mdev = vprep_array_add(declared->mdevs, declared->n_mdevs);
	if (!mdev || vprep_str_replace(&mdev->mdev.file, declared->file) < 0)
		return -ENOMEM;
	mdev->line = declared->line;
	mdev->boot = true;
	mdev->mdev.uuid = uuid;
	return 0;
}

static int set(struct vprep_declared *declared, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_declared_mdev *mdev;
	struct vprep_uuid uuid;

	mdev = vprep_uuid_parse(name, &uuid) == 0 ? find(declared, &uuid) : NULL;
	if (mdev && streq(key, "boot"))
		return vprep_declared_set_bool(&mdev->boot, value, ret_expected);
	return mdev ? vprep_config_mdev_set(&mdev->mdev, key, value, ret_expected)
		    : -ENOKEY;
}

static int check(const struct vprep_declared *declared, struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < declared->n_mdevs; i++)
		if (!declared->mdevs[i].mdev.definition.type)
			return vprep_error_set(
				err, VPREP_E_USAGE, EINVAL, NULL,
				"%s: section [mdev %s] has no type",
				declared->mdevs[i].mdev.file,
				vprep_uuid_text(&declared->mdevs[i].mdev.uuid).s);
	return 0;
}

static void done(struct vprep_declared *declared)
{
	size_t i;

	for (i = 0; i < declared->n_mdevs; i++)
		vprep_config_mdev_done(&declared->mdevs[i].mdev);
	free(declared->mdevs);
}

const struct vprep_declared_section vprep_declared_mdev_section = {
	.prefix = "mdev ",
	.is_name = vprep_config_mdev_is_name,
	.begin = begin,
	.set = set,
	.check = check,
	.done = done,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the section [vfio-prep], which are in keys.c, and the other sections of the
 * configuration. A kind of section is a file of its
 * own in this folder, and a row of the table in config.c.
 */
#ifndef VPREP_CONFIG_SECTION_H
#define VPREP_CONFIG_SECTION_H

#include "config/config.h"

/* -EINVAL with the expected form in *ret_expected; -ENOKEY no such key. */
int vprep_config_set_key(struct vprep_config *config, const char *key, const char *value,
			 const char **ret_expected);

/* The drivers whose devices are never worked on at the same time. -ENOMEM. */
int vprep_config_set_default_drivers(struct vprep_config *config);

/* The keys that say how a device is to be while it is attached. Errors as above. */
int vprep_config_device_set(struct vprep_config_device *device, const char *key,
			    const char *value, const char **ret_expected);
void vprep_config_device_done(struct vprep_config_device *device);

/* Whether a section of a mediated device may have that name. */
bool vprep_config_mdev_is_name(const char *name, size_t len);
/* Its keys. */
int vprep_config_mdev_set(struct vprep_config_mdev *mdev, const char *key,
			  const char *value, const char **ret_expected);
void vprep_config_mdev_done(struct vprep_config_mdev *mdev);

struct vprep_config_section {
	const char *prefix; /* "mdev." of [mdev.UUID]; the rest is its name */
	/* Whether a section may have that name. */
	bool (*is_name)(const char *name, size_t len);
	/* -EINVAL with the expected form in *ret_expected; -ENOKEY no such key. */
	int (*set)(struct vprep_config *config, const char *name, const char *key,
		   const char *value, const char **ret_expected);
	/* Refuses what the section must have and does not, once all files are read; NULL:
	 * there is no such thing. */
	int (*check)(const struct vprep_config *config, struct vprep_error *err);
	/* How many of that kind there are, and one of them: "[NAME] KEY=VALUE…". */
	size_t (*count)(const struct vprep_config *config);
	void (*show)(const struct vprep_config *config, size_t i, struct vprep_buf *to);
	void (*done)(struct vprep_config *config);
};

extern const struct vprep_config_section vprep_config_device_section;
extern const struct vprep_config_section vprep_config_mdev_section;

#endif

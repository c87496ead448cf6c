/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections of the configuration besides [vfio-prep]. A kind of section is a file of its
 * own in this folder, and a row of the table in config.c.
 */
#ifndef VPREP_CONFIG_SECTION_H
#define VPREP_CONFIG_SECTION_H

#include "config/config.h"

struct vprep_config_section {
	const char *prefix; /* "mdev." of [mdev.UUID]; the rest is its name */
	/* Whether a section may have that name. */
	bool (*is_name)(const char *name, size_t len);
	/* -EINVAL with the expected form in *ret_expected; -ENOKEY no such key. */
	int (*set)(struct vprep_config *config, const char *name, const char *key,
		   const char *value, const char **ret_expected);
	/* Refuses what the section must have and does not, once the file is read; NULL:
	 * there is no such thing. */
	int (*check)(const struct vprep_config *config, const char *path,
		     struct vprep_error *err);
	void (*done)(struct vprep_config *config);
};

extern const struct vprep_config_section vprep_config_device_section;
extern const struct vprep_config_section vprep_config_mdev_section;

#endif

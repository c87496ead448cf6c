/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of sections with "key = value" lines, read by inih, with what inih does not
 * report: lines that it cuts, and sections without keys. */
#ifndef VPREP_CONFIG_INI_H
#define VPREP_CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "vfio-prep.h"

/* Who takes what a file says. */
struct vprep_ini_reader {
	/* Whether there may be a section of that name. */
	bool (*is_section)(const char *name, size_t len);
	/* A section begins; it may have no keys. May be NULL. -EEXIST with the words of
	 * why not in *ret_why. */
	int (*begin)(void *data, const char *name, const char **ret_why);
	/* -EINVAL with the expected form in *ret_expected; -ENOKEY no such key; -ENOMEM.
	 */
	int (*set)(void *data, const char *section, const char *key, const char *value,
		   const char **ret_expected);
	void *data;
	unsigned *line; /* told the line before begin() and set() are called */
};

/* Of an open file; @path is for messages. -EINVAL: what it says is malformed, with file
 * and line; else it cannot be read. */
int vprep_ini_read(int fd, const char *path, const struct vprep_ini_reader *reader,
		   struct vprep_error *err);

#endif

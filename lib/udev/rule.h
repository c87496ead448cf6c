/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of udev rules. Pure. The template is udev-rules/99-vfio-prep.rules.in. */
#ifndef VPREP_UDEV_RULE_H
#define VPREP_UDEV_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/str.h"

#define VPREP_RULE_FILE_MAX (64u * 1024) /* bytes; a larger file is none of ours */

/* The rule that gives one node away. */
struct vprep_rule {
	char *file;   /* "99-vfio-prep-iommu_group_12.rules" */
	char *device; /* as the rule's comment calls it */
	char *match;  /* how udev knows the node */
};

/* Of /dev/vfio/@group. -ENOMEM, as of the next two. */
int vprep_rule_of_group(unsigned group, struct vprep_rule *ret);
/* Of the node of a device; @device is a name as libvirt makes it: [A-Za-z0-9_]. */
int vprep_rule_of_node(const char *device, const char *match, struct vprep_rule *ret);
/* Of VFIO's node for one device, whichever its number; @device is its sysfs name. */
int vprep_rule_of_cdev(const char *device, struct vprep_rule *ret);
void vprep_rule_done(struct vprep_rule *rule);

/*
 * udevd goes through all files in the order of their names, and what a rule assigns
 * finally (":=") no later one changes. So ours holds against all that come after
 * "99-vfio-prep-", and against those before that do not assign finally. Against one that
 * does, its file is called "00-vfio-prep-…" instead.
 */
void vprep_rule_go_first(struct vprep_rule *rule);
/* Whether a file of that name comes before any of ours. */
bool vprep_rule_is_first(const char *file);
/* Whether that is the name of a file of ours. */
bool vprep_rule_is_ours(const char *file);

/* Adds `, KEY{attribute}=="value"` to a match. What would not stand for itself between
 * the quotes, or in a pattern, becomes "*"; blanks at the end do not count for udevd. */
void vprep_rule_match_attribute(struct vprep_buf *match, const char *key,
				const char *attribute, const char *value);

/* Who gets the node. Numbers, not names: udevd resolves names once, and refuses those of
 * ordinary users. @owner appears in a comment only. */
struct vprep_rule_grant {
	const char *owner;
	const char *owner_file; /* the name of its journal: a comment, too */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

int vprep_rule_text(const struct vprep_rule *rule, const struct vprep_rule_grant *grant,
		    char **ret);

/* ---- reading one again ---- */

#define VPREP_RULE_OWNER_LINE "# vfio-prep-owner: "

/* Strings are owned. */
struct vprep_rule_found {
	int64_t group;	  /* of a group's node; -1: of a device's */
	char *device;	  /* NULL: a group's */
	bool is_cdev;	  /* VFIO's node for that device */
	char *owner;	  /* as messages name it */
	char *owner_file; /* NULL: an earlier version wrote it */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* -EINVAL: it is not as vprep_rule_text() writes it; -ENOMEM. */
int vprep_rule_parse(const char *file, const char *text, struct vprep_rule_found *ret);
void vprep_rule_found_done(struct vprep_rule_found *found);

#endif

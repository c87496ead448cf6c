/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of udev rules. Pure. The template is
 * udev-rules/99-vfio-prep-iommu_group.rules.in. */
#ifndef VPREP_UDEV_RULE_H
#define VPREP_UDEV_RULE_H

#include <sys/types.h>

/* "99-vfio-prep-iommu_group_12.rules" */
int vprep_rule_group_file(unsigned group, char **ret);

/* The rule that gives /dev/vfio/@group to a user. Numbers, not names: udevd resolves
 * names once, and refuses those of ordinary users. @owner appears in a comment only. */
int vprep_rule_group_text(unsigned group, const char *owner, uid_t uid, gid_t gid,
			  mode_t mode, char **ret);

#endif

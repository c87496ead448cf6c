/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of udev rules. Pure. The template is udev-rules/99-vfio-prep.rules.in. */
#ifndef VPREP_UDEV_RULE_H
#define VPREP_UDEV_RULE_H

#include <sys/types.h>

/* "99-vfio-prep-iommu_group_12.rules" */
int vprep_rule_group_file(unsigned group, char **ret);
/* "99-vfio-prep-usb_1_2.rules"; @device is a name as libvirt makes it: [A-Za-z0-9_]. */
int vprep_rule_node_file(const char *device, char **ret);

/* "99-vfio-prep-vfio_dev_0000:05:10.1.rules"; @device is its sysfs name. */
int vprep_rule_cdev_file(const char *device, char **ret);

/* Who gets the node. Numbers, not names: udevd resolves names once, and refuses those of
 * ordinary users. @owner appears in a comment only. */
struct vprep_rule_grant {
	const char *owner;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* The rule that gives /dev/vfio/@group away, or the node of a device that udev knows by
 * @match. */
int vprep_rule_group_text(unsigned group, const struct vprep_rule_grant *grant,
			  char **ret);
int vprep_rule_node_text(const char *device, const char *match,
			 const struct vprep_rule_grant *grant, char **ret);
/* The rule that gives away VFIO's node for that device alone, whichever its number. */
int vprep_rule_cdev_text(const char *device, const struct vprep_rule_grant *grant,
			 char **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of udev rules. Pure. The template is udev-rules/99-vfio-prep.rules.in. */
#ifndef VPREP_UDEV_RULE_H
#define VPREP_UDEV_RULE_H

#include <sys/types.h>

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

/* Who gets the node. Numbers, not names: udevd resolves names once, and refuses those of
 * ordinary users. @owner appears in a comment only. */
struct vprep_rule_grant {
	const char *owner;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

int vprep_rule_text(const struct vprep_rule *rule, const struct vprep_rule_grant *grant,
		    char **ret);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/rule.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "rule-template.h"

#define COMMENT_MAX 80 /* of an owner's name */

int vprep_rule_group_file(unsigned group, char **ret)
{
	char *file = vprep_strf("99-vfio-prep-iommu_group_%u.rules", group);

	if (!file)
		return -ENOMEM;
	*ret = file;
	return 0;
}

/* Fits a comment: one line, no '@' that could be taken for a placeholder. */
static char *comment_text(const char *owner)
{
	char *text = vprep_strf("%.*s", COMMENT_MAX, owner);
	char *p;

	if (!text)
		return NULL;
	vprep_str_make_printable(text);
	for (p = text; *p; p++)
		if (*p == '@' || *p == '\\')
			*p = '?';
	return text;
}

int vprep_rule_node_file(const char *device, char **ret)
{
	char *file = vprep_strf("99-vfio-prep-%s.rules", device);

	if (!file)
		return -ENOMEM;
	*ret = file;
	return 0;
}

int vprep_rule_cdev_file(const char *device, char **ret)
{
	char *file = vprep_strf("99-vfio-prep-vfio_dev_%s.rules", device);

	if (!file)
		return -ENOMEM;
	*ret = file;
	return 0;
}

static void add_value(struct vprep_buf *buf, const char *key, const char *device,
		      const char *match, const char *comment,
		      const struct vprep_rule_grant *grant)
{
	if (strncmp(key, "@DEVICE@", 8) == 0)
		vprep_buf_add(buf, device);
	else if (strncmp(key, "@MATCH@", 7) == 0)
		vprep_buf_add(buf, match);
	else if (strncmp(key, "@UID@", 5) == 0)
		vprep_buf_addf(buf, "%u", grant->uid);
	else if (strncmp(key, "@GID@", 5) == 0)
		vprep_buf_addf(buf, "%u", grant->gid);
	else if (strncmp(key, "@MODE@", 6) == 0)
		vprep_buf_addf(buf, "%04o", grant->mode);
	else
		vprep_buf_add(buf, comment);
}

int vprep_rule_node_text(const char *device, const char *match,
			 const struct vprep_rule_grant *grant, char **ret)
{
	_cleanup_free_ char *comment = comment_text(grant->owner);
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *p = VPREP_RULE_TEMPLATE;

	if (!comment)
		return -ENOMEM;
	while (*p) {
		const char *at = strchr(p, '@');
		const char *end = at ? strchr(at + 1, '@') : NULL;

		if (!end) {
			vprep_buf_add(&buf, p);
			break;
		}
		vprep_buf_add_n(&buf, p, (size_t)(at - p));
		add_value(&buf, at, device, match, comment, grant);
		p = end + 1;
	}
	return vprep_buf_take(&buf, ret);
}

int vprep_rule_group_text(unsigned group, const struct vprep_rule_grant *grant,
			  char **ret)
{
	_cleanup_free_ char *device = vprep_strf("IOMMU group %u", group);
	_cleanup_free_ char *match =
		vprep_strf("SUBSYSTEM==\"vfio\", KERNEL==\"%u\"", group);

	return device && match ? vprep_rule_node_text(device, match, grant, ret)
			       : -ENOMEM;
}

int vprep_rule_cdev_text(const char *device, const struct vprep_rule_grant *grant,
			 char **ret)
{
	_cleanup_free_ char *match =
		vprep_strf("SUBSYSTEM==\"vfio-dev\", KERNELS==\"%s\"", device);

	return match ? vprep_rule_node_text(device, match, grant, ret) : -ENOMEM;
}

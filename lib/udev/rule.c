// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/rule.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
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

int vprep_rule_group_text(unsigned group, const char *owner, uid_t uid, gid_t gid,
			  mode_t mode, char **ret)
{
	_cleanup_free_ char *comment = comment_text(owner);
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *p = VPREP_GROUP_RULE_TEMPLATE;

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
		if (strncmp(at, "@GROUP@", 7) == 0)
			vprep_buf_addf(&buf, "%u", group);
		else if (strncmp(at, "@UID@", 5) == 0)
			vprep_buf_addf(&buf, "%u", uid);
		else if (strncmp(at, "@GID@", 5) == 0)
			vprep_buf_addf(&buf, "%u", gid);
		else if (strncmp(at, "@MODE@", 6) == 0)
			vprep_buf_addf(&buf, "%04o", mode);
		else
			vprep_buf_add(&buf, comment);
		p = end + 1;
	}
	return vprep_buf_take(&buf, ret);
}

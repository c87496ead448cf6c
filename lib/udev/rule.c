// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/rule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "rule-template.h"

#define COMMENT_MAX 80 /* of an owner's name */
#define LAST "99"
#define FIRST "00"
#define NAME "-vfio-prep-"

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

/* Takes the strings; NULL is one that could not be made. */
static int make_rule(char *file, char *device, char *match, struct vprep_rule *ret)
{
	struct vprep_rule rule = { file, device, match };

	if (!file || !device || !match) {
		vprep_rule_done(&rule);
		return -ENOMEM;
	}
	*ret = rule;
	return 0;
}

int vprep_rule_of_group(unsigned group, struct vprep_rule *ret)
{
	return make_rule(vprep_strf(LAST NAME "iommu_group_%u.rules", group),
			 vprep_strf("IOMMU group %u", group),
			 vprep_strf("SUBSYSTEM==\"vfio\", KERNEL==\"%u\"", group), ret);
}

int vprep_rule_of_node(const char *device, const char *match, struct vprep_rule *ret)
{
	return make_rule(vprep_strf(LAST NAME "%s.rules", device), strdup(device),
			 strdup(match), ret);
}

int vprep_rule_of_cdev(const char *device, struct vprep_rule *ret)
{
	return make_rule(vprep_strf(LAST NAME "vfio_dev_%s.rules", device),
			 strdup(device),
			 vprep_strf("SUBSYSTEM==\"vfio-dev\", KERNELS==\"%s\"", device),
			 ret);
}

void vprep_rule_done(struct vprep_rule *rule)
{
	free(rule->file);
	free(rule->device);
	free(rule->match);
	*rule = (struct vprep_rule){ 0 };
}

void vprep_rule_go_first(struct vprep_rule *rule)
{
	memcpy(rule->file, FIRST, strlen(FIRST));
}

bool vprep_rule_is_first(const char *file)
{
	return strcmp(file, FIRST NAME) < 0;
}

bool vprep_rule_is_ours(const char *file)
{
	return strncmp(file, LAST NAME, strlen(LAST NAME)) == 0 ||
	       strncmp(file, FIRST NAME, strlen(FIRST NAME)) == 0;
}

/* Of a pattern that stands for itself, in UTF-8 or not. */
static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr(" ._:+,;=/()#-", c));
}

void vprep_rule_match_attribute(struct vprep_buf *match, const char *key,
				const char *attribute, const char *value)
{
	size_t len = strlen(value), i;

	while (len > 0 && isspace((unsigned char)value[len - 1]))
		len--;
	vprep_buf_addf(match, ", %s{%s}==\"", key, attribute);
	for (i = 0; i < len; i++)
		if (is_plain(value[i]))
			vprep_buf_add_n(match, value + i, 1);
		else if (i == 0 || is_plain(value[i - 1]))
			vprep_buf_add(match, "*");
	vprep_buf_add(match, "\"");
}

static void add_value(struct vprep_buf *buf, const char *key,
		      const struct vprep_rule *rule, const char *comment,
		      const struct vprep_rule_grant *grant)
{
	if (strncmp(key, "@DEVICE@", 8) == 0)
		vprep_buf_add(buf, rule->device);
	else if (strncmp(key, "@MATCH@", 7) == 0)
		vprep_buf_add(buf, rule->match);
	else if (strncmp(key, "@OWNERFILE@", 11) == 0)
		vprep_buf_add(buf, grant->owner_file);
	else if (strncmp(key, "@UID@", 5) == 0)
		vprep_buf_addf(buf, "%u", grant->uid);
	else if (strncmp(key, "@GID@", 5) == 0)
		vprep_buf_addf(buf, "%u", grant->gid);
	else if (strncmp(key, "@MODE@", 6) == 0)
		vprep_buf_addf(buf, "%04o", grant->mode);
	else
		vprep_buf_add(buf, comment);
}

int vprep_rule_text(const struct vprep_rule *rule, const struct vprep_rule_grant *grant,
		    char **ret)
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
		add_value(&buf, at, rule, comment, grant);
		p = end + 1;
	}
	return vprep_buf_take(&buf, ret);
}

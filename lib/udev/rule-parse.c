// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a rule file of ours again. It is the second witness of who has a device, should
 * the journals be lost.
 *
 * I1  What is not as vprep_rule_text() writes it is not ours. The match may be any: it is
 *     the name of the file that tells the device.
 */
#include "udev/rule.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

#define PREFIX "vfio-prep-"
#define SUFFIX ".rules"
#define GROUP "iommu_group_"
#define CDEV "vfio_dev_"
#define ALNUM                                                                            \
	"abcdefghijklmnopqrstuvwxyz"                                                     \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define DEVICE_MAX 63
#define OWNER_FILE_MAX 255

void vprep_rule_found_done(struct vprep_rule_found *found)
{
	free(found->device);
	free(found->owner);
	free(found->owner_file);
	*found = (struct vprep_rule_found){ 0 };
}

/* What stands between @before and @after; NULL: that is not there. */
static const char *skip(const char *text, const char *before)
{
	return text && strncmp(text, before, strlen(before)) == 0 ? text + strlen(before)
								  : NULL;
}

/* The part of a file's name that tells the node. */
static char *name_of(const char *file)
{
	const char *name = strstr(file, PREFIX), *end;

	if (!name || strspn(file, ALNUM "-") < (size_t)(name - file))
		return NULL;
	name += strlen(PREFIX);
	end = name + strlen(name);
	if ((size_t)(end - name) <= strlen(SUFFIX) ||
	    !streq(end - strlen(SUFFIX), SUFFIX))
		return NULL;
	return strndup(name, (size_t)(end - name) - strlen(SUFFIX));
}

static int parse_name(const char *file, struct vprep_rule_found *ret)
{
	_cleanup_free_ char *name = name_of(file);
	const char *group = skip(name, GROUP), *cdev = skip(name, CDEV);
	const char *device = cdev ? cdev : name;
	uint64_t number;

	ret->group = -1;
	if (group && vprep_parse_u64(group, 10, UINT32_MAX, &number) == 0) {
		ret->group = (int64_t)number;
		return 0;
	}
	if (!device || !*device || strlen(device) > DEVICE_MAX ||
	    device[strspn(device, ALNUM "_:.-")])
		return -EINVAL;
	ret->is_cdev = cdev != NULL;
	ret->device = strdup(device);
	return ret->device ? 0 : -ENOMEM;
}

/* "# vfio-prep: DEVICE is prepared for OWNER. Removed when it is given back." */
static int parse_title(const char *line, struct vprep_rule_found *ret)
{
	static const char last[] = ". Removed when it is given back.";
	_cleanup_free_ char *device =
		ret->group >= 0 ? vprep_strf("IOMMU group %" PRId64, ret->group)
				: strdup(ret->device);
	const char *owner;
	size_t len;

	if (!device)
		return -ENOMEM;
	owner = skip(skip(skip(line, "# vfio-prep: "), device), " is prepared for ");
	len = owner ? strlen(owner) : 0;
	if (len < sizeof(last) - 1 || !streq(owner + len - (sizeof(last) - 1), last))
		return -EINVAL;
	ret->owner = strndup(owner, len - (sizeof(last) - 1));
	if (!ret->owner)
		return -ENOMEM;
	vprep_str_make_printable(ret->owner);
	return 0;
}

/* OWNER="1000" or OWNER:="1000" in a rule. */
static int parse_number(const char *line, const char *key, unsigned base, uint64_t max,
			uint64_t *ret)
{
	size_t len = strlen(key);
	const char *at = line, *value, *end;

	while ((at = strstr(at, key))) {
		bool begins = at > line && (at[-1] == ' ' || at[-1] == ',');

		value = at + len + (at[len] == ':');
		at += len;
		if (!begins || strncmp(value, "=\"", 2) != 0)
			continue;
		value += 2;
		end = strchr(value, '"');
		return end ? vprep_parse_u64_n(value, (size_t)(end - value), base, max,
					       ret)
			   : -EINVAL;
	}
	return -EINVAL;
}

static int parse_rule(const char *line, struct vprep_rule_found *ret)
{
	uint64_t uid, gid, mode;

	if (parse_number(line, "OWNER", 10, UINT32_MAX - 1, &uid) < 0 ||
	    parse_number(line, "GROUP", 10, UINT32_MAX - 1, &gid) < 0 ||
	    parse_number(line, "MODE", 8, 0777, &mode) < 0)
		return -EINVAL;
	ret->uid = (uid_t)uid;
	ret->gid = (gid_t)gid;
	ret->mode = (mode_t)mode;
	return 0;
}

static int parse_owner_file(const char *name, struct vprep_rule_found *ret)
{
	size_t len = strlen(name);

	if (len == 0 || len > OWNER_FILE_MAX || name[strspn(name, ALNUM "_.%-")])
		return -EINVAL;
	return vprep_str_replace(&ret->owner_file, name);
}

static int parse_text(char *text, struct vprep_rule_found *ret)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save);
	bool has_rule = false;
	int r = line ? parse_title(line, ret) : -EINVAL;

	while (r == 0 && (line = strtok_r(NULL, "\n", &save))) {
		const char *file = skip(line, VPREP_RULE_OWNER_LINE);

		if (file)
			r = parse_owner_file(file, ret);
		else if (line[0] != '#' && !has_rule) {
			r = parse_rule(line, ret);
			has_rule = true;
		}
	}
	return r == 0 && !has_rule ? -EINVAL : r;
}

int vprep_rule_parse(const char *file, const char *text, struct vprep_rule_found *ret)
{
	_cleanup_(vprep_rule_found_done) struct vprep_rule_found found = { 0 };
	_cleanup_free_ char *copy = strdup(text);
	int r = copy ? parse_name(file, &found) : -ENOMEM;

	if (r == 0)
		r = parse_text(copy, &found);
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(found);
	return 0;
}

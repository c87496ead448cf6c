// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a group's udev rule. */
#include "udev/rule.h"

#include <errno.h>
#include <string.h>

#include "common/str.h"
#include "test.h"

#define RULE(group, uid, gid, mode)                                                      \
	"ACTION!=\"remove\", SUBSYSTEM==\"vfio\", KERNEL==\"" group                      \
	"\", ENV{.VFIO_PREP_UID}=\"" uid "\", ENV{.VFIO_PREP_GID}=\"" gid                \
	"\"\nACTION!=\"remove\", SUBSYSTEM==\"vfio\", KERNEL==\"" group                  \
	"\", OWNER:=\"$env{.VFIO_PREP_UID}\", GROUP:=\"$env{.VFIO_PREP_GID}\", "         \
	"MODE:=\"" mode "\"\n"
#define OWNER_LINE "# vfio-prep-owner: manual.jsonl\n"

/* The rules behind the comments. */
static void check_rule(const char *text, const char *rules)
{
	while (text && text[0] == '#') {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	assert_non_null(text);
	assert_string_equal(text, rules);
}

static int group_text(unsigned group, const char *owner, uid_t uid, gid_t gid,
		      mode_t mode, char **ret)
{
	const struct vprep_rule_grant grant = { owner, "manual.jsonl", uid, gid, mode };
	_cleanup_(vprep_rule_done) struct vprep_rule rule = { 0 };

	assert_int_equal(vprep_rule_of_group(group, &rule), 0);
	return vprep_rule_text(&rule, &grant, ret);
}

static char *text_of(const char *owner)
{
	char *text;

	assert_int_equal(group_text(12, owner, 64055, 108, 0600, &text), 0);
	return text;
}

static void a_rule_file_is_named_after_its_group(void **state)
{
	_cleanup_(vprep_rule_done) struct vprep_rule rule = { 0 }, large = { 0 };

	(void)state;
	assert_int_equal(vprep_rule_of_group(12, &rule), 0);
	assert_string_equal(rule.file, "99-vfio-prep-iommu_group_12.rules");
	assert_int_equal(vprep_rule_of_group(4294967295u, &large), 0);
	assert_string_equal(large.file, "99-vfio-prep-iommu_group_4294967295.rules");
}

static void a_rule_gives_the_node_by_number(void **state)
{
	_cleanup_free_ char *text = text_of("web1"), *other = NULL;

	(void)state;
	assert_non_null(strstr(text, "# vfio-prep: IOMMU group 12 is prepared for web1. "
				     "Removed when it is given back.\n" OWNER_LINE "#"));
	check_rule(text, RULE("12", "64055", "108", "0600"));
	assert_int_equal(group_text(0, "x", 0, 4294967294u, 07, &other), 0);
	check_rule(other, RULE("0", "0", "4294967294", "0007"));
}

/* An owner's name is a comment, whatever it holds: one comment line, then the rule. */
static void an_owner_cannot_add_a_rule(void **state)
{
	static const char *const owners[] = {
		"",
		"x\nSUBSYSTEM==\"block\", MODE:=\"0666\"",
		"x\r\n\v\f\x85 y",
		"ends in \\",
		"@GROUP@ @UID@ @OWNER@ @",
		"%n %s $kernel",
		"\xff\xfe\xc3",
		"\xe2\x80\xa8 line separator",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(owners); i++) {
		_cleanup_free_ char *text = text_of(owners[i]);
		const char *newline = strchr(text, '\n');

		assert_non_null(newline);
		assert_true(newline[-1] != '\\');
		assert_int_equal(strncmp(newline + 1, OWNER_LINE, strlen(OWNER_LINE)), 0);
		check_rule(text, RULE("12", "64055", "108", "0600"));
	}
}

static void a_long_owner_is_cut(void **state)
{
	_cleanup_free_ char *text = NULL;
	char owner[4001];

	(void)state;
	memset(owner, 'x', sizeof(owner) - 1);
	owner[sizeof(owner) - 1] = '\0';
	text = text_of(owner);
	assert_true(strlen(text) < 900);
	check_rule(text, RULE("12", "64055", "108", "0600"));
}

static int parse(const char *rules, struct vprep_rule_found *ret)
{
	_cleanup_free_ char *text = vprep_strf(
		"# vfio-prep: IOMMU group 12 is prepared for web1. Removed when "
		"it is given back.\n" OWNER_LINE "%s",
		rules);

	assert_non_null(text);
	return vprep_rule_parse("99-vfio-prep-iommu_group_12.rules", text, ret);
}

/* As this version writes it, and as one before did. */
static void a_rule_is_read_again(void **state)
{
	static const char *const texts[] = {
		RULE("12", "64055", "108", "0640"),
		"ACTION!=\"remove\", SUBSYSTEM==\"vfio\", KERNEL==\"12\", "
		"OWNER:=\"64055\", GROUP:=\"108\", MODE:=\"0640\"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++) {
		_cleanup_(vprep_rule_found_done) struct vprep_rule_found found = { 0 };

		assert_int_equal(parse(texts[i], &found), 0);
		assert_true(found.group == 12 && found.uid == 64055 && found.gid == 108 &&
			    found.mode == 0640);
		assert_string_equal(found.owner_file, "manual.jsonl");
	}
}

static void what_is_not_ours_is_not_read(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{ "", -EINVAL },
		{ "SUBSYSTEM==\"vfio\", MODE:=\"0640\"\n", -EINVAL },
		{ "SUBSYSTEM==\"vfio\", OWNER:=\"64055\", MODE:=\"0640\"\n", -EINVAL },
		{ "X, OWNER:=\"64055\", GROUP:=\"kvm\", MODE:=\"0640\"\n", -EINVAL },
		{ "X, OWNER:=\"$env{.VFIO_PREP_UID}\", GROUP:=\"108\", MODE:=\"0640\"\n",
		  -EINVAL },
		{ "X, ENV{.VFIO_PREP_UID}=\"64055, ENV{.VFIO_PREP_GID}=\"1\"\n",
		  -EINVAL },
		{ RULE("12", "4294967295", "108", "0640"), -ERANGE },
		{ RULE("12", "64055", "108", "1777"), -ERANGE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		struct vprep_rule_found found = { 0 };

		assert_int_equal(parse(rows[i].text, &found), rows[i].error);
		assert_null(found.owner);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rule_file_is_named_after_its_group),
		TEST(a_rule_gives_the_node_by_number),
		TEST(an_owner_cannot_add_a_rule),
		TEST(a_long_owner_is_cut),
		TEST(a_rule_is_read_again),
		TEST(what_is_not_ours_is_not_read),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}

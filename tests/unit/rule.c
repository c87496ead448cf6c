// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a group's udev rule. */
#include "udev/rule.h"

#include "common/str.h"
#include "test.h"

#define RULE(group, uid, gid, mode)                                                      \
	"# vfio-prep-owner: manual.jsonl\n"                                              \
	"ACTION!=\"remove\", SUBSYSTEM==\"vfio\", KERNEL==\"" group "\", OWNER:=\"" uid  \
	"\", GROUP:=\"" gid "\", MODE:=\"" mode "\"\n"

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
	assert_string_equal(
		text, "# vfio-prep: IOMMU group 12 is prepared for web1. Removed "
		      "when it is given back.\n" RULE("12", "64055", "108", "0600"));
	assert_int_equal(group_text(0, "x", 0, 4294967294u, 07, &other), 0);
	assert_non_null(strstr(other, RULE("0", "0", "4294967294", "0007")));
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
		assert_true(text[0] == '#' && newline[-1] != '\\');
		assert_string_equal(newline + 1, RULE("12", "64055", "108", "0600"));
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
	assert_true(strlen(text) < 400);
	assert_non_null(strstr(text, RULE("12", "64055", "108", "0600")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rule_file_is_named_after_its_group),
		TEST(a_rule_gives_the_node_by_number),
		TEST(an_owner_cannot_add_a_rule),
		TEST(a_long_owner_is_cut),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}

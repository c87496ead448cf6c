// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a group's udev rule. */
#include "udev/rule.h"

#include <errno.h>
#include <string.h>

#include "common/str.h"
#include "test.h"

#define MATCH(group) "ACTION!=\"remove\", SUBSYSTEM==\"vfio\", KERNEL==\"" group "\", "
#define RULE(group, uid, gid, mode)                                                      \
	MATCH(group)                                                                     \
	"OWNER:=\"" uid "\", GROUP:=\"" gid "\", MODE:=\"" mode "\"\n"
/* Where udevd leaves out the first one. */
#define KEEPS_OTHERS_OUT(group, mode)                                                    \
	MATCH(group)                                                                     \
	"OWNER:=\"$env{.NOBODY}\", GROUP:=\"$env{.NOBODY}\", MODE:=\"" mode "\"\n"
#define OWNER_LINE "# vfio-prep-owner: manual.jsonl\n"

/* What the file has besides comments. */
static void check_rules(const char *text, const char *first, const char *second)
{
	_cleanup_buf_ struct vprep_buf rules = { 0 };
	_cleanup_free_ char *wanted = vprep_strf("%s%s", first, second);
	const char *line, *end;

	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (*line != '#')
			vprep_buf_add_n(&rules, line, (size_t)(end + 1 - line));
	}
	assert_non_null(rules.data);
	assert_string_equal(rules.data, wanted);
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
				     "Removed when it is given back.\n" OWNER_LINE));
	check_rules(text, RULE("12", "64055", "108", "0600"),
		    KEEPS_OTHERS_OUT("12", "0600"));
	assert_int_equal(group_text(0, "x", 0, 4294967294u, 07, &other), 0);
	check_rules(other, RULE("0", "0", "4294967294", "0007"),
		    KEEPS_OTHERS_OUT("0", "0007"));
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
		check_rules(text, RULE("12", "64055", "108", "0600"),
			    KEEPS_OTHERS_OUT("12", "0600"));
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
	check_rules(text, RULE("12", "64055", "108", "0600"),
		    KEEPS_OTHERS_OUT("12", "0600"));
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
		RULE("12", "64055", "108", "0640") KEEPS_OTHERS_OUT("12", "0640"),
		RULE("12", "64055", "108", "0640"),
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
	static const char *const texts[] = {
		"",
		MATCH("12") "MODE:=\"0640\"\n",
		MATCH("12") "OWNER:=\"64055\", MODE:=\"0640\"\n",
		RULE("12", "64055", "kvm", "0640"),
		RULE("12", "4294967295", "108", "0640"),
		RULE("12", "64055", "108", "1777"),
		KEEPS_OTHERS_OUT("12", "0640"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++) {
		struct vprep_rule_found found = { 0 };

		assert_int_equal(parse(texts[i], &found), -EINVAL);
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

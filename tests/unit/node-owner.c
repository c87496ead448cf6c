// SPDX-License-Identifier: GPL-2.0-or-later
/* USER[:GROUP]. Only root's name is on every host. */
#include "session/node-owner.h"

#include <errno.h>
#include <sys/resource.h>

#include "common/str.h"
#include "test.h"

struct answer {
	const char *text;
	uid_t uid;
	gid_t gid;
};

static int ask(const char *text, const char *user, const char *group,
	       struct vprep_node_owner *ret, struct vprep_error *err)
{
	const struct vprep_config config = { .user = (char *)(uintptr_t)user,
					     .group = (char *)(uintptr_t)group };

	return vprep_node_owner_find(text, &config, ret, err);
}

static void names_and_numbers_are_taken(void **state)
{
	static const struct answer answers[] = {
		{ "root", 0, 0 },
		{ "0", 0, 0 },
		{ "root:root", 0, 0 },
		{ "0:7", 0, 7 },
		{ "1234:root", 1234, 0 },
		{ "3999999999", 3999999999u,
		  3999999999u }, /* no such user: its own group */
		{ "4294967294:4294967294", 4294967294u, 4294967294u },
		{ "007:010", 7, 10 }, /* decimal */
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(answers); i++) {
		struct vprep_node_owner node_owner;

		assert_int_equal(ask(answers[i].text, "nobody", NULL, &node_owner, NULL),
				 0);
		assert_int_equal(node_owner.uid, answers[i].uid);
		assert_int_equal(node_owner.gid, answers[i].gid);
		assert_false(node_owner.fallback);
	}
}

static void the_configuration_is_the_default(void **state)
{
	struct vprep_node_owner node_owner;

	(void)state;
	assert_int_equal(ask(NULL, "12:34", NULL, &node_owner, NULL), 0);
	assert_true(node_owner.uid == 12 && node_owner.gid == 34);
	assert_int_equal(ask(NULL, "12", "56", &node_owner, NULL), 0);
	assert_true(node_owner.uid == 12 && node_owner.gid == 56);
	assert_int_equal(ask("78", "12", "56", &node_owner, NULL), 0);
	assert_true(node_owner.uid == 78 && node_owner.gid == 56);
	assert_int_equal(ask("78:9", "12", "56", &node_owner, NULL), 0);
	assert_true(node_owner.uid == 78 && node_owner.gid == 9);
}

static void without_any_it_is_qemu_or_root(void **state)
{
	struct vprep_node_owner node_owner;

	(void)state;
	assert_int_equal(ask(NULL, NULL, NULL, &node_owner, NULL), 0);
	assert_true(!node_owner.fallback || (node_owner.uid == 0 && node_owner.gid == 0));
	assert_int_equal(ask(NULL, NULL, "56", &node_owner, NULL), 0);
	assert_int_equal(node_owner.gid, 56);
}

static void what_is_malformed_is_refused(void **state)
{
	static const char *const bad[] = { "", ":", "root:", ":root", ":0" };
	struct vprep_node_owner node_owner = { .uid = 77, .gid = 77 };
	struct vprep_error err;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		assert_int_equal(ask(bad[i], NULL, NULL, &node_owner, &err), -EINVAL);
		assert_int_equal(err.code, VPREP_E_USAGE);
	}
	assert_int_equal(node_owner.uid, 77); /* untouched on failure */
}

/* Which this machine need not have. */
static void a_captured_tree_has_users_of_its_own(void **state)
{
	const struct vprep_io io = { .live = false };
	char user[] = "no-such-user", group[] = "no-such-group";
	const struct vprep_config config = {
		.io = &io, .user = user, .group = group, .iommu_group = group
	};
	struct vprep_node_owner node_owner;
	gid_t gid;

	(void)state;
	assert_int_equal(vprep_node_owner_find(NULL, &config, &node_owner, NULL), 0);
	assert_true(node_owner.fallback);
	assert_string_equal(node_owner.name, "no-such-user");
	assert_true(node_owner.uid == 0 && node_owner.gid == 0);
	assert_int_equal(vprep_iommu_group_find(&config, &gid, NULL), 0);
}

static void who_does_not_exist_is_not_found(void **state)
{
	static const char *const bad[] = {
		"no-such-user",	   "-1",    "4294967295",     "99999999999999999999",
		"root:no-such",	   "0:-1",  "0:4294967295",   "0x0",
		" root",	   "root ", "root:root:root", "1.5",
		"no\nsuch\x1b[2J",
	};
	struct vprep_node_owner node_owner = { .uid = 77, .gid = 77 };
	struct vprep_error err;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		if (ask(bad[i], NULL, NULL, &node_owner, &err) != -ENOENT)
			fail_msg("'%s' is somebody", bad[i]);
		assert_int_equal(err.code, VPREP_E_NOT_FOUND);
		assert_null(strpbrk(err.message, "\n\x1b"));
	}
	assert_int_equal(node_owner.uid, 77);
}

/* Names are not asked for here: what name services say without files differs. */
static void qemu_user_that_cannot_be_looked_up_is_no_fallback(void **state)
{
	struct vprep_node_owner node_owner = { .uid = 77 };
	struct rlimit before, none;
	struct vprep_error err;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = ask(NULL, NULL, NULL, &node_owner, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EMFILE);
	assert_int_equal(err.code, VPREP_E_FAILED);
	assert_int_equal(node_owner.uid, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_numbers_are_taken),
		TEST(the_configuration_is_the_default),
		TEST(without_any_it_is_qemu_or_root),
		TEST(what_is_malformed_is_refused),
		TEST(a_captured_tree_has_users_of_its_own),
		TEST(who_does_not_exist_is_not_found),
		TEST(qemu_user_that_cannot_be_looked_up_is_no_fallback),
	};

	return cmocka_run_group_tests_name("node-owner", tests, NULL, NULL);
}

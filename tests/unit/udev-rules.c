// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of the host's own beside ours. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define ETC "etc/udev/rules.d/"
#define LATE "99-vfio-prep-iommu_group_7.rules"
#define EARLY "00-vfio-prep-iommu_group_7.rules"

#define FINAL "SUBSYSTEM==\"vfio\", OWNER:=\"root\"\n"
#define PLAIN "SUBSYSTEM==\"vfio\", OWNER=\"root\", MODE=\"0666\"\n"

static void our_rule_holds_against_later_ones(void **state)
{
	static const char *const rows[][2] = {
		{ "etc/udev/rules.d/99-zz-own.rules", FINAL },
		{ "etc/udev/rules.d/99-vfio.rules", FINAL },
		{ "usr/lib/udev/rules.d/50-vendor.rules", PLAIN },
		{ "etc/udev/rules.d/10-own.rules.bak", FINAL },
		{ "etc/udev/rules.d/10-own.rules", "SUBSYSTEM==\"usb\", MODE:=\"1\"\n" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *rule = NULL;

		fake_put(h->fake, 0644, rows[i][1], "%s", rows[i][0]);
		host_remember(h);
		assert_int_equal(host_attach(h, VF), 0);
		rule = fake_get(h->fake, RULES LATE);
		assert_non_null(rule);
		assert_non_null(strstr(rule, "KERNEL==\"7\", OWNER:=\"1234\", "
					     "GROUP:=\"2345\", MODE:=\"0640\""));
		assert_int_equal(host_detach(h, VF), 0);
		host_check_same(h);
		fake_remove(h->fake, "%s", rows[i][0]);
	}
}

static void it_goes_before_one_that_is_final(void **state)
{
	static const char *const rows[] = {
		"etc/udev/rules.d/10-own.rules",
		"usr/local/lib/udev/rules.d/10-own.rules",
		"run/udev/rules.d/98-own.rules",
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		fake_put(h->fake, 0644, FINAL, "%s", rows[i]);
		host_remember(h);
		assert_int_equal(host_attach(h, VF), 0);
		assert_true(fake_has(h->fake, RULES EARLY));
		assert_false(fake_has(h->fake, RULES LATE));
		assert_int_equal(host_detach(h, VF), 0);
		host_check_same(h);
		fake_remove(h->fake, "%s", rows[i]);
		host_remember(h);
	}
}

/* udevd may not accept a user who is none of the system's: it then keeps to what an
 * earlier rule said, unless ours comes first. */
static void before_any_for_a_user_of_the_host_s_own(void **state)
{
	static const struct {
		const char *user;
		const char *file;
	} rows[] = {
		{ "77:78", RULES LATE },
		{ "1000:78", RULES EARLY },
		{ "77:1000", RULES EARLY },
	};
	struct host *h = *state;
	size_t i;

	fake_put(h->fake, 0644, PLAIN, ETC "10-own.rules");
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		assert_int_equal(host_ask(h, VF,
					  (struct vprep_request){ .user = rows[i].user }),
				 0);
		assert_true(fake_has(h->fake, "%s", rows[i].file));
		assert_int_equal(host_detach(h, VF), 0);
		host_check_same(h);
	}
}

static void refused(struct host *h, const char *message)
{
	host_remember(h);
	assert_int_not_equal(host_attach(h, VF), 0);
	assert_int_equal(h->err.code, VPREP_E_REFUSED);
	if (!strstr(h->err.message, message))
		fail_msg("%s", h->err.message);
	host_check_same(h);
}

static void one_that_cannot_be_beaten_is_named(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "# mine\n" FINAL, ETC "00-aaa.rules");
	refused(h, "/etc/udev/rules.d/00-aaa.rules:2 (OWNER:=\"root\")");
	/* hidden by an empty one of the same name: it is not there for udevd */
	fake_remove(h->fake, ETC "00-aaa.rules");
	fake_put(h->fake, 0644, FINAL, "usr/lib/udev/rules.d/00-aaa.rules");
	refused(h, "/usr/lib/udev/rules.d/00-aaa.rules:1");
	fake_put(h->fake, 0644, "", ETC "00-aaa.rules");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

/* What is no file hides none for newer versions of udevd. */
static void what_is_no_file_hides_no_rule(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, FINAL, "usr/lib/udev/rules.d/00-aaa.rules");
	fake_mkdir(h->fake, ETC);
	assert_int_equal(symlinkat("nowhere", h->fake->dir, ETC "00-aaa.rules"), 0);
	refused(h, "/usr/lib/udev/rules.d/00-aaa.rules:1");
	fake_remove(h->fake, ETC "00-aaa.rules");
	assert_int_equal(symlinkat("00-aaa.rules", h->fake->dir, ETC "00-aaa.rules"), 0);
	refused(h, "/usr/lib/udev/rules.d/00-aaa.rules:1");
	fake_remove(h->fake, ETC "00-aaa.rules");
	fake_mkdir(h->fake, ETC "00-aaa.rules");
	refused(h, "/usr/lib/udev/rules.d/00-aaa.rules:1");
	fake_remove(h->fake, ETC "00-aaa.rules");
	assert_int_equal(mkfifoat(h->fake->dir, ETC "00-aaa.rules", 0644), 0);
	refused(h, "/usr/lib/udev/rules.d/00-aaa.rules:1");
}

/* Bytes that are no text, and a size that nobody expects, do not keep udevd from reading.
 */
static void all_of_a_file_is_read(void **state)
{
	static const char text[] = "# x\0" FINAL;
	const size_t size = 2 * 1024 * 1024;
	struct host *h = *state;
	_cleanup_free_ char *big = malloc(size + sizeof(FINAL));

	fake_put_bytes(h->fake, 0644, text, sizeof(text) - 1, ETC "00-aaa.rules");
	refused(h, "/etc/udev/rules.d/00-aaa.rules:2 (OWNER:=\"root\")");
	assert_non_null(big);
	memset(big, '#', size);
	for (size_t i = 99; i < size; i += 100)
		big[i] = '\n';
	big[size - 1] = '\n';
	memcpy(big + size, FINAL, sizeof(FINAL));
	fake_put_bytes(h->fake, 0644, big, size + sizeof(FINAL) - 1, ETC "00-aaa.rules");
	refused(h, "(OWNER:=\"root\")");
}

/* A file of the same name in a folder that has precedence: udevd does not read ours. */
static void one_that_hides_ours_is_named(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "", ETC LATE);
	refused(h, "/etc/udev/rules.d/" LATE);
	fake_remove(h->fake, ETC LATE);
	fake_put(h->fake, 0644, "", "usr/lib/udev/rules.d/" LATE);
	assert_int_equal(host_attach(h, VF), 0);
}

/* However the configuration calls ours. */
static void one_that_hides_ours_is_named_whatever_its_folder_is_called(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "", ETC LATE);
	host_configure(h, "rules-dir = /run/udev/rules.d/\n");
	refused(h, "/etc/udev/rules.d/" LATE);
	fake_mkdir(h->fake, "run/udev/rules.d");
	fake_link(h->fake, "run/udev", "etc/state");
	host_configure(h, "rules-dir = /etc/state/rules.d\n");
	refused(h, "/etc/udev/rules.d/" LATE);
}

/* The plan has it, too, and a device's other node. */
static void the_rule_of_the_device_s_own_node_is_looked_at(void **state)
{
	struct host *h = *state;

	fake_set_cdev(h->fake, true);
	fake_put(h->fake, 0644, "SUBSYSTEM==\"vfio-dev\", MODE:=\"0666\"\n",
		 ETC "00-aaa.rules");
	refused(h, "/etc/udev/rules.d/00-aaa.rules:1 (MODE:=\"0666\")");
}

static struct stat stat_of(struct host *h, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(h->fake->dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* Nobody could write it out again: it has labels and times, too. So it is the same file. */
static void a_file_that_was_there_comes_back_as_it_was(void **state)
{
	struct host *h = *state;
	struct stat before, after;

	fake_put(h->fake, 0640, "# mine\n", RULES LATE);
	if (geteuid() == 0)
		assert_int_equal(fchownat(h->fake->dir, RULES LATE, 12, 34, 0), 0);
	host_remember(h);
	before = stat_of(h, RULES LATE);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_not_equal(stat_of(h, RULES LATE).st_ino, before.st_ino);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
	after = stat_of(h, RULES LATE);
	assert_int_equal(after.st_mode & 07777, 0640);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	assert_int_equal(after.st_ino, before.st_ino);
}

/* Our own file is all that tells of the device when the journals are lost. */
static void it_comes_back_when_the_journal_is_lost(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *rule = NULL;

	fake_put(h->fake, 0640, "# mine\n", RULES LATE);
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, "run/vfio-prep");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(stat_of(h, RULES LATE).st_mode & 07777, 0640);
	rule = fake_get(h->fake, RULES LATE);
	assert_string_equal(rule, "# mine");
	host_leaves(h, VF "/power rules.d");
}

/* Whoever changes our file has the last word; whoever removes it gets his own back. */
static void what_others_do_to_our_file_is_respected(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *rule = NULL;

	fake_put(h->fake, 0640, "# mine\n", RULES LATE);
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, RULES LATE);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);

	assert_int_equal(host_attach(h, VF), 0);
	fake_put(h->fake, 0600, "# other\n", RULES LATE);
	assert_int_equal(host_detach(h, VF), 0);
	rule = fake_get(h->fake, RULES LATE);
	assert_string_equal(rule, "# other");
	fake_put(h->fake, 0640, "# mine\n", RULES LATE);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(our_rule_holds_against_later_ones),
		HOST_TEST(it_goes_before_one_that_is_final),
		HOST_TEST(before_any_for_a_user_of_the_host_s_own),
		HOST_TEST(one_that_cannot_be_beaten_is_named),
		HOST_TEST(one_that_hides_ours_is_named_whatever_its_folder_is_called),
		HOST_TEST(one_that_hides_ours_is_named),
		HOST_TEST(what_is_no_file_hides_no_rule),
		HOST_TEST(all_of_a_file_is_read),
		HOST_TEST(a_file_that_was_there_comes_back_as_it_was),
		HOST_TEST(it_comes_back_when_the_journal_is_lost),
		HOST_TEST(what_others_do_to_our_file_is_respected),
		HOST_TEST(the_rule_of_the_device_s_own_node_is_looked_at),
	};

	return cmocka_run_group_tests_name("udev-rules", tests, NULL, NULL);
}

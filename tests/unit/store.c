// SPDX-License-Identifier: GPL-2.0-or-later
/* The folder of journals: it is ours alone, one works on it at a time, and it goes when
 * it is empty. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "fake-test.h"
#include "journal/journal.h"

#define FOLDER "run/vfio-prep"

static struct vprep_store *lock(void)
{
	struct vprep_store *store;
	struct vprep_error err;

	if (vprep_store_lock(io, true, &store, &err) < 0)
		fail_msg("%s", err.message);
	return store;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(fake->dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void the_folder_has_private_parts_and_goes_when_empty(void **state)
{
	_cleanup_free_ char *before = fake_snapshot(fake), *after = NULL;
	struct vprep_store *store = lock();

	(void)state;
	assert_int_equal(mode_of(FOLDER), 0711);
	assert_int_equal(mode_of(FOLDER "/owners"), 0700);
	assert_int_equal(mode_of(FOLDER "/lock"), 0600);
	vprep_store_unlock(io, store);
	after = fake_snapshot(fake);
	assert_string_equal(before, after);
}

static void the_folder_stays_while_an_owner_is_in_it(void **state)
{
	struct vprep_store *store = lock();

	(void)state;
	fake_put(fake, 0600, "", FOLDER "/owners/manual.jsonl");
	vprep_store_unlock(io, store);
	assert_true(fake_has(fake, FOLDER "/owners/manual.jsonl"));
	store = lock();
	fake_remove(fake, FOLDER "/owners/manual.jsonl");
	vprep_store_unlock(io, store);
	assert_false(fake_has(fake, FOLDER));
}

static void readers_make_nothing(void **state)
{
	struct vprep_store *store = (struct vprep_store *)1;

	(void)state;
	assert_int_equal(vprep_store_open(io, &store, NULL), -ENOENT);
	assert_int_equal(vprep_store_lock(io, false, &store, NULL), -ENOENT);
	assert_ptr_equal(store, (struct vprep_store *)1);
	assert_false(fake_has(fake, FOLDER));
}

static void refuse(int want)
{
	struct vprep_store *store;
	struct vprep_error err = { 0 };

	assert_int_equal(vprep_store_lock(io, true, &store, &err), want);
	assert_int_equal(err.code, VPREP_E_REFUSED);
	assert_non_null(strstr(err.message, "/run/vfio-prep"));
	assert_int_equal(vprep_store_open(io, &store, &err), want);
	assert_int_equal(err.code, VPREP_E_REFUSED);
}

static void a_folder_that_others_can_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0777, 0770, 0702, 01777 };
	size_t i;

	(void)state;
	fake_mkdir(fake, FOLDER "/owners");
	for (i = 0; i < VPREP_ARRAY_SIZE(modes); i++) {
		assert_int_equal(fchmodat(fake->dir, FOLDER, modes[i], 0), 0);
		refuse(-EPERM);
	}
	assert_int_equal(fchmodat(fake->dir, FOLDER, 0700, 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(fchownat(fake->dir, FOLDER, 1234, 0, 0), 0);
		refuse(-EPERM);
		assert_int_equal(fchownat(fake->dir, FOLDER, 0, 0, 0), 0);
	}
	vprep_store_unlock(io, lock());
}

static void a_link_is_not_followed(void **state)
{
	(void)state;
	fake_mkdir(fake, "run/elsewhere/owners");
	assert_int_equal(symlinkat("elsewhere", fake->dir, FOLDER), 0);
	refuse(-EPERM);
	fake_remove(fake, FOLDER);
	assert_int_equal(symlinkat("nowhere", fake->dir, FOLDER), 0);
	refuse(-EPERM);
	fake_remove(fake, FOLDER);
	fake_put(fake, 0600, "", FOLDER);
	refuse(-EPERM);
	fake_remove(fake, FOLDER);
	fake_mkdir(fake, FOLDER);
	assert_int_equal(fchmodat(fake->dir, FOLDER, 0700, 0), 0);
	assert_int_equal(symlinkat("../elsewhere/owners", fake->dir, FOLDER "/owners"),
			 0);
	refuse(-ENOTDIR);
	assert_true(fake_has(fake, "run/elsewhere/owners"));
}

static void a_host_without_run_is_refused(void **state)
{
	struct vprep_store *store;
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		alarm(5); /* it must not try for ever */
		close(io->root[VPREP_RUN]);
		io->root[VPREP_RUN] = -1;
		_exit(vprep_store_lock(io, true, &store, NULL) < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void temporary_files_of_a_crash_are_removed(void **state)
{
	struct vprep_store *store = lock();

	(void)state;
	fake_put(fake, 0600, "x", FOLDER "/owners/.manual.jsonl.tmp");
	vprep_store_unlock(io, store);
	assert_false(fake_has(fake, FOLDER));
}

static void one_works_at_a_time(void **state)
{
	struct vprep_store *store = lock();
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct vprep_io *own = fake_io(fake);
		struct vprep_store *mine;

		if (vprep_store_lock(own, true, &mine, NULL) < 0)
			_exit(1);
		fake_put(fake, 0600, "", "run/got-it");
		_exit(0);
	}
	vprep_sleep_ms(200);
	assert_false(fake_has(fake, "run/got-it"));
	vprep_store_unlock(io, store); /* removes the folder that the other waits for */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(fake_has(fake, "run/got-it"));
	assert_true(fake_has(fake, FOLDER "/lock")); /* made anew */
}

/* Each comes, sees nobody else, and goes; the folder vanishes in between. */
static void many_come_and_go(void **state)
{
	int i, k, status;

	(void)state;
	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			struct vprep_io *own = fake_io(fake);
			struct vprep_store *store;

			for (k = 0; k < 50; k++) {
				if (vprep_store_lock(own, true, &store, NULL) < 0)
					_exit(1);
				if (openat(fake->dir, "run/inside",
					   O_CREAT | O_EXCL | O_RDWR, 0600) < 0)
					_exit(2);
				unlinkat(fake->dir, "run/inside", 0);
				vprep_store_unlock(own, store);
			}
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_false(fake_has(fake, FOLDER));
}

static void a_list_has_journals_only(void **state)
{
	struct vprep_store *store = lock();
	_cleanup_strv_ char **ids = NULL;

	(void)state;
	fake_put(fake, 0600, "", FOLDER "/owners/b.jsonl");
	fake_put(fake, 0600, "", FOLDER "/owners/a%%2Fb.jsonl");
	fake_put(fake, 0600, "", FOLDER "/owners/%%41.jsonl");
	fake_put(fake, 0600, "", FOLDER "/owners/README");
	fake_put(fake, 0600, "", FOLDER "/owners/.b.jsonl.tmp");
	assert_int_equal(vprep_store_list(store, &ids), 0);
	assert_int_equal(vprep_strv_len(ids), 2);
	assert_string_equal(ids[0], "a/b");
	assert_string_equal(ids[1], "b");
	vprep_store_unlock(io, store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(the_folder_has_private_parts_and_goes_when_empty),
		FAKE_TEST(the_folder_stays_while_an_owner_is_in_it),
		FAKE_TEST(readers_make_nothing),
		FAKE_TEST(a_folder_that_others_can_write_is_refused),
		FAKE_TEST(a_link_is_not_followed),
		FAKE_TEST(a_host_without_run_is_refused),
		FAKE_TEST(temporary_files_of_a_crash_are_removed),
		FAKE_TEST(one_works_at_a_time),
		FAKE_TEST(many_come_and_go),
		FAKE_TEST(a_list_has_journals_only),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "io/io.h"
#include "journal/journal.h"

#define LONG 100000

static bool no_memory;

/* In place of the C library's. */
ssize_t getdents64(int fd, void *entries, size_t len)
{
	ssize_t (*real)(int, void *, size_t) =
		(__typeof__(real))dlsym(RTLD_NEXT, "getdents64");

	errno = ENOMEM;
	return no_memory ? -1 : real(fd, entries, len);
}

static int without_memory(void **state)
{
	no_memory = true;
	return test_begin(state);
}

static int with_memory(void **state)
{
	no_memory = false;
	return test_end(state);
}

static int file_with(size_t len)
{
	_cleanup_free_ char *text = malloc(len);
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_non_null(text);
	memset(text, 'x', len);
	assert_int_equal(write(fd, text, len), len);
	return fd;
}

static void a_file_is_read_from_its_beginning(void **state)
{
	_cleanup_close_ int fd = file_with(LONG);
	_cleanup_free_ char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(vprep_file_read(fd, LONG, &text, &len), 0);
	assert_int_equal(len, LONG);
	assert_int_equal(strlen(text), LONG);
}

static void a_file_above_the_limit_is_not_read(void **state)
{
	_cleanup_close_ int fd = file_with(LONG), null = open("/dev/null", O_RDONLY);
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(vprep_file_read(fd, LONG - 1, &text, &len), -EFBIG);
	assert_int_equal(vprep_file_read(null, LONG, &text, &len), -EINVAL);
}

static void a_pipe_is_read_to_its_end_or_up_to_the_limit(void **state)
{
	_cleanup_free_ char *text = NULL, *rest = NULL;
	size_t len;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "one two", 7), 7);
	close(pipes[1]);
	assert_int_equal(vprep_fd_read(pipes[0], 3, &text, &len), 0);
	assert_string_equal(text, "one");
	assert_int_equal(vprep_fd_read(pipes[0], 100, &rest, &len), 0);
	assert_string_equal(rest, " two");
	assert_int_equal(len, 4);
	close(pipes[0]);
	assert_int_equal(vprep_fd_read(pipes[0], 100, &rest, &len), -EBADF);
}

static void the_names_in_a_directory_can_be_read_again(void **state)
{
	char template[] = "/tmp/names-XXXXXX";
	char **names;
	int dir, i;

	(void)state;
	assert_non_null(mkdtemp(template));
	dir = open(template, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(mkdirat(dir, ".dotted", 0700), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(lseek(dir, 0, SEEK_SET), 0);
		assert_int_equal(vprep_dir_names(dir, &names), 0);
		assert_string_equal(names[0], ".dotted");
		assert_null(names[1]);
		vprep_strv_free(names);
	}
	assert_int_equal(unlinkat(dir, ".dotted", AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(template), 0);
	assert_int_equal(vprep_dir_names(dir, &names), -ENOENT);
	close(dir);
}

static void what_is_no_directory_has_no_names(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char **names;

	(void)state;
	assert_int_equal(vprep_dir_names(fd, &names), -ENOTDIR);
	close(fd);
}

/* As one who waits for the lock is interrupted in the moment in which he gets it. */
static int interrupted(int fd, void *data)
{
	const int *holder = data;

	(void)fd;
	close(*holder);
	return -EINTR;
}

/* Only who made a file takes it away when he cannot lock it. */
static void a_file_that_is_not_locked_stays_as_it_was(void **state)
{
	char template[] = "/tmp/lock-XXXXXX";
	int dir, holder = -1, fd;

	(void)state;
	assert_non_null(mkdtemp(template));
	dir = open(template, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(vprep_file_lock(dir, "lock", false, NULL, NULL, &fd), -ENOENT);
	assert_int_equal(vprep_file_lock(dir, "lock", true, NULL, NULL, &holder), 0);
	assert_int_equal(vprep_file_lock(dir, "lock", true, interrupted, &holder, &fd),
			 -EINTR);
	assert_int_equal(unlinkat(dir, "lock", 0), 0);
	assert_int_equal(rmdir(template), 0);
	close(dir);
}

static void a_file_is_made_once_as_a_whole(void **state)
{
	char path[] = "/tmp/vfio-prep-file.XXXXXX";
	_cleanup_close_ int dir = -1;
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *text = NULL;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(vprep_file_create(dir, "a.conf", "one\n", 0644), 0);
	assert_int_equal(vprep_file_create(dir, "a.conf", "two\n", 0644), -EEXIST);
	assert_int_equal(vprep_file_read_at(dir, "a.conf", 100, &text), 0);
	assert_string_equal(text, "one\n");
	assert_int_equal(fstatat(dir, "a.conf", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(vprep_dir_names(dir, &names), 0);
	assert_string_equal(names[0], "a.conf");
	assert_null(names[1]);
	assert_int_equal(unlinkat(dir, "a.conf", 0), 0);
	assert_int_equal(rmdir(path), 0);
}

/* Each closes the fd that it opened or was given. */
static void without_memory_for_a_directory_no_fd_is_left(void **state)
{
	struct vprep_store store = { .owners = open("/", O_RDONLY | O_CLOEXEC) };
	char **names;

	(void)state;
	assert_int_equal(vprep_io_list_fd(dup(store.owners), &names), -ENOMEM);
	assert_int_equal(vprep_store_list(&store, &names), -ENOMEM);
	close(store.owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_read_from_its_beginning),
		TEST(a_file_above_the_limit_is_not_read),
		TEST(a_pipe_is_read_to_its_end_or_up_to_the_limit),
		TEST(the_names_in_a_directory_can_be_read_again),
		TEST(what_is_no_directory_has_no_names),
		TEST(a_file_that_is_not_locked_stays_as_it_was),
		TEST(a_file_is_made_once_as_a_whole),
		cmocka_unit_test_setup_teardown(
			without_memory_for_a_directory_no_fd_is_left, without_memory,
			with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/str.h"
#include "fake-test.h"

static void check_read(const char *content, const char *want)
{
	_cleanup_free_ char *text = NULL;

	fake_put(fake, 0644, content, "sys/file");
	assert_int_equal(vprep_io_read(io, VPREP_SYS, &text, "%s", "file"), 0);
	assert_string_equal(text, want);
}

/* An answer that leaves the output alone. */
static void check_read_fails(const char *path, int r)
{
	char *text = (char *)1;

	assert_int_equal(vprep_io_read(io, VPREP_SYS, &text, "%s", path), r);
	assert_ptr_equal(text, 1);
}

static void a_read_drops_one_newline(void **state)
{
	(void)state;
	check_read("a\n", "a");
	check_read("a", "a");
	check_read("a\n\n", "a\n");
	check_read("\n", "");
	check_read("", "");
	check_read(" a b \n", " a b ");
}

static void put_size(const char *path, size_t size)
{
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'x', size);
	fake_put_bytes(fake, 0644, text, size, "%s", path);
	free(text);
}

static void reads_are_bounded(void **state)
{
	_cleanup_free_ char *text = NULL, *table = NULL, *none = NULL;

	(void)state;
	put_size("sys/file", 64 * 1024);
	assert_int_equal(vprep_io_read(io, VPREP_SYS, &text, "file"), 0);
	assert_int_equal(strlen(text), 64 * 1024);
	put_size("sys/file", 64 * 1024 + 1);
	check_read_fails("file", -EFBIG);
	assert_int_equal(vprep_io_read_table(io, VPREP_SYS, &table, "file"), 0);
	assert_int_equal(strlen(table), 64 * 1024 + 1);
	put_size("sys/file", 16 * 1024 * 1024 + 1);
	assert_int_equal(vprep_io_read_table(io, VPREP_SYS, &none, "file"), -EFBIG);
}

static void a_nul_byte_ends_the_text(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	fake_put_bytes(fake, 0644, "a\0b\n", 4, "sys/file");
	assert_int_equal(vprep_io_read(io, VPREP_SYS, &text, "file"), 0);
	assert_string_equal(text, "a");
}

static void what_is_no_file_fails(void **state)
{
	(void)state;
	fake_put(fake, 0644, "", "sys/file");
	check_read_fails("none", -ENOENT);
	check_read_fails("file/none", -ENOTDIR);
	check_read_fails("bus", -EISDIR);
}

static void put_link(const char *target, const char *name)
{
	_cleanup_free_ char *path = vprep_strf("%s/%s", fake->path, name);

	assert_int_equal(symlink(target, path), 0);
}

static void links_of_a_captured_tree_stay_in_their_root(void **state)
{
	static const char *const out[] = { "/etc/passwd", "../run/secret", "/", "..",
					   "bus/../../run/secret" };
	_cleanup_strv_ char **names = NULL;
	size_t i;

	(void)state;
	io->live = false;
	fake_put(fake, 0644, "secret", "run/secret");
	for (i = 0; i < VPREP_ARRAY_SIZE(out); i++) {
		put_link(out[i], "sys/out");
		check_read_fails("out", -EXDEV);
		assert_int_equal(vprep_io_open(io, VPREP_SYS, O_RDONLY, "out"), -EXDEV);
		assert_int_equal(vprep_io_list(io, VPREP_SYS, &names, "out"), -EXDEV);
		assert_int_equal(vprep_io_exists(io, VPREP_SYS, "out"), -EXDEV);
		fake_remove(fake, "sys/out");
	}
	check_read_fails("../run/secret", -EXDEV);
	check_read_fails("/etc/passwd", -EXDEV);
	fake_put(fake, 0644, "inside", "sys/bus/inside");
	put_link("../sys/bus/inside", "sys/in-and-out");
	check_read_fails("in-and-out", -EXDEV);
}

static void links_within_a_root_are_followed(void **state)
{
	_cleanup_free_ char *text = NULL, *target = NULL, *name = NULL;

	(void)state;
	fake_put(fake, 0644, "inside\n", "sys/devices/x/file");
	put_link("../../devices/x", "sys/bus/pci/x");
	assert_int_equal(vprep_io_read(io, VPREP_SYS, &text, "bus/pci/x/file"), 0);
	assert_string_equal(text, "inside");
	assert_int_equal(vprep_io_readlink(io, VPREP_SYS, &target, "bus/pci/x"), 0);
	assert_string_equal(target, "../../devices/x");
	assert_int_equal(vprep_io_link_name(io, VPREP_SYS, &name, "bus/pci/x"), 0);
	assert_string_equal(name, "x");
}

/* I2 holds for the folders on the way to a link, too, where they are not the kernel's. */
static void a_link_of_a_captured_tree_is_not_read_outside_its_root(void **state)
{
	_cleanup_(vprep_io_freep) struct vprep_io *captured = NULL;
	char *target = NULL;
	int r;

	(void)state;
	put_link("somewhere", "run/link");
	put_link("../run", "sys/out");
	assert_int_equal(vprep_io_new_at(fake->path, false, &vprep_fake_ops, &captured),
			 0);
	r = vprep_io_readlink(captured, VPREP_SYS, &target, "out/link");
	free(target);
	assert_int_equal(r, -EXDEV);
}

static void an_absent_link_is_not_found(void **state)
{
	char *target = NULL;

	(void)state;
	fake_put(fake, 0644, "", "sys/file");
	assert_int_equal(vprep_io_readlink(io, VPREP_SYS, &target, "none"), -ENOENT);
	assert_int_equal(vprep_io_link_name(io, VPREP_SYS, &target, "none"), -ENOENT);
	assert_int_equal(vprep_io_readlink(io, VPREP_SYS, &target, "file"), -EINVAL);
	assert_null(target);
}

static void numbers_are_whole_attributes(void **state)
{
	static const struct {
		const char *content;
		unsigned base;
		int r;
		uint64_t want;
	} cases[] = {
		{ "12\n", 10, 0, 12 },
		{ "0x8086\n", 16, 0, 0x8086 },
		{ "8086", 16, 0, 0x8086 },
		{ "0x12\n", 10, -EINVAL, 0 },
		{ "", 10, -EINVAL, 0 },
		{ "12 \n", 10, -EINVAL, 0 },
		{ "12\n13\n", 10, -EINVAL, 0 },
		{ "-1\n", 10, -EINVAL, 0 },
		{ "0x", 16, -EINVAL, 0 },
		{ "0x0x1", 16, -EINVAL, 0 },
		{ "99999999999999999999", 10, -ERANGE, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		uint64_t n = 77;

		fake_put(fake, 0644, cases[i].content, "sys/file");
		assert_int_equal(vprep_io_read_u64(io, VPREP_SYS, cases[i].base, &n,
						   "file"),
				 cases[i].r);
		assert_int_equal(n, cases[i].r ? 77 : cases[i].want);
	}
}

static void bytes_are_all_or_nothing(void **state)
{
	char bytes[4] = "";

	(void)state;
	fake_put(fake, 0644, "abcdef", "sys/file");
	assert_int_equal(vprep_io_read_bytes(io, VPREP_SYS, 2, bytes, 4, "file"), 0);
	assert_memory_equal(bytes, "cdef", 4);
	assert_int_equal(vprep_io_read_bytes(io, VPREP_SYS, 3, bytes, 4, "file"), -EIO);
	assert_int_equal(vprep_io_read_bytes(io, VPREP_SYS, 0, bytes, 4, "none"),
			 -ENOENT);
}

static void lists_are_sorted_without_dotted_names(void **state)
{
	_cleanup_strv_ char **names = NULL, **empty = NULL;

	(void)state;
	fake_mkdir(fake, "sys/list/b");
	fake_put(fake, 0644, "", "sys/list/a");
	fake_put(fake, 0644, "", "sys/list/.hidden");
	put_link("nowhere", "sys/list/c");
	fake_mkdir(fake, "sys/empty");
	assert_int_equal(vprep_io_list(io, VPREP_SYS, &names, "list"), 0);
	assert_int_equal(vprep_strv_len(names), 3);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "c");
	assert_int_equal(vprep_io_list(io, VPREP_SYS, &empty, "empty"), 0);
	assert_non_null(empty);
	assert_null(empty[0]);
}

static void what_is_no_folder_has_no_list(void **state)
{
	char **names = NULL;

	(void)state;
	fake_put(fake, 0644, "", "sys/file");
	assert_int_equal(vprep_io_list(io, VPREP_SYS, &names, "none"), -ENOENT);
	assert_int_equal(vprep_io_list(io, VPREP_SYS, &names, "file"), -ENOTDIR);
	assert_null(names);
}

static void existence_follows_links(void **state)
{
	(void)state;
	fake_put(fake, 0644, "", "sys/file");
	put_link("file", "sys/good");
	put_link("none", "sys/dangling");
	assert_int_equal(vprep_io_exists(io, VPREP_SYS, "file"), 1);
	assert_int_equal(vprep_io_exists(io, VPREP_SYS, "good"), 1);
	assert_int_equal(vprep_io_exists(io, VPREP_SYS, "dangling"), 0);
	assert_int_equal(vprep_io_exists(io, VPREP_SYS, "file/below"), 0);
	assert_int_equal(vprep_io_exists(io, VPREP_SYS, "none"), 0);
}

static void a_missing_root_is_empty(void **state)
{
	struct vprep_io *part;
	char *text = NULL, **names = NULL;

	(void)state;
	fake_remove(fake, "proc");
	assert_int_equal(vprep_io_new_at(fake->path, false, &vprep_fake_ops, &part), 0);
	assert_int_equal(vprep_io_read(part, VPREP_PROC, &text, "mounts"), -ENOENT);
	assert_int_equal(vprep_io_readlink(part, VPREP_PROC, &text, "self"), -ENOENT);
	assert_int_equal(vprep_io_list(part, VPREP_PROC, &names, "."), -ENOENT);
	assert_int_equal(vprep_io_exists(part, VPREP_PROC, "mounts"), 0);
	vprep_io_free(part);
	assert_int_equal(vprep_io_new_at("/no/such", false, &vprep_fake_ops, &part),
			 -ENOENT);
}

static void a_captured_tree_is_not_written(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct vprep_io *captured;

	(void)state;
	fake_put(fake, 0644, "before", "sys/file");
	assert_int_equal(vprep_io_new_at(fake->path, false, &vprep_fake_ops, &captured),
			 0);
	assert_int_equal(vprep_io_write(captured, "after", "file"), -EROFS);
	vprep_io_free(captured);
	text = fake_get(fake, "sys/file");
	assert_string_equal(text, "before");
}

/* In a child: a test that hangs helps nobody. */
static void a_fifo_in_a_captured_tree_does_not_block(void **state)
{
	_cleanup_free_ char *path = vprep_strf("%s/sys/fifo", fake->path);
	struct vprep_io *captured;
	char *text = NULL;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	pid = fork();
	if (pid == 0) {
		alarm(2);
		if (vprep_io_new_at(fake->path, false, &vprep_fake_ops, &captured) < 0)
			_exit(1);
		vprep_io_read(captured, VPREP_SYS, &text, "fifo");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFSIGNALED(status));
}

/* The kernel does not resolve ".." meanwhile, wherever on the host that is. */
static void what_is_renamed_elsewhere_does_not_stop_a_captured_tree(void **state)
{
	struct vprep_io *captured;
	char *text = NULL;
	unsigned i;
	pid_t pid;

	(void)state;
	fake_put(fake, 0644, "here", "sys/a/file");
	put_link("a/../a", "sys/b");
	fake_put(fake, 0644, "", "run/x");
	pid = fork();
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (pid == 0) {
		renameat(fake->dir, "run/x", fake->dir, "run/y");
		renameat(fake->dir, "run/y", fake->dir, "run/x");
	}
	assert_int_equal(vprep_io_new_at(fake->path, false, &vprep_fake_ops, &captured),
			 0);
	for (i = 0; i < 100000; i++) {
		assert_int_equal(vprep_io_read(captured, VPREP_SYS, &text, "b/file"), 0);
		free(text);
	}
	vprep_io_free(captured);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void a_node_gets_its_owner_and_mode(void **state)
{
	uid_t uid = getuid() == 0 ? 123 : getuid();
	gid_t gid = getuid() == 0 ? 456 : getgid();
	struct stat st;

	(void)state;
	fake_put(fake, 0600, "", "dev/vfio/12");
	assert_int_equal(vprep_io_node_set(io, uid, gid, 0660, "vfio/%d", 12), 0);
	assert_int_equal(vprep_io_node_stat(io, &st, "vfio/%d", 12), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(vprep_io_node_set(io, uid, gid, 0660, "vfio/13"), -ENOENT);
	assert_int_equal(vprep_io_node_stat(io, &st, "vfio/13"), -ENOENT);
}

static void a_node_is_not_set_through_a_link(void **state)
{
	struct stat st;

	(void)state;
	fake_put(fake, 0600, "", "dev/vfio/12");
	put_link("12", "dev/vfio/13");
	put_link("vfio", "dev/other");
	assert_int_equal(vprep_io_node_set(io, getuid(), getgid(), 0666, "vfio/13"),
			 -ELOOP);
	assert_int_equal(vprep_io_node_set(io, getuid(), getgid(), 0666, "vfio"), -ELOOP);
	assert_int_equal(vprep_io_node_stat(io, &st, "vfio/12"), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* Of the real kernel: since Linux 6.0 fstat(2) of that folder fails, too. */
static void the_open_files_of_a_process_that_has_ended_are_gone(void **state)
{
	char path[64], **names;
	pid_t child = fork();
	int fd;

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)child);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(vprep_io_list_fd(fd, &names), -ENOENT);
}

/* In a network namespace of its own: 0, or what was wrong. */
static int add_labelled_address(void)
{
	struct ifreq request = { .ifr_name = "lo:vip" };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(0xc0000201) };
	struct vprep_io_address *found = NULL;
	size_t n = 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool same;

	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &request) < 0)
		return 1;
	close(fd);
	if (vprep_io_kernel_ops.addresses(NULL, &found, &n) < 0)
		return 2;
	same = n == 1 && streq(found[0].interface, "lo") &&
	       streq(found[0].text, "192.0.2.1");
	free(found);
	return same ? 0 : 3;
}

/* Of the real kernel: an address may have a label, which getifaddrs(3) gives instead of
 * the interface. */
static void a_labelled_address_is_its_interfaces(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ? 77 : add_labelled_address());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* However the configuration writes it. */
static void the_folders_that_were_made_are_removed(void **state)
{
	static const char *const ways[] = { "/run/made/rules.d", "/run/made/rules.d/",
					    "/run//made/rules.d//" };
	_cleanup_free_ char *before = fake_snapshot(fake);
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++) {
		_cleanup_free_ char *topmost = NULL, *after = NULL;
		_cleanup_close_ int fd = -1;

		assert_int_equal(vprep_io_host_dir_missing(io, ways[i], &topmost), 0);
		assert_non_null(topmost);
		assert_int_equal(vprep_io_host_dir(io, ways[i], true, &fd), 0);
		vprep_io_host_dir_remove(io, ways[i], topmost);
		after = fake_snapshot(fake);
		assert_string_equal(after, before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(a_read_drops_one_newline),
		FAKE_TEST(reads_are_bounded),
		FAKE_TEST(a_nul_byte_ends_the_text),
		FAKE_TEST(what_is_no_file_fails),
		FAKE_TEST(links_of_a_captured_tree_stay_in_their_root),
		FAKE_TEST(links_within_a_root_are_followed),
		FAKE_TEST(a_link_of_a_captured_tree_is_not_read_outside_its_root),
		FAKE_TEST(an_absent_link_is_not_found),
		FAKE_TEST(numbers_are_whole_attributes),
		FAKE_TEST(the_open_files_of_a_process_that_has_ended_are_gone),
		FAKE_TEST(bytes_are_all_or_nothing),
		FAKE_TEST(lists_are_sorted_without_dotted_names),
		FAKE_TEST(what_is_no_folder_has_no_list),
		FAKE_TEST(existence_follows_links),
		FAKE_TEST(a_missing_root_is_empty),
		FAKE_TEST(a_captured_tree_is_not_written),
		FAKE_TEST(a_fifo_in_a_captured_tree_does_not_block),
		FAKE_TEST(what_is_renamed_elsewhere_does_not_stop_a_captured_tree),
		FAKE_TEST(a_node_gets_its_owner_and_mode),
		FAKE_TEST(a_node_is_not_set_through_a_link),
		FAKE_TEST(a_labelled_address_is_its_interfaces),
		FAKE_TEST(the_folders_that_were_made_are_removed),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}

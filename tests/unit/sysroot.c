// SPDX-License-Identifier: GPL-2.0-or-later
/* A tree for --sysroot that somebody else made: nothing in it leads out of it, and
 * nothing in it is waited for. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/str.h"
#include "host/mdevctl.h"
#include "io/within.h"
#include "tree.h"

#define NIC "devices/pci0000:00/0000:00:03.0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define SECONDS 20 /* for what should take some milliseconds */

static struct tree *tree, *outside;

static void fill(struct tree *t)
{
	tree_device(t, "bus/pci/devices", "0000:00:03.0", "devices/pci0000:00");
	tree_file(t, "PCI_CLASS=20000\nPCI_SLOT_NAME=0000:00:03.0\n",
		  "sys/" NIC "/uevent");
	tree_file(t, "0x020000\n", "sys/" NIC "/class");
	tree_file(t, "0x8086\n", "sys/" NIC "/vendor");
	tree_file(t, "0x10c9\n", "sys/" NIC "/device");
	tree_file(t, "pci:v00008086d000010C9sv0sd0bc02sc00i00\n", "sys/" NIC "/modalias");
	tree_file(t, "\x86\x80\xc9\x10", "sys/" NIC "/config");
	tree_file(t, "vpd", "sys/" NIC "/vpd");
	tree_link(t, "../../../kernel/iommu_groups/7", "sys/" NIC "/iommu_group");
	tree_link(t, "../../../../devices/pci0000:00/0000:00:03.0",
		  "sys/kernel/iommu_groups/7/devices/0000:00:03.0");
	tree_file(t, "DMA\n", "sys/kernel/iommu_groups/7/type");
	tree_file(t, "", "proc/mounts");
	tree_file(t, "", "proc/swaps");
	tree_file(t, "", "proc/self/mountinfo");
	tree_file(t, "", "proc/net/ipv6_route");
	tree_file(t, "", "proc/cmdline");
	tree_file(t, "qemu\n", "proc/12/comm");
	tree_file(t, "qemu", "proc/12/cmdline");
	tree_file(t, "12 (qemu) S", "proc/12/stat");
	tree_file(t, "E:ID_TYPE=x\n", "run/udev/data/+pci:0000:00:03.0");
	tree_file(t, "{}\n", "run/vfio-prep/owners/guest.jsonl");
	tree_file(t, "{ \"mdev_type\": \"t\" }", "etc/mdevctl.d/0000:00:03.0/" UUID);
	tree_file(t, "x", "run/udev/rules.d/90-vfio-prep.rules");
}

static int begin(void **state)
{
	(void)state;
	outside = tree_new();
	tree = tree_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	tree_free(tree);
	tree_free(outside);
	return 0;
}

static struct vprep_session *open_tree(void)
{
	struct vprep_options options = { .sysroot = tree->dir };
	struct vprep_session *session = NULL;

	assert_int_equal(vprep_session_new(&options, &session, NULL), 0);
	return session;
}

static size_t count_devices(void)
{
	static const char *const pci[] = { "pci", NULL };
	const struct vprep_node_filter filter = { .capabilities = pci };
	struct vprep_session *session = open_tree();
	struct vprep_node_devices *list = NULL;
	size_t n;

	assert_int_equal(vprep_node_devices(session, &filter, &list, NULL), 0);
	n = list->n;
	vprep_node_devices_free(list);
	vprep_session_free(session);
	return n;
}

static void a_root_that_is_a_link_stays_in_the_tree(void **state)
{
	_cleanup_free_ char *sys = vprep_strf("%s/sys", outside->dir);
	_cleanup_free_ char *up = vprep_strf("../../../../../../..%s", sys);

	(void)state;
	fill(outside);
	tree_remove(tree, "sys");
	tree_link(tree, sys, "sys");
	assert_int_equal(count_devices(), 0);
	tree_remove(tree, "sys");
	tree_link(tree, up, "sys");
	assert_int_equal(count_devices(), 0);
	tree_remove(tree, "sys");
	fill(tree);
	assert_int_equal(count_devices(), 1);
}

static void folders_of_the_host_stay_in_the_tree(void **state)
{
	static const char *const links[] = { "etc", "etc/mdevctl.d",
					     "etc/mdevctl.d/0000:00:03.0",
					     "etc/mdevctl.d/0000:00:03.0/" UUID };
	struct vprep_mdevctl found = { 0 };
	struct vprep_io *io;
	size_t i;
	int fd = -1;

	(void)state;
	fill(outside);
	assert_int_equal(vprep_io_new_at(tree->dir, false, &vprep_io_kernel_ops, &io), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(links); i++) {
		_cleanup_free_ char *target = vprep_strf("%s/%s", outside->dir, links[i]);

		tree_link(tree, target, "%s", links[i]);
		assert_true(vprep_mdevctl_find(io, UUID, &found, NULL) < 0);
		tree_remove(tree, links[i]);
	}
	tree_remove(tree, "run");
	tree_link(tree, outside->dir, "run");
	assert_int_equal(vprep_io_host_dir(io, "/run/etc", false, &fd), -ENOENT);
	vprep_io_free(io);
}

/* All that looks at a host; what comes of it does not matter. */
static void look(void)
{
	static const char *names[] = { "0000:00:03.0", NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_session *session = open_tree();
	struct vprep_node_devices *list = NULL;
	struct vprep_diagnoses *diagnoses = NULL;
	struct vprep_mdevctl found = { 0 };
	struct vprep_reasons *reasons = NULL;
	struct vprep_status *status = NULL;
	struct vprep_groups *groups = NULL;
	struct vprep_error err = { 0 };
	struct vprep_io *io = NULL;
	size_t i;

	if (vprep_check(session, &request, &reasons, &err) == 0)
		vprep_reasons_free(reasons);
	if (vprep_groups(session, &groups, &err) == 0)
		vprep_groups_free(groups);
	if (vprep_status(session, &status, &err) == 0)
		vprep_status_free(status);
	if (vprep_doctor(session, &diagnoses, &err) == 0)
		vprep_diagnoses_free(diagnoses);
	if (vprep_node_devices(session, NULL, &list, &err) == 0) {
		for (i = 0; i < list->n; i++) {
			char *xml = NULL;

			if (vprep_node_device_describe(session, list->items[i].name,
						       VPREP_NODE_XML, &xml, &err) == 0)
				free(xml);
		}
		vprep_node_devices_free(list);
	}
	vprep_session_free(session);
	assert_int_equal(vprep_io_new_at(tree->dir, false, &vprep_io_kernel_ops, &io), 0);
	if (vprep_mdevctl_find(io, UUID, &found, &err) == 0)
		vprep_mdevctl_done(&found);
	vprep_io_free(io);
}

/* In a child, which the alarm ends: a test that hangs helps nobody. */
static void expect_in_time(void (*work)(void), const char *what)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(SECONDS);
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("%s: %s", what,
			 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "failed");
}

static void make_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0666), 0);
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_free_ char *name = strdup(strrchr(path, '/') + 1);
	_cleanup_free_ char *dir = strndup(path, strlen(path) - strlen(name));
	_cleanup_close_ int was = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* whose name may be longer than an address */
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fchdir(was), 0);
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0777), 0);
}

static void make_loop(const char *path)
{
	assert_int_equal(symlink(path, path), 0);
}

static void make_endless(const char *path)
{
	assert_int_equal(symlink("/dev/zero", path), 0);
}

static void (*make)(const char *path);
static unsigned n_replaced;

static int replace_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	assert_int_equal(unlink(path), 0);
	make(path);
	n_replaced++;
	return 0;
}

static void what_is_no_file_is_not_waited_for(void **state)
{
	static const struct {
		void (*make)(const char *path);
		const char *what;
	} kinds[] = {
		{ make_fifo, "FIFOs" },	       { make_socket, "sockets" },
		{ make_folder, "folders" },    { make_loop, "links to themselves" },
		{ make_endless, "/dev/zero" },
	};
	size_t i;

	(void)state;
	fill(tree);
	expect_in_time(look, "files");
	for (i = 0; i < VPREP_ARRAY_SIZE(kinds); i++) {
		tree_free(tree);
		tree = tree_new();
		fill(tree);
		make = kinds[i].make;
		n_replaced = 0;
		assert_int_equal(nftw(tree->dir, replace_one, 8, FTW_PHYS), 0);
		assert_true(n_replaced > 10);
		expect_in_time(look, kinds[i].what);
	}
}

static void a_device_node_is_not_even_opened(void **state)
{
	_cleanup_free_ char *path = vprep_strf("%s/sys/null", tree->dir);
	_cleanup_close_ int base = -1;
	int r;

	(void)state;
	tree_dir(tree, "sys");
	if (mknod(path, S_IFCHR | 0666, 1 << 8 | 3) < 0) {
		print_message("no device nodes can be made here: %s\n", strerror(errno));
		skip();
	}
	base = open(tree->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = vprep_open_captured(base, "sys/null", O_RDONLY, RESOLVE_BENEATH);
	assert_int_equal(r, -EINVAL);
	r = vprep_open_captured(base, "sys/null", O_RDWR, RESOLVE_BENEATH);
	assert_int_equal(r, -EROFS);
}

/* --- where there is no openat2(2) --- */

static void forbid_openat2(int number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)number),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { VPREP_ARRAY_SIZE(code), code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	assert_int_equal(syscall(SYS_openat2, -1, "", NULL, 0), -1);
	assert_int_equal(errno, number);
}

struct way {
	const char *path;
	int flags;
	int beneath, in_root; /* errors; 0: it is opened */
};

static const struct way ways[] = {
	{ "a/file", O_RDONLY, 0, 0 },
	{ "./a//b/../file", O_RDONLY, 0, 0 },
	{ "a/b/", O_RDONLY | O_DIRECTORY, 0, 0 },
	{ ".", O_RDONLY | O_DIRECTORY, 0, 0 },
	{ "a/b/..", O_PATH, 0, 0 },
	{ "a/link", O_RDONLY, 0, 0 },
	{ "a/link", O_PATH | O_NOFOLLOW, 0, 0 },
	{ "a/link", O_RDONLY | O_NOFOLLOW, -ELOOP, -ELOOP },
	{ "a/link/x", O_RDONLY, -ENOTDIR, -ENOTDIR },
	{ "up/a/file", O_RDONLY, 0, 0 },
	{ "up", O_RDONLY | O_DIRECTORY, 0, 0 },
	{ "none", O_RDONLY, -ENOENT, -ENOENT },
	{ "a/none/file", O_RDONLY, -ENOENT, -ENOENT },
	{ "a/file/none", O_RDONLY, -ENOTDIR, -ENOTDIR },
	{ "a/file", O_RDONLY | O_DIRECTORY, -ENOTDIR, -ENOTDIR },
	{ "loop", O_RDONLY, -ELOOP, -ELOOP },
	{ "..", O_PATH, -EXDEV, 0 },
	{ "../a/file", O_RDONLY, -EXDEV, 0 },
	{ "a/../../a/file", O_RDONLY, -EXDEV, 0 },
	{ "/a/file", O_RDONLY, -EXDEV, 0 },
	{ "absolute", O_RDONLY, -EXDEV, 0 },
	{ "high", O_RDONLY, -EXDEV, 0 },
	{ "out", O_RDONLY, -EXDEV, -ENOENT },
};

static void expect_ways(void)
{
	_cleanup_close_ int base = open(tree->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t i, k;

	assert_true(base >= 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++)
		for (k = 0; k < 2; k++) {
			int want = k ? ways[i].in_root : ways[i].beneath;
			int fd = vprep_open_within(base, ways[i].path, ways[i].flags,
						   k ? RESOLVE_IN_ROOT : RESOLVE_BENEATH);
			struct stat st;

			if ((fd < 0 ? fd : 0) != want)
				fail_msg("%s (%zu) is %d, expected %d", ways[i].path, k,
					 fd, want);
			if (fd < 0)
				continue;
			assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
			assert_int_equal(fstat(fd, &st), 0);
			assert_true(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ||
				    (ways[i].flags & O_PATH));
			close(fd);
		}
}

static void without_it(void)
{
	forbid_openat2(ENOSYS);
	expect_ways();
}

static void with_it_forbidden(void)
{
	forbid_openat2(EPERM);
	expect_ways();
}

static void a_path_is_resolved_in_its_folder_by_any_kernel(void **state)
{
	(void)state;
	tree_file(tree, "x", "a/file");
	tree_dir(tree, "a/b");
	tree_link(tree, "../a/./file", "a/link");
	tree_link(tree, "a/b/../..", "up");
	tree_link(tree, "loop", "loop");
	tree_link(tree, "/a/file", "absolute");
	tree_link(tree, "a/../../a/file", "high");
	tree_link(tree, "/etc/passwd", "out");
	expect_ways();
	expect_in_time(without_it, "without openat2");
	expect_in_time(with_it_forbidden, "where openat2 is forbidden");
}

static void look_without_it(void)
{
	forbid_openat2(ENOSYS);
	assert_int_equal(count_devices(), 1);
	look();
}

static void a_tree_is_read_without_openat2(void **state)
{
	(void)state;
	fill(tree);
	expect_in_time(look_without_it, "without openat2");
}

#define TREE_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(a_root_that_is_a_link_stays_in_the_tree),
		TREE_TEST(folders_of_the_host_stay_in_the_tree),
		TREE_TEST(what_is_no_file_is_not_waited_for),
		TREE_TEST(a_device_node_is_not_even_opened),
		TREE_TEST(a_path_is_resolved_in_its_folder_by_any_kernel),
		TREE_TEST(a_tree_is_read_without_openat2),
	};

	return cmocka_run_group_tests_name("sysroot", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/holders.h"
#include "tree.h"

struct fixture {
	struct tree *tree;
	struct vprep_io *io;
	struct vprep_holders holders;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->tree = tree_new();
	assert_int_equal(vprep_io_new_at(f->tree->dir, false, NULL, &f->io), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vprep_holders_done(&f->holders);
	vprep_io_free(f->io);
	tree_free(f->tree);
	free(f);
	return 0;
}

static void scan(struct fixture *f)
{
	tree_freeze(f->tree);
	vprep_holders_done(&f->holders);
	assert_int_equal(vprep_holders_scan(f->io, &f->holders), 0);
}

/* A process 100 with these arguments holds group 5. */
static void add_process(struct fixture *f, const char *arguments, size_t len)
{
	tree_link(f->tree, "/dev/vfio/5", "proc/100/fd/9");
	tree_bytes(f->tree, arguments, len, "proc/100/cmdline");
}

#define ADD_PROCESS(f, arguments) add_process(f, arguments, sizeof(arguments))

static void expect_text(struct fixture *f, const char *expected)
{
	char *text;

	scan(f);
	assert_int_equal(f->holders.n, 1);
	text = vprep_holder_text(f->io, &f->holders.items[0]);
	assert_string_equal(text, expected);
	free(text);
}

static void no_process_holds_nothing(void **state)
{
	struct fixture *f = *state;

	tree_file(f->tree, "", "proc/version");
	tree_link(f->tree, "1", "proc/self");
	scan(f);
	assert_int_equal(f->holders.n, 0);
}

static void other_files_are_not_found(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "anon_inode:[vfio-device]", "proc/100/fd/1");
	tree_link(f->tree, "/srv/dev/vfio/5", "proc/100/fd/2");
	scan(f);
	assert_int_equal(f->holders.n, 0);
}

static void one_pass_finds_all_nodes(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "/dev/vfio/5", "proc/100/fd/0");
	tree_link(f->tree, "/dev/snd/pcmC0D0p", "proc/100/fd/1");
	scan(f);
	assert_int_equal(f->holders.n, 2);
	assert_string_equal(f->holders.items[0].node, "snd/pcmC0D0p");
	assert_string_equal(f->holders.items[1].node, "vfio/5");
}

static void the_answers_are_sorted_by_node_and_pid(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "/dev/vfio/7", "proc/1000/fd/3");
	tree_link(f->tree, "/dev/vfio/5", "proc/1000/fd/4");
	tree_link(f->tree, "/dev/vfio/5", "proc/1000/fd/5");
	tree_link(f->tree, "/dev/vfio/7", "proc/99/fd/3");
	scan(f);
	assert_int_equal(f->holders.n, 3);
	assert_string_equal(f->holders.items[0].node, "vfio/5");
	assert_int_equal(f->holders.items[0].pid, 1000);
	assert_int_equal(f->holders.items[1].pid, 99);
	assert_int_equal(f->holders.items[2].pid, 1000);
}

static void a_process_whose_first_thread_has_ended_holds_its_nodes(void **state)
{
	struct fixture *f = *state;

	tree_dir(f->tree, "proc/100/fd");
	tree_dir(f->tree, "proc/100/task/100/fd");
	tree_link(f->tree, "/dev/vfio/5", "proc/100/task/101/fd/3");
	tree_link(f->tree, "/dev/vfio/5", "proc/100/task/102/fd/3");
	scan(f);
	assert_int_equal(f->holders.n, 1);
	assert_string_equal(f->holders.items[0].node, "vfio/5");
	assert_int_equal(f->holders.items[0].pid, 100);
}

static void a_removed_node_is_still_held(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "/dev/vfio/5 (deleted)", "proc/100/fd/3");
	scan(f);
	assert_int_equal(f->holders.n, 1);
	assert_string_equal(f->holders.items[0].node, "vfio/5");
}

static void libvirts_guest_name_is_told(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(
		f, "/usr/bin/qemu-system-x86_64\0-name\0guest=web1,debug-threads=on\0-S");
	expect_text(f, "pid 100 (qemu-system-x86_64, guest web1)");
}

static void a_plain_name_is_told(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "qemu-kvm\0--name\0web1,process=x");
	expect_text(f, "pid 100 (qemu-kvm, guest web1)");
}

static void a_name_that_is_not_first_is_told(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "qemu-kvm\0-name\0debug-threads=on,guest=a,,b");
	expect_text(f, "pid 100 (qemu-kvm, guest a,b)");
}

static void a_name_option_without_a_name_is_none(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "qemu-kvm\0-name\0debug-threads=on,,\0-name");
	expect_text(f, "pid 100 (qemu-kvm)");
}

static void a_process_without_arguments_has_its_comm(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "");
	tree_file(f->tree, "vfio-worker\n", "proc/100/comm");
	expect_text(f, "pid 100 (vfio-worker)");
}

static void a_process_that_ends_meanwhile_is_still_told(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "/dev/vfio/5", "proc/100/fd/9");
	tree_dir(f->tree, "proc/101");
	expect_text(f, "pid 100 (?)");
}

static void a_container_is_told_by_its_short_id(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "dpdk");
	tree_file(f->tree,
		  "0::/system.slice/docker-0123456789abcdef0123456789abcdef.scope/init\n",
		  "proc/100/cgroup");
	expect_text(f, "pid 100 (dpdk, guest docker-0123456789ab)");
}

static void a_machine_scope_is_told_unescaped(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "crosvm");
	tree_file(f->tree,
		  "1:name=systemd:/user.slice/session-1.scope\n"
		  "0::/machine.slice/machine-qemu\\x2d1\\x2dweb1.scope/libvirt\n",
		  "proc/100/cgroup");
	expect_text(f, "pid 100 (crosvm, guest qemu-1-web1)");
}

static void a_plain_service_is_no_guest(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "dpdk");
	tree_file(f->tree, "0::/system.slice/docker-x.service\n", "proc/100/cgroup");
	expect_text(f, "pid 100 (dpdk)");
}

static void hostile_names_are_made_printable(void **state)
{
	struct fixture *f = *state;

	ADD_PROCESS(f, "/x/\033[2Jq\xff\0-name\0a\nb");
	tree_link(f->tree, "/dev/vfio/5", "proc/99999999999999999999/fd/1");
	tree_link(f->tree, "/dev/vfio/5", "proc/1x/fd/1");
	expect_text(f, "pid 100 (?[2Jq?, guest a?b)");
}

static void a_very_long_command_line_is_cut(void **state)
{
	struct fixture *f = *state;
	size_t len = 1 << 20;
	char *arguments = calloc(1, len);

	assert_non_null(arguments);
	memset(arguments, 'x', len - 1);
	memcpy(arguments, "q\0-name\0w", sizeof("q\0-name\0w"));
	add_process(f, arguments, len);
	free(arguments);
	expect_text(f, "pid 100 (q, guest w)");
}

/* What the kernel would say of "PID/fd/N" when asked for its device. */
static const struct {
	const char *path;
	int result;
	struct vprep_io_node device;
} opened[] = {
	{ "100/fd/0", 0, { false, 1, 3 } },   { "100/fd/1", 0, { false, 136, 2 } },
	{ "100/fd/2", 0, { false, 4, 1 } },   { "100/fd/3", -ENODEV, { false, 0, 0 } },
	{ "100/fd/4", 0, { false, 244, 5 } }, { "100/fd/5", 0, { true, 244, 5 } },
	{ "100/fd/6", 0, { false, 195, 0 } }, { "100/fd/7", 0, { false, 244, 6 } },
};

static int node_device(const struct vprep_io *io, enum vprep_root root, const char *path,
		       struct vprep_io_node *ret)
{
	size_t i;

	(void)io;
	assert_int_equal(root, VPREP_PROC);
	for (i = 0; i < VPREP_ARRAY_SIZE(opened); i++)
		if (streq(opened[i].path, path)) {
			*ret = opened[i].device;
			return opened[i].result;
		}
	return -ENOENT;
}

static void be_live(struct fixture *f)
{
	static const struct vprep_io_ops ops = { .node_device = node_device };

	f->io->ops = &ops;
	f->io->live = true;
	tree_device(f->tree, "dev/char", "244:5", "devices/virtual/vfio");
	tree_file(f->tree, "MAJOR=244\nMINOR=5\nDEVNAME=vfio/5\n",
		  "sys/devices/virtual/vfio/244:5/uevent");
}

static void a_node_goes_by_its_device_whatever_it_is_called(void **state)
{
	struct fixture *f = *state;

	be_live(f);
	tree_link(f->tree, "/jail/gpu", "proc/100/fd/4");
	scan(f);
	assert_int_equal(f->holders.n, 1);
	assert_string_equal(f->holders.items[0].node, "vfio/5");
}

static void what_is_called_as_a_node_need_not_be_one(void **state)
{
	struct fixture *f = *state;

	be_live(f);
	tree_link(f->tree, "/dev/vfio/5", "proc/100/fd/3");
	scan(f);
	assert_int_equal(f->holders.n, 0);
}

static void memory_and_terminals_are_nobodys(void **state)
{
	struct fixture *f = *state;

	be_live(f);
	tree_link(f->tree, "/dev/null", "proc/100/fd/0");
	tree_link(f->tree, "/dev/pts/2", "proc/100/fd/1");
	tree_link(f->tree, "/dev/tty1", "proc/100/fd/2");
	scan(f);
	assert_int_equal(f->holders.n, 0);
}

/* NVIDIA's, and one whose device has been removed: the open file's name is all there is.
 */
static void what_sysfs_does_not_know_goes_by_its_name(void **state)
{
	struct fixture *f = *state;

	be_live(f);
	tree_link(f->tree, "/dev/nvidia0", "proc/100/fd/6");
	tree_link(f->tree, "/dev/vfio/6 (deleted)", "proc/100/fd/7");
	tree_link(f->tree, "/jail/disk", "proc/100/fd/5"); /* a block device */
	scan(f);
	assert_int_equal(f->holders.n, 2);
	assert_string_equal(f->holders.items[0].node, "nvidia0");
	assert_string_equal(f->holders.items[1].node, "vfio/6");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_process_holds_nothing),
		TEST(other_files_are_not_found),
		TEST(one_pass_finds_all_nodes),
		TEST(the_answers_are_sorted_by_node_and_pid),
		TEST(a_process_whose_first_thread_has_ended_holds_its_nodes),
		TEST(a_removed_node_is_still_held),
		TEST(libvirts_guest_name_is_told),
		TEST(a_plain_name_is_told),
		TEST(a_name_that_is_not_first_is_told),
		TEST(a_name_option_without_a_name_is_none),
		TEST(a_process_without_arguments_has_its_comm),
		TEST(a_process_that_ends_meanwhile_is_still_told),
		TEST(a_container_is_told_by_its_short_id),
		TEST(a_machine_scope_is_told_unescaped),
		TEST(a_plain_service_is_no_guest),
		TEST(a_node_goes_by_its_device_whatever_it_is_called),
		TEST(what_is_called_as_a_node_need_not_be_one),
		TEST(memory_and_terminals_are_nobodys),
		TEST(what_sysfs_does_not_know_goes_by_its_name),
		TEST(hostile_names_are_made_printable),
		TEST(a_very_long_command_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the doctor says of SELinux, of /dev/iommu and of the configuration. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doctor-test.h"
#include "tree.h"

#define HOOK "etc/libvirt/hooks/qemu.d/vfio-prep"
#define PROGRAM "usr/libexec/vfio-prep/libvirt-qemu"

static struct tree *host;
static struct vprep_io_ops ops;

static int begin(void **state)
{
	(void)state;
	ops = vprep_io_kernel_ops;
	host = tree_new();
	tree_dir(host, "proc");
	tree_dir(host, "dev");
	tree_dir(host, "etc/libvirt/hooks/qemu.d");
	tree_file(host, "", PROGRAM);
	tree_link(host, "/" PROGRAM, HOOK);
	tree_file(host, "user = 1234\ngroup = 5678\n", "vfio-prep.conf");
	return 0;
}

static int end(void **state)
{
	(void)state;
	tree_free(host);
	return 0;
}

static char *diagnose(const char *check)
{
	_cleanup_free_ char *config = vprep_strf("%s/vfio-prep.conf", host->dir);
	const struct vprep_options options = { .config = config };
	struct vprep_session *session;
	struct vprep_io *io;

	assert_int_equal(vprep_io_new_at(host->dir, false, &ops, &io), 0);
	assert_int_equal(vprep_session_new_on(io, &options, &session, NULL), 0);
	return doctor_say(session, check);
}

static void expect(const char *check, const char *part)
{
	_cleanup_free_ char *said = diagnose(check);

	if (!strstr(said, part))
		fail_msg("'%s' is not in '%s'", part, said);
}

static void selinux(const char *enforce, const char *unconfined)
{
	tree_file(host, enforce, "sys/fs/selinux/enforce");
	if (unconfined)
		tree_file(host, unconfined,
			  "sys/fs/selinux/booleans/virt_hooks_unconfined");
}

static void a_host_without_selinux_is_not_told_of_it(void **state)
{
	_cleanup_free_ char *said = diagnose("selinux");

	(void)state;
	assert_string_equal(said, "");
}

static void permissive_selinux_keeps_no_hook(void **state)
{
	(void)state;
	selinux("0", "0 0\n");
	expect("selinux", "ok: permissive");
}

static void hooks_of_an_enforcing_host_need_the_boolean(void **state)
{
	(void)state;
	selinux("1", "0 0\n");
	expect("selinux",
	       "problem: enforcing, and virt_hooks_unconfined is off: libvirt "
	       "may not start /" HOOK " [setsebool -P virt_hooks_unconfined on]");
}

static void a_boolean_that_the_policy_lacks_is_said(void **state)
{
	(void)state;
	selinux("1", NULL);
	expect("selinux", "note: enforcing, and its policy has no virt_hooks_unconfined");
}

static void without_our_hook_selinux_is_no_matter(void **state)
{
	(void)state;
	tree_remove(host, HOOK);
	selinux("1", "0 0\n");
	expect("selinux", "ok: enforcing; libvirt has no hook of ours");
}

/* Of the program that the link leads to. False: this file system or user may not. */
static bool label(const char *context)
{
	_cleanup_free_ char *path = vprep_strf("%s/" PROGRAM, host->dir);

	return setxattr(path, "security.selinux", context, strlen(context) + 1, 0) == 0;
}

static void the_label_of_the_program_counts(void **state)
{
	(void)state;
	selinux("1", "1 1\n");
	expect("selinux", "warning: enforcing, and /" PROGRAM " has no label: ");
	if (!label("system_u:object_r:bin_t:s0")) {
		print_message("# labels cannot be set here: %s\n", strerror(errno));
		return;
	}
	expect("selinux",
	       "warning: enforcing, and /" PROGRAM " is system_u:object_r:bin_t:s0, not "
	       "virt_hook_t: ");
	expect("selinux", "[semanage fcontext -a -t virt_hook_t /" PROGRAM
			  " && restorecon /" PROGRAM "]");
	assert_true(label("system_u:object_r:virt_hook_t:s0"));
	expect("selinux", "ok: enforcing; ");
}

static void the_iommu_has_its_name(void **state)
{
	static const char *const cases[][2] = {
		{ "dmar0", "ok: on (Intel VT-d), with 2 groups" },
		{ "ivhd0", "ok: on (AMD-Vi), with 2 groups" },
		{ "smmu3.0x0000000009050000", "ok: on (Arm SMMUv3), with 2 groups" },
		{ "smmu.0x00000000fd800000", "ok: on (Arm SMMU), with 2 groups" },
		{ "riscv-iommu@0000:00:01.0", "ok: on (RISC-V IOMMU), with 2 groups" },
		{ "s390-iommu.00000008", "ok: on (IBM Z's of PCI), with 2 groups" },
		{ "iommu-phb0004", "ok: on (POWER's TCE tables), with 2 groups" },
		{ "iommu0", "ok: on (of an unknown kind), with 2 groups" },
	};
	static const char *const parents[][2] = {
		{ "virtio1", "ok: on (virtio-iommu), with 2 groups" },
		{ "0000:00:00.2", "ok: on (of an unknown kind), with 2 groups" },
	};
	size_t i;

	(void)state;
	expect("iommu", "problem: off or absent");
	expect("iommu", "VT-d, AMD-Vi or the SMMU");
	tree_file(host, "xen\n", "sys/hypervisor/type");
	expect("iommu", "[boot without Xen, ");
	tree_remove(host, "sys/hypervisor");
	tree_dir(host, "sys/kernel/iommu_groups/0/devices");
	tree_dir(host, "sys/kernel/iommu_groups/1/devices");
	expect("iommu", "ok: on (of an unknown kind), with 2 groups");
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *path = vprep_strf("sys/class/iommu/%s", cases[i][0]);

		tree_dir(host, "%s", path);
		expect("iommu", cases[i][1]);
		tree_remove(host, path);
	}
	/* one of virtio has the name of the device that it is on */
	for (i = 0; i < VPREP_ARRAY_SIZE(parents); i++) {
		_cleanup_free_ char *link = vprep_strf("../../../%s", parents[i][0]);

		tree_link(host, link, "sys/class/iommu/0000:00:04.0/device");
		expect("iommu", parents[i][1]);
		tree_remove(host, "sys/class/iommu/0000:00:04.0");
	}
}

static void make_iommu(mode_t mode)
{
	_cleanup_free_ char *path = vprep_strf("%s/dev/iommu", host->dir);

	tree_file(host, "", "dev/iommu");
	assert_int_equal(chmod(path, mode), 0);
}

static void who_may_open_iommufd_is_said(void **state)
{
	_cleanup_free_ char *said = diagnose("iommufd");

	(void)state;
	assert_string_equal(said, "");
	make_iommu(0600);
	expect("iommufd", "mode 0600: 1234 (1234:5678) cannot open it");
	expect("iommufd", "note: /dev/iommu is ");
	expect("iommufd", "set iommu-group = 5678, or another group of 1234's, in ");
	make_iommu(0666);
	expect("iommufd", "ok: /dev/iommu is ");
	expect("iommufd", "mode 0666: 1234 (1234:5678) can open it");
}

static void configure(const char *text)
{
	tree_file(host, text, "vfio-prep.conf");
}

static void the_configuration_in_effect_is_shown(void **state)
{
	_cleanup_free_ char *at = vprep_strf("%s/vfio-prep.conf", host->dir);

	(void)state;
	configure("user = 1234\ndeadline-mdev = 77\ndeny = 0000:05:00.0 0000:06:00.0\n"
		  "[mdev.c2177883-f1bb-47f0-914d-32a22e3a8804]\ntype = mtty-2\n"
		  "parent = mtty\nplacement = separate\n"
		  "[device 0000:05:10.1]\nd3cold = no\nreset-method = flr bus\n");
	expect("configuration", at);
	expect("configuration", "user=1234 ");
	expect("configuration", "deadline-mdev=77 ");
	expect("configuration", "deny=0000:05:00.0 0000:06:00.0");
	expect("configuration", "[mdev.c2177883-f1bb-47f0-914d-32a22e3a8804] type=mtty-2 "
				"parent=mtty placement=separate\n");
	expect("configuration", "[device 0000:05:10.1] d3cold=no reset-method=flr bus\n");
}

static void a_fix_names_the_file_that_was_read(void **state)
{
	_cleanup_free_ char *fix =
		vprep_strf("[correct user or group in %s/vfio-prep.conf]", host->dir);

	(void)state;
	configure("user = no-such-user-here\n");
	expect("user", fix);
}

static int fail_to_resolve(const struct vprep_io *io, const char *alias, char ***ret)
{
	(void)io, (void)alias, (void)ret;
	return -ELIBACC;
}

static void what_cannot_be_examined_hides_nothing_else(void **state)
{
	(void)state;
	ops.resolve_alias = fail_to_resolve;
	expect("vfio-pci", "problem: libkmod is not installed");
	expect("iommu", "problem: off or absent");
	expect("configuration", "user=1234 ");
}

#define DOCTOR_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOCTOR_TEST(a_host_without_selinux_is_not_told_of_it),
		DOCTOR_TEST(permissive_selinux_keeps_no_hook),
		DOCTOR_TEST(hooks_of_an_enforcing_host_need_the_boolean),
		DOCTOR_TEST(a_boolean_that_the_policy_lacks_is_said),
		DOCTOR_TEST(without_our_hook_selinux_is_no_matter),
		DOCTOR_TEST(the_label_of_the_program_counts),
		DOCTOR_TEST(the_iommu_has_its_name),
		DOCTOR_TEST(who_may_open_iommufd_is_said),
		DOCTOR_TEST(the_configuration_in_effect_is_shown),
		DOCTOR_TEST(a_fix_names_the_file_that_was_read),
		DOCTOR_TEST(what_cannot_be_examined_hides_nothing_else),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}

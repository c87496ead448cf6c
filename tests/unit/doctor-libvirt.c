// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether libvirt would call the hook, as the doctor sees it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "doctor-test.h"
#include "tree.h"

#define HOOKS "etc/libvirt/hooks"
#define PROGRAM "/usr/libexec/vfio-prep/libvirt-qemu"
#define TICKS sysconf(_SC_CLK_TCK)

static struct tree *host;

static int begin(void **state)
{
	(void)state;
	host = tree_new();
	tree_dir(host, "proc");
	tree_dir(host, "etc/libvirt/hooks/qemu.d");
	return 0;
}

static int end(void **state)
{
	(void)state;
	tree_free(host);
	return 0;
}

static void make_program(const char *path, mode_t mode)
{
	_cleanup_free_ char *full = vprep_strf("%s/%s", host->dir, path);

	tree_file(host, "#!/bin/sh\n", "%s", path);
	assert_int_equal(chmod(full, mode), 0);
}

/* One thing is said; live: of a host that it could be. */
static void expect(bool live, const char *status, const char *part)
{
	const struct vprep_options options = { 0 };
	_cleanup_free_ char *said = NULL;
	struct vprep_session *session;
	struct vprep_io *io;

	assert_int_equal(vprep_io_new_at(host->dir, live, &vprep_io_kernel_ops, &io), 0);
	assert_int_equal(vprep_session_new_on(io, &options, &session, NULL), 0);
	said = doctor_say(session, "libvirt-hook");
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	if (strncmp(said, status, strlen(status)) != 0 || !strstr(said, part))
		fail_msg("'%s' of '%s' is not in '%s'", part, status, said);
}

static void without_libvirt_there_is_nothing_to_do(void **state)
{
	(void)state;
	tree_remove(host, "etc/libvirt/hooks/qemu.d");
	tree_remove(host, "etc/libvirt/hooks");
	tree_remove(host, "etc/libvirt");
	expect(false, "ok", "no libvirt on this host");
}

static void without_the_hook_it_says_how_to_install_it(void **state)
{
	(void)state;
	expect(false, "note", "[mkdir -p /" HOOKS "/qemu.d && ln -s /");
	tree_remove(host, HOOKS "/qemu.d");
	expect(false, "note", "libvirt does not call vfio-prep");
	make_program(HOOKS "/qemu", 0755);
	expect(false, "note", "libvirt does not call vfio-prep");
}

static void a_link_to_the_program_is_the_hook(void **state)
{
	(void)state;
	make_program("usr/libexec/vfio-prep/libvirt-qemu", 0755);
	tree_link(host, PROGRAM, HOOKS "/qemu.d/10-devices");
	expect(false, "ok", "/etc/libvirt/hooks/qemu.d/10-devices is in place");
}

static void a_script_that_names_the_program_is_the_hook(void **state)
{
	(void)state;
	tree_file(host, "#!/bin/sh\nexec " PROGRAM " \"$@\"\n", HOOKS "/qemu");
	expect(false, "problem", "libvirt skips /etc/libvirt/hooks/qemu: ");
	expect(false, "problem", "[chmod 755 /etc/libvirt/hooks/qemu");
}

static void a_copy_by_our_name_is_the_hook(void **state)
{
	(void)state;
	make_program(HOOKS "/qemu.d/vfio-prep", 0755);
	expect(false, "ok", "/etc/libvirt/hooks/qemu.d/vfio-prep is in place");
}

static void a_link_that_leads_nowhere_is_a_problem(void **state)
{
	(void)state;
	tree_link(host, PROGRAM, HOOKS "/qemu.d/vfio-prep");
	expect(false, "problem", "it leads to " PROGRAM ", which is not there [ln -sf ");
}

/* Links of a captured tree mean its own files. */
static void a_link_does_not_leave_the_tree(void **state)
{
	(void)state;
	tree_link(host, "/bin/sh", HOOKS "/qemu.d/vfio-prep");
	expect(false, "problem", "it leads to /bin/sh, which is not there");
	tree_remove(host, HOOKS "/qemu.d/vfio-prep");
	tree_link(host, "../../../../../../../bin/sh", HOOKS "/qemu.d/vfio-prep");
	expect(false, "problem", "which is not there");
}

static void a_program_that_cannot_run_is_a_problem(void **state)
{
	(void)state;
	make_program("usr/libexec/vfio-prep/libvirt-qemu", 0644);
	tree_link(host, PROGRAM, HOOKS "/qemu.d/vfio-prep");
	expect(false, "problem", "it is no executable file");
	tree_remove(host, HOOKS "/qemu.d/vfio-prep");
	tree_dir(host, HOOKS "/qemu.d/vfio-prep");
	expect(false, "problem", "it is no executable file");
}

static void make_daemon(const char *name, time_t started)
{
	/* the host booted 1000 s before */
	_cleanup_free_ char *stat =
		vprep_strf("361 (%s) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %ld "
			   "20 21\n",
			   name, 1000 * TICKS);
	_cleanup_free_ char *boot = vprep_strf("cpu 1 2\nbtime %lld\nprocesses 9\n",
					       (long long)started - 1000);
	_cleanup_free_ char *comm = vprep_strf("%s\n", name);

	tree_file(host, boot, "proc/stat");
	tree_file(host, stat, "proc/361/stat");
	tree_file(host, comm, "proc/361/comm");
}

static void a_daemon_that_is_older_than_the_hook_is_told(void **state)
{
	time_t now = time(NULL);

	(void)state;
	if (geteuid() != 0)
		skip(); /* the daemon is root's */
	make_program(HOOKS "/qemu.d/vfio-prep", 0755);
	make_daemon("libvirtd", now + 5);
	expect(true, "ok",
	       "libvirtd (pid 361) calls /etc/libvirt/hooks/qemu.d/vfio-prep");
	make_daemon("virtqemud", now - 5);
	expect(true, "warning", "virtqemud (pid 361) is older than");
	expect(true, "warning", "systemctl restart virtqemud");
	make_daemon("virtlogd", now - 5);
	expect(true, "ok", "no libvirt daemon runs now");
	make_daemon("libvirtd", now - 5);
	expect(false, "ok", "libvirtd (pid 361) calls");
}

/* It looks for the first one only. */
static void a_daemon_that_saw_another_hook_calls_ours_too(void **state)
{
	_cleanup_free_ char *other =
		vprep_strf("%s/" HOOKS "/qemu.d/10-other", host->dir);
	time_t now;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_program(HOOKS "/qemu.d/10-other", 0755);
	now = time(NULL);
	sleep(3);
	make_program(HOOKS "/qemu.d/vfio-prep", 0755);
	make_daemon("libvirtd", now);
	expect(true, "ok", "libvirtd (pid 361) calls");
	assert_int_equal(chmod(other, 0644), 0);
	expect(true, "warning", "libvirtd (pid 361) is older than");
}

static void a_daemon_that_may_not_start_it_is_told(void **state)
{
	(void)state;
	make_program("usr/libexec/vfio-prep/libvirt-qemu", 0755);
	tree_link(host, PROGRAM, HOOKS "/qemu.d/vfio-prep");
	make_daemon("libvirtd", time(NULL) + 5);
	tree_file(host, "libvirtd (complain)\n", "proc/361/attr/current");
	expect(false, "ok", "libvirtd (pid 361) calls");
	tree_file(host, "libvirtd (enforce)\n", "proc/361/attr/current");
	expect(false, "problem",
	       "AppArmor keeps libvirtd (pid 361) from starting " PROGRAM);
	expect(false, "problem",
	       "[echo '" PROGRAM " PUx,' >> /etc/apparmor.d/local/usr.sbin.libvirtd; ");
	tree_file(host, PROGRAM " PUx,\n", "etc/apparmor.d/local/usr.sbin.libvirtd");
	expect(false, "ok", "libvirtd (pid 361) calls");
	tree_remove(host, "etc/apparmor.d/local/usr.sbin.libvirtd");
	tree_remove(host, HOOKS "/qemu.d/vfio-prep");
	make_program(HOOKS "/qemu.d/vfio-prep", 0755);
	expect(false, "ok", "libvirtd (pid 361) calls");
}

#define HOST_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(without_libvirt_there_is_nothing_to_do),
		HOST_TEST(without_the_hook_it_says_how_to_install_it),
		HOST_TEST(a_link_to_the_program_is_the_hook),
		HOST_TEST(a_script_that_names_the_program_is_the_hook),
		HOST_TEST(a_copy_by_our_name_is_the_hook),
		HOST_TEST(a_link_that_leads_nowhere_is_a_problem),
		HOST_TEST(a_link_does_not_leave_the_tree),
		HOST_TEST(a_program_that_cannot_run_is_a_problem),
		HOST_TEST(a_daemon_that_is_older_than_the_hook_is_told),
		HOST_TEST(a_daemon_that_saw_another_hook_calls_ours_too),
		HOST_TEST(a_daemon_that_may_not_start_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

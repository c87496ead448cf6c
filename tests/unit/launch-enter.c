// SPDX-License-Identifier: GPL-2.0-or-later
/* Becoming a guest's process: its user, its limit, and what is found missing. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launch-fixture.h"
#include "test.h"

struct entered {
	int r;
	uid_t uid;
	gid_t gid;
	rlim_t memlock;
	struct vprep_error err;
};

/* Where to start from, and whether as somebody who is not root. */
struct start {
	uid_t uid;
	rlim_t hard_limit;
};

static void enter_from(struct host *h, const struct vprep_launch *launch,
		       struct start start, struct entered *ret)
{
	struct rlimit limit = { 65536, start.hard_limit };
	struct vprep_error err = { 0 };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
	    (start.uid > 0 && setresuid(start.uid, start.uid, start.uid) < 0))
		_exit(1);
	ret->r = vprep_launch_enter(h->session, launch, &err);
	ret->err.code = err.code;
	snprintf(ret->err.message, sizeof(ret->err.message), "%s", err.message);
	ret->uid = geteuid();
	ret->gid = getegid();
	getrlimit(RLIMIT_MEMLOCK, &limit);
	ret->memlock = limit.rlim_cur;
}

/* In a child, as it cannot be taken back. */
static struct entered enter_as(struct host *h, const struct vprep_launch *launch,
			       struct start start)
{
	struct entered entered;
	int fds[2], status;
	pid_t pid;

	memset(&entered, 0, sizeof(entered)); /* padding too: it is written whole */
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		enter_from(h, launch, start, &entered);
		_exit(write(fds[1], &entered, sizeof(entered)) != sizeof(entered));
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &entered, sizeof(entered)), sizeof(entered));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return entered;
}

static rlim_t hard_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	return limit.rlim_max;
}

static struct entered enter(struct host *h, const struct vprep_launch *launch)
{
	return enter_as(h, launch, (struct start){ .hard_limit = hard_limit() });
}

/* The fake host's folder is its maker's alone. */
static void let_in(struct host *h)
{
	assert_int_equal(chmod(h->fake->path, 0755), 0);
}

static void the_process_becomes_the_user(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(launch_attach(h, VF, "run-1", getpid()), 0);
	launch = launch_of(h, VF);
	entered = enter(h, launch);
	if (entered.r < 0)
		fail_msg("%s", entered.err.message);
	assert_int_equal(entered.uid, 1234);
	assert_int_equal(entered.gid, 2345);
	vprep_launch_free(launch);
	assert_int_equal(host_detach_owner(h, "run-1"), 0);
	host_check_same(h);
}

static void too_small_a_limit_is_told_in_numbers(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(launch_attach(h, VF, "run-1", getpid()), 0);
	launch = launch_as(h, (struct vprep_request){ .memory = "256M" }, VF);
	entered = enter_as(h, launch, (struct start){ 1234, 65536 });
	assert_int_equal(entered.r, -EPERM);
	assert_non_null(strstr(entered.err.message,
			       "1234 may lock 64 KiB (RLIMIT_MEMLOCK), and the guest "
			       "needs 1280 MiB (256 MiB of its memory, and 1 GiB for 1 "
			       "VFIO device)"));
	assert_non_null(strstr(entered.err.message, "--memlock=1342177280'"));
	assert_non_null(strstr(entered.err.message, "'1234 - memlock 1310720'"));
	vprep_launch_free(launch);
}

/* Another guest of the same user has 2 GiB in place, and one of another user's 4. */
static void iommufd_counts_what_others_of_the_user_have_locked(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	fake_set_cdev(h->fake, true);
	fake_set_group_nodes(h->fake, false);
	fake_mkdir(h->fake, "sys/class/vfio-dev");
	fake_remove(h->fake, "sys/class/vfio");
	fake_put(h->fake, 0666, "10:125", "dev/iommu");
	fake_put(h->fake, 0644, "DEVNAME=iommu\n",
		 "sys/devices/virtual/misc/iommu/uevent");
	fake_link(h->fake, "sys/devices/virtual/misc/iommu", "sys/dev/char/10:125");
	fake_put(h->fake, 0444,
		 "Name:\tqemu\nUid:\t1234\t1234\t1234\t1234\nVmPin:\t 2097152 kB\n",
		 "proc/4711/status");
	fake_put(h->fake, 0444,
		 "Name:\tqemu\nUid:\t4321\t4321\t4321\t4321\nVmPin:\t 4194304 kB\n",
		 "proc/4712/status");
	fake_mkdir(h->fake, "proc/4711/fd");
	fake_mkdir(h->fake, "proc/4712/fd");
	assert_int_equal(symlinkat("/dev/iommu", h->fake->dir, "proc/4711/fd/9"), 0);
	assert_int_equal(symlinkat("/dev/iommu", h->fake->dir, "proc/4712/fd/9"), 0);
	host_leaves(h, "proc/ dev/iommu dev/vfio/devices sys/class sys/dev");
	let_in(h);
	assert_int_equal(launch_attach(h, VF, "run-1", getpid()), 0);
	launch = launch_as(h, (struct vprep_request){ .memory = "256M" }, VF);
	entered = enter_as(h, launch, (struct start){ 1234, 65536 });
	assert_int_equal(entered.r, -EPERM);
	if (!strstr(entered.err.message, "needs 3328 MiB (256 MiB of its memory") ||
	    !strstr(entered.err.message, "iommufd counts of his other guests"))
		fail_msg("%s", entered.err.message);
	vprep_launch_free(launch);
}

static void a_limit_is_raised_as_far_as_it_must(void **state)
{
	static const char xml[] =
		"<domain><name>x</name><memtune><hard_limit>128</hard_limit></memtune>"
		"<devices><hostdev type='pci'><source><address bus='5' slot='0x10' "
		"function='1'/></source></hostdev></devices></domain>";
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(launch_attach(h, VF, "run-1", getpid()), 0);
	launch = launch_as(
		h, (struct vprep_request){ .domain = xml, .domain_len = strlen(xml) },
		NULL);
	assert_int_equal(launch->memlock, 131072);
	entered = enter(h, launch);
	if (entered.r < 0)
		fail_msg("%s", entered.err.message);
	assert_int_equal(entered.memlock, 131072);
	vprep_launch_free(launch);
}

static void a_user_cannot_become_another(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	launch = launch_of(h, VF);
	entered = enter_as(h, launch, (struct start){ 4321, hard_limit() });
	assert_int_equal(entered.r, -EPERM);
	assert_non_null(strstr(entered.err.message,
			       "this is user 4321, and only root can run a command as"));
	vprep_launch_free(launch);
}

static void what_is_not_attached_is_told(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch = launch_of(h, VF);
	struct entered entered;

	let_in(h);
	entered = enter(h, launch);
	assert_int_equal(entered.r, -ENODEV);
	assert_int_equal(entered.err.code, VPREP_E_REFUSED);
	assert_non_null(strstr(entered.err.message,
			       "0000:05:10.1 is not attached (its driver is igbvf)"));
	vprep_launch_free(launch);
}

static void a_node_of_somebody_else_is_told(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(launch_attach(h, VF, "run-1", getpid()), 0);
	launch = launch_as(h, (struct vprep_request){ .user = "4321:4321" }, VF);
	entered = enter(h, launch);
	assert_int_equal(entered.r, -EACCES);
	assert_non_null(strstr(entered.err.message,
			       "/dev/vfio/7 belongs to 1234:2345, mode 0640"));
	assert_non_null(strstr(entered.err.message, "4321 (4321:4321) may not open it"));
	vprep_launch_free(launch);
}

static void a_group_that_is_no_longer_viable_is_refused(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(launch_attach(h, NIC, "run-1", getpid()), 0);
	/* a placeholder is taken back by somebody */
	assert_int_equal(vprep_io_write(h->session->io, SND,
					"bus/pci/devices/" SND "/driver/unbind"),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, "\n",
					"bus/pci/devices/" SND "/driver_override"),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, SND, "bus/pci/drivers_probe"), 0);
	host_check_driver(h, SND, "snd");
	launch = launch_of(h, NIC);
	entered = enter(h, launch);
	assert_int_equal(entered.r, -EBUSY);
	assert_int_equal(entered.err.code, VPREP_E_NOT_VIABLE);
	assert_non_null(
		strstr(entered.err.message, "as 0000:06:00.1 in it is bound to snd"));
	vprep_launch_free(launch);
}

static void everything_that_is_missing_is_told_at_once(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, VF2, NULL };
	struct vprep_request request = { .names = names };
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	entered = enter(h, launch);
	assert_int_equal(entered.r, -ENODEV);
	assert_non_null(strstr(entered.err.message, VF " is not attached"));
	assert_non_null(strstr(entered.err.message, "; and " VF2 " is not attached"));
	vprep_launch_free(launch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAUNCH_TEST(the_process_becomes_the_user),
		LAUNCH_TEST(too_small_a_limit_is_told_in_numbers),
		LAUNCH_TEST(iommufd_counts_what_others_of_the_user_have_locked),
		LAUNCH_TEST(a_limit_is_raised_as_far_as_it_must),
		LAUNCH_TEST(a_user_cannot_become_another),
		LAUNCH_TEST(what_is_not_attached_is_told),
		LAUNCH_TEST(a_node_of_somebody_else_is_told),
		LAUNCH_TEST(a_group_that_is_no_longer_viable_is_refused),
		LAUNCH_TEST(everything_that_is_missing_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

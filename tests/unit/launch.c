// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices for one process: who holds them, how it is told of them, what it may open. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/str.h"
#include "io/job.h"
#include "session-fixture.h"
#include "test.h"

#define MDEV "c2177883-f1bb-47f0-914d-32a22e3a8804"
#define NODE(group) "dev/vfio/" group

static int setup(void **state)
{
	struct host *h;

	host_setup(state);
	h = *state;
	fake_add_process(h->fake, getpid());
	host_remember(h);
	return 0;
}

#define LAUNCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static int attach_for(struct host *h, const char *names, const char *owner, int pid)
{
	return host_ask(h, names, (struct vprep_request){ .owner = owner, .pid = pid });
}

static struct vprep_launch *launch_as(struct host *h, struct vprep_request request,
				      const char *name)
{
	const char *const names[] = { name, NULL };
	struct vprep_launch *launch = NULL;

	if (!request.domain)
		request.names = names;
	if (vprep_launch(h->session, &request, &launch, &h->err) < 0)
		fail_msg("%s", h->err.message);
	return launch;
}

static struct vprep_launch *launch_of(struct host *h, const char *name)
{
	return launch_as(h, (struct vprep_request){ 0 }, name);
}

static void check_words(const char *const *words, const char *expected)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	for (i = 0; words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", words[i]);
	assert_string_equal(buf.data ? buf.data : "", expected);
}

/* ---- who holds them ---- */

static void devices_of_a_process_go_with_it(void **state)
{
	struct host *h = *state;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	fake_add_process(h->fake, pid);
	host_remember(h);
	assert_int_equal(attach_for(h, VF, "run-1", pid), 0);
	assert_string_equal(host_owner_state(h, "run-1"), "held");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "vfio-pci");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fake_remove(h->fake, "proc/%d", pid);
	assert_string_equal(host_owner_state(h, "run-1"), "dead");
	assert_int_equal(host_recover(h, NULL), 0);
	fake_add_process(h->fake, getpid());
	host_check_driver(h, VF, "igbvf");
	assert_string_equal(host_owner_state(h, "run-1"), "");
}

static void an_owner_is_one_process(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for(h, VF, "job", getpid()), 0);
	assert_int_equal(attach_for(h, VF2, "job", getpid()), 0);
	fake_add_process(h->fake, getppid());
	assert_int_equal(attach_for(h, LONE, "job", getppid()), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "'job' holds devices already"));
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_driver(h, VF2, "igbvf");
}

static void an_owner_by_hand_is_no_process(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "job" }), 0);
	assert_int_equal(attach_for(h, VF2, "job", getpid()), -EBUSY);
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_same(h);
}

static void what_a_dead_process_left_is_given_back_first(void **state)
{
	struct host *h = *state;

	fake_add_process(h->fake, getppid());
	assert_int_equal(attach_for(h, VF, "job", getppid()), 0);
	fake_remove(h->fake, "proc/%d", getppid());
	assert_int_equal(attach_for(h, VF2, "job", getpid()), 0);
	host_check_driver(h, VF, "igbvf");
	host_check_driver(h, VF2, "vfio-pci");
	assert_string_equal(host_owner_state(h, "job"), "held");
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_same(h);
}

static void a_process_must_be_there_and_its_owner_have_a_name(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for(h, VF, "job", INT32_MAX), -ESRCH);
	assert_int_equal(h->err.code, VPREP_E_USAGE);
	assert_int_equal(attach_for(h, VF, NULL, getpid()), -EINVAL);
	host_check_same(h);
}

#define DOMAIN_XML                                                                       \
	"<domain><name>web1</name><uuid>" DOMAIN "</uuid><memory unit='GiB'>2</memory>"  \
	"<devices><hostdev mode='subsystem' type='pci' managed='no'><source><address "   \
	"bus='5' slot='0x10' function='1'/></source></hostdev></devices></domain>"

static void a_domain_can_be_a_processs(void **state)
{
	struct host *h = *state;
	const struct vprep_request request = { .domain = DOMAIN_XML,
					       .domain_len = strlen(DOMAIN_XML),
					       .owner = "run-1",
					       .pid = getpid() };

	host_configure(h, "prepare = managed\n");
	assert_int_equal(vprep_attach(h->session, &request, &h->err), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_string_equal(host_owner_state(h, "run-1"), "held");
	assert_string_equal(host_owner_state(h, DOMAIN), "");
	assert_int_equal(host_detach_owner(h, "run-1"), 0);
	host_check_driver(h, VF, "igbvf");
}

/* ---- how it is told of them ---- */

static void a_launch_needs_nothing_attached(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch =
		launch_as(h, (struct vprep_request){ .memory = "4G" }, VF);

	check_words(launch->words, "-device vfio-pci,host=" VF);
	check_words(launch->json_words,
		    "-device {\"driver\":\"vfio-pci\",\"host\":\"" VF "\"}");
	assert_int_equal(launch->n_devices, 1);
	assert_string_equal(launch->devices[0].name, "pci_0000_05_10_1");
	assert_string_equal(launch->devices[0].nodes[0], "/dev/vfio/7");
	assert_string_equal(launch->devices[0].nodes[1], "/dev/vfio/vfio");
	assert_null(launch->devices[0].nodes[2]);
	assert_int_equal(launch->memlock, UINT64_C(5) << 30);
	assert_int_equal(launch->uid, 1234);
	assert_int_equal(launch->gid, 2345);
	vprep_launch_free(launch);
	host_check_same(h);
}

static void a_mediated_device_has_its_api(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;

	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-1", NULL, 2 });
	assert_int_equal(
		vprep_io_write(h->session->io, MDEV,
			       "class/mdev_bus/mtty/mdev_supported_types/mtty-1/create"),
		0);
	launch = launch_of(h, "mdev_" MDEV);
	check_words(launch->words,
		    "-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" MDEV);
	assert_string_equal(launch->devices[0].name,
			    "mdev_c2177883_f1bb_47f0_914d_32a22e3a8804");
	vprep_launch_free(launch);
}

static void disks_of_a_domain_are_drives(void **state)
{
	static const char xml[] =
		"<domain><name>x</name><devices>"
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' "
		"namespace='1'><address bus='5' slot='0x10' function='1'/></source></disk>"
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' "
		"namespace='2'><address bus='5' slot='0x10' function='1'/></source></disk>"
		"</devices></domain>";
	struct host *h = *state;
	struct vprep_launch *launch = launch_as(
		h, (struct vprep_request){ .domain = xml, .domain_len = strlen(xml) },
		NULL);

	check_words(launch->words,
		    "-blockdev nvme,device=" VF ",namespace=1,node-name=vprep-disk0 "
		    "-device virtio-blk-pci,drive=vprep-disk0 "
		    "-blockdev nvme,device=" VF ",namespace=2,node-name=vprep-disk1 "
		    "-device virtio-blk-pci,drive=vprep-disk1");
	assert_int_equal(launch->n_devices, 1);
	vprep_launch_free(launch);
}

static void a_launch_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *name;
		const char *memory;
		int r;
		const char *message;
	} rows[] = {
		{ VF, "4Q", -EINVAL, "'4Q' is not a size of memory" },
		{ LONE, NULL, -ENODEV, "has no IOMMU group, or is gone" },
		{ "0000:05:1f.7", NULL, -ENODEV, "has no IOMMU group, or is gone" },
		{ "nonsense", NULL, -ENODEV, "neither a PCI address nor" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		const char *const names[] = { rows[i].name, NULL };
		const struct vprep_request request = { .names = names,
						       .memory = rows[i].memory };
		struct vprep_launch *launch = NULL;

		assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err),
				 rows[i].r);
		assert_null(launch);
		if (!strstr(h->err.message, rows[i].message))
			fail_msg("%s: %s", rows[i].name, h->err.message);
	}
}

/* ---- what it may open ---- */

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

	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
	    (start.uid > 0 && setresuid(start.uid, start.uid, start.uid) < 0))
		_exit(1);
	ret->r = vprep_launch_enter(h->session, launch, &ret->err);
	ret->uid = geteuid();
	ret->gid = getegid();
	getrlimit(RLIMIT_MEMLOCK, &limit);
	ret->memlock = limit.rlim_cur;
}

/* In a child, as it cannot be taken back. */
static struct entered enter_as(struct host *h, const struct vprep_launch *launch,
			       struct start start)
{
	struct entered entered = { .r = -EIO };
	int fds[2], status;
	pid_t pid;

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
	assert_int_equal(attach_for(h, VF, "run-1", getpid()), 0);
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
	assert_int_equal(attach_for(h, VF, "run-1", getpid()), 0);
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
	assert_int_equal(attach_for(h, VF, "run-1", getpid()), 0);
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
	assert_int_equal(attach_for(h, VF, "run-1", getpid()), 0);
	launch = launch_as(h, (struct vprep_request){ .user = "4321:4321" }, VF);
	entered = enter(h, launch);
	assert_int_equal(entered.r, -EACCES);
	assert_non_null(strstr(entered.err.message,
			       "/dev/vfio/7 belongs to 1234:2345, mode 0640"));
	assert_non_null(strstr(entered.err.message, "4321 (4321:4321) may not open it"));
	vprep_launch_free(launch);
}

static void a_group_that_was_spoilt_is_told(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch;
	struct entered entered;

	let_in(h);
	assert_int_equal(attach_for(h, NIC, "run-1", getpid()), 0);
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
		LAUNCH_TEST(devices_of_a_process_go_with_it),
		LAUNCH_TEST(an_owner_is_one_process),
		LAUNCH_TEST(an_owner_by_hand_is_no_process),
		LAUNCH_TEST(what_a_dead_process_left_is_given_back_first),
		LAUNCH_TEST(a_process_must_be_there_and_its_owner_have_a_name),
		LAUNCH_TEST(a_domain_can_be_a_processs),
		LAUNCH_TEST(a_launch_needs_nothing_attached),
		LAUNCH_TEST(a_mediated_device_has_its_api),
		LAUNCH_TEST(disks_of_a_domain_are_drives),
		LAUNCH_TEST(a_launch_is_refused_with_the_reason),
		LAUNCH_TEST(the_process_becomes_the_user),
		LAUNCH_TEST(too_small_a_limit_is_told_in_numbers),
		LAUNCH_TEST(a_limit_is_raised_as_far_as_it_must),
		LAUNCH_TEST(a_user_cannot_become_another),
		LAUNCH_TEST(what_is_not_attached_is_told),
		LAUNCH_TEST(a_node_of_somebody_else_is_told),
		LAUNCH_TEST(a_group_that_was_spoilt_is_told),
		LAUNCH_TEST(everything_that_is_missing_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices for one process: who holds them, and how it is told of them. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/str.h"
#include "io/job.h"
#include "launch-fixture.h"
#include "test.h"

#define MDEV "c2177883-f1bb-47f0-914d-32a22e3a8804"

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
	assert_int_equal(launch_attach(h, VF, "run-1", pid), 0);
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

	assert_int_equal(launch_attach(h, VF, "job", getpid()), 0);
	assert_int_equal(launch_attach(h, VF2, "job", getpid()), 0);
	fake_add_process(h->fake, getppid());
	assert_int_equal(launch_attach(h, LONE, "job", getppid()), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "'job' holds devices already"));
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_driver(h, VF2, "igbvf");
}

static void an_owner_by_hand_is_no_process(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "job" }), 0);
	assert_int_equal(launch_attach(h, VF2, "job", getpid()), -EBUSY);
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_same(h);
}

static void what_a_dead_process_left_is_given_back_first(void **state)
{
	struct host *h = *state;

	fake_add_process(h->fake, getppid());
	assert_int_equal(launch_attach(h, VF, "job", getppid()), 0);
	fake_remove(h->fake, "proc/%d", getppid());
	assert_int_equal(launch_attach(h, VF2, "job", getpid()), 0);
	host_check_driver(h, VF, "igbvf");
	host_check_driver(h, VF2, "vfio-pci");
	assert_string_equal(host_owner_state(h, "job"), "held");
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_same(h);
}

static bool is_taken;

/* When what the dead one left is given back, another process is the owner at once. */
static void take_the_owner(void *data, enum vprep_log_level level, const char *line)
{
	struct host *h = data;
	pid_t pid, other = getppid();
	int status;

	(void)level, (void)line;
	if (is_taken || fake_has(h->fake, OWNERS "job.jsonl"))
		return;
	is_taken = true;
	fake_add_process(h->fake, other);
	pid = fork();
	if (pid == 0) {
		host_configure(h, "");
		_exit(launch_attach(h, VF2, "job", other) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void one_process_takes_over_what_a_dead_one_left(void **state)
{
	struct host *h = *state;

	fake_add_process(h->fake, getppid());
	assert_int_equal(launch_attach(h, VF, "job", getppid()), 0);
	fake_remove(h->fake, "proc/%d", getppid());
	h->session->told = take_the_owner;
	assert_int_equal(launch_attach(h, NIC, "job", getpid()), -EBUSY);
	assert_true(is_taken);
	assert_non_null(strstr(h->err.message, "'job' holds devices already"));
	assert_int_equal(host_detach_owner(h, "job"), 0);
	host_check_driver(h, VF, "igbvf");
}

static void a_process_must_be_there_and_its_owner_have_a_name(void **state)
{
	struct host *h = *state;

	assert_int_equal(launch_attach(h, VF, "job", INT32_MAX), -ESRCH);
	assert_int_equal(h->err.code, VPREP_E_USAGE);
	assert_int_equal(launch_attach(h, VF, "job", -1), -ESRCH); /* of a fork(2) */
	assert_int_equal(launch_attach(h, VF, NULL, getpid()), -EINVAL);
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

	fake_add_mdev_type(h->fake, &(struct fake_mdev_type){ .parent = "mtty",
							      .id = "mtty-1",
							      .instances = 2 });
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
	host_leaves(h, "mtty vfio/0 iommu_groups/0 bus/mdev class/mdev_bus");
}

#define MDEV_XML                                                                         \
	"<domain><name>x</name><devices><hostdev mode='subsystem' type='mdev' "          \
	"model='vfio-ap'><source><address uuid='" MDEV "'/></source></hostdev>"          \
	"</devices></domain>"

static void a_mediated_device_need_not_be_made_yet(void **state)
{
	struct host *h = *state;
	struct vprep_launch *launch =
		launch_as(h,
			  (struct vprep_request){ .domain = MDEV_XML,
						  .domain_len = strlen(MDEV_XML) },
			  NULL);
	struct vprep_error err;
	int status;

	check_words(launch->words,
		    "-device vfio-ap,sysfsdev=/sys/bus/mdev/devices/" MDEV);
	if (fork() == 0)
		_exit(vprep_launch_enter(h->session, launch, &err) == -ENODEV &&
				      strstr(err.message, "it does not exist yet")
			      ? 0
			      : 1);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
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
		{ LONE, NULL, -ENODEV, LONE " has no IOMMU group, or is gone" },
		{ "0000:05:1f.7", NULL, -ENODEV, "has no IOMMU group, or is gone" },
		{ "mdev_" MDEV, NULL, -ENODEV, "has no IOMMU group, or is gone" },
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

/* Leaves this process one fd to open, which does for all but a child's socket. */
static int look_up_with_one_fd(struct host *h, struct vprep_launch_command *command)
{
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct rlimit before, few;
	int fds[64], n = 0, r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = VPREP_ARRAY_SIZE(fds);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fds[n] = dup(STDERR_FILENO)) >= 0)
		n++;
	close(fds[--n]);
	r = vprep_launch_look_up(h->session, &request, command, &h->err);
	while (n > 0)
		close(fds[--n]);
	setrlimit(RLIMIT_NOFILE, &before);
	return r;
}

static void a_command_that_nobody_could_look_for_is_not_refused(void **state)
{
	struct host *h = *state;
	struct vprep_launch_command command = {
		.name = "sh", .path = "/bin", .own_path = "/bin", .number = -1
	};

	assert_int_equal(look_up_with_one_fd(h, &command), -EMFILE);
	assert_int_equal(h->err.code, VPREP_E_FAILED);
	assert_int_equal(command.number, -1);
}

static void a_command_needs_a_name_and_one_path(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names, .user = "0:0" };
	struct vprep_launch_command command = { .name = "sh", .path = "/bin" };

	assert_int_equal(vprep_launch_look_up(h->session, &request, &command, NULL), 0);
	assert_int_equal(command.number, 0);
	command.name = ""; /* as execvp(3) has it */
	assert_int_equal(vprep_launch_look_up(h->session, &request, &command, NULL), 0);
	assert_int_equal(command.number, ENOENT);
	command = (struct vprep_launch_command){ .name = "sh" };
	assert_int_equal(vprep_launch_look_up(h->session, &request, &command, NULL),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAUNCH_TEST(devices_of_a_process_go_with_it),
		LAUNCH_TEST(an_owner_is_one_process),
		LAUNCH_TEST(an_owner_by_hand_is_no_process),
		LAUNCH_TEST(what_a_dead_process_left_is_given_back_first),
		LAUNCH_TEST(one_process_takes_over_what_a_dead_one_left),
		LAUNCH_TEST(a_process_must_be_there_and_its_owner_have_a_name),
		LAUNCH_TEST(a_domain_can_be_a_processs),
		LAUNCH_TEST(a_launch_needs_nothing_attached),
		LAUNCH_TEST(a_mediated_device_has_its_api),
		LAUNCH_TEST(a_mediated_device_need_not_be_made_yet),
		LAUNCH_TEST(disks_of_a_domain_are_drives),
		LAUNCH_TEST(a_launch_is_refused_with_the_reason),
		LAUNCH_TEST(a_command_that_nobody_could_look_for_is_not_refused),
		LAUNCH_TEST(a_command_needs_a_name_and_one_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The nodes of single devices, on kernels with IOMMUFD: their number is known only once
 * the device is bound. */
#include <errno.h>

#include "common/str.h"
#include "crash-fixture.h"
#include "mutations.h"
#include "session-fixture.h"
#include "test.h"

#define MDEV "c2177883-f1bb-47f0-914d-32a22e3a8804"

#define CDEV_TEST(fn) cmocka_unit_test_setup_teardown(fn, host_setup_cdevs, host_teardown)

/* VF on vfio-pci before anybody asks for it, with its node. */
static void bind_before(struct host *h)
{
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca,
						  .group = 7, .driver = "vfio-pci" });
	assert_int_equal(vprep_io_node_set(h->session->io, geteuid(), getegid(), 0644,
					   "vfio/devices/vfio0"),
			 0);
	host_remember(h);
}

static void a_device_s_own_node_is_given_too(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *rule = NULL;

	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_true(host_is_given(h, "vfio/7"));
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_true(host_is_given(h, "vfio/devices/vfio1"));
	rule = fake_get(h->fake, CDEV_RULE(VF));
	assert_non_null(rule);
	assert_non_null(strstr(rule,
			       "SUBSYSTEM==\"vfio-dev\", KERNELS==\"0000:05:10.1\", "
			       "OWNER:=\"1234\", GROUP:=\"2345\", MODE:=\"0640\""));
	assert_int_equal(host_detach(h, VF), 0);
	assert_false(fake_has(h->fake, CDEV_RULE(VF)));
	assert_true(fake_has(h->fake, CDEV_RULE(VF2)));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_mediated_device_has_one_too(void **state)
{
	struct host *h = *state;

	fake_add_mdev_type(h->fake, &(struct fake_mdev_type){ .parent = "mtty",
							      .id = "mtty-1",
							      .instances = 2 });
	assert_int_equal(
		vprep_io_write(h->session->io, MDEV,
			       "class/mdev_bus/mtty/mdev_supported_types/mtty-1/create"),
		0);
	host_remember(h);
	assert_int_equal(host_attach(h, "mdev_" MDEV), 0);
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_true(fake_has(h->fake, CDEV_RULE(MDEV)));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void dev_iommu_is_left_alone(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	assert_true(host_is_node(h, "iommu", geteuid(), getegid(), 0660));
	assert_int_equal(host_detach(h, NULL), 0);
}

/* How many steps of the plan are about it. */
static size_t count_iommufd_steps(struct host *h)
{
	const struct vprep_request request = { .names = (const char *[]){ VF, VF2,
									  NULL } };
	struct vprep_plan *plan;
	size_t i, n = 0;

	assert_int_equal(vprep_plan(h->session, &request, &plan, &h->err), 0);
	for (i = 0; i < plan->n_steps; i++)
		n += streq(plan->steps[i].kind, "iommufd-permission");
	vprep_plan_free(plan);
	return n;
}

static void dev_iommu_is_the_configured_groups_for_good(void **state)
{
	struct host *h = *state;
	unsigned group;

	assert_int_equal(vprep_iommu_group(h->session, &group, &h->err), 0);
	assert_int_equal(count_iommufd_steps(h), 0);
	host_configure(h, "iommu-group = 3456\n");
	assert_int_equal(vprep_iommu_group(h->session, &group, &h->err), 1);
	assert_int_equal(group, 3456);
	assert_int_equal(count_iommufd_steps(h), 1);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_true(host_is_node(h, "iommu", geteuid(), 3456, 0660));
	assert_int_equal(host_detach(h, NULL), 0);
	assert_true(host_is_node(h, "iommu", geteuid(), 3456, 0660));
	assert_int_equal(count_iommufd_steps(h), 0);
	assert_string_equal(host_owner_state(h, "manual"), "");
	/* more than it asks for stays */
	assert_int_equal(vprep_io_node_set(h->session->io, 0, 0, 0666, "iommu"), 0);
	assert_int_equal(host_attach(h, VF), 0);
	assert_true(host_is_node(h, "iommu", 0, 3456, 0666));
	assert_int_equal(host_detach(h, NULL), 0);
	host_leaves(h, "dev/iommu");
}

static void a_group_that_does_not_exist_is_refused(void **state)
{
	struct host *h = *state;
	unsigned group;

	host_configure(h, "iommu-group = no-such-group\n");
	assert_int_equal(vprep_iommu_group(h->session, &group, &h->err), -ENOENT);
	assert_int_equal(vprep_iommu_group(h->session, &group, NULL), -ENOENT);
	assert_int_equal(host_attach(h, VF), -ENOENT);
	assert_non_null(strstr(h->err.message, "iommu-group: group 'no-such-group'"));
	host_check_same(h);
}

static void a_node_that_was_there_is_as_it_was(void **state)
{
	struct host *h = *state;

	bind_before(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* It leaves the owner, and stays bound for the sake of the other. */
static void one_that_becomes_a_placeholder_is_taken_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC " " SND), 0);
	assert_int_equal(host_detach(h, NIC), 0);
	host_check_driver(h, NIC, "vfio-pci");
	assert_true(host_is_given(h, "vfio/9"));
	assert_int_not_equal(host_is_given(h, "vfio/devices/vfio0"),
			     host_is_given(h, "vfio/devices/vfio1"));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_placeholder_s_node_is_nobody_s(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC), 0);
	host_check_driver(h, SND, "vfio-pci");
	assert_int_not_equal(host_is_given(h, "vfio/devices/vfio0"),
			     host_is_given(h, "vfio/devices/vfio1"));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void what_somebody_else_did_to_the_node_stays(void **state)
{
	struct host *h = *state;

	bind_before(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vprep_io_node_set(h->session->io, 4321, 4321, 0660,
					   "vfio/devices/vfio0"),
			 0);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_true(host_is_node(h, "vfio/devices/vfio0", 4321, 4321, 0660));
	host_leaves(h, "vfio/devices/vfio0");
}

static void a_kernel_without_them_has_no_step_for_them(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_plan *plan;
	size_t i;

	fake_set_cdev(h->fake, false);
	assert_int_equal(vprep_plan(h->session, &request, &plan, &h->err), 0);
	for (i = 0; i < plan->n_steps; i++)
		assert_string_not_equal(plan->steps[i].kind, "cdev-permission");
	vprep_plan_free(plan);
	host_leaves(h, "dev/iommu");
}

/* /dev/iommu is there, as by a static node, and no device gets a node. */
static void a_kernel_that_makes_none_after_all_is_no_failure(void **state)
{
	struct host *h = *state;

	fake_set_cdev(h->fake, false);
	fake_put(h->fake, 0660, "", "dev/iommu");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_killed_attach_is_undone(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_nothing, crash_attach);
}

static void a_killed_detach_is_finished(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_attached, crash_detach);
}

static void a_node_that_was_there_survives_every_kill(void **state)
{
	struct host *h = *state;
	bool killed = true;
	unsigned nth;

	crash_names = VF;
	bind_before(h);
	for (nth = 1; killed; nth++) {
		killed = crash_at_change(h, crash_attach, nth);
		assert_int_equal(host_recover(h, NULL), 0);
		if (*host_owner_state(h, "manual"))
			assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
	assert_true(nth > 5);
}

static void check_launch(struct host *h, const char *user, const char *words,
			 const char *node)
{
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names, .user = user };
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_launch *launch;
	size_t i;

	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	for (i = 0; launch->words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", launch->words[i]);
	assert_string_equal(buf.data, words);
	assert_string_equal(launch->devices[0].nodes[0], node);
	vprep_launch_free(launch);
}

static void qemu_uses_it_where_its_user_may_open_iommufd(void **state)
{
	static const char group[] = "-device vfio-pci,host=" VF;
	struct host *h = *state;

	assert_int_equal(chmod(h->fake->path, 0755), 0);
	check_launch(h, NULL, group, "/dev/vfio/7");
	assert_int_equal(host_attach(h, VF), 0);
	check_launch(h, NULL, group, "/dev/vfio/7");
	assert_non_null(strstr(h->log, "1234 may not open /dev/iommu"));
	assert_int_equal(vprep_io_node_set(h->session->io, 0, 2345, 0660, "iommu"), 0);
	check_launch(h, NULL,
		     "-object iommufd,id=vprep-iommufd "
		     "-device vfio-pci,host=" VF ",iommufd=vprep-iommufd",
		     "/dev/vfio/devices/vfio0");
	check_launch(h, "4321:4321", group, "/dev/vfio/7");
	assert_int_equal(host_detach(h, NULL), 0);
	host_leaves(h, "dev/iommu");
}

/* The BARs, no port, and nothing that is behind them: a ROM and a VF's. */
static void iommufd_needs_the_memory_of_the_device(void **state)
{
	static const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names, .memory = "4G" };
	struct host *h = *state;
	struct vprep_launch *launch;

	fake_put(h->fake, 0444,
		 "0x00000000fe000000 0x00000000feffffff 0x0000000000040200\n"
		 "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
		 "0x0000008000000000 0x00000087ffffffff 0x000000000014220c\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x00000000ffffffff 0x0000000000000000 0x0000000000040200\n"
		 "garbage\n"
		 "0x00000000fd000000 0x00000000fd0fffff 0x0000000000046200\n"
		 "0x00000000fc000000 0x00000000fc0fffff 0x0000000000040200\n",
		 "sys/bus/pci/devices/" VF "/resource");
	assert_int_equal(chmod(h->fake->path, 0755), 0);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	assert_int_equal(launch->memlock, UINT64_C(5) << 30);
	vprep_launch_free(launch);
	assert_int_equal(vprep_io_node_set(h->session->io, 0, 2345, 0660, "iommu"), 0);
	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	assert_int_equal(launch->memlock, (UINT64_C(37) << 30) + (UINT64_C(16) << 20));
	assert_non_null(strstr(launch->memlock_reason, "32784 MiB of the devices'"));
	vprep_launch_free(launch);
	assert_int_equal(host_detach(h, NULL), 0);
	host_leaves(h, "dev/iommu /resource");
}

/* Its claim is gone by then. */
static void a_rule_that_could_not_be_removed_is_removed_by_recover(void **state)
{
	struct host *h = *state;
	unsigned n;

	for (n = 1; n < 40; n++) {
		bool failed;

		assert_int_equal(host_attach(h, VF), 0);
		mutations_fail(n, EIO, 0);
		failed = host_detach(h, VF) < 0;
		mutations_stop();
		if (failed && host_recover(h, NULL) < 0)
			fail_msg("change %u: %s", n, h->err.message);
		if (!host_is_same(h)) /* it had not begun */
			assert_int_equal(host_detach(h, NULL), 0);
		if (!host_is_same(h))
			print_error("change %u:\n", n);
		host_check_same(h);
	}
}

/* The device that is the first of a boot is no exception. */
static void they_are_known_before_vfio_is_loaded(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *aliases = fake_get(h->fake, ".fake/aliases"), *more = NULL;

	fake_remove(h->fake, "dev/iommu");
	fake_remove(h->fake, "sys/class/vfio");
	fake_remove(h->fake, "sys/class/vfio-dev");
	more = vprep_strf("iommufd iommufd\n%s", aliases ? aliases : "");
	fake_put(h->fake, 0600, more, ".fake/aliases");
	host_configure(h, "iommu-group = 3456\n");
	if (host_attach(h, VF) < 0)
		fail_msg("%s", h->err.message);
	assert_true(host_is_given(h, "vfio/7"));
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_int_equal(host_detach(h, NULL), 0);
	fake_put(h->fake, 0660, "", "dev/iommu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDEV_TEST(a_device_s_own_node_is_given_too),
		CDEV_TEST(a_mediated_device_has_one_too),
		CDEV_TEST(dev_iommu_is_left_alone),
		CDEV_TEST(dev_iommu_is_the_configured_groups_for_good),
		CDEV_TEST(a_group_that_does_not_exist_is_refused),
		CDEV_TEST(a_node_that_was_there_is_as_it_was),
		CDEV_TEST(one_that_becomes_a_placeholder_is_taken_back),
		CDEV_TEST(a_placeholder_s_node_is_nobody_s),
		CDEV_TEST(what_somebody_else_did_to_the_node_stays),
		CDEV_TEST(a_kernel_without_them_has_no_step_for_them),
		CDEV_TEST(a_kernel_that_makes_none_after_all_is_no_failure),
		CDEV_TEST(a_killed_attach_is_undone),
		CDEV_TEST(a_killed_detach_is_finished),
		CDEV_TEST(a_node_that_was_there_survives_every_kill),
		CDEV_TEST(a_rule_that_could_not_be_removed_is_removed_by_recover),
		CDEV_TEST(qemu_uses_it_where_its_user_may_open_iommufd),
		CDEV_TEST(iommufd_needs_the_memory_of_the_device),
		CDEV_TEST(they_are_known_before_vfio_is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

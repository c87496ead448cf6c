// SPDX-License-Identifier: GPL-2.0-or-later
/* The fake kernel's own tools; what it has of the kernel is in the contract. */
#include "fake/fake.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#include "common/str.h"
#include "job-test.h"

#define DEVICE "0000:05:10.1"
#define OVERRIDE "bus/pci/devices/" DEVICE "/driver_override"

static void add_device(const char *driver)
{
	fake_add_vfio_pci(fake, true);
	fake_add_driver(fake,
			&(struct fake_driver){ .name = "igbvf", .ids = "8086:10ca" });
	fake_add_pci(fake, &(struct fake_pci){ .address = DEVICE,
					       .class_code = 0x020000,
					       .vendor = 0x8086,
					       .device = 0x10ca,
					       .group = 7,
					       .driver = driver });
}

static void check_override(const char *want)
{
	_cleanup_free_ char *now = fake_get(fake, "sys/" OVERRIDE);

	assert_string_equal(now, want);
}

static void the_nth_matching_write_fails(void **state)
{
	_cleanup_free_ char *log = NULL;

	(void)state;
	add_device(NULL);
	fake_fail(fake, "*override", 2, EIO);
	assert_int_equal(vprep_io_write(io, "auto",
					"bus/pci/devices/" DEVICE "/power/control"),
			 0);
	assert_int_equal(vprep_io_write(io, "a", OVERRIDE), 0);
	assert_int_equal(vprep_io_write(io, "b", OVERRIDE), -EIO);
	check_override("a");
	assert_int_equal(vprep_io_write(io, "c", OVERRIDE), 0);
	check_override("c");
	log = fake_log(fake);
	assert_non_null(strstr(log, OVERRIDE " b EIO\n"));
	fake_fail(fake, "modprobe/*", 0, EPERM);
	assert_int_equal(io->ops->load_module(io, "vfio_pci"), -EPERM);
	fake_clear_faults(fake);
	assert_int_equal(io->ops->load_module(io, "vfio_pci"), 0);
}

static int write_override(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)ret_err;
	return vprep_io_write(in, data, OVERRIDE);
}

static int run_write(const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	struct vprep_job job = { .run = write_override, .data = copy };
	struct vprep_jobs jobs = make_jobs(&job, 1, 1);

	return vprep_jobs_run(io, &jobs);
}

static void a_writer_dies_before_or_after_its_write(void **state)
{
	(void)state;
	add_device(NULL);
	fake_die(fake, "*", 1, FAKE_DIE_BEFORE);
	assert_int_equal(run_write("before"), -EIO);
	check_override("(null)");
	fake_clear_faults(fake);
	fake_die(fake, "*", 1, FAKE_DIE_AFTER);
	assert_int_equal(run_write("after"), -EIO);
	check_override("after");
	assert_int_equal(run_write("free"), 0); /* the dead left no lock */
}

static void check_orphan(enum fake_death how, const char *want)
{
	int status;
	pid_t pid;

	fake_clear_faults(fake);
	fake_die(fake, "*", 1, how);
	pid = fork();
	if (pid == 0)
		_exit(run_write("done") == 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(waitpid(-1, NULL, 0) > 0, 1); /* the writer went along */
	check_override(want);
}

static void a_writer_can_lose_its_parent(void **state)
{
	(void)state;
	add_device(NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	check_orphan(FAKE_ORPHAN_BEFORE, "(null)");
	check_orphan(FAKE_ORPHAN_AFTER, "done");
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static void a_snapshot_shows_what_changed(void **state)
{
	_cleanup_free_ char *before = NULL, *same = NULL, *after = NULL, *diff = NULL;

	(void)state;
	add_device("igbvf");
	before = fake_snapshot(fake);
	same = fake_snapshot(fake);
	assert_null(fake_diff(before, same));
	fake_put(fake, 0600, "{}\n", "run/vfio-prep/owners/a");
	assert_int_equal(vprep_io_write(io, "vfio-pci", OVERRIDE), 0);
	after = fake_snapshot(fake);
	diff = fake_diff(before, after);
	assert_string_equal(diff,
			    "+run/vfio-prep 755 /\n"
			    "+run/vfio-prep/owners 755 /\n"
			    "+run/vfio-prep/owners/a 600 {}\\n\n"
			    "-sys/devices/pci0000:00/0000:05:10.1/driver_override 644 "
			    "(null)\\n\n"
			    "+sys/devices/pci0000:00/0000:05:10.1/driver_override 644 "
			    "vfio-pci\\n\n");
}

static void an_alias_resolves_to_the_most_specific_module_first(void **state)
{
	_cleanup_strv_ char **modules = NULL, **none = NULL;

	(void)state;
	fake_add_vfio_pci(fake, false);
	fake_add_driver(fake,
			&(struct fake_driver){
				.name = "mlx5-vfio-pci",
				.module = "mlx5_vfio_pci",
				.flags = FAKE_VFIO | FAKE_NOT_LOADED,
				.aliases = "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*" });
	assert_int_equal(io->ops->resolve_alias(io,
						"vfio_pci:v000015B3d0000101Esv00000000"
						"sd00000000bc02sc00i00",
						&modules),
			 0);
	assert_int_equal(vprep_strv_len(modules), 2);
	assert_string_equal(modules[0], "mlx5_vfio_pci");
	assert_string_equal(modules[1], "vfio_pci");
	assert_int_equal(io->ops->resolve_alias(io, "pci:v0", &none), 0);
	assert_null(none[0]);
}

static void a_module_brings_its_driver(void **state)
{
	(void)state;
	fake_add_vfio_pci(fake, false);
	assert_false(fake_has(fake, "sys/bus/pci/drivers/vfio-pci"));
	assert_int_equal(io->ops->load_module(io, "vfio-pci"), 0);
	assert_true(fake_has(fake, "sys/bus/pci/drivers/vfio-pci/bind"));
	assert_true(fake_has(fake, "sys/module/vfio_pci/drivers/pci:vfio-pci"));
	assert_true(fake_has(fake, "sys/module/vfio_pci_core/holders/vfio_pci"));
	assert_true(fake_has(fake, "dev/vfio/vfio"));
}

static int try_status(struct vprep_io *host, const char *node)
{
	enum vprep_group_stage stage;

	return host->ops->try_group(host, node, VPREP_GROUP_STATUS, &stage);
}

static void the_kernel_has_variations(void **state)
{
	(void)state;
	fake_set_cdev(fake, true);
	add_device("vfio-pci");
	assert_true(fake_has(fake, "dev/vfio/devices/vfio0"));
	assert_true(fake_has(fake, "sys/bus/pci/devices/" DEVICE "/vfio-dev/vfio0/dev"));
	fake_add_driver(fake, &(struct fake_driver){ .name = "shpchp" });
	fake_add_pci(fake, &(struct fake_pci){ .address = "0000:00:05.0",
					       .class_code = 0x060400,
					       .header_type = 1,
					       .group = 7,
					       .driver = "shpchp" });
	assert_int_equal(try_status(io, "vfio/7"), -EPERM);
	fake_set_legacy_viability(fake, true);
	assert_int_equal(try_status(io, "vfio/7"), 0);
	assert_int_equal(try_status(io, "vfio/8"), -ENOENT);
	fake_remove_pci(fake, DEVICE);
	assert_false(fake_has(fake, "dev/vfio/7"));
	assert_false(fake_has(fake, "sys/class/vfio-dev/vfio0"));
}

static void user_space_leaves_marks(void **state)
{
	_cleanup_free_ struct vprep_io_address *list = NULL;
	size_t n = 77;

	(void)state;
	assert_int_equal(io->ops->block_is_claimed(io, "sda1"), 0);
	fake_claim_block(fake, "sda1", true);
	assert_int_equal(io->ops->block_is_claimed(io, "sda1"), 1);
	fake_set_addresses(fake, "eth0 192.0.2.1\nlo ::1\n");
	assert_int_equal(io->ops->addresses(io, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].interface, "eth0");
	assert_string_equal(list[0].text, "192.0.2.1");
	assert_string_equal(list[1].text, "::1");
}

#define TYPES "class/mdev_bus/" DEVICE "/mdev_supported_types/"
#define FIRST "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define SECOND "83b8f4f2-509f-382f-3c1e-e6bfe0fa1002"

static void mdevs_go_with_their_parent(void **state)
{
	_cleanup_free_ char *before = NULL, *after = NULL, *diff = NULL;

	(void)state;
	add_device("igbvf");
	fake_add_mdev_type(fake,
			   &(struct fake_mdev_type){ DEVICE, "igb-1", .instances = 1 });
	before = fake_snapshot(fake);
	assert_int_equal(vprep_io_write(io, FIRST, TYPES "igb-1/create"), 0);
	assert_int_equal(vprep_io_write(io, SECOND, TYPES "igb-1/create"), -ENOSPC);
	assert_true(fake_has(fake, "sys/bus/mdev/devices/" FIRST "/iommu_group"));
	assert_true(fake_has(fake, "dev/vfio/0"));
	assert_int_equal(vprep_io_write(io, DEVICE, "bus/pci/drivers/igbvf/unbind"), 0);
	assert_false(fake_has(fake, "sys/class/mdev_bus/" DEVICE));
	assert_false(fake_has(fake, "sys/bus/mdev/devices/" FIRST));
	assert_int_equal(vprep_io_write(io, FIRST, TYPES "igb-1/create"), -ENOENT);
	assert_int_equal(vprep_io_write(io, DEVICE, "bus/pci/drivers/igbvf/bind"), 0);
	after = fake_snapshot(fake);
	diff = fake_diff(before, after);
	if (diff)
		fail_msg("%s", diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(the_nth_matching_write_fails),
		FAKE_TEST(a_writer_dies_before_or_after_its_write),
		FAKE_TEST(a_writer_can_lose_its_parent),
		FAKE_TEST(a_snapshot_shows_what_changed),
		FAKE_TEST(an_alias_resolves_to_the_most_specific_module_first),
		FAKE_TEST(a_module_brings_its_driver),
		FAKE_TEST(the_kernel_has_variations),
		FAKE_TEST(user_space_leaves_marks),
		FAKE_TEST(mdevs_go_with_their_parent),
	};

	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}

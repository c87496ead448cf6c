// SPDX-License-Identifier: GPL-2.0-or-later
/* Binding one device and taking it back, step by step, whatever happened in between. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "session-fixture.h"
#include "step-fixture.h"
#include "test.h"

#define EPROBE_DEFER 517 /* of the kernel alone: linux/errno.h */

static const int errors[] = { EIO, EBUSY, ENODEV, EINVAL, ENOSPC };

struct bind {
	struct vprep_steps steps;
	struct vprep_step *step;
	struct vprep_error err;
};

static void bind_done(struct bind *b)
{
	vprep_steps_done(&b->steps);
}

/* A step that binds the device as it is now; @driver NULL: unbinds it. */
static void prepare(struct host *h, struct bind *b, const char *address,
		    const char *driver, const char *was_module)
{
	_cleanup_free_ char *override =
		fake_get(h->fake, "sys/bus/pci/devices/%s/driver_override", address);
	_cleanup_free_ char *id =
		fake_get(h->fake, "sys/bus/pci/devices/%s/device", address);
	_cleanup_free_ char *vendor =
		fake_get(h->fake, "sys/bus/pci/devices/%s/vendor", address);
	_cleanup_free_ char *was_driver =
		fake_link_name(h->fake, "sys/bus/pci/devices/%s/driver", address);
	_cleanup_free_ char *power =
		fake_get(h->fake, "sys/bus/pci/devices/%s/power/control", address);

	bind_done(b);
	b->step = step_add(&b->steps, "driver-bind", address);
	step_set_text(b->step, "driver", driver);
	step_set_text(b->step, "was_driver", was_driver);
	step_set_text(b->step, "was_module", was_module);
	step_set_text(b->step, "was_override",
		      streq(override, "(null)") ? NULL : override);
	step_set_text(b->step, "was_power", power);
	step_set_number(b->step, "pci_id",
			strtol(vendor, NULL, 16) << 16 | strtol(id, NULL, 16));
}

static int do_it(struct host *h, struct bind *b)
{
	b->err = (struct vprep_error){ 0 };
	return b->step->kind->child_do(h->session->io, b->step, &b->err);
}

static int undo(struct host *h, struct bind *b)
{
	b->err = (struct vprep_error){ 0 };
	return b->step->kind->child_undo(h->session->io, b->step, &b->err);
}

/* The VF is on vfio-pci. */
static void bind_vf(struct host *h, struct bind *b)
{
	prepare(h, b, VF, "vfio-pci", NULL);
	assert_int_equal(do_it(h, b), 0);
}

struct trip {
	const char *address, *driver;
};

static const struct trip trips[] = {
	{ VF, "vfio-pci" },   { VF, "other-vfio" }, { SND, "vfio-pci" },
	{ FREE, "vfio-pci" }, { BRIDGE, NULL },
};

static void each_device_goes_there_and_back(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(trips); i++) {
		prepare(h, &b, trips[i].address, trips[i].driver, NULL);
		assert_int_equal(do_it(h, &b), 0);
		host_check_driver(h, trips[i].address, trips[i].driver);
		assert_int_equal(undo(h, &b), 0);
		assert_string_equal(b.err.message, "");
		host_check_same(h);
		/* I2: there is nothing left to undo */
		assert_int_equal(undo(h, &b), 0);
		host_check_same(h);
	}
}

/* Undo of what never began, or got half-way, at each write and with each error. */
static void a_half_done_bind_goes_back(void **state)
{
	struct host *h = *state;
	size_t i, e;
	unsigned nth;
	_cleanup_(bind_done) struct bind b = { 0 };
	int r;

	for (i = 0; i < VPREP_ARRAY_SIZE(trips); i++) {
		prepare(h, &b, trips[i].address, trips[i].driver, NULL);
		for (e = 0; e < VPREP_ARRAY_SIZE(errors); e++)
			for (nth = 1, r = -1; r < 0; nth++) {
				fake_fail(h->fake, "*", nth, errors[e]);
				r = do_it(h, &b);
				fake_clear_faults(h->fake);
				assert_true(r == 0 || b.err.message[0]);
				assert_int_equal(undo(h, &b), 0);
				host_check_same(h);
			}
	}
}

/* An undo that fails anywhere can be done again. */
static void a_failed_undo_is_done_again(void **state)
{
	struct host *h = *state;
	size_t i, e;
	unsigned nth, failures = 0;
	_cleanup_(bind_done) struct bind b = { 0 };

	for (i = 0; i < VPREP_ARRAY_SIZE(trips); i++) {
		prepare(h, &b, trips[i].address, trips[i].driver, NULL);
		for (e = 0; e < VPREP_ARRAY_SIZE(errors); e++)
			for (nth = 1; nth <= 5; nth++) {
				assert_int_equal(do_it(h, &b), 0);
				fake_fail(h->fake, "*", nth, errors[e]);
				failures += undo(h, &b) < 0;
				fake_clear_faults(h->fake);
				assert_int_equal(undo(h, &b), 0);
				host_check_same(h);
			}
	}
	assert_true(failures > 20);
}

static void an_override_of_the_administrator_comes_back(void **state)
{
	static const char *const overrides[] = { "pci-stub", "igbvf", "vfio-pci", "x y" };
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(overrides); i++) {
		host_write(h, overrides[i], "bus/pci/devices/" VF "/driver_override");
		host_remember(h);
		prepare(h, &b, VF, "vfio-pci", NULL);
		assert_int_equal(do_it(h, &b), 0);
		host_check_override(h, VF, "vfio-pci");
		assert_int_equal(undo(h, &b), 0);
		host_check_same(h);
	}
}

/* "(null)" is how no override reads; written back, it would be one. */
static void an_unset_override_is_cleared_not_written(void **state)
{
	_cleanup_free_ char *log = NULL;
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	assert_int_equal(undo(h, &b), 0);
	log = fake_log(h->fake);
	assert_null(strstr(log, "(null)"));
	assert_non_null(strstr(log, VF "/driver_override $ 0"));
	assert_false(fake_has(h->fake, ".fake/override/" VF));
}

static void a_change_before_the_bind_is_a_failure(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	prepare(h, &b, VF, "vfio-pci", NULL);
	host_write(h, "pci-stub", "bus/pci/devices/" VF "/driver_override");
	host_remember(h);
	assert_int_equal(do_it(h, &b), -ESTALE);
	host_check_same(h);
	host_write(h, "\n", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/igbvf/unbind");
	host_remember(h);
	assert_int_equal(do_it(h, &b), -VPREP_STEP_LOOK_AGAIN);
	host_check_same(h);
}

static void a_probe_that_fails_is_told_and_undone(void **state)
{
	/* what the probe says, and what the kernel makes of it */
	static const int numbers[][2] = {
		{ EINVAL, -EINVAL }, { ENODEV, -ENODEV },	{ EBUSY, -EBUSY },
		{ ENOMEM, -ENOMEM }, { EPROBE_DEFER, -EAGAIN },
	};
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };
	size_t i;

	prepare(h, &b, VF, "vfio-pci", NULL);
	for (i = 0; i < VPREP_ARRAY_SIZE(numbers); i++) {
		fake_set_probe_errno(h->fake, "vfio-pci", numbers[i][0]);
		assert_int_equal(do_it(h, &b), numbers[i][1]);
		assert_non_null(strstr(b.err.message, VF));
		assert_int_equal(undo(h, &b), 0);
		fake_set_probe_errno(h->fake, "vfio-pci", 0);
		host_check_same(h);
	}
}

/* Binds the device by another path just before our own write, which then fails. */
static int overtaken_by;

static int bind_second(struct vprep_io *io, const char *path, const char *value)
{
	int r = vprep_fake_ops.write_attr(io, path, value);

	return r == 0 && overtaken_by && strstr(path, "/bind") ? -overtaken_by : r;
}

/* Up to Linux 5.10 the kernel says ENODEV of a device that has a driver. */
static void a_probe_on_another_path_may_be_first(void **state)
{
	static const int numbers[] = { EBUSY, ENODEV };
	struct vprep_io_ops ops = vprep_fake_ops;
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };
	size_t i;

	ops.write_attr = bind_second;
	prepare(h, &b, VF, "vfio-pci", NULL);
	for (i = 0; i < VPREP_ARRAY_SIZE(numbers); i++) {
		overtaken_by = numbers[i];
		h->session->io->ops = &ops;
		assert_int_equal(do_it(h, &b), 0);
		host_check_driver(h, VF, "vfio-pci");
		assert_int_equal(undo(h, &b), 0);
		h->session->io->ops = &vprep_fake_ops;
		assert_string_equal(b.err.message, "");
		host_check_same(h);
	}
}

static void a_probe_that_finds_it_busy_is_told(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	prepare(h, &b, VF, "vfio-pci", NULL);
	fake_set_probe_errno(h->fake, "vfio-pci", EBUSY);
	assert_int_equal(do_it(h, &b), -EBUSY);
	assert_non_null(strstr(b.err.message, "or it has virtual functions"));
	assert_int_equal(undo(h, &b), 0);
	host_check_same(h);
}

/* The native driver does not take it back: said, kept, and tried again later. */
static void a_native_driver_that_fails_is_told(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	fake_set_probe_errno(h->fake, "igbvf", EIO);
	assert_int_equal(undo(h, &b), -EIO);
	assert_non_null(strstr(b.err.message, "igbvf"));
	fake_set_probe_errno(h->fake, "igbvf", 0);
	assert_int_equal(undo(h, &b), 0);
	host_check_same(h);
}

/* As of sound whose driver waits for that of the graphics beside it. */
static void a_native_driver_that_defers_its_probe_is_asked_again(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };
	pid_t pid;

	bind_vf(h, &b);
	fake_set_probe_errno(h->fake, "igbvf", EPROBE_DEFER);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(300 * 1000);
		fake_set_probe_errno(h->fake, "igbvf", 0);
		_exit(0);
	}
	assert_int_equal(undo(h, &b), 0);
	assert_string_equal(b.err.message, "");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	host_check_same(h);
}

static void a_probe_that_is_deferred_is_told(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	prepare(h, &b, VF, "vfio-pci", NULL);
	fake_set_probe_errno(h->fake, "vfio-pci", EPROBE_DEFER);
	assert_int_equal(do_it(h, &b), -EAGAIN);
	assert_non_null(strstr(b.err.message, "waits for another device"));
	assert_int_equal(undo(h, &b), 0);
	host_check_same(h);
}

/* While user space has the group, no native driver binds. */
static void a_claimed_group_is_told(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	fake_open_group(h->fake, 7, true);
	assert_int_equal(undo(h, &b), -EIO);
	fake_close_group(h->fake, 7);
	assert_int_equal(undo(h, &b), 0);
	host_check_same(h);
}

/* ---- I1: undo compares before it writes ---- */

static void leave(struct host *h, struct bind *b, const char *warning)
{
	host_remember(h);
	assert_int_equal(undo(h, b), 0);
	if (!strstr(b->err.message, warning))
		fail_msg("'%s' does not say '%s'", b->err.message, warning);
	host_check_same(h);
}

static void a_foreign_driver_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	host_write(h, VF, "bus/pci/drivers/vfio-pci/unbind");
	host_write(h, "other-vfio", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/other-vfio/bind");
	leave(h, &b, "another driver");
}

/* Our override is taken off all the same: it is ours. */
static void our_override_below_a_foreign_driver_goes(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	host_write(h, VF, "bus/pci/drivers/vfio-pci/unbind");
	host_write(h, "other-vfio", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/other-vfio/bind");
	host_write(h, "vfio-pci", "bus/pci/devices/" VF "/driver_override");
	assert_int_equal(undo(h, &b), 0);
	host_check_driver(h, VF, "other-vfio");
	host_check_override(h, VF, NULL);
	host_leaves(h, VF " vfio/7");
}

static void a_foreign_override_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	host_write(h, "theirs", "bus/pci/devices/" VF "/driver_override");
	leave(h, &b, "driver_override");
}

static void what_somebody_else_gave_back_already_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	host_write(h, "\n", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/vfio-pci/unbind");
	host_write(h, VF, "bus/pci/drivers/igbvf/bind");
	assert_int_equal(undo(h, &b), 0);
	host_check_same(h); /* power/control is put right */
}

static void a_device_that_is_gone_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	fake_remove_pci(h->fake, VF);
	leave(h, &b, "not there");
}

static void another_device_at_the_address_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	bind_vf(h, &b);
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10d3,
						  .group = 7, .driver = "vfio-pci" });
	leave(h, &b, "another device");
}

static void the_old_drivers_module_is_loaded_again(void **state)
{
	struct host *h = *state;
	_cleanup_(bind_done) struct bind b = { 0 };

	prepare(h, &b, VF, "vfio-pci", "igbvf");
	assert_int_equal(do_it(h, &b), 0);
	/* rmmod */
	host_write(h, VF2, "bus/pci/drivers/igbvf/unbind");
	fake_remove(h->fake, "sys/bus/pci/drivers/igbvf");
	fake_remove(h->fake, "sys/module/igbvf");
	assert_int_equal(undo(h, &b), 0);
	host_check_driver(h, VF, "igbvf");
	host_check_override(h, VF, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(each_device_goes_there_and_back),
		HOST_TEST(a_half_done_bind_goes_back),
		HOST_TEST(a_failed_undo_is_done_again),
		HOST_TEST(an_override_of_the_administrator_comes_back),
		HOST_TEST(an_unset_override_is_cleared_not_written),
		HOST_TEST(a_change_before_the_bind_is_a_failure),
		HOST_TEST(a_probe_that_fails_is_told_and_undone),
		HOST_TEST(a_probe_on_another_path_may_be_first),
		HOST_TEST(a_probe_that_finds_it_busy_is_told),
		HOST_TEST(a_native_driver_that_fails_is_told),
		HOST_TEST(a_native_driver_that_defers_its_probe_is_asked_again),
		HOST_TEST(a_probe_that_is_deferred_is_told),
		HOST_TEST(a_claimed_group_is_told),
		HOST_TEST(a_foreign_driver_is_left),
		HOST_TEST(our_override_below_a_foreign_driver_goes),
		HOST_TEST(a_foreign_override_is_left),
		HOST_TEST(what_somebody_else_gave_back_already_is_left),
		HOST_TEST(a_device_that_is_gone_is_left),
		HOST_TEST(another_device_at_the_address_is_left),
		HOST_TEST(the_old_drivers_module_is_loaded_again),
	};

	return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}

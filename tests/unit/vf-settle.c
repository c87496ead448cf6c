// SPDX-License-Identifier: GPL-2.0-or-later
/* Whoever makes VFs for good has them with their drivers when that ends. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "test.h"
#include "vf-fixture.h"

#define LATE_MS 300
#define PROBED ".fake/busy/" VF0
#define DEADLINE_MS 30000 /* of numvfs */
#define ALIASES "vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"

/* The VFs' module is known by their modalias. */
static void know_module(struct host *h)
{
	fake_put(h->fake, 0600, ALIASES "pci:v00008086d000010CAsv*sd*bc*sc*i* igbvf\n",
		 ".fake/aliases");
}

static unsigned count_bound(struct host *h)
{
	_cleanup_strv_ char **vfs = fake_list(h->fake, "sys/bus/pci/drivers/igbvf");
	unsigned n = 0;
	size_t i;

	for (i = 0; vfs[i]; i++)
		n += strncmp(vfs[i], "0000:08:", strlen("0000:08:")) == 0;
	return n;
}

/* How long it takes, in milliseconds. */
static int64_t make(struct host *h, unsigned count)
{
	int64_t begin;

	assert_int_equal(vf_numvfs(h, 0), 0);
	begin = vprep_now_ms();
	if (vf_numvfs(h, count) < 0)
		fail_msg("%s", h->err.message);
	return vprep_now_ms() - begin;
}

static void drivers_that_come_later_are_waited_for(void **state)
{
	struct host *h = *state;

	know_module(h);
	fake_probe_late(h->fake, LATE_MS);
	make(h, 5);
	assert_int_equal(count_bound(h), 5);
}

/* A VF's driver is there, and its probe goes on: it has the device's lock. */
static int probe_after_making(struct vprep_io *io, const char *path, const char *value)
{
	int r = vprep_fake_ops.write_attr(io, path, value);
	struct fake fake = { .path = io->prefix };

	if (r < 0 || !streq(value, "3"))
		return r;
	fake.dir = open(fake.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fake_put(&fake, 0600, "", PROBED);
	if (fork() == 0) {
		usleep(LATE_MS * 1000);
		fake_remove(&fake, PROBED);
		_exit(0);
	}
	close(fake.dir);
	return 0;
}

static void a_probe_that_goes_on_is_waited_for(void **state)
{
	struct vprep_io_ops ops = vprep_fake_ops;
	struct host *h = *state;

	ops.write_attr = probe_after_making;
	h->session->io->ops = &ops;
	assert_true(make(h, 3) >= LATE_MS - 50);
	h->session->io->ops = &vprep_fake_ops;
	assert_false(fake_has(h->fake, PROBED));
}

static void vfs_that_get_no_driver_are_not_waited_for(void **state)
{
	struct host *h = *state;

	fake_probe_late(h->fake, 60000);
	/* else it would be waited for until the deadline */
	fake_put(h->fake, 0444, "coming\n", "sys/module/igbvf/initstate");
	host_leaves(h, VFS " initstate");
	assert_true(make(h, 3) < DEADLINE_MS); /* no module is for them */
	know_module(h);
	fake_put(h->fake, 0644, "0\n",
		 "sys/bus/pci/devices/" PF "/sriov_drivers_autoprobe");
	assert_true(make(h, 3) < DEADLINE_MS);
	assert_int_equal(count_bound(h), 0);
}

static void a_probe_that_never_begins_is_given_up(void **state)
{
	struct host *h = *state;

	know_module(h);
	fake_probe_late(h->fake, 60000);
	test_is_between(make(h, 3), 900, DEADLINE_MS);
	assert_null(strstr(h->log, "not known"));
}

/* The module's own start-up probes devices. */
static void a_module_that_is_just_loaded_is_waited_for_until_the_deadline(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline-numvfs = 2\n");
	know_module(h);
	fake_put(h->fake, 0444, "coming\n", "sys/module/igbvf/initstate");
	host_leaves(h, VFS " initstate");
	fake_probe_late(h->fake, 60000);
	assert_true(make(h, 3) >= 1900);
	assert_non_null(strstr(h->log, PF ": its VFs are made, but it is not known"));
}

static bool is_counted(void *data)
{
	struct host *h = data;

	return vprep_io_exists(h->session->io, VPREP_SYS,
			       "bus/pci/devices/" PF "/virtfn4") == 1;
}

static void a_signal_ends_the_wait_and_there_are_as_many_as_before(void **state)
{
	struct host *h = *state;

	know_module(h);
	fake_put(h->fake, 0444, "coming\n", "sys/module/igbvf/initstate");
	fake_probe_late(h->fake, 60000);
	host_leaves(h, VFS " initstate");
	h->session->interrupted = is_counted;
	h->session->interrupted_data = h;
	assert_int_equal(vf_numvfs(h, 5), -EINTR);
	h->session->interrupted = NULL;
	assert_false(fake_has(h->fake, "sys/bus/pci/devices/" PF "/virtfn2"));
	assert_true(fake_has(h->fake, "sys/bus/pci/devices/" PF "/virtfn1"));
	assert_false(fake_has(h->fake, "run/vfio-prep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFS_TEST(drivers_that_come_later_are_waited_for),
		VFS_TEST(a_probe_that_goes_on_is_waited_for),
		VFS_TEST(vfs_that_get_no_driver_are_not_waited_for),
		VFS_TEST(a_probe_that_never_begins_is_given_up),
		VFS_TEST(a_module_that_is_just_loaded_is_waited_for_until_the_deadline),
		VFS_TEST(a_signal_ends_the_wait_and_there_are_as_many_as_before),
	};

	return cmocka_run_group_tests_name("vf-settle", tests, NULL, NULL);
}

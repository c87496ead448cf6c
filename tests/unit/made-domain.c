// SPDX-License-Identifier: GPL-2.0-or-later
/* A controller whose driver makes a PCI domain (Intel VMD), in which its disks are. */
#include <errno.h>
#include <string.h>

#include "session-fixture.h"
#include "test.h"

#define VMD "0000:02:00.0"
#define PORT "10000:e0:06.0"
#define DISK "10000:e1:00.0"

static void add_vmd(struct host *h, int group_behind)
{
	static const struct fake_driver drivers[] = {
		{ .name = "vmd", .flags = FAKE_MAKES_DOMAIN, .ids = "8086:28c0" },
		{ .name = "nvme", .ids = "8086:2701" },
	};
	const struct fake_pci devices[] = {
		{ VMD, 0x010400, 0x8086, 0x28c0, .group = 30, .driver = "vmd" },
		{ PORT, 0x060400, 0x8086, 0x352a, 1, group_behind, .driver = "pcieport",
		  .parent = VMD },
		{ DISK, 0x010802, 0x8086, 0x2701, .group = group_behind, .driver = "nvme",
		  .parent = PORT },
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(drivers); i++)
		fake_add_driver(h->fake, &drivers[i]);
	for (i = 0; i < VPREP_ARRAY_SIZE(devices); i++)
		fake_add_pci(h->fake, &devices[i]);
	host_remember(h);
}

static void what_is_in_it_goes_with_the_controller(void **state)
{
	struct host *h = *state;

	add_vmd(h, 30);
	assert_int_equal(host_attach(h, VMD), 0);
	host_check_driver(h, VMD, "vfio-pci");
	assert_false(fake_has(h->fake, "sys/bus/pci/devices/" DISK));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_driver(h, VMD, "vmd");
	host_leaves(h, "10000: domain");
}

static void what_is_in_it_cannot_be_had_without(void **state)
{
	struct host *h = *state;

	add_vmd(h, 30);
	assert_int_equal(host_attach(h, DISK), -EOPNOTSUPP);
	if (!strstr(h->err.message, "that the driver of " VMD " makes") ||
	    !strstr(h->err.message, "attach " VMD))
		fail_msg("%s", h->err.message);
	host_check_same(h);
}

static void nobody_is_offered_it(void **state)
{
	struct host *h = *state;
	struct vprep_host_devices *devices;
	struct vprep_device_pools *pools;
	size_t i = 0;

	add_vmd(h, 30);
	fake_put(h->fake, 0644, "[device disk]\nmatch = class=0108\n",
		 "etc/vfio-prep.d/disk.conf");
	host_configure(h, "");
	host_remember(h);
	assert_int_equal(vprep_device_pools(h->session, &pools, &h->err), 0);
	assert_int_equal(pools->items[0].n, 1);
	assert_int_equal(pools->items[0].devices[0].state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(pools->items[0].devices[0].why, "it goes with " VMD);
	vprep_device_pools_free(pools);
	assert_int_equal(vprep_host_devices(h->session, &devices, &h->err), 0);
	while (strcmp(devices->items[i].name, DISK) != 0)
		assert_true(++i < devices->n);
	assert_string_equal(devices->items[i].why, "it goes with " VMD);
	vprep_host_devices_free(devices);
}

static void with_a_group_of_its_own_it_can(void **state)
{
	struct host *h = *state;

	add_vmd(h, 31);
	assert_int_equal(host_attach(h, DISK), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(what_is_in_it_goes_with_the_controller),
		HOST_TEST(what_is_in_it_cannot_be_had_without),
		HOST_TEST(nobody_is_offered_it),
		HOST_TEST(with_a_group_of_its_own_it_can),
	};

	return cmocka_run_group_tests_name("made-domain", tests, NULL, NULL);
}

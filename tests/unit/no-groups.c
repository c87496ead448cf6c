// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel without nodes of groups, whose only nodes are those of single devices. */
#include <errno.h>
#include <sys/stat.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static void drop_groups(struct host *h)
{
	fake_set_group_nodes(h->fake, false);
	fake_remove(h->fake, "dev/vfio/vfio");
	fake_remove(h->fake, "sys/class/vfio");
	host_remember(h);
}

#define NODE_TEST(fn) cmocka_unit_test_setup_teardown(fn, host_setup_cdevs, host_teardown)

static bool strv_has(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (streq(*words, word))
			return true;
	return false;
}

static void check_status_node(struct host *h, const char *node)
{
	const struct vprep_status_device *device;
	struct vprep_status *status;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(status->n_owners, 1);
	device = &status->owners[0].host[0];
	assert_string_equal(device->node, node);
	assert_int_equal(device->uid, 1234);
	assert_int_equal(device->mode, 0640);
	vprep_status_free(status);
}

/* Its user is another one in the meantime. */
static void a_node_of_its_own_goes_to_whom_it_is_for_now(void **state)
{
	static const char vf[] =
		"<hostdev type='pci'><source><address bus='5' slot='0x10' "
		"function='1'/></source></hostdev>";
	struct host *h = *state;

	drop_groups(h);
	assert_int_equal(host_prepare(h, vf), 0);
	check_status_node(h, "/dev/vfio/devices/vfio0");
	host_configure(h, "user = 4321:4321\n");
	assert_int_equal(host_prepare(h, vf), 0);
	assert_true(host_is_node(h, "vfio/devices/vfio0", 4321, 4321, 0640) ||
		    host_is_node(h, "vfio/devices/vfio1", 4321, 4321, 0640));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void a_kernel_may_have_no_nodes_of_groups(void **state)
{
	const struct vprep_request request = { .names = (const char *[]){ VF, NULL },
					       .memory = "4G" };
	struct host *h = *state;
	struct vprep_launch *launch;

	fake_put(h->fake, 0444,
		 "0x00000000fe000000 0x00000000feffffff 0x0000000000040200\n",
		 "sys/bus/pci/devices/" VF "/resource");
	drop_groups(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_non_null(strstr(h->log, VF " attached: /dev/vfio/devices/vfio0 is for "));
	check_status_node(h, "/dev/vfio/devices/vfio0");
	assert_int_equal(host_attach(h, VF2), 0);
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_true(host_is_given(h, "vfio/devices/vfio1"));
	assert_true(fake_has(h->fake, CDEV_RULE(VF)));
	assert_false(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_7.rules"));
	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	assert_true(strv_has(launch->devices[0].nodes, "/dev/vfio/devices/vfio0"));
	assert_true(strv_has(launch->devices[0].nodes, "/dev/iommu"));
	assert_false(strv_has(launch->devices[0].nodes, "/dev/vfio/7"));
	/* there is no other way, so that its memory counts */
	assert_non_null(strstr(launch->memlock_reason, "16 MiB of the devices'"));
	vprep_launch_free(launch);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_disk_of_an_nvme_controller_needs_the_groups_node(void **state)
{
	static const char disk[] =
		"<disk type='nvme'><source type='pci' managed='yes' namespace='1'><address "
		"bus='5' slot='0x10' function='1'/></source></disk>";
	struct host *h = *state;

	assert_int_equal(host_prepare(h, disk), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
	drop_groups(h);
	assert_int_equal(host_prepare(h, disk), -EOPNOTSUPP);
	assert_non_null(strstr(h->err.message, "by the node of its IOMMU group"));
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODE_TEST(a_node_of_its_own_goes_to_whom_it_is_for_now),
		NODE_TEST(a_kernel_may_have_no_nodes_of_groups),
		NODE_TEST(a_disk_of_an_nvme_controller_needs_the_groups_node),
	};

	return cmocka_run_group_tests_name("no-groups", tests, NULL, NULL);
}

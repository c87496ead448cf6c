// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that are declared to be bound: by which name, and as long as they have it. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define BOUND "[device guests]\nmatch = address=" VF "\nboot = bind\n"

static void a_device_of_two_names_is_bound_once(void **state)
{
	struct host *h = *state;

	apply_begin(h, BOUND "[device also]\nmatch = address=*:05:10.*\nboot = bind\n");
	apply_must(h);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "vfio-pci");
	apply_undeclare(h);
}

static void of_two_drivers_for_a_device_the_first_one_counts(void **state)
{
	struct host *h = *state;
	unsigned i;

	apply_begin(h, BOUND "[device a]\nmatch = address=" VF "\nboot = bind\n"
			     "driver = other-vfio\n[device b]\nmatch = address=" VF
			     "\nboot = bind\ndriver = vfio-pci\n");
	for (i = 0; i < 2; i++) {
		assert_int_equal(apply_now(h), -ENODEV);
		assert_non_null(strstr(h->err.message,
				       VF ": it cannot be on other-vfio (@a in "));
		host_check_driver(h, VF, "other-vfio");
	}
	apply_undeclare(h);
}

/* Its serial number is what the host's driver shows. */
static void what_is_known_by_its_driver_stays_bound(void **state)
{
	static const char by_serial[] = "[device disk]\nmatch = serial=S4EV-1234\n"
					"match = vendor=8086 driver=igbvf\ncount = 1\n"
					"boot = bind\n";
	struct host *h = *state;
	unsigned i;

	fake_put(h->fake, 0644, "S4EV-1234\n",
		 "sys/bus/pci/devices/" VF2 "/nvme/nvme3/serial");
	apply_begin(h, by_serial);
	for (i = 0; i < 3; i++) {
		apply_must(h);
		host_check_driver(h, VF2, "vfio-pci");
		host_check_driver(h, VF, "igbvf");
		fake_remove(h->fake, "sys/bus/pci/devices/" VF2 "/nvme");
	}
	apply_declare(h, "[device disk]\nmatch = serial=S4EV-5678\nboot = bind\n");
	apply_must(h);
	host_check_driver(h, VF2, "igbvf");
	apply_declare(h, "[device vf]\nmatch = driver=igbvf\ncount = 1\nboot = bind\n");
	for (i = 0; i < 2; i++) {
		apply_must(h);
		host_check_driver(h, VF, "vfio-pci");
		host_check_driver(h, VF2, "igbvf");
	}
	fake_put(h->fake, 0644, "S4EV-1234\n",
		 "sys/bus/pci/devices/" VF2 "/nvme/nvme3/serial");
	apply_undeclare(h);
}

/* A driver may say what stands for something that is missing. */
static void what_the_kernel_says_is_no_answer_of_apply(void **state)
{
	struct vprep_differences *const untouched = *state;
	struct vprep_differences *differences = untouched;
	struct host *h = *state;

	apply_begin(h, BOUND);
	fake_fail(h->fake, "*/bind", 1, ENODEV);
	assert_int_equal(vprep_apply_declared(h->session, NULL, false, &differences,
					      &h->err),
			 -EIO);
	assert_int_equal(h->err.number, EIO);
	assert_ptr_equal(differences, untouched);
	host_check_driver(h, VF, "igbvf");
	fake_clear_faults(h->fake);
	apply_must(h);
	apply_undeclare(h);
}

/* Else what he has would be nobody's, or what is declared his. */
static void nobody_takes_the_name_of_what_is_declared(void **state)
{
	static const struct vprep_request as_declared = { .owner = "declared" };
	struct host *h = *state;
	int i;

	apply_begin(h, BOUND);
	for (i = 0; i < 2; i++) {
		assert_int_equal(host_ask(h, VF2, as_declared), -EINVAL);
		assert_non_null(strstr(h->err.message, "choose another name"));
		host_check_driver(h, VF2, "igbvf");
		apply_must(h);
	}
	apply_undeclare(h);
}

/* ---- VFs that a domain makes ---- */

#define MAKES_VFS                                                                        \
	"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"                     \
	"<vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:vfs pf='" PF "' count='4'/>"         \
	"</vp:prepare></metadata><devices/></domain>"

static void check_list(struct host *h, const char *device,
		       enum vprep_host_device_state state)
{
	struct vprep_host_devices *devices = NULL;
	size_t i;

	assert_int_equal(vprep_host_devices(h->session, &devices, &h->err), 0);
	for (i = 0; i < devices->n && strcmp(devices->items[i].name, device) != 0; i++)
		;
	assert_true(i < devices->n);
	assert_int_equal(devices->items[i].state, state);
	vprep_host_devices_free(devices);
}

/* Nobody else is given one, so nobody is offered one. */
static void vfs_that_a_domain_makes_are_not_free(void **state)
{
	struct host *h = *state;
	struct vprep_device_pools *pools = NULL;

	apply_begin(h, "[device vfs]\nmatch = pf=" PF "\nmatch = address=" VF2 "\n");
	assert_int_equal(host_prepare_xml(h, MAKES_VFS), 0);
	check_list(h, VF0, VPREP_HOST_DEVICE_OWNED);
	assert_int_equal(vprep_device_pools(h->session, &pools, &h->err), 0);
	assert_int_equal(pools->items[0].n, 5);
	assert_int_equal(pools->items[0].n_free, 1);
	vprep_device_pools_free(pools);
	if (host_attach(h, "@vfs") < 0)
		fail_msg("%s", h->err.message);
	host_check_driver(h, VF2, "vfio-pci");
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	check_list(h, VF0, VPREP_HOST_DEVICE_FREE);
	apply_undeclare(h);
}

/* They keep nothing else from being as declared. */
static void vfs_that_a_domain_makes_are_left_alone(void **state)
{
	struct host *h = *state;

	apply_begin(h, BOUND "[device vfs]\nmatch = pf=" PF "\nboot = bind\n");
	assert_int_equal(host_prepare_xml(h, MAKES_VFS), 0);
	apply_must(h);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF0, NULL);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	apply_must(h);
	host_check_driver(h, VF0, "vfio-pci");
	apply_undeclare(h);
}

/* As apply leaves those that guests are to have. */
static void vfs_without_a_driver_come_back_without_one(void **state)
{
	static const char *const faults[] = { NULL, "*/sriov_drivers_autoprobe",
					      "*/sriov_numvfs" };
	struct host *h = *state;
	size_t i;

	fake_put(h->fake, 0200, "", "sys/bus/pci/drivers/igbvf/unbind");
	vprep_io_write(h->session->io, VF0, "bus/pci/drivers/igbvf/unbind");
	vprep_io_write(h->session->io, "0000:08:10.2", "bus/pci/drivers/igbvf/unbind");
	host_check_driver(h, VF0, NULL);
	host_check_driver(h, "0000:08:10.2", NULL);
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(faults); i++) {
		assert_int_equal(host_prepare_xml(h, MAKES_VFS), 0);
		if (faults[i]) {
			fake_fail(h->fake, faults[i], 1, EIO);
			assert_int_equal(host_release(h, DOMAIN, NULL), -EIO);
			fake_clear_faults(h->fake);
			assert_int_equal(host_recover(h, NULL), 0);
		} else {
			assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		}
		host_check_same(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(a_device_of_two_names_is_bound_once),
		VF_TEST(of_two_drivers_for_a_device_the_first_one_counts),
		VF_TEST(what_is_known_by_its_driver_stays_bound),
		VF_TEST(what_the_kernel_says_is_no_answer_of_apply),
		VF_TEST(nobody_takes_the_name_of_what_is_declared),
		VF_TEST(vfs_that_a_domain_makes_are_not_free),
		VF_TEST(vfs_that_a_domain_makes_are_left_alone),
		VFS_TEST(vfs_without_a_driver_come_back_without_one),
	};

	return cmocka_run_group_tests_name("apply-driver", tests, NULL, NULL);
}

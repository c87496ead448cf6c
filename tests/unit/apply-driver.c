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

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(a_device_of_two_names_is_bound_once),
		VF_TEST(of_two_drivers_for_a_device_the_first_one_counts),
		VF_TEST(what_is_known_by_its_driver_stays_bound),
		VF_TEST(what_the_kernel_says_is_no_answer_of_apply),
	};

	return cmocka_run_group_tests_name("apply-driver", tests, NULL, NULL);
}

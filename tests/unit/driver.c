// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/driver.h"

#include <errno.h>
#include <string.h>

#include "test.h"
#include "tree.h"

#define CARD "0000:06:00.0"

static int read_override(struct tree *tree, struct vprep_pci_device *device,
			 struct vprep_error *err)
{
	struct vprep_pci_device *const devices[] = { device };
	struct vprep_io *io;
	int r;

	assert_int_equal(vprep_io_new_at(tree->dir, false, &vprep_io_kernel_ops, &io), 0);
	r = vprep_driver_read_overrides(io, devices, 1, 1, err);
	vprep_io_free(io);
	return r;
}

static void an_override_of_a_captured_host_is_read(void **state)
{
	struct vprep_pci_device device = { .address = { .bus = 6 }, .text = { CARD } };
	struct vprep_error err = { 0 };
	struct tree *tree = tree_new();

	(void)state;
	assert_int_equal(read_override(tree, &device, &err), 0);
	assert_null(device.override);
	tree_file(tree, "vfio-pci\n", "sys/bus/pci/devices/" CARD "/driver_override");
	assert_int_equal(read_override(tree, &device, &err), 0);
	assert_string_equal(device.override, "vfio-pci");
	free(device.override);
	tree_free(tree);
}

static void an_override_that_cannot_be_read_is_an_error_with_a_message(void **state)
{
	struct vprep_pci_device device = { .address = { .bus = 6 }, .text = { CARD } };
	struct vprep_error err = { 0 };
	struct tree *tree = tree_new();

	(void)state;
	tree_dir(tree, "sys/bus/pci/devices/" CARD "/driver_override");
	assert_int_equal(read_override(tree, &device, &err), -EISDIR);
	assert_int_equal(err.code, VPREP_E_FAILED);
	assert_string_equal(err.device, CARD);
	assert_string_equal(err.message, CARD ": cannot read its driver_override: Is a "
					      "directory");
	assert_int_equal(read_override(tree, &device, NULL), -EISDIR);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_override_of_a_captured_host_is_read),
		cmocka_unit_test(
			an_override_that_cannot_be_read_is_an_error_with_a_message),
	};

	return cmocka_run_group_tests_name("driver", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/mdev.h"

#include <errno.h>

#include "common/str.h"
#include "fake/fake.h"
#include "host/driver.h"
#include "host/pci.h"
#include "test.h"

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define CARD "0000:06:00.0"
#define VF "0000:41:00.4"

struct host {
	struct fake *fake;
	struct vprep_io *io;
	struct vprep_mdev_parents parents;
};

static int setup(void **state)
{
	struct host *h = calloc(1, sizeof(*h));

	test_begin(state);
	h->fake = fake_new();
	fake_add_vfio_pci(h->fake, true); /* with the nodes of VFIO */
	h->io = fake_io(h->fake);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct host *h = *state;

	vprep_mdev_parents_done(&h->parents);
	vprep_io_free(h->io);
	fake_free(h->fake);
	free(h);
	return test_end(state);
}

static void read_parents(struct host *h)
{
	vprep_mdev_parents_done(&h->parents);
	assert_int_equal(vprep_mdev_parents_read(h->io, &h->parents), 0);
}

static void add_mtty(struct host *h)
{
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-2", "Dual port serial",
						     12, .description = "two ports" });
	fake_add_mdev_type(h->fake, &(struct fake_mdev_type){ "mtty", "mtty-1", NULL, 24,
							      .api = "vfio-ccw" });
}

static void add_card(struct host *h)
{
	fake_add_driver(h->fake,
			&(struct fake_driver){ .name = "nvidia", .ids = "10de:2236" });
	fake_add_pci(h->fake, &(struct fake_pci){ CARD, 0x030200, 0x10de, 0x2236,
						  .group = 3, .driver = "nvidia" });
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ CARD, "nvidia-11", "GRID M60-0B",
						     .instances = 4 });
}

static void add_vf(struct host *h, const char *types)
{
	fake_add_driver(h->fake,
			&(struct fake_driver){ .name = "nvidia", .ids = "10de:26b9" });
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x030200, 0x10de, 0x26b9,
						  .group = 4, .driver = "nvidia" });
	fake_add_vgpu(h->fake, VF, types);
}

static void a_host_without_mdev_has_no_parents(void **state)
{
	struct host *h = *state;
	struct vprep_mdev mdev;

	read_parents(h);
	assert_int_equal(h->parents.n, 0);
	assert_int_equal(vprep_mdev_read(h->io, UUID, &mdev), -ENODEV);
}

static void a_virtual_parent_has_its_types_in_order(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_parent *p;

	add_mtty(h);
	read_parents(h);
	assert_int_equal(h->parents.n, 1);
	p = &h->parents.items[0];
	assert_string_equal(p->name, "mtty");
	assert_int_equal(p->vendor, 0);
	assert_int_equal(p->n_types, 2);
	assert_string_equal(p->types[0].id, "mtty-1");
	assert_null(p->types[0].name);
	assert_null(p->types[0].description);
	assert_string_equal(p->types[0].api, "vfio-ccw");
	assert_int_equal(p->types[0].available, 24);
	assert_string_equal(p->types[1].name, "Dual port serial");
	assert_string_equal(p->types[1].description, "two ports");
	assert_string_equal(p->types[1].api, "vfio-pci");
	assert_int_equal(p->types[1].available, 12);
}

static void a_pci_parent_has_its_vendor(void **state)
{
	struct host *h = *state;

	add_mtty(h);
	add_card(h);
	read_parents(h);
	assert_int_equal(h->parents.n, 2);
	assert_string_equal(h->parents.items[0].name, CARD);
	assert_int_equal(h->parents.items[0].vendor, VPREP_VENDOR_NVIDIA);
	assert_false(h->parents.items[0].is_vgpu);
	assert_ptr_equal(vprep_mdev_find_parent(&h->parents, "mtty"),
			 &h->parents.items[1]);
	assert_null(vprep_mdev_find_parent(&h->parents, "mtt"));
}

static void a_type_is_found_by_id_and_by_name(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_parent *p;

	add_card(h);
	read_parents(h);
	p = &h->parents.items[0];
	assert_ptr_equal(vprep_mdev_find_type(p, "nvidia-11"), &p->types[0]);
	assert_ptr_equal(vprep_mdev_find_type(p, "GRID M60-0B"), &p->types[0]);
	assert_null(vprep_mdev_find_type(p, "nvidia-1"));
}

static void an_mdev_has_parent_type_and_group(void **state)
{
	struct host *h = *state;
	struct vprep_mdev mdev;

	add_mtty(h);
	assert_int_equal(vprep_io_write(h->io, UUID,
					"class/mdev_bus/mtty/mdev_supported_types/"
					"mtty-2/create"),
			 0);
	read_parents(h);
	assert_string_equal(h->parents.items[0].types[1].instances[0], UUID);
	assert_null(h->parents.items[0].types[1].instances[1]);
	assert_int_equal(h->parents.items[0].types[1].available, 11);
	assert_int_equal(vprep_mdev_count_instances(&h->parents.items[0]), 1);
	assert_int_equal(vprep_mdev_read(h->io, UUID, &mdev), 0);
	assert_string_equal(mdev.parent, "mtty");
	assert_string_equal(mdev.type, "mtty-2");
	assert_int_equal(mdev.group, 0);
	vprep_mdev_done(&mdev);
}

static void a_number_that_is_none_counts_as_nothing_available(void **state)
{
	struct host *h = *state;

	add_mtty(h);
	fake_put(h->fake, 0444, "many\n",
		 "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/"
		 "available_instances");
	read_parents(h);
	assert_int_equal(h->parents.items[0].types[0].available, 0);
	assert_false(h->parents.items[0].types[0].is_counted);
	assert_int_equal(h->parents.items[0].types[1].available, 12);
	assert_true(h->parents.items[0].types[1].is_counted);
}

static void a_free_function_offers_the_vgpus_that_can_be_made(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_parent *p;
	unsigned type = 99;

	add_vf(h, "ID    : vGPU Name\n1155  : NVIDIA L4-2Q\n558 : NVIDIA L4-1Q\nx");
	read_parents(h);
	assert_int_equal(h->parents.n, 1);
	p = &h->parents.items[0];
	assert_true(p->is_vgpu);
	assert_int_equal(p->n_types, 2);
	assert_string_equal(p->types[0].id, "nvidia-1155");
	assert_string_equal(p->types[0].name, "NVIDIA L4-2Q");
	assert_string_equal(p->types[1].id, "nvidia-558");
	assert_int_equal(p->types[1].available, 1);
	assert_int_equal(vprep_mdev_vgpu_type(h->io, VF, &type), 0);
	assert_int_equal(type, 0);
}

static void a_function_that_is_a_vgpu_has_one_instance_itself(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_parent *p;

	add_vf(h, "558 : NVIDIA L4-1Q");
	assert_int_equal(vprep_io_write(h->io, "558",
					"bus/pci/devices/" VF
					"/nvidia/current_vgpu_type"),
			 0);
	read_parents(h);
	p = &h->parents.items[0];
	assert_int_equal(p->n_types, 1);
	assert_string_equal(p->types[0].id, "nvidia-558");
	assert_int_equal(p->types[0].available, 0);
	assert_string_equal(p->types[0].instances[0], VF);
}

/* Its driver gives it to the guest, and so does not keep the group from it. */
static void the_driver_of_a_vgpu_is_in_nobodys_way(void **state)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *device = NULL;
	struct vprep_pci_address address;
	struct vprep_iommu_member member;
	struct host *h = *state;

	add_vf(h, "558 : NVIDIA L4-1Q");
	assert_int_equal(vprep_pci_address_parse(VF, &address), 0);
	assert_int_equal(vprep_pci_device_read(h->io, address, &device), 0);
	assert_non_null(device->driver);
	assert_true(vprep_pci_is_vgpu(h->io, device));
	member = (struct vprep_iommu_member){ .pci = device };
	assert_null(vprep_driver_in_the_way(h->io, &member));
	device->vendor = 0x8086;
	assert_non_null(vprep_driver_in_the_way(h->io, &member));
}

static void a_function_of_another_kind_is_no_parent(void **state)
{
	struct host *h = *state;
	unsigned type;

	add_card(h);
	assert_int_equal(vprep_mdev_vgpu_type(h->io, CARD, &type), -ENODEV);
	read_parents(h);
	assert_int_equal(h->parents.n, 1);
	assert_false(h->parents.items[0].is_vgpu);
}

#define MDEV_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MDEV_TEST(a_host_without_mdev_has_no_parents),
		MDEV_TEST(a_virtual_parent_has_its_types_in_order),
		MDEV_TEST(a_pci_parent_has_its_vendor),
		MDEV_TEST(a_type_is_found_by_id_and_by_name),
		MDEV_TEST(an_mdev_has_parent_type_and_group),
		MDEV_TEST(a_number_that_is_none_counts_as_nothing_available),
		MDEV_TEST(a_free_function_offers_the_vgpus_that_can_be_made),
		MDEV_TEST(a_function_that_is_a_vgpu_has_one_instance_itself),
		MDEV_TEST(the_driver_of_a_vgpu_is_in_nobodys_way),
		MDEV_TEST(a_function_of_another_kind_is_no_parent),
	};

	return cmocka_run_group_tests_name("mdev", tests, NULL, NULL);
}

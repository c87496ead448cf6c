// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices that are made for their owner and removed with it. */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"

#define SECTION "[mdev." UUID "]\ntype = mtty-2\n"
#define UUID_IN_CAPITALS "C2177883-F1BB-47F0-914D-32A22E3A8804"
#define RULE RULES "99-vfio-prep-" UUID ".rules"

static void one_of_the_configuration_is_made_given_and_removed(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *type = NULL, *group = NULL, *rule = NULL;

	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	type = fake_link_name(h->fake, MDEV_DIR "/mdev_type");
	assert_string_equal(type, "mtty-2");
	group = fake_link_name(h->fake, MDEV_DIR "/iommu_group");
	assert_true(fake_has(h->fake, "dev/vfio/%s", group));
	rule = fake_get(h->fake, RULE);
	assert_non_null(strstr(rule, "iommu_groups/%k/devices/" UUID));
	assert_string_equal(host_owner_state(h, "manual"), "held");
	assert_int_equal(host_detach(h, MDEV), 0);
	host_check_same(h);
}

static void the_definition_of_mdevctl_comes_before_the_configuration(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *type = NULL;

	mdev_define(h, "mtty", "{ \"mdev_type\": \"mtty-1\", \"start\": \"manual\" }");
	host_remember(h);
	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	type = fake_link_name(h->fake, MDEV_DIR "/mdev_type");
	assert_string_equal(type, "mtty-1");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_definition_is_found_as_mdevctl_finds_it(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *type = NULL;

	fake_put(h->fake, 0644, "{ \"mdev_type\": \"mtty-1\", \"attrs\": null }",
		 "etc/mdevctl.d/mtty/" UUID_IN_CAPITALS);
	host_remember(h);
	assert_int_equal(host_attach(h, MDEV), 0);
	type = fake_link_name(h->fake, MDEV_DIR "/mdev_type");
	assert_string_equal(type, "mtty-1");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void its_attributes_are_applied(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *params = NULL;

	mdev_define(h, SND,
		    "{ \"mdev_type\": \"nvidia-11\", \"attrs\": [ "
		    "{ \"power/control\": \"on\" }, "
		    "{ \"nvidia/vgpu_params\": \"a=1,b=2\" } ] }");
	assert_int_equal(host_attach(h, MDEV), 0);
	params = fake_get(h->fake, MDEV_DIR "/nvidia/vgpu_params");
	assert_string_equal(params, "a=1,b=2");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void an_attribute_that_is_refused_takes_the_device_with_it(void **state)
{
	struct host *h = *state;

	mdev_define(h, "mtty",
		    "{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"speed\": \"9\" } ] }");
	assert_int_equal(host_attach(h, MDEV), -ENOENT);
	mdev_check_error(h, VPREP_E_FAILED, "its attribute speed does not take '9'");
	host_check_same(h);
}

static void odd_definitions_are_refused(void **state)
{
	static const char *const odd[] = {
		"",
		"[]",
		"{}",
		"{ \"mdev_type\": 7 }",
		"{ \"mdev_type\": \"../x\" }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": 1 }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ 1 ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"../remove\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a/../b\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a\": \"1\\n2\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"/a\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a/\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a//b\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a=b\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a\\n../remove\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a b\": \"1\" } ] }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a\\u007f\": \"1\" } ] }",
		"{ \"mdev_type\": \"..\" }",
		"{ \"mdev_type\": \"mtty-1\", \"attrs\": [ { \"a\": 1 } ] }",
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(odd); i++) {
		mdev_define(h, "mtty", odd[i]);
		assert_int_equal(host_attach(h, MDEV), -EBADMSG);
		mdev_check_error(h, VPREP_E_REFUSED,
				 "definition /etc/mdevctl.d/mtty/" UUID
				 " cannot be used");
		host_check_same(h);
	}
}

static void two_definitions_of_one_uuid_are_refused(void **state)
{
	struct host *h = *state;

	mdev_define(h, "mtty", "{ \"mdev_type\": \"mtty-1\" }");
	mdev_define(h, SND, "{ \"mdev_type\": \"nvidia-11\" }");
	assert_int_equal(host_attach(h, MDEV), -EBADMSG);
	mdev_check_error(h, VPREP_E_REFUSED, "another parent has that UUID");
}

static void without_a_definition_it_is_said_what_to_add(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, MDEV), -ENODEV);
	mdev_check_error(h, VPREP_E_NOT_FOUND, "<vp:mdev uuid='" UUID "' type='TYPE'/>");
	mdev_check_error(h, VPREP_E_NOT_FOUND, "[mdev." UUID "]");
	host_check_same(h);
}

static void one_that_existed_stays(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-1", UUID);
	host_remember(h);
	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void check_failing(struct host *h, int number, enum vprep_code code,
			  const char *text)
{
	fake_fail(h->fake, "*/create", 0, number);
	/* a parent that is gone is the same, however the kernel says it */
	assert_int_equal(host_attach(h, MDEV " " VF),
			 number == ENOENT ? -ENODEV : -number);
	mdev_check_error(h, code, text);
	fake_clear_faults(h->fake);
	host_check_same(h);
}

static void each_failure_of_the_kernel_is_explained_and_undone(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION);
	check_failing(h, ENOSPC, VPREP_E_IN_USE,
		      "no instance of type mtty-2 is left on mtty");
	check_failing(h, EUSERS, VPREP_E_IN_USE,
		      "no instance of type mtty-2 is left on mtty");
	check_failing(h, ENODEV, VPREP_E_NOT_FOUND, "the parent mtty is gone");
	check_failing(h, ENOENT, VPREP_E_NOT_FOUND, "the parent mtty is gone");
	check_failing(h, EEXIST, VPREP_E_OWNED, "exists already on this host");
	check_failing(h, ENOMEM, VPREP_E_FAILED, "cannot make mdev " UUID);
}

/* It comes into being between our look and our write: the kernel says EEXIST. */
static void one_that_somebody_makes_meanwhile_is_theirs(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *hidden = NULL;

	host_configure(h, SECTION);
	mdev_make(h, "mtty-2", UUID);
	hidden = vprep_strf("%s/sys/bus/mdev/devices", h->fake->path);
	assert_int_equal(unlinkat(h->fake->dir, MDEV_DIR, 0), 0);
	assert_int_equal(host_attach(h, MDEV), -EEXIST);
	assert_true(fake_has(h->fake, "sys/class/mdev_bus/mtty/" UUID));
	assert_string_equal(host_owner_state(h, "manual"), "");
	host_leaves(h, "mtty vfio/0 iommu_groups/0");
}

static void one_that_somebody_removed_is_given_back(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	assert_int_equal(vprep_io_write(h->session->io, "1",
					"bus/mdev/devices/" UUID "/remove"),
			 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void one_that_somebody_made_anew_is_left(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	assert_int_equal(vprep_io_write(h->session->io, "1",
					"bus/mdev/devices/" UUID "/remove"),
			 0);
	mdev_make(h, "mtty-1", UUID);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_true(fake_has(h->fake, MDEV_DIR "/mdev_type"));
	assert_non_null(strstr(h->log, "made it anew meanwhile; left as it is"));
	host_leaves(h, "mtty vfio/0 iommu_groups/0");
}

static void a_second_owner_is_refused(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	assert_int_equal(host_ask(h, MDEV, (struct vprep_request){ .owner = "other" }),
			 -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "belongs to owner 'manual'");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void open_node(struct host *h)
{
	_cleanup_free_ char *group = fake_link_name(h->fake, MDEV_DIR "/iommu_group");
	_cleanup_free_ char *target = vprep_strf("/dev/vfio/%s", group);

	host_open(h, target);
}

static void one_that_is_open_is_waited_for_and_its_holder_named(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline = 1\n" SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	open_node(h);
	assert_int_equal(host_detach(h, NULL), -EBUSY);
	mdev_check_error(h, VPREP_E_LEFT, "pid 4711");
	assert_true(fake_has(h->fake, MDEV_DIR));
	assert_true(fake_has(h->fake, RULE));
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void one_of_another_process_is_in_use(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-1", UUID);
	host_remember(h);
	open_node(h);
	assert_int_equal(host_attach(h, MDEV), -EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE, "pid 4711");
	fake_remove(h->fake, "proc/4711");
	host_check_same(h);
}

static void one_that_no_driver_has_taken_is_refused(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-1", UUID);
	fake_remove(h->fake, MDEV_DIR "/iommu_group");
	host_remember(h);
	assert_int_equal(host_attach(h, MDEV), -ENXIO);
	mdev_check_error(h, VPREP_E_FAILED,
			 "mdev " UUID
			 " is there, but no VFIO driver has taken it; see the "
			 "kernel log");
	host_check_same(h);
}

static void one_whose_own_node_is_open_is_in_use(void **state)
{
	struct host *h = *state;

	fake_set_cdev(h->fake, true);
	fake_mkdir(h->fake, "dev/vfio/devices");
	mdev_make(h, "mtty-1", UUID);
	host_remember(h);
	host_open(h, "/dev/vfio/devices/vfio0");
	assert_int_equal(host_attach(h, MDEV), -EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE,
			 "pid 4711 (qemu) has /dev/vfio/devices/vfio0 open");
	fake_remove(h->fake, "proc/4711");
	host_check_same(h);
}

/* Its driver's unbind would take the mediated devices along. */
static void a_parent_with_devices_is_in_use(void **state)
{
	struct host *h = *state;

	assert_int_equal(vprep_io_write(h->session->io, UUID2,
					"class/mdev_bus/" SND
					"/mdev_supported_types/nvidia-11/create"),
			 0);
	host_remember(h);
	assert_int_equal(host_attach(h, SND), -EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE, "mediated device " UUID2 " is on it");
	/* another owner may have it, or a guest, for whose end the unbind would wait */
	assert_int_equal(host_ask(h, SND, (struct vprep_request){ .force = true }),
			 -EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE, "mediated device " UUID2 " is on it");
	host_check_same(h);
}

static void a_removal_that_blocks_is_quarantined(void **state)
{
	struct host *h = *state;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	host_configure(h, "deadline = 1\n" SECTION);
	assert_int_equal(host_attach(h, MDEV), 0);
	fake_hold(h->fake, UUID);
	assert_int_equal(host_detach(h, NULL), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_int_equal(host_count_quarantined(h), 1);
	assert_int_equal(host_attach(h, MDEV), -EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE, "quarantine");
	assert_int_equal(host_recover(h, NULL), -EIO);
	fake_release(h->fake, UUID);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MDEV_TEST(one_of_the_configuration_is_made_given_and_removed),
		MDEV_TEST(the_definition_of_mdevctl_comes_before_the_configuration),
		MDEV_TEST(a_definition_is_found_as_mdevctl_finds_it),
		MDEV_TEST(its_attributes_are_applied),
		MDEV_TEST(an_attribute_that_is_refused_takes_the_device_with_it),
		MDEV_TEST(odd_definitions_are_refused),
		MDEV_TEST(two_definitions_of_one_uuid_are_refused),
		MDEV_TEST(without_a_definition_it_is_said_what_to_add),
		MDEV_TEST(one_that_existed_stays),
		MDEV_TEST(each_failure_of_the_kernel_is_explained_and_undone),
		MDEV_TEST(one_that_somebody_makes_meanwhile_is_theirs),
		MDEV_TEST(one_that_somebody_removed_is_given_back),
		MDEV_TEST(one_that_somebody_made_anew_is_left),
		MDEV_TEST(a_second_owner_is_refused),
		MDEV_TEST(one_that_is_open_is_waited_for_and_its_holder_named),
		MDEV_TEST(one_of_another_process_is_in_use),
		MDEV_TEST(one_that_no_driver_has_taken_is_refused),
		MDEV_TEST(one_whose_own_node_is_open_is_in_use),
		MDEV_TEST(a_parent_with_devices_is_in_use),
		MDEV_TEST(a_removal_that_blocks_is_quarantined),
	};

	return cmocka_run_group_tests_name("mdev-attach", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices that are made and removed by hand; races and crashes. */
#include <errno.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <time.h>

#include "common/str.h"
#include "crash-fixture.h"
#include "mdev-fixture.h"
#include "test.h"

#define VGPU_TYPES "558 : NVIDIA L4-1Q\n559 : NVIDIA L4-2Q"

static void one_is_made_and_removed(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *name = NULL;

	assert_int_equal(mdev_create(h, (struct vprep_mdev_request){ .type = "mtty-2" },
				     &name),
			 0);
	assert_true(fake_has(h->fake, "sys/bus/mdev/devices/%s", name));
	assert_false(fake_has(h->fake, RULES));
	assert_int_equal(host_detach(h, NULL), -ENODEV); /* it is nobody's */
	assert_int_equal(mdev_remove(h, name), 0);
	host_check_same(h);
	assert_int_equal(mdev_remove(h, name), -ENODEV);
	mdev_check_error(h, VPREP_E_NOT_FOUND, "there is no mdev");
}

/* The state of the device of that name among those of the host. */
static enum vprep_host_device_state state_of(struct host *h, const char *name)
{
	enum vprep_host_device_state state = VPREP_HOST_DEVICE_STAYS;
	struct vprep_host_devices *devices = NULL;
	size_t i;

	assert_int_equal(vprep_host_devices(h->session, &devices, &h->err), 0);
	for (i = 0; i < devices->n; i++)
		if (streq(devices->items[i].name, name))
			state = devices->items[i].state;
	vprep_host_devices_free(devices);
	return state;
}

static void one_that_was_made_is_free_until_somebody_has_it(void **state)
{
	struct host *h = *state;

	assert_int_equal(
		mdev_create(h,
			    (struct vprep_mdev_request){ .type = "mtty-2", .uuid = UUID },
			    NULL),
		0);
	assert_int_equal(state_of(h, UUID), VPREP_HOST_DEVICE_FREE);
	assert_int_equal(host_attach(h, "mdev_" UUID), 0);
	assert_int_equal(state_of(h, UUID), VPREP_HOST_DEVICE_OWNED);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(state_of(h, UUID), VPREP_HOST_DEVICE_FREE);
	assert_int_equal(mdev_remove(h, UUID), 0);
	host_check_same(h);
}

static void a_malformed_request_is_refused(void **state)
{
	static const struct vprep_mdev_request requests[] = {
		{ 0 },
		{ .type = "" },
		{ .type = "../mtty-1" },
		{ .type = "mtty-1", .uuid = "x" },
		{ .type = "mtty-1", .placement = "anywhere" },
		{ .type = "mtty-1", .vendor_params = "a\nremove=1" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(requests); i++) {
		assert_int_equal(mdev_create(h, requests[i], NULL), -EINVAL);
		assert_int_equal(h->err.code, VPREP_E_USAGE);
		host_check_same(h);
	}
	assert_int_equal(mdev_remove(h, "eth0"), -EINVAL);
}

/* Its journal could not be read back by the next command. */
static void a_request_of_many_megabytes_is_refused(void **state)
{
	struct vprep_mdev_request request = { .type = "nvidia-11", .uuid = UUID };
	_cleanup_free_ char *params = malloc(9000001);
	struct host *h = *state;

	memset(params, 'x', 9000000);
	params[9000000] = '\0';
	request.vendor_params = params;
	assert_int_equal(mdev_create(h, request, NULL), -EFBIG);
	assert_int_equal(h->err.code, VPREP_E_REFUSED);
	host_check_same(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void a_parent_may_be_named_as_libvirt_names_it(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *params = NULL;
	const struct vprep_mdev_request request = { .type = "nvidia-11",
						    .parent = "pci_0000_06_00_1",
						    .uuid = UUID,
						    .vendor_params = "a=1" };

	assert_int_equal(mdev_create(h, request, NULL), 0);
	params = fake_get(h->fake, MDEV_DIR "/nvidia/vgpu_params");
	assert_string_equal(params, "a=1");
	assert_int_equal(mdev_remove(h, UUID), 0);
	host_check_same(h);
}

static void parameters_that_fail_take_the_device_with_them(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "*/nvidia/vgpu_params", 1, EINVAL);
	assert_int_equal(
		mdev_create(h,
			    (struct vprep_mdev_request){ .type = "nvidia-11",
							 .vendor_params = "a=1" },
			    NULL),
		-EINVAL);
	mdev_check_error(h, VPREP_E_FAILED, "nvidia/vgpu_params");
	host_check_same(h);
}

static void a_uuid_that_exists_is_refused(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_request request = { .type = "mtty-1", .uuid = UUID };

	mdev_make(h, "mtty-1", UUID);
	host_remember(h);
	assert_int_equal(mdev_create(h, request, NULL), -EEXIST);
	mdev_check_error(h, VPREP_E_OWNED, "exists already");
	assert_int_equal(mdev_remove(h, UUID), -EPERM);
	mdev_check_error(h, VPREP_E_REFUSED, "was not made by vfio-prep");
	host_check_same(h);
}

static void one_that_is_attached_is_not_removed(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_request request = { .type = "mtty-1", .uuid = UUID };

	assert_int_equal(mdev_create(h, request, NULL), 0);
	assert_int_equal(host_ask(h, MDEV, (struct vprep_request){ .owner = "web1" }), 0);
	assert_int_equal(mdev_remove(h, UUID), -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "is attached by owner 'web1'");
	assert_int_equal(host_detach_owner(h, "web1"), 0);
	assert_true(fake_has(h->fake, MDEV_DIR));
	assert_int_equal(mdev_remove(h, UUID), 0);
	host_check_same(h);
}

static void what_an_owner_had_made_is_not_removed_by_hand(void **state)
{
	struct host *h = *state;

	host_configure(h, "[mdev." UUID "]\ntype = mtty-1\n");
	assert_int_equal(host_attach(h, MDEV), 0);
	assert_int_equal(mdev_remove(h, UUID), -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "is attached by owner 'manual'");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void one_that_is_being_removed_is_not_attached(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_request request = { .type = "mtty-1", .uuid = UUID };

	host_configure(h, "deadline = 1\n");
	assert_int_equal(mdev_create(h, request, NULL), 0);
	fake_fail(h->fake, "*/remove", 0, EIO);
	assert_int_equal(mdev_remove(h, UUID), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	fake_clear_faults(h->fake);
	assert_int_equal(host_attach(h, MDEV), -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "vfio-prep recover");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void the_types_tell_what_is_left(void **state)
{
	struct host *h = *state;
	struct vprep_mdev_types *types;

	mdev_make(h, "mtty-2", UUID);
	assert_int_equal(vprep_mdev_types(h->session, &types, &h->err), 0);
	assert_int_equal(types->n, 3);
	assert_string_equal(types->items[0].parent, SND);
	assert_string_equal(types->items[2].type, "mtty-2");
	assert_int_equal(types->items[2].available, 1);
	assert_string_equal(types->items[2].instances[0], UUID);
	vprep_mdev_types_free(types);
	host_leaves(h, "mtty vfio/0 iommu_groups/0");
}

/* ---- functions that are vGPUs ---- */

static void add_vgpus(struct host *h)
{
	fake_add_driver(h->fake, &(struct fake_driver){ .name = "nvidia",
							.flags = FAKE_VFIO,
							.ids = "10de:26b9" });
	fake_add_pci(h->fake,
		     &(struct fake_pci){ "0000:41:00.4", 0x030200, 0x10de, 0x26b9,
					 .group = 20, .driver = "nvidia" });
	fake_add_vgpu(h->fake, "0000:41:00.4", VGPU_TYPES);
	host_remember(h);
}

static void a_function_becomes_a_vgpu_and_is_freed(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *name = NULL, *type = NULL;

	add_vgpus(h);
	assert_int_equal(mdev_create(h,
				     (struct vprep_mdev_request){ .type = "nvidia-559" },
				     &name),
			 0);
	assert_string_equal(name, "0000:41:00.4");
	type = fake_get(h->fake,
			"sys/bus/pci/devices/0000:41:00.4/nvidia/current_vgpu_type");
	assert_string_equal(type, "559");
	host_check_driver(h, "0000:41:00.4", "nvidia");
	assert_int_equal(
		mdev_create(h, (struct vprep_mdev_request){ .type = "nvidia-559" }, NULL),
		-EBUSY);
	mdev_check_error(h, VPREP_E_IN_USE, "no instance of type nvidia-559 is left");
	assert_int_equal(mdev_remove(h, name), 0);
	host_check_same(h);
}

static void a_vgpu_that_a_guest_has_is_left_to_recover(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_request request = { .type = "NVIDIA L4-1Q" };

	add_vgpus(h);
	assert_int_equal(mdev_create(h, request, NULL), 0);
	fake_hold(h->fake, "0000:41:00.4");
	assert_int_equal(mdev_remove(h, "0000:41:00.4"), -EPERM);
	mdev_check_error(h, VPREP_E_LEFT, "a guest may have it");
	fake_release(h->fake, "0000:41:00.4");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void a_vgpu_of_somebody_else_is_not_freed(void **state)
{
	struct host *h = *state;

	add_vgpus(h);
	assert_int_equal(
		vprep_io_write(h->session->io, "558",
			       "bus/pci/devices/0000:41:00.4/nvidia/current_vgpu_type"),
		0);
	host_remember(h);
	assert_int_equal(mdev_remove(h, "0000:41:00.4"), -EPERM);
	mdev_check_error(h, VPREP_E_REFUSED, "was not made a vGPU by vfio-prep");
	host_check_same(h);
}

static void a_vgpu_keeps_its_driver_when_it_is_attached(void **state)
{
	struct host *h = *state;
	const struct vprep_mdev_request request = { .type = "nvidia-558" };

	add_vgpus(h);
	assert_int_equal(mdev_create(h, request, NULL), 0);
	assert_int_equal(host_attach(h, "0000:41:00.4"), 0);
	host_check_driver(h, "0000:41:00.4", "nvidia");
	assert_int_equal(mdev_remove(h, "0000:41:00.4"), -EBUSY);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(mdev_remove(h, "0000:41:00.4"), 0);
	host_check_same(h);
}

/* The functions of a card have one modalias, and one that is no vGPU goes to VFIO. */
static void its_driver_is_not_chosen_for_another_function(void **state)
{
	struct host *h = *state;

	add_vgpus(h);
	fake_add_pci(h->fake, &(struct fake_pci){ "0000:41:00.5", 0x030200, 0x10de,
						  0x26b9, .group = 21 });
	host_remember(h);
	assert_int_equal(host_attach(h, "0000:41:00.4 0000:41:00.5"), 0);
	host_check_driver(h, "0000:41:00.4", "nvidia");
	host_check_driver(h, "0000:41:00.5", "vfio-pci");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* ---- races and crashes ---- */

static int make(struct host *h)
{
	return mdev_create(
		h, (struct vprep_mdev_request){ .uuid = UUID, .type = "mtty-2" }, NULL);
}

static bool is_begun(struct host *h)
{
	_cleanup_free_ char *text = fake_get(h->fake, OWNERS MDEV ".jsonl");

	return text && strstr(text, "\"begun\":1");
}

/* As long as the journal does not say that it begins to make one, what is there is not of
 * its making. */
static void what_somebody_makes_after_a_kill_stays(void **state)
{
	struct host *h = *state;
	unsigned nth, n = 0;

	for (nth = 1;; nth++) {
		bool killed = crash_at_change(h, make, nth);

		assert_true(killed);
		if (is_begun(h))
			break;
		n += fake_has(h->fake, OWNERS MDEV ".jsonl");
		mdev_make(h, "mtty-2", UUID);
		assert_int_equal(host_recover(h, NULL), 0);
		if (!fake_has(h->fake, MDEV_DIR))
			fail_msg("taken away after change %u", nth);
		vprep_io_write(h->session->io, "1", "bus/mdev/devices/" UUID "/remove");
		host_check_same(h);
	}
	assert_true(n > 1);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* Much later than ours was begun. */
static void what_is_much_younger_stays(void **state)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
					   { .tv_sec = time(NULL) + 120 } };
	struct host *h = *state;
	_cleanup_free_ char *group = NULL, *node = NULL;

	fake_die(h->fake, "*/create", 1, FAKE_ORPHAN_BEFORE);
	assert_true(host_is_killed(h, make));
	fake_clear_faults(h->fake);
	assert_true(is_begun(h));
	mdev_make(h, "mtty-2", UUID);
	group = fake_link_name(h->fake, MDEV_DIR "/iommu_group");
	node = vprep_strf("dev/vfio/%s", group);
	assert_int_equal(utimensat(h->fake->dir, node, times, 0), 0);
	assert_int_equal(host_recover(h, NULL), 0);
	assert_true(fake_has(h->fake, MDEV_DIR));
	vprep_io_write(h->session->io, "1", "bus/mdev/devices/" UUID "/remove");
	host_check_same(h);
}

#define N 4

static int create_one(struct host *h)
{
	host_configure(h, "");
	return mdev_create(h, (struct vprep_mdev_request){ .type = "mtty-2" }, NULL);
}

static void of_many_as_many_get_one_as_there_are(void **state)
{
	struct host *h = *state;
	unsigned i, made = 0, told = 0;
	struct vprep_status *status;
	pid_t pids[N];
	int end;

	for (i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(create_one(h) == 0 ? 0 : (int)h->err.code);
	}
	for (i = 0; i < N; i++) {
		assert_int_equal(waitpid(pids[i], &end, 0), pids[i]);
		made += WEXITSTATUS(end) == 0;
		told += WEXITSTATUS(end) == VPREP_E_IN_USE ||
			WEXITSTATUS(end) == VPREP_E_OWNED;
	}
	assert_int_equal(made, 2);
	assert_int_equal(told, N - 2);
	assert_int_equal(mdev_left(h, "mtty-2"), 0);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(status->n_owners, 2);
	for (i = 0; i < status->n_owners; i++)
		assert_int_equal(mdev_remove(h, status->owners[i].id), 0);
	vprep_status_free(status);
	host_check_same(h);
}

/* What a killed command was about to take counts until recover has looked. */
static void the_last_one_of_a_killed_command_is_not_given_twice(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-2", UUID2);
	host_remember(h);
	fake_die(h->fake, "*/create", 1, FAKE_ORPHAN_BEFORE);
	assert_true(host_is_killed(h, create_one));
	fake_clear_faults(h->fake);
	assert_int_equal(mdev_create(h, (struct vprep_mdev_request){ .type = "mtty-2" },
				     NULL),
			 -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "interrupted");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void be_defined(struct host *h)
{
	mdev_define(h, "mtty", "{ \"mdev_type\": \"mtty-2\" }");
	crash_names = MDEV;
}

static void a_killed_attach_leaves_no_device(void **state)
{
	be_defined(*state);
	crash_everywhere(*state, crash_nothing, crash_attach);
}

static void a_killed_detach_leaves_no_device(void **state)
{
	be_defined(*state);
	crash_everywhere(*state, crash_be_attached, crash_detach);
}

/* The driver fails to read them: that type says less, and all others what they are. */
static void an_attribute_that_cannot_be_read_is_none(void **state)
{
	static const char type[] = "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1";
	static const char *const attributes[] = { "available_instances", "name",
						  "description", "device_api" };
	struct vprep_mdev_types *types;
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(attributes); i++) {
		fake_remove(h->fake, "%s/%s", type, attributes[i]);
		fake_mkdir(h->fake, "%s/%s", type, attributes[i]); /* EISDIR */
	}
	host_remember(h);
	assert_int_equal(vprep_mdev_types(h->session, &types, &h->err), 0);
	assert_int_equal(types->n, 3);
	vprep_mdev_types_free(types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MDEV_TEST(one_is_made_and_removed),
		MDEV_TEST(one_that_was_made_is_free_until_somebody_has_it),
		MDEV_TEST(a_malformed_request_is_refused),
		MDEV_TEST(a_request_of_many_megabytes_is_refused),
		MDEV_TEST(a_parent_may_be_named_as_libvirt_names_it),
		MDEV_TEST(parameters_that_fail_take_the_device_with_them),
		MDEV_TEST(a_uuid_that_exists_is_refused),
		MDEV_TEST(one_that_is_attached_is_not_removed),
		MDEV_TEST(what_an_owner_had_made_is_not_removed_by_hand),
		MDEV_TEST(one_that_is_being_removed_is_not_attached),
		MDEV_TEST(the_types_tell_what_is_left),
		MDEV_TEST(a_function_becomes_a_vgpu_and_is_freed),
		MDEV_TEST(a_vgpu_that_a_guest_has_is_left_to_recover),
		MDEV_TEST(a_vgpu_of_somebody_else_is_not_freed),
		MDEV_TEST(a_vgpu_keeps_its_driver_when_it_is_attached),
		MDEV_TEST(its_driver_is_not_chosen_for_another_function),
		MDEV_TEST(of_many_as_many_get_one_as_there_are),
		MDEV_TEST(the_last_one_of_a_killed_command_is_not_given_twice),
		MDEV_TEST(a_killed_attach_leaves_no_device),
		MDEV_TEST(a_killed_detach_leaves_no_device),
		MDEV_TEST(what_somebody_makes_after_a_kill_stays),
		MDEV_TEST(what_is_much_younger_stays),
		MDEV_TEST(an_attribute_that_cannot_be_read_is_none),
	};

	return cmocka_run_group_tests_name("mdev-verb", tests, NULL, NULL);
}

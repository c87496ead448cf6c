// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a device, or a group. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static struct vprep_held_devices *of_device(struct host *h, const char *device)
{
	struct vprep_held_devices *holders;

	assert_int_equal(vprep_held_device_find(h->session, device, &holders, &h->err),
			 0);
	return holders;
}

static struct vprep_held_devices *of_group(struct host *h, unsigned group)
{
	struct vprep_held_devices *holders;

	assert_int_equal(vprep_held_group_find(h->session, group, &holders, &h->err), 0);
	return holders;
}

static void check_one(struct vprep_held_devices *holders, const char *device, int group,
		      const char *owner)
{
	const struct vprep_held_device *one = vprep_held_device_at(holders, 0);

	assert_int_equal(holders->n, 1);
	assert_null(vprep_held_device_at(holders, 1));
	assert_string_equal(one->device, device);
	assert_int_equal(one->group, group);
	assert_string_equal(one->owner, owner);
	assert_string_equal(one->owner_state, "held");
	assert_false(one->placeholder);
	assert_int_equal(one->pid, -1);
	vprep_held_devices_free(holders);
}

static void check_none(struct vprep_held_devices *holders)
{
	assert_int_equal(holders->n, 0);
	vprep_held_devices_free(holders);
}

static void a_device_is_found_by_any_of_its_names(void **state)
{
	static const char *const names[] = { VF, "05:10.1", "pci_0000_05_10_1" };
	struct host *h = *state;
	size_t i;

	check_none(of_device(h, VF)); /* there is no journal at all */
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "web1" }), 0);
	assert_int_equal(host_attach(h, VF2), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++)
		check_one(of_device(h, names[i]), VF, 7, "web1");
	check_one(of_device(h, VF2), VF2, 8, "manual");
	check_none(of_device(h, NIC));
}

static void a_group_has_its_placeholders_too(void **state)
{
	struct host *h = *state;
	struct vprep_held_devices *holders;
	bool nic = false, snd = false;
	size_t i;

	assert_int_equal(host_attach(h, NIC), 0);
	check_none(of_group(h, 7));
	holders = of_group(h, 9);
	for (i = 0; i < holders->n; i++) {
		const struct vprep_held_device *one = vprep_held_device_at(holders, i);

		assert_int_equal(one->group, 9);
		nic |= streq(one->device, NIC) && !one->placeholder;
		snd |= streq(one->device, SND) && one->placeholder;
	}
	assert_true(nic && snd);
	vprep_held_devices_free(holders);
	holders = of_device(h, SND);
	assert_int_equal(holders->n, 1);
	assert_true(vprep_held_device_at(holders, 0)->placeholder);
	vprep_held_devices_free(holders);
}

/* It was bound for the group's sake before. */
static void a_placeholder_that_is_attached_is_none_any_more(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, FREE), 0);
	assert_int_equal(host_attach(h, NIC), 0);
	check_one(of_device(h, NIC), NIC, 9, "manual");
	assert_int_equal(host_detach(h, NIC), 0);
}

static void all_are_listed_for_who_names_none(void **state)
{
	struct host *h = *state;
	struct vprep_held_devices *holders;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "b" }), 0);
	assert_int_equal(host_ask(h, VF2, (struct vprep_request){ .owner = "a" }), 0);
	holders = of_device(h, NULL);
	assert_int_equal(holders->n, 2);
	assert_string_equal(vprep_held_device_at(holders, 0)->owner, "a");
	assert_string_equal(vprep_held_device_at(holders, 1)->owner, "b");
	vprep_held_devices_free(holders);
}

static void the_process_of_an_owner_is_told(void **state)
{
	const struct vprep_request request = { .owner = "vm", .pid = (int)getpid() };
	struct host *h = *state;
	struct vprep_held_devices *holders;

	fake_add_process(h->fake, getpid());
	assert_int_equal(host_ask(h, VF, request), 0);
	holders = of_group(h, 7);
	assert_int_equal(vprep_held_device_at(holders, 0)->pid, getpid());
	assert_string_equal(vprep_held_device_at(holders, 0)->owner_kind, "run");
	vprep_held_devices_free(holders);

	/* when it has ended, its number is nobody's, or another one's */
	fake_remove(h->fake, "proc/%d", getpid());
	holders = of_device(h, VF);
	assert_int_equal(vprep_held_device_at(holders, 0)->pid, -1);
	assert_string_equal(vprep_held_device_at(holders, 0)->owner_state, "dead");
	vprep_held_devices_free(holders);
	fake_add_process(h->fake, getpid());
}

static void one_that_is_gone_is_still_held(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	fake_remove_pci(h->fake, VF);
	check_one(of_device(h, "05:10.1"), VF, 7, "manual");
	host_leaves(h, "0000:05:10.1 iommu_groups/7 vfio/7");
}

static void what_is_no_name_is_refused(void **state)
{
	struct host *h = *state;
	struct vprep_held_devices *holders;

	assert_int_equal(vprep_held_device_find(h->session, "a/b", &holders, &h->err),
			 -EINVAL);
	assert_int_equal(vprep_held_device_find(h->session, "", &holders, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_device_is_found_by_any_of_its_names),
		HOST_TEST(a_group_has_its_placeholders_too),
		HOST_TEST(a_placeholder_that_is_attached_is_none_any_more),
		HOST_TEST(all_are_listed_for_who_names_none),
		HOST_TEST(the_process_of_an_owner_is_told),
		HOST_TEST(one_that_is_gone_is_still_held),
		HOST_TEST(what_is_no_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

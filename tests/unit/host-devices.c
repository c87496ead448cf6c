// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of the host, and who has them. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define MODALIAS "sys/bus/pci/devices/%s/modalias"

/* Fails when there is none of that name. */
static const struct vprep_host_device *find(const struct vprep_host_devices *devices,
					    const char *name)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (strcmp(devices->items[i].name, name) == 0)
			return &devices->items[i];
	fail_msg("there is no %s", name);
	return NULL;
}

static struct vprep_host_devices *look(struct host *h)
{
	struct vprep_host_devices *devices = NULL;

	if (vprep_host_devices(h->session, &devices, &h->err) < 0)
		fail_msg("%s", h->err.message);
	return devices;
}

static void a_device_is_free_until_somebody_has_it(void **state)
{
	struct host *h = *state;
	struct vprep_host_devices *devices = look(h);
	const struct vprep_host_device *vf = find(devices, VF);

	assert_int_equal(vf->state, VPREP_HOST_DEVICE_FREE);
	assert_string_equal(vf->node_name, "pci_0000_05_10_1");
	assert_string_equal(vf->capability, "pci");
	assert_string_equal(vf->driver, "igbvf");
	assert_int_equal(vf->group, 7);
	assert_null(vf->owner);
	assert_null(vf->why);
	vprep_host_devices_free(devices);

	assert_int_equal(host_attach(h, VF), 0);
	devices = look(h);
	vf = find(devices, VF);
	assert_int_equal(vf->state, VPREP_HOST_DEVICE_OWNED);
	assert_string_equal(vf->owner, "owner 'manual'");
	assert_string_equal(vf->owner_kind, "manual");
	vprep_host_devices_free(devices);
}

/* The rest of its group is nobody else's to take. */
static void a_placeholder_belongs_to_the_owner_of_its_group(void **state)
{
	struct host *h = *state;
	struct vprep_host_devices *devices;

	assert_int_equal(host_attach(h, NIC), 0);
	devices = look(h);
	assert_int_equal(find(devices, SND)->state, VPREP_HOST_DEVICE_OWNED);
	assert_string_equal(find(devices, SND)->owner, "owner 'manual'");
	vprep_host_devices_free(devices);
}

static void what_is_never_given_away_says_so(void **state)
{
	struct host *h = *state;
	struct vprep_host_devices *devices;

	host_configure(h, "deny = " VF2 "\n");
	devices = look(h);
	assert_int_equal(find(devices, BRIDGE)->state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(find(devices, BRIDGE)->why, "a bridge");
	assert_int_equal(find(devices, VF2)->state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(find(devices, VF2)->why, "the configuration denies " VF2);
	assert_int_equal(find(devices, LONE)->state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(find(devices, LONE)->why, "it has no IOMMU group");
	vprep_host_devices_free(devices);
}

/* VFIO's own group of a device that no IOMMU covers. */
static void a_device_without_an_iommu_is_never_free(void **state)
{
	static const char group[] = "sys/kernel/iommu_groups/90";
	struct host *h = *state;
	struct vprep_host_devices *devices;
	struct vprep_reasons *reasons;
	struct vprep_groups *groups;
	size_t i;

	fake_put(h->fake, 0444, "vfio-noiommu\n", "%s/name", group);
	fake_link(h->fake, "sys/bus/pci/devices/" LONE, "%s/devices/" LONE, group);
	fake_link(h->fake, group, "sys/bus/pci/devices/" LONE "/iommu_group");
	host_remember(h);
	devices = look(h);
	assert_string_equal(find(devices, LONE)->why, "it has no IOMMU group");
	vprep_host_devices_free(devices);
	assert_int_equal(vprep_check(h->session,
				     &(struct vprep_request){
					     .names = (const char *[]){ LONE, NULL } },
				     &reasons, &h->err),
			 0);
	assert_int_equal(reasons->n, 1);
	assert_non_null(strstr(reasons->items[0].message, "has no IOMMU group"));
	vprep_reasons_free(reasons);
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	for (i = 0; i < groups->n; i++)
		assert_int_not_equal(groups->items[i].number, 90);
	vprep_groups_free(groups);
}

static void one_that_cannot_be_read_hides_no_other(void **state)
{
	static const char *const broken[] = { VF, VF2 };
	struct host *h = *state;
	struct vprep_host_devices *devices;
	struct vprep_groups *groups;
	char *aliases[2], *text;
	size_t i;

	assert_int_equal(host_attach(h, VF2), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(broken); i++) {
		aliases[i] = fake_get(h->fake, MODALIAS, broken[i]);
		fake_remove(h->fake, MODALIAS, broken[i]);
		fake_mkdir(h->fake, MODALIAS, broken[i]);
	}
	devices = look(h);
	assert_int_equal(find(devices, VF)->state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(find(devices, VF)->why, "it cannot be read: Is a directory");
	assert_int_equal(find(devices, VF)->group, -1);
	assert_int_equal(find(devices, VF2)->state, VPREP_HOST_DEVICE_OWNED);
	assert_int_equal(find(devices, NIC)->state, VPREP_HOST_DEVICE_FREE);
	vprep_host_devices_free(devices);
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	for (i = 0; groups->items[i].number != 7;)
		assert_true(++i < groups->n);
	assert_true(groups->n > 2);
	assert_false(groups->items[i].viable);
	assert_string_equal(groups->items[i].members[0].address, VF);
	assert_string_equal(groups->items[i].blockers[0],
			    "it cannot be read: Is a directory");
	vprep_groups_free(groups);
	/* what is declared without it would not be how the host is */
	assert_int_equal(vprep_export_declared(h->session, &text, &h->err), -EISDIR);
	assert_string_equal(h->err.message, "cannot read how " VF " is: Is a directory");
	for (i = 0; i < VPREP_ARRAY_SIZE(broken); i++) {
		_cleanup_free_ char *line = vprep_strf("%s\n", aliases[i]);

		fake_remove(h->fake, MODALIAS, broken[i]);
		fake_put(h->fake, 0444, line, MODALIAS, broken[i]);
		free(aliases[i]);
	}
}

static void a_hub_is_never_free(void **state)
{
	static const char *const classes[][2] = { { "usb1", "09\n" }, { "1-1", "00\n" } };
	struct host *h = *state;
	struct vprep_host_devices *devices;
	size_t i;

	fake_mkdir(h->fake, "sys/bus/usb/devices");
	for (i = 0; i < VPREP_ARRAY_SIZE(classes); i++) {
		const char *name = classes[i][0];
		_cleanup_free_ char *target = NULL;

		fake_put(h->fake, 0444, classes[i][1],
			 "sys/devices/pci0000:00/usb1/%s/bDeviceClass", name);
		fake_put(h->fake, 0644, "DEVTYPE=usb_device\n",
			 "sys/devices/pci0000:00/usb1/%s/uevent", name);
		fake_link(h->fake, "sys/bus/usb",
			  "sys/devices/pci0000:00/usb1/%s/subsystem", name);
		target = vprep_strf("sys/devices/pci0000:00/usb1/%s", name);
		assert_non_null(target);
		fake_link(h->fake, target, "sys/bus/usb/devices/%s", name);
	}
	host_remember(h);
	devices = look(h);
	assert_int_equal(find(devices, "usb_usb1")->state, VPREP_HOST_DEVICE_STAYS);
	assert_string_equal(find(devices, "usb_usb1")->why, "a hub");
	assert_int_equal(find(devices, "usb_1_1")->state, VPREP_HOST_DEVICE_FREE);
	vprep_host_devices_free(devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_device_is_free_until_somebody_has_it),
		HOST_TEST(a_placeholder_belongs_to_the_owner_of_its_group),
		HOST_TEST(what_is_never_given_away_says_so),
		HOST_TEST(a_device_without_an_iommu_is_never_free),
		HOST_TEST(one_that_cannot_be_read_hides_no_other),
		HOST_TEST(a_hub_is_never_free),
	};

	return cmocka_run_group_tests_name("host-devices", tests, NULL, NULL);
}

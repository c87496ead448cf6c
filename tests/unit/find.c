// SPDX-License-Identifier: GPL-2.0-or-later
/* From what a device is called, or what a domain asks for, to where it is. */
#include "device/find.h"

#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"
#include "xml/domain.h"

#define DISK(space)                                                                          \
	"<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='" space \
	"'><address bus='7' slot='0' function='0'/></source></disk>"

#define TWO_DISKS                                                                        \
	"<domain><name>x</name><devices>" DISK("1") DISK("2") "</devices></domain>"

static const char two_disks[] = TWO_DISKS;

static int find(struct host *h, const char *first, const char *second,
		struct vprep_error *err)
{
	const char *const names[] = { first, second, NULL };
	struct vprep_devices devices = { 0 };
	int r = vprep_devices_find_named(h->session->io, names, NULL, &devices, err);

	assert_int_equal(devices.n, r < 0 ? 0 : second ? 2 : 1);
	vprep_devices_done(&devices);
	return r;
}

/* With a message for those who want one. */
static void every_failure_has_its_errno(void **state)
{
	static const struct {
		const char *first, *second;
		int r;
		const char *message;
	} rows[] = {
		{ VF, VF2, 0, "" },
		{ "a/b", NULL, -EINVAL, "is not a device name" },
		{ "eth9", NULL, -ENODEV, "neither a PCI address nor" },
		{ "usb_9_9", NULL, -ENODEV, "'usb_9_9': there is no such USB device" },
		{ "scsi_9_9_9_9", NULL, -ENODEV, "is module sg loaded?" },
		{ VF, "05:10.1", -EINVAL, VF " is named twice" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		h->err = (struct vprep_error){ 0 };
		assert_int_equal(find(h, rows[i].first, rows[i].second, NULL), rows[i].r);
		assert_int_equal(find(h, rows[i].first, rows[i].second, &h->err),
				 rows[i].r);
		if (!strstr(h->err.message, rows[i].message))
			fail_msg("'%s' instead of '%s'", h->err.message, rows[i].message);
	}
}

static void two_disks_on_one_controller_are_one_device(void **state)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	_cleanup_strv_ char **notes = NULL;
	struct host *h = *state;

	assert_int_equal(
		vprep_domain_parse(two_disks, strlen(two_disks), &domain, &h->err), 0);
	assert_int_equal(vprep_devices_find_asked(h->session->io, &domain->devices, NULL,
						  &devices, &notes, &h->err),
			 0);
	assert_int_equal(devices.n, 2);
	assert_string_equal(devices.items[0].name, LONE);
	assert_string_equal(devices.items[1].name, LONE);
	assert_false(devices.items[0].is_again);
	assert_true(devices.items[1].is_again);
	assert_int_equal(devices.items[1].asked.pci.namespace_id, 2);
	assert_null(domain->devices.items[0].name); /* what is asked is as it was */
}

static void a_device_is_refused_once_however_often_it_is_asked_for(void **state)
{
	const struct vprep_request request = { .domain = two_disks,
					       .domain_len = strlen(two_disks) };
	struct host *h = *state;
	struct vprep_reasons *reasons;

	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 1);
	assert_non_null(strstr(reasons->items[0].message, "has no IOMMU group"));
	vprep_reasons_free(reasons);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(every_failure_has_its_errno),
		HOST_TEST(two_disks_on_one_controller_are_one_device),
		HOST_TEST(a_device_is_refused_once_however_often_it_is_asked_for),
	};

	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}

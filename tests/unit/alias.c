// SPDX-License-Identifier: GPL-2.0-or-later
/* Other names of devices: of their parts, nodes and slots. */
#include <errno.h>
#include <unistd.h>

#include "common/str.h"
#include "device/alias.h"
#include "device/find.h"
#include "model/device.h"
#include "session-fixture.h"
#include "test.h"

#define ROOT "devices/pci0000:00/"
#define SUBSYSTEM_FOLDER "devices/virtual/nvme-subsystem"
#define SUBSYSTEMS SUBSYSTEM_FOLDER "/nvme-subsys"
#define UUID "c4e2a9ac-6ee9-4f8e-8f7c-3b1a2d0f9a11"

static void add_link(struct host *h, const char *link, const char *path)
{
	_cleanup_free_ char *folder = vprep_strf("sys/%s", path);
	_cleanup_free_ char *target = vprep_strf("../../%s", path);
	_cleanup_free_ char *above = strndup(link, (size_t)(strrchr(link, '/') - link));
	_cleanup_free_ char *up = vprep_strf("sys/%s", above);
	_cleanup_free_ char *at = vprep_strf("sys/%s", link);

	if (strchr(above, '/') != strrchr(above, '/')) { /* bus/usb/devices */
		free(target);
		target = vprep_strf("../../../%s", path);
	}
	fake_mkdir(h->fake, "%s", folder);
	fake_mkdir(h->fake, "%s", up);
	assert_int_equal(symlinkat(target, h->fake->dir, at), 0);
}

/* A namespace that several controllers may reach. */
static void add_multipath(struct host *h, const char *subsystem, const char *disk)
{
	_cleanup_free_ char *path = vprep_strf("%s/%s", SUBSYSTEM_FOLDER, subsystem);
	_cleanup_free_ char *disk_path = vprep_strf("%s/%s", path, disk);
	_cleanup_free_ char *link = vprep_strf("class/nvme-subsystem/%s", subsystem);
	_cleanup_free_ char *disk_link = vprep_strf("class/block/%s", disk);

	add_link(h, link, path);
	add_link(h, disk_link, disk_path);
}

static int setup(void **state)
{
	int r = host_setup(state);
	struct host *h = *state;

	add_link(h, "class/block/nvme0n1", ROOT VF "/nvme/nvme0/nvme0n1");
	add_link(h, "class/block/nvme0n1p1", ROOT VF "/nvme/nvme0/nvme0n1/nvme0n1p1");
	add_link(h, "class/nvme/nvme1", ROOT NIC "/nvme/nvme1");
	add_link(h, "class/nvme/nvme2", ROOT SND "/nvme/nvme2");
	add_link(h, "class/nvme/nvme3", "devices/virtual/nvme-fabrics/ctl/nvme3");
	add_multipath(h, "nvme-subsys1", "nvme1n1");
	add_multipath(h, "nvme-subsys2", "nvme2n1");
	fake_link(h->fake, "sys/" ROOT NIC "/nvme/nvme1", "sys/" SUBSYSTEMS "1/nvme1");
	fake_link(h->fake, "sys/devices/virtual/nvme-fabrics/ctl/nvme3",
		  "sys/" SUBSYSTEMS "1/nvme3");
	fake_link(h->fake, "sys/" ROOT NIC "/nvme/nvme1", "sys/" SUBSYSTEMS "2/nvme1");
	fake_link(h->fake, "sys/" ROOT SND "/nvme/nvme2", "sys/" SUBSYSTEMS "2/nvme2");
	add_link(h, "class/block/sda", ROOT LONE "/host6/target6:0:0/6:0:0:0/block/sda");
	add_link(h, "class/block/dm-0", "devices/virtual/block/dm-0");
	add_link(h, "class/scsi_generic/sg2",
		 ROOT LONE "/host6/target6:0:0/6:0:0:0/scsi_generic/sg2");
	add_link(h, "class/scsi_host/host6", ROOT LONE "/host6/scsi_host/host6");
	add_link(h, "class/drm/card0", ROOT VF2 "/drm/card0");
	add_link(h, "class/net/eth_7", ROOT VF2 "/net/eth_7");
	add_link(h, "bus/usb/devices/usb1", ROOT LONE "/usb1");
	add_link(h, "bus/usb/devices/1-2.3", ROOT LONE "/usb1/1-2.3");
	add_link(h, "bus/usb/devices/1-2.3:1.0", ROOT LONE "/usb1/1-2.3/1-2.3:1.0");
	fake_put(h->fake, 0444, "0000:05:10\n", "sys/bus/pci/slots/7-1/address");
	fake_put(h->fake, 0444, "0000:07:00\n", "sys/bus/pci/slots/8/address");
	fake_put(h->fake, 0444, "0000:3f:00\n", "sys/bus/pci/slots/9/address");
	host_remember(h);
	return r;
}

#define ALIAS_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static void a_part_means_its_device(void **state)
{
	static const struct {
		const char *text, *device;
	} names[] = {
		{ "nvme0n1", VF },
		{ "nvme0n1p1", VF },
		{ "block_nvme0n1_ACME_disk_1", VF },
		{ "block_nvme0n1p1_ACME", VF },
		{ "nvme1n1", NIC },
		{ "block_nvme1n1_ACME", NIC },
		{ "sda", "scsi_6_0_0_0" },
		{ "block_sda_ACME", "scsi_6_0_0_0" },
		{ "scsi_generic_sg2", "scsi_6_0_0_0" },
		{ "drm_card0", VF2 },
		{ "card0", VF2 },
		{ "eth_7", VF2 },
		{ "net_eth_7_52_54_00_12_34_56", VF2 },
		{ "1-2.3", "usb_1_2_3" },
		{ "/sys/class/block/nvme0n1", VF },
		{ "/sys/" ROOT VF, VF },
		{ "/sys/" ROOT VF "/nvme/nvme0", VF },
		{ "07:00", LONE },
		{ "0000:07:00", LONE },
		{ "8", LONE },
		{ UUID, "mdev_" UUID },
	};
	struct host *h = *state;

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *alias = NULL;

		h->err = (struct vprep_error){ 0 };
		if (vprep_device_alias(h->session->io, names[i].text, &alias, &h->err) <
		    0)
			fail_msg("%s: %s", names[i].text, h->err.message);
		assert_string_equal(alias, names[i].device);
	}
}

static void what_means_several_or_is_not_given_away_says_what_is(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *message;
	} names[] = {
		{ "05:10", -EINVAL, "functions: say which of " VF ", " VF2 },
		{ "7-1", -EINVAL, "functions: say which of " VF ", " VF2 },
		{ "nvme2n1", -EINVAL, "controllers: say which of " NIC ", " SND },
		{ "scsi_host6", -EOPNOTSUPP, "it belongs to " LONE "; name that" },
		{ "host6", -EOPNOTSUPP, "it belongs to " LONE },
		{ "usb1", -EOPNOTSUPP, "it belongs to " LONE },
		{ "usb_usb1", -EOPNOTSUPP, "it belongs to " LONE },
		{ "1-2.3:1.0", -EOPNOTSUPP, "it belongs to usb_1_2_3" },
		{ "usb_1_2_3_1_0", -EOPNOTSUPP, "it belongs to usb_1_2_3" },
	};
	struct host *h = *state;

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		char *alias = NULL;

		assert_int_equal(vprep_device_alias(h->session->io, names[i].text, &alias,
						    &h->err),
				 names[i].r);
		assert_null(alias);
		if (!strstr(h->err.message, names[i].message))
			fail_msg("%s: %s", names[i].text, h->err.message);
	}
}

static void what_is_none_of_these_is_no_device(void **state)
{
	static const char *const texts[] = {
		"",
		".",
		"..",
		"/",
		"/dev",
		"/dev/",
		"/dev/none",
		"/sys/",
		"/sys/../etc",
		"/sys/none",
		"dm-0",
		"block_dm_0_x",
		"block_",
		"net_",
		"none",
		"9",
		"3f:00",
		"zz:zz",
		"0000:05:10.1.0",
		":",
		"0000:0:1",
		"class/net",
		"usb_9_9_9",
		"../block/sda",
		"\xff\xfe",
	};
	struct host *h = *state;

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(texts); i++) {
		char *alias = NULL;

		if (vprep_device_alias(h->session->io, texts[i], &alias, NULL) != -ENODEV)
			fail_msg("'%s' is %s", texts[i], alias);
		assert_null(alias);
	}
}

static void verbs_take_them(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, "07:00"), -EOPNOTSUPP); /* it has no group */
	assert_int_equal(host_attach(h, "nvme0n1"), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_attach(h, "scsi_host6"), -EOPNOTSUPP);
	assert_non_null(strstr(h->err.message, "name that"));
	assert_int_equal(host_attach(h, "nvme0n1 " VF), -EINVAL);
	assert_non_null(strstr(h->err.message, "is named twice"));
	assert_int_equal(host_detach(h, "/sys/class/block/nvme0n1"), 0);
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(host_detach(h, "05:10"), -EINVAL);
}

/* What is no device does not hide what else is wrong. */
static void check_tells_of_every_name(void **state)
{
	static const char *const names[] = { LONE, "nonsense",	   "a b",
					     VF,   "0000:3f:00.0", NULL };
	static const char *const twice[] = { VF, "nvme0n1", NULL };
	struct vprep_request request = { .names = names };
	struct host *h = *state;
	struct vprep_reasons *reasons;

	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 4);
	assert_string_equal(reasons->items[0].device, "nonsense");
	assert_int_equal(reasons->items[0].code, VPREP_E_NOT_FOUND);
	assert_string_equal(reasons->items[1].device, "a b");
	assert_int_equal(reasons->items[1].code, VPREP_E_USAGE);
	assert_string_equal(reasons->items[2].device, "0000:3f:00.0");
	assert_string_equal(reasons->items[3].device, LONE);
	assert_non_null(strstr(reasons->items[3].message, "has no IOMMU group"));
	vprep_reasons_free(reasons);
	request.names = twice;
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), -EINVAL);
	request.names = names;
	request.mode = "none";
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), -EINVAL);
	assert_non_null(strstr(h->err.message, "mode"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALIAS_TEST(a_part_means_its_device),
		ALIAS_TEST(what_means_several_or_is_not_given_away_says_what_is),
		ALIAS_TEST(what_is_none_of_these_is_no_device),
		ALIAS_TEST(verbs_take_them),
		ALIAS_TEST(check_tells_of_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

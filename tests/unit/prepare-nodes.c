// SPDX-License-Identifier: GPL-2.0-or-later
/* What a domain asks for beside PCI devices, found on the host. */
#include <errno.h>

#include "common/str.h"
#include "nodes-fixture.h"
#include "test.h"

static void nodes_are_given_and_taken_back(void **state)
{
	static const struct {
		const char *devices;
		const char *node;
	} rows[] = {
		{ TABLET, "bus/usb/001/002" },
		{ ADDRESS("1", "12"), "bus/usb/001/012" },
		{ ADDRESS("0x2", "014"), "bus/usb/002/012" },
		{ SCSI("2", "7"), "sg1" },
		{ VDPA("/dev/vhost-vdpa-0"), "vhost-vdpa-0" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		if (host_prepare(h, rows[i].devices) < 0)
			fail_msg("%s: %s", rows[i].devices, h->err.message);
		assert_true(host_is_given(h, rows[i].node));
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_check_same(h);
	}
}

static void close_file(struct host *h)
{
	fake_remove(h->fake, "proc/4711");
}

static const struct {
	const char *devices;
	const char *path; /* that another process has open */
	const char *node; /* that it is */
} opened[] = {
	{ TABLET, "/dev/bus/usb/001/002", "bus/usb/001/002" },
	{ TABLET, "/dev/ttyUSB0", "ttyUSB0" },
	{ SCSI("2", "7"), "/dev/sg1", "sg1" },
	{ SCSI("2", "7"), "/dev/bsg/2:0:0:7", "bsg/2:0:0:7" },
	{ VDPA("/dev/vhost-vdpa-0"), "/dev/vhost-vdpa-0", "vhost-vdpa-0" },
	{ VDPA("/dev/vhost-vdpa-0"), "/jail/net", "vhost-vdpa-0" },
};

static void what_another_process_has_open_is_in_use(void **state)
{
	struct host *h = *state;
	size_t i;

	fake_put(h->fake, 0600, "252:0", "jail/net");
	for (i = 0; i < VPREP_ARRAY_SIZE(opened); i++) {
		_cleanup_free_ char *message =
			vprep_strf("pid 4711 (qemu) has /dev/%s open", opened[i].node);

		host_open(h, opened[i].path);
		assert_int_equal(host_prepare(h, opened[i].devices), -EBUSY);
		assert_int_equal(h->err.code, VPREP_E_IN_USE);
		if (!strstr(h->err.message, message))
			fail_msg("%s: '%s'", opened[i].devices, h->err.message);
		close_file(h);
		host_check_same(h);
	}
}

static void who_only_listens_to_a_keyboard_does_not_matter(void **state)
{
	struct host *h = *state;

	host_open(h, "/dev/input/event5");
	assert_int_equal(host_prepare(h, TABLET), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void a_node_that_is_open_is_not_taken_back(void **state)
{
	static const struct {
		const char *devices;
		const char *node;
	} rows[] = {
		{ TABLET, "bus/usb/001/002" },
		{ SCSI("2", "7"), "sg1" },
		{ VDPA("/dev/vhost-vdpa-0"), "vhost-vdpa-0" },
	};
	struct host *h = *state;
	size_t i;

	host_configure(h, "deadline = 1\n");
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *path = vprep_strf("/dev/%s", rows[i].node);

		assert_int_equal(host_prepare(h, rows[i].devices), 0);
		host_open(h, path);
		assert_int_equal(host_release(h, DOMAIN, NULL), -EBUSY);
		assert_int_equal(h->err.code, VPREP_E_LEFT);
		assert_non_null(strstr(h->err.message, "pid 4711 (qemu) has /dev/"));
		assert_true(host_is_given(h, rows[i].node));
		assert_string_equal(host_owner_state(h, DOMAIN), "incomplete");
		close_file(h);
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_same(h);
	}
}

/* Numbers come to another device once this one is gone; what it is itself does not. */
static void a_rule_is_about_that_very_device(void **state)
{
	static const struct {
		const char *devices, *rule, *match;
	} rows[] = {
		{ TABLET, "99-vfio-prep-usb_1_1.rules",
		  "SUBSYSTEM==\"usb\", ATTR{busnum}==\"1\", ATTR{devnum}==\"2\", "
		  "ATTR{idVendor}==\"0627\", ATTR{idProduct}==\"0001\", ENV{" },
		{ ADDRESS("1", "12"), "99-vfio-prep-usb_1_2.rules",
		  "ATTR{idProduct}==\"c52b\", ATTR{serial}==\"A*1* x\", ENV{" },
		{ SCSI("2", "7"), "99-vfio-prep-scsi_2_0_0_7.rules",
		  "KERNELS==\"2:0:0:7\", ATTRS{vendor}==\"QEMU\", "
		  "ATTRS{wwid}==\"naa.5000c500\", ENV{" },
	};
	struct host *h = *state;
	size_t i;

	fake_put(h->fake, 0444, "A\"*\\?1\xc3\xa9\n x  \n",
		 "sys/bus/usb/devices/1-2/serial");
	fake_put(h->fake, 0444, "QEMU    \n", "sys/bus/scsi/devices/2:0:0:7/vendor");
	fake_put(h->fake, 0444, "\n", "sys/bus/scsi/devices/2:0:0:7/model");
	fake_put(h->fake, 0444, "naa.5000c500\n", "sys/bus/scsi/devices/2:0:0:7/wwid");
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = NULL;

		assert_int_equal(host_prepare(h, rows[i].devices), 0);
		text = fake_get(h->fake, RULES "%s", rows[i].rule);
		if (!strstr(text, rows[i].match))
			fail_msg("%s\nis not in\n%s", rows[i].match, text);
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_check_same(h);
	}
}

static void a_rule_that_could_not_go_is_left_to_recover(void **state)
{
	static const char *const rows[] = { TABLET, SCSI("2", "7") };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		assert_int_equal(host_prepare(h, rows[i]), 0);
		fake_remove(h->fake, "run/udev/rules.d");
		fake_put(h->fake, 0644, "", "run/udev/rules.d");
		assert_int_equal(host_release(h, DOMAIN, NULL), -ENOTDIR);
		assert_int_equal(h->err.code, VPREP_E_LEFT);
		fake_remove(h->fake, "run/udev/rules.d");
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_same(h);
	}
}

static void what_is_not_there_is_said(void **state)
{
	static const struct {
		const char *devices;
		int r;
		const char *message;
	} rows[] = {
		{ ID("0x1234", "0x5678"), -ENODEV,
		  "usb 1234:5678: there is no such USB" },
		{ ADDRESS("9", "9"), -ENODEV, "there is no such USB device" },
		{ ID("0x046d", "0xc52b"), -EINVAL, "at usb ports 1-2 and 2-2" },
		{ ID("0x1d6b", "0x0002"), -EOPNOTSUPP, "is a hub" },
		{ TABLET ADDRESS("1", "2"), -EINVAL, "usb_1_1, which the domain names" },
		{ SCSI("3", "0"), -ENODEV, "no such SCSI device" },
		{ SCSI("2", "8"), -ENODEV, "is module sg loaded?" },
		{ VDPA("/dev/vhost-vdpa-1"), -ENODEV, "vdpa dev add" },
		{ VDPA("/dev/../etc/passwd"), -ENODEV, "there is no such vhost-vdpa" },
		{ VDPA("/etc/passwd"), -ENODEV, "there is no such vhost-vdpa" },
		{ VHOST("naa.5123456789abcde1"), -ENODEV, "targetcli" },
		{ "<hostdev type='mdev' model='vfio-pci'><source><address "
		  "uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
		  -ENODEV, "nothing says how to make it" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		assert_int_equal(host_prepare(h, rows[i].devices), rows[i].r);
		if (!strstr(h->err.message, rows[i].message))
			fail_msg("%s: '%s'", rows[i].devices, h->err.message);
		host_check_same(h);
	}
}

static void a_usb_device_that_may_be_missing_is_passed_over(void **state)
{
	static const char optional[] =
		"<hostdev type='usb'><source startupPolicy='optional'><vendor "
		"id='0x1234'/><product id='0x5678'/></source></hostdev>";
	struct host *h = *state;
	_cleanup_free_ char *both = vprep_strf("%s" TABLET, optional);

	assert_int_equal(host_prepare(h, optional), 0);
	assert_non_null(strstr(h->log, "usb 1234:5678 is not there"));
	host_check_same(h);
	assert_int_equal(host_prepare(h, both), 0);
	assert_true(host_is_given(h, "bus/usb/001/002"));
}

#define MOVED(startup, device)                                                           \
	"<domain><name>web1</name><uuid>" DOMAIN "</uuid><devices><hostdev type='usb'>"  \
	"<source" startup "><vendor id='0x0627'/><product id='0x0001'/>" device          \
	"</source></hostdev></devices></domain>"
#define AT(device) "<address bus='1' device='" device "'/>"

/* When a saved domain is restored, it has got another number meanwhile. libvirt finds it,
 * and the hook is called again with where that is. */
static void a_usb_device_that_libvirt_may_find_is_left_to_it(void **state)
{
	static const struct {
		const char *xml;
		int r;
	} rows[] = {
		{ MOVED("", AT("99")), 0 },
		{ MOVED(" startupPolicy='mandatory'", AT("99")), 0 },
		{ MOVED(" startupPolicy='requisite'", ""), 0 },
		{ MOVED("", ""), -ENODEV },
		{ MOVED("", "<address bus='1' port='9'/>"), -ENODEV },
	};
	struct host *h = *state;
	struct vprep_request request = { .size = sizeof(request), .by_libvirt = true };
	size_t i;

	add_usb(h, "1-1", 1, 2, "0628\n", "0001\n", "00\n");
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		request.domain = rows[i].xml;
		request.domain_len = strlen(rows[i].xml);
		if (vprep_prepare(h->session, &request, &h->err) != rows[i].r)
			fail_msg("%s: %s", rows[i].xml, h->err.message);
		host_check_same(h);
	}
	assert_int_equal(host_prepare_xml(h, rows[0].xml), -ENODEV);
	assert_int_equal(host_prepare_xml(h, rows[2].xml), -ENODEV);
	assert_non_null(
		strstr(h->log, "usb bus 1 device 99 is not there; libvirt looks"));
	fake_remove(h->fake, "dev/bus/usb/001/002");
	add_usb(h, "1-1", 1, 3, "0627\n", "0001\n", "00\n");
	request.domain = MOVED("", AT("3"));
	request.domain_len = strlen(request.domain);
	assert_int_equal(vprep_prepare(h->session, &request, &h->err), 0);
	assert_true(host_is_given(h, "bus/usb/001/003"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_leaves(h, "bus/usb/");
}

static void a_usb_device_is_found_by_its_port(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "1\n", "sys/bus/usb/devices/1-1/devpath");
	fake_put(h->fake, 0444, "2\n", "sys/bus/usb/devices/1-2/devpath");
	fake_put(h->fake, 0444, "2\n", "sys/bus/usb/devices/2-2/devpath");
	host_remember(h);
	assert_int_equal(host_prepare(h, PORT("2", "2")), 0);
	assert_true(host_is_given(h, "bus/usb/002/012"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
	assert_int_equal(host_prepare(h, PORT("1", "2.1")), -ENODEV);
	assert_non_null(strstr(h->err.message, "usb bus 1 port 2.1: there is no such"));
	assert_int_equal(host_prepare(h, PORT("1", "1") TABLET), -EINVAL);
	assert_non_null(strstr(h->err.message, "usb_1_1, which the domain names"));
	host_check_same(h);
}

static void a_usb_device_that_was_plugged_in_again_is_given_anew(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, TABLET), 0);
	fake_remove(h->fake, "dev/bus/usb/001/002");
	add_usb(h, "1-1", 1, 3, "0627\n", "0001\n", "00\n");
	assert_int_equal(host_prepare(h, TABLET), 0);
	assert_true(host_is_given(h, "bus/usb/001/003"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_false(host_is_given(h, "bus/usb/001/003"));
	assert_string_equal(host_owner_state(h, DOMAIN), "");
	host_leaves(h, "bus/usb/");
}

static unsigned count_in(const char *text, const char *words)
{
	unsigned n = 0;

	for (; (text = strstr(text, words)); text += strlen(words))
		n++;
	return n;
}

/* However often the host is looked at. */
static void that_one_is_missing_is_told_once(void **state)
{
	struct host *h = *state;
	static const char devices[] =
		"<hostdev type='usb'><source startupPolicy='optional'><vendor "
		"id='0x1234'/><product id='0x5678'/></source></hostdev>" TABLET;

	assert_int_equal(host_prepare(h, devices), 0);
	assert_int_equal(count_in(h->log, "usb 1234:5678 is not there"), 1);
	fake_remove(h->fake, "dev/bus/usb/001/002");
	add_usb(h, "1-1", 1, 3, "0627\n", "0001\n", "00\n");
	assert_int_equal(host_prepare(h, devices), 0);
	assert_int_equal(count_in(h->log, "usb 1234:5678 is not there"), 2);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_leaves(h, "bus/usb/");
}

#define SHARED                                                                           \
	"<hostdev type='scsi'><source><adapter name='scsi_host2'/><address bus='0' "     \
	"target='0' unit='7'/></source><shareable/></hostdev>"
#define WEB2(devices) "<domain><name>web2</name><devices>" devices "</devices></domain>"
#define WEB2_ID "name:web2"

/* Whichever goes first, the last one takes the node and its rule back. */
static void a_shareable_disk_has_several_owners(void **state)
{
	static const char *const orders[][2] = { { DOMAIN, WEB2_ID },
						 { WEB2_ID, DOMAIN } };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(orders); i++) {
		assert_int_equal(host_prepare(h, SHARED), 0);
		host_open(h, "/dev/sg1"); /* its guest */
		assert_int_equal(host_prepare_xml(h, WEB2(SHARED)), 0);
		assert_int_equal(host_prepare_xml(h, WEB2(SHARED)), 0);
		assert_string_equal(host_owner_state(h, DOMAIN), "held");
		assert_string_equal(host_owner_state(h, WEB2_ID), "held");
		assert_int_equal(host_release(h, orders[i][0], NULL), 0);
		assert_true(host_is_given(h, "sg1"));
		assert_true(fake_has(h->fake, RULES "99-vfio-prep-scsi_2_0_0_7.rules"));
		assert_string_equal(host_owner_state(h, orders[i][0]), "");
		close_file(h);
		assert_int_equal(host_release(h, orders[i][1], NULL), 0);
		host_check_same(h);
	}
}

static void a_disk_is_shared_only_if_all_say_so(void **state)
{
	static const char *const rows[][2] = { { SHARED, SCSI("2", "7") },
					       { SCSI("2", "7"), SHARED } };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *second = vprep_strf(WEB2("%s"), rows[i][1]);

		assert_int_equal(host_prepare(h, rows[i][0]), 0);
		assert_int_equal(host_prepare_xml(h, second), -EBUSY);
		assert_int_equal(h->err.code, VPREP_E_OWNED);
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_check_same(h);
	}
	/* somebody who is no owner has it: nobody said that to him */
	host_open(h, "/dev/sg1");
	assert_int_equal(host_prepare(h, SHARED), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_IN_USE);
	close_file(h);
}

/* 1-2 and 2-2 are alike. */
static void of_devices_that_are_alike_the_free_one_is_meant(void **state)
{
	static const char alike[] = WEB2(ID("0x046d", "0xc52b"));
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, alike), -EINVAL);
	assert_int_equal(host_prepare(h, ADDRESS("1", "12")), 0);
	assert_int_equal(host_prepare_xml(h, alike), 0);
	assert_true(host_is_given(h, "bus/usb/002/012"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(host_prepare_xml(h, alike), 0); /* the same again */
	assert_false(host_is_given(h, "bus/usb/001/012"));
	assert_int_equal(host_prepare(h, ID("0x046d", "0xc52b")), 0);
	assert_true(host_is_given(h, "bus/usb/001/012"));
	assert_int_equal(
		host_prepare_xml(h, "<domain><name>web3</name><devices>" ID(
					    "0x046d", "0xc52b") "</devices></domain>"),
		-EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(host_release(h, WEB2_ID, NULL), 0);
	host_check_same(h);
}

/* The first owner's was unplugged; another one is at the same port now. */
static void another_device_at_the_same_port_is_free(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, TABLET), 0);
	fake_remove(h->fake, "dev/bus/usb/001/002");
	add_usb(h, "1-1", 1, 3, "1234\n", "5678\n", "00\n");
	assert_int_equal(host_prepare_xml(h, WEB2(ID("0x1234", "0x5678"))), 0);
	assert_true(host_is_given(h, "bus/usb/001/003"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_true(host_is_given(h, "bus/usb/001/003"));
	assert_int_equal(host_release(h, WEB2_ID, NULL), 0);
	assert_false(host_is_given(h, "bus/usb/001/003"));
	host_leaves(h, "bus/usb/");
}

static void a_vhost_target_has_one_owner(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, VHOST("naa.5123456789abcde0")), 0);
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	assert_int_equal(
		host_prepare_xml(h,
				 "<domain><name>web2</name><devices>" VHOST(
					 "naa.5123456789abcde0") "</devices></domain>"),
		-EBUSY);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void disks_on_one_controller_are_one_device(void **state)
{
	static const char disks[] =
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' "
		"namespace='1'><address bus='5' slot='0x10' function='1'/></source></disk>"
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' "
		"namespace='2'><address bus='5' slot='0x10' function='1'/></source></disk>";
	struct host *h = *state;

	assert_int_equal(host_prepare(h, disks), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void a_sysfs_that_lies_is_an_error(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "x\n", "sys/bus/usb/devices/1-1/bDeviceClass");
	assert_int_equal(host_prepare(h, TABLET), -EINVAL);
	assert_non_null(strstr(h->err.message, "cannot look up usb 0627:0001"));
	host_leaves(h, "bDeviceClass");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODE_TEST(nodes_are_given_and_taken_back),
		NODE_TEST(what_another_process_has_open_is_in_use),
		NODE_TEST(who_only_listens_to_a_keyboard_does_not_matter),
		NODE_TEST(a_node_that_is_open_is_not_taken_back),
		NODE_TEST(a_rule_is_about_that_very_device),
		NODE_TEST(a_rule_that_could_not_go_is_left_to_recover),
		NODE_TEST(what_is_not_there_is_said),
		NODE_TEST(a_usb_device_that_may_be_missing_is_passed_over),
		NODE_TEST(a_usb_device_that_libvirt_may_find_is_left_to_it),
		NODE_TEST(a_usb_device_is_found_by_its_port),
		NODE_TEST(a_usb_device_that_was_plugged_in_again_is_given_anew),
		NODE_TEST(that_one_is_missing_is_told_once),
		NODE_TEST(a_shareable_disk_has_several_owners),
		NODE_TEST(a_disk_is_shared_only_if_all_say_so),
		NODE_TEST(of_devices_that_are_alike_the_free_one_is_meant),
		NODE_TEST(another_device_at_the_same_port_is_free),
		NODE_TEST(a_vhost_target_has_one_owner),
		NODE_TEST(disks_on_one_controller_are_one_device),
		NODE_TEST(a_sysfs_that_lies_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

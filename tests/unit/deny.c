// SPDX-License-Identifier: GPL-2.0-or-later
/* What depends on a device that the configuration denies is denied, too. */
#include <errno.h>

#include "common/str.h"
#include "host/pci.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define CONTROLLER "0000:00:0a.0"
#define USB "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>"
#define SCSI                                                                             \
	"<hostdev type='scsi'><source><adapter name='scsi_host2'/><address bus='0' "     \
	"target='0' unit='7'/></source></hostdev>"
#define VDPA "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>"
#define VF_WITH_MAC                                                                      \
	"<interface type='hostdev' managed='yes'><mac address='" MAC "'/><source>"       \
	"<address type='pci' domain='0' bus='8' slot='0x10' function='0'/></source>"     \
	"</interface>"

/* A device below the controller. */
static void place(struct host *h, const char *bus, const char *name, const char *path)
{
	_cleanup_free_ char *device =
		vprep_strf("sys/devices/pci0000:00/" CONTROLLER "/%s", path);

	fake_mkdir(h->fake, "%s", device);
	fake_mkdir(h->fake, "sys/bus/%s/devices", bus);
	fake_link(h->fake, device, "sys/bus/%s/devices/%s", bus, name);
}

static int setup(void **state)
{
	static const char usb[] = "sys/devices/pci0000:00/" CONTROLLER "/usb1/1-1";
	struct host *h;

	if (vf_setup(state) < 0)
		return -1;
	h = *state;
	place(h, "usb", "1-1", "usb1/1-1");
	fake_put(h->fake, 0444, "1\n", "%s/busnum", usb);
	fake_put(h->fake, 0444, "2\n", "%s/devnum", usb);
	fake_put(h->fake, 0444, "00\n", "%s/bDeviceClass", usb);
	fake_put(h->fake, 0664, "", "dev/bus/usb/001/002");
	place(h, "scsi", "2:0:0:7", "host2/target2:0:0/2:0:0:7");
	fake_mkdir(h->fake, "sys/bus/scsi/devices/2:0:0:7/scsi_generic/sg1");
	fake_put(h->fake, 0600, "", "dev/sg1");
	place(h, "vdpa", "vdpa0", "vdpa0");
	fake_put(h->fake, 0444, "252:0\n", "sys/bus/vdpa/devices/vdpa0/vhost-vdpa-0/dev");
	fake_put(h->fake, 0600, "", "dev/vhost-vdpa-0");
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ SND, "nvidia-11", .instances = 4 });
	host_remember(h);
	return 0;
}

#define DENY_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static void check_denied(struct host *h, int r, const char *by)
{
	assert_int_equal(r, -EPERM);
	if (h->err.code != VPREP_E_REFUSED || !strstr(h->err.message, "deny") ||
	    !strstr(h->err.message, by))
		fail_msg("%d %s", (int)h->err.code, h->err.message);
	host_check_same(h);
}

static void what_hangs_on_a_denied_device_is_denied(void **state)
{
	static const struct {
		const char *devices;
		const char *by;
	} rows[] = {
		{ USB, CONTROLLER },
		{ SCSI, CONTROLLER },
		{ VDPA, CONTROLLER },
		{ VF_WITH_MAC, PF },
	};
	struct host *h = *state;
	size_t i;

	host_configure(h, "deny = " CONTROLLER ", " PF "\n");
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++)
		check_denied(h, host_prepare(h, rows[i].devices), rows[i].by);
	check_denied(h, host_attach(h, VF1), PF);
	host_configure(h, "deny = 0000:00:0b.0\n");
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		if (host_prepare(h, rows[i].devices) < 0)
			fail_msg("%s: %s", rows[i].devices, h->err.message);
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_check_same(h);
	}
}

static void the_vfs_of_a_denied_pf_stay(void **state)
{
	struct host *h = *state;

	host_configure(h, "deny = " PF "\n");
	check_denied(h, vf_numvfs(h, 4), PF);
}

static void an_mdev_of_a_denied_parent_is_denied(void **state)
{
	struct host *h = *state;

	host_configure(h, "deny = " SND "\n");
	check_denied(h,
		     mdev_create(h,
				 (struct vprep_mdev_request){ .type = "nvidia-11",
							      .uuid = UUID,
							      .parent = SND },
				 NULL),
		     SND);
	host_configure(h, "deny = " SND "\n[mdev." UUID "]\ntype = nvidia-11\n");
	check_denied(h, host_attach(h, MDEV), SND);
	assert_int_equal(vprep_io_write(h->session->io, UUID,
					"class/mdev_bus/" SND
					"/mdev_supported_types/nvidia-11/create"),
			 0);
	host_remember(h);
	check_denied(h, host_attach(h, MDEV), SND);
}

static void all_that_stands_above_is_found(void **state)
{
	static const char link[] = "bus/pci/devices/" VF0;
	_cleanup_free_ struct vprep_pci_address *above = NULL;
	struct host *h = *state;
	size_t n = 0;

	assert_int_equal(vprep_pci_above(h->session->io, link, &above, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(vprep_pci_address_text(above[0]).s, VF0);
	assert_string_equal(vprep_pci_address_text(above[1]).s, PF);
	free(above);
	above = NULL;
	assert_int_equal(
		vprep_pci_above(h->session->io, "bus/usb/devices/9-9", &above, &n), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DENY_TEST(what_hangs_on_a_denied_device_is_denied),
		DENY_TEST(the_vfs_of_a_denied_pf_stay),
		DENY_TEST(an_mdev_of_a_denied_parent_is_denied),
		DENY_TEST(all_that_stands_above_is_found),
	};

	return cmocka_run_group_tests_name("deny", tests, NULL, NULL);
}

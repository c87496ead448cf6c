// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices as words of QEMU's command line, and the nodes that go with them. */
#include "plan/qemu.h"

#include "common/str.h"
#include "test.h"

static char text_of_pci[] = "0000:05:10.1", text_of_uuid[] = "c2177883-f1bb-47f0";

static struct vprep_usage pci(const char *cdev)
{
	return (struct vprep_usage){ .kind = VPREP_USAGE_PCI,
				     .device = text_of_pci,
				     .node = (char *)(uintptr_t) "vfio/7",
				     .cdev = (char *)(uintptr_t)cdev,
				     .group = 7 };
}

static struct vprep_usage node(enum vprep_usage_kind kind, const char *path)
{
	return (struct vprep_usage){ .kind = kind,
				     .device = (char *)(uintptr_t)path,
				     .node = (char *)(uintptr_t)path,
				     .group = -1 };
}

static void check_words(const struct vprep_usage *items, size_t n, bool iommufd,
			bool json, const char *expected)
{
	const struct vprep_usages usages = {
		.n = n,
		.items = (struct vprep_usage *)(uintptr_t)items,
		.iommufd = iommufd
	};
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_strv_ char **words = NULL;
	size_t i;

	assert_int_equal(vprep_qemu_words(&usages, json, &words), 0);
	for (i = 0; words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", words[i]);
	assert_string_equal(buf.data ? buf.data : "", expected);
}

static void a_pci_device_is_its_address(void **state)
{
	const struct vprep_usage usage = pci(NULL);

	(void)state;
	check_words(&usage, 1, false, false, "-device vfio-pci,host=0000:05:10.1");
	check_words(&usage, 1, false, true,
		    "-device {\"driver\":\"vfio-pci\",\"host\":\"0000:05:10.1\"}");
	check_words(NULL, 0, false, false, "");
}

static void iommufd_stands_before_the_devices_that_use_it(void **state)
{
	const struct vprep_usage usages[] = { pci("vfio/devices/vfio3"), pci(NULL) };

	(void)state;
	check_words(usages, 2, true, false,
		    "-object iommufd,id=vprep-iommufd "
		    "-device vfio-pci,host=0000:05:10.1,iommufd=vprep-iommufd "
		    "-device vfio-pci,host=0000:05:10.1");
	check_words(usages, 1, false, false, "-device vfio-pci,host=0000:05:10.1");
	check_words(usages + 1, 1, true, false, "-device vfio-pci,host=0000:05:10.1");
}

static void a_mediated_device_is_its_path(void **state)
{
	struct vprep_usage usage = pci(NULL);

	(void)state;
	usage.kind = VPREP_USAGE_MDEV;
	usage.device = text_of_uuid;
	usage.api = "vfio-ap";
	check_words(&usage, 1, false, false,
		    "-device "
		    "vfio-ap,sysfsdev=/sys/bus/mdev/devices/c2177883-f1bb-47f0");
}

static void what_a_device_needs_is_made_once(void **state)
{
	struct vprep_usage usages[] = {
		node(VPREP_USAGE_USB, "bus/usb/001/004"),
		node(VPREP_USAGE_SCSI, "sg1"),
		node(VPREP_USAGE_USB, "bus/usb/001/005"),
		node(VPREP_USAGE_SCSI, "sg2"),
	};

	(void)state;
	usages[0].usb_bus = usages[2].usb_bus = 1;
	usages[0].usb_device = 4;
	usages[2].usb_device = 5;
	check_words(usages, 4, false, false,
		    "-device qemu-xhci,id=vprep-usb "
		    "-device virtio-scsi-pci,id=vprep-scsi "
		    "-device usb-host,bus=vprep-usb.0,hostbus=1,hostaddr=4 "
		    "-blockdev host_device,filename=/dev/sg1,node-name=vprep-disk0 "
		    "-device scsi-generic,drive=vprep-disk0,bus=vprep-scsi.0 "
		    "-device usb-host,bus=vprep-usb.0,hostbus=1,hostaddr=5 "
		    "-blockdev host_device,filename=/dev/sg2,node-name=vprep-disk1 "
		    "-device scsi-generic,drive=vprep-disk1,bus=vprep-scsi.0");
	check_words(usages, 1, false, true,
		    "-device {\"driver\":\"qemu-xhci\",\"id\":\"vprep-usb\"} "
		    "-device {\"driver\":\"usb-host\",\"bus\":\"vprep-usb.0\","
		    "\"hostbus\":1,\"hostaddr\":4}");
}

static void other_backends_have_their_own_words(void **state)
{
	struct vprep_usage nvme = pci(NULL), net, disk, vhost;

	(void)state;
	nvme.kind = VPREP_USAGE_NVME;
	nvme.namespace_id = 2;
	check_words(
		&nvme, 1, false, false,
		"-blockdev nvme,device=0000:05:10.1,namespace=2,node-name=vprep-disk0 "
		"-device virtio-blk-pci,drive=vprep-disk0");
	net = node(VPREP_USAGE_VDPA_NET, "vhost-vdpa-0");
	net.has_mac = true;
	memcpy(net.mac, "\x52\x54\x00\x12\x34\x56", sizeof(net.mac));
	check_words(&net, 1, false, false,
		    "-netdev vhost-vdpa,id=vprep-net0,vhostdev=/dev/vhost-vdpa-0 "
		    "-device virtio-net-pci,netdev=vprep-net0,mac=52:54:00:12:34:56");
	disk = node(VPREP_USAGE_VDPA_DISK, "vhost-vdpa-1");
	check_words(&disk, 1, false, false,
		    "-blockdev "
		    "virtio-blk-vhost-vdpa,path=/dev/vhost-vdpa-1,cache.direct=on,"
		    "node-name=vprep-disk0 -device virtio-blk-pci,drive=vprep-disk0");
	vhost = node(VPREP_USAGE_VHOST_SCSI, NULL);
	vhost.device = (char *)(uintptr_t) "naa.5123456789abcde0";
	check_words(&vhost, 1, false, false,
		    "-device vhost-scsi-pci,wwpn=naa.5123456789abcde0");
}

/* No name of ours has one; an mdev's parent could be called anything. */
static void a_comma_in_a_value_is_doubled(void **state)
{
	struct vprep_usage usage = node(VPREP_USAGE_SCSI, "sg,1,x=y");

	(void)state;
	check_words(&usage, 1, false, false,
		    "-device virtio-scsi-pci,id=vprep-scsi "
		    "-blockdev "
		    "host_device,filename=/dev/sg,,1,,x=y,node-name=vprep-disk0 "
		    "-device scsi-generic,drive=vprep-disk0,bus=vprep-scsi.0");
}

static void check_nodes(const struct vprep_usage *usage, bool iommufd,
			const char *expected)
{
	const struct vprep_usages usages = { .iommufd = iommufd };
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_strv_ char **nodes = NULL;
	size_t i;

	assert_int_equal(vprep_usage_nodes(&usages, usage, &nodes), 0);
	for (i = 0; nodes && nodes[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", nodes[i]);
	assert_string_equal(buf.data ? buf.data : "", expected);
}

static void nodes_follow_the_way_a_device_is_used(void **state)
{
	struct vprep_usage usage = pci("vfio/devices/vfio3");
	const struct vprep_usage usb = node(VPREP_USAGE_USB, "bus/usb/001/004");
	const struct vprep_usage vhost = node(VPREP_USAGE_VHOST_SCSI, NULL);

	(void)state;
	check_nodes(&usage, true, "vfio/devices/vfio3 iommu");
	check_nodes(&usage, false, "vfio/7 vfio/vfio");
	usage.kind = VPREP_USAGE_NVME;
	check_nodes(&usage, true, "vfio/7 vfio/vfio");
	check_nodes(&usb, true, "bus/usb/001/004");
	check_nodes(&vhost, false, "vhost-scsi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pci_device_is_its_address),
		TEST(iommufd_stands_before_the_devices_that_use_it),
		TEST(a_mediated_device_is_its_path),
		TEST(what_a_device_needs_is_made_once),
		TEST(other_backends_have_their_own_words),
		TEST(a_comma_in_a_value_is_doubled),
		TEST(nodes_follow_the_way_a_device_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

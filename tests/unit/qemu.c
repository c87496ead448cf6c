// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices as words of QEMU's command line, and the nodes that go with them. */
#include "device/qemu.h"

#include "common/str.h"
#include "test.h"

static struct vprep_device pci(const char *cdev)
{
	return (struct vprep_device){ .kind = &vprep_kind_pci,
				      .name = "0000:05:10.1",
				      .node.path = "vfio/7",
				      .cdev.path = cdev,
				      .group = 7 };
}

static struct vprep_device node(const struct vprep_device_kind *kind, const char *path)
{
	return (struct vprep_device){
		.kind = kind, .name = path, .node.path = path, .group = -1
	};
}

static void check_words(const struct vprep_device *items, size_t n, bool iommufd,
			bool json, const char *expected)
{
	const struct vprep_devices devices = {
		.n = n, .items = (struct vprep_device *)(uintptr_t)items
	};
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_strv_ char **words = NULL;
	size_t i;

	assert_int_equal(vprep_qemu_words(&devices, iommufd, json, &words), 0);
	for (i = 0; words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", words[i]);
	assert_string_equal(buf.data ? buf.data : "", expected);
}

static void a_pci_device_is_its_address(void **state)
{
	const struct vprep_device device = pci(NULL);

	(void)state;
	check_words(&device, 1, false, false, "-device vfio-pci,host=0000:05:10.1");
	check_words(&device, 1, false, true,
		    "-device {\"driver\":\"vfio-pci\",\"host\":\"0000:05:10.1\"}");
	check_words(NULL, 0, false, false, "");
}

static void a_pci_device_of_a_long_domain_is_its_path(void **state)
{
	struct vprep_device device = pci(NULL);

	(void)state;
	device.name = "10000:e1:00.0";
	device.pci.domain = 0x10000;
	check_words(&device, 1, false, false,
		    "-device vfio-pci,sysfsdev=/sys/bus/pci/devices/10000:e1:00.0");
}

static void iommufd_stands_before_the_devices_that_use_it(void **state)
{
	const struct vprep_device devices[] = { pci("vfio/devices/vfio3"), pci(NULL) };

	(void)state;
	check_words(devices, 2, true, false,
		    "-object iommufd,id=vprep-iommufd "
		    "-device vfio-pci,host=0000:05:10.1,iommufd=vprep-iommufd "
		    "-device vfio-pci,host=0000:05:10.1");
	check_words(devices, 1, false, false, "-device vfio-pci,host=0000:05:10.1");
	check_words(devices + 1, 1, true, false, "-device vfio-pci,host=0000:05:10.1");
}

static void a_mediated_device_is_its_path(void **state)
{
	struct vprep_device device = pci(NULL);

	(void)state;
	device.kind = &vprep_kind_mdev;
	device.name = "c2177883-f1bb-47f0";
	device.mdev_api = "vfio-ap";
	check_words(&device, 1, false, false,
		    "-device "
		    "vfio-ap,sysfsdev=/sys/bus/mdev/devices/c2177883-f1bb-47f0");
}

static void what_a_device_needs_is_made_once(void **state)
{
	struct vprep_device devices[] = {
		node(&vprep_kind_usb, "bus/usb/001/004"),
		node(&vprep_kind_scsi, "sg1"),
		node(&vprep_kind_usb, "bus/usb/001/005"),
		node(&vprep_kind_scsi, "sg2"),
	};

	(void)state;
	devices[0].usb_bus = devices[2].usb_bus = 1;
	devices[0].usb_device = 4;
	devices[2].usb_device = 5;
	check_words(devices, 4, false, false,
		    "-device qemu-xhci,id=vprep-usb "
		    "-device virtio-scsi-pci,id=vprep-scsi "
		    "-device usb-host,bus=vprep-usb.0,hostbus=1,hostaddr=4 "
		    "-blockdev host_device,filename=/dev/sg1,node-name=vprep-disk0 "
		    "-device scsi-generic,drive=vprep-disk0,bus=vprep-scsi.0 "
		    "-device usb-host,bus=vprep-usb.0,hostbus=1,hostaddr=5 "
		    "-blockdev host_device,filename=/dev/sg2,node-name=vprep-disk1 "
		    "-device scsi-generic,drive=vprep-disk1,bus=vprep-scsi.0");
	check_words(devices, 1, false, true,
		    "-device {\"driver\":\"qemu-xhci\",\"id\":\"vprep-usb\"} "
		    "-device {\"driver\":\"usb-host\",\"bus\":\"vprep-usb.0\","
		    "\"hostbus\":1,\"hostaddr\":4}");
}

static void other_backends_have_their_own_words(void **state)
{
	struct vprep_device nvme = pci(NULL), net, disk, vhost;

	(void)state;
	nvme.asked.origin = VPREP_ORIGIN_DISK;
	nvme.asked.pci.namespace_id = 2;
	check_words(
		&nvme, 1, false, false,
		"-blockdev nvme,device=0000:05:10.1,namespace=2,node-name=vprep-disk0 "
		"-device virtio-blk-pci,drive=vprep-disk0");
	net = node(&vprep_kind_vdpa, "vhost-vdpa-0");
	net.asked.has_mac = true;
	memcpy(net.asked.mac, "\x52\x54\x00\x12\x34\x56", sizeof(net.asked.mac));
	check_words(&net, 1, false, false,
		    "-netdev vhost-vdpa,id=vprep-net0,vhostdev=/dev/vhost-vdpa-0 "
		    "-device virtio-net-pci,netdev=vprep-net0,mac=52:54:00:12:34:56");
	disk = node(&vprep_kind_vdpa, "vhost-vdpa-1");
	disk.asked.origin = VPREP_ORIGIN_DISK;
	check_words(&disk, 1, false, false,
		    "-blockdev "
		    "virtio-blk-vhost-vdpa,path=/dev/vhost-vdpa-1,cache.direct=on,"
		    "node-name=vprep-disk0 -device virtio-blk-pci,drive=vprep-disk0");
	vhost = node(&vprep_kind_scsi_host, NULL);
	vhost.name = "naa.5123456789abcde0";
	check_words(&vhost, 1, false, false,
		    "-device vhost-scsi-pci,wwpn=naa.5123456789abcde0");
}

static void what_is_read_only_is_so_for_the_guest(void **state)
{
	struct vprep_device nvme = pci(NULL), scsi = node(&vprep_kind_scsi, "sg1");
	struct vprep_device vdpa = node(&vprep_kind_vdpa, "vhost-vdpa-1");

	(void)state;
	nvme.asked.origin = vdpa.asked.origin = VPREP_ORIGIN_DISK;
	nvme.asked.pci.namespace_id = 2;
	nvme.asked.read_only = scsi.asked.read_only = vdpa.asked.read_only = true;
	check_words(&nvme, 1, false, false,
		    "-blockdev nvme,device=0000:05:10.1,namespace=2,read-only=on,"
		    "node-name=vprep-disk0 -device virtio-blk-pci,drive=vprep-disk0");
	check_words(&scsi, 1, false, false,
		    "-device virtio-scsi-pci,id=vprep-scsi -blockdev "
		    "host_device,filename=/dev/sg1,read-only=on,node-name=vprep-disk0 "
		    "-device scsi-generic,drive=vprep-disk0,bus=vprep-scsi.0");
	check_words(&vdpa, 1, false, false,
		    "-blockdev virtio-blk-vhost-vdpa,path=/dev/vhost-vdpa-1,"
		    "cache.direct=on,read-only=on,node-name=vprep-disk0 "
		    "-device virtio-blk-pci,drive=vprep-disk0");
}

/* No name of ours has one; an mdev's parent could be called anything. */
static void a_comma_in_a_value_is_doubled(void **state)
{
	struct vprep_device device = node(&vprep_kind_scsi, "sg,1,x=y");

	(void)state;
	check_words(&device, 1, false, false,
		    "-device virtio-scsi-pci,id=vprep-scsi "
		    "-blockdev "
		    "host_device,filename=/dev/sg,,1,,x=y,node-name=vprep-disk0 "
		    "-device scsi-generic,drive=vprep-disk0,bus=vprep-scsi.0");
}

static void check_nodes(const struct vprep_device *device, bool iommufd,
			const char *expected)
{
	const struct vprep_guest_nodes nodes = vprep_device_guest_nodes(device, iommufd);
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	for (i = 0; nodes.paths[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", nodes.paths[i]);
	assert_string_equal(buf.data ? buf.data : "", expected);
}

static void nodes_follow_the_way_a_device_is_used(void **state)
{
	const struct vprep_device with_cdev = pci("vfio/devices/vfio3");
	const struct vprep_device without = pci(NULL);
	const struct vprep_device usb = node(&vprep_kind_usb, "bus/usb/001/004");
	const struct vprep_device vhost = node(&vprep_kind_scsi_host, NULL);

	(void)state;
	check_nodes(&with_cdev, true, "vfio/devices/vfio3 iommu");
	check_nodes(&with_cdev, false, "vfio/7 vfio/vfio");
	check_nodes(&without, true, "vfio/7 vfio/vfio");
	check_nodes(&usb, true, "bus/usb/001/004");
	check_nodes(&vhost, false, "vhost-scsi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pci_device_is_its_address),
		TEST(a_pci_device_of_a_long_domain_is_its_path),
		TEST(iommufd_stands_before_the_devices_that_use_it),
		TEST(a_mediated_device_is_its_path),
		TEST(what_a_device_needs_is_made_once),
		TEST(other_backends_have_their_own_words),
		TEST(what_is_read_only_is_so_for_the_guest),
		TEST(a_comma_in_a_value_is_doubled),
		TEST(nodes_follow_the_way_a_device_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

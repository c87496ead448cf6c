// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodes-fixture.h"

#include "common/str.h"
#include "test.h"

void add_usb(struct host *h, const char *name, unsigned bus, unsigned device,
	     const char *vendor, const char *product, const char *class)
{
	_cleanup_free_ char *number = vprep_strf("%u\n", bus);
	_cleanup_free_ char *address = vprep_strf("%u\n", device);

	fake_put(h->fake, 0444, number, "sys/bus/usb/devices/%s/busnum", name);
	fake_put(h->fake, 0444, address, "sys/bus/usb/devices/%s/devnum", name);
	fake_put(h->fake, 0444, vendor, "sys/bus/usb/devices/%s/idVendor", name);
	fake_put(h->fake, 0444, product, "sys/bus/usb/devices/%s/idProduct", name);
	fake_put(h->fake, 0444, class, "sys/bus/usb/devices/%s/bDeviceClass", name);
	fake_put(h->fake, 0664, "", "dev/bus/usb/%03u/%03u", bus, device);
}

/* The node is that of a device in sysfs, at the path below devices/. */
static void place(struct host *h, const char *node, const char *number, const char *path)
{
	_cleanup_free_ char *uevent = vprep_strf("DEVNAME=%s\n", node);
	_cleanup_free_ char *device = vprep_strf("sys/devices/%s", path);

	fake_put(h->fake, 0600, number, "dev/%s", node);
	fake_put(h->fake, 0644, uevent, "%s/uevent", device);
	fake_link(h->fake, device, "sys/dev/char/%s", number);
}

static void put_nodes(struct host *h)
{
	place(h, "bus/usb/001/002", "189:1", "pci0000:00/0000:00:0a.0/usb1/1-1");
	place(h, "bus/usb/001/012", "189:11", "pci0000:00/0000:00:0a.0/usb1/1-2");
	place(h, "bus/usb/002/012", "189:139", "pci0000:00/0000:00:0a.0/usb2/2-2");
	place(h, "ttyUSB0", "188:0", "pci0000:00/0000:00:0a.0/usb1/1-1/1-1:1.0/ttyUSB0");
	place(h, "sg1", "21:1", "pseudo_0/host2/target2:0:0/2:0:0:7/scsi_generic/sg1");
	place(h, "bsg/2:0:0:7", "250:7",
	      "pseudo_0/host2/target2:0:0/2:0:0:7/bsg/2:0:0:7");
	fake_mkdir(h->fake, "sys/devices/vdpa0/vhost-vdpa-0");
	fake_put(h->fake, 0600, "252:0", "dev/vhost-vdpa-0");
	fake_link(h->fake, "sys/devices/vdpa0/vhost-vdpa-0", "sys/dev/char/252:0");
	place(h, "input/event5", "13:69",
	      "pci0000:00/0000:00:0a.0/usb1/1-1/1-1:1.0/input5/event5");
}

int nodes_setup(void **state)
{
	struct host *h;

	host_setup(state);
	h = *state;
	add_usb(h, "usb1", 1, 1, "1d6b\n", "0002\n", "09\n");
	add_usb(h, "1-1", 1, 2, "0627\n", "0001\n", "00\n");
	add_usb(h, "1-2", 1, 12, "046d\n", "c52b\n", "00\n");
	add_usb(h, "2-2", 2, 12, "046d\n", "c52b\n", "00\n");
	fake_mkdir(h->fake, "sys/bus/usb/devices/1-1:1.0");
	fake_mkdir(h->fake, "sys/bus/scsi/devices/2:0:0:7/scsi_generic/sg1");
	fake_mkdir(h->fake, "sys/bus/scsi/devices/2:0:0:8");
	fake_put(h->fake, 0444, "252:0\n", "sys/bus/vdpa/devices/vdpa0/vhost-vdpa-0/dev");
	fake_mkdir(h->fake, "sys/kernel/config/target/vhost/naa.5123456789abcde0");
	put_nodes(h);
	host_remember(h);
	return 0;
}

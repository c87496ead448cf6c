/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of the session's fake host that are given away by their nodes: USB devices 1-1
 * (0627:0001, with a keyboard), 1-2 and 2-2 (alike), the SCSI disk 2:0:0:7, a vDPA device
 * and a vhost target.
 */
#ifndef VPREP_TESTS_UNIT_NODES_FIXTURE_H
#define VPREP_TESTS_UNIT_NODES_FIXTURE_H

#include "session-fixture.h"

#define ID(vendor, product)                                                              \
	"<hostdev type='usb'><source><vendor id='" vendor "'/><product id='" product     \
	"'/></source></hostdev>"
#define ADDRESS(bus, device)                                                             \
	"<hostdev type='usb'><source><address bus='" bus "' device='" device             \
	"'/></source></hostdev>"
#define PORT(bus, port)                                                                  \
	"<hostdev type='usb'><source><address bus='" bus "' port='" port                 \
	"'/></source></hostdev>"
#define TABLET ID("0x0627", "0x0001")
#define SCSI(host, unit)                                                                 \
	"<hostdev type='scsi'><source><adapter name='scsi_host" host                     \
	"'/><address bus='0' target='0' unit='" unit "'/></source></hostdev>"
#define VHOST(wwpn)                                                                      \
	"<hostdev type='scsi_host'><source protocol='vhost' wwpn='" wwpn "'/></hostdev>"
#define VDPA(path) "<interface type='vdpa'><source dev='" path "'/></interface>"

/* Adds a USB device with its node; its class is hexadecimal. */
void add_usb(struct host *h, const char *name, unsigned bus, unsigned device,
	     const char *vendor, const char *product, const char *class);

int nodes_setup(void **state);

#define NODE_TEST(fn) cmocka_unit_test_setup_teardown(fn, nodes_setup, host_teardown)

#endif

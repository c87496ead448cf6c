// SPDX-License-Identifier: GPL-2.0-or-later
/* Host devices behind interfaces and disks, and one device asked for twice. */
#include "domain-test.h"

#define IFACE(type, rest) "<interface type='" type "'>" rest "</interface>"
#define VF "<source><address type='pci' bus='1'/></source>"
#define IS_VF(rest)                                                                      \
	"[ { \"type\": \"pci\", \"address\": \"0000:01:00.0\", \"managed\": false, "     \
	"\"origin\": \"interface\"" rest " } ]"
#define NVME(attributes, rest)                                                           \
	"<disk type='nvme'><source " attributes ">" rest "</source></disk>"
#define ONE "type='pci' namespace='1'"
#define DISK(address, managed, namespace)                                                \
	"{ \"type\": \"pci\", \"address\": \"" address "\", \"managed\": " managed       \
	", \"origin\": \"disk\", \"namespace\": " namespace " }"
#define VDPA(path) "[ { \"type\": \"vdpa\", \"path\": \"" path "\" } ]"

static void check(const struct domain_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		devices_are(cases[i].text, cases[i].expected);
}

#define CHECK(cases) check(cases, VPREP_ARRAY_SIZE(cases))

static void an_interface_may_be_a_vf(void **state)
{
	static const struct domain_case cases[] = {
		{ IFACE("hostdev", VF), IS_VF("") },
		{ "<interface type='hostdev' managed='yes'><driver name='vfio' "
		  "model='iavf_vfio_pci'/>" VF "</interface>",
		  "[ { \"type\": \"pci\", \"address\": \"0000:01:00.0\", \"managed\": "
		  "true, \"origin\": \"interface\", \"driver\": \"iavf_vfio_pci\" } ]" },
		{ IFACE("hostdev", VF "<mac address='52:54:0:a:B:cc'/><vlan><tag "
				      "id='042'/></vlan>"),
		  IS_VF(", \"mac\": \"52:54:00:0a:0b:cc\", \"vlan\": 42") },
		{ IFACE("hostdev", VF "<mac address='00:00:00:00:00:00'/><vlan "
				      "trunk='NO'><tag id='0'/></vlan>"),
		  IS_VF(", \"vlan\": 0") },
		{ IFACE("hostdev", "<source><address type='usb' bus='1' "
				   "device='2'/></source>"),
		  "[ { \"type\": \"usb\", \"bus\": 1, \"device\": 2 } ]" },
		{ IFACE("hostdev", "<source><vendor id='1'/><product id='2'/></source>"),
		  "[ { \"type\": \"usb\", \"vendor\": \"0x0001\", \"product\": "
		  "\"0x0002\" } ]" },
		{ IFACE("hostdev", "<source><address bus='1'/></source>"),
		  "line 3: <interface type='hostdev'> with a source address of type '': "
		  "expected pci or usb" },
		{ IFACE("hostdev", ""),
		  "line 3: <interface type='hostdev'> with a source address of type '': "
		  "expected pci or usb" },
		{ IFACE("hostdev", "<source><address type='mdev'/></source>"),
		  "line 3: <interface type='hostdev'> with a source address of type "
		  "'mdev': expected pci or usb" },
		{ IFACE("hostdev", VF "\n<mac address='53:54:00:00:00:00'/>"),
		  "line 4: <mac address='53:54:00:00:00:00'>: expected six pairs of "
		  "hexadecimal digits, of no group" },
		{ IFACE("hostdev", VF "<mac address='52:54:00:00:00'/>"),
		  "line 3: <mac address='52:54:00:00:00'>: expected six pairs of "
		  "hexadecimal digits, of no group" },
		{ IFACE("hostdev", VF "<mac address='52:54:00:00:00:001'/>"),
		  "line 3: <mac address='52:54:00:00:00:001'>: expected six pairs of "
		  "hexadecimal digits, of no group" },
		{ IFACE("hostdev", VF "<vlan/>"), "line 3: <vlan> has no <tag>" },
		{ IFACE("hostdev", VF "<vlan><tag id='4096'/></vlan>"),
		  "line 3: <tag id='4096'>: expected a number from 0 to 4095" },
		{ IFACE("hostdev", VF "<vlan><tag id='0x1'/></vlan>"),
		  "line 3: <tag id='0x1'>: expected a number from 0 to 4095" },
		{ IFACE("hostdev", VF "<vlan><tag id='1'/><tag id='2'/></vlan>"),
		  "line 3: <vlan>: a virtual function takes one tag, and no trunk" },
		{ IFACE("hostdev", VF "<vlan trunk='yes'><tag id='1'/></vlan>"),
		  "line 3: <vlan>: a virtual function takes one tag, and no trunk" },
	};

	(void)state;
	CHECK(cases);
}

static void other_interfaces_name_no_vf(void **state)
{
	static const struct domain_case cases[] = {
		{ IFACE("network", "<source network='n'/>"), "[ ]" },
		{ IFACE("bridge", "<source bridge='br0'/><vlan/>"), "[ ]" },
		{ IFACE("bridge", "<source bridge='br0'/><actual type='hostdev'/>"),
		  "[ ]" },
		{ "<interface/>", "[ ]" },
		{ IFACE("network", "<mac address='52:54:00:00:00:01'/><source "
				   "network='n'/><actual type='bridge'/>"),
		  "[ ]" },
		{ IFACE("network",
			"<mac address='52:54:00:00:00:01'/><source "
			"network='n'/><actual type='hostdev' "
			"managed='yes'>" VF "<vlan><tag id='7'/></vlan></actual>"),
		  "[ { \"type\": \"pci\", \"address\": \"0000:01:00.0\", \"managed\": "
		  "true, \"origin\": \"interface\", \"mac\": \"52:54:00:00:00:01\", "
		  "\"vlan\": 7 } ]" },
		{ IFACE("vdpa", "<source dev='/dev/vhost-vdpa-0'/>"),
		  VDPA("/dev/vhost-vdpa-0") },
		{ IFACE("vdpa", "<mac address='52:54:00:12:34:56'/>"
				"<source dev='/dev/vhost-vdpa-0'/>"),
		  "[ { \"type\": \"vdpa\", \"path\": \"/dev/vhost-vdpa-0\", "
		  "\"mac\": \"52:54:00:12:34:56\" } ]" },
		{ IFACE("vdpa", "<mac address='53:54:00:12:34:56'/>"
				"<source dev='/dev/vhost-vdpa-0'/>"),
		  "line 3: <mac address='53:54:00:12:34:56'>: expected six pairs of "
		  "hexadecimal digits, of no group" },
		{ "<interface type='network'><mac address='52:54:00:12:34:56'/><actual "
		  "type='vdpa'><source dev='/dev/vhost-vdpa-0'/></actual></interface>",
		  "[ { \"type\": \"vdpa\", \"path\": \"/dev/vhost-vdpa-0\", "
		  "\"mac\": \"52:54:00:12:34:56\" } ]" },
		{ IFACE("vdpa", ""), "line 3: <interface> has no <source>" },
		{ IFACE("vdpa", "<source/>"), "line 3: <source> has no 'dev' attribute" },
		{ IFACE("vdpa", "<source dev='../x'/>"),
		  "line 3: <source dev='../x'>: expected an absolute path" },
		{ IFACE("vdpa", "<source dev='/dev/x&#10;y'/>"),
		  "line 3: <source dev='/dev/x?y'>: expected an absolute path" },
	};

	(void)state;
	CHECK(cases);
}

static void a_disk_may_be_an_nvme_namespace(void **state)
{
	static const struct domain_case cases[] = {
		{ NVME(ONE, "<address domain='0' bus='0x1'/>"),
		  "[ " DISK("0000:01:00.0", "true", "1") " ]" },
		{ NVME(ONE " managed='no'", "<address bus='1'/>"),
		  "[ " DISK("0000:01:00.0", "false", "1") " ]" },
		{ NVME("type='pci' namespace='010' managed='yes'", "<address/>"),
		  "[ " DISK("0000:00:00.0", "true", "10") " ]" },
		{ NVME(ONE " managed='x'", "<address/>"),
		  "line 3: <source managed='x'>: expected yes or no" },
		{ NVME("namespace='1'", "<address/>"),
		  "line 3: <source type=''>: expected pci" },
		{ NVME("type='pci'", "<address/>"),
		  "line 3: <source> has no 'namespace' attribute" },
		{ NVME("type='pci' namespace='0'", "<address/>"),
		  "line 3: <source namespace='0'>: expected a number from 1 to "
		  "18446744073709551615" },
		{ NVME("type='pci' namespace='0x1'", "<address/>"),
		  "line 3: <source namespace='0x1'>: expected a number from 1 to "
		  "18446744073709551615" },
		{ NVME(ONE, ""), "line 3: <source> has no <address>" },
		{ "<disk type='nvme'/>", "[ ]" },
		{ "<disk type='file'><source file='/nvme'/></disk>", "[ ]" },
		{ "<disk type='vhostvdpa'><source dev='/dev/vhost-vdpa-1'/></disk>",
		  VDPA("/dev/vhost-vdpa-1") },
	};

	(void)state;
	CHECK(cases);
}

#define SOURCE "<source " ONE "><address bus='1'/></source>"

static void a_disk_is_walked_to_its_ends(void **state)
{
	static const char *const inside[] = {
		"<backingStore type='nvme'>" SOURCE "</backingStore>",
		"<backingStore type='file'><format type='qcow2'/><source file='/y'/>"
		"<backingStore type='nvme'>" SOURCE "<backingStore/></backingStore>"
		"</backingStore>",
		"<mirror type='nvme' job='copy'>" SOURCE "</mirror>",
		"<mirror type='file'><source file='/y'/><backingStore "
		"type='nvme'>" SOURCE "</backingStore></mirror>",
		"<source file='/z'><dataStore type='nvme'><format "
		"type='raw'/>" SOURCE "</dataStore></source>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(inside); i++) {
		_cleanup_free_ char *text =
			vprep_strf("<disk type='file'>%s</disk>", inside[i]);

		devices_are(text, "[ " DISK("0000:01:00.0", "true", "1") " ]");
	}
}

static void a_disk_may_be_read_only(void **state)
{
	static const struct {
		const char *devices;
		bool read_only;
	} cases[] = {
		{ "<disk type='nvme'>" SOURCE "</disk>", false },
		{ "<disk type='nvme'>" SOURCE "<readonly/></disk>", true },
		{ "<disk type='nvme' device='cdrom'>" SOURCE "</disk>", true },
		{ "<disk type='file'><backingStore type='nvme'>" SOURCE
		  "</backingStore></disk>",
		  true },
		{ "<disk type='file'><source file='/y'><dataStore type='nvme'>" SOURCE
		  "</dataStore></source></disk>",
		  false },
		{ "<disk type='file'><backingStore type='file'><source file='/y'>"
		  "<dataStore type='nvme'>" SOURCE
		  "</dataStore></source></backingStore></disk>",
		  true },
		{ "<disk type='vhostvdpa'><source dev='/x'/><readonly/></disk>", true },
		{ "<hostdev type='scsi'><source><adapter name='scsi_host0'/><address "
		  "bus='0' target='0' unit='0'/></source><readonly/></hostdev>",
		  true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = vprep_strf(
			"<domain><name>vm</name><devices>%s</devices></domain>",
			cases[i].devices);
		struct vprep_domain *domain;

		assert_int_equal(domain_parse(text, strlen(text), &domain), 0);
		assert_int_equal(domain->devices.n, 1);
		assert_int_equal(domain->devices.items[0].asked.read_only,
				 cases[i].read_only);
		vprep_domain_free(domain);
	}
}

#define A "<hostdev type='pci'><source><address bus='1'/></source></hostdev>\n"
#define TWICE "is asked for twice, first in line 3"
#define UUID "67d496a0-d7d9-30f7-9c2d-4844b2d3c76e"
#define MDEV(uuid)                                                                       \
	"<hostdev type='mdev' model='vfio-pci'><source><address uuid='" uuid             \
	"'/></source></hostdev>\n"
#define USB(rest) "<hostdev type='usb'><source>" rest "</source></hostdev>\n"
#define ID "<vendor id='0x1234'/><product id='0x5678'/>"
#define SCSI(unit)                                                                       \
	"<hostdev type='scsi'><source><adapter name='scsi_host0'/><address bus='0' "     \
	"target='0' unit='" unit "'/></source></hostdev>\n"
#define VHOST(wwpn)                                                                      \
	"<hostdev type='scsi_host'><source protocol='vhost' wwpn='naa." wwpn             \
	"'/></hostdev>\n"

static void a_device_is_asked_for_once(void **state)
{
	static const struct domain_case cases[] = {
		{ A A, "line 4: 0000:01:00.0 " TWICE },
		{ A IFACE("hostdev", VF), "line 4: 0000:01:00.0 " TWICE },
		{ IFACE("hostdev", VF) "\n\n" A, "line 5: 0000:01:00.0 " TWICE },
		{ A NVME(ONE, "<address bus='1'/>"), "line 4: 0000:01:00.0 " TWICE },
		{ NVME(ONE, "<address bus='1'/>") "\n" NVME(ONE, "<address bus='1'/>"),
		  "line 4: 0000:01:00.0 " TWICE },
		{ MDEV(UUID) MDEV("67D496A0D7D930F79C2D4844B2D3C76E"),
		  "line 4: mdev " UUID " " TWICE },
		{ USB(ID) USB(ID), "line 4: usb 1234:5678 " TWICE },
		{ USB(ID) USB(ID "<address bus='1' device='2'/>"),
		  "line 4: usb 1234:5678 " TWICE },
		{ USB("<address bus='1' device='2'/>")
			  USB(ID "<address bus='1' device='2'/>"),
		  "line 4: usb bus 1 device 2 " TWICE },
		{ SCSI("0") SCSI("00"), "line 4: scsi 0:0:0:0 " TWICE },
		{ VHOST("5001405c1e8f7d2a") VHOST("5001405C1E8F7D2A"),
		  "line 4: naa.5001405c1e8f7d2a " TWICE },
		{ IFACE("vdpa", "<source dev='/x'/>") "\n" IFACE("vdpa",
								 "<source dev='/x'/>"),
		  "line 4: /x " TWICE },
	};

	(void)state;
	CHECK(cases);
}

static void what_differs_is_taken(void **state)
{
	static const char *const cases[] = {
		A "<hostdev type='pci'><source><address bus='1' "
		  "function='1'/></source></hostdev>",
		NVME(ONE, "<address bus='1'/>")
			NVME("type='pci' namespace='2'", "<address bus='1'/>"),
		USB(ID "<address bus='1' device='2'/>")
			USB(ID "<address bus='1' device='3'/>"),
		USB(ID "<address bus='1' device='2'/>") USB(ID),
		USB("<address bus='1' device='2'/>") USB(ID),
		SCSI("0") SCSI("1"),
		VHOST("5001405c1e8f7d2a") VHOST("5001405c1e8f7d2b"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = vprep_strf(
			"<domain><name>vm</name><devices>%s</devices></domain>",
			cases[i]);
		struct vprep_domain *domain;

		assert_int_equal(domain_parse(text, strlen(text), &domain), 0);
		assert_int_equal(domain->devices.n, 2);
		assert_int_equal(domain->devices.items[0].asked.line, 1);
		vprep_domain_free(domain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interface_may_be_a_vf),	       TEST(other_interfaces_name_no_vf),
		TEST(a_disk_may_be_an_nvme_namespace), TEST(a_disk_is_walked_to_its_ends),
		TEST(a_disk_may_be_read_only),	       TEST(a_device_is_asked_for_once),
		TEST(what_differs_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Each form of a host device in a domain, its defaults and its bounds. */
#include "domain-test.h"

#define UUID "67d496a0-d7d9-30f7-9c2d-4844b2d3c76e"
#define PCI(address) "<hostdev type='pci'><source>" address "</source></hostdev>"
#define USB(source) "<hostdev type='usb'><source" source "</source></hostdev>"
#define SCSI(source) "<hostdev type='scsi'><source" source "</source></hostdev>"
#define MDEV(model, uuid)                                                                \
	"<hostdev type='mdev' " model "><source><address uuid='" uuid                    \
	"'/></source></hostdev>"
#define VHOST(source) "<hostdev type='scsi_host'><source " source "/></hostdev>"
#define VENDOR "<vendor id='0x1234'/>"
#define PRODUCT "<product id='0x5678'/>"
#define ADAPTER "<adapter name='scsi_host0'/>"

#define IS_PCI(address, managed)                                                         \
	"[ { \"type\": \"pci\", \"address\": \"" address "\", \"managed\": " managed     \
	", \"origin\": \"hostdev\" } ]"
#define NO_PORT(port)                                                                    \
	"line 3: <address port='" port "'>: expected ports such as 1.2, and no "         \
	"'device' beside them"
#define IS_USB(rest) "[ { \"type\": \"usb\", " rest " } ]"
#define IS_ID "\"vendor\": \"0x1234\", \"product\": \"0x5678\""
#define IS_SCSI(adapter, bus, target, unit)                                              \
	"[ { \"type\": \"scsi\", \"adapter\": \"" adapter "\", \"bus\": " bus            \
	", \"target\": " target ", \"unit\": " unit " } ]"
#define IS_MDEV(model)                                                                   \
	"[ { \"type\": \"mdev\", \"uuid\": \"" UUID "\", \"model\": \"" model "\" } ]"
#define IS_VHOST(wwpn) "[ { \"type\": \"scsi_host\", \"wwpn\": \"" wwpn "\" } ]"

static void check(const struct domain_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		devices_are(cases[i].text, cases[i].expected);
}

#define CHECK(cases) check(cases, VPREP_ARRAY_SIZE(cases))

static void pci_addresses(void **state)
{
	static const struct domain_case cases[] = {
		{ PCI("<address domain='0x0000' bus='0x05' slot='0x10' function='0x1'/>"),
		  IS_PCI("0000:05:10.1", "false") },
		{ PCI("<address/>"), IS_PCI("0000:00:00.0", "false") },
		{ PCI("<address domain='0' bus='0' slot='0' function='0'/>"),
		  IS_PCI("0000:00:00.0", "false") },
		{ PCI("<address bus='255' slot='31' function='7'/>"),
		  IS_PCI("0000:ff:1f.7", "false") },
		{ PCI("<address domain='0xffffffff'/>"),
		  IS_PCI("ffffffff:00:00.0", "false") },
		{ PCI("<address bus='1'/><address bus='2'/>"),
		  IS_PCI("0000:01:00.0", "false") },
		{ PCI(""), "line 3: <source> has no <address>" },
		{ "<hostdev type='pci'/>", "line 3: <hostdev> has no <source>" },
		{ PCI("<address domain='4294967296'/>"),
		  "line 3: <address domain='4294967296'>: expected a number from 0 to "
		  "4294967295" },
		{ PCI("\n<address\nbus='0x100'/>"), "line 5: <address bus='0x100'>: "
						    "expected a number from 0 to 255" },
		{ PCI("<address slot='32'/>"),
		  "line 3: <address slot='32'>: expected a number from 0 to 31" },
		{ PCI("<address function='8'/>"),
		  "line 3: <address function='8'>: expected a number from 0 to 7" },
	};

	(void)state;
	CHECK(cases);
}

static void numbers_are_read_in_base_0(void **state)
{
	static const struct domain_case good[] = {
		{ "9", "09" },	   { "010", "08" },    { "0x10", "10" }, { "0X1f", "1f" },
		{ "0", "00" },	   { "00", "00" },     { " 5", "05" },	 { "+5", "05" },
		{ "\t\n5", "05" }, { "&#x35;", "05" }, { "0377", "ff" }, { "0b11", "03" },
	};
	static const char *const bad[] = {
		"",   " ",   "-1",  "- 1", "5 ",  "5a",
		"0x", "08",  "0xg", "1.0", "++5", "+-5",
		"a",  "0b2", "1 2", "٥",   "0b",  "99999999999999999999"
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(good); i++) {
		_cleanup_free_ char *text =
			vprep_strf(PCI("<address bus='%s'/>"), good[i].text);
		_cleanup_free_ char *json =
			vprep_strf(IS_PCI("0000:%s:00.0", "false"), good[i].expected);

		devices_are(text, json);
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *text =
			vprep_strf(PCI("<address bus='%s'/>"), bad[i]);
		_cleanup_free_ char *message =
			vprep_strf("line 3: <address bus='%s'>: expected a number from 0 "
				   "to 255",
				   bad[i]);

		devices_are(text, message);
	}
}

static void a_pci_device_has_management_and_driver(void **state)
{
	static const struct domain_case cases[] = {
		{ "<hostdev mode='subsystem' type='pci' managed='yes'><source><address "
		  "bus='1'/></source></hostdev>",
		  IS_PCI("0000:01:00.0", "true") },
		{ "<hostdev type='pci' managed='maybe'><source><address "
		  "bus='1'/></source></hostdev>",
		  IS_PCI("0000:01:00.0", "false") },
		{ "<hostdev type='pci'><driver name='vfio' model='mlx5_vfio_pci' "
		  "newer='yes'/><source><address bus='1'/></source></hostdev>",
		  "[ { \"type\": \"pci\", \"address\": \"0000:01:00.0\", \"managed\": "
		  "false, \"origin\": \"hostdev\", \"driver\": \"mlx5_vfio_pci\" } ]" },
		{ "<hostdev type='pci'><driver name='vfio'/><source><address "
		  "bus='1'/></source></hostdev>",
		  IS_PCI("0000:01:00.0", "false") },
		{ "<hostdev type='pci'><driver model='../../etc/x'/><source><address "
		  "bus='1'/></source></hostdev>",
		  "line 3: <driver model='../../etc/x'>: expected a name, without blanks "
		  "and slashes" },
		{ "<hostdev type='pci'><driver model=''/><source><address "
		  "bus='1'/></source></hostdev>",
		  "line 3: <driver model=''>: expected a name, without blanks and "
		  "slashes" },
	};

	(void)state;
	CHECK(cases);
}

static void hostdevs_have_a_mode_and_a_type(void **state)
{
	static const struct domain_case cases[] = {
		{ "<hostdev mode='capabilities' "
		  "type='misc'><source><char>x</char></source></hostdev>",
		  "[ ]" },
		{ "<hostdev mode='x' type='pci'/>",
		  "line 3: <hostdev mode='x'>: expected subsystem or capabilities" },
		{ "<hostdev/>", "line 3: <hostdev> of type '': expected pci, usb, mdev, "
				"scsi or scsi_host" },
		{ "\n\n<hostdev type='Pci'/>",
		  "line 5: <hostdev> of type 'Pci': expected "
		  "pci, usb, mdev, scsi or scsi_host" },
	};

	(void)state;
	CHECK(cases);
}

static void usb_devices(void **state)
{
	static const struct domain_case cases[] = {
		{ USB(">" VENDOR PRODUCT), IS_USB(IS_ID) },
		{ USB(">" PRODUCT VENDOR), IS_USB(IS_ID) },
		{ USB("><vendor id='1'/><product id='0'/>"),
		  IS_USB("\"vendor\": \"0x0001\", \"product\": \"0x0000\"") },
		{ USB("><address bus='1' device='02'/>"),
		  IS_USB("\"bus\": 1, \"device\": 2") },
		{ USB("><address bus='1' port='2.04'/>"),
		  IS_USB("\"bus\": 1, \"port\": \"2.4\"") },
		{ USB(">" VENDOR PRODUCT "<address bus='1' port='3'/>"),
		  IS_USB(IS_ID ", \"bus\": 1, \"port\": \"3\"") },
		{ USB(">" VENDOR PRODUCT "<address bus='1' device='2'/>"),
		  IS_USB(IS_ID ", \"bus\": 1, \"device\": 2") },
		{ USB(">" VENDOR PRODUCT "<address bus='0' device='0'/>"),
		  IS_USB(IS_ID) },
		{ USB(" startupPolicy='optional'>" VENDOR PRODUCT),
		  IS_USB(IS_ID ", \"startup_policy\": \"optional\"") },
		{ USB(" startupPolicy='requisite'>" VENDOR PRODUCT),
		  IS_USB(IS_ID ", \"startup_policy\": \"requisite\"") },
		{ USB(" startupPolicy='mandatory'>" VENDOR PRODUCT),
		  IS_USB(IS_ID ", \"startup_policy\": \"mandatory\"") },
		{ USB(" startupPolicy='default'>" VENDOR PRODUCT),
		  "line 3: <source startupPolicy='default'>: expected mandatory, "
		  "requisite or optional" },
		{ USB(">" VENDOR), "line 3: <source> has a <vendor> but no <product>" },
		{ USB(">" PRODUCT), "line 3: <source> has a <product> but no <vendor>" },
		{ USB("><vendor id='0'/>" PRODUCT),
		  "line 3: <vendor id='0'>: expected a number from 1 to 65535" },
		{ USB("><vendor id='0x10000'/>" PRODUCT),
		  "line 3: <vendor id='0x10000'>: expected a number from 1 to 65535" },
		{ USB(">" VENDOR "<product/>"),
		  "line 3: <product> has no 'id' attribute" },
		{ USB("><address bus='1'/>"), "line 3: <address> has no 'device' "
					      "attribute" },
		{ USB("><address bus='1' device='2' port='2'/>"), NO_PORT("2") },
		{ USB("><address bus='1' port=''/>"), NO_PORT("") },
		{ USB("><address bus='1' port='1.'/>"), NO_PORT("1.") },
		{ USB("><address bus='1' port='1.0'/>"), NO_PORT("1.0") },
		{ USB("><address bus='1' port='1-2'/>"), NO_PORT("1-2") },
		{ USB("><address bus='1' port='1.2.3.4.5.6.7'/>"),
		  NO_PORT("1.2.3.4.5.6.7") },
		{ USB("><address port='1'/>"),
		  "line 3: <address> has no 'bus' attribute" },
		{ USB("><address device='1'/>"),
		  "line 3: <address> has no 'bus' attribute" },
		{ USB("><address bus='1' device='0'/>"),
		  "line 3: <source> names no usb device: neither <vendor> and <product> "
		  "nor <address>" },
		{ USB(">"), "line 3: <source> names no usb device: neither <vendor> and "
			    "<product> nor <address>" },
	};

	(void)state;
	CHECK(cases);
}

static void scsi_devices(void **state)
{
	static const struct domain_case cases[] = {
		{ SCSI(">" ADAPTER "<address bus='0' target='0' unit='0'/>"),
		  IS_SCSI("scsi_host0", "0", "0", "0") },
		{ SCSI(" protocol='adapter'><adapter name='scsi_host010'/><address "
		       "bus='010' target='0x1' unit='0xffffffffffffffff'/>"),
		  IS_SCSI("scsi_host8", "8", "1", "18446744073709551615") },
		{ SCSI(" protocol='iscsi' name='iqn.2020-01.a:b/1'><host name='h'/>"),
		  "[ ]" },
		{ SCSI(" protocol='x'>"),
		  "line 3: <source protocol='x'>: expected adapter or iscsi" },
		{ SCSI(">" ADAPTER), "line 3: <source> has no <address>" },
		{ SCSI(">" ADAPTER "<address bus='0' target='0'/>"),
		  "line 3: <address> has no 'unit' attribute" },
		{ SCSI(">" ADAPTER
		       "<address bus='0' target='0' unit='18446744073709551616'/>"),
		  "line 3: <address unit='18446744073709551616'>: expected a number from "
		  "0 to 18446744073709551615" },
		{ SCSI("><address bus='0' target='0' unit='0'/>"),
		  "line 3: <source> has no <adapter name=...>" },
		{ SCSI("><adapter name=''/><address bus='0' target='0' unit='0'/>"),
		  "line 3: <source> has no <adapter name=...>" },
		{ SCSI("><adapter name='scsi_host0/../x'/><address bus='0' target='0' "
		       "unit='0'/>"),
		  "line 3: <adapter name='scsi_host0/../x'>: expected scsi_hostN" },
		{ SCSI("><adapter name='host0'/><address bus='0' target='0' unit='0'/>"),
		  "line 3: <adapter name='host0'>: expected scsi_hostN" },
	};

	(void)state;
	CHECK(cases);
}

static void vhost_scsi_ports(void **state)
{
	static const struct domain_case cases[] = {
		{ VHOST("protocol='vhost' wwpn='naa.5001405c1e8f7d2a'"),
		  IS_VHOST("naa.5001405c1e8f7d2a") },
		{ VHOST("protocol='vhost' wwpn='naa.0x5001405C1E8F7D2A'"),
		  IS_VHOST("naa.0x5001405C1E8F7D2A") },
		{ VHOST("wwpn='naa.5001405c1e8f7d2a'"),
		  "line 3: <source protocol=''>: expected vhost" },
		{ VHOST("protocol='none' wwpn='naa.5001405c1e8f7d2a'"),
		  "line 3: <source protocol='none'>: expected vhost" },
		{ VHOST("protocol='vhost'"), "line 3: <source> has no 'wwpn' attribute" },
		{ VHOST("protocol='vhost' wwpn='naa.5001405c1e8f7d2'"),
		  "line 3: <source wwpn='naa.5001405c1e8f7d2'>: expected naa. and 16 "
		  "hexadecimal digits" },
		{ VHOST("protocol='vhost' wwpn='naa.0x5001405c1e8f7d2aa'"),
		  "line 3: <source wwpn='naa.0x5001405c1e8f7d2aa'>: expected naa. and 16 "
		  "hexadecimal digits" },
		{ VHOST("protocol='vhost' wwpn='5001405c1e8f7d2a'"),
		  "line 3: <source wwpn='5001405c1e8f7d2a'>: expected naa. and 16 "
		  "hexadecimal digits" },
		{ VHOST("protocol='vhost' wwpn='naa.5001405c1e8f7d2g'"),
		  "line 3: <source wwpn='naa.5001405c1e8f7d2g'>: expected naa. and 16 "
		  "hexadecimal digits" },
	};

	(void)state;
	CHECK(cases);
}

static void mdevs(void **state)
{
	static const struct domain_case cases[] = {
		{ MDEV("model='vfio-pci'", UUID), IS_MDEV("vfio-pci") },
		{ MDEV("model='vfio-ccw'", UUID), IS_MDEV("vfio-ccw") },
		{ MDEV("model='vfio-ap'", UUID), IS_MDEV("vfio-ap") },
		{ MDEV("model='vfio-pci' display='on' ramfb='on'",
		       "67D496A0D7D930F79C2D4844B2D3C76E"),
		  IS_MDEV("vfio-pci") },
		{ MDEV("model='vfio-pci'", "\n -67 d4--96a0d7d930f79c2d4844b2d3c76e\t "),
		  IS_MDEV("vfio-pci") },
		{ MDEV("", UUID), "line 3: <hostdev model=''>: expected vfio-pci, "
				  "vfio-ccw or vfio-ap" },
		{ MDEV("model='vfio'", UUID), "line 3: <hostdev model='vfio'>: expected "
					      "vfio-pci, vfio-ccw or vfio-ap" },
		{ MDEV("model='vfio-pci'", UUID "0"),
		  "line 3: <address uuid='" UUID "0'>: not a UUID" },
		{ MDEV("model='vfio-pci'", UUID "-"),
		  "line 3: <address uuid='" UUID "-'>: not a UUID" },
		{ MDEV("model='vfio-pci'", "6-7d496a0d7d930f79c2d4844b2d3c76e"),
		  "line 3: <address uuid='6-7d496a0d7d930f79c2d4844b2d3c76e'>: not a "
		  "UUID" },
		{ MDEV("model='vfio-pci'", "../../etc/x"),
		  "line 3: <address uuid='../../etc/x'>: not a UUID" },
		{ "<hostdev type='mdev' model='vfio-pci'><source/></hostdev>",
		  "line 3: <source> has no <address uuid=...>" },
	};

	(void)state;
	CHECK(cases);
}

static void what_is_unknown_is_passed_over(void **state)
{
	static const struct domain_case cases[] = {
		{ "<iommufd enabled='yes'/><hostdev type='pci' fresh='1'><fresh/><q:source "
		  "xmlns:q='urn:q'><address bus='2'/></q:source><source "
		  "writeFiltering='no'><fresh><address bus='3'/></fresh><address "
		  "bus='1' fresh='x'/></source><boot order='1'/><rom bar='off'/><address "
		  "type='pci' bus='9'/></hostdev>",
		  IS_PCI("0000:01:00.0", "false") },
		{ "<q:hostdev xmlns:q='urn:q' type='pci'/>", "[ ]" },
		{ "<q:hostdev type='pci'/>", "[ ]" },
		{ "<controller><hostdev type='pci'/></controller>", "[ ]" },
		/* read as libxml2's xmlGetProp() reads them */
		{ "<hostdev xmlns:q='urn:q' q:managed='yes' "
		  "type='pci'><source><address bus='1'/></source></hostdev>",
		  IS_PCI("0000:01:00.0", "true") },
		{ "<hostdev q:managed='yes' type='pci'><source><address "
		  "bus='1'/></source></hostdev>",
		  IS_PCI("0000:01:00.0", "false") },
	};

	(void)state;
	CHECK(cases);
	domain_is("<domain><hostdev type='pci'/><name>vm</name><devices/>"
		  "<devices>" PCI("<address bus='1'/>") "</devices></domain>",
		  IS_PCI("0000:01:00.0", "false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pci_addresses),
		TEST(numbers_are_read_in_base_0),
		TEST(a_pci_device_has_management_and_driver),
		TEST(hostdevs_have_a_mode_and_a_type),
		TEST(usb_devices),
		TEST(scsi_devices),
		TEST(vhost_scsi_ports),
		TEST(mdevs),
		TEST(what_is_unknown_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

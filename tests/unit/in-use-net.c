// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "in-use-fixture.h"

#define UP "0x1003\n"
#define DOWN "0x1002\n"
#define ROUTES "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
#define ZERO "00000000000000000000000000000000"

static const struct vprep_io_address two_addresses[] = {
	{ "eth1", "198.51.100.1" },
	{ "eth0", "192.0.2.7" },
	{ "eth0", "2001:db8::7" },
};

static void an_interface_with_an_address_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	f->addresses = two_addresses;
	f->n_addresses = 2;
	expect_use(f, "eth0 is up with address 192.0.2.7", "ip link set dev eth0 down",
		   false);
}

static void further_addresses_and_the_default_route_are_told(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	f->addresses = two_addresses;
	f->n_addresses = 3;
	tree_file(f->tree,
		  ROUTES "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
		  "proc/net/route");
	expect_use(f, "eth0 is up with address 192.0.2.7 (1 more), and the default route",
		   "ip link set dev eth0 down", false);
}

static void an_interface_with_only_a_route_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_file(f->tree,
		  ROUTES "eth9\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
			 "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
		  "proc/net/route");
	expect_use(f, "eth0 is up with 1 route", "ip link set dev eth0 down", false);
}

static void an_interface_with_an_ipv6_route_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_file(f->tree,
		  ZERO " 00 " ZERO " 00 fe800000000000000000000000000001 00000400 "
		       "00000001 00000000 00000003     eth0\n",
		  "proc/net/ipv6_route");
	expect_use(f, "eth0 is up with the default route", "ip link set dev eth0 down",
		   false);
}

static void an_interface_with_a_pppoe_session_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_file(f->tree,
		  "Id       Address              Device\n"
		  "0000002A 52:54:00:12:34:56     eth9\n"
		  "0000002B 52:54:00:12:34:56     eth0\n",
		  "proc/net/pppoe");
	expect_use(f, "eth0 is up and carries 1 PPPoE session", "end its pppd", false);
}

static void an_interface_with_link_local_routes_is_free(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_file(f->tree,
		  "fe800000000000000000000000000000 40 " ZERO " 00 " ZERO
		  " 00000100 00000001 00000000 00000001     eth0\n"
		  "fe80000000000000505400fffe123456 80 " ZERO " 00 " ZERO
		  " 00000000 00000002 00000000 80200001     eth0\n"
		  "ff000000000000000000000000000000 08 " ZERO " 00 " ZERO
		  " 00000100 00000003 00000000 00000001     eth0\n",
		  "proc/net/ipv6_route");
	expect_free(f);
}

static void an_interface_that_is_down_is_free(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", DOWN);
	tree_link(f->tree, "../vlan5", "sys/" HERE "/net/eth0/upper_vlan5");
	f->addresses = two_addresses;
	f->n_addresses = 3;
	expect_free(f);
	assert_int_equal(f->n_address_reads, 0);
}

static void a_port_of_a_bridge_is_in_use_even_when_down(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", DOWN);
	tree_device(f->tree, "class/net", "br0", "devices/virtual/net");
	tree_file(f->tree, "DEVTYPE=bridge\nINTERFACE=br0\n", "sys/class/net/br0/uevent");
	tree_link(f->tree, "../../../../../virtual/net/br0",
		  "sys/" HERE "/net/eth0/master");
	expect_use(f, "eth0 belongs to bridge br0", "ip link set dev eth0 nomaster",
		   false);
}

static void a_master_is_not_told_twice(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_link(f->tree, "../../team0", "sys/" HERE "/net/eth0/master");
	tree_link(f->tree, "../../team0", "sys/" HERE "/net/eth0/upper_team0");
	expect_use(f, "eth0 belongs to team0", "ip link set dev eth0 nomaster", false);
}

static void an_interface_that_carries_a_vlan_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	tree_device(f->tree, "class/net", "eth0.5", "devices/virtual/net");
	tree_file(f->tree, "DEVTYPE=vlan\n", "sys/class/net/eth0.5/uevent");
	tree_link(f->tree, "../eth0.5", "sys/" HERE "/net/eth0/upper_eth0.5");
	expect_use(f, "eth0 is up and carries vlan eth0.5", "ip link delete dev eth0.5",
		   false);
}

static void what_cannot_be_asked_is_in_use_and_not_waited_for(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	f->addresses_hang = true;
	expect_use(
		f,
		"eth0 is up, and the kernel does not tell its addresses within 5 s: the "
		"configuration of network interfaces is stuck",
		"see the kernel log", false);
}

static void every_port_of_a_device_is_looked_at(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	add_interface(f, "eth1", UP);
	f->addresses = two_addresses;
	f->n_addresses = 2;
	assert_int_equal(fixture_ask(f), 0);
	assert_int_equal(f->uses.n, 2);
	expect_among(f, "eth0 is up with address 192.0.2.7", false);
	expect_among(f, "eth1 is up with address 198.51.100.1", false);
	assert_int_equal(f->n_address_reads, 1);
}

static void an_interface_elsewhere_is_not_ours(void **state)
{
	struct fixture *f = *state;

	tree_device(f->tree, "class/net", "eth0", "devices/pci0000:00/0000:00:04.0/net");
	tree_file(f->tree, UP, "sys/class/net/eth0/flags");
	f->addresses = two_addresses;
	f->n_addresses = 3;
	expect_free(f);
}

static void a_captured_tree_is_not_judged_by_this_hosts_addresses(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", UP);
	f->addresses = two_addresses;
	f->n_addresses = 3;
	f->io->live = false;
	expect_free(f);
	assert_int_equal(f->n_address_reads, 0);
}

static void odd_names_and_tables_do_no_harm(void **state)
{
	static const char name[] = "e;\033$(id)'";
	struct fixture *f = *state;

	add_interface(f, name, UP);
	add_interface(f, "eth0", "0xzz");
	tree_file(f->tree, "x", "sys/class/net/bonding_masters");
	tree_file(f->tree,
		  "\n\t\n \neth0\na b c d e f g h i j k\ne;\033$(id)' 1 2 3 4 5 6 7",
		  "proc/net/route");
	tree_file(f->tree, "fe 1 2 3 4 5 6 7 8 eth0\n1 2\n", "proc/net/ipv6_route");
	expect_use(f, "e;?$(id)' is up with 1 route",
		   "ip link set dev 'e;?$(id)'\\''' down", false);
}

/* sysfs shows the interfaces of one namespace; the folder that they are in stays. */
static void an_interface_in_another_namespace_is_in_use(void **state)
{
	static const char *const folders[] = {
		HERE "/net",
		HERE "/virtio0/net",
		HERE "/mlx5_core.eth.0/net",
	};
	struct fixture *f = *state;
	size_t i;

	f->device.class_code = 0x020000;
	tree_device(f->tree, "bus/virtio/devices", "virtio0", HERE);
	tree_device(f->tree, "bus/auxiliary/devices", "mlx5_core.eth.0", HERE);
	expect_free(f);
	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *path = vprep_strf("sys/%s", folders[i]);

		tree_thaw(f->tree);
		tree_dir(f->tree, "%s", path);
		expect_use(f, "its interface is in another network namespace",
			   "find it with 'lsns -t net', and move it back: 'ip link set "
			   "dev INTERFACE netns 1' there",
			   false);
		tree_thaw(f->tree);
		tree_dir(f->tree, "%s/eth0", path);
		expect_free(f);
	}
}

static void a_usb_interface_in_another_namespace_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x0c0330;
	tree_device(f->tree, "bus/usb/devices", "1-2:1.0", HERE "/usb1/1-2");
	tree_dir(f->tree, "sys/" HERE "/usb1/1-2/1-2:1.0/net");
	expect_use(f, "its interface is in another network namespace",
		   "find it with 'lsns -t net', and move it back: 'ip link set dev "
		   "INTERFACE netns 1' there",
		   false);
	vprep_uses_done(&f->uses);
	assert_int_equal(vprep_in_use_below(f->scan, "1-2", &f->uses), 0);
	assert_int_equal(f->uses.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(an_interface_with_an_address_is_in_use),
		USE_TEST(further_addresses_and_the_default_route_are_told),
		USE_TEST(an_interface_with_only_a_route_is_in_use),
		USE_TEST(an_interface_with_an_ipv6_route_is_in_use),
		USE_TEST(an_interface_with_a_pppoe_session_is_in_use),
		USE_TEST(an_interface_with_link_local_routes_is_free),
		USE_TEST(an_interface_that_is_down_is_free),
		USE_TEST(a_port_of_a_bridge_is_in_use_even_when_down),
		USE_TEST(a_master_is_not_told_twice),
		USE_TEST(an_interface_that_carries_a_vlan_is_in_use),
		USE_TEST(what_cannot_be_asked_is_in_use_and_not_waited_for),
		USE_TEST(every_port_of_a_device_is_looked_at),
		USE_TEST(an_interface_elsewhere_is_not_ours),
		USE_TEST(a_captured_tree_is_not_judged_by_this_hosts_addresses),
		USE_TEST(an_interface_in_another_namespace_is_in_use),
		USE_TEST(a_usb_interface_in_another_namespace_is_in_use),
		USE_TEST(odd_names_and_tables_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

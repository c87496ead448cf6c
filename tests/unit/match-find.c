// SPDX-License-Identifier: GPL-2.0-or-later
/* What fits a match is found in the indexes as by a look at each device. */
#include "declared/match.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"
#include "test.h"
#include "tree.h"

#define DEVICES 64
#define DEVICE "sys/bus/pci/devices/%s/"

static struct vprep_pci_text address_of(unsigned i)
{
	const struct vprep_pci_address address = { .domain = i % 16 == 15 ? 0x10000 : 0,
						   .bus = (uint8_t)(i / 8),
						   .slot = (uint8_t)(i % 8),
						   .function = (uint8_t)(i % 3) };

	return vprep_pci_address_text(address);
}

/* Devices of a few kinds; every fact is missing somewhere. */
static void add_device(struct tree *tree, unsigned i)
{
	const struct vprep_pci_text name = address_of(i);
	_cleanup_free_ char *bridge =
		vprep_strf("devices/pci0000:00/0000:00:%02x.0", i / 8);

	tree_device(tree, "bus/pci/devices", name.s, bridge);
	tree_file(tree, i % 2 ? "0x8086\n" : "0x15B3\n", DEVICE "vendor", name.s);
	tree_file(tree, i % 4 ? "0x10ca\n" : "0x1018\n", DEVICE "device", name.s);
	tree_file(tree, i % 5 ? "0x020000\n" : "0x010802\n", DEVICE "class", name.s);
	if (i % 7)
		tree_file(tree, i % 3 ? "0\n" : "1\n", DEVICE "numa_node", name.s);
	if (i % 6)
		tree_link(tree, i % 4 ? "../drivers/igbvf" : "../drivers/mlx5_core",
			  DEVICE "driver", name.s);
	if (i >= 8 && i % 5)
		tree_link(tree, i % 2 ? "../0000:00:00.0" : "../0000:00:01.1",
			  DEVICE "physfn", name.s);
	if (i % 9 == 0)
		tree_file(tree, i % 2 ? "Onboard LAN\n" : "onboard \xc3\x84\n",
			  DEVICE "label", name.s);
	if (i % 10 == 0)
		tree_file(tree, "52:54:00:AA:bb:01\n", DEVICE "net/eth%u/address", name.s,
			  i);
}

static struct tree *make(void)
{
	struct tree *tree = tree_new();
	unsigned i;

	for (i = 0; i < DEVICES; i++)
		add_device(tree, i);
	tree_file(tree, "0000:01:02\n", "sys/bus/pci/slots/7/address");
	tree_file(tree, "0000:01:02\n", "sys/bus/pci/slots/7-1/address");
	tree_file(tree, "0000:03:05\n", "sys/bus/pci/slots/Rear/address");
	tree_freeze(tree);
	return tree;
}

static void list(struct tree *tree, struct vprep_io **ret_io,
		 struct vprep_match_devices *ret)
{
	assert_int_equal(vprep_io_new_at(tree->dir, false, &vprep_io_kernel_ops, ret_io),
			 0);
	assert_int_equal(vprep_match_devices_list(*ret_io, ret), 0);
	assert_int_equal(ret->n, DEVICES);
}

static size_t compare(struct vprep_match_devices *devices,
		      struct vprep_match_devices *each, const char *text, const char *pf)
{
	struct vprep_match match = { { NULL } };
	_cleanup_free_ size_t *found = NULL;
	const char *expected;
	size_t i, n = 0, k = 0;

	if (vprep_match_parse(text, &match, &expected) < 0)
		fail_msg("%s: %s", text, expected);
	assert_int_equal(vprep_match_find(devices, &match, pf, &found, &n), 0);
	for (i = 0; i < each->n; i++) {
		int fits = vprep_match_fits(each, &match, pf, &each->items[i]);
		bool has = k < n && found[k] == i;

		if (fits != has)
			fail_msg("%s: %s %s", text, each->items[i].text.s,
				 has ? "does not fit" : "is not found");
		k += has;
	}
	assert_int_equal(k, n);
	vprep_match_done(&match);
	return n;
}

static void what_is_found_is_what_fits(void **state)
{
	/* and how many that are */
	static const struct {
		const char *text;
		size_t n;
	} matches[] = {
		{ "address=0000:01:02.1", 1 },
		{ "address=0000:01:02.0", 0 },
		{ "address=01:02.1 vendor=15b3", 1 },
		{ "address=01:02.1 vendor=8086", 0 },
		{ "address=0000:01:*", 7 },
		{ "address=10000:*", 4 },
		{ "address=*:01:0[1-3].?", 3 },
		{ "address=*", DEVICES },
		{ "vendor=8086", 32 },
		{ "vendor=0x15B3 device=1018", 16 },
		{ "vendor=15B3", 32 },
		{ "vendor=ffff", 0 },
		{ "class=02", 51 },
		{ "class=0108", 13 },
		{ "class=0108??", 13 },
		{ "numa=1", 18 },
		{ "numa=", 10 },
		{ "driver=IGBVF", 43 },
		{ "driver=igb*", 43 },
		{ "driver=", 11 },
		{ "driver=?lx5*", 10 },
		{ "driver=igb", 0 },
		{ "driver=\\igbvf", 43 },
		{ "pf=0000:00:00.0", 23 },
		{ "pf=00:01.1 driver=mlx5_core", 7 },
		{ "pf=", 19 },
		{ "pf=0000:00:0?.*", 45 },
		{ "path=00:03.0/02.*", 1 },
		{ "path=0000:00:03.0/*", 8 },
		{ "path=*/02.?", 8 },
		{ "slot=7", 1 },
		{ "slot=7*", 1 },
		{ "slot=rear", 1 },
		{ "slot=Onboard*", 8 },
		{ "slot=onboard*", 8 },
		{ "slot=", 54 },
		{ "mac=52:54:00:aa:BB:01", 7 },
		{ "mac= driver=igbvf", 41 },
		{ "serial=x", 0 },
		{ "subsystem=8086:0001", 0 },
		{ "group=3", 0 },
		{ "group=", DEVICES },
	};
	struct vprep_match_devices devices, each;
	struct vprep_io *io, *other;
	struct tree *tree = make();
	size_t i, n;

	(void)state;
	list(tree, &io, &devices);
	list(tree, &other, &each);
	for (i = 0; i < VPREP_ARRAY_SIZE(matches); i++) {
		n = compare(&devices, &each, matches[i].text, NULL);
		if (n != matches[i].n)
			print_message("%s: %zu, not %zu\n", matches[i].text, n,
				      matches[i].n);
		assert_int_equal(n, matches[i].n);
	}
	vprep_match_devices_done(&devices);
	vprep_match_devices_done(&each);
	vprep_io_free(io);
	vprep_io_free(other);
	tree_free(tree);
}

static void a_name_of_a_pf_stands_for_its_address(void **state)
{
	struct vprep_match_devices devices, each;
	struct vprep_io *io, *other;
	struct tree *tree = make();

	(void)state;
	list(tree, &io, &devices);
	list(tree, &other, &each);
	assert_int_equal(compare(&devices, &each, "pf=@card", "0000:00:00.0"), 23);
	assert_int_equal(compare(&devices, &each, "pf=@card", "0000:00:05.2"), 0);
	assert_int_equal(compare(&devices, &each, "pf=@card vendor=8086", NULL), 32);
	vprep_match_devices_done(&devices);
	vprep_match_devices_done(&each);
	vprep_io_free(io);
	vprep_io_free(other);
	tree_free(tree);
}

/* A fact is read of those alone that the others leave. */
static void what_nobody_asks_for_is_not_read(void **state)
{
	static const char *const matches[] = { "address=0000:01:02.1 vendor=15b3 numa=0",
					       "path=00:03.0/02.* serial=x",
					       "pf=0000:00:00.0" };
	struct vprep_match_devices devices;
	struct tree *tree = make();
	size_t i, n, vendors = 0, nodes = 0, serials = 0, slots = 0;
	struct vprep_io *io;

	(void)state;
	list(tree, &io, &devices);
	for (i = 0; i < VPREP_ARRAY_SIZE(matches); i++) {
		struct vprep_match match = { { NULL } };
		_cleanup_free_ size_t *found = NULL;
		const char *expected;

		assert_int_equal(vprep_match_parse(matches[i], &match, &expected), 0);
		assert_int_equal(vprep_match_find(&devices, &match, NULL, &found, &n), 0);
		vprep_match_done(&match);
	}
	for (i = 0; i < devices.n; i++) {
		vendors += devices.items[i].is_read[VPREP_MATCH_VENDOR];
		nodes += devices.items[i].is_read[VPREP_MATCH_NUMA];
		serials += devices.items[i].is_read[VPREP_MATCH_SERIAL];
		slots += devices.items[i].is_read[VPREP_MATCH_SLOT];
		assert_true(devices.items[i].is_read[VPREP_MATCH_PF]);
	}
	assert_int_equal(vendors, 1);
	assert_int_equal(nodes, 1);
	assert_int_equal(serials, 1);
	assert_int_equal(slots, 0);
	vprep_match_devices_done(&devices);
	vprep_io_free(io);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_what_fits),
		cmocka_unit_test(a_name_of_a_pf_stands_for_its_address),
		cmocka_unit_test(what_nobody_asks_for_is_not_read),
	};

	return cmocka_run_group_tests_name("match-find", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices by declared names: what is declared, which devices that means, who gets them. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define CONF "etc/vfio-prep.d/"
#define PACKAGE "usr/lib/vfio-prep.d/"

static void use_folders(struct host *h)
{
	host_configure(h, "");
	host_remember(h);
}

/* One file, and the session anew. */
static void declare(struct host *h, const char *text)
{
	fake_put(h->fake, 0644, text, CONF "test.conf");
	use_folders(h);
}

static struct vprep_device_pools *look(struct host *h)
{
	struct vprep_device_pools *pools = NULL;

	if (vprep_device_pools(h->session, &pools, &h->err) < 0)
		fail_msg("%s", h->err.message);
	return pools;
}

/* The names of the pool's devices, with blanks between them. */
static void check_members(struct host *h, const char *name, const char *expected)
{
	struct vprep_device_pools *pools = look(h);
	char text[256] = "";
	size_t i, k;

	for (i = 0; i < pools->n; i++)
		for (k = 0;
		     strcmp(pools->items[i].name, name) == 0 && k < pools->items[i].n;
		     k++) {
			strcat(text, k ? " " : "");
			strcat(text, pools->items[i].devices[k].name);
		}
	assert_string_equal(text, expected);
	vprep_device_pools_free(pools);
}

static void check_match(struct host *h, const char *match, const char *expected)
{
	_cleanup_free_ char *text = vprep_strf("[device x]\nmatch = %s\n", match);

	declare(h, text);
	check_members(h, "x", expected);
}

static void refuse(struct host *h, const char *text, const char *message)
{
	struct vprep_device_pools *pools = NULL;

	declare(h, text);
	if (vprep_device_pools(h->session, &pools, &h->err) != -EINVAL)
		fail_msg("'%s' is taken", text);
	if (!strstr(h->err.message, message))
		fail_msg("'%s': %s", text, h->err.message);
}

/* ---- what is declared ---- */

static void a_file_that_is_wrong_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{ "[device x]\nmatch = vendr=8086\n", "test.conf:2: match" },
		{ "[device x]\nmatch = vendor\n", "test.conf:2: match" },
		{ "[device x]\nmatch = vendor=8086 vendor=8086\n", "test.conf:2: match" },
		{ "[device x]\nmatch = vendor=808\n", "test.conf:2: match" },
		{ "[device x]\nmatch = class=2\n", "test.conf:2: match" },
		{ "[device x]\nmatch = address=05:10\n", "test.conf:2: match" },
		{ "[device x]\nmatch =\n", "test.conf:2: match" },
		{ "[device x]\nmatch = class=02\nnosuch = 1\n",
		  "3: unknown key 'nosuch'" },
		{ "[device x]\nmatch = class=02\ncount = 0\n", "3: count" },
		{ "[device x]\nmatch = class=02\nmode = rw\n", "3: mode" },
		{ "[device x]\nmatch = class=02\nprefer-numa = far\n", "3: prefer-numa" },
		{ "[device x]\nmatch = class=02\nd3cold = 2\n", "3: d3cold" },
		{ "[device x]\nmatch = class=02\nuser = a b\n", "3: user" },
		{ "[device x]\nmatch = class=02\ngroup = kvm\n", "no user to its group" },
		{ "[device x]\n", "section [device x] has no match" },
		{ "[device x]\nmatch = class=02\n[device x]\nmatch = class=01\n",
		  "test.conf:3: there is a section of that name" },
		{ "[device a b]\nmatch = class=02\n", "test.conf:1: unknown section" },
		{ "[device .x]\nmatch = class=02\n", "test.conf:1: unknown section" },
		{ "[device 123456789012345678901234567890123]\nmatch = class=02\n",
		  "test.conf:1: unknown section" },
		{ "[divice x]\nmatch = class=02\n", "test.conf:1: unknown section" },
		{ "match = class=02\n", "test.conf:1: unknown key" },
		{ "\xef\xbb\xbf[device x]\nmatch = class=02\ncount = 0\n", "3: count" },
		{ "\f[device x]\nmatch = class=02\n\v[vfs " VF "]\ncount = x\n",
		  "4: count" },
		{ "[vfs 0000:0a:00.0]\ncount = 1\n[vfs 0000:0A:00.0]\ncount = 2\n",
		  "test.conf:3: there is a section of that name" },
		{ "[device x]\nmatch = pf=@y\n", "no such [device]" },
		{ "[device x]\nmatch = pf=@y\n[device y]\nmatch = pf=@x\n",
		  "a physical function has none" },
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(wrong); i++)
		refuse(*state, wrong[i].text, wrong[i].message);
}

static void nothing_declared_is_no_error(void **state)
{
	struct vprep_device_pools *pools;
	struct host *h = *state;

	use_folders(h);
	pools = look(h);
	assert_int_equal(pools->n, 0);
	vprep_device_pools_free(pools);
	assert_int_equal(host_attach(h, "@x"), -ENOENT);
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
}

static void the_file_of_a_name_in_the_first_folder_counts_alone(void **state)
{
	struct host *h = *state;
	struct vprep_device_pools *pools;

	fake_put(h->fake, 0644, "[device a]\nmatch = class=02\n", PACKAGE "10-a.conf");
	fake_put(h->fake, 0644, "[device b]\nmatch = class=02\n", PACKAGE "20-b.conf");
	fake_put(h->fake, 0644, "[device c]\nmatch = class=02\n", PACKAGE "30-c.conf");
	fake_put(h->fake, 0644, "nonsense\n", PACKAGE "40-d.txt");
	fake_put(h->fake, 0644, "[device e]\nmatch = class=02\n", PACKAGE "50-e.conf");
	fake_put(h->fake, 0644, "", CONF "20-b.conf");
	fake_put(h->fake, 0644, "[device mine]\nmatch = class=02\n", CONF "30-c.conf");
	assert_int_equal(symlinkat("/dev/null", h->fake->dir, CONF "50-e.conf"), 0);
	use_folders(h);
	pools = look(h);
	assert_int_equal(pools->n, 2);
	assert_string_equal(pools->items[0].name, "a");
	assert_string_equal(pools->items[1].name, "mine");
	vprep_device_pools_free(pools);
}

static void a_link_to_nothing_hides_the_file_of_a_package(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *link = vprep_strf("%s/" CONF "20-b.conf", h->fake->path);
	struct vprep_device_pools *pools;

	fake_put(h->fake, 0644, "[device b]\nmatch = class=02\n", PACKAGE "20-b.conf");
	fake_mkdir(h->fake, CONF);
	assert_int_equal(symlink("/dev/null", link), 0);
	use_folders(h);
	pools = look(h);
	assert_int_equal(pools->n, 0);
	vprep_device_pools_free(pools);
}

/* ---- which devices it means ---- */

static void devices_are_chosen_by_what_they_are(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "0x8086\n",
		 "sys/bus/pci/devices/" VF "/subsystem_vendor");
	fake_put(h->fake, 0644, "0xa04c\n",
		 "sys/bus/pci/devices/" VF "/subsystem_device");
	fake_put(h->fake, 0644, "52:54:00:aa:bb:cc\n",
		 "sys/bus/pci/devices/" VF2 "/net/ens5/address");
	fake_put(h->fake, 0644, "S4EV-1234           \n",
		 "sys/bus/pci/devices/" VF2 "/nvme/nvme3/serial");
	fake_put(h->fake, 0644, "Onboard LAN 1\n", "sys/bus/pci/devices/" VF2 "/label");
	fake_put(h->fake, 0644, "0000:06:00\n", "sys/bus/pci/slots/7-1/address");
	check_match(h, "address=" VF, VF);
	check_match(h, "address=05:10.1", VF);
	check_match(h, "address=*:05:10.?", VF " " VF2);
	check_match(h, "driver=igbvf", VF " " VF2);
	check_match(h, "driver=", FREE);
	check_match(h, "driver=igbvf group=8", VF2);
	check_match(h, "subsystem=8086:a04c", VF);
	check_match(h, "subsystem=8086:A04C", VF);
	check_match(h, "mac=52:54:00:AA:bb:cc", VF2);
	check_match(h, "serial=S4EV-1234", VF2);
	check_match(h, "slot=7-1", NIC " " SND " " FREE);
	check_match(h, "slot=Onboard*", VF2);
	check_match(h, "vendor=ffff", "");
	fake_put(h->fake, 0644, "1\n", "sys/bus/pci/devices/" VF "/numa_node");
	fake_put(h->fake, 0644, "-1\n", "sys/bus/pci/devices/" VF2 "/numa_node");
	check_match(h, "numa=1 driver=igbvf", VF);
	check_match(h, "numa= driver=igbvf", VF2);
	check_match(h, "vendor=0x8086 driver=igbvf", VF " " VF2);
	/* alternatives, in their order; the second knows only what is left */
	check_match(h, "address=" VF2 "\nmatch = driver=igbvf", VF2 " " VF);
	check_match(h, "driver=igbvf\ncount = 1", VF);
}

static void the_way_to_a_device_has_no_bus_numbers(void **state)
{
	struct host *h = *state;

	/* the fake tree's own links, whatever they are, are by address */
	check_match(h, "path=*/10.1", "");
	check_match(h, "path=0000:05:10.1", VF);
	check_match(h, "path=05:10.1", VF);
}

static void add_pf(struct host *h, const char *address, int group)
{
	fake_add_pci(h->fake, &(struct fake_pci){ address, 0x020000, 0x8086, 0x10c9,
						  .group = group, .driver = "igb",
						  .totalvfs = 7, .vf_device = 0x10ca });
	assert_int_equal(vprep_io_write(h->session->io, "1",
					"bus/pci/devices/%s/sriov_numvfs", address),
			 0);
}

/* The second card has no name, and its virtual functions are of no card of that name. */
static void functions_are_of_a_card_that_has_the_name(void **state)
{
	struct host *h = *state;

	fake_add_driver(h->fake, &(struct fake_driver){ .name = "igb",
							.module = "igb",
							.flags = FAKE_SRIOV,
							.ids = "8086:10c9" });
	add_pf(h, "0000:08:00.0", 20);
	add_pf(h, "0000:09:00.0", 30);
	declare(h, "[device card]\nmatch = device=10c9\n[device x]\nmatch = pf=@card\n");
	check_members(h, "x", "0000:08:10.0 0000:09:10.0");
	declare(h, "[device card]\nmatch = device=10c9\ncount = 1\n[device x]\n"
		   "match = address=0000:08:00.0\nmatch = pf=@card\n"
		   "match = address=0000:0[89]:*\n");
	check_members(h, "card", "0000:08:00.0");
	check_members(h, "x", "0000:08:00.0 0000:08:10.0 0000:09:00.0 0000:09:10.0");
	declare(h, "[device card]\nmatch = device=10c9\ncount = 1\n[device x]\n"
		   "match = pf=@card\n");
	check_members(h, "x", "0000:08:10.0");
}

/* ---- who gets them ---- */

static void who_asks_gets_what_is_free(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = driver=igbvf\nmatch = driver=vfio-pci "
		   "address=*:05:*\n");
	assert_int_equal(host_attach(h, "@vf"), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_attach(h, "@vf"), 0);
	host_check_driver(h, VF2, "vfio-pci");
	assert_int_equal(host_attach(h, "@vf"), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "@vf: 1 wanted, 0 of 2 can be had: " VF
					       " belongs to owner 'manual'"));
}

static void several_are_all_or_none(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=*:05:10.*\n");
	assert_int_equal(host_attach(h, "@vf*3"), -EBUSY);
	assert_non_null(strstr(h->err.message, "3 wanted, 2 of 2 can be had"));
	host_check_same(h);
	assert_int_equal(host_attach(h, "@vf*2"), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "vfio-pci");
}

static void what_is_named_beside_it_is_not_chosen(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=*:05:10.*\n[device one]\n"
		   "match = address=" VF "\n");
	assert_int_equal(host_attach(h, "05:10.1 @vf"), 0);
	host_check_driver(h, VF2, "vfio-pci");
	assert_int_equal(vprep_detach(h->session,
				      &(struct vprep_detach_request){ .all = true },
				      &h->err),
			 0);
	assert_int_equal(host_attach(h, "@one @vf"), 0);
	host_check_driver(h, VF2, "vfio-pci");
}

static void what_is_named_by_its_interface_is_not_chosen(void **state)
{
	struct host *h = *state;

	fake_set_interface(h->fake, VF, "ens5");
	fake_set_interface(h->fake, VF2, "ens6");
	declare(h, "[device vf]\nmatch = address=*:05:10.*\n");
	if (host_attach(h, "ens5 @vf") < 0)
		fail_msg("%s", h->err.message);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "vfio-pci");
}

/* Not a placeholder in the same group. */
static void who_launches_gets_what_is_attached(void **state)
{
	struct host *h = *state;
	const char *const names[] = { "@x", NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_launch *launch;

	declare(h, "[device x]\nmatch = address=0000:06:00.*\n");
	assert_int_equal(host_attach(h, SND), 0);
	host_check_driver(h, NIC, "vfio-pci");
	if (vprep_launch(h->session, &request, &launch, &h->err) < 0)
		fail_msg("%s", h->err.message);
	assert_non_null(strstr(launch->words[1], SND));
	vprep_launch_free(launch);
}

/* Only attach and run, which attaches first, can wait. */
static void who_launches_is_not_told_to_wait(void **state)
{
	struct host *h = *state;
	const char *const names[] = { "@vf*2", NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_launch *launch;

	declare(h, "[device vf]\nmatch = address=0000:05:10.*\n");
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "web1" }), 0);
	assert_int_equal(host_attach(h, "@vf*2"), -EBUSY);
	assert_non_null(strstr(h->err.message, "; --wait 10m waits for them"));
	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), -EBUSY);
	assert_non_null(strstr(h->err.message, "@vf: 2 wanted, 1 of 2 can be had"));
	assert_null(strstr(h->err.message, "--wait"));
}

/* No node is given to it, so it is not asked for one mode either. */
static void who_launches_may_have_devices_of_several_modes(void **state)
{
	struct host *h = *state;
	const char *const names[] = { "@vf", "@other", NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_launch *launch;

	declare(h, "[device vf]\nmatch = address=" VF "\nmode = 0660\n"
		   "[device other]\nmatch = address=" VF2 "\n");
	assert_int_equal(host_attach(h, "@vf @other"), -EINVAL);
	assert_non_null(strstr(h->err.message, "different mode"));
	assert_int_equal(host_attach(h, "@vf"), 0);
	assert_int_equal(host_attach(h, "@other"), 0);
	if (vprep_launch(h->session, &request, &launch, &h->err) < 0)
		fail_msg("%s", h->err.message);
	vprep_launch_free(launch);
}

static void what_the_host_uses_is_not_chosen(void **state)
{
	struct host *h = *state;

	declare(h, "[device any]\nmatch = address=" LONE "\nmatch = address=" BRIDGE
		   "\nmatch = address=" VF "\n");
	assert_int_equal(host_attach(h, "@any"), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_attach(h, "@any"), -EBUSY);
	assert_non_null(strstr(h->err.message, LONE ": it has no IOMMU group"));
}

static void its_user_and_mode_are_the_nodes(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=" VF "\nuser = 12\ngroup = 34\n"
		   "mode = 0660\n[device other]\nmatch = address=" VF2 "\n");
	assert_int_equal(host_attach(h, "@vf @other"), -EINVAL);
	assert_non_null(strstr(h->err.message, "different user"));
	assert_non_null(strstr(h->err.message, "say --user"));
	assert_int_equal(
		host_ask(h, "@vf @other",
			 (struct vprep_request){ .user = "12:34", .mode = "0600" }),
		0);
	assert_true(host_is_node(h, "vfio/8", 12, 34, 0600));
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(host_attach(h, "@vf"), 0);
	assert_true(host_is_node(h, "vfio/7", 12, 34, 0660));
}

static void its_driver_is_bound(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=" VF "\ndriver = other-vfio\n");
	assert_int_equal(host_attach(h, "@vf"), 0);
	host_check_driver(h, VF, "other-vfio");
}

static void a_declared_name_is_no_device_to_give_back(void **state)
{
	static const char *const names[] = { "@vf", NULL };
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	assert_int_equal(host_attach(h, "@vf"), 0);
	assert_int_equal(vprep_detach(h->session,
				      &(struct vprep_detach_request){ .names = names },
				      &h->err),
			 -EINVAL);
	assert_non_null(strstr(h->err.message, "declared name"));
	assert_int_equal(host_attach(h, "@vf*0"), -EINVAL);
	assert_int_equal(host_attach(h, "@v/f"), -EINVAL);
	assert_int_equal(host_attach(h, "@nosuch"), -ENOENT);
	assert_non_null(strstr(h->err.message, "there are: @vf"));
}

/* ---- NUMA ---- */

static void set_node(struct host *h, const char *address, const char *node)
{
	fake_put(h->fake, 0644, node, "sys/bus/pci/devices/%s/numa_node", address);
}

/* Of nodes 0 (VF) and 1 (VF2, NIC). */
static void nodes_count_as_is_preferred(void **state)
{
	static const char two[] = "[device x]\nmatch = address=" VF
				  "\nmatch = address=" VF2 "\nmatch = address=" NIC "\n";
	_cleanup_free_ char *spread = vprep_strf("%sprefer-numa = spread\n", two);
	_cleanup_free_ char *node = vprep_strf("%sprefer-numa = 1\n", two);
	struct host *h = *state;

	set_node(h, VF, "0\n");
	set_node(h, VF2, "1\n");
	set_node(h, NIC, "1\n");
	declare(h, two);
	assert_int_equal(host_attach(h, "@x*2"), 0);
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(vprep_detach(h->session,
				      &(struct vprep_detach_request){ .all = true },
				      &h->err),
			 0);
	assert_int_equal(host_attach(h, "@x"), 0); /* the node that has just enough */
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(vprep_detach(h->session,
				      &(struct vprep_detach_request){ .all = true },
				      &h->err),
			 0);
	declare(h, spread);
	assert_int_equal(host_attach(h, "@x*2"), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "vfio-pci");
	assert_int_equal(vprep_detach(h->session,
				      &(struct vprep_detach_request){ .all = true },
				      &h->err),
			 0);
	declare(h, node);
	assert_int_equal(host_attach(h, "@x"), 0);
	host_check_driver(h, VF, "igbvf");
	host_check_driver(h, VF2, "vfio-pci");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_file_that_is_wrong_is_refused_with_its_line),
		HOST_TEST(nothing_declared_is_no_error),
		HOST_TEST(the_file_of_a_name_in_the_first_folder_counts_alone),
		HOST_TEST(a_link_to_nothing_hides_the_file_of_a_package),
		HOST_TEST(devices_are_chosen_by_what_they_are),
		HOST_TEST(the_way_to_a_device_has_no_bus_numbers),
		HOST_TEST(functions_are_of_a_card_that_has_the_name),
		HOST_TEST(who_asks_gets_what_is_free),
		HOST_TEST(several_are_all_or_none),
		HOST_TEST(what_is_named_beside_it_is_not_chosen),
		HOST_TEST(what_is_named_by_its_interface_is_not_chosen),
		HOST_TEST(who_launches_gets_what_is_attached),
		HOST_TEST(who_launches_is_not_told_to_wait),
		HOST_TEST(who_launches_may_have_devices_of_several_modes),
		HOST_TEST(what_the_host_uses_is_not_chosen),
		HOST_TEST(its_user_and_mode_are_the_nodes),
		HOST_TEST(its_driver_is_bound),
		HOST_TEST(a_declared_name_is_no_device_to_give_back),
		HOST_TEST(nodes_count_as_is_preferred),
	};

	return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Attach and detach through the session: what they do, and what they refuse. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static void refuse(struct host *h, int r, int want, enum vprep_code code,
		   const char *message)
{
	assert_int_equal(r, want);
	assert_int_equal(h->err.code, code);
	if (!strstr(h->err.message, message))
		fail_msg("'%s' does not say '%s'", h->err.message, message);
	host_check_same(h);
}

static void a_device_goes_to_vfio_pci_and_back(void **state)
{
	_cleanup_free_ char *rule = NULL, *power = NULL;
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_override(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "igbvf");
	rule = fake_get(h->fake, RULES "99-vfio-prep-iommu_group_7.rules");
	assert_non_null(strstr(rule, "KERNEL==\"7\""));
	assert_non_null(strstr(rule, "OWNER:=\"1234\", GROUP:=\"2345\", MODE:=\"0640\""));
	assert_string_equal(host_owner_state(h, "manual"), "held");
	assert_int_equal(host_detach(h, VF), 0);
	power = fake_get(h->fake, "sys/bus/pci/devices/" VF "/power/control");
	assert_string_equal(power, "auto");
	host_check_same(h);
}

static void the_node_is_given_to_the_user(void **state)
{
	struct host *h = *state;
	struct stat st;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vprep_io_node_stat(h->session->io, &st, "vfio/7"), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 2345);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void several_devices_go_and_come_in_any_order(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF " pci_0000_05_10_3 06:00.0"), 0);
	host_check_driver(h, NIC, "vfio-pci");
	host_check_driver(h, SND, "vfio-pci"); /* a placeholder */
	host_check_driver(h, BRIDGE, "pcieport");
	host_check_driver(h, FREE, NULL);
	assert_int_equal(host_detach(h, VF2), 0);
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_detach(h, NIC), 0);
	host_check_driver(h, SND, "snd");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void a_group_goes_with_its_last_device(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC " " SND " " FREE), 0);
	assert_int_equal(host_detach(h, FREE), 0); /* was unbound: goes at once */
	host_check_driver(h, FREE, NULL);
	assert_int_equal(host_detach(h, NIC), 0);
	host_check_driver(h, NIC, "vfio-pci");
	assert_non_null(strstr(h->log, "placeholder"));
	assert_true(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_9.rules"));
	assert_int_equal(host_detach(h, SND), 0);
	host_check_same(h);
}

static void a_device_comes_later_into_an_own_group(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC), 0);
	assert_int_equal(host_attach(h, FREE), 0);
	assert_int_equal(host_attach(h, SND), 0); /* a placeholder till now */
	assert_int_equal(host_detach(h, NIC), 0);
	assert_int_equal(host_attach(h, NIC), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* Two bind steps of one device: undone newest first, or the older one takes the newer
 * one's driver for somebody else's. */
static void a_device_bound_twice_goes_back_all_the_way(void **state)
{
	const struct vprep_request other = { .driver = "other-vfio" };
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC), 0);
	assert_int_equal(host_ask(h, SND, other), 0);
	host_check_driver(h, SND, "other-vfio");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void what_goes_with_a_device_is_told(void **state)
{
	struct host *h = *state;

	fake_set_interface(h->fake, VF, "ens5");
	fake_mkdir(h->fake, "sys/bus/pci/devices/" NIC "/net/eth0");
	fake_link(h->fake, "sys/bus/pci/devices/" NIC "/net/eth0", "sys/class/net/eth0");
	fake_mkdir(h->fake, "sys/bus/pci/devices/" SND "/block/sda/sda1");
	fake_link(h->fake, "sys/bus/pci/devices/" SND "/block/sda",
		  "sys/class/block/sda");
	fake_link(h->fake, "sys/bus/pci/devices/" SND "/block/sda/sda1",
		  "sys/class/block/sda1");
	host_remember(h);
	assert_int_equal(host_attach(h, FREE), 0);
	if (!strstr(h->log, NIC " (e1000e, eth0) becomes a placeholder\n") ||
	    !strstr(h->log, SND " (snd, sda) becomes a placeholder\n"))
		fail_msg("%s", h->log);
	assert_null(strstr(h->log, BRIDGE));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
	assert_int_equal(host_attach(h, NIC), 0);
	if (!strstr(h->log, NIC " (e1000e, eth0) is taken from the host\n"))
		fail_msg("%s", h->log);
}

static void a_named_driver_is_bound(void **state)
{
	const struct vprep_request other = { .driver = "other-vfio" };
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF, other), 0);
	host_check_driver(h, VF, "other-vfio");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
	refuse(h, host_ask(h, VF, (struct vprep_request){ .driver = "nonesuch" }),
	       -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "nonesuch");
	refuse(h, host_ask(h, VF, (struct vprep_request){ .driver = "igbvf" }),
	       -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "driver 'igbvf' is no VFIO driver");
	refuse(h, host_ask(h, VF, (struct vprep_request){ .driver = "../x" }), -EINVAL,
	       VPREP_E_USAGE, "driver");
}

static void an_override_of_the_administrator_comes_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(vprep_io_write(h->session->io, "pci-stub",
					"bus/pci/devices/" VF "/driver_override"),
			 0);
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	host_check_override(h, VF, "vfio-pci");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_override(h, VF, "pci-stub");
	host_check_same(h);
}

static void a_device_that_is_bound_already_stays_bound(void **state)
{
	struct host *h = *state;

	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca,
						  .group = 7, .driver = "vfio-pci" });
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_same(h); /* the node has its old owner as well */
}

static void a_module_is_loaded_and_stays(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL;

	fake_add_driver(h->fake, &(struct fake_driver){
					 .name = "late_vfio",
					 .module = "late_vfio",
					 .flags = FAKE_VFIO | FAKE_NOT_LOADED,
					 .aliases = "vfio_pci:v00008086d000010CA*" });
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	log = fake_log(h->fake);
	assert_non_null(strstr(log, "modprobe/late_vfio"));
	assert_true(fake_has(h->fake, "sys/module/late_vfio"));
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_driver(h, VF, "igbvf");
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	host_leaves(h, "late_vfio");
}

static void a_module_that_does_not_load_is_a_refusal(void **state)
{
	struct host *h = *state;

	fake_add_driver(h->fake, &(struct fake_driver){
					 .name = "late_vfio",
					 .module = "late_vfio",
					 .flags = FAKE_VFIO | FAKE_NOT_LOADED,
					 .aliases = "vfio_pci:v00008086d000010CA*" });
	fake_fail(h->fake, "modprobe/*", 0, EKEYREJECTED);
	refuse(h, host_attach(h, VF), -EKEYREJECTED, VPREP_E_REFUSED, "late_vfio");
}

static void a_folder_of_rules_that_was_not_there_goes_again(void **state)
{
	struct host *h = *state;

	fake_remove(h->fake, "run/udev");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_true(fake_has(h->fake, "run/udev/rules.d"));
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void a_folder_of_rules_that_was_there_stays(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "theirs\n", RULES "70-theirs.rules");
	fake_put(h->fake, 0644, "mine\n", RULES "99-vfio-prep-iommu_group_7.rules");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void the_last_of_two_owners_removes_the_folder_of_rules(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "a" }), 0);
	assert_int_equal(host_ask(h, VF2, (struct vprep_request){ .owner = "b" }), 0);
	assert_int_equal(host_detach_owner(h, "a"), 0);
	assert_true(fake_has(h->fake, "run/udev/rules.d"));
	assert_int_equal(host_detach_owner(h, "b"), 0);
	host_check_same(h);
}

/* The configuration names another one while devices are attached. */
static void each_folder_of_rules_is_as_it_was(void **state)
{
	static const char *const lines[] = {
		"rules-dir = /run/udev/other/rules.d\n", /* is there, and empty */
		"rules-dir = /run/new/rules.d\n",
	};
	struct host *h = *state;
	size_t i;

	fake_mkdir(h->fake, "run/udev/other/rules.d");
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(lines); i++) {
		host_configure(h, "");
		assert_int_equal(host_attach(h, VF), 0); /* makes /run/udev/rules.d */
		host_configure(h, lines[i]);
		assert_int_equal(host_attach(h, VF2), 0);
		assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
}

static void virtual_functions_come_back_with_their_parent(void **state)
{
	struct host *h = *state;

	fake_add_driver(h->fake, &(struct fake_driver){ .name = "igb",
							.ids = "8086:10c9",
							.flags = FAKE_SRIOV });
	fake_add_pci(h->fake, &(struct fake_pci){ "0000:08:00.0", 0x020000, 0x8086,
						  0x10c9, .group = 0, .driver = "igb",
						  .totalvfs = 7, .vf_device = 0x10ca });
	assert_int_equal(vprep_io_write(h->session->io, "2",
					"bus/pci/devices/0000:08:00.0/sriov_numvfs"),
			 0);
	host_remember(h);
	refuse(h, host_attach(h, "08:00.0"), -EBUSY, VPREP_E_IN_USE, "virtual function");
	assert_int_equal(host_ask(h, "08:00.0", (struct vprep_request){ .force = true }),
			 0);
	host_check_driver(h, "0000:08:00.0", "vfio-pci");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_bridge_driver_that_does_dma_is_unbound_meanwhile(void **state)
{
	struct host *h = *state;

	host_fake_bridge_driver(h, "shpchp");
	refuse(h,
	       host_ask(h, NIC, (struct vprep_request){ .policy = VPREP_POLICY_STRICT }),
	       -EPERM, VPREP_E_NOT_VIABLE, "shpchp");
	assert_int_equal(host_attach(h, NIC), 0);
	host_check_driver(h, BRIDGE, NULL);
	assert_int_equal(host_detach(h, NIC), 0);
	host_check_driver(h, BRIDGE, "shpchp");
	host_check_same(h);
}

/* A release that could not take the rule away leaves it to the next attach to try again.
 * That one is refused as long as it cannot either; then it is as complete as any. */
static void a_rule_that_stays_does_not_spoil_the_next_attach(void **state)
{
	struct host *h = *state;
	struct stat st;

	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, "run/udev/rules.d");
	fake_put(h->fake, 0644, "", "run/udev/rules.d");
	assert_int_equal(host_detach(h, VF), -ENOTDIR);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(host_attach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	host_check_driver(h, VF, "igbvf");
	fake_remove(h->fake, "run/udev/rules.d");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vprep_io_node_stat(h->session->io, &st, "vfio/7"), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_true(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_7.rules"));
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void what_stands_in_the_place_of_the_rule_is_left(void **state)
{
	static const char rule[] = RULES "99-vfio-prep-iommu_group_7.rules";
	struct host *h = *state;
	int i;

	fake_put(h->fake, 0644, "theirs\n", RULES "70-theirs.rules");
	host_remember(h);
	for (i = 0; i < 2; i++) {
		assert_int_equal(host_attach(h, VF), 0);
		fake_remove(h->fake, rule);
		if (i == 0)
			fake_put(h->fake, 0644, "", "%s/file", rule);
		else
			fake_link(h->fake, RULES "70-theirs.rules", rule);
		assert_int_equal(host_detach(h, VF), 0);
		assert_non_null(strstr(h->log, "changed by somebody else"));
		fake_remove(h->fake, rule);
		host_check_same(h);
	}
}

static void a_group_that_the_kernel_finds_not_viable_is_rolled_back(void **state)
{
	struct host *h = *state;

	/* a platform device: neither listed nor harmless */
	fake_add_driver(h->fake, &(struct fake_driver){ .name = "pci-stub" });
	fake_add_pci(h->fake,
		     &(struct fake_pci){ "0000:09:00.0", 0xff0000, 0x1234, 0x1111,
					 .group = 7, .driver = "pci-stub" });
	host_remember(h);
	refuse(h, host_attach(h, VF), -EPERM, VPREP_E_NOT_VIABLE,
	       "the kernel does not give");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_device_goes_to_vfio_pci_and_back),
		HOST_TEST(the_node_is_given_to_the_user),
		HOST_TEST(several_devices_go_and_come_in_any_order),
		HOST_TEST(a_group_goes_with_its_last_device),
		HOST_TEST(a_device_comes_later_into_an_own_group),
		HOST_TEST(a_device_bound_twice_goes_back_all_the_way),
		HOST_TEST(what_goes_with_a_device_is_told),
		HOST_TEST(a_named_driver_is_bound),
		HOST_TEST(an_override_of_the_administrator_comes_back),
		HOST_TEST(a_device_that_is_bound_already_stays_bound),
		HOST_TEST(a_module_is_loaded_and_stays),
		HOST_TEST(a_module_that_does_not_load_is_a_refusal),
		HOST_TEST(a_folder_of_rules_that_was_not_there_goes_again),
		HOST_TEST(a_folder_of_rules_that_was_there_stays),
		HOST_TEST(the_last_of_two_owners_removes_the_folder_of_rules),
		HOST_TEST(each_folder_of_rules_is_as_it_was),
		HOST_TEST(virtual_functions_come_back_with_their_parent),
		HOST_TEST(a_bridge_driver_that_does_dma_is_unbound_meanwhile),
		HOST_TEST(a_rule_that_stays_does_not_spoil_the_next_attach),
		HOST_TEST(what_stands_in_the_place_of_the_rule_is_left),
		HOST_TEST(a_group_that_the_kernel_finds_not_viable_is_rolled_back),
	};

	return cmocka_run_group_tests_name("attach", tests, NULL, NULL);
}

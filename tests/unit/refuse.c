// SPDX-License-Identifier: GPL-2.0-or-later
/* What attach and detach refuse, with the errno and the code that the header gives it,
 * and nothing changed. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static void refuse(struct host *h, int r, int want, enum vprep_code code,
		   const char *message)
{
	if (r != want || h->err.code != code || !strstr(h->err.message, message))
		fail_msg("%d, code %u, '%s'; expected %d, code %u, '%s'", r, h->err.code,
			 h->err.message, want, code, message);
	host_check_same(h);
}

static void a_malformed_request_is_a_usage_error(void **state)
{
	static const struct vprep_request bad[] = {
		{ .user = "" },		 { .user = ":" },     { .user = "root:" },
		{ .user = ":root" },	 { .mode = "888" },   { .mode = "" },
		{ .mode = "1777" },	 { .mode = "-600" },  { .mode = "0600 " },
		{ .owner = "" },	 { .owner = "a\nb" }, { .owner = "\x1b[2J" },
		{ .owner = "\xff\xfe" }, { .driver = "" },    { .driver = "a/b" },
	};
	static const char *const names[] = { "",
					     "/etc/passwd",
					     "pci_",
					     "05:10.1.2",
					     "pci_0000_05_10_8",
					     VF " " VF,
					     "05:10.1 pci_0000_05_10_1" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		refuse(h, host_ask(h, VF, bad[i]), -EINVAL, VPREP_E_USAGE, "");
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++)
		refuse(h, host_attach(h, names[i]), -EINVAL, VPREP_E_USAGE, "");
}

static void what_is_not_there_is_not_found(void **state)
{
	struct host *h = *state;

	refuse(h, host_attach(h, "0000:05:10.7"), -ENODEV, VPREP_E_NOT_FOUND, "05:10.7");
	refuse(h, host_attach(h, "eth77"), -ENODEV, VPREP_E_NOT_FOUND, "eth77");
	refuse(h, host_attach(h, VF " 0000:05:10.7"), -ENODEV, VPREP_E_NOT_FOUND, "");
	refuse(h, host_ask(h, VF, (struct vprep_request){ .user = "no-such-user" }),
	       -ENOENT, VPREP_E_NOT_FOUND, "no-such-user");
}

static void what_cannot_be_attached_is_unsupported(void **state)
{
	struct host *h = *state;

	refuse(h, host_attach(h, BRIDGE), -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "bridge");
	refuse(h, host_attach(h, LONE), -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "IOMMU group");
	refuse(h, host_attach(h, "usb_1_1"), -ENODEV, VPREP_E_NOT_FOUND, "usb_1_1");
	fake_put(h->fake, 0444, "0x0 0xfffff direct\n",
		 "sys/kernel/iommu_groups/7/reserved_regions");
	host_remember(h);
	refuse(h, host_attach(h, VF), -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "firmware");
}

static void what_the_host_runs_on_is_never_given_away(void **state)
{
	static const struct {
		uint32_t class_code;
		const char *name;
	} parts[] = { { 0x060000, "host bridge" },
		      { 0x060100, "ISA bridge" },
		      { 0x060200, "EISA bridge" },
		      { 0x080020, "interrupt controller" },
		      { 0x080600, "IOMMU" } };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(parts); i++) {
		fake_add_pci(h->fake,
			     &(struct fake_pci){ "0000:00:1f.0", parts[i].class_code,
						 0x8086, 0x2918, .group = 30 });
		host_remember(h);
		refuse(h, host_attach(h, "0000:00:1f.0"), -EOPNOTSUPP,
		       VPREP_E_UNSUPPORTED, parts[i].name);
		refuse(h,
		       host_ask(h, "0000:00:1f.0",
				(struct vprep_request){ .force = true }),
		       -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "never given to a guest");
		fake_remove_pci(h->fake, "0000:00:1f.0");
	}
	/* such as an NVSwitch */
	fake_add_pci(h->fake, &(struct fake_pci){ "0000:00:1f.0", 0x068000, 0x10de,
						  0x1af1, .group = 30 });
	host_remember(h);
	assert_int_equal(host_attach(h, "0000:00:1f.0"), 0);
}

/* vfio-pci would put it to sleep. */
static void what_the_host_runs_on_is_no_placeholder_either(void **state)
{
	struct host *h = *state;

	fake_add_driver(h->fake,
			&(struct fake_driver){ .name = "lpc_ich", .ids = "8086:2918" });
	fake_add_pci(h->fake,
		     &(struct fake_pci){ "0000:00:1f.0", 0x060100, 0x8086, 0x2918,
					 .group = 7, .driver = "lpc_ich" });
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	host_check_driver(h, "0000:00:1f.0", NULL);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void a_driver_that_is_no_vfio_one_is_refused_at_once(void **state)
{
	static const char xml[] =
		"<hostdev type='pci'><driver name='vfio' model='%s'/><source>"
		"<address bus='5' slot='0x10' function='1'/></source></hostdev>";
	static const char *const drivers[] = { "igbvf", "evil", "evil-alias" };
	struct host *h = *state;
	size_t i;

	fake_add_driver(h->fake, &(struct fake_driver){ .name = "evil",
							.module = "evil",
							.aliases = "evil evil-alias",
							.flags = FAKE_NOT_LOADED });
	fake_add_driver(h->fake,
			&(struct fake_driver){ .name = "good",
					       .module = "good",
					       .aliases = "good",
					       .flags = FAKE_NOT_LOADED | FAKE_VFIO });
	host_remember(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(drivers); i++) {
		_cleanup_free_ char *device = vprep_strf(xml, drivers[i]);
		_cleanup_free_ char *log = NULL;

		refuse(h, host_prepare(h, device), -EOPNOTSUPP, VPREP_E_UNSUPPORTED,
		       "is no VFIO driver");
		refuse(h, host_ask(h, VF, (struct vprep_request){ .driver = drivers[i] }),
		       -EOPNOTSUPP, VPREP_E_UNSUPPORTED, drivers[i]);
		log = fake_log(h->fake);
		assert_null(strstr(log, "modprobe"));
	}
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .driver = "good" }), 0);
	host_check_driver(h, VF, "good");
	host_leaves(h, "good");
}

static void a_denied_device_is_refused(void **state)
{
	struct host *h = *state;

	host_configure(h, "deny = " VF " " SND "\n");
	refuse(h, host_attach(h, VF), -EPERM, VPREP_E_REFUSED, "deny");
	refuse(h, host_ask(h, VF, (struct vprep_request){ .force = true }), -EPERM,
	       VPREP_E_REFUSED, "deny");
	/* as a placeholder too */
	refuse(h, host_attach(h, NIC), -EPERM, VPREP_E_NOT_VIABLE, SND);
}

static void a_strict_group_is_refused_and_each_blocker_named(void **state)
{
	const struct vprep_request strict = { .policy = VPREP_POLICY_STRICT };
	struct host *h = *state;

	refuse(h, host_ask(h, NIC, strict), -EPERM, VPREP_E_NOT_VIABLE, SND);
	host_configure(h, "group-policy = strict\n");
	refuse(h, host_attach(h, NIC), -EPERM, VPREP_E_NOT_VIABLE, SND);
	assert_int_equal(host_attach(h, NIC " " SND), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_device_in_use_is_refused_unless_forced(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "0x1003\n", "sys/bus/pci/devices/" NIC "/net/eth0/flags");
	fake_link(h->fake, "sys/bus/pci/devices/" NIC "/net/eth0", "sys/class/net/eth0");
	fake_set_addresses(h->fake, "eth0 192.0.2.1\n");
	host_remember(h);
	refuse(h, host_attach(h, NIC), -EBUSY, VPREP_E_IN_USE, "192.0.2.1");
	/* as a placeholder, force or not: it was not named */
	refuse(h, host_attach(h, FREE), -EBUSY, VPREP_E_IN_USE, NIC);
	refuse(h, host_ask(h, FREE, (struct vprep_request){ .force = true }), -EBUSY,
	       VPREP_E_IN_USE, NIC);
	assert_int_equal(host_ask(h, NIC, (struct vprep_request){ .force = true }), 0);
}

static void a_device_or_group_has_one_owner(void **state)
{
	const struct vprep_request web = { .owner = "web1" };
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF " " NIC, web), 0);
	host_remember(h);
	refuse(h, host_ask(h, VF, web), -EBUSY, VPREP_E_OWNED, "already");
	refuse(h, host_attach(h, VF), -EBUSY, VPREP_E_OWNED, "'web1'");
	refuse(h, host_attach(h, FREE), -EBUSY, VPREP_E_OWNED, "'web1'");
	refuse(h, host_attach(h, VF2 " " SND), -EBUSY, VPREP_E_OWNED, "'web1'");
	refuse(h,
	       host_ask(h, FREE,
			(struct vprep_request){ .owner = "web1", .mode = "0666" }),
	       -EBUSY, VPREP_E_OWNED, "user or mode");
}

static void detach_gives_back_what_was_attached(void **state)
{
	struct host *h = *state;

	refuse(h, host_detach(h, VF), -ENODEV, VPREP_E_NOT_FOUND, VF);
	refuse(h, host_detach(h, NULL), -ENODEV, VPREP_E_NOT_FOUND, "nothing");
	refuse(h, host_detach_owner(h, "web1"), -ENODEV, VPREP_E_NOT_FOUND, "web1");
	refuse(h, host_detach(h, "no/name"), -EINVAL, VPREP_E_USAGE, "name");
	assert_int_equal(host_attach(h, VF), 0);
	host_remember(h);
	refuse(h, host_detach(h, VF2), -ENODEV, VPREP_E_NOT_FOUND, VF2);
	/* all or nothing */
	refuse(h, host_detach(h, VF " " VF2), -ENODEV, VPREP_E_NOT_FOUND, VF2);
	refuse(h, host_detach_owner(h, "web1"), -ENODEV, VPREP_E_NOT_FOUND, "web1");
}

static void only_root_changes_the_host(void **state)
{
	struct host *h = *state;
	struct vprep_recovery *recovery = NULL;
	int attached, detached, recovered;

	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
	attached = host_attach(h, VF);
	detached = host_detach(h, NULL);
	recovered = vprep_recover(h->session, false, &recovery, &h->err);
	assert_int_equal(seteuid(0), 0);
	refuse(h, attached, -EPERM, VPREP_E_REFUSED, "root");
	refuse(h, detached, -EPERM, VPREP_E_REFUSED, "root");
	refuse(h, recovered, -EPERM, VPREP_E_REFUSED, "root");
	assert_null(recovery);
}

static void a_captured_tree_is_only_looked_at(void **state)
{
	struct host *h = *state;

	h->session->io->live = false;
	refuse(h, host_attach(h, VF), -EROFS, VPREP_E_USAGE, "captured");
	refuse(h, host_detach(h, NULL), -EROFS, VPREP_E_USAGE, "captured");
	refuse(h, host_recover(h, NULL), -EROFS, VPREP_E_USAGE, "captured");
}

static bool interrupt(void *data)
{
	unsigned *left = data;

	return *left == 0 || --*left == 0;
}

/* At whichever moment it is noticed. */
static void an_interrupted_attach_is_rolled_back(void **state)
{
	struct host *h = *state;
	unsigned n, left;
	int r = -1;

	h->session->interrupted = interrupt;
	h->session->interrupted_data = &left;
	for (n = 1; r < 0; n++) {
		assert_true(n < 50);
		left = n;
		r = host_attach(h, NIC " " VF);
		if (r < 0)
			refuse(h, r, -EINTR, VPREP_E_FAILED, "interrupted");
	}
	assert_true(n > 2);
	left = 1; /* a detach goes on all the same */
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_malformed_request_is_a_usage_error),
		HOST_TEST(what_is_not_there_is_not_found),
		HOST_TEST(what_cannot_be_attached_is_unsupported),
		HOST_TEST(what_the_host_runs_on_is_never_given_away),
		HOST_TEST(what_the_host_runs_on_is_no_placeholder_either),
		HOST_TEST(a_driver_that_is_no_vfio_one_is_refused_at_once),
		HOST_TEST(a_denied_device_is_refused),
		HOST_TEST(a_strict_group_is_refused_and_each_blocker_named),
		HOST_TEST(a_device_in_use_is_refused_unless_forced),
		HOST_TEST(a_device_or_group_has_one_owner),
		HOST_TEST(detach_gives_back_what_was_attached),
		HOST_TEST(only_root_changes_the_host),
		HOST_TEST(a_captured_tree_is_only_looked_at),
		HOST_TEST(an_interrupted_attach_is_rolled_back),
	};

	return cmocka_run_group_tests_name("refuse", tests, NULL, NULL);
}

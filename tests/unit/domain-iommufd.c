// SPDX-License-Identifier: GPL-2.0-or-later
/* What a domain of libvirt 12 says about iommufd, and what comes of it: which nodes its
 * user gets, and which of them QEMU is told to use. */
#include "common/str.h"
#include "domain-test.h"
#include "session-fixture.h"

#define SOURCE(bus, slot, function)                                                      \
	"<source><address type='pci' bus='" bus "' slot='" slot "' function='" function  \
	"'/></source>"
#define SAYS(wish) "<driver name='vfio' iommufd='" wish "'/>"
#define PCI(driver, function)                                                            \
	"<hostdev type='pci'>" driver SOURCE("5", "0x10", function) "</hostdev>"
#define OF_DOMAIN(attributes) "</devices><iommufd " attributes "/><devices>"
#define GROUP_RULE(number) RULES "99-vfio-prep-iommu_group_" number ".rules"

#define IS_PCI(origin, rest)                                                             \
	"[ { \"type\": \"pci\", \"address\": \"0000:05:10.1\", \"managed\": false, "     \
	"\"origin\": \"" origin "\"" rest " } ]"

static int setup(void **state)
{
	struct host *h;

	host_setup_cdevs(state);
	h = *state;
	assert_int_equal(chmod(h->fake->path, 0755), 0);
	assert_int_equal(vprep_io_node_set(h->session->io, 0, 2345, 0660, "iommu"), 0);
	host_remember(h);
	return 0;
}

#define IOMMUFD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static void a_device_or_its_domain_says_so(void **state)
{
	static const struct domain_case cases[] = {
		{ PCI(SAYS("yes"), "1"), IS_PCI("hostdev", ", \"iommufd\": true") },
		{ PCI(SAYS("no"), "1"), IS_PCI("hostdev", ", \"iommufd\": false") },
		{ PCI("", "1"), IS_PCI("hostdev", "") },
		{ PCI("<driver iommufd='maybe'/>", "1"),
		  "line 3: <driver iommufd='maybe'>: expected yes or no" },
		{ "<interface type='hostdev'>" SAYS("yes")
			  SOURCE("5", "0x10", "1") "</interface>",
		  IS_PCI("interface", ", \"iommufd\": true") },
		/* before the devices and behind them; the device's own word is stronger */
		{ OF_DOMAIN("enabled='yes'") PCI("", "1"),
		  IS_PCI("hostdev", ", \"iommufd\": true") },
		{ PCI("", "1") OF_DOMAIN("enabled='yes' fdgroup='mine' newer='x'"),
		  IS_PCI("hostdev", ", \"iommufd\": true") },
		{ PCI(SAYS("no"), "1") OF_DOMAIN("enabled='yes'"),
		  IS_PCI("hostdev", ", \"iommufd\": false") },
		{ PCI("", "1") OF_DOMAIN("enabled='no'"),
		  IS_PCI("hostdev", ", \"iommufd\": false") },
		{ PCI("", "1") OF_DOMAIN("fdgroup='x'"), IS_PCI("hostdev", "") },
		{ PCI("", "1") OF_DOMAIN("enabled='on'"),
		  "line 3: <iommufd enabled='on'>: expected yes or no" },
		/* libvirt's first counts */
		{ OF_DOMAIN("enabled='yes'") PCI("", "1") OF_DOMAIN("enabled='no'"),
		  IS_PCI("hostdev", ", \"iommufd\": true") },
		/* QEMU's own driver for a disk knows groups alone */
		{ OF_DOMAIN(
			  "enabled='yes'") "<disk type='nvme'><source type='pci' "
					   "managed='no' namespace='1'><address bus='5' slot='0x10' "
					   "function='1'/></source></disk>",
		  IS_PCI("disk", ", \"namespace\": 1") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++)
		devices_are(cases[i].text, cases[i].expected);
}

static void its_user_gets_the_node_that_is_used(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, PCI(SAYS("yes"), "1") PCI(SAYS("no"), "3")), 0);
	/* their numbers are by chance, as they are bound at the same time */
	assert_int_not_equal(host_is_given(h, "vfio/devices/vfio0"),
			     host_is_given(h, "vfio/devices/vfio1"));
	assert_true(fake_has(h->fake, CDEV_RULE(VF)));
	assert_false(host_is_given(h, "vfio/7"));
	assert_false(fake_has(h->fake, GROUP_RULE("7")));
	assert_false(fake_has(h->fake, CDEV_RULE(VF2)));
	assert_true(host_is_given(h, "vfio/8"));
	/* again, as after a start that failed */
	assert_int_equal(host_prepare(h, PCI(SAYS("yes"), "1") PCI(SAYS("no"), "3")), 0);
	assert_false(host_is_given(h, "vfio/7"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

/* The node of a group is all its devices': one that wants it is enough. */
static void a_group_s_node_is_given_for_the_first_that_wants_it(void **state)
{
	static const char nic[] =
		"<hostdev type='pci'>" SAYS("yes") SOURCE("6", "0", "0") "</hostdev>";
	static const char both[] = "<hostdev type='pci'>" SAYS("yes")
		SOURCE("6", "0", "0") "</hostdev><hostdev type='pci'>" SOURCE(
			"6", "0", "1") "</hostdev>";
	struct host *h = *state;

	assert_int_equal(host_prepare(h, nic), 0);
	assert_false(host_is_given(h, "vfio/9"));
	if (host_prepare(h, both) < 0)
		fail_msg("%s", h->err.message);
	assert_true(host_is_given(h, "vfio/9"));
	assert_true(fake_has(h->fake, GROUP_RULE("9")));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void check_words(struct host *h, const char *devices, const char *words)
{
	_cleanup_free_ char *xml = vprep_strf("<domain><name>web1</name><devices>%s"
					      "</devices></domain>",
					      devices);
	const struct vprep_request request = { .domain = xml, .domain_len = strlen(xml) };
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_launch *launch;
	size_t i;

	assert_int_equal(vprep_launch(h->session, &request, &launch, &h->err), 0);
	for (i = 0; launch->words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", launch->words[i]);
	assert_string_equal(buf.data, words);
	vprep_launch_free(launch);
}

static void qemu_is_told_so(void **state)
{
	static const char object[] = "-object iommufd,id=vprep-iommufd ";
	_cleanup_free_ char *mixed =
		vprep_strf("%s-device vfio-pci,host=" VF ",iommufd=vprep-iommufd "
			   "-device vfio-pci,host=" VF2,
			   object);
	_cleanup_free_ char *all = vprep_strf("%s,iommufd=vprep-iommufd", mixed);
	static const char none[] =
		"-device vfio-pci,host=" VF " -device vfio-pci,host=" VF2;
	struct host *h = *state;

	/* also of one that is not attached yet */
	check_words(h, PCI(SAYS("yes"), "1") PCI(SAYS("no"), "3"), mixed);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	check_words(h, PCI(SAYS("yes"), "1") PCI(SAYS("no"), "3"), mixed);
	check_words(h, PCI(SAYS("no"), "1"), "-device vfio-pci,host=" VF);
	/* one that says nothing goes with the others */
	check_words(h, PCI(SAYS("yes"), "1") PCI("", "3"), all);
	check_words(h, PCI(SAYS("no"), "1") PCI("", "3"), none);
	/* whoever may not open /dev/iommu is told by those who start a guest */
	assert_int_equal(vprep_io_node_set(h->session->io, 0, 0, 0600, "iommu"), 0);
	check_words(h, PCI(SAYS("yes"), "1") PCI(SAYS("no"), "3"), mixed);
	assert_int_equal(host_detach(h, NULL), 0);
	host_leaves(h, "dev/iommu");
}

static void what_the_kernel_does_not_have_is_refused(void **state)
{
	struct host *h = *state;

	fake_set_cdev(h->fake, false);
	fake_remove(h->fake, "dev/iommu");
	host_remember(h);
	assert_int_not_equal(host_prepare(h, PCI(SAYS("yes"), "1")), 0);
	assert_int_equal(h->err.code, VPREP_E_UNSUPPORTED);
	assert_non_null(strstr(h->err.message, "no VFIO nodes of single devices"));
	host_check_same(h);
	assert_int_equal(host_prepare(h, PCI(SAYS("no"), "1")), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);

	fake_set_cdev(h->fake, true);
	fake_set_group_nodes(h->fake, false);
	fake_remove(h->fake, "dev/vfio/vfio");
	fake_remove(h->fake, "sys/class/vfio");
	host_remember(h);
	assert_int_not_equal(host_prepare(h, PCI(SAYS("no"), "1")), 0);
	assert_int_equal(h->err.code, VPREP_E_UNSUPPORTED);
	assert_non_null(strstr(h->err.message, "no VFIO nodes of IOMMU groups"));
	host_check_same(h);
	assert_int_equal(host_prepare(h, PCI(SAYS("yes"), "1")), 0);
	assert_true(host_is_given(h, "vfio/devices/vfio0"));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_or_its_domain_says_so),
		IOMMUFD_TEST(its_user_gets_the_node_that_is_used),
		IOMMUFD_TEST(a_group_s_node_is_given_for_the_first_that_wants_it),
		IOMMUFD_TEST(qemu_is_told_so),
		IOMMUFD_TEST(what_the_kernel_does_not_have_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* How the host is, as a file: of that file nothing differs, whoever made the host so. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define BOUND "[device guests]\nmatch = address=" VF "\nboot = bind\n"
#define SEVEN "[vfs " PF "]\ncount = 7\nautoprobe = no\n"

static void check_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void check_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static void what_is_exported_is_as_declared(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	apply_begin(h, SEVEN "vf.6.mac = " MAC "\nvf.6.trust = yes\nvf.5.vlan = 7\n"
			     "vf.4.spoofchk = no\nvf.4.rate = 100\n" BOUND);
	apply_must(h);
	assert_int_equal(host_attach(h, VF0), 0);
	apply_exported(h, &text);
	check_has(text, "[vfs " PF "]\ncount = 7\n# VF 0 belongs to an "
			"owner\nvf.1.vlan = 0\n");
	check_has(text, "vf.6.mac = " MAC "\nvf.6.vlan = 0\nvf.6.trust = yes\n");
	check_has(text, "vf.5.vlan = 7\nvf.5.trust = no\nvf.5.spoofchk = yes\n");
	check_has(text, "vf.4.spoofchk = no\nvf.4.rate = 100\n");
	check_has(text, "address=" VF " vendor=");
	check_lacks(text, "address=" VF0);
	check_lacks(text, "link");
	assert_int_equal(host_detach(h, VF0), 0);
	apply_undeclare(h);
}

/* An owner gives them back to the declared state: that is the host's all the while. */
static void what_an_owner_has_for_a_while_stays_declared(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	apply_begin(h, "[vfs " PF "]\ncount = 2\nvf.0.mac = " MAC "\nvf.0.vlan = 7\n"
		       "vf.0.trust = yes\n" BOUND);
	apply_must(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vf_attach(h, VF0, "52:54:00:11:22:33", 42), 0);
	apply_exported(h, &text);
	check_has(text, "# VF 0 belongs to an owner\nvf.0.mac = " MAC
			"\nvf.0.vlan = 7\nvf.0.trust = yes\n");
	check_has(text, "address=" VF " vendor=");
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 0, MAC " 7 0 8100");
	apply_undeclare(h);
}

#define WITH_FOUR                                                                        \
	"<domain type='kvm'><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"          \
	"<vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:vfs pf='" PF                         \
	"' count='4'/></vp:prepare></metadata><devices/></domain>"

static void a_number_that_is_a_domains_is_left_out(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL, *declared = NULL;

	assert_int_equal(vf_numvfs(h, 0), 0);
	apply_begin(h, "");
	assert_int_equal(host_prepare_xml(h, WITH_FOUR), 0);
	apply_exported(h, &text);
	check_lacks(text, "[vfs ");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	apply_undeclare(h);

	apply_declare(h, "[vfs " PF "]\ncount = 3\nvf.1.vlan = 5\n");
	apply_must(h);
	assert_int_equal(host_prepare_xml(h, WITH_FOUR), 0);
	apply_exported(h, &declared);
	check_has(declared, "[vfs " PF "]\ncount = 3\n");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	apply_must(h);
	apply_undeclare(h);
}

static void what_others_made_by_hand_is_exported(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(
		vprep_io_write(h->session->io, VF0, "bus/pci/drivers/igbvf/unbind"), 0);
	assert_int_equal(vprep_io_write(h->session->io, "vfio-pci",
					"bus/pci/devices/" VF0 "/driver_override"),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, VF0, "bus/pci/drivers_probe"), 0);
	assert_int_equal(vprep_io_write(h->session->io, "0",
					"bus/pci/devices/" PF "/sriov_drivers_autoprobe"),
			 0);
	vf_set_mac(h, 1, MAC);
	vf_set_vlan(h, 1, 12, 3);
	apply_begin(h, "");
	apply_exported(h, &text);
	check_has(text, "[vfs " PF "]\ncount = 2\nautoprobe = no\nvf.0.vlan = 0\n");
	check_has(text, "vf.1.mac = " MAC "\nvf.1.vlan = 12\n");
	check_has(text, "match = address=" VF0 " vendor=8086 device=10ca\n"
			"driver = vfio-pci\nboot = bind\n");
	apply_undeclare(h);
	host_leaves(h, VFS);
}

static void a_mediated_device_is_exported_whoever_made_it(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL, *again = NULL;

	mdev_make(h, "mtty-1", UUID2);
	apply_begin(h, "[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n");
	apply_must(h);
	apply_exported(h, &text);
	check_has(text, "[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n");
	check_has(text, "[mdev " UUID2 "]\ntype = mtty-1\nparent = mtty\n");
	/* an owner of one that apply made leaves it to the host */
	assert_int_equal(host_attach(h, MDEV), 0);
	apply_exported(h, &again);
	assert_string_equal(again, text);
	assert_int_equal(host_detach(h, MDEV), 0);
	apply_undeclare(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFS_TEST(what_is_exported_is_as_declared),
		VFS_TEST(a_number_that_is_a_domains_is_left_out),
		VFS_TEST(what_an_owner_has_for_a_while_stays_declared),
		VFS_TEST(what_others_made_by_hand_is_exported),
		MDEV_TEST(a_mediated_device_is_exported_whoever_made_it),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The host is not any more as a command left it: status sees it, and attach mends it. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define RULE RULES "99-vfio-prep-iommu_group_7.rules"

static void chown_node(struct host *h, const char *node, uid_t uid, mode_t mode)
{
	assert_int_equal(vprep_io_node_set(h->session->io, uid, uid, mode, "%s", node),
			 0);
}

/* What 'virsh nodedev-reattach' does. */
static void reattach(struct host *h)
{
	host_write(h, "\n", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/vfio-pci/unbind");
	host_write(h, VF, "bus/pci/drivers_probe");
	host_check_driver(h, VF, "igbvf");
}

/* The first device of the first owner, with what differs in one text. */
static void check_status(struct host *h, const char *differs, const char *fix)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	const struct vprep_status_device *d;
	struct vprep_status *status;
	size_t i;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_true(status->n_owners >= 1);
	assert_int_equal(status->owners[0].changed, *differs != '\0');
	d = &status->owners[0].host[0];
	for (i = 0; i < d->n_differs; i++)
		vprep_buf_addf(&text, "%s%s", i ? "; " : "", d->differs[i]);
	assert_string_equal(text.data ? text.data : "", differs);
	if (fix)
		assert_string_equal(d->fix, fix);
	else
		assert_null(d->fix);
	vprep_status_free(status);
}

static void check_mended(struct host *h)
{
	check_status(h, "", NULL);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_attach(h, VF), -EBUSY);
	assert_non_null(strstr(h->err.message, "attached already"));
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void what_is_as_it_was_left_is_shown_as_it_is(void **state)
{
	const struct vprep_status_device *d;
	struct vprep_status *status;
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	d = &status->owners[0].host[0];
	assert_string_equal(d->name, VF);
	assert_true(d->present);
	assert_string_equal(d->driver, "vfio-pci");
	assert_string_equal(d->node, "/dev/vfio/7");
	assert_int_equal(d->uid, 1234);
	assert_int_equal(d->gid, 2345);
	assert_int_equal(d->mode, 0640);
	vprep_status_free(status);
}

static void a_driver_that_somebody_bound_is_seen_and_mended(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	reattach(h);
	check_status(h, "its driver is igbvf, not vfio-pci; /dev/vfio/7 is not there",
		     "vfio-prep attach " VF);
	assert_int_equal(host_attach(h, VF), 0);
	check_mended(h);
}

static void one_that_was_on_vfio_before_is_seen_and_mended(void **state)
{
	struct host *h = *state;

	host_write(h, "vfio-pci", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/igbvf/unbind");
	host_write(h, VF, "bus/pci/drivers_probe");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	reattach(h);
	check_status(h, "its driver is igbvf, not vfio-pci; /dev/vfio/7 is not there",
		     "vfio-prep attach " VF);
	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	host_leaves(h, VF " vfio/7");
}

static void one_that_is_gone_is_detached(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	fake_remove_pci(h->fake, VF);
	check_status(h, "it is not there any more", "vfio-prep detach " VF);
	assert_int_equal(host_attach(h, VF), -ENODEV);
	assert_int_equal(host_detach(h, VF), 0);
	host_leaves(h, VF " vfio/7 iommu_groups/7");
}

static void replace(struct host *h, uint16_t device, int group)
{
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, device,
						  .group = group, .driver = "igbvf" });
}

static void another_device_at_the_address_is_seen_and_attached(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	replace(h, 0x1521, 7);
	check_status(h,
		     "another device is at this address, 8086:1521 instead of "
		     "8086:10ca; its driver is igbvf, not vfio-pci; /dev/vfio/7 is not "
		     "there",
		     "vfio-prep attach " VF);
	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_driver(h, VF, "igbvf");
	host_leaves(h, VF " vfio/7");
}

/* Removed, and scanned again. */
static void another_group_is_seen_and_keeps_its_owner(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	replace(h, 0x10ca, 17);
	check_status(h,
		     "it is in IOMMU group 17, not 7; its driver is igbvf, not vfio-pci; "
		     "/dev/vfio/7 is not there",
		     "vfio-prep attach " VF);
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "b" }), -EBUSY);
	assert_non_null(strstr(h->err.message, "belongs to owner 'manual'"));
	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	assert_true(fake_has(h->fake, "dev/vfio/17"));
	host_leaves(h, VF " iommu_groups/ vfio/");
}

static void a_placeholder_that_went_back_is_seen_and_mended(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, SND), 0);
	host_write(h, "\n", "bus/pci/devices/" NIC "/driver_override");
	host_write(h, NIC, "bus/pci/drivers/vfio-pci/unbind");
	host_write(h, NIC, "bus/pci/drivers_probe");
	host_check_driver(h, NIC, "e1000e");
	check_status(h, "its driver is e1000e, not vfio-pci", "vfio-prep attach " SND);
	assert_int_equal(host_attach(h, SND), 0);
	check_status(h, "", NULL);
	host_check_driver(h, NIC, "vfio-pci");
}

static int attach_vf(struct host *h)
{
	return host_attach(h, VF);
}

static void a_node_that_somebody_took_is_given_again(void **state)
{
	struct host *h = *state;
	unsigned n;

	assert_int_equal(host_attach(h, VF), 0);
	chown_node(h, "vfio/7", 0, 0600);
	check_status(h, "/dev/vfio/7 belongs to 0:0 mode 0600, not 1234:2345 mode 0640",
		     "vfio-prep attach " VF);
	n = host_count_writes(h, attach_vf);
	assert_int_equal(n, 0); /* its guest may run: it stays bound */
	check_mended(h);
}

static void a_rule_that_somebody_removed_is_written_again(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, RULE);
	check_status(h, "its udev rule /" RULE " is not there", "vfio-prep attach " VF);
	assert_int_equal(host_attach(h, VF), 0);
	assert_true(fake_has(h->fake, RULE));
	fake_put(h->fake, 0644, "# other\n", RULE);
	check_status(h, "its udev rule /" RULE " was changed", "vfio-prep attach " VF);
	assert_int_equal(host_attach(h, VF), 0);
	check_mended(h);
}

static void the_command_has_the_owner_and_the_user(void **state)
{
	struct host *h = *state;
	const struct vprep_request request = { .owner = "it's web",
					       .user = "77:78",
					       .mode = "0600" };

	assert_int_equal(host_ask(h, VF, request), 0);
	reattach(h);
	check_status(h, "its driver is igbvf, not vfio-pci; /dev/vfio/7 is not there",
		     "vfio-prep attach " VF
		     " --owner 'it'\\''s web' --user 77:78 --mode 0600");
	assert_int_equal(host_ask(h, VF, request), 0);
	check_status(h, "", NULL);
	fake_remove_pci(h->fake, VF);
	check_status(h, "it is not there any more", "vfio-prep detach " VF);
	assert_int_equal(host_detach(h, VF), 0);
	host_leaves(h, VF " vfio/7 iommu_groups/7");
}

/* Of two, one is as it should be: nothing is done at all. */
static void a_request_is_refused_as_a_whole(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF " " VF2), 0);
	reattach(h);
	host_remember(h);
	assert_int_equal(host_attach(h, VF " " VF2), -EBUSY);
	host_check_same(h);
	assert_int_equal(host_attach(h, VF), 0);
	check_status(h, "", NULL);
	host_leaves(h, "run/vfio-prep " VF " vfio/7 rules.d/");
}

/* The record stays as it is. */
static void what_cannot_be_attached_again_is_not_given_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	reattach(h);
	host_configure(h, "deny = " VF "\n");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), -EPERM);
	host_check_same(h);
	host_configure(h, "");
	host_leaves(h, VF " run/");
}

static void a_domain_is_mended_by_its_hook(void **state)
{
	struct host *h = *state;
	static const char device[] =
		"<hostdev mode='subsystem' type='pci'><source><address bus='5' "
		"slot='0x10' function='1'/></source></hostdev>";

	assert_int_equal(host_prepare(h, device), 0);
	reattach(h);
	check_status(h, "its driver is igbvf, not vfio-pci; /dev/vfio/7 is not there",
		     "virsh dumpxml " DOMAIN " | vfio-prep prepare -");
	assert_int_equal(host_prepare(h, device), 0);
	check_status(h, "", NULL);
	chown_node(h, "vfio/7", 0, 0600);
	assert_int_equal(host_prepare(h, device), 0);
	check_status(h, "", NULL);
	fake_remove_pci(h->fake, VF);
	check_status(h, "it is not there any more", "vfio-prep release " DOMAIN);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_leaves(h, VF " vfio/7 iommu_groups/7");
}

/* libvirt would give it a uuid, and so another owner. */
static void a_domain_without_uuid_is_mended_by_its_own_xml(void **state)
{
	struct host *h = *state;

	assert_int_equal(
		host_prepare_xml(h,
				 "<domain><name>web1</name><devices><hostdev "
				 "mode='subsystem' type='pci'><source><address bus='5' "
				 "slot='0x10' function='1'/></source></hostdev>"
				 "</devices></domain>"),
		0);
	reattach(h);
	check_status(h, "its driver is igbvf, not vfio-pci; /dev/vfio/7 is not there",
		     "vfio-prep prepare FILE, with the domain's XML in which it has no "
		     "uuid");
	assert_int_equal(host_release(h, "web1", NULL), 0);
	host_leaves(h, VF " vfio/7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(what_is_as_it_was_left_is_shown_as_it_is),
		HOST_TEST(a_driver_that_somebody_bound_is_seen_and_mended),
		HOST_TEST(one_that_was_on_vfio_before_is_seen_and_mended),
		HOST_TEST(one_that_is_gone_is_detached),
		HOST_TEST(another_device_at_the_address_is_seen_and_attached),
		HOST_TEST(another_group_is_seen_and_keeps_its_owner),
		HOST_TEST(a_placeholder_that_went_back_is_seen_and_mended),
		HOST_TEST(a_node_that_somebody_took_is_given_again),
		HOST_TEST(a_rule_that_somebody_removed_is_written_again),
		HOST_TEST(the_command_has_the_owner_and_the_user),
		HOST_TEST(a_request_is_refused_as_a_whole),
		HOST_TEST(what_cannot_be_attached_again_is_not_given_back),
		HOST_TEST(a_domain_is_mended_by_its_hook),
		HOST_TEST(a_domain_without_uuid_is_mended_by_its_own_xml),
	};

	return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}

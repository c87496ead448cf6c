// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices for the declared names in a domain: chosen, kept, and refused when another one
 * has come to the address. */
#include <errno.h>
#include <string.h>

#include "common/str.h"
#include "journal/queue.h"
#include "session-fixture.h"
#include "test.h"

#define SERIAL "sys/bus/pci/devices/%s/nvme/nvme3/serial"
#define OPEN                                                                             \
	"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata><vp:prepare "         \
	"xmlns:vp='urn:vfio-prep:1'>"
#define DEVICES "</vp:prepare></metadata><devices>"
#define CLOSE "</devices></domain>"
#define ONE "<vp:device name='vf'/>"
#define AT(address) "<vp:device name='vf' address='" address "'/>"
#define HOSTDEV(function)                                                                \
	"<hostdev mode='subsystem' type='pci' managed='no'><source><address "            \
	"domain='0x0000' bus='0x05' slot='0x10' function='0x" function                   \
	"'/></source></hostdev>"
#define BOTH "[device vf]\nmatch = address=*:05:10.*\n"

static void declare(struct host *h, const char *text, const char *config)
{
	fake_put(h->fake, 0644, text, "etc/vfio-prep.d/test.conf");
	host_configure(h, config);
	host_remember(h);
}

/* What fill makes of the document; NULL: it failed with @want. */
static char *fill(struct host *h, const char *xml, int want)
{
	const struct vprep_request request = { .domain = xml, .domain_len = strlen(xml) };
	struct vprep_filled *filled = NULL;
	char *copy = NULL;

	h->err = (struct vprep_error){ 0 };
	if (vprep_fill(h->session, &request, &filled, &h->err) != want)
		fail_msg("%s", h->err.message);
	if (filled)
		copy = strdup(filled->xml);
	vprep_filled_free(filled);
	host_check_same(h);
	return copy;
}

static void fills_to(struct host *h, const char *xml, const char *expected)
{
	_cleanup_free_ char *filled = fill(h, xml, 0);

	assert_string_equal(filled, expected);
}

static int prepare_filled(struct host *h, const char *xml, struct vprep_filled **ret)
{
	const struct vprep_request request = { .domain = xml, .domain_len = strlen(xml) };

	h->err = (struct vprep_error){ 0 };
	*ret = NULL;
	return vprep_prepare_filled(h->session, &request, ret, &h->err);
}

static void check_error(struct host *h, int r, int want, const char *message)
{
	if (r != want || !strstr(h->err.message, message))
		fail_msg("%d %s", r, h->err.message);
	assert_int_equal(vprep_error_exit_status(&h->err), 3);
	host_check_same(h);
}

/* ---- fill ---- */

static void free_devices_are_chosen_and_none_is_taken(void **state)
{
	struct host *h = *state;

	declare(h, BOTH, "");
	fills_to(h, OPEN ONE ONE DEVICES CLOSE,
		 OPEN AT(VF) AT(VF2) DEVICES HOSTDEV("1") HOSTDEV("3") CLOSE);
	assert_non_null(strstr(h->log, "@vf: " VF "\n"));
	/* what the domain names itself is not chosen */
	fills_to(h, OPEN ONE DEVICES HOSTDEV("1") CLOSE,
		 OPEN AT(VF2) DEVICES HOSTDEV("1") HOSTDEV("3") CLOSE);
	fills_to(h, OPEN DEVICES CLOSE, OPEN DEVICES CLOSE);
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "other" }), 0);
	host_remember(h);
	fills_to(h, OPEN ONE DEVICES CLOSE, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	assert_null(fill(h, OPEN ONE ONE DEVICES CLOSE, -EBUSY));
	check_error(h, -EBUSY, -EBUSY, VF " belongs to owner 'other'");
	assert_null(strstr(h->err.message, "--wait"));
	assert_int_equal(host_detach_owner(h, "other"), 0);
}

static void what_was_chosen_stays_while_it_can(void **state)
{
	static const char *const filled = OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE;
	struct host *h = *state;

	declare(h, BOTH, "");
	fills_to(h, filled, filled);
	/* its own stays its own */
	assert_int_equal(host_prepare_xml(h, filled), 0);
	host_remember(h);
	fills_to(h, filled, filled);
	fills_to(h, OPEN ONE DEVICES CLOSE, filled);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	/* another's does not */
	assert_int_equal(host_ask(h, VF2, (struct vprep_request){ .owner = "other" }), 0);
	host_remember(h);
	fills_to(h, filled, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE);
	assert_int_equal(host_detach_owner(h, "other"), 0);
	/* nor one that has the name no more */
	declare(h, "[device vf]\nmatch = address=" VF "\n", "");
	fills_to(h, filled, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE);
}

static void the_administrator_has_the_last_word(void **state)
{
	struct host *h = *state;

	declare(h, BOTH, "deny = " VF "\n");
	fills_to(h, OPEN ONE DEVICES CLOSE, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	fills_to(h, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE,
		 OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	check_error(h, host_prepare_xml(h, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE),
		    -EPERM, "deny");
	declare(h, BOTH, "[device " VF "]\nmatch = vendor=1234\n");
	fills_to(h, OPEN ONE DEVICES CLOSE, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	check_error(h, host_prepare_xml(h, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE),
		    -EPERM, "match = vendor=1234");
}

static void a_name_that_is_not_declared_is_refused(void **state)
{
	static const char wide[] = "\xff\xfe<\0d\0>\0";
	const struct vprep_request request = { .domain = wide, .domain_len = 8 };
	struct vprep_filled *filled;
	struct host *h = *state;

	declare(h, "[device other]\nmatch = address=" VF "\n", "");
	assert_null(fill(h, OPEN ONE DEVICES CLOSE, -ENOENT));
	assert_non_null(strstr(h->err.message, "no [device vf] is declared"));
	check_error(h, host_prepare_xml(h, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE),
		    -ENOENT, "there are: @other");
	assert_int_equal(vprep_fill(h->session, &request, &filled, &h->err), -EINVAL);
	assert_non_null(strstr(h->err.message, "UTF-16"));
}

/* ---- prepare ---- */

static void prepare_wants_a_document_that_was_filled(void **state)
{
	const struct vprep_request check = { .domain = OPEN ONE DEVICES CLOSE,
					     .domain_len =
						     strlen(OPEN ONE DEVICES CLOSE) };
	struct vprep_reasons *reasons;
	struct host *h = *state;

	declare(h, BOTH, "");
	check_error(h, host_prepare_xml(h, OPEN ONE DEVICES CLOSE), -EPERM,
		    "line 1: <vp:device name='vf'> has no device yet; 'vfio-prep fill' "
		    "chooses one");
	check_error(h, vprep_check(h->session, &check, &reasons, &h->err), -EPERM,
		    "has no device yet");
	check_error(h, host_prepare_xml(h, OPEN AT(VF) DEVICES HOSTDEV("3") CLOSE),
		    -EPERM, "no <hostdev> gives that device to the guest");
	assert_int_equal(host_prepare_xml(h, OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void another_device_at_the_address_is_refused(void **state)
{
	static const char *const filled = OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE;
	static const char *const gone =
		OPEN AT("0000:05:10.5") DEVICES HOSTDEV("5") CLOSE;
	struct host *h = *state;

	fake_put(h->fake, 0444, "B\n", SERIAL, VF);
	fake_put(h->fake, 0444, "A\n", SERIAL, VF2);
	declare(h, "[device vf]\nmatch = serial=A vendor=8086\n", "");
	check_error(h, host_prepare_xml(h, filled), -EPERM,
		    VF " is no @vf any more: [device vf] in ");
	check_error(h, host_prepare_xml(h, filled), -EPERM,
		    "does not mean it (it is serial=B vendor=8086); try: 'vfio-prep "
		    "fill' again");
	assert_string_equal(h->err.device, VF);
	check_error(h, host_prepare_xml(h, gone), -ENODEV,
		    "0000:05:10.5, which the domain has as @vf, is not there any more; "
		    "'vfio-prep fill' again");
	fills_to(h, filled, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	fills_to(h, gone, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
}

/* Bound for the guest, it may not show what it is known by. */
static void what_is_held_is_not_looked_at_again(void **state)
{
	static const char *const filled = OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE;
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = driver=igbvf\n", "");
	assert_int_equal(host_prepare_xml(h, filled), 0);
	host_remember(h);
	assert_int_equal(host_prepare_xml(h, filled), 0);
	host_check_same(h);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_driver(h, VF, "igbvf");
}

static void what_is_declared_of_a_name_counts(void **state)
{
	static const char *const filled = OPEN AT(VF) DEVICES HOSTDEV("1") CLOSE;
	static const char *const mixed =
		OPEN AT(VF) DEVICES HOSTDEV("1") HOSTDEV("3") CLOSE;
	struct host *h = *state;

	declare(h,
		"[device vf]\nmatch = address=" VF "\nuser = 12\ngroup = 34\n"
		"mode = 0660\ndriver = other-vfio\n",
		"prepare = managed\n");
	assert_int_equal(host_prepare_xml(h, filled), 0);
	host_check_driver(h, VF, "other-vfio");
	assert_true(host_is_node(h, "vfio/7", 12, 34, 0660));
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	/* but not for what the domain has besides */
	declare(h, "[device vf]\nmatch = address=" VF "\nuser = 12\n", "");
	check_error(
		h, host_prepare_xml(h, mixed), -EPERM,
		"@vf is declared with another user than the configuration has for " VF2);
	declare(h, "[device vf]\nmatch = address=" VF "\nmode = 0666\n", "");
	check_error(h, host_prepare_xml(h, mixed), -EPERM, "another mode");
	declare(h, "[device vf]\nmatch = address=" VF "\nuser = 1234\ngroup = 2345\n",
		"");
	assert_int_equal(host_prepare_xml(h, mixed), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
}

/* ---- both at once ---- */

static void who_can_edit_has_it_filled_and_prepared(void **state)
{
	struct vprep_filled *filled;
	struct host *h = *state;

	declare(h, BOTH, "");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(prepare_filled(h, OPEN ONE DEVICES CLOSE, &filled), 0);
	assert_string_equal(filled->xml, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE);
	assert_int_equal(filled->n, 1);
	assert_string_equal(vprep_filled_device_at(filled, 0)->name, "vf");
	assert_string_equal(filled->devices[0].address, VF2);
	assert_true(filled->devices[0].is_new);
	assert_null(vprep_filled_device_at(filled, 1));
	vprep_filled_free(filled);
	host_check_driver(h, VF2, "vfio-pci");
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	/* again, with the document that was filled and with the first one */
	assert_int_equal(
		prepare_filled(h, OPEN AT(VF2) DEVICES HOSTDEV("3") CLOSE, &filled), 0);
	assert_false(filled->devices[0].is_new);
	vprep_filled_free(filled);
	assert_int_equal(prepare_filled(h, OPEN ONE DEVICES CLOSE, &filled), 0);
	assert_string_equal(filled->devices[0].address, VF2);
	vprep_filled_free(filled);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_detach(h, NULL), 0);
}

static void a_failure_takes_it_all_back(void **state)
{
	struct vprep_filled *filled;
	struct host *h = *state;

	declare(h, BOTH, "");
	fake_fail(h->fake, "bus/pci/devices/" VF2 "/driver_override", 1, EIO);
	assert_int_equal(prepare_filled(h, OPEN ONE ONE DEVICES CLOSE, &filled), -EIO);
	assert_null(filled);
	host_check_same(h);
	assert_int_equal(prepare_filled(h, OPEN ONE ONE ONE DEVICES CLOSE, &filled),
			 -EBUSY);
	host_check_same(h);
	/* nothing is bound for a document that cannot be edited */
	assert_int_equal(prepare_filled(h, OPEN ONE "</vp:prepare></metadata></domain>",
					&filled),
			 -EINVAL);
	assert_non_null(strstr(h->err.message, "it has no <devices>"));
	host_check_same(h);
}

static void who_waits_in_line_goes_before(void **state)
{
	static char *const vf[] = { (char *)"vf", NULL };
	struct vprep_queue_place place;
	struct vprep_filled *filled;
	struct host *h = *state;

	declare(h, BOTH, "");
	assert_int_equal(prepare_filled(h, OPEN ONE DEVICES CLOSE, &filled), 0);
	vprep_filled_free(filled);
	assert_int_equal(vprep_queue_join(h->session->io, vf, &place, &h->err), 0);
	/* what it has is nobody's to wait for */
	assert_int_equal(prepare_filled(h, OPEN ONE DEVICES CLOSE, &filled), 0);
	vprep_filled_free(filled);
	assert_int_equal(prepare_filled(h, OPEN ONE ONE DEVICES CLOSE, &filled), -EBUSY);
	assert_non_null(strstr(h->err.message, "@vf: 1 wait for it already"));
	vprep_queue_leave(h->session->io, &place);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
}

static void nothing_is_prepared_where_that_is_configured(void **state)
{
	struct vprep_filled *filled;
	struct host *h = *state;

	declare(h, BOTH, "prepare = none\n");
	assert_int_equal(prepare_filled(h, OPEN ONE DEVICES CLOSE, &filled), 0);
	assert_string_equal(filled->xml, OPEN ONE DEVICES CLOSE);
	assert_int_equal(filled->n, 0);
	vprep_filled_free(filled);
	assert_int_equal(host_prepare_xml(h, OPEN ONE DEVICES CLOSE), 0);
	host_check_same(h);
}

static void a_domain_is_known_to_have_names(void **state)
{
	(void)state;
	assert_true(vprep_domain_has_names(OPEN ONE DEVICES CLOSE,
					   strlen(OPEN ONE DEVICES CLOSE)));
	assert_false(
		vprep_domain_has_names(OPEN DEVICES CLOSE, strlen(OPEN DEVICES CLOSE)));
	assert_false(vprep_domain_has_names(OPEN ONE, strlen(OPEN ONE)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(free_devices_are_chosen_and_none_is_taken),
		HOST_TEST(what_was_chosen_stays_while_it_can),
		HOST_TEST(the_administrator_has_the_last_word),
		HOST_TEST(a_name_that_is_not_declared_is_refused),
		HOST_TEST(prepare_wants_a_document_that_was_filled),
		HOST_TEST(another_device_at_the_address_is_refused),
		HOST_TEST(what_is_held_is_not_looked_at_again),
		HOST_TEST(what_is_declared_of_a_name_counts),
		HOST_TEST(who_can_edit_has_it_filled_and_prepared),
		HOST_TEST(a_failure_takes_it_all_back),
		HOST_TEST(who_waits_in_line_goes_before),
		HOST_TEST(nothing_is_prepared_where_that_is_configured),
		TEST(a_domain_is_known_to_have_names),
	};

	return cmocka_run_group_tests_name("fill", tests, NULL, NULL);
}

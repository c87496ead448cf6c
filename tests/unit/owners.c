// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds what, as the journals of all owners tell. */
#include <errno.h>
#include <sys/stat.h>

#include "common/str.h"
#include "journal/owners.h"
#include "session-fixture.h"
#include "test.h"

static struct vprep_owners look(struct host *h)
{
	struct vprep_owners owners = { 0 };

	assert_int_equal(vprep_owners_look(h->session->io, &owners, &h->err), 0);
	return owners;
}

static const char *text_of(const struct vprep_owner *owner)
{
	return owner ? owner->text : "nobody";
}

static void nobody_holds_anything_on_an_idle_host(void **state)
{
	struct vprep_owners owners = look(*state);
	struct vprep_owned_step at = { 0 };

	assert_int_equal(owners.n, 0);
	assert_false(vprep_owners_next(&owners, &at));
	assert_null(vprep_owners_of_device(&owners, VF));
	assert_null(vprep_owners_of_group(&owners, 7));
	assert_int_equal(vprep_owners_refuse_corrupt(&owners, NULL), 0);
	vprep_owners_done(&owners);
}

static void a_device_and_its_group_have_the_same_owner(void **state)
{
	struct host *h = *state;
	struct vprep_owners owners;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "a" }), 0);
	assert_int_equal(host_prepare(h, "<hostdev mode='subsystem' type='pci'><source>"
					 "<address bus='5' slot='0x10' function='3'/>"
					 "</source></hostdev>"),
			 0);
	owners = look(h);
	assert_string_equal(text_of(vprep_owners_of_device(&owners, VF)), "owner 'a'");
	assert_string_equal(text_of(vprep_owners_of_group(&owners, 7)), "owner 'a'");
	assert_string_equal(text_of(vprep_owners_of_device(&owners, VF2)),
			    "domain 'web1'");
	assert_string_equal(text_of(vprep_owners_of_group(&owners, 8)), "domain 'web1'");
	assert_string_equal(text_of(vprep_owners_of_group(&owners, 9)), "nobody");
	vprep_owners_done(&owners);
}

static void what_was_given_back_is_nobodys(void **state)
{
	struct host *h = *state;
	struct vprep_owned_step at = { 0 };
	struct vprep_owners owners;

	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_int_equal(host_detach(h, VF), 0);
	owners = look(h);
	assert_null(vprep_owners_of_device(&owners, VF));
	assert_null(vprep_owners_of_group(&owners, 7));
	while (vprep_owners_next(&owners, &at))
		assert_int_equal(at.step->group, 8);
	vprep_owners_done(&owners);
}

/* I1 */
static void an_earlier_boot_holds_nothing(void **state)
{
	struct host *h = *state;
	struct vprep_owned_step at = { 0 };
	struct vprep_owners owners;

	assert_int_equal(host_attach(h, VF), 0);
	host_reboot(h);
	owners = look(h);
	assert_int_equal(owners.items[0].state, VPREP_OWNER_EARLIER_BOOT);
	assert_null(vprep_owners_of_device(&owners, VF));
	assert_null(vprep_owners_of_group(&owners, 7));
	assert_false(vprep_owners_next(&owners, &at));
	assert_int_equal(vprep_owners_refuse_corrupt(&owners, &h->err), 0);
	vprep_owners_done(&owners);
	host_leaves(h, VF " vfio/7");
}

/* I2 */
static void a_corrupt_journal_is_refused_by_its_owners_name(void **state)
{
	struct host *h = *state;
	struct vprep_owners owners;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "b" }), 0);
	assert_int_equal(host_attach(h, VF2), 0);
	host_corrupt(h, "b");
	owners = look(h);
	assert_int_equal(owners.items[0].state, VPREP_OWNER_CORRUPT);
	assert_int_equal(owners.items[1].state, VPREP_OWNER_HELD);
	assert_int_equal(vprep_owners_refuse_corrupt(&owners, &h->err), -EPERM);
	assert_int_equal(h->err.code, VPREP_E_REFUSED);
	assert_non_null(strstr(h->err.message, "what owner 'b' holds is not all known"));
	assert_non_null(strstr(h->err.message, "vfio-prep recover --salvage b"));
	assert_string_equal(text_of(vprep_owners_of_device(&owners, VF)), "owner 'b'");
	assert_string_equal(text_of(vprep_owners_of_device(&owners, VF2)),
			    "owner 'manual'");
	vprep_owners_done(&owners);
	host_leaves(h, VF " vfio/7 run/");
}

static void a_journal_that_cannot_be_opened_is_told_as_that(void **state)
{
	struct host *h = *state;
	struct vprep_owners owners = { 0 };

	assert_int_equal(host_attach(h, VF), 0);
	fake_link(h->fake, "dev", OWNERS "a.jsonl");
	assert_int_equal(vprep_owners_look(h->session->io, &owners, &h->err), -ELOOP);
	assert_int_equal(h->err.code, VPREP_E_REFUSED);
	assert_int_equal(owners.n, 0);
	host_leaves(h, VF " vfio/7 run/");
}

/* Root is told what an attach would be told. */
static void a_folder_that_others_can_write_is_no_folder_without_owners(void **state)
{
	static const char *const names[] = { VF2, NULL };
	const struct vprep_request request = { .names = names };
	struct host *h = *state;
	struct vprep_owners owners = { 0 };
	struct vprep_reasons *reasons = NULL;
	int want = geteuid() == 0 ? -EPERM : 0;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(fchmodat(h->fake->dir, "run/vfio-prep", 0777, 0), 0);
	assert_int_equal(vprep_owners_look_if_allowed(h->session->io, &owners, &h->err),
			 want);
	assert_int_equal(owners.n, 0);
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), want);
	vprep_reasons_free(reasons);
	assert_int_equal(fchmodat(h->fake->dir, "run/vfio-prep", 0711, 0), 0);
	host_leaves(h, VF " vfio/7 run/");
}

static void each_state_has_its_words(void **state)
{
	static const enum vprep_owner_state help[] = { VPREP_OWNER_INCOMPLETE,
						       VPREP_OWNER_DEAD,
						       VPREP_OWNER_EARLIER_BOOT };
	size_t i;

	(void)state;
	assert_string_equal(vprep_owner_words[VPREP_OWNER_EARLIER_BOOT].name, "stale");
	for (i = 0; i < VPREP_ARRAY_SIZE(help); i++) {
		assert_non_null(vprep_owner_words[help[i]].problem);
		assert_non_null(
			strstr(vprep_owner_words[help[i]].advice, "vfio-prep recover"));
	}
	assert_null(vprep_owner_words[VPREP_OWNER_HELD].problem);
	assert_null(vprep_owner_words[VPREP_OWNER_BUSY].problem);
	assert_null(vprep_owner_words[VPREP_OWNER_CORRUPT].advice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(nobody_holds_anything_on_an_idle_host),
		HOST_TEST(a_device_and_its_group_have_the_same_owner),
		HOST_TEST(what_was_given_back_is_nobodys),
		HOST_TEST(an_earlier_boot_holds_nothing),
		HOST_TEST(a_corrupt_journal_is_refused_by_its_owners_name),
		HOST_TEST(a_journal_that_cannot_be_opened_is_told_as_that),
		HOST_TEST(a_folder_that_others_can_write_is_no_folder_without_owners),
		TEST(each_state_has_its_words),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a request can be met: every reason against it, from facts made by hand. */
#include "plan/check.h"

#include <errno.h>

#include "common/str.h"
#include "facts-fixture.h"
#include "test.h"

#define A "0000:05:10.1"
#define B "0000:05:10.2"
#define C "0000:05:10.3"

static enum vprep_action action_of(const struct made *m,
				   const struct vprep_facts_member *member)
{
	return vprep_member_action(member, &m->options);
}

static void what_happens_to_a_member(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	assert_int_equal(action_of(m, made_request(made_member(g, A, "native"))),
			 VPREP_ACTION_BIND);
	assert_int_equal(action_of(m, made_request(made_member(g, A, NULL))),
			 VPREP_ACTION_BIND);
	assert_int_equal(action_of(m, made_request(made_member(g, A, "vfio-pci"))),
			 VPREP_ACTION_LEAVE);
	assert_int_equal(action_of(m, made_request(made_member(g, A, "x-vfio"))),
			 VPREP_ACTION_BIND);
	assert_int_equal(action_of(m, made_member(g, A, "native")),
			 VPREP_ACTION_PLACEHOLDER);
	assert_int_equal(action_of(m, made_member(g, A, NULL)), VPREP_ACTION_LEAVE);
	assert_int_equal(action_of(m, made_bridge(g, A, "pcieport")), VPREP_ACTION_LEAVE);
	assert_int_equal(action_of(m, made_bridge(g, A, "shpchp")), VPREP_ACTION_UNBIND);
}

static void a_strict_or_denied_member_blocks(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	struct vprep_facts_member *denied = made_member(g, A, "native");

	denied->denied = true;
	assert_int_equal(action_of(m, denied), VPREP_ACTION_BLOCKS);
	assert_int_equal(action_of(m, made_other(g, "platform.0", "plat")),
			 VPREP_ACTION_BLOCKS);
	assert_int_equal(action_of(m, made_other(g, "platform.0", NULL)),
			 VPREP_ACTION_LEAVE);
	m->options.strict = true;
	assert_int_equal(action_of(m, made_member(g, A, "native")), VPREP_ACTION_BLOCKS);
	assert_int_equal(action_of(m, made_bridge(g, A, "shpchp")), VPREP_ACTION_BLOCKS);
	assert_int_equal(action_of(m, made_bridge(g, A, "pcieport")), VPREP_ACTION_LEAVE);
}

static void a_whole_group_of_idle_devices_can_go(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_member(g, B, "native");
	made_member(g, C, NULL);
	made_bridge(g, "0000:00:05.0", "pcieport");
	made_bridge(g, "0000:00:06.0", "shpchp");
	made_check(m, NULL);
}

static void what_the_host_loses_is_listed_with_its_names(void **state)
{
	static const char *const want[] = {
		A " (igbvf, ens5, ens6) is taken from the host",
		B " (e1000) becomes a placeholder",
		"0000:00:06.0 (shpchp) is unbound for the time being",
	};
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	struct vprep_facts_member *a = made_request(made_member(g, A, "igbvf"));
	size_t i;

	assert_int_equal(vprep_strv_add(&a->names, "ens5"), 0);
	assert_int_equal(vprep_strv_add(&a->names, "ens6"), 0);
	made_member(g, B, "e1000");
	made_member(g, C, NULL);
	made_bridge(g, "0000:00:05.0", "pcieport");
	made_bridge(g, "0000:00:06.0", "shpchp");
	made_check(m, NULL);
	assert_int_equal(m->reasons->n_losses, VPREP_ARRAY_SIZE(want));
	for (i = 0; i < VPREP_ARRAY_SIZE(want); i++)
		assert_string_equal(m->reasons->losses[i].message, want[i]);
	assert_string_equal(m->reasons->losses[0].driver, "igbvf");
	assert_string_equal(m->reasons->losses[0].names[1], "ens6");
	assert_null(m->reasons->losses[1].names[0]);
	/* nothing is lost by what is not possible */
	m->options.strict = true;
	made_check(m, "6 " B " bound to e1000", "6 0000:00:06.0 bound to shpchp", NULL);
	assert_int_equal(m->reasons->n_losses, 0);
}

static void a_strict_group_names_each_blocker_endpoints_first(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_bridge(g, "0000:00:06.0", "shpchp");
	made_request(made_member(g, A, "native"));
	made_member(g, B, "native");
	made_member(g, C, "native");
	m->options.strict = true;
	made_check(m, "6 " B " bound to native", "6 " C " bound to native",
		   "6 0000:00:06.0 bound to shpchp", NULL);
	assert_non_null(strstr(m->reasons->items[0].fix, "attach " B));
	assert_non_null(strstr(m->reasons->items[2].fix, "--group-policy whole"));
	assert_null(strstr(m->reasons->items[2].fix, "attach 0000:00:06.0"));
}

static void a_denied_member_blocks_its_group(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_member(g, B, "native")->denied = true;
	made_member(g, C, NULL)->denied = true; /* not in the way */
	made_check(m, "6 " B " never to be touched", NULL);
	assert_null(m->reasons->items[0].fix);
	m->options.force = true;
	made_check(m, "6 " B " never to be touched", NULL);
}

static void a_denied_device_is_not_attached(void **state)
{
	struct made *m = *state;
	struct vprep_facts_member *a =
		made_request(made_member(made_group(m, 7), A, "native"));

	a->denied = true;
	m->options.force = true;
	made_check(m, "3 " A " deny", NULL);
}

static void what_is_not_pci_blocks_with_its_fix(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_other(g, "platform.0", "plat");
	made_check(m, "6 platform.0 bound to plat", NULL);
	assert_non_null(strstr(m->reasons->items[0].fix, "by hand"));
}

static void a_bridge_cannot_be_requested(void **state)
{
	struct made *m = *state;

	made_request(made_bridge(made_group(m, 7), A, "pcieport"));
	m->options.force = true;
	made_check(m, "5 " A " bridge (class 060400)", NULL);
}

static void uses_count_unless_forced_and_some_always(void **state)
{
	struct made *m = *state;
	struct vprep_facts_member *a =
		made_request(made_member(made_group(m, 7), A, "native"));

	made_use(a, "eth0 is up", false);
	made_use(a, "/ is mounted", true);
	made_check(m, "7 " A " eth0 is up", "7 " A " / is mounted", NULL);
	assert_string_equal(m->reasons->items[0].fix, "stop it");
	m->options.force = true;
	made_check(m, "7 " A " / is mounted", NULL);
}

static void what_force_takes_no_notice_of_is_told(void **state)
{
	struct made *m = *state;
	struct vprep_facts_member *a =
		made_request(made_member(made_group(m, 7), A, "nvme"));

	made_use(a, "/dev/a1 is mounted at /mnt", false);
	made_use(a, "/dev/a2 is swap", false);
	m->options.force = true;
	made_check(m, NULL);
	assert_int_equal(m->reasons->n_losses, 1);
	assert_string_equal(m->reasons->losses[0].message,
			    A " (nvme) is taken from the host while it is in use: "
			      "/dev/a1 is mounted at /mnt, /dev/a2 is swap");
}

/* It was not named: force is not about it. */
static void a_placeholder_in_use_is_never_forced(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_use(made_member(g, B, "native"), "sda1 is mounted", false);
	m->options.force = true;
	made_check(m, "7 " B " sda1 is mounted", NULL);
}

/* One that another guest has open tells so; in a group of our own it is our guest. */
static void a_vfio_member_in_use_counts_unless_the_group_is_ours(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_use(made_member(g, B, "vfio-pci"), "qemu has /dev/vfio/7 open", false);
	made_check(m, "7 " B " qemu has", NULL);
	g->mine = true;
	made_check(m, NULL);
}

static void direct_regions_keep_a_group_unless_forced(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	g->direct_regions = true;
	made_check(m, "5 group 7 firmware", NULL);
	m->options.force = true;
	made_check(m, NULL);
}

static void a_group_of_another_owner_is_refused_once(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_request(made_bridge(g, B, "shpchp"));
	g->taken = (struct vprep_taken){ .how = "belongs to domain 'web1'",
					 .fix = "vfio-prep status" };
	m->options.force = true;
	made_check(m, "8 group 7 domain 'web1'", NULL);
	assert_string_equal(m->reasons->items[0].fix, "vfio-prep status");
}

static void an_own_group_keeps_its_user_and_mode(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	g->mine = g->node.exists = g->given = true; /* the node itself is root's now */
	g->given_uid = 1234;
	g->given_gid = 2345;
	g->given_mode = 0640;
	made_check(m, NULL);
	g->given_mode = 0600;
	made_check(m, "8 group 7 1234:2345 0600", NULL);
	g->given = false;
	made_check(m, NULL);
}

static void what_is_claimed_already_is_told(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	g->mine = true;
	made_request(made_member(g, A, "vfio-pci"))->claimed = true;
	made_check(m, "8 " A " already", NULL);
}

static void a_quarantined_member_stops_its_group(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	g->mine = true;
	made_request(made_member(g, A, "native"));
	made_member(g, B, NULL)->quarantined = true;
	m->options.force = true;
	made_check(m, "7 " B " quarantine", NULL);
}

static void a_driver_that_is_not_there_is_named(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	vprep_driver_choice_done(&made_request(made_member(g, A, "native"))->choice);
	vprep_driver_choice_done(&made_member(g, B, "native")->choice);
	made_check(m, "5 " A " 'vfio-pci'", "5 " B " 'vfio-pci'", NULL);
}

static void every_group_is_looked_at(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	g->taken.how = "belongs to x";
	g = made_group(m, 8);
	made_request(made_member(g, B, "native"))->denied = true;
	made_request(made_member(made_group(m, 9), C, "native"));
	made_check(m, "8 group 7 x", "3 " B " deny", NULL);
}

static void the_first_reason_is_the_error(void **state)
{
	struct made *m = *state;
	struct vprep_error err;

	m->options.strict = true;
	made_request(made_member(made_group(m, 7), A, "native"))->denied = true;
	made_member(&m->facts.groups[0], B, "native");
	made_check(m, "3 " A " deny", "6 " B " native", NULL);
	assert_int_equal(vprep_reasons_error(m->reasons, &err), -EPERM);
	assert_int_equal(err.code, VPREP_E_REFUSED);
	assert_string_equal(err.device, A);
	assert_non_null(strstr(err.message, "1 more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MADE_TEST(what_happens_to_a_member),
		MADE_TEST(a_strict_or_denied_member_blocks),
		MADE_TEST(a_whole_group_of_idle_devices_can_go),
		MADE_TEST(what_the_host_loses_is_listed_with_its_names),
		MADE_TEST(a_strict_group_names_each_blocker_endpoints_first),
		MADE_TEST(a_denied_member_blocks_its_group),
		MADE_TEST(a_denied_device_is_not_attached),
		MADE_TEST(what_is_not_pci_blocks_with_its_fix),
		MADE_TEST(a_bridge_cannot_be_requested),
		MADE_TEST(uses_count_unless_forced_and_some_always),
		MADE_TEST(what_force_takes_no_notice_of_is_told),
		MADE_TEST(a_placeholder_in_use_is_never_forced),
		MADE_TEST(a_vfio_member_in_use_counts_unless_the_group_is_ours),
		MADE_TEST(direct_regions_keep_a_group_unless_forced),
		MADE_TEST(a_group_of_another_owner_is_refused_once),
		MADE_TEST(an_own_group_keeps_its_user_and_mode),
		MADE_TEST(what_is_claimed_already_is_told),
		MADE_TEST(a_quarantined_member_stops_its_group),
		MADE_TEST(a_driver_that_is_not_there_is_named),
		MADE_TEST(every_group_is_looked_at),
		MADE_TEST(the_first_reason_is_the_error),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}

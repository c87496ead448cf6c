// SPDX-License-Identifier: GPL-2.0-or-later
/* What status, groups, plan, check and doctor tell; none of them changes anything. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static void an_idle_host_has_no_owners(void **state)
{
	struct vprep_status *status;
	struct host *h = *state;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_true(status->n_owners == 0 && status->n_quarantined == 0);
	vprep_status_free(status);
	host_check_same(h);
}

static void each_owner_is_told_with_what_it_holds(void **state)
{
	const struct vprep_status_owner *o;
	struct vprep_status *status;
	struct host *h = *state;

	assert_int_equal(host_ask(h, NIC " " FREE " " VF,
				  (struct vprep_request){ .owner = "web/1" }),
			 0);
	assert_int_equal(host_attach(h, VF2), 0);
	host_remember(h);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	host_check_same(h);
	assert_int_equal(status->n_owners, 2);
	o = &status->owners[0];
	assert_string_equal(o->id, "manual");
	assert_string_equal(o->devices[0], VF2);
	o = &status->owners[1];
	assert_string_equal(o->id, "web/1");
	assert_string_equal(o->name, "web/1");
	assert_string_equal(o->kind, "manual");
	assert_string_equal(o->state, "held");
	assert_null(o->problem);
	assert_true(o->since > 0 && o->since <= (int64_t)time(NULL));
	assert_int_equal(o->pid, -1);
	assert_null(o->process);
	assert_int_equal(o->n_devices, 3);
	assert_int_equal(o->n_groups, 2);
	assert_true(o->n_steps >= 9);
	assert_string_equal(o->steps[0].kind, "claim");
	assert_string_equal(o->steps[0].state, "done");
	vprep_status_free(status);
	assert_int_equal(host_detach_owner(h, "web/1"), 0);
	assert_string_equal(host_owner_state(h, "web/1"), "");
}

static void an_owner_that_is_a_process_is_told_with_it(void **state)
{
	struct vprep_status *status;
	struct host *h = *state;

	fake_add_process(h->fake, getpid());
	assert_int_equal(
		host_ask(h, VF, (struct vprep_request){ .owner = "me", .pid = getpid() }),
		0);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(status->owners[0].pid, getpid());
	assert_non_null(strstr(status->owners[0].process, "pid "));
	vprep_status_free(status);
	assert_int_equal(host_detach_owner(h, "me"), 0);
}

static void groups_tell_members_and_blockers(void **state)
{
	const struct vprep_group *g;
	struct vprep_groups *groups;
	struct host *h = *state;

	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	assert_int_equal(groups->n, 3);
	g = &groups->items[2];
	assert_int_equal(g->number, 9);
	assert_false(g->viable);
	assert_null(g->owner);
	assert_int_equal(g->n_members, 4);
	assert_int_equal(g->n_blockers, 2);
	assert_non_null(strstr(g->blockers[0], NIC));
	assert_string_equal(g->members[0].name, "pci_0000_00_05_0");
	assert_string_equal(g->members[0].address, BRIDGE);
	assert_string_equal(g->members[0].driver, "pcieport");
	assert_true(g->members[0].bridge && !g->members[1].bridge);
	assert_int_equal(g->members[0].class_code, 0x060400);
	assert_null(g->members[3].driver);
	vprep_groups_free(groups);
	host_check_same(h);
}

static void a_group_that_is_held_is_viable_and_has_its_owner(void **state)
{
	struct vprep_groups *groups;
	struct host *h = *state;

	assert_int_equal(host_ask(h, NIC, (struct vprep_request){ .owner = "web1" }), 0);
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	assert_true(groups->items[2].viable);
	assert_string_equal(groups->items[2].owner, "web1");
	assert_int_equal(groups->items[2].n_blockers, 0);
	assert_null(groups->items[0].owner);
	vprep_groups_free(groups);
}

/* U+202E turns the text that follows around on a terminal. */
static void a_groups_owner_is_printable(void **state)
{
	struct vprep_groups *groups;
	struct host *h = *state;

	assert_int_equal(
		host_prepare_xml(h, "<domain><name>a&#9;b&#x202e;c</name><uuid>" DOMAIN
				    "</uuid><devices><hostdev "
				    "mode='subsystem' type='pci'><source>"
				    "<address bus='5' slot='0x10' function='1'/>"
				    "</source></hostdev></devices></domain>"),
		0);
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	assert_string_equal(groups->items[0].owner, "a?b???c");
	vprep_groups_free(groups);
}

static void groups_go_on_beside_a_corrupt_journal(void **state)
{
	struct vprep_groups *groups;
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_ask(h, VF2, (struct vprep_request){ .owner = "b" }), 0);
	host_corrupt(h, "manual");
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	assert_string_equal(groups->items[0].owner, "manual");
	assert_string_equal(groups->items[1].owner, "b");
	vprep_groups_free(groups);
	host_leaves(h, VF " vfio/7 run/");
}

static void a_host_without_iommu_has_no_groups(void **state)
{
	struct vprep_groups *groups;
	struct host *h = *state;

	fake_remove(h->fake, "sys/kernel/iommu_groups");
	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	assert_int_equal(groups->n, 0);
	vprep_groups_free(groups);
	host_leaves(h, "iommu_group");
}

static int plan(struct host *h, const char *name, struct vprep_plan **ret)
{
	const char *const names[] = { name, NULL };

	return vprep_plan(h->session, &(struct vprep_request){ .names = names }, ret,
			  &h->err);
}

static void a_plan_is_what_attach_does(void **state)
{
	struct host *h = *state;
	struct vprep_status *status;
	struct vprep_plan *p;
	size_t i;

	assert_int_equal(plan(h, NIC, &p), 0);
	host_check_same(h);
	assert_string_equal(p->owner, "manual");
	assert_int_equal(host_attach(h, NIC), 0);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(status->owners[0].n_steps, p->n_steps);
	for (i = 0; i < p->n_steps; i++) {
		assert_string_equal(status->owners[0].steps[i].kind, p->steps[i].kind);
		assert_string_equal(status->owners[0].steps[i].device,
				    p->steps[i].device);
	}
	vprep_status_free(status);
	vprep_plan_free(p);
}

static void a_plan_that_is_refused_is_none(void **state)
{
	struct vprep_plan *p = (struct vprep_plan *)1;
	struct host *h = *state;

	assert_int_equal(plan(h, BRIDGE, &p), -EOPNOTSUPP);
	assert_int_equal(plan(h, "0000:05:10.7", &p), -ENODEV);
	assert_ptr_equal(p, (struct vprep_plan *)1);
	host_check_same(h);
}

static void a_check_tells_every_reason(void **state)
{
	const char *const names[] = { NIC, LONE, BRIDGE, NULL };
	const struct vprep_request request = { .names = names,
					       .policy = VPREP_POLICY_STRICT };
	struct vprep_reasons *reasons;
	struct host *h = *state;

	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 3);
	assert_string_equal(reasons->items[0].device, LONE);
	assert_string_equal(reasons->items[1].device, SND);
	assert_string_equal(reasons->items[2].device, BRIDGE);
	vprep_reasons_free(reasons);
	host_check_same(h);
}

/* What attach would say: an interrupted operation of this owner is put right first. */
static int attach(struct host *h)
{
	return host_attach(h, VF);
}

static void a_check_after_a_crash_agrees_with_attach(void **state)
{
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_reasons *reasons;
	struct host *h = *state;
	size_t n;

	fake_die(h->fake, "*", 2, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, attach));
	fake_clear_faults(h->fake);
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	n = reasons->n;
	vprep_reasons_free(reasons);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(n, 0);
}

static void doctor_tells_each_deadline_in_effect(void **state)
{
	struct vprep_diagnoses *diagnoses;
	const char *detail = NULL;
	struct host *h = *state;
	size_t i;

	host_configure(h, "deadline-bind = 2\ndeadline-unbind = 3\ndeadline-module = 4\n"
			  "deadline-node = 5\ndeadline-mdev = 6\ndeadline-numvfs = 7\n");
	host_remember(h);
	assert_int_equal(vprep_doctor(h->session, &diagnoses, &h->err), 0);
	for (i = 0; i < diagnoses->n; i++)
		if (streq(diagnoses->items[i].check, "configuration"))
			detail = diagnoses->items[i].detail;
	assert_non_null(detail);
	assert_non_null(strstr(detail, " deadline-bind=2 deadline-unbind=3 "
				       "deadline-module=4 deadline-node=5 "
				       "deadline-mdev=6 deadline-numvfs=7 "));
	vprep_diagnoses_free(diagnoses);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(an_idle_host_has_no_owners),
		HOST_TEST(an_owner_that_is_a_process_is_told_with_it),
		HOST_TEST(each_owner_is_told_with_what_it_holds),
		HOST_TEST(groups_tell_members_and_blockers),
		HOST_TEST(a_group_that_is_held_is_viable_and_has_its_owner),
		HOST_TEST(a_groups_owner_is_printable),
		HOST_TEST(groups_go_on_beside_a_corrupt_journal),
		HOST_TEST(a_host_without_iommu_has_no_groups),
		HOST_TEST(a_plan_is_what_attach_does),
		HOST_TEST(a_plan_that_is_refused_is_none),
		HOST_TEST(a_check_tells_every_reason),
		HOST_TEST(a_check_after_a_crash_agrees_with_attach),
		HOST_TEST(doctor_tells_each_deadline_in_effect),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}

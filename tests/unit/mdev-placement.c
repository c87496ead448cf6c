// SPDX-License-Identifier: GPL-2.0-or-later
/* On which parent a mediated device is made. */
#include "plan/mdev-placement.h"

#include "common/str.h"
#include "test.h"

#define U1 "00000000-0000-4000-8000-000000000001"
#define U2 "00000000-0000-4000-8000-000000000002"

#define PARENTS_MAX 4
#define NODES_MAX 4

struct made {
	struct vprep_facts facts;
	struct vprep_devices devices;
};

/* That of the test's parents. */
static struct vprep_pool *pool;

static int setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	pool = &m->facts.mdevs.pool;
	m->facts.mdevs.items =
		vprep_pool_alloc(pool, PARENTS_MAX, sizeof(*m->facts.mdevs.items));
	m->facts.devices = &m->devices;
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	vprep_facts_done(&m->facts);
	vprep_devices_done(&m->devices);
	free(m);
	return 0;
}

static struct vprep_mdev_parent *parent(struct made *m, const char *name, uint16_t vendor)
{
	struct vprep_mdev_parent *p = &m->facts.mdevs.items[m->facts.mdevs.n++];

	p->name = vprep_pool_dup(pool, name);
	p->vendor = vendor;
	p->types = vprep_pool_alloc(pool, 4, sizeof(*p->types));
	return p;
}

/* @instances: a word each. */
static void type(struct vprep_mdev_parent *p, const char *id, unsigned available,
		 const char *instances)
{
	struct vprep_mdev_type_facts *t = &p->types[p->n_types++];
	_cleanup_free_ char *words = strdup(instances);
	char *word, *at = NULL, **list = NULL;

	t->id = vprep_pool_dup(pool, id);
	t->name = vprep_pool_strf(pool, "The %s", id);
	t->api = vprep_pool_dup(pool, "vfio-pci");
	t->available = available;
	for (word = strtok_r(words, " ", &at); word; word = strtok_r(NULL, " ", &at))
		assert_int_equal(vprep_strv_add(&list, word), 0);
	t->instances = list ? vprep_pool_take_list(pool, list) : NULL;
}

static struct vprep_device *want(struct made *m, const char *uuid, const char *id)
{
	const struct vprep_device d = { .kind = &vprep_kind_mdev,
					.name = uuid,
					.sysfs = uuid,
					.match = "",
					.is_new = true,
					.definition.type = (char *)(uintptr_t)id };

	assert_int_equal(vprep_devices_add(&m->devices, &d), 0);
	return &m->devices.items[m->devices.n - 1];
}

static void pending(struct made *m, const char *name, const char *id, const char *device)
{
	struct vprep_pending_mdev *p;

	m->facts.pending = reallocarray(m->facts.pending, m->facts.n_pending + 1,
					sizeof(*m->facts.pending));
	p = &m->facts.pending[m->facts.n_pending++];
	*p = (struct vprep_pending_mdev){ name, id, device, "owner 'other'", false };
}

static void check_placed(struct made *m, size_t i, const char *name)
{
	assert_int_equal(vprep_mdev_placement_choose(&m->facts), 0);
	if (!m->devices.items[i].parent)
		fail_msg("%s", m->devices.items[i].no_placement.why);
	assert_string_equal(m->devices.items[i].parent, name);
}

static void check_refused(struct made *m, size_t i, enum vprep_code code, const char *why)
{
	const struct vprep_no_placement *no = &m->devices.items[i].no_placement;

	assert_int_equal(vprep_mdev_placement_choose(&m->facts), 0);
	assert_null(m->devices.items[i].parent);
	assert_int_equal(no->code, code);
	if (!strstr(no->why, why))
		fail_msg("'%s' not in '%s'", why, no->why);
	assert_non_null(no->fix);
}

static void the_first_parent_with_an_instance_left_is_taken(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 0, "x y");
	type(parent(m, "b", 0), "t", 1, "");
	type(parent(m, "c", 0), "t", 9, "");
	want(m, U1, "t");
	check_placed(m, 0, "b");
	assert_string_equal(m->devices.items[0].type, "t");
}

static void compact_fills_a_parent_that_carries_the_type(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 4, "");
	type(parent(m, "b", 0), "t", 3, "x");
	want(m, U1, "t")->definition.placement = VPREP_PLACEMENT_COMPACT;
	want(m, U2, "t");
	check_placed(m, 0, "b");
	check_placed(m, 1, "b");
}

static void separate_begins_another_parent(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 3, "x");
	type(parent(m, "b", 0), "t", 4, "");
	want(m, U1, "t")->definition.placement = VPREP_PLACEMENT_SEPARATE;
	check_placed(m, 0, "b");
}

static void separate_falls_back_to_compact(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 0, "x");
	type(parent(m, "b", 0), "t", 4, "y");
	want(m, U1, "t")->definition.placement = VPREP_PLACEMENT_SEPARATE;
	check_placed(m, 0, "b");
}

static void separate_counts_what_the_request_makes_before(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 4, "");
	type(parent(m, "b", 0), "t", 4, "");
	want(m, U1, "t")->definition.placement = VPREP_PLACEMENT_SEPARATE;
	want(m, U2, "t")->definition.placement = VPREP_PLACEMENT_SEPARATE;
	check_placed(m, 0, "a");
	check_placed(m, 1, "b");
}

static void a_request_counts_its_own(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	want(m, U1, "t");
	want(m, U2, "t");
	check_placed(m, 0, "a");
	check_refused(m, 1, VPREP_E_IN_USE, "no instance of type t is left on this host");
}

static void the_last_instance_that_another_owner_makes_is_counted(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	pending(m, "a", "t", U2);
	want(m, U1, "t");
	check_refused(m, 0, VPREP_E_OWNED,
		      "the last instance of type t on a is being made for owner 'other'");
	assert_true(m->devices.items[0].no_placement.is_passing);
}

static void of_an_interrupted_owner_recover_is_told(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	pending(m, "a", "t", U2);
	m->facts.pending[0].interrupted = true;
	want(m, U1, "t");
	check_refused(m, 0, VPREP_E_OWNED, "interrupted");
	assert_false(m->devices.items[0].no_placement.is_passing);
	assert_non_null(strstr(m->devices.items[0].no_placement.fix, "recover"));
}

static void what_another_owner_has_made_by_now_is_not_counted_twice(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, U2);
	pending(m, "a", "t", U2);
	want(m, U1, "t");
	check_placed(m, 0, "a");
}

static void an_unknown_type_lists_those_that_exist(void **state)
{
	struct made *m = *state;
	struct vprep_mdev_parent *a = parent(m, "a", 0);

	type(a, "t1", 1, "");
	type(a, "t2", 1, "");
	type(parent(m, "b", 0), "t1", 1, "");
	want(m, U1, "t3");
	check_refused(m, 0, VPREP_E_NOT_FOUND,
		      "no parent on this host has the type 't3'; the types that exist: "
		      "t1, t2");
}

static void a_host_without_parents_says_so(void **state)
{
	struct made *m = *state;

	want(m, U1, "t");
	check_refused(m, 0, VPREP_E_NOT_FOUND, "exist: none");
}

static void a_named_parent_is_the_only_one(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	type(parent(m, "b", 0), "t", 0, "x");
	want(m, U1, "t")->definition.parent = (char *)(uintptr_t) "b";
	check_refused(m, 0, VPREP_E_IN_USE, "no instance of type t is left on b");
}

static void an_unknown_parent_lists_those_that_exist(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	type(parent(m, "b", 0), "t", 1, "");
	want(m, U1, "t")->definition.parent = (char *)(uintptr_t) "c";
	check_refused(
		m, 0, VPREP_E_NOT_FOUND,
		"there is no parent 'c' for mediated devices; those that exist: a, b");
}

static void a_type_may_be_told_by_name(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	want(m, U1, "The t");
	check_placed(m, 0, "a");
	assert_string_equal(m->devices.items[0].type, "t");
}

static void the_api_must_be_the_one_asked_for(void **state)
{
	struct made *m = *state;

	type(parent(m, "a", 0), "t", 1, "");
	want(m, U1, "t")->asked.mdev.api = "vfio-ccw";
	check_refused(m, 0, VPREP_E_UNSUPPORTED,
		      "makes devices for vfio-pci, and vfio-ccw");
}

static void an_nvidia_card_carries_one_type(void **state)
{
	struct made *m = *state;
	struct vprep_mdev_parent *a = parent(m, "a", VPREP_VENDOR_NVIDIA);

	type(a, "nvidia-1", 4, "x");
	type(a, "nvidia-2", 2, "");
	want(m, U1, "nvidia-2");
	check_refused(m, 0, VPREP_E_IN_USE, "one type at a time");
	type(parent(m, "b", VPREP_VENDOR_NVIDIA), "nvidia-2", 2, "");
	check_placed(m, 0, "b");
}

static void on_an_nvidia_card_what_others_make_counts_as_well(void **state)
{
	struct made *m = *state;
	struct vprep_mdev_parent *a = parent(m, "a", VPREP_VENDOR_NVIDIA);

	type(a, "nvidia-1", 4, "");
	type(a, "nvidia-2", 2, "");
	pending(m, "a", "nvidia-1", U2);
	want(m, U1, "nvidia-2");
	check_refused(m, 0, VPREP_E_IN_USE, "one type at a time");
}

static void other_cards_mix_types(void **state)
{
	struct made *m = *state;
	struct vprep_mdev_parent *a = parent(m, "a", 0x8086);

	type(a, "i915-1", 1, "x");
	type(a, "i915-2", 1, "");
	want(m, U1, "i915-2");
	check_placed(m, 0, "a");
}

static struct vprep_mdev_parent *vgpu(struct made *m, const char *name)
{
	struct vprep_mdev_parent *p = parent(m, name, VPREP_VENDOR_NVIDIA);

	p->is_vgpu = true;
	type(p, "nvidia-5", 1, "");
	type(p, "nvidia-6", 1, "");
	return p;
}

static void a_function_becomes_the_vgpu_of_an_order(void **state)
{
	struct made *m = *state;
	struct vprep_device *d = want(m, U1, "nvidia-5");

	vgpu(m, "0000:41:00.4");
	vgpu(m, "0000:41:00.5");
	pending(m, "0000:41:00.4", "nvidia-6", "0000:41:00.4");
	d->match = NULL;
	check_placed(m, 0, "0000:41:00.5");
	assert_string_equal(m->devices.items[0].held_as, "vgpu_0000:41:00.5");
}

static void a_function_is_no_mdev_for_a_domain(void **state)
{
	struct made *m = *state;

	vgpu(m, "0000:41:00.4");
	want(m, U1, "nvidia-5");
	check_refused(m, 0, VPREP_E_UNSUPPORTED, "virtual functions become vGPUs");
}

#define PLACE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(the_first_parent_with_an_instance_left_is_taken),
		PLACE_TEST(compact_fills_a_parent_that_carries_the_type),
		PLACE_TEST(separate_begins_another_parent),
		PLACE_TEST(separate_falls_back_to_compact),
		PLACE_TEST(separate_counts_what_the_request_makes_before),
		PLACE_TEST(a_request_counts_its_own),
		PLACE_TEST(the_last_instance_that_another_owner_makes_is_counted),
		PLACE_TEST(of_an_interrupted_owner_recover_is_told),
		PLACE_TEST(what_another_owner_has_made_by_now_is_not_counted_twice),
		PLACE_TEST(an_unknown_type_lists_those_that_exist),
		PLACE_TEST(a_host_without_parents_says_so),
		PLACE_TEST(a_named_parent_is_the_only_one),
		PLACE_TEST(an_unknown_parent_lists_those_that_exist),
		PLACE_TEST(a_type_may_be_told_by_name),
		PLACE_TEST(the_api_must_be_the_one_asked_for),
		PLACE_TEST(an_nvidia_card_carries_one_type),
		PLACE_TEST(on_an_nvidia_card_what_others_make_counts_as_well),
		PLACE_TEST(other_cards_mix_types),
		PLACE_TEST(a_function_becomes_the_vgpu_of_an_order),
		PLACE_TEST(a_function_is_no_mdev_for_a_domain),
	};

	return cmocka_run_group_tests_name("mdev-placement", tests, NULL, NULL);
}

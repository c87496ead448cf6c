// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts-fixture.h"

#include "common/str.h"
#include "plan/check.h"
#include "plan/plan.h"
#include "test.h"

int made_setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	m->options = (struct vprep_attach_options){
		.owner = "me",
		.uid = 1234,
		.gid = 2345,
		.mode = 0640,
		.rules_dir = "/run/udev/rules.d",
	};
	m->facts.devices = &m->devices;
	*state = m;
	return 0;
}

int made_teardown(void **state)
{
	struct made *m = *state;

	vprep_facts_done(&m->facts);
	vprep_devices_done(&m->devices);
	vprep_reasons_free(m->reasons);
	vprep_steps_done(&m->steps);
	free(m);
	return 0;
}

struct vprep_facts_group *made_group(struct made *m, unsigned number)
{
	struct vprep_facts *s = &m->facts;
	struct vprep_facts_group *g;

	if (!s->groups)
		s->groups = calloc(8, sizeof(*s->groups));
	assert_true(s->n_groups < 8);
	g = &s->groups[s->n_groups++];
	g->group = calloc(1, sizeof(*g->group));
	g->group->number = number;
	g->group->members = calloc(8, sizeof(*g->group->members));
	g->members = calloc(8, sizeof(*g->members));
	g->node.path = vprep_pool_strf(&s->pool, "vfio/%u", number);
	return g;
}

static struct vprep_facts_member *add(struct vprep_facts_group *g, const char *name)
{
	size_t i = g->group->n_members++;

	assert_true(i < 8);
	g->group->members[i].name = strdup(name);
	g->members[i].member = &g->group->members[i];
	return &g->members[i];
}

struct vprep_facts_member *made_member(struct vprep_facts_group *g, const char *address,
				       const char *driver)
{
	struct vprep_facts_member *m = add(g, address);
	struct vprep_pci_device *pci = calloc(1, sizeof(*pci));

	assert_int_equal(vprep_pci_address_parse(address, &pci->address), 0);
	pci->text = vprep_pci_address_text(pci->address);
	pci->class_code = 0x020000;
	pci->vendor = 0x8086;
	pci->device = 0x10ca;
	pci->group = (int)g->group->number;
	pci->driver = driver ? strdup(driver) : NULL;
	pci->power = strdup("auto");
	m->vfio = driver && strstr(driver, "vfio");
	m->leaves_dma = !driver || m->vfio;
	m->choice.driver = strdup("vfio-pci");
	g->group->members[g->group->n_members - 1].pci = pci;
	return m;
}

struct vprep_facts_member *made_bridge(struct vprep_facts_group *g, const char *address,
				       const char *driver)
{
	struct vprep_facts_member *m = made_member(g, address, driver);
	struct vprep_pci_device *pci = g->group->members[g->group->n_members - 1].pci;

	pci->header_type = 1;
	pci->class_code = 0x060400;
	m->leaves_dma = !driver || streq(driver, "pcieport");
	vprep_driver_choice_done(&m->choice);
	return m;
}

struct vprep_facts_member *made_other(struct vprep_facts_group *g, const char *name,
				      const char *driver)
{
	struct vprep_facts_member *m = add(g, name);

	g->group->members[g->group->n_members - 1].driver =
		driver ? strdup(driver) : NULL;
	m->leaves_dma = !driver;
	return m;
}

void made_use(struct vprep_facts_member *m, const char *what, bool never_taken)
{
	struct vprep_uses *uses = &m->uses;

	uses->items = reallocarray(uses->items, uses->n + 1, sizeof(*uses->items));
	uses->items[uses->n++] = (struct vprep_use){
		.what = strdup(what),
		.fix = strdup("stop it"),
		.never_taken = never_taken,
	};
}

struct vprep_facts_member *made_request(struct vprep_facts_member *member)
{
	static struct vprep_device device = { .kind = &vprep_kind_pci };

	member->device = &device;
	return member;
}

static bool is_reason(const struct vprep_reason *reason, const char *want)
{
	_cleanup_free_ char *start =
		vprep_strf("%u %s ", (unsigned)reason->code, reason->device);

	return strncmp(want, start, strlen(start)) == 0 &&
	       strstr(reason->message, want + strlen(start));
}

void made_check_list(struct made *m, const char *const *reasons)
{
	size_t i;

	vprep_reasons_free(m->reasons);
	m->reasons = vprep_check_facts(&m->facts, &m->options);
	assert_non_null(m->reasons);
	for (i = 0; reasons[i]; i++) {
		if (i == m->reasons->n)
			fail_msg("no reason '%s'", reasons[i]);
		if (!is_reason(&m->reasons->items[i], reasons[i]))
			fail_msg("'%u %s %s' instead of '%s'",
				 (unsigned)m->reasons->items[i].code,
				 m->reasons->items[i].device,
				 m->reasons->items[i].message, reasons[i]);
	}
	if (i < m->reasons->n)
		fail_msg("surplus: '%s'", m->reasons->items[i].message);
}

void made_plan(struct made *m, const char *steps)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	vprep_steps_done(&m->steps);
	assert_int_equal(vprep_plan_build(&m->facts, &m->options, &m->steps), 0);
	vprep_buf_add(&buf, "");
	for (i = 0; i < m->steps.n; i++)
		vprep_buf_addf(&buf, "%s%s %s", i ? ", " : "",
			       m->steps.items[i].kind->name, m->steps.items[i].device);
	assert_string_equal(buf.data, steps);
}

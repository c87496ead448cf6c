// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a device may be powered down and reset while it is attached: d3cold_allowed,
 * reset_method and power/control (Documentation/ABI/testing/sysfs-bus-pci and
 * sysfs-devices-power), as its section of the configuration says. They are set once the
 * device is bound, because vfio-pci sets power/control itself when it takes a device.
 *
 * I1  What an attribute was is in the journal before it is written.
 * I2  At undo an attribute is as we set it, or as it was; anything else is somebody
 *     else's, and stays. Each attribute is judged by itself.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "plan/plan.h"
#include "step/context.h"
#include "step/pci.h"

#define DEVICE "bus/pci/devices/%s/%s"

/* NULL: the attribute is left alone; of what it was, also: it is not written yet. */
struct policy_facts {
	int64_t pci_id;
	char *d3cold, *was_d3cold;
	char *reset_method, *was_reset_method;
	char *power, *was_power;
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(policy_facts, pci_id, VPREP_NUMBER),
	VPREP_FACT(policy_facts, d3cold, VPREP_TEXT),
	VPREP_FACT(policy_facts, was_d3cold, VPREP_TEXT),
	VPREP_FACT(policy_facts, reset_method, VPREP_TEXT),
	VPREP_FACT(policy_facts, was_reset_method, VPREP_TEXT),
	VPREP_FACT(policy_facts, power, VPREP_TEXT),
	VPREP_FACT(policy_facts, was_power, VPREP_TEXT),
};

/* An attribute of the device, and where its values are in the facts. */
static const struct attribute {
	const char *name;
	size_t wanted, was;
} attributes[] = {
	{ "d3cold_allowed", offsetof(struct policy_facts, d3cold),
	  offsetof(struct policy_facts, was_d3cold) },
	{ "reset_method", offsetof(struct policy_facts, reset_method),
	  offsetof(struct policy_facts, was_reset_method) },
	{ "power/control", offsetof(struct policy_facts, power),
	  offsetof(struct policy_facts, was_power) },
};

static char **value_at(const struct vprep_step *step, size_t offset)
{
	return (char **)(void *)((char *)step->facts + offset);
}

/* ---- plan ---- */

static void plan_member(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	const struct vprep_pci_device *pci = m->member->pci;
	const struct vprep_config_device *policy;
	struct policy_facts *f;

	if (!m->device || m->claimed || !pci || !p->options->config)
		return;
	policy = m->device->asked.pci.policy;
	if (!policy)
		policy = vprep_config_find_device(p->options->config, pci->address);
	f = policy ? vprep_plan_add(p) : NULL;
	if (!f)
		return;
	f->pci_id = (int64_t)pci->vendor << 16 | pci->device;
	vprep_plan_copy(p, &f->d3cold, policy->d3cold);
	vprep_plan_copy(p, &f->reset_method, policy->reset_method);
	vprep_plan_copy(p, &f->power, policy->power_control);
}

/* ---- do ---- */

static int fail(struct vprep_error *err, const struct vprep_step *step, int r,
		const char *doing, const struct attribute *a)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "%s: cannot %s its %s: %s", step->device, doing, a->name,
			       r == -ENOENT ? "the kernel has none for this device"
					    : strerror(-r));
}

static int refused(struct vprep_error *err, const struct vprep_step *step, int r,
		   const struct attribute *a)
{
	const char *was = *value_at(step, a->was);

	if (r != -EINVAL)
		return fail(err, step, r, "set", a);
	return vprep_error_set(err, VPREP_E_FAILED, EINVAL, step->device,
			       "%s: the kernel does not take '%s' as its %s, which is "
			       "'%s'; see [device %s] in the configuration",
			       step->device, *value_at(step, a->wanted), a->name,
			       was ? was : "", step->device);
}

static int read_value(const struct vprep_io *io, const struct vprep_step *step,
		      const struct attribute *a, char **ret)
{
	return vprep_io_read(io, VPREP_SYS, ret, DEVICE, step->device, a->name);
}

/* The kernel takes a write without a single byte for none: a newline is the empty value.
 */
static int write_value(struct vprep_io *io, const struct vprep_step *step,
		       const struct attribute *a, const char *value)
{
	return vprep_io_write(io, *value ? value : "\n", DEVICE, step->device, a->name);
}

static int set_value(struct vprep_io *io, const struct vprep_step *step,
		     const struct attribute *a, struct vprep_error *err)
{
	const char *wanted = *value_at(step, a->wanted);
	_cleanup_free_ char *now = NULL;
	int r;

	if (!wanted || vprep_str_same(wanted, *value_at(step, a->was)))
		return 0;
	r = write_value(io, step, a, wanted);
	if (r < 0)
		return refused(err, step, r, a);
	r = read_value(io, step, a, &now);
	if (r == 0 && !streq(now, wanted))
		r = -EIO;
	return r < 0 ? fail(err, step, r, "find the new value of", a) : 0;
}

static int do_policy(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(attributes); i++)
		r = set_value(io, step, &attributes[i], err);
	return r;
}

static int note_value(const struct vprep_step_context *context,
		      const struct vprep_step *step, const struct attribute *a,
		      struct vprep_error *err)
{
	_cleanup_free_ char *now = NULL;
	int r;

	if (!*value_at(step, a->wanted))
		return 0;
	r = read_value(context->io, step, a, &now);
	if (r < 0)
		return fail(err, step, r, "read", a);
	return vprep_str_replace(value_at(step, a->was), now) < 0 ? vprep_error_oom(err)
								  : 0;
}

/* I1 */
static int note_values(const struct vprep_step_context *context, size_t first,
		       struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i, k;
	int r = 0;

	for (i = first; r == 0 && i < steps->n; i++) {
		const struct vprep_step *step = &steps->items[i];

		if (step->kind->child_do != do_policy)
			continue;
		for (k = 0; r == 0 && k < VPREP_ARRAY_SIZE(attributes); k++)
			r = note_value(context, step, &attributes[k], err);
		if (r == 0 && (r = vprep_journal_note(context->journal, step)) < 0)
			vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
					"cannot write the journal: %s", strerror(-r));
	}
	return r;
}

/* ---- undo ---- */

static int restore_value(struct vprep_io *io, const struct vprep_step *step,
			 const struct attribute *a, struct vprep_error *err)
{
	const char *wanted = *value_at(step, a->wanted), *was = *value_at(step, a->was);
	_cleanup_free_ char *now = NULL;
	int r;

	if (!wanted || !was)
		return 0;
	r = read_value(io, step, a, &now);
	if (r < 0)
		return fail(err, step, r, "read", a);
	if (streq(now, was))
		return 0;
	if (!streq(now, wanted)) /* I2 */
		return vprep_step_warn(err, step,
				       "its %s was changed by somebody else meanwhile; "
				       "left as it is",
				       a->name);
	r = write_value(io, step, a, was);
	return r < 0 ? fail(err, step, r, "restore", a) : 0;
}

static int undo_policy(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	const struct policy_facts *f = step->facts;
	size_t i;
	int r = vprep_step_is_of_device(io, step, f->pci_id, err);

	if (r <= 0)
		return r;
	for (r = 0, i = VPREP_ARRAY_SIZE(attributes); r == 0 && i-- > 0;)
		r = restore_value(io, step, &attributes[i], err);
	return r;
}

/* Whether a guest still has it tells the driver's own step. */
static bool never(const struct vprep_io *io, const struct vprep_step *step,
		  struct vprep_open_look *look)
{
	(void)io;
	(void)step;
	(void)look;
	return false;
}

const struct vprep_step_kind vprep_step_device_policy = {
	.name = "device-policy",
	.is_for_guest = true,
	VPREP_FACTS(facts, policy_facts),
	.plan_member = plan_member,
	.text = "d3cold_allowed {d3cold|as it is}, reset_method {reset_method|as it is}, "
		"power/control {power|as it is}",
	.undo_text = "back to d3cold_allowed {was_d3cold|as it was}, reset_method "
		     "{was_reset_method|as it was}, power/control {was_power|as it was}",
	.before_all = note_values,
	.child_do = do_policy,
	.child_undo = undo_policy,
	.do_deadline = VPREP_DEADLINE_BIND,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.needs_closed = true,
	.may_be_open = never,
	.goes_with_device = true,
};

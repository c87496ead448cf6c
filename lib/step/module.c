// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a kernel module. There is no undo: others may use it by then. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "config/config.h"
#include "io/io.h"
#include "plan/plan.h"

struct module_facts {
	char *driver; /* that it brings; the step's device is the module */
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(module_facts, driver, VPREP_TEXT),
};

static void plan_module(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	enum vprep_action action = vprep_member_action(m, p->options);
	struct module_facts *f;

	if ((action != VPREP_ACTION_BIND && action != VPREP_ACTION_PLACEHOLDER) ||
	    !m->choice.module || vprep_steps_find(p->steps, p->kind, m->choice.module))
		return;
	p->device = m->choice.module;
	p->group = -1;
	f = vprep_plan_add(p);
	if (f)
		vprep_plan_copy(p, &f->driver, m->choice.driver);
}

static int load(struct vprep_io *io, const struct vprep_step *step,
		struct vprep_error *err)
{
	const struct module_facts *f = step->facts;
	int r = io->ops->load_module(io, step->device);

	if (r < 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, -r, step->device,
			"cannot load kernel module %s (driver %s): %s; see what "
			"'modprobe -v %s' says",
			step->device, f->driver, strerror(-r), step->device);
	if (vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/%s", f->driver) == 1)
		return 0;
	return vprep_error_set(err, VPREP_E_REFUSED, ENODEV, step->device,
			       "kernel module %s is loaded, but brought no PCI driver %s",
			       step->device, f->driver);
}

const struct vprep_step_kind vprep_step_module = {
	.name = "module-load",
	.role = VPREP_ROLE_LASTING,
	VPREP_FACTS(facts, module_facts),
	.plan_member = plan_module,
	.text = "load the kernel module, for driver {driver}",
	.undo_text = "none: the module stays loaded",
	.child_do = load,
	.do_deadline = VPREP_DEADLINE_MODULE,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* From what is left of a lost record to the steps that would have led to it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"
#include "model/pci.h"
#include "session/orphans.h"
#include "step/claim.h"
#include "step/orphan.h"

static int add_claim(struct vprep_steps *steps, const char *device, int64_t group)
{
	struct vprep_step *step;
	int r;

	if (vprep_steps_find(steps, &vprep_step_claim, device))
		return 0;
	r = vprep_steps_add(steps, &vprep_step_claim, device, &step);
	if (r == 0)
		step->group = group;
	return r;
}

static int add_bind(const struct vprep_io *io, struct vprep_steps *steps,
		    const char *device, int64_t group)
{
	struct vprep_pci_address address;

	return vprep_pci_address_parse(device, &address) < 0 ||
			       vprep_steps_find(steps, &vprep_step_orphan_bind, device)
		       ? 0
		       : vprep_step_add_orphan_bind(io, steps, device, group);
}

static int add_orphan(const struct vprep_session *session, const struct vprep_orphan *o,
		      struct vprep_steps *steps)
{
	char group[sizeof("group 4294967295")];
	const char *device = o->device;
	size_t i;
	int r = 0;

	if (!device) {
		snprintf(group, sizeof(group), "group %u", (unsigned)o->group);
		device = group;
	}
	if (o->n_devices == 0)
		r = add_claim(steps, device, o->group);
	for (i = 0; r == 0 && i < o->n_devices; i++) {
		r = add_claim(steps, o->devices[i], o->bound_in);
		if (r == 0)
			r = add_bind(session->io, steps, o->devices[i], o->bound_in);
	}
	if (r == 0)
		r = vprep_step_add_orphan_rule(steps, device, o->group,
					       session->config->rules_dir, o->file,
					       o->content);
	if (r == 0 && o->node)
		r = vprep_step_add_orphan_node(steps, device, o->group,
					       o->is_cdev ? NULL : o->node, o->uid,
					       o->gid, o->mode);
	return r;
}

int vprep_orphan_steps(const struct vprep_session *session,
		       const struct vprep_orphans *orphans, const char *id,
		       struct vprep_steps *steps)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < orphans->n; i++)
		if (streq(orphans->items[i].id, id))
			r = add_orphan(session, &orphans->items[i], steps);
	return r;
}

/* "domain 'web1'" is how messages call a domain. */
struct vprep_journal_header vprep_orphan_header(const struct vprep_orphan *o,
						struct vprep_pool *pool)
{
	static const char domain[] = "domain '";
	size_t len = strlen(o->owner);
	char *name;

	if (strncmp(o->owner, domain, sizeof(domain) - 1) != 0 ||
	    o->owner[len - 1] != '\'')
		return vprep_journal_header_of("manual", o->id);
	name = vprep_pool_dup(pool, o->owner + sizeof(domain) - 1);
	if (name && *name)
		name[strlen(name) - 1] = '\0';
	return vprep_journal_header_of("domain", name);
}

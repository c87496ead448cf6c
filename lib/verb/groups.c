// SPDX-License-Identifier: GPL-2.0-or-later
/* The public picture of the IOMMU groups. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "session/session.h"

static int fill_member(const struct vprep_iommu_member *from,
		       struct vprep_group_member *to)
{
	const char *driver = from->pci ? from->pci->driver : from->driver;

	to->address = strdup(from->name);
	if (from->pci)
		to->name = strdup(vprep_pci_address_name(from->pci->address).s);
	else
		to->name = strdup(from->name);
	to->driver = driver ? strdup(driver) : NULL;
	if (!to->address || !to->name || (driver && !to->driver))
		return -ENOMEM;
	if (from->pci) {
		to->class_code = from->pci->class_code;
		to->bridge = vprep_pci_is_bridge(from->pci);
	}
	return 0;
}

static int add_blocker(struct vprep_group *g, const struct vprep_group_member *m)
{
	char *text = vprep_strf("%s is bound to %s, which keeps the group from guests",
				m->address, m->driver);

	if (!text)
		return -ENOMEM;
	g->blockers[g->n_blockers++] = text;
	return 0;
}

static int fill_group(const struct vprep_session *session, unsigned number,
		      struct vprep_group *to)
{
	_cleanup_(vprep_iommu_group_freep) struct vprep_iommu_group *from = NULL;
	size_t i;
	int r;

	r = vprep_iommu_group_read(session->io, number, &from);
	if (r < 0)
		return r;
	to->number = number;
	to->members = calloc(from->n_members + 1, sizeof(*to->members));
	to->blockers = calloc(from->n_members + 1, sizeof(*to->blockers));
	if (!to->members || !to->blockers)
		return -ENOMEM;
	for (i = 0; i < from->n_members; i++) {
		struct vprep_group_member *m = &to->members[to->n_members++];

		r = fill_member(&from->members[i], m);
		if (r == 0 && m->driver && !from->members[i].mdev &&
		    !vprep_driver_leaves_dma(session->io, m->driver))
			r = add_blocker(to, m);
		if (r < 0)
			return r;
	}
	to->viable = to->n_blockers == 0;
	return 0;
}

/* A step of the group, or of the node that is its member's alone. */
static bool is_step_of(const struct vprep_step *step, unsigned number)
{
	const char *path = vprep_step_node_path(step);
	char node[sizeof("vfio/4294967295")];

	snprintf(node, sizeof(node), "vfio/%u", number);
	return step->group == (int64_t)number ||
	       (step->group < 0 && path && streq(path, node));
}

static bool has_group(const struct vprep_journal *j, unsigned number)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++)
		if (vprep_step_is_live(&j->steps.items[i]) &&
		    is_step_of(&j->steps.items[i], number))
			return true;
	return false;
}

static int fill_owners(const struct vprep_session *session, struct vprep_groups *groups)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	size_t g, o;
	int r;

	r = vprep_store_open(session->io, &store, NULL);
	if (r < 0) /* none, or not ours to read */
		return r == -ENOMEM ? r : 0;
	r = vprep_owners_read(session, store, &owners);
	for (g = 0; r == 0 && g < groups->n; g++)
		for (o = 0; o < owners.n; o++) {
			const struct vprep_journal *j = owners.items[o];

			if (j->of_earlier_boot || !has_group(j, groups->items[g].number))
				continue;
			groups->items[g].owner = strdup(j->header.name);
			if (!groups->items[g].owner)
				return -ENOMEM;
			break;
		}
	return r;
}

static int fill_groups(const struct vprep_session *session, struct vprep_groups *groups)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n, i;
	int r;

	r = vprep_iommu_numbers(session->io, &numbers, &n);
	if (r < 0)
		return r;
	groups->items = calloc(n + 1, sizeof(*groups->items));
	if (!groups->items)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		r = fill_group(session, numbers[i], &groups->items[groups->n++]);
		if (r == -ENOENT) /* gone meanwhile */
			groups->n--;
		else if (r < 0)
			return r;
	}
	return fill_owners(session, groups);
}

VPREP_EXPORT int vprep_groups(struct vprep_session *session, struct vprep_groups **ret,
			      struct vprep_error *err)
{
	struct vprep_groups *groups = calloc(1, sizeof(*groups));
	int r = groups ? fill_groups(session, groups) : -ENOMEM;

	if (r < 0) {
		vprep_groups_free(groups);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the IOMMU groups: %s", strerror(-r));
	}
	*ret = groups;
	return 0;
}

static void group_done(struct vprep_group *g)
{
	size_t i;

	for (i = 0; i < g->n_members; i++) {
		free((char *)g->members[i].name);
		free((char *)g->members[i].address);
		free((char *)g->members[i].driver);
	}
	for (i = 0; i < g->n_blockers; i++)
		free((char *)g->blockers[i]);
	free(g->members);
	free(g->blockers);
	free((char *)g->owner);
}

VPREP_EXPORT void vprep_groups_free(struct vprep_groups *groups)
{
	size_t i;

	if (!groups)
		return;
	for (i = 0; i < groups->n; i++)
		group_done(&groups->items[i]);
	free(groups->items);
	free(groups);
}

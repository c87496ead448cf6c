// SPDX-License-Identifier: GPL-2.0-or-later
/* The public picture of the IOMMU groups. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "journal/owners.h"
#include "session/session.h"

static void fill_member(struct vprep_pool *pool, const struct vprep_iommu_member *from,
			struct vprep_group_member *to)
{
	to->address = vprep_pool_dup(pool, from->name);
	to->name = to->address;
	to->driver = vprep_pool_dup(pool, vprep_iommu_member_driver(from));
	if (!from->pci)
		return;
	to->name = vprep_pool_dup(pool, vprep_pci_address_name(from->pci->address).s);
	to->class_code = from->pci->class_code;
	to->bridge = vprep_pci_is_bridge(from->pci);
}

static int fill_group(const struct vprep_session *session, struct vprep_pool *pool,
		      unsigned number, struct vprep_group *to)
{
	_cleanup_(vprep_iommu_group_freep) struct vprep_iommu_group *from = NULL;
	size_t i;
	int r;

	r = vprep_iommu_group_read(session->io, number, &from);
	if (r < 0)
		return r;
	to->number = number;
	to->members = vprep_pool_alloc(pool, from->n_members, sizeof(*to->members));
	to->blockers = vprep_pool_alloc(pool, from->n_members, sizeof(*to->blockers));
	for (i = 0; !pool->failed && i < from->n_members; i++) {
		struct vprep_group_member *m = &to->members[to->n_members++];

		fill_member(pool, &from->members[i], m);
		if (vprep_driver_in_the_way(session->io, &from->members[i]))
			to->blockers[to->n_blockers++] = vprep_pool_strf(
				pool,
				"%s is bound to %s, which keeps the group from guests",
				m->address, m->driver);
	}
	to->viable = to->n_blockers == 0;
	return 0;
}

/* One with a member that is broken hides no other. */
static int fill_unread(const struct vprep_session *session, struct vprep_pool *pool,
		       unsigned number, int why, struct vprep_group *to)
{
	_cleanup_strv_ char **names = NULL;
	int r = vprep_io_list(session->io, VPREP_SYS, &names,
			      "kernel/iommu_groups/%u/devices", number);
	size_t i;

	if (r < 0)
		return r;
	to->number = number;
	to->members = vprep_pool_alloc(pool, vprep_strv_len(names), sizeof(*to->members));
	to->blockers = vprep_pool_alloc(pool, 1, sizeof(*to->blockers));
	for (i = 0; !pool->failed && names[i]; i++)
		fill_member(pool, &(struct vprep_iommu_member){ .name = names[i] },
			    &to->members[to->n_members++]);
	if (!pool->failed)
		to->blockers[to->n_blockers++] =
			vprep_pool_strf(pool, "it cannot be read: %s", strerror(-why));
	return 0;
}

static int fill_owners(const struct vprep_session *session, struct vprep_pool *pool,
		       struct vprep_groups *groups)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	size_t i;
	int r;

	r = vprep_store_open(session->io, &store, NULL);
	if (r < 0) /* none, or not ours to read: the groups are of use all the same */
		return vprep_error_is_shortage(r) ? r : 0;
	r = vprep_owners_read(session->io, store, &owners, NULL);
	if (r < 0)
		return r;
	for (i = 0; i < groups->n; i++) {
		struct vprep_group *g = &groups->items[i];
		const struct vprep_owner *owner =
			vprep_owners_of_group(&owners, g->number);

		if (owner)
			g->owner = vprep_pool_printable(
				pool, owner->journal->header.name
					      ? owner->journal->header.name
					      : owner->journal->id);
	}
	return 0;
}

static int fill_groups(const struct vprep_session *session, struct vprep_pool *pool,
		       struct vprep_groups *groups)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n, i;
	int r;

	r = vprep_iommu_numbers(session->io, &numbers, &n);
	if (r < 0)
		return r;
	groups->items = vprep_pool_alloc(pool, n, sizeof(*groups->items));
	for (i = 0; !pool->failed && i < n; i++) {
		struct vprep_group *to = &groups->items[groups->n];

		r = fill_group(session, pool, numbers[i], to);
		if (r < 0 && r != -ENOENT && r != -ENOMEM)
			r = fill_unread(session, pool, numbers[i], r, to);
		if (r < 0 && r != -ENOENT) /* else it is gone meanwhile */
			return r;
		groups->n += r == 0;
	}
	r = fill_owners(session, pool, groups);
	return pool->failed ? -ENOMEM : r;
}

VPREP_EXPORT int vprep_groups(struct vprep_session *session, struct vprep_groups **ret,
			      struct vprep_error *err)
{
	struct vprep_pool *pool;
	struct vprep_groups *groups = vprep_pool_result_new(sizeof(*groups), &pool);
	int r = groups ? fill_groups(session, pool, groups) : -ENOMEM;

	if (r < 0) {
		vprep_groups_free(groups);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the IOMMU groups: %s", strerror(-r));
	}
	*ret = groups;
	return 0;
}

VPREP_EXPORT void vprep_groups_free(struct vprep_groups *groups)
{
	vprep_pool_result_free(groups);
}

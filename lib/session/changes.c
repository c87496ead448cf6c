// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/changes.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/pci.h"

/* A result of the library: its parts are in the pool that comes with it. */
struct vprep_changes {
	struct vprep_pool *pool;
	size_t n;
	struct vprep_change **items;
};

static struct vprep_changes *changes_new(void)
{
	struct vprep_pool *pool;
	struct vprep_changes *changes = vprep_pool_result_new(sizeof(*changes), &pool);

	if (changes)
		changes->pool = pool;
	return changes;
}

/* NULL: they are not wanted, or there is no memory for another one. */
static struct vprep_change *add(struct vprep_session *session, const char *device,
				const char *what)
{
	struct vprep_changes *changes;
	struct vprep_change *change;

	if (!session->notes_changes)
		return NULL;
	if (!session->changes)
		session->changes = changes_new();
	changes = session->changes;
	if (!changes) {
		session->has_lost_changes = true;
		return NULL;
	}
	change = vprep_pool_alloc(changes->pool, 1, sizeof(*change));
	changes->items = vprep_pool_grow(changes->pool, changes->items, changes->n,
					 sizeof(struct vprep_change *));
	if (changes->pool->failed)
		return NULL;
	*change = (struct vprep_change){
		.what = what, .group = -1, .vfs_was = -1, .vfs = -1
	};
	change->device = vprep_pool_dup(changes->pool, device);
	changes->items[changes->n++] = change;
	return change;
}

/* ---- of an owner's steps ---- */

static const char *keep_text(const struct vprep_session *session, const char *text)
{
	return vprep_pool_dup(session->changes->pool, text);
}

static struct vprep_change *add_step(const struct vprep_transaction *transaction,
				     const struct vprep_step *step, const char *what)
{
	const char *made = vprep_step_made_mdev(step);
	struct vprep_change *change =
		add(transaction->session, made ? made : step->device, what);
	struct vprep_pci_address address;

	if (!change || !change->device)
		return NULL;
	if (!made)
		change->owner = keep_text(transaction->session, transaction->journal->id);
	if (step->group >= 0)
		change->group = (int)step->group;
	change->placeholder = step->kind->is_placeholder;
	change->has_driver = vprep_pci_address_parse(change->device, &address) == 0;
	return change;
}

static void add_drivers(const struct vprep_transaction *transaction,
			const struct vprep_step *bound, struct vprep_change *change)
{
	const char *driver = vprep_step_text(bound, "driver");

	change->driver = keep_text(transaction->session, driver);
	change->driver_was = keep_text(
		transaction->session,
		vprep_step_binds(bound) ? vprep_step_text(bound, "was_driver") : driver);
}

static void add_nodes(const struct vprep_transaction *transaction,
		      const struct vprep_step *claim, struct vprep_change *change)
{
	struct vprep_pool *pool = transaction->session->changes->pool;
	const struct vprep_step *given =
		vprep_steps_node_of(&transaction->journal->steps, claim);
	_cleanup_free_ char *own = NULL;
	struct vprep_step_node node;

	if (!given)
		return;
	node = vprep_step_grant(given);
	if (node.path)
		change->node = vprep_pool_take(pool, vprep_io_dev_path(node.path));
	if (vprep_cdev_find(transaction->session->io, claim->device, &own) == 0 && own)
		change->own_node = vprep_pool_take(pool, vprep_io_dev_path(own));
	change->uid = node.uid;
	change->gid = node.gid;
	change->mode = node.mode;
}

static void add_mdev(const struct vprep_transaction *transaction,
		     const struct vprep_step *claim, struct vprep_change *change)
{
	struct vprep_step_mdev mdev;

	if (!vprep_steps_mdev_of(&transaction->journal->steps, claim->device, &mdev))
		return;
	change->parent = keep_text(transaction->session, mdev.parent);
	change->type = keep_text(transaction->session, mdev.type);
}

void vprep_changes_note_held(const struct vprep_transaction *transaction,
			     const struct vprep_step *claim, const char *what)
{
	struct vprep_change *change = add_step(transaction, claim, what);

	if (!change)
		return;
	add_drivers(transaction,
		    vprep_steps_driver_of(&transaction->journal->steps, claim), change);
	add_nodes(transaction, claim, change);
	add_mdev(transaction, claim, change);
}

void vprep_changes_note_attached(const struct vprep_transaction *transaction)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	size_t i;

	for (i = transaction->first; i < steps->n; i++) {
		const struct vprep_step *step = &steps->items[i];
		struct vprep_change *change;

		if (vprep_step_is_claim(step)) {
			vprep_changes_note_held(transaction, step,
						vprep_step_made_mdev(step) ? "made"
									   : "attached");
		} else if (step->kind->is_placeholder) {
			change = add_step(transaction, step, "attached");
			if (change)
				add_drivers(transaction, step, change);
		} else if (vprep_step_changes_vfs(step)) {
			vprep_changes_note_vfs(transaction->session, step->device,
					       (int)vprep_step_number(step, "was_vfs"),
					       (int)vprep_step_number(step, "vfs"));
		}
	}
}

/* ---- giving back ---- */

bool *vprep_changes_live(const struct vprep_transaction *transaction)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	bool *live = NULL;
	size_t i;

	if (transaction->session->notes_changes)
		live = calloc(steps->n + 1, sizeof(*live));
	for (i = 0; live && i < steps->n; i++)
		live[i] = vprep_step_is_live(&steps->items[i]);
	return live;
}

static bool is_undone_now(const struct vprep_steps *steps, const bool *live, size_t i)
{
	return live[i] && !vprep_step_is_live(&steps->items[i]);
}

/* What made the device is undone: it existed for its claim alone. */
static bool is_removed(const struct vprep_steps *steps, const bool *live, size_t n,
		       const struct vprep_step *claim)
{
	struct vprep_step_mdev mdev;
	size_t i;

	for (i = 0; i < n; i++)
		if (is_undone_now(steps, live, i) &&
		    vprep_step_mdev(&steps->items[i], &mdev) &&
		    streq(steps->items[i].device, claim->device))
			return true;
	return false;
}

/* A device is told of once: by its claim, or where that went before, by what bound it. */
static bool is_told(const struct vprep_steps *steps, const bool *live, size_t n,
		    const struct vprep_step *step)
{
	size_t i;

	if (vprep_step_is_claim(step))
		return true;
	if (!vprep_step_binds(step))
		return false;
	for (i = 0; i < n; i++)
		if (is_undone_now(steps, live, i) &&
		    vprep_step_is_claim(&steps->items[i]) &&
		    streq(steps->items[i].device, step->device))
			return false;
	return true;
}

static void note_given_back(const struct vprep_transaction *transaction,
			    const struct vprep_step *step, const char *was, bool removed)
{
	struct vprep_session *session = transaction->session;
	struct vprep_change *change =
		add_step(transaction, step, removed ? "removed" : "given-back");
	_cleanup_free_ char *driver = NULL;
	struct vprep_pci_address address;

	if (!change || vprep_pci_address_parse(change->device, &address) < 0)
		return;
	change->placeholder =
		!vprep_step_is_claim(step) ||
		vprep_steps_driver_of(&transaction->journal->steps, step) != step;
	change->driver_was = keep_text(session, was);
	if (vprep_pci_driver(session->io, address, &driver) == 0)
		change->driver = keep_text(session, driver);
}

void vprep_changes_note_given_back(const struct vprep_transaction *transaction,
				   const bool *live, size_t n)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	size_t i, k;

	for (i = 0; live && i < n; i++) {
		const struct vprep_step *step = &steps->items[i];
		const struct vprep_step *bound = step;

		if (!is_undone_now(steps, live, i) || !is_told(steps, live, n, step))
			continue;
		for (k = 0; k < n; k++)
			if (live[k] && vprep_step_binds(&steps->items[k]) &&
			    streq(steps->items[k].device, step->device))
				bound = &steps->items[k];
		note_given_back(transaction, step, vprep_step_text(bound, "driver"),
				is_removed(steps, live, n, step));
	}
}

/* ---- what is no owner's ---- */

void vprep_changes_note(struct vprep_session *session, const char *device,
			const char *what)
{
	add(session, device, what);
}

void vprep_changes_note_declared(struct vprep_session *session, const char *device,
				 const char *what, const char *file)
{
	struct vprep_change *change = add(session, device, what);

	if (change)
		change->file = keep_text(session, file);
}

void vprep_changes_note_vfs(struct vprep_session *session, const char *pf, int was,
			    int now)
{
	struct vprep_change *change = add(session, pf, "numvfs");

	if (!change)
		return;
	change->vfs_was = was;
	change->vfs = now;
}

void vprep_changes_note_refusal(struct vprep_session *session,
				struct vprep_reasons *reasons)
{
	vprep_reasons_free(session->reasons);
	session->reasons = session->notes_changes ? reasons : NULL;
	if (!session->reasons)
		vprep_reasons_free(reasons);
}

/* ---- for the program ---- */

VPREP_EXPORT struct vprep_reasons *
vprep_session_take_reasons(struct vprep_session *session)
{
	struct vprep_reasons *reasons = session->reasons;

	session->reasons = NULL;
	return reasons;
}

VPREP_EXPORT void vprep_session_note_changes(struct vprep_session *session, bool wanted)
{
	session->notes_changes = wanted;
}

VPREP_EXPORT struct vprep_changes *
vprep_session_take_changes(struct vprep_session *session)
{
	struct vprep_changes *changes =
		session->changes ? session->changes : changes_new();
	bool is_lost = session->has_lost_changes || !changes || changes->pool->failed;

	session->changes = NULL;
	session->has_lost_changes = false;
	if (!is_lost)
		return changes;
	vprep_changes_free(changes);
	return NULL;
}

VPREP_EXPORT size_t vprep_changes_count(const struct vprep_changes *changes)
{
	return changes->n;
}

VPREP_EXPORT const struct vprep_change *
vprep_changes_get(const struct vprep_changes *changes, size_t i)
{
	return i < changes->n ? changes->items[i] : NULL;
}

VPREP_EXPORT void vprep_changes_free(struct vprep_changes *changes)
{
	vprep_pool_result_free(changes);
}

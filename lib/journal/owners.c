// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/owners.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "io/child.h"
#include "journal/giving-back.h"

/* ---- states ---- */

const struct vprep_owner_words vprep_owner_words[] = {
	[VPREP_OWNER_HELD] = { "held", NULL, NULL },
	[VPREP_OWNER_BUSY] = { "busy", NULL, NULL },
	[VPREP_OWNER_INCOMPLETE] = { "incomplete", "its last operation did not finish",
				     "its last operation did not finish: run 'vfio-prep "
				     "recover'" },
	[VPREP_OWNER_GIVING_BACK] = { "incomplete", "not everything was given back",
				      "not everything was given back: run 'vfio-prep "
				      "recover'" },
	[VPREP_OWNER_DEAD] = { "dead", "its process is gone",
			       "its process is gone: 'vfio-prep recover' gives its "
			       "devices back" },
	[VPREP_OWNER_EARLIER_BOOT] = { "stale", "of an earlier boot",
				       "it is of an earlier boot: 'vfio-prep recover' "
				       "removes its files" },
	[VPREP_OWNER_CORRUPT] = { "corrupt", "corrupt", NULL },
	[VPREP_OWNER_UNKNOWN] = { "unknown", NULL, NULL },
};

bool vprep_owner_is_dead(const struct vprep_io *io, const struct vprep_journal *j)
{
	uint64_t start;
	int r;

	if (j->header.pid < 0)
		return false;
	r = vprep_process_start(io, (pid_t)j->header.pid, &start);
	return r == -ESRCH || (r == 0 && (int64_t)start != j->header.pid_start);
}

int vprep_owner_process(const struct vprep_io *io, const struct vprep_owner *owner)
{
	int64_t pid = owner->journal->header.pid;

	return pid <= 0 || pid > INT_MAX || owner->state == VPREP_OWNER_EARLIER_BOOT ||
			       vprep_owner_is_dead(io, owner->journal)
		       ? -1
		       : (int)pid;
}

enum vprep_owner_state vprep_owner_state_of(const struct vprep_io *io,
					    const struct vprep_journal *j)
{
	if (j->corrupt)
		return VPREP_OWNER_CORRUPT;
	if (j->of_earlier_boot)
		return VPREP_OWNER_EARLIER_BOOT;
	if (j->is_public)
		return VPREP_OWNER_UNKNOWN;
	if (j->busy)
		return VPREP_OWNER_BUSY;
	if (vprep_journal_is_incomplete(j))
		return vprep_journal_is_giving_back(j) ? VPREP_OWNER_GIVING_BACK
						       : VPREP_OWNER_INCOMPLETE;
	return vprep_owner_is_dead(io, j) ? VPREP_OWNER_DEAD : VPREP_OWNER_HELD;
}

/* ---- reading ---- */

static int fill_owner(const struct vprep_io *io, struct vprep_owner *owner)
{
	const struct vprep_journal_header *header = &owner->journal->header;
	const char *kind = header->kind ? header->kind : "owner";

	owner->state = vprep_owner_state_of(io, owner->journal);
	owner->text = vprep_strf("%s '%.100s'", streq(kind, "manual") ? "owner" : kind,
				 header->name ? header->name : owner->journal->id);
	return owner->text ? 0 : -ENOMEM;
}

/* A journal is there as soon as it is locked: as long as nothing is in it, whoever works
 * on it has nothing. */
static bool is_new(const struct vprep_store *store, const char *id)
{
	const struct vprep_journal *own = store->own;

	return own && own->n_records == 0 && streq(own->id, id);
}

static int read_all(const struct vprep_io *io, const struct vprep_store *store,
		    struct vprep_owners *owners)
{
	_cleanup_strv_ char **ids = NULL;
	size_t i;
	int r;

	r = vprep_store_list(store, &ids);
	if (r < 0)
		return r;
	owners->items = calloc(vprep_strv_len(ids) + 1, sizeof(*owners->items));
	if (!owners->items)
		return -ENOMEM;
	for (i = 0; ids[i]; i++) {
		struct vprep_owner *owner = &owners->items[owners->n];

		if (is_new(store, ids[i]))
			continue;
		r = vprep_journal_read(io, store, ids[i], &owner->journal);
		if (r == -ENOENT) /* gone meanwhile */
			continue;
		if (r < 0)
			return r;
		owners->n++;
		r = fill_owner(io, owner);
		if (r < 0)
			return r;
	}
	return 0;
}

int vprep_owners_read(const struct vprep_io *io, const struct vprep_store *store,
		      struct vprep_owners *ret, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r = read_all(io, store, &owners);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the journals in /run/vfio-prep: %s",
				       strerror(-r));
	*ret = TAKE_STRUCT(owners);
	return 0;
}

int vprep_owners_look(const struct vprep_io *io, struct vprep_owners *ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r = vprep_store_open(io, &store, err);

	if (r == -ENOENT)
		return 0;
	if (r < 0) /* what is wrong with the folder is said already */
		return r == -ENOMEM ? vprep_error_oom(err) : r;
	r = vprep_owners_read(io, store, ret, err);
	if (r < 0 && err) /* nothing was begun that could have failed */
		err->code = VPREP_E_REFUSED;
	return r;
}

bool vprep_owners_are_hidden(const struct vprep_io *io, int r)
{
	bool may_attach = io->live && geteuid() == 0;

	return r == -EACCES || (r == -EPERM && !may_attach);
}

int vprep_owners_look_if_allowed(const struct vprep_io *io, struct vprep_owners *ret,
				 struct vprep_error *err)
{
	int r = vprep_owners_look(io, ret, err);

	return vprep_owners_are_hidden(io, r) ? 0 : r;
}

int vprep_owner_is_as_read(const struct vprep_io *io, const struct vprep_owner *owner)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	_cleanup_(vprep_journal_freep) struct vprep_journal *now = NULL;
	const struct vprep_journal *was = owner->journal;
	int r = vprep_store_open(io, &store, NULL);

	if (r == 0)
		r = vprep_journal_read(io, store, was->id, &now);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return !now->busy && now->header.time == was->header.time &&
	       now->next_seq == was->next_seq && now->n_records == was->n_records;
}

void vprep_owners_done(struct vprep_owners *owners)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		vprep_journal_free(owners->items[i].journal);
		free(owners->items[i].text);
	}
	free(owners->items);
	*owners = (struct vprep_owners){ 0 };
}

/* ---- questions ---- */

int vprep_owners_refuse_corrupt(const struct vprep_owners *owners,
				struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		const struct vprep_journal *j = owners->items[i].journal;
		_cleanup_free_ char *id = j->corrupt ? vprep_shell_word(j->id) : NULL;

		if (j->corrupt)
			return vprep_error_set(
				err, VPREP_E_REFUSED, EPERM, NULL,
				"what owner '%.100s' holds is not all known: its journal "
				"is damaged (%.300s); 'vfio-prep recover --salvage %s' "
				"undoes what is",
				j->id, j->corrupt, id ? id : j->id);
	}
	return 0;
}

/* I3. What is not finished, or being given back, is still somebody's at work. */
static bool is_base_state(const struct vprep_journal *journal,
			  const struct vprep_step *step)
{
	return vprep_str_same(journal->header.kind, VPREP_OWNER_DECLARED) &&
	       !journal->corrupt &&
	       !vprep_journal_is_unfinished(journal, step->request) &&
	       !vprep_journal_gives_back(journal, step);
}

struct vprep_journal *vprep_owners_journal(const struct vprep_owners *owners,
					   const char *id)
{
	size_t i;

	for (i = 0; i < owners->n; i++)
		if (streq(owners->items[i].journal->id, id))
			return owners->items[i].journal;
	return NULL;
}

bool vprep_owners_next(const struct vprep_owners *owners, struct vprep_owned_step *at)
{
	for (; at->n_owners < owners->n; at->n_owners++, at->n_steps = 0) {
		const struct vprep_owner *owner = &owners->items[at->n_owners];
		const struct vprep_steps *steps = &owner->journal->steps;

		if (owner->journal->of_earlier_boot)
			continue;
		while (at->n_steps < steps->n) {
			at->owner = owner;
			at->step = &steps->items[at->n_steps++];
			if (vprep_step_is_live(at->step) &&
			    !vprep_step_is_lasting(at->step) &&
			    !is_base_state(owner->journal, at->step))
				return true;
		}
	}
	return false;
}

/* The owner of a step for that device of which @is says yes. */
static const struct vprep_owner *owner_of(const struct vprep_owners *owners,
					  const char *device,
					  bool (*is)(const struct vprep_step *step))
{
	struct vprep_owned_step at = { 0 };

	while (vprep_owners_next(owners, &at))
		if (is(at.step) && streq(at.step->device, device))
			return at.owner;
	return NULL;
}

const struct vprep_owner *vprep_owners_of_device(const struct vprep_owners *owners,
						 const char *device)
{
	return owner_of(owners, device, vprep_step_is_claim);
}

const struct vprep_owner *vprep_owners_made_declared(const struct vprep_owners *owners,
						     const char *device)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		const struct vprep_journal *journal = owners->items[i].journal;

		if (streq(journal->id, VPREP_OWNER_DECLARED) && !journal->corrupt &&
		    !journal->of_earlier_boot &&
		    vprep_steps_claim_of(&journal->steps, device))
			return &owners->items[i];
	}
	return NULL;
}

const struct vprep_owner *vprep_owners_of_vfs(const struct vprep_owners *owners,
					      const char *pf)
{
	return owner_of(owners, pf, vprep_step_changes_vfs);
}

const struct vprep_owner *vprep_owners_of_group(const struct vprep_owners *owners,
						unsigned group)
{
	struct vprep_owned_step at = { 0 };
	char node[sizeof("vfio/4294967295")];

	snprintf(node, sizeof(node), "vfio/%u", group);
	while (vprep_owners_next(owners, &at))
		if (at.step->group == (int64_t)group ||
		    (at.step->group < 0 &&
		     vprep_str_same(vprep_step_node_path(at.step), node)))
			return at.owner;
	return NULL;
}

const struct vprep_owner *vprep_owners_beside(const struct vprep_owners *owners,
					      int group, const char *pf)
{
	const struct vprep_owner *owner =
		group >= 0 ? vprep_owners_of_group(owners, (unsigned)group) : NULL;

	return owner || !pf ? owner : vprep_owners_of_vfs(owners, pf);
}

bool vprep_owners_give_back(const struct vprep_owners *owners,
			    const struct vprep_owned_step *at)
{
	const struct vprep_journal *journal = at->owner->journal;

	if (journal->corrupt)
		return false;
	if (vprep_str_same(owners->worker, journal->id)) {
		if (at->step->request >= owners->request)
			return false;
	} else if (at->owner->state == VPREP_OWNER_BUSY) {
		return false;
	}
	return vprep_journal_gives_back(journal, at->step);
}

char *vprep_owners_how_held(const struct vprep_owners *owners,
			    const struct vprep_owned_step *at)
{
	const char *damage = at->owner->journal->corrupt;
	const char *why;

	if (damage)
		return vprep_strf("belongs to %s, whose journal is damaged (%s)",
				  at->owner->text, damage);
	if (!vprep_owners_give_back(owners, at))
		return vprep_strf("belongs to %s", at->owner->text);
	why = vprep_journal_failure_of(at->owner->journal, at->step);
	return vprep_strf("is being given back by %s: %s", at->owner->text,
			  why ? why : "its last operation was interrupted");
}

char *vprep_owners_help(const struct vprep_owners *owners,
			const struct vprep_owned_step *at)
{
	const struct vprep_journal *journal = at->owner->journal;
	_cleanup_free_ char *id = journal->corrupt ? vprep_shell_word(journal->id) : NULL;

	if (journal->corrupt)
		return id ? vprep_strf("vfio-prep recover --salvage %s", id) : NULL;
	return strdup(vprep_owners_give_back(owners, at) ? "vfio-prep recover"
							 : "vfio-prep status");
}

int vprep_owners_refuse(const struct vprep_owners *owners,
			const struct vprep_owned_step *at, const char *device,
			const char *what, struct vprep_error *err)
{
	_cleanup_free_ char *how = vprep_owners_how_held(owners, at);
	_cleanup_free_ char *help = vprep_owners_help(owners, at);

	return how && help ? vprep_error_set(err, VPREP_E_OWNED, EBUSY, device,
					     "%s %s; try: %s", what, how, help)
			   : vprep_error_oom(err);
}

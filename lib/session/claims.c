// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/claims.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/str.h"
#include "journal/giving-back.h"

/* One step of an owner's journal, to be noted wherever it matters. */
struct noting {
	const struct vprep_session *session;
	struct vprep_facts *facts;
	const struct vprep_owners *owners;
	const struct vprep_owned_step *at;
	const struct vprep_owner *owner;
	const struct vprep_step *step;
	bool mine;  /* the owner is the one who asks */
	bool going; /* what the step stands for is being given back */
};

static bool is_claimed(const struct noting *n)
{
	return n->mine && vprep_step_is_claim(n->step) &&
	       !vprep_claim_is_incomplete(n->owner->journal, n->step, NULL);
}

/* For what another owner has, or what this owner gives back. */
static void note_taken(const struct noting *n, struct vprep_taken *taken)
{
	struct vprep_pool *pool = &n->facts->pool;

	if ((n->mine && !n->going) || (taken->how && (n->mine || !taken->mine)))
		return;
	*taken = (struct vprep_taken){
		.how = vprep_pool_take(pool, vprep_owners_how_held(n->owners, n->at)),
		.fix = vprep_pool_take(pool, vprep_owners_help(n->owners, n->at)),
		.going = n->going,
		.mine = n->mine,
	};
}

/* A mediated device is the same one whether it was made by itself or for its owner. */
static bool is_same_device(const struct vprep_step *step, const char *device)
{
	const char *made = vprep_step_made_mdev(step);

	return streq(step->device, device) || (made && streq(made, device)) ||
	       (strncmp(device, VPREP_STEP_MADE_MDEV, strlen(VPREP_STEP_MADE_MDEV)) ==
			0 &&
		streq(step->device, device + strlen(VPREP_STEP_MADE_MDEV)));
}

static void note_mine(const struct vprep_step *step, struct vprep_facts_group *group)
{
	struct vprep_step_node node;

	if (step->group != (int64_t)group->group->number)
		return;
	if (vprep_step_is_claim(step))
		group->mine = true;
	if (!vprep_step_node(step, &node))
		return;
	group->given = true;
	group->given_uid = node.uid;
	group->given_gid = node.gid;
	group->given_mode = node.mode;
}

static void note_group(const struct noting *n, struct vprep_facts_group *group)
{
	size_t m;

	if (n->mine && !n->going)
		note_mine(n->step, group);
	for (m = 0; m < group->group->n_members; m++) {
		struct vprep_facts_member *member = &group->members[m];

		if (!is_same_device(n->step, member->member->name))
			continue;
		member->quarantined |= vprep_step_is_quarantined(n->step);
		member->claimed |= is_claimed(n);
		if (n->going)
			note_taken(n, &member->taken);
	}
	note_taken(n, &group->taken);
}

/* Whether the owner, who may be about to give it back, has the device for others, too. */
static bool is_sharing(const struct noting *n, const struct vprep_device *device)
{
	const struct vprep_step *claim =
		n->mine || n->going || !device->asked.shareable
			? NULL
			: vprep_steps_claim_of(&n->owner->journal->steps, device->name);

	return claim && vprep_step_is_shared_claim(claim);
}

/* Whether an owner shares the device who is not about to give it back. */
static bool is_kept_shared(const struct vprep_owners *owners, const char *device)
{
	struct vprep_owned_step at = { 0 };

	while (vprep_owners_next(owners, &at))
		if (vprep_step_is_shared_claim(at.step) &&
		    streq(at.step->device, device) &&
		    !vprep_journal_releases(at.owner->journal, device))
			return true;
	return false;
}

/* Another owner has claimed what was at that place before, and has been unplugged. */
static bool is_another_device(const struct noting *n, const struct vprep_device *device)
{
	const struct vprep_step *claim =
		n->mine ? NULL
			: vprep_steps_claim_of(&n->owner->journal->steps, device->name);
	const char *identity = claim ? vprep_step_text(claim, "identity") : NULL;

	return identity && device->identity && !streq(identity, device->identity);
}

/* What was done for one of the owners is done for all, and undone for the last. */
static int note_shared(const struct noting *n, struct vprep_device *device)
{
	struct vprep_steps *shared = &n->facts->shared;
	struct vprep_step *copy;
	int r;

	device->shared = true;
	if (vprep_steps_find(shared, n->step->kind, device->name))
		return 0;
	r = vprep_steps_add(shared, n->step->kind, device->name, &copy);
	return r < 0 ? r : vprep_step_copy_facts(copy, n->step);
}

static void note_device(const struct noting *n, struct vprep_device *device)
{
	if (is_another_device(n, device))
		return;
	device->quarantined |= vprep_step_is_quarantined(n->step);
	device->claimed |= is_claimed(n);
	if (!is_sharing(n, device) || !is_kept_shared(n->owners, device->name))
		note_taken(n, &device->taken);
	else if (note_shared(n, device) < 0)
		n->facts->pool.failed = true;
}

/* Whether the step is about the device, or about undoing an mdev that was made by itself
 * and is that device: one that was made is there for others to attach. */
static bool is_step_of(const struct noting *n, const struct vprep_device *device)
{
	if (n->step->group >= 0)
		return false;
	return n->going || vprep_step_is_release(n->step)
		       ? is_same_device(n->step, device->name)
		       : streq(n->step->device, device->name);
}

/* Nobody can say whether that mdev is there: it may take an instance at any time. */
static void note_pending(const struct noting *n, const struct vprep_step_mdev *mdev)
{
	struct vprep_pool *pool = &n->facts->pool;
	const char *made = vprep_step_made_mdev(n->step);
	struct vprep_pending_mdev *p =
		vprep_array_add(n->facts->pending, n->facts->n_pending);

	pool->failed |= !p;
	if (!p)
		return;
	p->parent = vprep_pool_dup(pool, mdev->parent);
	p->type = vprep_pool_dup(pool, mdev->type);
	p->device = vprep_pool_dup(pool, made ? made : n->step->device);
	p->owner = vprep_pool_dup(pool, n->owner->text);
	p->interrupted = n->going;
}

/* All VFs of a PF go when their number changes, so the PF and its VFs count as held by
 * the owner whose step changed it. */
static bool makes_device(const struct vprep_step *step,
			 const struct vprep_pci_device *pci)
{
	return vprep_step_changes_vfs(step) &&
	       (streq(pci->text.s, step->device) ||
		(pci->has_physfn &&
		 streq(vprep_pci_address_text(pci->physfn).s, step->device)));
}

static bool makes_member_of(const struct vprep_step *step,
			    const struct vprep_facts_group *group)
{
	size_t m;

	for (m = 0; m < group->group->n_members; m++)
		if (group->group->members[m].pci &&
		    makes_device(step, group->group->members[m].pci))
			return true;
	return false;
}

static void note_ungrouped(const struct noting *n, struct vprep_facts_ungrouped *u)
{
	if (is_same_device(n->step, u->pci->text.s))
		u->quarantined |= vprep_step_is_quarantined(n->step);
	else if (n->mine || !makes_device(n->step, u->pci))
		return;
	note_taken(n, &u->taken);
}

/* What is being given back by this owner leaves the group to its other devices. */
static void settle_group(struct vprep_facts_group *group)
{
	if (group->taken.mine && group->mine)
		group->taken = (struct vprep_taken){ 0 };
}

/* What is being given back is kept from others by whatever name. And a device that was
 * removed and found again may be in another group than its claim. */
static bool is_member(const struct noting *n, const struct vprep_facts_group *group)
{
	size_t m;

	for (m = 0; m < group->group->n_members; m++) {
		const char *name = group->members[m].member->name;

		if ((n->going && is_same_device(n->step, name)) ||
		    (vprep_step_is_claim(n->step) && streq(n->step->device, name)))
			return true;
	}
	return false;
}

/* A folder that was made for rules goes with the last rule in it. Another folder may have
 * been configured when it was made. */
static void note_made_directory(const struct noting *n)
{
	const char *made = vprep_step_made_directory(n->step);
	const char *rules_dir = vprep_step_text(n->step, "directory");

	if (made && rules_dir &&
	    vprep_io_host_is_same(n->session->io, rules_dir,
				  n->session->config->rules_dir))
		n->facts->made_rules_dir = vprep_pool_dup(&n->facts->pool, made);
}

static void note_step(const struct noting *n)
{
	struct vprep_facts *facts = n->facts;
	struct vprep_step_mdev mdev;
	size_t i;

	note_made_directory(n);
	if (vprep_step_pending_mdev(n->step, &mdev))
		note_pending(n, &mdev);
	for (i = 0; i < facts->n_groups; i++)
		if (n->step->group == (int64_t)facts->groups[i].group->number ||
		    is_member(n, &facts->groups[i]) ||
		    (!n->mine && makes_member_of(n->step, &facts->groups[i])))
			note_group(n, &facts->groups[i]);
	for (i = 0; i < facts->n_ungrouped; i++)
		note_ungrouped(n, &facts->ungrouped[i]);
	for (i = 0; i < facts->devices->n; i++)
		if (!facts->devices->items[i].kind->has_group &&
		    is_step_of(n, &facts->devices->items[i]))
			note_device(n, &facts->devices->items[i]);
}

/* ---- what only rule files tell of ---- */

static bool is_word_in(const char *text, const char *end, const char *word)
{
	size_t len = strlen(word);
	const char *at = text;

	while ((at = memmem(at, (size_t)(end - at), word, len))) {
		if (!isalnum((unsigned char)at[-1]) && !isalnum((unsigned char)at[len]))
			return true;
		at++;
	}
	return false;
}

/* The first line of a rule file says for whom it is. */
static bool is_rule_for(const char *rule, const struct vprep_journal *journal)
{
	const char *end = rule ? strchr(rule, '\n') : NULL;

	return end && *rule == '#' &&
	       (is_word_in(rule + 1, end, journal->id) ||
		(journal->header.name && *journal->header.name &&
		 is_word_in(rule + 1, end, journal->header.name)));
}

static void note_rule(struct vprep_facts *facts, const struct vprep_owners *owners,
		      const char *rule, struct vprep_taken *taken)
{
	struct vprep_owned_step at = { 0 };
	size_t i;

	for (i = 0; i < owners->n && !taken->how; i++) {
		const struct vprep_journal *journal = owners->items[i].journal;

		if (!journal->corrupt || journal->of_earlier_boot ||
		    !is_rule_for(rule, journal))
			continue;
		at.owner = &owners->items[i];
		taken->how =
			vprep_pool_take(&facts->pool, vprep_owners_how_held(owners, &at));
		taken->fix =
			vprep_pool_take(&facts->pool, vprep_owners_help(owners, &at));
	}
}

/* A journal may be damaged so badly that it names no device any more: then the rule files
 * that were written for its owner still do. */
static void note_rules(struct vprep_facts *facts, const struct vprep_owners *owners)
{
	struct vprep_devices *devices = facts->devices;
	size_t i;

	for (i = 0; i < facts->n_groups; i++)
		if (!facts->groups[i].mine)
			note_rule(facts, owners, facts->groups[i].node.our_rule,
				  &facts->groups[i].taken);
	for (i = 0; i < devices->n; i++)
		if (!devices->items[i].kind->has_group && !devices->items[i].claimed)
			note_rule(facts, owners, devices->items[i].node.our_rule,
				  &devices->items[i].taken);
}

/* Who only asks learns what an attach would do: it first finishes what was interrupted. */
static bool will_be_repaired(const struct vprep_owners *owners,
			     const struct vprep_owned_step *at)
{
	return !owners->worker && !vprep_journal_failure_of(at->owner->journal, at->step);
}

int vprep_claims_note(const struct vprep_session *session, struct vprep_facts *facts,
		      const struct vprep_owners *owners, const char *id,
		      struct vprep_error *err)
{
	struct vprep_owned_step at = { 0 };
	size_t i;

	while (vprep_owners_next(owners, &at)) {
		bool mine =
			streq(at.owner->journal->id, id) && !at.owner->journal->corrupt;
		const struct noting n = {
			.session = session,
			.facts = facts,
			.owners = owners,
			.at = &at,
			.owner = at.owner,
			.step = at.step,
			.mine = mine,
			.going = vprep_owners_give_back(owners, &at) &&
				 !(mine && will_be_repaired(owners, &at)),
		};

		note_step(&n);
	}
	for (i = 0; i < facts->n_groups; i++)
		settle_group(&facts->groups[i]);
	note_rules(facts, owners);
	return facts->pool.failed ? vprep_error_oom(err) : 0;
}

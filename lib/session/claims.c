// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/claims.h"

#include <errno.h>
#include <stdlib.h>

#include "common/str.h"
#include "session/session.h"

struct noting {
	struct vprep_facts *facts;
	const struct vprep_journal *journal;
	bool mine;
};

static void note_member(const struct noting *n, const struct vprep_step *step,
			struct vprep_facts_member *member)
{
	if (!streq(member->member->name, step->device))
		return;
	member->quarantined |= vprep_step_is_quarantined(step);
	/* one that is only half-way is repaired, not refused */
	if (n->mine && vprep_step_is_claim(step) &&
	    !vprep_claim_is_incomplete(n->journal, step, NULL))
		member->claimed = true;
}

static void note_mine(const struct vprep_step *step, struct vprep_facts_group *group)
{
	struct vprep_step_node node;

	if (vprep_step_is_claim(step))
		group->mine = true;
	if (!vprep_step_node(step, &node))
		return;
	group->given = true;
	group->given_uid = node.uid;
	group->given_gid = node.gid;
	group->given_mode = node.mode;
}

static int note_group(const struct noting *n, const struct vprep_step *step,
		      struct vprep_facts_group *group)
{
	size_t m;

	if (n->mine)
		note_mine(step, group);
	else if (!group->owner && !(group->owner = vprep_owner_text(n->journal)))
		return -ENOMEM;
	if (!n->mine && !n->journal->busy && vprep_journal_is_incomplete(n->journal))
		group->owner_interrupted = true;
	for (m = 0; m < group->group->n_members; m++)
		note_member(n, step, &group->members[m]);
	return 0;
}

static int note_node(const struct noting *n, const struct vprep_step *step,
		     struct vprep_facts_node *node)
{
	if (!n->mine && !node->owner && !(node->owner = vprep_owner_text(n->journal)))
		return -ENOMEM;
	if (!n->mine && !n->journal->busy && vprep_journal_is_incomplete(n->journal))
		node->owner_interrupted = true;
	node->quarantined |= vprep_step_is_quarantined(step);
	if (n->mine && vprep_step_is_claim(step) &&
	    !vprep_claim_is_incomplete(n->journal, step, NULL))
		node->claimed = true;
	return 0;
}

/* Of the device, or of the making of it by itself, once that is being undone. */
static bool is_step_of(const struct vprep_step *step, const struct vprep_facts_node *node)
{
	const char *made = vprep_step_made_mdev(step);

	if (step->group >= 0 || !step->device)
		return false;
	return streq(step->device, node->target->name) ||
	       (made && vprep_step_is_release(step) && streq(made, node->target->name));
}

/* An mdev of which nobody can say that it is there: it may take an instance at any time. */
static int note_pending(const struct noting *n, const struct vprep_step *step,
			const struct vprep_step_mdev *mdev)
{
	struct vprep_pending_mdev *grown, *p;
	const char *made = vprep_step_made_mdev(step);

	grown = reallocarray(n->facts->pending, n->facts->n_pending + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	n->facts->pending = grown;
	p = &grown[n->facts->n_pending++];
	*p = (struct vprep_pending_mdev){
		.parent = strdup(mdev->parent),
		.type = strdup(mdev->type),
		.device = strdup(made ? made : step->device),
		.owner = vprep_owner_text(n->journal),
		.interrupted =
			!n->journal->busy && vprep_journal_is_incomplete(n->journal),
	};
	return p->parent && p->type && p->device && p->owner ? 0 : -ENOMEM;
}

/* All VFs of a PF go when their number changes, so they and the PF belong to who changed
 * it. */
static bool makes_member_of(const struct vprep_step *step,
			    const struct vprep_facts_group *group)
{
	size_t m;

	for (m = 0; vprep_step_changes_vfs(step) && m < group->group->n_members; m++) {
		const struct vprep_pci_device *pci = group->group->members[m].pci;

		if (pci && (streq(pci->text.s, step->device) ||
			    (pci->has_physfn &&
			     streq(vprep_pci_address_text(pci->physfn).s, step->device))))
			return true;
	}
	return false;
}

static int note_step(const struct noting *n, const struct vprep_step *step)
{
	const char *directory = vprep_step_made_directory(step);
	struct vprep_step_mdev mdev;
	size_t g;
	int r = 0;

	if (directory)
		r = vprep_str_replace(&n->facts->made_rules_dir, directory);
	if (r == 0 && step->device && vprep_step_pending_mdev(step, &mdev))
		r = note_pending(n, step, &mdev);
	for (g = 0; r == 0 && g < n->facts->n_groups; g++)
		if (step->device &&
		    (step->group == (int64_t)n->facts->groups[g].group->number ||
		     (!n->mine && makes_member_of(step, &n->facts->groups[g]))))
			r = note_group(n, step, &n->facts->groups[g]);
	for (g = 0; r == 0 && g < n->facts->n_nodes; g++)
		if (is_step_of(step, &n->facts->nodes[g]))
			r = note_node(n, step, &n->facts->nodes[g]);
	return r;
}

int vprep_claims_note(struct vprep_facts *facts, const struct vprep_journal *journal,
		      bool mine)
{
	const struct noting n = { facts, journal, mine };
	size_t s;
	int r = 0;

	for (s = 0; r == 0 && s < journal->steps.n; s++)
		if (vprep_step_is_live(&journal->steps.items[s]))
			r = note_step(&n, &journal->steps.items[s]);
	return r;
}

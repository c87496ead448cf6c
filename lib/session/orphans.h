/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that were attached and whose record is lost: no journal knows them any more,
 * and a rule file of ours still gives their node away.
 *
 * I1  Rule files are written after the intent is recorded, and go before that is undone:
 *     one that no journal names was left behind, or its journal was lost.
 */
#ifndef VPREP_SESSION_ORPHANS_H
#define VPREP_SESSION_ORPHANS_H

#include "journal/owners.h"
#include "model/facts.h"
#include "session/session.h"
#include "udev/rule.h"

struct vprep_orphan {
	const char *file; /* in the folder for rules */
	const char *content;
	const char *owner; /* as the rule has it: "domain 'web1'" */
	const char *id;	   /* the owner's, or what stands for it */
	const char *node; /* below /dev; NULL: it is not there, or another owner has it */
	int64_t group;	  /* -1: of one device */
	int64_t bound_in; /* the IOMMU group of its devices; -1: none */
	const char *device; /* NULL: a group's */
	bool is_cdev;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	size_t n_devices;
	const char **devices; /* those that are not as the host had them, for people */
};

struct vprep_orphans {
	struct vprep_pool pool;
	size_t n;
	struct vprep_orphan *items;
	bool are_owned; /* the owners could not be read: these are theirs, for all we know
			 */
};

/* Those that the owners do not know. The owners were read before, under the global lock;
 * else vprep_orphans_look() is right. -ENOMEM, and what reading gives. */
int vprep_orphans_find(const struct vprep_session *session,
		       const struct vprep_owners *owners, struct vprep_orphans *ret);
/* The same without a lock: what an attach that is at work records meanwhile is not taken
 * for an orphan. */
int vprep_orphans_look(const struct vprep_session *session, struct vprep_orphans *ret,
		       struct vprep_error *err);
void vprep_orphans_done(struct vprep_orphans *orphans);

/* "0000:05:10.1 0000:05:10.3", or "IOMMU group 12"; in the pool. */
const char *vprep_orphan_text(const struct vprep_orphan *orphan, struct vprep_pool *pool);

/* Notes in the facts what is not the host's own. -ENOMEM. */
int vprep_orphans_note(const struct vprep_orphans *orphans, struct vprep_facts *facts);

/* The steps that would have led to all of one owner, so that they can be undone. -ENOMEM,
 * and what reading sysfs gives. */
int vprep_orphan_steps(const struct vprep_session *session,
		       const struct vprep_orphans *orphans, const char *id,
		       struct vprep_steps *steps);
/* A header for a journal of them. It borrows from the orphan and the pool. */
struct vprep_journal_header vprep_orphan_header(const struct vprep_orphan *orphan,
						struct vprep_pool *pool);

#endif

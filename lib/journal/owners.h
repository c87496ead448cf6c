/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds what: the journals of all owners, read together, and the questions that are
 * asked of them.
 *
 * I1  A journal of an earlier boot holds nothing: what it names went with the reboot.
 * I2  The owner of a damaged journal holds what its intact lines say, and what the damaged
 *     ones seem to name. Others go on; that owner does when it is salvaged.
 * I3  What is declared to be the host's own state is nobody's, once it is so.
 */
#ifndef VPREP_JOURNAL_OWNERS_H
#define VPREP_JOURNAL_OWNERS_H

#include "journal/journal.h"

/* The id, and the kind, of the owner in whose journal the change is that made the host as
 * it is declared. */
#define VPREP_OWNER_DECLARED "declared"
/* The kind of one that is the record of a mediated device that was made. */
#define VPREP_OWNER_MDEV "mdev"

enum vprep_owner_state {
	VPREP_OWNER_HELD,	  /* all is as its commands left it */
	VPREP_OWNER_BUSY,	  /* a command works on it now */
	VPREP_OWNER_INCOMPLETE,	  /* a command was interrupted */
	VPREP_OWNER_GIVING_BACK,  /* a release of something began, or failed */
	VPREP_OWNER_DEAD,	  /* the process that it is, or that runs it, has ended */
	VPREP_OWNER_EARLIER_BOOT, /* the host has been rebooted since */
	VPREP_OWNER_CORRUPT,	  /* the journal cannot be read */
	VPREP_OWNER_UNKNOWN,	  /* the reader may not know */
};

struct vprep_owner {
	struct vprep_journal *journal;
	enum vprep_owner_state state;
	char *text; /* as messages name it: "domain 'web1'", "owner 'manual'" */
};

struct vprep_owners {
	size_t n;
	struct vprep_owner *items; /* by id */
	/* Of who works on one of them, and has its journal locked: its id, and the number
	 * of its request; what is of an earlier one was there before. NULL: a reader. */
	const char *worker;
	int64_t request;
};

/* Reads every owner's journal as it is now, and none of what a command that holds the
 * lock of the store is about to do. */
int vprep_owners_read(const struct vprep_io *io, const struct vprep_store *store,
		      struct vprep_owners *ret, struct vprep_error *err);
/* The same of the host's store, without a lock. No store: no owners. */
int vprep_owners_look(const struct vprep_io *io, struct vprep_owners *ret,
		      struct vprep_error *err);
/* Whether the journals could not be read by this error because they are not for the
 * caller to read: he is not root, or a captured tree is another user's. Root is told of
 * an error as an attach would be. */
bool vprep_owners_are_hidden(const struct vprep_io *io, int r);
/* The same as vprep_owners_look() for who judges the host alone, without owners, where
 * they are hidden. */
int vprep_owners_look_if_allowed(const struct vprep_io *io, struct vprep_owners *ret,
				 struct vprep_error *err);
void vprep_owners_done(struct vprep_owners *owners);
/* 1 when no command has worked on the owner since it was read, and none does: then what
 * the host shows now is to be compared with it. Else 0; -ENOMEM. */
int vprep_owner_is_as_read(const struct vprep_io *io, const struct vprep_owner *owner);

/* For who does not find something: -EPERM, which names the first owner whose journal is
 * damaged, if there is one, as that one may have it. */
int vprep_owners_refuse_corrupt(const struct vprep_owners *owners,
				struct vprep_error *err);

/* The journal of the owner of that id. NULL: there is none. */
struct vprep_journal *vprep_owners_journal(const struct vprep_owners *owners,
					   const char *id);

/* A step that stands for something on the host, and who holds it. */
struct vprep_owned_step {
	const struct vprep_owner *owner;
	const struct vprep_step *step;
	size_t n_owners, n_steps; /* that vprep_owners_next() has passed */
};

/* Goes on to the next such step of any owner; begins with a zeroed @at. Modules that were
 * loaded stay loaded and are nobody's: they are passed over. */
bool vprep_owners_next(const struct vprep_owners *owners, struct vprep_owned_step *at);

/* The owner that claims the device of that name, which is the journal's: a PCI address, a
 * UUID, or "mdev_UUID" of an mdev that was made and is not attached. NULL: nobody. */
const struct vprep_owner *vprep_owners_of_device(const struct vprep_owners *owners,
						 const char *device);
/* The owner in whose journal apply has made that device or state of one: it is nobody's
 * (I3). NULL: apply has not. */
const struct vprep_owner *vprep_owners_made_declared(const struct vprep_owners *owners,
						     const char *device);
/* The owner who has changed how many VFs that PF has: all of them go with their number,
 * and are his. NULL: nobody has. */
const struct vprep_owner *vprep_owners_of_vfs(const struct vprep_owners *owners,
					      const char *pf);
/* The owner of an IOMMU group, or of its node alone. NULL: nobody. */
const struct vprep_owner *vprep_owners_of_group(const struct vprep_owners *owners,
						unsigned group);
/* Who has a device although he does not claim it: that of its IOMMU group (-1: it has
 * none), or of all VFs of its PF (NULL: it is no VF). NULL: nobody. */
const struct vprep_owner *vprep_owners_beside(const struct vprep_owners *owners,
					      int group, const char *pf);

/* Whether what that step stands for is being given back, as journal/giving-back.h has it.
 * Not as long as another command works on its owner: that one may still finish it. */
bool vprep_owners_give_back(const struct vprep_owners *owners,
			    const struct vprep_owned_step *at);
/* How it is held, to stand behind its name: "is being given back by owner 'manual': qemu
 * (pid 7) had /dev/vfio/7 open", or "belongs to owner 'manual'". Allocated; NULL: out of
 * memory. */
char *vprep_owners_how_held(const struct vprep_owners *owners,
			    const struct vprep_owned_step *at);
/* The command that helps who is told so. Allocated as well. */
char *vprep_owners_help(const struct vprep_owners *owners,
			const struct vprep_owned_step *at);
/* Refuses for the device by both, behind @what, which says what is held. -EBUSY. */
int vprep_owners_refuse(const struct vprep_owners *owners,
			const struct vprep_owned_step *at, const char *device,
			const char *what, struct vprep_error *err);

/* The state of the owner whose journal that is. */
enum vprep_owner_state vprep_owner_state_of(const struct vprep_io *io,
					    const struct vprep_journal *journal);
struct vprep_owner_words {
	const char *name;    /* of `status --json` */
	const char *problem; /* what is wrong, in a few words; NULL: nothing is */
	const char *advice;  /* the same with what puts it right; NULL: nothing does */
};

extern const struct vprep_owner_words vprep_owner_words[]; /* by state */
/* Whether the process that the owner is, or that runs it, has ended. */
bool vprep_owner_is_dead(const struct vprep_io *io, const struct vprep_journal *journal);
/* That process. -1: none is known, or it has ended, and its number may be another's. */
int vprep_owner_process(const struct vprep_io *io, const struct vprep_owner *owner);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners' journals on disk: /run/vfio-prep/owners/<escaped id>.jsonl.
 *
 * I1  A step's intent is on disk before the step begins.
 * I2  A journal is changed only by the process that has its lock; the lock ends with the
 *     process. A child that the kernel does not let go of may still work a little longer:
 *     nobody gets the journal before that child has ended, too.
 * I3  Owners come and go, and steps get their first record, only under the global lock.
 *     That lock is never held across a write that can block.
 * I4  What is written can be read back: that is tried before.
 * I5  An owner whose steps are all undone has no file; without owners there is no folder.
 *     One that was damaged is kept beside the others, where nobody reads it.
 */
#ifndef VPREP_JOURNAL_JOURNAL_H
#define VPREP_JOURNAL_JOURNAL_H

#include "common/cleanup.h"
#include "io/io.h"
#include "journal/record.h"
#include "model/step.h"
#include "vfio-prep.h"

/* The folder, and the global lock on it. */
struct vprep_store {
	int state; /* /run/vfio-prep */
	int owners;
	int lock;
	bool in_use;	/* an owner is known to stay: nothing in it has become empty */
	bool is_public; /* a reader's: @owners has what is public of them */
	/* The journal that who holds the lock works on; NULL: none, or not yet. */
	const struct vprep_journal *own;
};

/* Opens the store and takes the global lock. With @create makes what is missing,
 * otherwise -ENOENT. -ETIMEDOUT, -EINTR: another process has it; the message says which. */
int vprep_store_lock(const struct vprep_io *io, bool create, struct vprep_store **ret,
		     struct vprep_error *err);
/* The same with @create, to finish what was begun: no signal ends the wait. */
int vprep_store_lock_to_finish(const struct vprep_io *io, struct vprep_store **ret,
			       struct vprep_error *err);
/* Removes what is empty, and unlocks. An error says that something empty stays; it is
 * unlocked all the same. */
int vprep_store_unlock(const struct vprep_io *io, struct vprep_store *store);

/* For readers: no lock. -ENOENT when there is none. Who may not read the journals gets
 * what is public of them (journal/public.h); -EACCES where not even that can be read. */
int vprep_store_open(const struct vprep_io *io, struct vprep_store **ret,
		     struct vprep_error *err);
void vprep_store_free(struct vprep_store *store);
DEFINE_CLEANUP(struct vprep_store, vprep_store_free);

struct vprep_journal {
	char *id;	/* unescaped */
	int fd;		/* locked; -1 for one that was only read */
	int work;	/* the same file, locked as long as a child has it open */
	bool in_memory; /* its file is on a tmpfs */
	struct vprep_journal_header header;
	struct vprep_steps steps;
	uint64_t next_seq;
	size_t n_records;
	/* a read one */
	bool busy;	      /* a process works on it now */
	bool of_earlier_boot; /* of an earlier boot: nothing of it is true any more */
	/* What is wrong with it, "line 3: its checksum does not match"; the header and
	 * the steps are what its intact lines say then. NULL: nothing is. */
	char *corrupt;
	bool of_other_version; /* and that is what is wrong */
	bool is_public;	       /* a read one: what all may know of it */
	bool is_shown;	       /* one that was opened: something of it is public */
	bool shows_more;       /* of that, some is undone, or was never recorded */
};

void vprep_journal_free(struct vprep_journal *journal);
DEFINE_CLEANUP(struct vprep_journal, vprep_journal_free);

/* The ids of all owners, sorted. */
int vprep_store_list(const struct vprep_store *store, char ***ret_ids);

/* Reads an owner's journal as it is now. -ENOENT. A corrupt one is no error here. */
int vprep_journal_read(const struct vprep_io *io, const struct vprep_store *store,
		       const char *id, struct vprep_journal **ret);

/*
 * Locks and reads an owner's journal; with a @header, makes it when there is none (the
 * header is copied). Under the global lock. -EAGAIN: another process works on it;
 * -EINPROGRESS: one did, and is gone, but for a child in the kernel; -ENOENT; -EBADMSG
 * corrupt, with file and line; -ENAMETOOLONG.
 */
int vprep_journal_open(const struct vprep_io *io, const struct vprep_store *store,
		       const char *id, const struct vprep_journal_header *header,
		       struct vprep_journal **ret, struct vprep_error *err);

/* The same of a damaged one: what its intact lines say may be undone, and recorded as
 * undone. -ENOENT; -EINVAL it is not damaged; -EPROTO it is of another version. */
int vprep_journal_open_damaged(const struct vprep_io *io, const struct vprep_store *store,
			       const char *id, struct vprep_journal **ret,
			       struct vprep_error *err);

/* Appends the first records of @steps in one write and moves them to the end of the
 * journal; they get their numbers, and those that belong to no request yet are one of
 * their own. -EFBIG, -EBADMSG, and nothing is written: it would be too large, or could
 * not be read back. */
int vprep_journal_begin(struct vprep_journal *journal, struct vprep_steps *steps);

/* Records the state of some steps in one write, with their failure's facts when there are
 * any. Steps that cannot be recorded as done are not done; the other states hold all the
 * same, as what they stand for can be repeated. */
int vprep_journal_mark_all(struct vprep_journal *journal, struct vprep_step *const *steps,
			   size_t n, enum vprep_step_state state);

/* Records a step's facts again, with those that were learnt after its first record. */
int vprep_journal_note(struct vprep_journal *journal, const struct vprep_step *step);

/* Any step that still stands for something on the host. */
bool vprep_journal_is_live(const struct vprep_journal *journal);

/* Where a damaged journal is kept once what it says is undone, below /run/vfio-prep. */
#define VPREP_STORE_SALVAGED "salvaged"

/* Whether vprep_journal_tidy() has something to do. */
bool vprep_journal_is_untidy(const struct vprep_journal *journal);

/* Under the global lock: removes the file when nothing in it is live, rewrites it without
 * the dead records when they have become many. A damaged one is moved away instead. */
int vprep_journal_tidy(struct vprep_store *store, struct vprep_journal *journal);

/* Under the global lock: notes the process that the owner is now; -1 for none. Nothing is
 * appended to the journal after it. */
int vprep_journal_set_process(const struct vprep_store *store,
			      struct vprep_journal *journal, pid_t pid, uint64_t start);

/* Whether the request of that number never was finished. It is done when all its claims
 * are: they stand or fall together. */
bool vprep_journal_is_unfinished(const struct vprep_journal *journal, int64_t request);

/* Whether an interrupted attach or release left the claim half-way. It picks claims for
 * vprep_exec_release(), which gives it @unused. */
bool vprep_claim_is_incomplete(const struct vprep_journal *journal,
			       const struct vprep_step *claim, const void *unused);
/* The same of the claims of request *@request, an int64_t, and later ones. */
bool vprep_claim_is_since(const struct vprep_journal *journal,
			  const struct vprep_step *claim, const void *request);

/* Whether an interrupted operation left the owner's devices half-way. */
bool vprep_journal_is_incomplete(const struct vprep_journal *journal);

#endif

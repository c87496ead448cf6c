// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "journal/escape.h"
#include "journal/public.h"

#define JOURNAL_MAX (16u * 1024 * 1024)
/* The first records of a journal leave room for what is to be said of their steps. */
#define JOURNAL_BEGIN_MAX (JOURNAL_MAX / 4)
#define DEAD_RECORDS_MAX 1024 /* before a journal is rewritten without them */
#define OPEN_TRIES 100	      /* while a journal is removed each time that it is opened */

void vprep_journal_free(struct vprep_journal *j)
{
	if (!j)
		return;
	if (j->work >= 0) /* a child that is stuck is in the journal: it needs no lock */
		vprep_file_let_go(j->work);
	vprep_closep(&j->work);
	vprep_file_unlock(&j->fd);
	vprep_journal_header_done(&j->header);
	vprep_steps_done(&j->steps);
	free(j->corrupt);
	free(j->id);
	free(j);
}

static int journal_new(const char *id, struct vprep_journal **ret)
{
	struct vprep_journal *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->fd = j->work = -1;
	j->next_seq = 1;
	vprep_journal_header_init(&j->header);
	j->id = strdup(id);
	if (!j->id) {
		vprep_journal_free(j);
		return -ENOMEM;
	}
	*ret = j;
	return 0;
}

static int read_boot_id(const struct vprep_io *io, char **ret)
{
	return vprep_io_read(io, VPREP_PROC, ret, "sys/kernel/random/boot_id");
}

/* Fills the journal from the text of a file. Damage is no error: j->corrupt tells of it. */
static int parse(struct vprep_journal *j, const char *text, size_t len,
		 struct vprep_error *err)
{
	struct vprep_error damage = { 0 };
	size_t i;
	int r = vprep_record_parse(text, len, &j->header, &j->steps, &damage);

	if (r < 0 && r != -EBADMSG && r != -EPROTO)
		return vprep_error_oom(err);
	j->of_other_version = r == -EPROTO;
	if (r < 0 && vprep_str_replace(&j->corrupt, damage.message) < 0)
		return vprep_error_oom(err);
	for (i = 0; i < len; i++)
		j->n_records += text[i] == '\n';
	for (i = 0; i < j->steps.n; i++)
		if (j->steps.items[i].seq >= j->next_seq)
			j->next_seq = j->steps.items[i].seq + 1;
	return 0;
}

/* *@ret_torn: the length that the file has without a torn last line, or -1. */
static int load(const struct vprep_io *io, struct vprep_journal *j, int fd,
		off_t *ret_torn, struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *boot_id = NULL;
	size_t len, whole;
	int r;

	*ret_torn = -1;
	r = vprep_file_read(fd, JOURNAL_MAX, &text, &len);
	if (r == -ENOMEM)
		return vprep_error_oom(err);
	if (r < 0) {
		j->corrupt = vprep_strf("it cannot be read: %s", strerror(-r));
		return j->corrupt ? 0 : vprep_error_oom(err);
	}
	whole = vprep_record_whole(text, len);
	r = parse(j, text, whole, err);
	if (r < 0)
		return r;
	if (whole < len)
		*ret_torn = (off_t)whole;
	if (!j->header.boot_id)
		return 0;
	r = read_boot_id(io, &boot_id);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "the kernel's boot_id cannot be read");
	j->of_earlier_boot = !streq(boot_id, j->header.boot_id);
	return 0;
}

static int corrupt_error(struct vprep_error *err, const struct vprep_journal *j,
			 const char *file)
{
	_cleanup_free_ char *id = vprep_shell_word(j->id);

	if (j->of_other_version)
		return vprep_error_set(
			err, VPREP_E_LEFT, EPROTO, NULL,
			"the journal /run/vfio-prep/owners/%s cannot be read (%s): that "
			"version gives its devices back",
			file, j->corrupt);
	return vprep_error_set(err, VPREP_E_LEFT, EBADMSG, NULL,
			       "the journal /run/vfio-prep/owners/%s is damaged (%s): "
			       "'vfio-prep recover --salvage %s' undoes what its intact "
			       "lines say",
			       file, j->corrupt, id ? id : j->id);
}

/* A shared lock cannot be had while a process works on the journal; it ends with the fd.
 * A file that lost its name before it was had is what the owner is no more. */
static int open_to_read(const struct vprep_store *store, const char *file, bool *ret_busy)
{
	int i;

	for (i = 0;; i++) {
		_cleanup_(vprep_file_unlock) int fd =
			openat(store->owners, file,
			       O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		struct stat st;

		if (fd < 0)
			return -errno;
		*ret_busy = !store->is_public && flock(fd, LOCK_SH | LOCK_NB) < 0;
		/* some file systems do not count names */
		if (fstat(fd, &st) < 0 || st.st_nlink > 0 || i == OPEN_TRIES)
			return TAKE_FD(fd);
	}
}

int vprep_journal_read(const struct vprep_io *io, const struct vprep_store *store,
		       const char *id, struct vprep_journal **ret)
{
	_cleanup_(vprep_journal_freep) struct vprep_journal *j = NULL;
	_cleanup_free_ char *file = NULL;
	_cleanup_(vprep_file_unlock) int fd = -1;
	struct vprep_error err;
	off_t torn;
	int r;

	r = vprep_escape_file(id, &file);
	if (r == 0)
		r = journal_new(id, &j);
	if (r < 0)
		return r;
	fd = open_to_read(store, file, &j->busy);
	if (fd < 0)
		return fd;
	j->is_public = store->is_public;
	r = load(io, j, fd, &torn, &err);
	if (vprep_error_is_shortage(r))
		return r;
	if (r < 0 && vprep_str_replace(&j->corrupt, err.message) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(j);
	return 0;
}

static int copy_header(const struct vprep_io *io, const struct vprep_journal_header *from,
		       struct vprep_journal_header *to)
{
	int r;

	*to = (struct vprep_journal_header){
		.version = VPREP_JOURNAL_VERSION,
		.pid = from->pid,
		.pid_start = from->pid_start,
		.time = (int64_t)time(NULL),
	};
	r = vprep_str_replace(&to->kind, from->kind);
	if (r == 0)
		r = vprep_str_replace(&to->name, from->name);
	if (r == 0)
		r = vprep_str_replace(&to->uuid, from->uuid);
	if (r == 0)
		r = read_boot_id(io, &to->boot_id);
	return r;
}

/* Whether a journal that was read is such a one as is asked for. */
static int check_damage(const struct vprep_journal *j, const char *file, bool damaged,
			struct vprep_error *err)
{
	_cleanup_free_ char *id = vprep_shell_word(j->id);

	if (j->corrupt && (!damaged || j->of_other_version))
		return corrupt_error(err, j, file);
	if (damaged && !j->corrupt)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EINVAL, NULL,
			"the journal of '%.100s' is not damaged: 'vfio-prep "
			"recover' and 'vfio-prep detach --owner %s' work as always",
			j->id, id ? id : j->id);
	return 0;
}

/* A power loss takes a journal in /run with it, and all that it tells of: only one that
 * is elsewhere than in memory has to reach a disk. */
static int append(struct vprep_journal *j, const struct vprep_buf *buf, size_t n_records)
{
	int r = buf->failed
			? -ENOMEM
			: vprep_file_append(j->fd, buf->data, buf->len, !j->in_memory);

	j->n_records += r == 0 ? n_records : 0;
	return r;
}

static int lock_file(const struct vprep_store *store, const char *file, bool create,
		     struct vprep_journal *j)
{
	int r = vprep_file_lock(store->owners, file, create, NULL, NULL, &j->fd);

	if (r == 0)
		j->in_memory = vprep_file_is_in_memory(j->fd);
	return r < 0 ? r : vprep_file_hold(store->owners, file, &j->work);
}

/* Reads a journal that is locked. False in *@ret_told: the error is not told yet. */
static int read_locked(const struct vprep_io *io, struct vprep_journal *j,
		       const char *file, bool damaged, bool *ret_told,
		       struct vprep_error *err)
{
	off_t torn;
	int r = load(io, j, j->fd, &torn, err);

	*ret_told = false;
	if (r < 0)
		return r;
	r = check_damage(j, file, damaged, err);
	*ret_told = r < 0;
	if (r == 0 && torn >= 0 && ftruncate(j->fd, torn) < 0) /* it spoils the next */
		r = -errno;
	return r;
}

static int open_journal(const struct vprep_io *io, const struct vprep_store *store,
			const char *id, const struct vprep_journal_header *header,
			bool damaged, struct vprep_journal **ret, struct vprep_error *err)
{
	_cleanup_(vprep_journal_freep) struct vprep_journal *j = NULL;
	_cleanup_free_ char *file = NULL;
	bool locked, told = false;
	int r;

	r = vprep_escape_file(id, &file);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       r == -ENAMETOOLONG ? "the owner's name is too long"
							  : "the owner's name is empty");
	r = journal_new(id, &j);
	if (r == 0)
		r = lock_file(store, file, header != NULL, j);
	locked = r == 0;
	if (locked)
		r = read_locked(io, j, file, damaged, &told, err);
	if (r == 0 && !j->header.boot_id && header)
		r = copy_header(io, header, &j->header);
	if (r < 0 && header && j && j->fd >= 0)
		vprep_file_remove_empty(store->owners, file, j->fd);
	if (told || (!locked && (r == -ENOENT || r == -EAGAIN || r == -EINPROGRESS)))
		return r;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot open the journal of '%s': %s", id,
				       strerror(-r));
	*ret = TAKE_PTR(j);
	return 0;
}

int vprep_journal_open(const struct vprep_io *io, const struct vprep_store *store,
		       const char *id, const struct vprep_journal_header *header,
		       struct vprep_journal **ret, struct vprep_error *err)
{
	return open_journal(io, store, id, header, false, ret, err);
}

int vprep_journal_open_damaged(const struct vprep_io *io, const struct vprep_store *store,
			       const char *id, struct vprep_journal **ret,
			       struct vprep_error *err)
{
	return open_journal(io, store, id, NULL, true, ret, err);
}

/* That devices are given back is among what is to be said of the first records. */
static size_t size_limit(const struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (!vprep_step_is_release(&steps->items[i]))
			return JOURNAL_BEGIN_MAX;
	return JOURNAL_MAX / 2;
}

/* Nothing is begun whose journal could not be read back. */
static int check_records(const struct vprep_journal *j, const struct vprep_steps *steps,
			 const struct vprep_buf *buf)
{
	struct stat st = { 0 };

	if (buf->failed)
		return -ENOMEM;
	if (j->n_records > 0 && fstat(j->fd, &st) < 0)
		return -errno;
	if ((size_t)st.st_size + buf->len > size_limit(steps))
		return -EFBIG;
	return vprep_record_check(buf->data, buf->len, j->n_records == 0);
}

int vprep_journal_begin(struct vprep_journal *j, struct vprep_steps *steps)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_step *items;
	size_t i;
	int r;

	items = reallocarray(j->steps.items, j->steps.n + steps->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	j->steps.items = items;
	if (j->n_records == 0)
		vprep_record_header(&buf, &j->header);
	for (i = 0; i < steps->n; i++) {
		steps->items[i].seq = j->next_seq + i;
		if (steps->items[i].request < 0)
			steps->items[i].request = (int64_t)j->next_seq;
		steps->items[i].state = VPREP_STEP_INTENT;
		vprep_record_step(&buf, &steps->items[i]);
	}
	r = check_records(j, steps, &buf);
	if (r == 0)
		r = append(j, &buf, steps->n + (j->n_records == 0));
	if (r < 0)
		return r;
	memcpy(items + j->steps.n, steps->items, steps->n * sizeof(*items));
	j->steps.n += steps->n;
	j->next_seq += steps->n;
	free(steps->items);
	*steps = (struct vprep_steps){ 0 };
	return 0;
}

int vprep_journal_mark_all(struct vprep_journal *j, struct vprep_step *const *steps,
			   size_t n, enum vprep_step_state state)
{
	_cleanup_free_ enum vprep_step_state *before = calloc(n + 1, sizeof(*before));
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	bool holds = state != VPREP_STEP_DONE; /* whether it can be recorded or not */
	size_t i;
	int r;

	if (!before && !holds)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (before)
			before[i] = steps[i]->state;
		steps[i]->state = state;
		j->shows_more |= !vprep_step_is_live(steps[i]);
		vprep_record_state(&buf, steps[i]);
	}
	r = n > 0 ? append(j, &buf, n) : 0;
	for (i = 0; r < 0 && !holds && i < n; i++)
		steps[i]->state = before[i];
	return r;
}

int vprep_journal_note(struct vprep_journal *j, const struct vprep_step *step)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };

	vprep_record_step(&buf, step);
	return append(j, &buf, 1);
}

bool vprep_journal_is_live(const struct vprep_journal *j)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++)
		if (vprep_step_is_live(&j->steps.items[i]) &&
		    !vprep_step_is_lasting(&j->steps.items[i]))
			return true;
	return false;
}

static int rewrite(const struct vprep_store *store, struct vprep_journal *j,
		   const char *file)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	vprep_record_header(&buf, &j->header);
	for (i = 0; i < j->steps.n; i++)
		if (vprep_step_is_live(&j->steps.items[i]))
			vprep_record_step(&buf, &j->steps.items[i]);
	if (buf.failed)
		return -ENOMEM;
	return vprep_file_replace(store->owners, file, buf.data, 0600);
}

int vprep_journal_set_process(const struct vprep_store *store, struct vprep_journal *j,
			      pid_t pid, uint64_t start)
{
	_cleanup_free_ char *file = NULL;
	int r;

	r = vprep_escape_file(j->id, &file);
	if (r < 0)
		return r;
	j->header.pid = pid;
	j->header.pid_start = pid < 0 ? -1 : (int64_t)start;
	return rewrite(store, j, file);
}

/* A damaged one is set aside, for who wants to know what was in it; it goes with the next
 * boot. */
static int remove_file(const struct vprep_store *store, const struct vprep_journal *j,
		       const char *file)
{
	_cleanup_close_ int dir = -1;
	int r = 0;

	/* while everybody is told of the owner, there is a journal that recover ends */
	if (j->is_shown || j->n_records > 0)
		r = vprep_public_remove(store, file);
	if (r < 0)
		return r;
	if (!j->corrupt)
		return unlinkat(store->owners, file, 0) < 0 ? -errno : 0;

	if (mkdirat(store->state, VPREP_STORE_SALVAGED, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = openat(store->state, VPREP_STORE_SALVAGED,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return renameat(store->owners, file, dir, file) < 0 ? -errno : 0;
}

static bool has_many_dead(const struct vprep_journal *j)
{
	size_t i, n_live = 0;

	for (i = 0; i < j->steps.n; i++)
		n_live += vprep_step_is_live(&j->steps.items[i]);
	return j->n_records - n_live >= DEAD_RECORDS_MAX;
}

bool vprep_journal_is_untidy(const struct vprep_journal *j)
{
	return !vprep_journal_is_live(j) ||
	       (!j->corrupt && (j->shows_more || has_many_dead(j)));
}

int vprep_journal_tidy(struct vprep_store *store, struct vprep_journal *j)
{
	_cleanup_free_ char *file = NULL;
	int r;

	store->in_use = vprep_journal_is_live(j);
	r = vprep_escape_file(j->id, &file);
	if (r < 0)
		return r;
	if (!store->in_use)
		return remove_file(store, j, file);
	if (j->shows_more && !j->corrupt)
		vprep_public_write(store, j, NULL);
	return !j->corrupt && has_many_dead(j) ? rewrite(store, j, file) : 0;
}

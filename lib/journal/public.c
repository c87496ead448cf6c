// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/public.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/str.h"
#include "journal/escape.h"

#define PUBLIC VPREP_IO_STATE_PUBLIC "/"
/* Among the journals, where readers do not see it, and what a crash leaves is removed as
 * theirs is; whoever writes has the global lock. */
#define TEMPORARY ".public.tmp"
#define TEXT_MAX (4u * 1024 * 1024)

/* What a step is about may be known by all: its device is somebody's, was bound, or its
 * node was given away, which everybody can see; or its VFs are changing. */
static bool is_for_all(const struct vprep_step *step)
{
	struct vprep_step_node node;

	return vprep_step_is_live(step) &&
	       (vprep_step_is_claim(step) || vprep_step_binds(step) ||
		vprep_step_node(step, &node) || vprep_step_changes_vfs(step));
}

static void add_steps(struct vprep_buf *buf, const struct vprep_steps *steps,
		      uint64_t *seq)
{
	size_t i;

	for (i = 0; i < steps->n; i++) {
		struct vprep_step shown = steps->items[i];

		if (!is_for_all(&shown))
			continue;
		/* how far it is, only the journal tells */
		shown.state = VPREP_STEP_DONE;
		shown.reason = NULL;
		shown.pid = shown.pid_start = -1;
		shown.seq = ++*seq;
		shown.request = 1;
		vprep_record_step(buf, &shown);
	}
}

static void add_all(struct vprep_buf *buf, const struct vprep_journal *j,
		    const struct vprep_steps *more)
{
	struct vprep_journal_header header = j->header;
	uint64_t seq = 0;

	header.pid = header.pid_start = -1;
	vprep_record_header(buf, &header);
	add_steps(buf, &j->steps, &seq);
	if (more)
		add_steps(buf, more, &seq);
}

static int write_temporary(const struct vprep_store *store, const struct vprep_buf *text)
{
	_cleanup_close_ int fd =
		openat(store->owners, TEMPORARY,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = vprep_fd_write(fd, text->data, text->len);
	return r == 0 && fchmod(fd, 0644) < 0 ? -errno : r;
}

static int move(const struct vprep_store *store, const char *path)
{
	int r = renameat(store->owners, TEMPORARY, store->state, path) < 0 ? -errno : 0;

	if (r != -ENOENT)
		return r;
	r = vprep_io_state_make_public(store->state);
	if (r == 0 && renameat(store->owners, TEMPORARY, store->state, path) < 0)
		r = -errno;
	return r;
}

static int write_text(const struct vprep_store *store, const char *file,
		      const struct vprep_buf *text)
{
	_cleanup_free_ char *path = vprep_strf(PUBLIC "%s", file);
	int r = text->failed || !path ? -ENOMEM : write_temporary(store, text);

	if (r == 0)
		r = move(store, path);
	if (r < 0)
		unlinkat(store->owners, TEMPORARY, 0);
	return r;
}

int vprep_public_write(const struct vprep_store *store, struct vprep_journal *j,
		       const struct vprep_steps *more)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	_cleanup_free_ char *file = NULL;
	int r = vprep_escape_file(j->id, &file);

	if (r < 0)
		return r;
	j->is_shown = true;
	add_all(&text, j, more);
	return write_text(store, file, &text);
}

static bool is_any_for_all(const struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (is_for_all(&steps->items[i]))
			return true;
	return false;
}

int vprep_public_begin(const struct vprep_store *store, struct vprep_journal *j,
		       struct vprep_steps *steps)
{
	int r = is_any_for_all(steps) ? vprep_public_write(store, j, steps) : 0;

	if (r == 0)
		r = vprep_journal_begin(j, steps);
	j->shows_more |= r < 0; /* what came to nothing */
	return r;
}

/* One that a command works on is written by that command. */
static int put_right(const struct vprep_store *store, struct vprep_journal *j,
		     const char *file)
{
	_cleanup_free_ char *path = vprep_strf(PUBLIC "%s", file), *now = NULL;
	_cleanup_buf_ struct vprep_buf text = { 0 };

	if (!path)
		return -ENOMEM;
	if (j->busy || j->corrupt)
		return 0;
	/* a command was killed before it recorded any */
	if (!is_any_for_all(&j->steps))
		return vprep_public_remove(store, file);
	add_all(&text, j, NULL);
	if (vprep_file_read_at(store->state, path, TEXT_MAX, &now) == 0 && !text.failed &&
	    streq(now, text.data))
		return 0;
	return write_text(store, file, &text);
}

void vprep_public_put_right(const struct vprep_store *store,
			    const struct vprep_owners *owners)
{
	_cleanup_strv_ char **files = calloc(1, sizeof(*files));
	size_t i;
	int r = files ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < owners->n; i++) {
		struct vprep_journal *j = owners->items[i].journal;
		_cleanup_free_ char *file = NULL;

		r = vprep_escape_file(j->id, &file);
		if (r == 0)
			r = vprep_strv_add(&files, file);
		if (r == 0)
			r = put_right(store, j, file);
	}
	if (r == 0)
		vprep_public_remove_but(store, files);
}

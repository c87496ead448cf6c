// SPDX-License-Identifier: GPL-2.0-or-later
/* The folder of journals and its global lock. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "journal/escape.h"
#include "journal/journal.h"
#include "journal/lock-holder.h"
#include "journal/lock-wait.h"
#include "journal/public.h"
#include "journal/queue.h"

#define LOCK "lock"
#define OWNERS "owners"
#define ATTEMPTS 1000
#define PAUSE_MS 10

static int store_error(struct vprep_error *err, int r)
{
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r == -EACCES)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EACCES, NULL,
			"who holds which devices is known to root (try it with sudo): "
			"the journal folder /run/vfio-prep is not for all to read");
	if (r == -EPERM)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, NULL,
			"/run/vfio-prep is not a folder that only this user can "
			"write: refusing to trust the journal in it");
	return vprep_error_set(
		err, VPREP_E_REFUSED, -r, NULL,
		"cannot use the journal folder /run/vfio-prep: %s; nothing was "
		"changed",
		strerror(-r));
}

static int open_owners(struct vprep_store *store, bool create)
{
	if (create && mkdirat(store->state, OWNERS, 0700) < 0 && errno != EEXIST)
		return -errno;
	store->owners = openat(store->state, OWNERS,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return store->owners < 0 ? -errno : 0;
}

static int store_new(struct vprep_store **ret)
{
	struct vprep_store *store = malloc(sizeof(*store));

	if (!store)
		return -ENOMEM;
	*store = (struct vprep_store){ .state = -1, .owners = -1, .lock = -1 };
	*ret = store;
	return 0;
}

void vprep_store_free(struct vprep_store *store)
{
	if (!store)
		return;
	vprep_file_unlock(&store->lock);
	vprep_closep(&store->owners);
	vprep_closep(&store->state);
	free(store);
}

/* One try: another command may remove the folder, as its last owner goes, between any two
 * of these calls. */
static int try_lock(struct vprep_lock_wait *wait, bool create, struct vprep_store **ret)
{
	const struct vprep_io *io = wait->io;
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r;

	r = store_new(&store);
	if (r == 0)
		r = vprep_io_state_dir(io, create, &store->state);
	/* without a lock file there may still be owners, so the file is made anew */
	if (r == 0)
		r = vprep_file_lock(store->state, LOCK, true, vprep_lock_wait, wait,
				    &store->lock);
	if (r < 0) {
		if (create)
			vprep_io_state_dir_remove(io); /* only when it is empty */
		return r;
	}
	r = open_owners(store, create);
	if (r < 0) {
		vprep_store_unlock(io, TAKE_PTR(store));
		return r;
	}
	*ret = TAKE_PTR(store);
	return 0;
}

static int give_up(const struct vprep_io *io, int number, struct vprep_error *err)
{
	const struct vprep_lock_holder holder = vprep_lock_holder_of_store(io);

	if (number == EINTR)
		return vprep_error_set(err, VPREP_E_FAILED, EINTR, NULL,
				       "interrupted by a signal while %s had all "
				       "journals locked",
				       holder.text);
	return vprep_error_set(err, VPREP_E_FAILED, ETIMEDOUT, NULL,
			       "%s has had all journals locked for %u s, which takes "
			       "milliseconds: is it stopped, or does it not get to run? "
			       "End it, and try again",
			       holder.text, io->patience.seconds);
}

static int lock(const struct vprep_io *io, bool create,
		const struct vprep_io_patience *patience, struct vprep_store **ret,
		struct vprep_error *err)
{
	struct vprep_lock_wait wait = {
		io, patience, vprep_now_ms() + (int64_t)patience->seconds * 1000
	};
	int attempts = ATTEMPTS, r;

	/* somebody may remove it as fast as we make it, or no child can be had */
	do {
		r = try_lock(&wait, create, ret);
		if (r == -EAGAIN)
			vprep_sleep_ms(PAUSE_MS);
	} while (((r == -ENOENT && create) || r == -EAGAIN) && --attempts > 0);
	if (r == -EINTR || r == -ETIMEDOUT)
		return give_up(io, -r, err);
	return r < 0 ? store_error(err, r == -ENOENT && create ? -EBUSY : r) : 0;
}

int vprep_store_lock(const struct vprep_io *io, bool create, struct vprep_store **ret,
		     struct vprep_error *err)
{
	return lock(io, create, &io->patience, ret, err);
}

int vprep_store_lock_to_finish(const struct vprep_io *io, struct vprep_store **ret,
			       struct vprep_error *err)
{
	const struct vprep_io_patience deaf = { .seconds = io->patience.seconds };

	return lock(io, true, &deaf, ret, err);
}

/* The folder stays open, and may have been read before. */
static int owner_files(const struct vprep_store *store, char ***ret)
{
	return lseek(store->owners, 0, SEEK_SET) < 0
		       ? -errno
		       : vprep_dir_names(store->owners, ret);
}

/* What a crash in vprep_file_replace() may have left here; nobody writes one meanwhile,
 * as that takes the global lock. */
static void remove_temporaries(const struct vprep_store *store)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (store->owners < 0 || owner_files(store, &names) < 0)
		return;
	for (i = 0; names[i]; i++)
		if (names[i][0] == '.')
			unlinkat(store->owners, names[i], 0);
}

/* Without owners there is no folder, and no lock in it. */
static int remove_empty(const struct vprep_io *io, const struct vprep_store *store)
{
	int r;

	if (unlinkat(store->state, OWNERS, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
	vprep_public_remove_all(store);
	vprep_queue_tidy(store->state);
	/* from here on another command may have the lock */
	if (unlinkat(store->state, LOCK, 0) < 0 && errno != ENOENT)
		return -errno;
	r = vprep_io_state_dir_remove(io);
	return r == -ENOENT || r == -ENOTEMPTY || r == -EEXIST ? 0 : r;
}

int vprep_store_unlock(const struct vprep_io *io, struct vprep_store *store)
{
	int r;

	if (!store)
		return 0;
	if (!store->in_use)
		remove_temporaries(store);
	r = store->in_use ? 0 : remove_empty(io, store);
	vprep_store_free(store);
	return r;
}

/* While a folder of ours is there, and nothing public in it, it is a command's that has
 * just begun; or of an earlier version, which showed nothing. */
static int open_public(const struct vprep_io *io, struct vprep_store *store)
{
	int r = vprep_io_state_public(io, &store->owners);

	store->is_public = r == 0;
	return r == -ENOENT ? -EACCES : r;
}

int vprep_store_open(const struct vprep_io *io, struct vprep_store **ret,
		     struct vprep_error *err)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	int r;

	r = store_new(&store);
	if (r == 0)
		r = vprep_io_state_dir(io, false, &store->state);
	if (r == 0)
		r = open_owners(store, false);
	if (r == -EACCES)
		r = open_public(io, store);
	if (r < 0)
		return store_error(err, r);
	*ret = TAKE_PTR(store);
	return 0;
}

int vprep_store_list(const struct vprep_store *store, char ***ret_ids)
{
	_cleanup_strv_ char **ids = calloc(1, sizeof(char *));
	_cleanup_strv_ char **files = NULL;
	size_t i;
	int r = ids ? owner_files(store, &files) : -ENOMEM;

	if (r == -ENOENT) /* the last owner has just gone */
		r = 0;
	for (i = 0; r == 0 && files && files[i]; i++) {
		_cleanup_free_ char *id = NULL;

		r = vprep_unescape_file(files[i], &id);
		if (r == 0)
			r = vprep_strv_add(&ids, id);
		if (r == -EINVAL)
			r = 0;
	}
	if (r < 0)
		return r;
	vprep_strv_sort(ids);
	*ret_ids = TAKE_PTR(ids);
	return 0;
}

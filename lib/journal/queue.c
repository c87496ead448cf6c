// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "journal/lock-holder.h"

#define FOLDER "waiting"
#define CONTENT_MAX (64u * 1024)
#define LOOK_MS 1
#define LOOKS_MAX 1000

/* "00000000000000000007": names sort as their numbers do. */
struct file_name {
	char s[sizeof("18446744073709551615")];
};

static struct file_name name_of(uint64_t number)
{
	struct file_name name;

	snprintf(name.s, sizeof(name.s), "%020llu", (unsigned long long)number);
	return name;
}

static int open_folder(int state, bool create, int *ret)
{
	if (create && mkdirat(state, FOLDER, 0700) < 0 && errno != EEXIST)
		return -errno;
	*ret = openat(state, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

/* The numbers of all files, ascending, as names. */
static int list(int folder, char ***ret)
{
	_cleanup_close_ int again =
		openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = again < 0 ? -errno : vprep_dir_names(again, ret);

	if (r == 0)
		vprep_strv_sort(*ret);
	return r;
}

/* Whether its waiter is still there, or may be; *@ret is the file, open, or -1 when it
 * cannot be opened for want of something. */
static bool is_live(int folder, const char *name, int *ret)
{
	_cleanup_(vprep_file_unlock) int fd =
		openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT && errno != ELOOP;
	if (flock(fd, LOCK_SH | LOCK_NB) == 0) /* it is let go at once */
		return false;
	*ret = TAKE_FD(fd);
	return true;
}

void vprep_queue_tidy(int state)
{
	_cleanup_close_ int folder = -1;
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (open_folder(state, false, &folder) < 0 || list(folder, &names) < 0)
		return;
	for (i = 0; names[i]; i++) {
		_cleanup_close_ int fd = -1;

		if (!is_live(folder, names[i], &fd))
			unlinkat(folder, names[i], 0);
	}
	unlinkat(state, FOLDER, AT_REMOVEDIR);
}

/* ---- joining and leaving ---- */

/* Of a file that was just made. Somebody may be looking whether it is locked, and have
 * the lock for that moment. */
static int lock_new(int fd)
{
	int i;

	for (i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOOKS_MAX)
			return -errno;
		vprep_sleep_ms(LOOK_MS);
	}
	return 0;
}

static int make_file(int folder, uint64_t number, char *const *names,
		     struct vprep_queue_place *ret)
{
	struct file_name name = name_of(number);
	_cleanup_buf_ struct vprep_buf text = { 0 };
	_cleanup_close_ int fd =
		openat(folder, name.s,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : 0;

	for (; *names; names++)
		vprep_buf_addf(&text, "%s\n", *names);
	if (r == 0)
		r = lock_new(fd);
	if (r == 0)
		r = text.failed ? -ENOMEM : vprep_fd_write(fd, text.data, text.len);
	if (r < 0) {
		if (fd >= 0)
			unlinkat(folder, name.s, 0);
		return r;
	}
	*ret = (struct vprep_queue_place){ TAKE_FD(fd), number };
	return 0;
}

static int join(const struct vprep_store *locked, char *const *names,
		struct vprep_queue_place *ret)
{
	_cleanup_close_ int folder = -1;
	_cleanup_strv_ char **others = NULL;
	uint64_t last = 0;
	size_t n;
	int r;

	vprep_queue_tidy(locked->state);
	r = open_folder(locked->state, true, &folder);
	if (r == 0)
		r = list(folder, &others);
	if (r < 0)
		return r;
	n = vprep_strv_len(others);
	if (n > 0 && vprep_parse_u64(others[n - 1], 10, UINT64_MAX - 1, &last) < 0)
		return -EBADMSG;
	return make_file(folder, last + 1, names, ret);
}

int vprep_queue_join(const struct vprep_io *io, char *const *names,
		     struct vprep_queue_place *ret, struct vprep_error *err)
{
	struct vprep_store *locked;
	int r;

	r = vprep_store_lock(io, true, &locked, err);
	if (r < 0)
		return r;
	r = join(locked, names, ret);
	if (r < 0)
		vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				"cannot stand in line in /run/vfio-prep/" FOLDER ": %s",
				strerror(-r));
	vprep_store_unlock(io, locked);
	return r;
}

/* The file without its lock is tidied away with the others that are left. */
void vprep_queue_leave(const struct vprep_io *io, struct vprep_queue_place *place)
{
	struct vprep_store *locked;

	if (place->fd < 0)
		return;
	vprep_file_unlock(&place->fd);
	if (vprep_store_lock_to_finish(io, &locked, NULL) < 0)
		return;
	vprep_queue_tidy(locked->state);
	vprep_store_unlock(io, locked);
}

/* ---- looking ---- */

static bool is_named(int fd, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	size_t len;

	if (vprep_file_read(fd, CONTENT_MAX, &text, &len) < 0)
		return true; /* it waits for something: better to wait, too */
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (streq(line, name))
			return true;
	return false;
}

int vprep_queue_look(const struct vprep_io *io, const char *name, uint64_t number,
		     struct vprep_queue_ahead *ret)
{
	struct file_name own = name_of(number > 0 ? number : UINT64_MAX);
	struct vprep_queue_ahead ahead = { 0 };
	_cleanup_close_ int state = -1, folder = -1;
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_state_dir(io, false, &state);
	if (r == 0)
		r = open_folder(state, false, &folder);
	if (r == 0)
		r = list(folder, &names);
	for (i = 0; r == 0 && names[i] && strcmp(names[i], own.s) < 0; i++) {
		_cleanup_close_ int fd = -1;

		if (!is_live(folder, names[i], &fd) || !is_named(fd, name))
			continue;
		if (ahead.n++ == 0 && number == 0)
			ahead.first = vprep_lock_holder_pid(io, fd);
	}
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = ahead;
	return 0;
}

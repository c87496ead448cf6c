// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/lock-holder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/str.h"
#include "journal/escape.h"

/* The process of a line such as "2: FLOCK  ADVISORY  WRITE 4711 00:1a:35 0 EOF", if it is
 * about that file (proc_locks(5)). One that waits has "->" in front. */
static int pid_of(char *line, const char *file)
{
	char *word[6], *save;
	uint64_t pid;
	size_t n = 0;

	for (word[n] = strtok_r(line, " ", &save);
	     word[n] && ++n < VPREP_ARRAY_SIZE(word);)
		word[n] = strtok_r(NULL, " ", &save);
	if (n < VPREP_ARRAY_SIZE(word) || !streq(word[1], "FLOCK") ||
	    !streq(word[5], file) || vprep_parse_u64(word[4], 10, INT32_MAX, &pid) < 0)
		return 0;
	return (int)pid;
}

static int find_pid(const struct vprep_io *io, const struct stat *st)
{
	_cleanup_free_ char *locks = NULL, *file = NULL;
	char *rest, *line;
	int pid = 0;

	file = vprep_strf("%02x:%02x:%" PRIu64, major(st->st_dev), minor(st->st_dev),
			  (uint64_t)st->st_ino);
	if (!file || vprep_io_read_table(io, VPREP_PROC, &locks, "locks") < 0)
		return 0;
	for (rest = locks; pid == 0 && (line = strsep(&rest, "\n"));)
		pid = pid_of(line, file);
	return pid;
}

int vprep_lock_holder_pid(const struct vprep_io *io, int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : find_pid(io, &st);
}

/* @file is in the folder of the journals; NULL: out of memory. */
static struct vprep_lock_holder describe(const struct vprep_io *io, const char *file)
{
	struct vprep_lock_holder holder = { "another process" };
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int dir = -1;
	struct stat st;
	int pid = 0; /* may be of a child that waited for its parent, and has ended */

	if (file && vprep_io_state_dir(io, false, &dir) == 0 &&
	    fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		pid = find_pid(io, &st);
	if (pid > 0 && vprep_io_read(io, VPREP_PROC, &name, "%d/comm", pid) == 0) {
		vprep_str_make_printable(name);
		snprintf(holder.text, sizeof(holder.text), "pid %d (%.40s)", pid, name);
	}
	return holder;
}

struct vprep_lock_holder vprep_lock_holder_of_store(const struct vprep_io *io)
{
	return describe(io, "lock");
}

struct vprep_lock_holder vprep_lock_holder_of_journal(const struct vprep_io *io,
						      const char *id)
{
	_cleanup_free_ char *name = NULL, *file = NULL;

	if (vprep_escape_file(id, &name) == 0)
		file = vprep_strf("owners/%s", name);
	return describe(io, file);
}

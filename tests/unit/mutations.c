// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutations.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_KILL, FAULT_TORN, FAULT_FAIL, FAULT_FAIL_ALL };

static enum fault fault;
static pid_t watched;
static unsigned due, seen;
static int failure;
static bool in_memory;

static void start(enum fault kind, unsigned nth)
{
	fault = kind;
	watched = getpid();
	due = nth;
	seen = 0;
}

void mutations_set_in_memory(bool now)
{
	in_memory = now;
}

void mutations_kill(unsigned nth)
{
	start(FAULT_KILL, nth);
}

void mutations_kill_torn(unsigned nth)
{
	start(FAULT_TORN, nth);
}

void mutations_fail(unsigned nth, int number, int all)
{
	start(all ? FAULT_FAIL_ALL : FAULT_FAIL, nth);
	failure = number;
}

unsigned mutations_stop(void)
{
	fault = FAULT_NONE;
	return seen;
}

/* True: fail. */
static bool point(int fd)
{
	if (fault == FAULT_NONE || getpid() != watched || (fault == FAULT_TORN && fd < 0))
		return false;
	seen++;
	if (seen < due || (seen > due && fault != FAULT_FAIL_ALL))
		return false;
	if (fault == FAULT_TORN) {
		off_t end = lseek(fd, 0, SEEK_END);

		if (end > 9)
			syscall(SYS_ftruncate, fd, end - 9);
	}
	if (fault == FAULT_KILL || fault == FAULT_TORN)
		kill(getpid(), SIGKILL);
	errno = failure;
	return true;
}

#define CHANGE(fd, ...) (point(fd) ? -1 : (int)syscall(__VA_ARGS__))

/* Wherever the tests' files really are, journals have to reach a disk, or have not. */
int fstatfs(int fd, struct statfs *st)
{
	int r = (int)syscall(SYS_fstatfs, fd, st);

	st->f_type = in_memory ? TMPFS_MAGIC : 0;
	return r;
}

/* A killed process takes no cache along: nothing needs to reach a disk. */
int fdatasync(int fd)
{
	return point(fd) ? -1 : 0;
}

int fsync(int fd)
{
	(void)fd;
	return point(-1) ? -1 : 0;
}

int ftruncate(int fd, off_t len)
{
	return CHANGE(-1, SYS_ftruncate, fd, len);
}

int unlinkat(int fd, const char *name, int flags)
{
	return CHANGE(-1, SYS_unlinkat, fd, name, flags);
}

int renameat(int from, const char *name, int to, const char *other)
{
	return CHANGE(-1, SYS_renameat2, from, name, to, other, 0);
}

int mkdirat(int fd, const char *name, mode_t mode)
{
	return CHANGE(-1, SYS_mkdirat, fd, name, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return CHANGE(-1, SYS_mkdirat, AT_FDCWD, path, mode);
}

/* A folder that cannot be removed is left, and no failure. */
int rmdir(const char *path)
{
	if (fault == FAULT_FAIL || fault == FAULT_FAIL_ALL)
		return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	return CHANGE(-1, SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int fchownat(int fd, const char *name, uid_t uid, gid_t gid, int flags)
{
	return CHANGE(-1, SYS_fchownat, fd, name, uid, gid, flags);
}

int chmod(const char *path, mode_t mode)
{
	return CHANGE(-1, SYS_fchmodat, AT_FDCWD, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return CHANGE(-1, SYS_fchmod, fd, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
	return point(-1) ? -1 : (ssize_t)syscall(SYS_write, fd, data, len);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1  A process may end meanwhile, or be hidden from us: what cannot be read is left out.
 * I2  Anybody may start a process with any name and arguments: what they say is a hint
 *     only, and who started it is asked, too.
 */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>

#include "common/str.h"
#include "io/child.h"

/* Fields of /proc/PID/stat, from 1 (proc_pid_stat(5)), and a flag of the kernel's. */
#define STAT_COMM 2
#define STAT_FLAGS 9
#define PF_EXITING 0x4u
#define COMMAND_LINE_MAX (256u * 1024)

bool vprep_process_is_out_of_sight(int r)
{
	return r == -ENOENT || r == -ESRCH || r == -EACCES || r == -EPERM ||
	       r == -ENOTDIR || r == -EINVAL || r == -ELOOP || r == -EXDEV;
}

/* A mask of signals in /proc/PID/status. */
static bool has_signal(const char *status, const char *key, int signal)
{
	const char *at = strstr(status, key), *end;
	uint64_t mask;

	if (!at)
		return false;
	at += strlen(key);
	at += strspn(at, " \t");
	end = at + strcspn(at, "\n");
	return vprep_parse_u64_n(at, (size_t)(end - at), 16, UINT64_MAX, &mask) == 0 &&
	       (mask >> (signal - 1) & 1);
}

bool vprep_process_is_ending(const struct vprep_io *io, pid_t pid)
{
	_cleanup_free_ char *stat = NULL, *status = NULL;
	uint64_t start, flags;
	const char *field;
	int i, r = vprep_process_start(io, pid, &start);

	if (r < 0)
		return r == -ESRCH;
	if (vprep_io_read(io, VPREP_PROC, &status, "%d/status", (int)pid) == 0 &&
	    (has_signal(status, "\nShdPnd:", SIGKILL) ||
	     has_signal(status, "\nSigPnd:", SIGKILL)))
		return true;
	r = vprep_io_read(io, VPREP_PROC, &stat, "%d/stat", (int)pid);
	field = r == 0 ? strrchr(stat, ')') : NULL; /* comm may hold anything */
	for (i = STAT_COMM; field && i < STAT_FLAGS; i++) {
		field = strchr(field + 1, ' ');
	}
	return field &&
	       vprep_parse_u64_n(field + 1, strcspn(field + 1, " "), 10, UINT64_MAX,
				 &flags) == 0 &&
	       (flags & PF_EXITING);
}

int vprep_process_arguments(const struct vprep_io *io, const char *pid, char **ret,
			    size_t *ret_len)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_close_ int fd = -1;
	char chunk[4096];
	ssize_t n;

	fd = vprep_io_open(io, VPREP_PROC, O_RDONLY, "%s/cmdline", pid);
	if (fd < 0 && !vprep_process_is_out_of_sight(fd))
		return fd;
	while (fd >= 0 && buf.len < COMMAND_LINE_MAX &&
	       (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break; /* it ended: what there is will do */
		vprep_buf_add_n(&buf, chunk, (size_t)n);
	}
	*ret_len = buf.len;
	return vprep_buf_take(&buf, ret);
}

/* "-uuid UUID", of a program that is called QEMU. */
static bool is_guest(char *arguments, size_t len, const char *uuid)
{
	const char *slash = strrchr(arguments, '/');
	const char *arg = arguments;
	bool is_uuid = false;

	if (!strstr(slash ? slash : arguments, "qemu"))
		return false;
	for (; arg < arguments + len; arg += strlen(arg) + 1) {
		if (is_uuid && strcasecmp(arg, uuid) == 0)
			return true;
		is_uuid = streq(arg, "-uuid") || streq(arg, "--uuid");
	}
	return false;
}

/* 1 or 0. */
static int runs_guest(const struct vprep_io *io, const char *pid, const char *uuid)
{
	_cleanup_free_ char *arguments = NULL;
	size_t len;
	int r;

	r = vprep_process_arguments(io, pid, &arguments, &len);
	return r < 0 ? r : is_guest(arguments, len, uuid);
}

/* The first number of a line of /proc/PID/status (proc_pid_status(5)). */
static int read_status(const struct vprep_io *io, const char *pid, const char *key,
		       uint64_t max, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *at;
	int r = vprep_io_read(io, VPREP_PROC, &text, "%s/status", pid);

	if (r < 0)
		return vprep_process_is_out_of_sight(r) ? -ESRCH : r;
	at = strstr(text, key);
	if (!at)
		return -ESRCH;
	at += strlen(key);
	at += strspn(at, " \t");
	return vprep_parse_u64_n(at, strspn(at, "0123456789"), 10, max, ret) < 0 ? -ESRCH
										 : 0;
}

/* "Uid:" and the real, the effective, the saved and the file system's one. A program that
 * runs as its file's owner keeps the real one of who started it. */
int vprep_process_uid(const struct vprep_io *io, const char *pid, uid_t *ret)
{
	uint64_t uid;
	int r = read_status(io, pid, "\nUid:", UINT32_MAX, &uid);

	if (r == 0)
		*ret = (uid_t)uid;
	return r;
}

/* In KiB there. */
int vprep_process_pinned(const struct vprep_io *io, pid_t pid, uint64_t *ret)
{
	char name[sizeof("2147483647")];
	uint64_t kib;
	int r;

	snprintf(name, sizeof(name), "%d", (int)pid);
	r = read_status(io, name, "\nVmPin:", UINT64_MAX >> 10, &kib);
	if (r == 0)
		*ret = kib << 10;
	return r;
}

int vprep_process_of_guest(const struct vprep_io *io, const char *uuid,
			   int (*is_trusted)(void *data, const char *pid), void *data,
			   pid_t *ret, uint64_t *ret_start)
{
	_cleanup_strv_ char **names = NULL;
	uint64_t pid, found = 0;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_PROC, &names, ".");
	for (i = 0; r >= 0 && names[i]; i++) {
		if (vprep_parse_u64(names[i], 10, INT_MAX, &pid) < 0)
			continue;
		r = runs_guest(io, names[i], uuid);
		if (r > 0)
			r = is_trusted(data, names[i]);
		if (r > 0 && found)
			return -ENOTUNIQ;
		if (r > 0)
			found = pid;
	}
	if (r < 0 || !found)
		return r < 0 ? r : -ESRCH;
	r = vprep_process_start(io, (pid_t)found, ret_start);
	if (r == 0)
		*ret = (pid_t)found;
	return r;
}

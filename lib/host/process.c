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
#include <strings.h>

#include "common/str.h"
#include "io/child.h"

#define COMMAND_LINE_MAX (256u * 1024)

bool vprep_process_is_out_of_sight(int r)
{
	return r == -ENOENT || r == -ESRCH || r == -EACCES || r == -EPERM ||
	       r == -ENOTDIR || r == -EINVAL || r == -ELOOP || r == -EXDEV;
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

/* "Uid:" and the real, the effective, the saved and the file system's one (proc_pid_status
 * (5)). A program that runs as its file's owner keeps the real one of who started it. */
int vprep_process_uid(const struct vprep_io *io, const char *pid, uid_t *ret)
{
	static const char key[] = "\nUid:\t";
	_cleanup_free_ char *text = NULL;
	const char *at;
	uint64_t uid;
	int r;

	r = vprep_io_read(io, VPREP_PROC, &text, "%s/status", pid);
	if (r < 0)
		return vprep_process_is_out_of_sight(r) ? -ESRCH : r;
	at = strstr(text, key);
	if (!at)
		return -ESRCH;
	at += sizeof(key) - 1;
	if (vprep_parse_u64_n(at, strspn(at, "0123456789"), 10, UINT32_MAX, &uid) < 0)
		return -ESRCH;
	*ret = (uid_t)uid;
	return 0;
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

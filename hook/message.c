// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "common/str.h"

#define STDERR_AGAIN "/proc/self/fd/2"

/* An open file of our own, so that making it non-blocking is our affair alone. A regular
 * file is its own: it is never waited for. -1: there is none. */
static int open_stderr(mode_t type)
{
	if (S_ISREG(type))
		return STDERR_FILENO;
	return S_ISFIFO(type) || S_ISCHR(type)
		       ? open(STDERR_AGAIN, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
		       : -1;
}

/* Writes text to stderr, unless that has to be waited for. */
static bool try_write(const char *text)
{
	size_t len = strlen(text);
	struct stat st;
	ssize_t n;
	int fd;

	if (fstat(STDERR_FILENO, &st) < 0)
		return false;
	if (S_ISSOCK(st.st_mode))
		return send(STDERR_FILENO, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	fd = open_stderr(st.st_mode);
	n = fd < 0 ? -1 : write(fd, text, len);
	if (fd > STDERR_FILENO)
		close(fd);
	return n > 0; /* a terminal may take a part: better that than the line twice */
}

#define CLEAR_LINE "\r\033[K"

/* The terminal's last line is a progress, over which the next message goes. */
static bool has_progress;

static const char *clear_progress(void)
{
	bool had = has_progress;

	has_progress = false;
	return had ? CLEAR_LINE : "";
}

void vprep_message_progress(const char *text)
{
	_cleanup_free_ char *line = NULL;

	if (!text) {
		fputs(clear_progress(), stderr);
		return;
	}
	line = vprep_strf(CLEAR_LINE "vfio-prep: %s", text);
	if (line && try_write(line))
		has_progress = true;
}

static void say(const char *verb, const char *format, va_list ap)
{
	_cleanup_free_ char *text = vprep_vstrf(format, ap);

	fprintf(stderr, "%svfio-prep%s%s: %s\n", clear_progress(), verb ? " " : "",
		verb ? verb : "", text ? text : "out of memory");
}

void vprep_message(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(NULL, format, ap);
	va_end(ap);
}

static char last_usage[512];

const char *vprep_message_last_usage(void)
{
	return last_usage;
}

int vprep_message_usage(const char *verb, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	vsnprintf(last_usage, sizeof(last_usage), format, again);
	va_end(again);
	say(verb, format, ap);
	va_end(ap);
	return 2;
}

void vprep_message_oom(void)
{
	vprep_message("out of memory");
	exit(1);
}

static bool is_wanted(const struct vprep_args *args, enum vprep_log_level level)
{
	if (level == VPREP_LOG_DEBUG)
		return vprep_args_has(args, VPREP_OPT_VERBOSE);
	return level != VPREP_LOG_NOTICE || !vprep_args_has(args, VPREP_OPT_QUIET);
}

void vprep_message_log(void *data, enum vprep_log_level level, const char *line)
{
	if (is_wanted(data, level))
		vprep_message("%s", line);
}

bool vprep_message_try_log(void *data, enum vprep_log_level level, const char *line)
{
	_cleanup_free_ char *text = NULL;

	if (!is_wanted(data, level))
		return true;
	text = vprep_strf("%svfio-prep: %s\n", has_progress ? CLEAR_LINE : "", line);
	if (!text || !try_write(text))
		return false;
	has_progress = false;
	return true;
}

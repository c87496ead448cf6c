// SPDX-License-Identifier: GPL-2.0-or-later
#include "work.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "fds.h"
#include "results.h"
#include "signals.h"
#include "vfio-prep.h"

#define SUDO "/usr/bin/sudo"
#ifndef VFIO_PREP_COMMAND /* the build says where it is installed */
#define VFIO_PREP_COMMAND "/usr/sbin/vfio-prep"
#endif

static void log_line(void *unused, enum vprep_log_level level, const char *line)
{
	(void)unused;
	if (level != VPREP_LOG_DEBUG)
		fprintf(stderr, "vfio-prep: %s\n", line);
}

/* Releases @domain, or prepares the document when it is NULL. */
static int work_here(const char *xml, size_t len, const char *domain)
{
	const struct vprep_request request = { .domain = xml, .domain_len = len };
	const struct vprep_options options = { .log = log_line,
					       .interrupted = vprep_signals_caught };
	_cleanup_(vprep_session_freep) struct vprep_session *session = NULL;
	struct vprep_error err = { 0 };
	int r;

	clearenv();
	vprep_signals_catch();
	r = vprep_session_new(&options, &session, &err);
	if (r == 0)
		r = domain ? vprep_release(session, domain, NULL, &err)
			   : vprep_prepare(session, &request, &err);
	vprep_signals_release();
	if (r < 0)
		fprintf(stderr, "vfio-prep: %s\n", err.message);
	return r;
}

static void run_sudo(int input, char *const argv[]) __attribute__((noreturn));

static void run_sudo(int input, char *const argv[])
{
	char *const environment[] = { (char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin",
				      (char *)(uintptr_t) "LC_ALL=C.UTF-8", NULL };

	dup2(input, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	vprep_fds_close_inherited();
	execve(SUDO, argv, environment);
	fprintf(stderr, "vfio-prep: cannot run " SUDO ": %s\n", strerror(errno));
	_exit(127);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr,
		"vfio-prep: 'sudo " VFIO_PREP_COMMAND "' failed (%s %d); if sudo itself "
		"refuses, see examples/vdsm/sudoers\n",
		WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return -EIO;
}

static int input_of(const char *xml, size_t len)
{
	int fd = memfd_create("domain", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, xml, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int work_by_sudo(const char *xml, size_t len, const char *domain)
{
	const char *const words[] = {
		"sudo",
		"-n",
		"--",
		VFIO_PREP_COMMAND,
		domain ? "release" : "prepare",
		domain ? domain : "-",
		NULL,
	};
	char *argv[VPREP_ARRAY_SIZE(words)] = { NULL };
	int input = input_of(xml, len);
	pid_t pid;

	for (size_t i = 0; words[i]; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	pid = input < 0 ? -1 : fork();
	if (pid == 0)
		run_sudo(input, argv);
	if (input >= 0)
		close(input);
	if (pid < 0) {
		fprintf(stderr, "vfio-prep: cannot start sudo: %s\n", strerror(errno));
		return -EIO;
	}
	return wait_for(pid);
}

static int work(const char *xml, size_t len, const char *domain)
{
	return geteuid() == 0 ? work_here(xml, len, domain)
			      : work_by_sudo(xml, len, domain);
}

int vprep_vdsm_prepare(const char *xml, size_t len)
{
	return work(xml, len, NULL);
}

int vprep_vdsm_release(const char *domain)
{
	return work("", 0, domain);
}

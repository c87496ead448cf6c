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
#include "common/file.h"
#include "results.h"
#include "signals.h"
#include "vfio-prep.h"

#define SUDO "/usr/bin/sudo"
#define WORDS_MAX 8
#define FILLED_MAX ((size_t)17 * 1024 * 1024) /* what is read, and what was added to it */
#ifndef VFIO_PREP_COMMAND		      /* the build says where it is installed */
#define VFIO_PREP_COMMAND "/usr/sbin/vfio-prep"
#endif

static void log_line(void *unused, enum vprep_log_level level, const char *line)
{
	(void)unused;
	if (level != VPREP_LOG_DEBUG)
		fprintf(stderr, "vfio-prep: %s\n", line);
}

/* What is to be done. */
struct work {
	const char *xml;
	size_t len;
	const char *domain; /* to be released; NULL: the document is to be prepared */
	char **ret_filled;  /* as of vprep_vdsm_prepare() */
};

static int prepare_filled(struct vprep_session *session,
			  const struct vprep_request *request, char **ret,
			  struct vprep_error *err)
{
	struct vprep_filled *filled = NULL;
	int r = vprep_prepare_filled(session, request, &filled, err);

	if (r < 0)
		return r;
	*ret = strdup(filled->xml);
	vprep_filled_free(filled);
	return *ret ? 0 : -ENOMEM;
}

static int work_in(struct vprep_session *session, const struct work *work,
		   struct vprep_error *err)
{
	const struct vprep_request request = { .domain = work->xml,
					       .domain_len = work->len };

	if (work->domain)
		return vprep_release(session, work->domain, NULL, err);
	return work->ret_filled ? prepare_filled(session, &request, work->ret_filled, err)
				: vprep_prepare(session, &request, err);
}

static int work_here(const struct work *work)
{
	const struct vprep_options options = { .log = log_line,
					       .interrupted = vprep_signals_caught };
	_cleanup_(vprep_session_freep) struct vprep_session *session = NULL;
	struct vprep_error err = { 0 };
	int r;

	clearenv();
	vprep_signals_catch();
	r = vprep_session_new(&options, &session, &err);
	if (r == 0)
		r = work_in(session, work, &err);
	vprep_signals_release();
	if (r < 0)
		fprintf(stderr, "vfio-prep: %s\n",
			*err.message ? err.message : strerror(-r));
	return r;
}

static void run_sudo(int input, int output, char *const argv[]) __attribute__((noreturn));

static void run_sudo(int input, int output, char *const argv[])
{
	char *const environment[] = { (char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin",
				      (char *)(uintptr_t) "LC_ALL=C.UTF-8", NULL };

	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
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

static int memory_with(const char *text, size_t len)
{
	int fd = memfd_create("domain", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int run_and_wait(const char *const words[], int input, int output)
{
	char *argv[WORDS_MAX] = { NULL };
	pid_t pid;

	for (size_t i = 0; words[i]; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	pid = fork();
	if (pid == 0)
		run_sudo(input, output, argv);
	if (pid < 0) {
		fprintf(stderr, "vfio-prep: cannot start sudo: %s\n", strerror(errno));
		return -EIO;
	}
	return wait_for(pid);
}

/* The document comes on the command's standard output. */
static int take_filled(int output, char **ret)
{
	size_t len;
	int r = lseek(output, 0, SEEK_SET) < 0 ? -errno : 0;

	if (r == 0)
		r = vprep_fd_read(output, FILLED_MAX, ret, &len);
	if (r < 0)
		fprintf(stderr, "vfio-prep: cannot read the domain XML: %s\n",
			strerror(-r));
	return r;
}

static int work_by_sudo(const struct work *work)
{
	static const char *const fill[] = { "sudo",    "-n",	 "--", VFIO_PREP_COMMAND,
					    "prepare", "--fill", "-",  NULL };
	const char *const words[WORDS_MAX] = {
		"sudo",
		"-n",
		"--",
		VFIO_PREP_COMMAND,
		work->domain ? "release" : "prepare",
		work->domain ? work->domain : "-",
		NULL,
	};
	_cleanup_close_ int input = memory_with(work->xml, work->len);
	_cleanup_close_ int output =
		work->ret_filled ? memory_with("", 0) : dup(STDERR_FILENO);
	int r;

	if (input < 0 || output < 0) {
		fputs("vfio-prep: cannot start sudo: no memory for its files\n", stderr);
		return -EIO;
	}
	r = run_and_wait(work->ret_filled ? fill : words, input, output);
	return r == 0 && work->ret_filled ? take_filled(output, work->ret_filled) : r;
}

static int do_work(const struct work *work)
{
	return geteuid() == 0 ? work_here(work) : work_by_sudo(work);
}

int vprep_vdsm_prepare(const char *xml, size_t len, char **ret_filled)
{
	return do_work(&(const struct work){ xml, len, NULL, ret_filled });
}

int vprep_vdsm_release(const char *domain)
{
	return do_work(&(const struct work){ "", 0, domain, NULL });
}

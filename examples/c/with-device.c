// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A launcher on the library: gives a device to one process for as long as it runs.
 *   with-device DEVICE USER COMMAND...
 * What QEMU must be told comes behind the command. With the library installed:
 *   cc with-device.c $(pkg-config --cflags --libs libvfio-prep)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vfio-prep.h>

static void tell(void *data, enum vprep_log_level level, const char *line)
{
	(void)data;
	if (level != VPREP_LOG_DEBUG)
		fprintf(stderr, "with-device: %s\n", line);
}

static int fail(const struct vprep_error *err)
{
	fprintf(stderr, "with-device: %s\n", err->message);
	return vprep_error_exit_status(err);
}

/* The command and what QEMU must be told, as one list. */
static char **join(char **command, const char *const *words)
{
	size_t n_command = 0, n_words = 0;
	char **joined;

	while (command[n_command])
		n_command++;
	while (words[n_words])
		n_words++;
	joined = calloc(n_command + n_words + 1, sizeof(*joined));
	if (!joined)
		return NULL;
	memcpy(joined, command, n_command * sizeof(*joined));
	memcpy(joined + n_command, words, n_words * sizeof(*joined));
	return joined;
}

/* In a child: the user, his groups, the limit for locked memory, and the proof that the
 * device is his to open come before the command does. */
static int run(struct vprep_session *session, const struct vprep_launch *launch,
	       char **argv)
{
	struct vprep_error err = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (vprep_launch_enter(session, launch, &err) < 0)
			_exit(fail(&err));
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int launch_and_run(struct vprep_session *session,
			  const struct vprep_request *request, char **command)
{
	struct vprep_error err = { 0 };
	struct vprep_launch *launch;
	char **argv;
	int status = 1;

	if (vprep_launch(session, request, &launch, &err) < 0)
		return fail(&err);
	argv = join(command, launch->words);
	if (argv)
		status = run(session, launch, argv);
	free(argv);
	vprep_launch_free(launch);
	return status;
}

static int with_device(struct vprep_session *session, const char *device,
		       const char *user, char **command)
{
	const char *const names[] = { device, NULL };
	char owner[32];
	const struct vprep_request request = {
		.names = names,
		.user = user,
		.owner = owner,
		.pid = getpid(), /* should we be killed, recover gives it back */
	};
	const struct vprep_detach_request release = { .owner = owner };
	struct vprep_error err = { 0 };
	int status;

	snprintf(owner, sizeof(owner), "with-device-%d", getpid());
	if (vprep_attach(session, &request, &err) < 0)
		return fail(&err);
	status = launch_and_run(session, &request, command);
	if (vprep_detach(session, &release, &err) < 0)
		return fail(&err);
	return status;
}

int main(int argc, char **argv)
{
	const struct vprep_options options = { .log = tell };
	struct vprep_session *session;
	struct vprep_error err = { 0 };
	int status;

	if (argc < 4) {
		fputs("usage: with-device DEVICE USER COMMAND...\n", stderr);
		return 2;
	}
	if (vprep_session_new(&options, &session, &err) < 0)
		return fail(&err);
	status = with_device(session, argv[1], argv[2], argv + 3);
	vprep_session_free(session);
	return status;
}

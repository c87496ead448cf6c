// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes that wait in the kernel.
 *
 * A process in such a write cannot be killed: after SIGKILL it stays until the write is
 * done. Nothing in user space sleeps so deeply, but a traced process does: a helper does
 * the write, and traces the writer so that a killed one stops on its way out until the
 * helper lets go.
 */
#include "fake/internal.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

bool fake_anything_held(struct fake *f)
{
	_cleanup_strv_ char **held = fake_list(f, ".fake/held");

	return held[0] != NULL;
}

bool fake_anything_busy(struct fake *f)
{
	_cleanup_strv_ char **busy = fake_list(f, ".fake/busy");

	return busy[0] != NULL;
}

/* The tree may go away meanwhile: the test is over. */
static void pause_in(struct fake *f)
{
	fake_pause_locked();
	if (!fake_has(f, ".fake"))
		_exit(0);
}

void fake_wait_while(struct fake *f, const char *format, ...)
{
	FAKE_FORMAT(path, format);
	while (fake_has(f, "%s", path))
		pause_in(f);
}

void fake_wait_device(struct fake *f, const char *address)
{
	fake_wait_while(f, ".fake/busy/%s", address);
}

struct channel {
	int go[2];     /* the helper has taken hold */
	int result[2]; /* of the write */
};

static void help(struct fake *f, const struct channel *c, const char *path,
		 const char *value) __attribute__((noreturn));

static void help(struct fake *f, const struct channel *c, const char *path,
		 const char *value)
{
	pid_t writer = getppid();
	char go;
	int r;

	setsid(); /* out of reach of a signal to the writer's group */
	must(read(c->go[0], &go, 1) == 1);
	/* Where tracing is not allowed the writer can be killed; the write is done all
	 * the same. */
	ptrace(PTRACE_SEIZE, writer, NULL, (void *)PTRACE_O_TRACEEXIT);
	fake_add_process(f, writer);
	must(write(c->result[1], &(int){ 1 }, sizeof(int)) == sizeof(int));
	r = fake_write(f, path, value);
	fake_remove(f, "proc/%d", (int)writer);
	/* A writer that was killed has gone: that is no error. */
	signal(SIGPIPE, SIG_IGN);
	if (write(c->result[1], &r, sizeof(r)) < 0)
		r = 0;
	_exit(0); /* which ends the tracing */
}

static void close_all_but(struct fake *f, const struct channel *c)
{
	int keep[] = { f->dir, c->go[0], c->result[1] };
	size_t i;

	/* To a place of their own, above all else. */
	for (i = 0; i < VPREP_ARRAY_SIZE(keep); i++)
		must(dup2(keep[i], 1000 + (int)i) >= 0);
	close_range(0, 999, 0);
	close_range(1003, ~0u, 0);
	f->dir = 1000;
}

int fake_write_held(struct fake *f, const char *path, const char *value)
{
	struct channel c;
	int started = 0, r = -EIO;
	pid_t helper;

	must(pipe(c.go) == 0 && pipe(c.result) == 0);
	helper = fork();
	must(helper >= 0);
	if (helper == 0) {
		close_all_but(f, &c);
		c = (struct channel){ .go = { 1001, -1 }, .result = { -1, 1002 } };
		help(f, &c, path, value);
	}
	close(c.go[0]);
	close(c.result[1]);
	prctl(PR_SET_PTRACER, helper);
	must(write(c.go[1], "", 1) == 1);
	must(read(c.result[0], &started, sizeof(started)) == sizeof(started));
	while (read(c.result[0], &r, sizeof(r)) < 0 && errno == EINTR)
		;
	close(c.go[1]);
	close(c.result[0]);
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What starting programs costs, as libvirtd starts a hook: a file comes down a pipe.
 *
 *   spawn ROUNDS FILE PROGRAM [ARGUMENT]… [-- PROGRAM [ARGUMENT]…]…
 *
 * The programs take turns. For each, a line: the median of the time from before it is
 * started until it has ended, in microseconds, and the largest resident size, in
 * kilobytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS_MAX 8
#define INPUT_MAX 65536 /* what a pipe holds */

extern char **environ;

static char input[INPUT_MAX];
static size_t input_len;

struct program {
	char **argv;
	int64_t *times;
	long resident;
};

static void die(const char *what)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void read_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, input, sizeof(input));

	if (n < 0)
		die(path);
	input_len = (size_t)n;
	close(fd);
}

/* Returns microseconds. */
static int64_t run(struct program *program)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int pipes[2], status;
	int64_t start;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0 ||
	    write(pipes[1], input, input_len) != (ssize_t)input_len)
		die("pipe");
	close(pipes[1]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[0], STDIN_FILENO);
	start = now_us();
	errno = posix_spawn(&pid, program->argv[0], &actions, NULL, program->argv,
			    environ);
	if (errno)
		die(program->argv[0]);
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		die(program->argv[0]);
	start = now_us() - start;
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[0]);
	if (usage.ru_maxrss > program->resident)
		program->resident = usage.ru_maxrss;
	return start;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct program programs[PROGRAMS_MAX] = { { NULL } };
	size_t n = 0, rounds, i, k;

	if (argc < 4)
		return 2;
	rounds = (size_t)strtoul(argv[1], NULL, 10);
	read_input(argv[2]);
	for (i = 3; i < (size_t)argc && n < PROGRAMS_MAX; i++) {
		programs[n++].argv = &argv[i];
		while (i < (size_t)argc && strcmp(argv[i], "--") != 0)
			i++;
		argv[i] = NULL;
	}
	for (i = 0; i < n; i++) {
		programs[i].times = calloc(rounds + 1, sizeof(int64_t));
		if (!programs[i].times)
			die("memory");
		run(&programs[i]); /* once without counting */
	}
	for (k = 0; k < rounds; k++)
		for (i = 0; i < n; i++) {
			struct program *p = &programs[k % 2 ? n - 1 - i : i];

			p->times[k] = run(p);
		}
	for (i = 0; i < n; i++) {
		qsort(programs[i].times, rounds, sizeof(int64_t), compare);
		printf("%lld %ld\n", (long long)programs[i].times[rounds / 2],
		       programs[i].resident);
		free(programs[i].times);
	}
	return 0;
}

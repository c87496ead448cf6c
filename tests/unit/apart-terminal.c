// SPDX-License-Identifier: GPL-2.0-or-later
/* A command for another user, and the caller's terminal, which this program plays. */
#include "run/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utmp.h>

#include "apart-test.h"

#define PATIENCE 20000 /* ms */

struct caller {
	pid_t pid;
	int fd; /* of the other side of its terminal */
	struct vprep_buf screen;
};

/* What the caller runs is a job of a shell's: a group of its own in the foreground. When
 * it stops, that is told, and a line lets it go on. */
static int as_job(int (*fn)(void))
{
	struct termios before, after;
	pid_t pid = fork();
	int status;

	signal(SIGTTOU, SIG_IGN);
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(STDIN_FILENO, getpid());
		signal(SIGTTOU, SIG_DFL);
		be_program();
		_exit(fn());
	}
	tcgetattr(STDIN_FILENO, &before);
	setpgid(pid, pid);
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		tcsetpgrp(STDIN_FILENO, getpid());
		tcgetattr(STDIN_FILENO, &after);
		printf("[stopped, %s]\n",
		       after.c_lflag == before.c_lflag ? "as before" : "raw");
		fflush(stdout);
		while (getchar() != '\n')
			;
		tcsetpgrp(STDIN_FILENO, pid);
		kill(-pid, SIGCONT);
	}
	tcsetpgrp(STDIN_FILENO, getpid());
	tcgetattr(STDIN_FILENO, &after);
	printf("[%d, %s]\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	       after.c_lflag == before.c_lflag ? "as before" : "raw");
	fflush(stdout);
	return 0;
}

static void caller_start(struct caller *c, int (*fn)(void))
{
	const struct winsize size = { .ws_row = 33, .ws_col = 77 };

	*c = (struct caller){ 0 };
	fflush(NULL);
	c->pid = forkpty(&c->fd, NULL, NULL, &size);
	assert_true(c->pid >= 0);
	if (c->pid == 0)
		_exit(as_job(fn));
	vprep_buf_add(&c->screen, "");
}

static bool caller_read(struct caller *c, int patience)
{
	struct pollfd fd = { c->fd, POLLIN, 0 };
	char text[4096];
	ssize_t n = poll(&fd, 1, patience) == 1 ? read(c->fd, text, sizeof(text)) : -1;

	if (n > 0)
		vprep_buf_add_n(&c->screen, text, (size_t)n);
	return n > 0;
}

static void caller_expect(struct caller *c, const char *text)
{
	while (!c->screen.data || !strstr(c->screen.data, text))
		if (!caller_read(c, PATIENCE))
			fail_msg("no '%s' in '%s'", text,
				 c->screen.data ? c->screen.data : "");
}

static void caller_type(struct caller *c, const char *text)
{
	assert_int_equal(write(c->fd, text, strlen(text)), strlen(text));
}

static void caller_end(struct caller *c, const char *end)
{
	caller_expect(c, end);
	close(c->fd);
	waitpid(c->pid, NULL, 0);
	vprep_buf_done(&c->screen);
}

static int shows_terminal(void)
{
	return shell(
		"tty; tty <&1; tty <&2; tty < /dev/tty; stty size; read line; "
		"echo \"<$line>\"; ps -o sid= -p $$ | grep -q $(ps -o ppid= -p $$) && "
		"echo session; exit 5");
}

static void it_has_a_terminal_of_its_own(void **state)
{
	struct caller c;
	char *line;

	(void)state;
	caller_start(&c, shows_terminal);
	caller_expect(&c, "33 77");
	line = strstr(c.screen.data, "/dev/pts/");
	assert_non_null(line);
	assert_string_not_equal(line, ptsname(c.fd));
	assert_null(strstr(c.screen.data, ptsname(c.fd)));
	caller_type(&c, "hello\r");
	caller_expect(&c, "<hello>");
	caller_expect(&c, "session");
	caller_end(&c, "[5, as before]");
}

static int injects(void)
{
	return run("/proc/self/exe", "inject", NULL);
}

static int injects_as_before(void)
{
	return run_apart_or_not("/proc/self/exe", "inject", NULL, false);
}

/* In the command: a line for the caller's shell, on whatever terminal there is. */
static int inject(void)
{
	static const char line[] = "\necho injected\n";
	int tty = open("/dev/tty", O_RDWR), fd;
	size_t i;

	for (fd = 0; fd < 256; fd++)
		for (i = 0; i < sizeof(line) - 1; i++)
			ioctl(fd, TIOCSTI, &line[i]);
	return tty < 0;
}

static bool is_injected(int (*fn)(void))
{
	struct pollfd fd;
	int master, slave, status;
	pid_t pid;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		login_tty(slave);
		be_program();
		status = fn();
		fd = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
		_exit(poll(&fd, 1, 300) == 1 ? 100 : status);
	}
	close(slave);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 100;
}

static void it_puts_nothing_into_the_callers_input(void **state)
{
	(void)state;
	if (!is_injected(injects_as_before)) {
		print_message("skipped: this kernel lets nobody use TIOCSTI\n");
		skip();
	}
	assert_false(is_injected(injects));
}

static int waits_for_interrupt(void)
{
	return shell(
		"trap 'echo int; exit 9' INT; echo up; while :; do sleep 0.05; done");
}

static void a_key_reaches_it(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, waits_for_interrupt);
	caller_expect(&c, "up");
	caller_type(&c, "\x03");
	caller_end(&c, "[9, as before]");
}

static int stops(void)
{
	return shell("echo up; read line; echo \"<$line>\"; exit 6");
}

static void what_stops_it_stops_us(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, stops);
	caller_expect(&c, "up");
	caller_type(&c, "\x1a");
	caller_expect(&c, "[stopped, as before]");
	caller_type(&c, "go on\n");
	usleep(200000);
	caller_type(&c, "again\r");
	caller_expect(&c, "<again>");
	caller_end(&c, "[6, as before]");
}

static int watches_size(void)
{
	return shell("trap 'stty size' WINCH; echo up; for i in 1 2 3 4 5 6 7 8 9 10; do "
		     "sleep 0.1; done");
}

static void a_new_size_is_handed_on(void **state)
{
	const struct winsize size = { .ws_row = 11, .ws_col = 22 };
	struct caller c;

	(void)state;
	caller_start(&c, watches_size);
	caller_expect(&c, "up");
	assert_int_equal(ioctl(c.fd, TIOCSWINSZ, &size), 0);
	caller_expect(&c, "11 22");
	caller_end(&c, "[0, as before]");
}

static int writes_much(void)
{
	return shell("seq 1 30000; echo last");
}

static void all_that_it_writes_is_shown(void **state)
{
	struct caller c;
	const char *at;
	int i;

	(void)state;
	caller_start(&c, writes_much);
	caller_expect(&c, "last");
	for (at = c.screen.data, i = 1; i <= 30000; i++) {
		_cleanup_free_ char *line = vprep_strf("%d\r\n", i);

		at = strstr(at, line);
		if (!at)
			fail_msg("line %d is missing", i);
	}
	caller_end(&c, "[0, as before]");
}

static int waits_for_hangup(void)
{
	return shell("trap 'echo hup > \"$KEPT\"; exit' HUP; echo up; "
		     "while :; do sleep 0.05; done");
}

static void it_hangs_up_with_the_callers(void **state)
{
	char path[] = "/tmp/vprep-apart-XXXXXX";
	int fd = mkstemp(path), i;
	struct caller c;
	struct stat st = { 0 };

	(void)state;
	setenv("KEPT", path, 1);
	caller_start(&c, waits_for_hangup);
	caller_expect(&c, "up");
	close(c.fd);
	for (i = 0; i < PATIENCE / 50 && st.st_size == 0; i++) {
		usleep(50000);
		assert_int_equal(fstat(fd, &st), 0);
	}
	unlink(path);
	close(fd);
	assert_int_equal(st.st_size, strlen("hup\n"));
	waitpid(c.pid, NULL, 0);
	vprep_buf_done(&c.screen);
}

/* Else the program would turn in circles for as long as the command goes on. */
static void a_terminal_that_is_gone_is_not_asked_for(void **state)
{
	struct pollfd fds[VPREP_TERMINAL_FDS];
	struct vprep_terminal t = { .master = -1, .slave = -1, .is_raw = true };
	int other;

	(void)state;
	assert_int_equal(openpty(&other, &t.keyboard, NULL, NULL, NULL), 0);
	t.screen = dup(t.keyboard);
	close(other);
	t.output.to = 1;
	vprep_terminal_watch(&t, fds);
	assert_int_equal(poll(fds, VPREP_TERMINAL_FDS, PATIENCE), 2);
	vprep_terminal_move(&t, fds);
	vprep_terminal_watch(&t, fds);
	assert_int_equal(fds[0].fd, -1);
	assert_int_equal(fds[2].fd, -1);
	assert_int_equal(t.output.from, t.output.to);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(it_has_a_terminal_of_its_own),
		TEST(it_puts_nothing_into_the_callers_input),
		TEST(a_key_reaches_it),
		TEST(what_stops_it_stops_us),
		TEST(a_new_size_is_handed_on),
		TEST(all_that_it_writes_is_shown),
		TEST(it_hangs_up_with_the_callers),
		TEST(a_terminal_that_is_gone_is_not_asked_for),
	};

	signal(SIGHUP, SIG_DFL); /* a session whose leader ignores it does not hang up */
	if (argc > 1 && strcmp(argv[1], "inject") == 0)
		return inject();
	return cmocka_run_group_tests_name("apart-terminal", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* udevd's sockets as its versions have them, each with a server that answers as it does. */
#include "udev/control.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "test.h"

#define BUSY_MS 150 /* how long a server reads its rules */

struct packet {
	char version[16];
	uint32_t magic;
	uint32_t type;
	char value[256];
};

static char dir[32];
static pid_t servers[2];
static size_t n_servers;

static int setup(void **state)
{
	strcpy(dir, "/tmp/udev-control.XXXXXX");
	assert_non_null(mkdtemp(dir));
	n_servers = 0;
	return test_begin(state);
}

static int teardown(void **state)
{
	static const char *const names[] = { "control", "io.systemd.Udev", "done" };
	size_t i;

	while (n_servers > 0) {
		n_servers--;
		kill(servers[n_servers], SIGKILL);
		waitpid(servers[n_servers], NULL, 0);
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = vprep_strf("%s/%s", dir, names[i]);

		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
	return test_end(state);
}

#define CONTROL_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static int listen_at(const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", dir, name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

/* The server notes in the file "done" what it was asked, once it has done it. */
static void note(const char *what)
{
	_cleanup_free_ char *path = vprep_strf("%s/done", dir);
	FILE *file = fopen(path, "a");

	fputs(what, file);
	fclose(file);
}

static void check_noted(const char *want)
{
	_cleanup_free_ char *path = vprep_strf("%s/done", dir);
	char text[256] = "";
	FILE *file = fopen(path, "r");

	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	assert_string_equal(text, want);
}

/* In a process of its own: @serve has each connection. */
static void start_server(const char *name, int type, void (*serve)(int fd))
{
	int fd = listen_at(name, type);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		servers[n_servers++] = pid;
		close(fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		serve(connection);
		close(connection);
	}
}

static bool take_packet(int fd)
{
	struct packet packet = { 0 };

	if (recv(fd, &packet, sizeof(packet), 0) != sizeof(packet))
		return false;
	if (packet.magic != 0xdead1dea)
		note("?");
	if (packet.type == 4) {
		vprep_sleep_ms(BUSY_MS);
		note("reload ");
	}
	if (packet.type == 7)
		note("ping ");
	return packet.type != 0;
}

/* Waits until that is noted: a server notes what it has done, and not what it is at. */
static void check_noted_soon(const char *want)
{
	_cleanup_free_ char *path = vprep_strf("%s/done", dir);
	int64_t end = vprep_now_ms() + 5000;
	struct stat st = { 0 };

	while (vprep_now_ms() < end &&
	       (stat(path, &st) < 0 || st.st_size < (off_t)strlen(want)))
		vprep_sleep_ms(5);
	check_noted(want);
}

/* systemd 242 to 259: one connection, until it says that this was all. */
static void serve_packets(int fd)
{
	while (take_packet(fd))
		;
}

/* Before: one packet a connection. */
static void serve_one_packet(int fd)
{
	take_packet(fd);
}

static void answer(int fd, const char *reload, const char *ping)
{
	char text[256];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0) {
		bool is_ping = text[n - 1] == '\0' && strstr(text, ".Ping\"");
		const char *reply = is_ping ? ping : reload;

		if (!is_ping)
			vprep_sleep_ms(BUSY_MS);
		note(is_ping ? "ping " : "reload ");
		/* in two parts, as a stream may be */
		send(fd, reply, 1, MSG_NOSIGNAL);
		send(fd, reply + 1, strlen(reply), MSG_NOSIGNAL);
	}
}

static void serve_varlink(int fd)
{
	answer(fd, "{\"parameters\":{}}", "{}");
}

static void serve_errors(int fd)
{
	answer(fd, "{\"error\":\"org.varlink.service.MethodNotFound\"}", "{}");
}

static void serve_nobody(int fd)
{
	(void)fd;
	pause();
}

static void check_reloads(const char *noted)
{
	int64_t start = vprep_now_ms();

	assert_true(vprep_udev_control_is_there(dir));
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), 0);
	assert_true(vprep_now_ms() - start >= BUSY_MS);
	check_noted(noted);
}

/* The server is at it, and need not be done. */
static void check_taken(void)
{
	assert_true(vprep_udev_control_is_there(dir));
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), 0);
	check_noted_soon("reload ");
}

static void a_packet_is_waited_for_until_it_is_taken(void **state)
{
	(void)state;
	start_server("control", SOCK_SEQPACKET, serve_packets);
	check_taken();
}

static void a_server_that_takes_one_packet_is_waited_for(void **state)
{
	(void)state;
	start_server("control", SOCK_SEQPACKET, serve_one_packet);
	check_taken();
}

/* It is busy for a while before it looks at the packet. */
static void serve_late(int fd)
{
	vprep_sleep_ms(BUSY_MS);
	note("looks ");
	serve_packets(fd);
}

static void nobody_goes_on_before_the_packet_is_taken(void **state)
{
	int64_t start = vprep_now_ms();

	(void)state;
	start_server("control", SOCK_SEQPACKET, serve_late);
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), 0);
	assert_true(vprep_now_ms() - start >= BUSY_MS);
	check_noted_soon("looks reload ");
}

static void varlink_is_waited_for(void **state)
{
	(void)state;
	start_server("io.systemd.Udev", SOCK_STREAM, serve_varlink);
	check_reloads("reload ping ");
}

static void the_old_name_may_be_a_link_to_varlink(void **state)
{
	_cleanup_free_ char *path = vprep_strf("%s/control", dir);

	(void)state;
	start_server("io.systemd.Udev", SOCK_STREAM, serve_varlink);
	assert_int_equal(symlink("io.systemd.Udev", path), 0);
	check_reloads("reload ping ");
}

static void the_old_name_may_speak_varlink(void **state)
{
	(void)state;
	start_server("control", SOCK_STREAM, serve_varlink);
	check_reloads("reload ping ");
}

static void varlink_that_does_not_know_the_call_leaves_the_packets(void **state)
{
	(void)state;
	start_server("io.systemd.Udev", SOCK_STREAM, serve_errors);
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), -EPROTO);
	check_noted("reload ");
	start_server("control", SOCK_SEQPACKET, serve_packets);
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), 0);
	check_noted_soon("reload reload ");
}

static void who_only_tells_does_not_wait(void **state)
{
	int64_t start = vprep_now_ms();

	(void)state;
	start_server("control", SOCK_SEQPACKET, serve_packets);
	assert_int_equal(vprep_udev_control_tell_reload(dir), 0);
	assert_true(vprep_now_ms() - start < BUSY_MS);
	/* it was understood all the same: this one is served after that */
	assert_int_equal(vprep_udev_control_reload(dir, 5000, NULL, NULL), 0);
	check_noted_soon("reload reload ");
}

static void varlink_is_not_only_told(void **state)
{
	(void)state;
	start_server("control", SOCK_STREAM, serve_varlink);
	assert_int_equal(vprep_udev_control_tell_reload(dir), -EPROTOTYPE);
	check_noted("");
}

static bool at_once(void *data)
{
	(void)data;
	return true;
}

static void who_is_interrupted_waits_no_longer(void **state)
{
	(void)state;
	start_server("control", SOCK_SEQPACKET, serve_nobody);
	assert_int_equal(vprep_udev_control_reload(dir, 60000, at_once, NULL), -EINTR);
}

static void nobody_is_there(void **state)
{
	(void)state;
	assert_false(vprep_udev_control_is_there(dir));
	assert_int_equal(vprep_udev_control_reload(dir, 100, NULL, NULL), -ENOENT);
	/* what a udevd leaves that was killed */
	close(listen_at("control", SOCK_SEQPACKET));
	close(listen_at("io.systemd.Udev", SOCK_STREAM));
	assert_false(vprep_udev_control_is_there(dir));
	assert_int_equal(vprep_udev_control_reload(dir, 100, NULL, NULL), -ECONNREFUSED);
}

static void a_server_that_does_not_answer_is_left(void **state)
{
	(void)state;
	start_server("io.systemd.Udev", SOCK_STREAM, serve_nobody);
	assert_true(vprep_udev_control_is_there(dir));
	assert_int_equal(vprep_udev_control_reload(dir, 100, NULL, NULL), -ETIMEDOUT);
}

/* udevd keeps one connection waiting, and no other: asking must not be that one. */
static void asking_takes_nobody_s_place(void **state)
{
	int server = listen_at("control", SOCK_SEQPACKET), i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_true(vprep_udev_control_is_there(dir));
	/* the packets are taken by nobody, but the connection was */
	assert_int_equal(vprep_udev_control_reload(dir, 100, NULL, NULL), -ETIMEDOUT);
	/* it is still there, as nobody accepted it: now there is no room */
	assert_int_equal(vprep_udev_control_reload(dir, 100, NULL, NULL), -ETIMEDOUT);
	assert_true(vprep_udev_control_is_there(dir));
	close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(a_packet_is_waited_for_until_it_is_taken),
		CONTROL_TEST(nobody_goes_on_before_the_packet_is_taken),
		CONTROL_TEST(a_server_that_takes_one_packet_is_waited_for),
		CONTROL_TEST(varlink_is_waited_for),
		CONTROL_TEST(the_old_name_may_be_a_link_to_varlink),
		CONTROL_TEST(the_old_name_may_speak_varlink),
		CONTROL_TEST(varlink_that_does_not_know_the_call_leaves_the_packets),
		CONTROL_TEST(who_only_tells_does_not_wait),
		CONTROL_TEST(varlink_is_not_only_told),
		CONTROL_TEST(who_is_interrupted_waits_no_longer),
		CONTROL_TEST(nobody_is_there),
		CONTROL_TEST(a_server_that_does_not_answer_is_left),
		CONTROL_TEST(asking_takes_nobody_s_place),
	};

	return cmocka_run_group_tests_name("udev-control", tests, NULL, NULL);
}

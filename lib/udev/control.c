// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/control.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"

#define PACKETS "control"
#define VARLINK "io.systemd.Udev"
#define RETRY_MS 5
#define POLL_MS 100 /* how late an interruption may be noticed */
#define TELL_MS 1000
#define TAKEN_MAX_MS 16

/* ---- connecting ---- */

static int address_of(const char *dir, const char *name, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", dir, name);
	return n < 0 || (size_t)n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

static int try_connect(const char *dir, const char *name, int type, int *ret)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address;
	int r = address_of(dir, name, &address);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

bool vprep_udev_control_is_there(const char *dir)
{
	static const char *const names[] = { PACKETS, VARLINK };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		_cleanup_close_ int fd = -1;
		/* of a type that neither socket has: the kernel says that it is the wrong
		 * one, which it can only say of a socket that somebody has open. Who may
		 * not write to it cannot ask, and takes its file for an answer. */
		int r = try_connect(dir, names[i], SOCK_DGRAM, &fd);

		if (r == -EPROTOTYPE || r == -EACCES)
			return true;
	}
	return false;
}

/* How long somebody waits. */
struct patience {
	int64_t end; /* ms, monotonic */
	bool (*interrupted)(void *data);
	void *data;
};

/* 0, or why nobody waits any longer. */
static int check_patience(const struct patience *p)
{
	if (p->interrupted && p->interrupted(p->data))
		return -EINTR;
	return vprep_now_ms() >= p->end ? -ETIMEDOUT : 0;
}

/* udevd takes one connection at a time, and hardly keeps others waiting: another udevadm
 * may be before us. */
static int connect_until(const char *dir, const char *name, int type,
			 const struct patience *p, int *ret)
{
	int r;

	while ((r = try_connect(dir, name, type, ret)) == -EAGAIN) {
		r = check_patience(p);
		if (r < 0)
			return r;
		vprep_sleep_ms(RETRY_MS);
	}
	return r;
}

/* Waits until there is something to be read, or the other side has closed. */
static int wait_readable(int fd, const struct patience *p)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (n == 0) {
		int64_t left = p->end - vprep_now_ms();
		int r = check_patience(p);

		if (r < 0)
			return r;
		n = poll(&poll_fd, 1, (int)(left < POLL_MS ? left : POLL_MS));
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	return n < 0 ? -errno : 0;
}

/* ---- packets ---- */

#define MAGIC 0xdead1deau

enum packet_type {
	PACKET_END = 0,
	PACKET_RELOAD = 4,
};

struct packet {
	char version[16];
	uint32_t magic;
	uint32_t type;
	char value[256];
};

/* -EPIPE: udevd has closed the connection. */
static int send_packet(int fd, enum packet_type type)
{
	struct packet packet = { .version = "udev-", .magic = MAGIC, .type = type };

	if (send(fd, &packet, sizeof(packet), MSG_NOSIGNAL) < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

/* Without the last packet udevd would complain of how the connection ended. One of before
 * systemd 242 has closed it after the first. */
static int send_end(int fd)
{
	int r = send_packet(fd, PACKET_END);

	return r == -EPIPE ? 0 : r;
}

/* A socket with the least room can be written to again when what it holds was taken, and
 * the kernel wakes who waits for that. Where a packet leaves room, that is only asked. */
static int wait_woken(int fd, const struct patience *p)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	int r = 0;

	while (r == 0 && poll(&poll_fd, 1, POLL_MS) <= 0)
		r = check_patience(p);
	return r;
}

/*
 * Until udevd has taken the packet out of the socket. It does what a packet says at once,
 * and nothing else before that: it begins no event between taking the packet and reading
 * its rules, however long that takes. So nobody has to wait until they are read.
 */
static int wait_taken(int fd, const struct patience *p)
{
	struct pollfd closed = { .fd = fd, .events = POLLIN };
	int left = 1, r = wait_woken(fd, p);
	unsigned pause = 1;

	while (r == 0 && left > 0 && poll(&closed, 1, 0) <= 0) {
		if (ioctl(fd, SIOCOUTQ, &left) < 0)
			return -errno;
		r = left > 0 ? check_patience(p) : 0;
		if (r == 0 && left > 0)
			vprep_sleep_ms(pause);
		pause = pause < TAKEN_MAX_MS ? 2 * pause : pause;
	}
	return r;
}

/* @p NULL: nothing is waited for. */
static int reload_by_packets(int fd, const struct patience *p)
{
	const int least = 1;
	int r;

	if (p)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	r = send_packet(fd, PACKET_RELOAD);
	if (r == 0 && p)
		r = wait_taken(fd, p);
	if (r == 0)
		r = send_end(fd);
	return r == -EPIPE ? -EPROTO : r;
}

/* ---- Varlink: a JSON object and a NUL byte each way ---- */

/* An object without an "error" says that it was done; what else is in it is of no
 * interest. */
static int read_reply(int fd, const struct patience *p)
{
	char reply[1024] = "";
	size_t n = 0;

	while (n == 0 || reply[n - 1] != '\0') {
		int r = wait_readable(fd, p);
		ssize_t got;

		if (r < 0)
			return r;
		got = n < sizeof(reply) ? recv(fd, reply + n, sizeof(reply) - n, 0) : 0;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got == 0)
			return -EPROTO;
		if (got > 0)
			n += (size_t)got;
	}
	return reply[0] == '{' && !strstr(reply, "\"error\"") ? 0 : -EPROTO;
}

static int reload_by_varlink(int fd, const struct patience *p)
{
	static const char *const calls[] = {
		"{\"method\":\"io.systemd.service.Reload\"}",
		"{\"method\":\"io.systemd.service.Ping\"}",
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(calls); i++) {
		size_t len = strlen(calls[i]) + 1;
		ssize_t n = send(fd, calls[i], len, MSG_NOSIGNAL);

		if (n < 0)
			return -errno;
		r = (size_t)n == len ? read_reply(fd, p) : -EIO;
	}
	return r;
}

/* ---- both ---- */

static const struct {
	const char *name;
	int type;
	int (*reload)(int fd, const struct patience *p);
} protocols[] = {
	{ PACKETS, SOCK_SEQPACKET, reload_by_packets },
	{ VARLINK, SOCK_STREAM, reload_by_varlink },
	{ PACKETS, SOCK_STREAM, reload_by_varlink }, /* it is a link */
};

int vprep_udev_control_reload(const char *dir, int milliseconds,
			      bool (*interrupted)(void *data), void *data)
{
	const struct patience p = { vprep_now_ms() + milliseconds, interrupted, data };
	int result = -ENOENT;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(protocols); i++) {
		_cleanup_close_ int fd = -1;
		int r = connect_until(dir, protocols[i].name, protocols[i].type, &p, &fd);

		if (r == 0)
			r = protocols[i].reload(fd, &p);
		if (r == 0 || r == -ETIMEDOUT || r == -EINTR)
			return r;
		if (result == -ENOENT)
			result = r;
	}
	return result;
}

int vprep_udev_control_tell_reload(const char *dir)
{
	const struct patience p = { .end = vprep_now_ms() + TELL_MS };
	_cleanup_close_ int fd = -1;
	int r = connect_until(dir, PACKETS, SOCK_SEQPACKET, &p, &fd);

	return r == 0 ? reload_by_packets(fd, NULL) : r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A daemon on the library: attaches devices at once, each for an owner of its own, and
 * answers a timer all the time. When standard input ends, it gives them back, at once as
 * well.
 *   event-loop DEVICE...
 * Ctrl-C rolls back what is under way. With the library installed:
 *   cc event-loop.c $(pkg-config --cflags --libs libvfio-prep)
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <vfio-prep.h>

#define TICK_NS 10000000 /* 10 ms */

/* What the daemon keeps of a device: a session of its own, as tasks are to go on at once,
 * and the task while there is one. */
struct device {
	const char *name;
	char owner[32];
	struct vprep_session *session;
	struct vprep_task *task;
	bool is_attached;
};

struct daemon {
	int epoll, timer, signals;
	struct device *devices;
	int n_devices;
	int n_tasks; /* that go on */
	unsigned long n_ticks;
	bool is_over; /* the devices are to be given back */
	int status;   /* exit status */
};

static void fail(struct daemon *d, const char *name, const struct vprep_error *err)
{
	fprintf(stderr, "%s: %s\n", name, err->message);
	d->status = vprep_error_exit_status(err);
}

static void watch(const struct daemon *d, int fd, void *data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };

	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("epoll_ctl");
		exit(1);
	}
}

static void start(struct daemon *d, struct device *device)
{
	const char *const names[] = { device->name, NULL };
	const struct vprep_request request = { .size = sizeof(request),
					       .names = names,
					       .owner = device->owner };
	const struct vprep_detach_request detach = { .size = sizeof(detach),
						     .owner = device->owner };
	struct vprep_error err = { 0 };
	int r = device->is_attached ? vprep_detach_start(device->session, &detach,
							 &device->task, &err)
				    : vprep_attach_start(device->session, &request,
							 &device->task, &err);

	if (r < 0) {
		fail(d, device->name, &err);
		return;
	}
	watch(d, vprep_task_fd(device->task), device);
	d->n_tasks++;
}

/* One question about one device: who has its group now. */
static void tell_holder(struct daemon *d, struct device *device)
{
	struct vprep_held_devices *held;
	const struct vprep_held_device *one;
	struct vprep_error err = { 0 };
	size_t i;

	if (vprep_held_device_find(device->session, device->name, &held, &err) < 0) {
		fail(d, device->name, &err);
		return;
	}
	for (i = 0; (one = vprep_held_device_at(held, i)); i++)
		printf("%s: held by %s, group %d\n", one->device, one->owner, one->group);
	vprep_held_devices_free(held);
}

/* The task's fd is closed, which takes it out of the epoll set. */
static void finish(struct daemon *d, struct device *device)
{
	struct vprep_error err = { 0 };
	int r = vprep_task_finish(device->task, &err);

	device->task = NULL;
	d->n_tasks--;
	printf("%s: %s after %lu ticks\n", device->name, r < 0 ? "failed" : "done",
	       d->n_ticks);
	if (r < 0) {
		fail(d, device->name, &err);
		d->is_over = true;
		return;
	}
	device->is_attached = !device->is_attached;
	if (device->is_attached)
		tell_holder(d, device);
}

static void take_events(struct daemon *d, struct device *device)
{
	const struct vprep_task_event *event;

	while ((event = vprep_task_next(device->task))) {
		if (event->type == VPREP_TASK_ENDED) {
			finish(d, device);
			return;
		}
		if (event->type == VPREP_TASK_LINE && event->level != VPREP_LOG_DEBUG)
			printf("%s: %s\n", device->name, event->line);
		else if (event->type == VPREP_TASK_PROGRESS)
			printf("%s: %s %u of %u\n", device->name, event->progress->work,
			       event->progress->done, event->progress->total);
	}
}

static void tick(struct daemon *d)
{
	uint64_t n;

	if (read(d->timer, &n, sizeof(n)) == sizeof(n))
		d->n_ticks += n;
}

static void stop(struct daemon *d)
{
	struct signalfd_siginfo info;
	int i;

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return;
	d->is_over = true;
	for (i = 0; i < d->n_devices; i++)
		if (d->devices[i].task && !d->devices[i].is_attached)
			vprep_task_cancel(d->devices[i].task);
}

/* What comes there is of no interest; that it ends is. */
static void take_input(struct daemon *d)
{
	char text[256];

	if (read(STDIN_FILENO, text, sizeof(text)) > 0)
		return;
	epoll_ctl(d->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
	d->is_over = true;
}

static void loop(struct daemon *d)
{
	struct epoll_event events[8];
	int i, n;

	while (d->n_tasks > 0 || !d->is_over) {
		n = epoll_wait(d->epoll, events, 8, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr == &d->timer)
				tick(d);
			else if (events[i].data.ptr == &d->signals)
				stop(d);
			else if (events[i].data.ptr == d)
				take_input(d);
			else
				take_events(d, events[i].data.ptr);
		}
	}
}

static void open_fds(struct daemon *d)
{
	const struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC);
	timerfd_settime(d->timer, 0, &every, NULL);
	watch(d, d->timer, &d->timer);
	watch(d, d->signals, &d->signals);
	watch(d, STDIN_FILENO, d);
}

static bool open_devices(struct daemon *d, char **names)
{
	const struct vprep_options options = { .size = sizeof(options) };
	struct vprep_error err = { 0 };
	int i;

	for (i = 0; i < d->n_devices; i++) {
		struct device *device = &d->devices[i];

		device->name = names[i];
		snprintf(device->owner, sizeof(device->owner), "event-loop-%d", i);
		if (vprep_session_new(&options, &device->session, &err) < 0) {
			fail(d, device->name, &err);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct daemon d = { .n_devices = argc - 1 };
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	d.devices = calloc((size_t)argc, sizeof(*d.devices));
	if (argc < 2 || !d.devices) {
		fputs("usage: event-loop DEVICE...\n", stderr);
		return 2;
	}
	open_fds(&d);
	if (open_devices(&d, argv + 1)) {
		for (i = 0; i < d.n_devices; i++)
			start(&d, &d.devices[i]);
		loop(&d);
		for (i = 0; i < d.n_devices; i++)
			if (d.devices[i].is_attached)
				start(&d, &d.devices[i]);
		loop(&d);
	}
	for (i = 0; i < d.n_devices; i++)
		vprep_session_free(d.devices[i].session);
	free(d.devices);
	return d.status;
}

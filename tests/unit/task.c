// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that go on while the program does something else. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define PATIENCE_MS 20000
#define TICKS 5 /* of 20 ms, in which a held device keeps its task */
#define NETWORK_CARD                                                                     \
	"<hostdev type='pci'><source><address bus='5' slot='0x10' "                      \
	"function='1'/></source></hostdev>"

/* A task as the program sees it. */
struct seen {
	struct vprep_task *task;
	unsigned n_lines, n_progress;
	unsigned done, total;
	bool was_named; /* VF, as the device that takes longest */
	bool has_ended;
	char last[256]; /* line */
};

static struct vprep_session *new_session(struct host *h)
{
	_cleanup_free_ char *path = vprep_strf("%s/etc/vfio-prep.conf", h->fake->path);
	const struct vprep_options options = { .config = path };
	struct vprep_session *session;

	assert_int_equal(
		vprep_session_new_on(fake_io(h->fake), &options, &session, &h->err), 0);
	return session;
}

static bool is_readable(const struct vprep_task *task, int timeout)
{
	struct pollfd p = { vprep_task_fd(task), POLLIN, 0 };

	return poll(&p, 1, timeout) > 0;
}

static void take_all(struct seen *seen)
{
	const struct vprep_task_event *e;

	while ((e = vprep_task_next(seen->task))) {
		assert_false(seen->has_ended);
		if (e->type == VPREP_TASK_LINE) {
			seen->n_lines++;
			snprintf(seen->last, sizeof(seen->last), "%s", e->line);
		} else if (e->type == VPREP_TASK_PROGRESS) {
			seen->n_progress++;
			seen->done = e->progress->done;
			seen->total = e->progress->total;
			seen->was_named |=
				e->progress->device && streq(e->progress->device, VF);
		} else {
			seen->has_ended = true;
		}
	}
	assert_false(is_readable(seen->task, 0));
}

static void wait_for_end(struct seen *seen)
{
	int64_t end = vprep_now_ms() + PATIENCE_MS;

	while (!seen->has_ended) {
		assert_true(vprep_now_ms() < end);
		if (is_readable(seen->task, 100))
			take_all(seen);
	}
}

static struct seen start_attach(struct host *h, struct vprep_session *session,
				const char *owner, const char *device)
{
	const char *const names[] = { device, NULL };
	const struct vprep_request request = { .names = names, .owner = owner };
	struct seen seen = { 0 };

	assert_int_equal(vprep_attach_start(session, &request, &seen.task, &h->err), 0);
	return seen;
}

static void a_task_does_what_the_call_does(void **state)
{
	struct host *h = *state;
	struct seen there = start_attach(h, h->session, "web1", VF), back = { 0 };
	const struct vprep_detach_request detach = { .owner = "web1" };

	wait_for_end(&there);
	assert_int_equal(vprep_task_finish(there.task, &h->err), 0);
	assert_true(there.n_progress > 0 && there.done == there.total);
	assert_non_null(strstr(there.last, VF " attached"));
	host_check_driver(h, VF, "vfio-pci");
	assert_string_equal(host_owner_state(h, "web1"), "held");

	assert_int_equal(vprep_detach_start(h->session, &detach, &back.task, &h->err), 0);
	wait_for_end(&back);
	assert_int_equal(vprep_task_finish(back.task, &h->err), 0);
	host_check_same(h);
}

static void a_domain_comes_and_goes(void **state)
{
	static const char xml[] = "<domain><name>web1</name><uuid>" DOMAIN
				  "</uuid><devices>" NETWORK_CARD "</devices></domain>";
	/* not terminated */
	const struct vprep_request request = { .domain = xml,
					       .domain_len = sizeof(xml) - 1 };
	struct host *h = *state;
	struct vprep_task *task;

	assert_int_equal(vprep_prepare_start(h->session, &request, &task, &h->err), 0);
	assert_int_equal(vprep_task_finish(task, &h->err), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(vprep_release_start(h->session, "web1", &task, &h->err), 0);
	assert_int_equal(vprep_task_finish(task, &h->err), 0);
	host_check_same(h);
}

static void two_go_on_beside_the_program(void **state)
{
	struct host *h = *state;
	struct vprep_session *other = new_session(h);
	struct seen a, b;
	unsigned ticks;

	fake_hold(h->fake, VF);
	fake_hold(h->fake, VF2);
	a = start_attach(h, h->session, "web1", VF);
	b = start_attach(h, other, "web2", VF2);
	while (!fake_has(h->fake, ".fake/busy/" VF) ||
	       !fake_has(h->fake, ".fake/busy/" VF2))
		vprep_sleep_ms(1);
	for (ticks = 0; ticks < TICKS; ticks++) {
		vprep_sleep_ms(20);
		take_all(&a);
		take_all(&b);
	}
	assert_false(a.has_ended || b.has_ended);
	fake_release(h->fake, VF2);
	wait_for_end(&b);
	assert_false(a.has_ended);
	fake_release(h->fake, VF);
	wait_for_end(&a);
	assert_true(a.was_named);
	assert_int_equal(vprep_task_finish(a.task, &h->err), 0);
	assert_int_equal(vprep_task_finish(b.task, &h->err), 0);
	assert_string_equal(host_owner_state(h, "web1"), "held");
	assert_string_equal(host_owner_state(h, "web2"), "held");
	vprep_session_free(other);
}

static void the_request_is_copied(void **state)
{
	struct host *h = *state;
	char name[] = VF, owner[] = "web1", user[] = "4321", mode[] = "0660";
	char driver[] = "other-vfio";
	const char *names[] = { name, NULL };
	struct vprep_request request = { .names = names,
					 .owner = owner,
					 .user = user,
					 .mode = mode,
					 .driver = driver };
	struct vprep_task *task;

	fake_hold(h->fake, VF);
	assert_int_equal(vprep_attach_start(h->session, &request, &task, &h->err), 0);
	memset(&request, 0xff, sizeof(request));
	names[0] = NULL;
	name[0] = owner[0] = user[0] = mode[0] = driver[0] = 'x';
	fake_release(h->fake, VF);
	assert_int_equal(vprep_task_finish(task, &h->err), 0);
	host_check_driver(h, VF, "other-vfio");
	assert_true(host_is_node(h, "vfio/7", 4321, 2345, 0660));
}

static void what_fails_is_told_in_the_end(void **state)
{
	struct host *h = *state;
	struct seen seen = start_attach(h, h->session, NULL, "0000:99:00.0");

	wait_for_end(&seen);
	assert_int_equal(vprep_task_finish(seen.task, &h->err), -ENODEV);
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
	assert_non_null(strstr(h->err.message, "0000:99:00.0"));

	seen = start_attach(h, h->session, NULL, "no such name/at all");
	assert_int_equal(vprep_task_finish(seen.task, NULL), -EINVAL);
}

static void one_that_is_cancelled_is_rolled_back(void **state)
{
	struct host *h = *state;
	struct seen seen;

	fake_hold(h->fake, VF);
	seen = start_attach(h, h->session, "web1", VF);
	while (!fake_has(h->fake, ".fake/busy/" VF))
		vprep_sleep_ms(1);
	vprep_task_cancel(seen.task);
	fake_release(h->fake, VF);
	wait_for_end(&seen);
	assert_int_equal(vprep_task_finish(seen.task, &h->err), -EINTR);
	host_check_same(h);
}

/* As a program with threads may do at any time, for whatever it likes. */
static void who_is_forked_meanwhile_keeps_no_lock_and_no_child(void **state)
{
	struct host *h = *state;
	int attached, detached;
	struct seen seen;
	pid_t pid;

	/* the end of a child that binds to such a driver is waited for */
	host_configure(h, "deadline = 1\nserial-drivers = igbvf\n");
	fake_hold(h->fake, VF);
	seen = start_attach(h, h->session, "web1", VF);
	while (!fake_has(h->fake, ".fake/busy/" VF))
		vprep_sleep_ms(1);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	fake_release(h->fake, VF);
	attached = vprep_task_finish(seen.task, &h->err);
	detached = host_detach_owner(h, "web1");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(attached, 0);
	assert_int_equal(detached, 0);
	host_check_same(h);
}

static void a_session_has_one_task(void **state)
{
	const struct vprep_detach_request all = { .all = true };
	struct host *h = *state;
	struct vprep_task *other;
	struct seen seen;

	fake_hold(h->fake, VF);
	seen = start_attach(h, h->session, "web1", VF);
	assert_int_equal(vprep_detach_start(h->session, &all, &other, &h->err), -EBUSY);
	fake_release(h->fake, VF);
	assert_int_equal(vprep_task_finish(seen.task, &h->err), 0);
	assert_int_equal(vprep_detach_start(h->session, &all, &other, &h->err), 0);
	assert_int_equal(vprep_task_finish(other, &h->err), 0);
}

static void afterwards_the_session_is_as_it_was(void **state)
{
	struct host *h = *state;
	struct seen seen = start_attach(h, h->session, NULL, VF);

	/* events that nobody took */
	assert_int_equal(vprep_task_finish(seen.task, &h->err), 0);
	assert_string_equal(h->log, "");
	assert_int_equal(host_detach(h, VF), 0);
	assert_non_null(strstr(h->log, VF));
}

static pthread_t handled_by;
static volatile sig_atomic_t n_handled;

static void handle(int number)
{
	(void)number;
	handled_by = pthread_self();
	n_handled++;
}

static void no_signal_is_handled_in_the_thread(void **state)
{
	struct host *h = *state;
	const struct sigaction action = { .sa_handler = handle };
	struct sigaction before;
	struct seen seen;
	sigset_t usr1;

	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	fake_hold(h->fake, VF);
	seen = start_attach(h, h->session, NULL, VF);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	kill(getpid(), SIGUSR1);
	vprep_sleep_ms(50);
	assert_int_equal(n_handled, 0); /* nobody else takes it */
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	assert_int_equal(n_handled, 1);
	assert_true(pthread_equal(handled_by, pthread_self()));
	fake_release(h->fake, VF);
	assert_int_equal(vprep_task_finish(seen.task, &h->err), 0);
	sigaction(SIGUSR1, &before, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_task_does_what_the_call_does),
		HOST_TEST(a_domain_comes_and_goes),
		HOST_TEST(two_go_on_beside_the_program),
		HOST_TEST(the_request_is_copied),
		HOST_TEST(what_fails_is_told_in_the_end),
		HOST_TEST(one_that_is_cancelled_is_rolled_back),
		HOST_TEST(who_is_forked_meanwhile_keeps_no_lock_and_no_child),
		HOST_TEST(a_session_has_one_task),
		HOST_TEST(afterwards_the_session_is_as_it_was),
		HOST_TEST(no_signal_is_handled_in_the_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

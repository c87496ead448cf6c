// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for devices of a declared name: who came first is first. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/array.h"
#include "common/clock.h"
#include "journal/queue.h"
#include "session-fixture.h"
#include "test.h"

#define TURNS 10

/* One file, and the session anew. */
static void declare(struct host *h, const char *text)
{
	fake_put(h->fake, 0644, text, "etc/vfio-prep.d/test.conf");
	host_configure(h, "");
	host_remember(h);
}

static int attach_within(struct host *h, const char *names, unsigned seconds)
{
	return host_ask(h, names, (struct vprep_request){ .wait = seconds });
}

static void who_waits_is_before_those_who_come_later(void **state)
{
	static char *const vf[] = { (char *)"vf", NULL }, *const other[] = {
		(char *)"other", NULL
	};
	struct vprep_queue_place first, second;
	struct vprep_queue_ahead ahead;
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=" VF
		   "\n[device other]\nmatch = address=" VF2 "\n");
	assert_int_equal(vprep_queue_join(h->session->io, vf, &first, &h->err), 0);
	assert_int_equal(vprep_queue_join(h->session->io, vf, &second, &h->err), 0);
	assert_true(first.number < second.number);
	assert_int_equal(vprep_queue_look(h->session->io, "vf", first.number, &ahead), 0);
	assert_int_equal(ahead.n, 0);
	assert_int_equal(vprep_queue_look(h->session->io, "vf", second.number, &ahead),
			 0);
	assert_int_equal(ahead.n, 1);
	assert_int_equal(vprep_queue_look(h->session->io, "other", 0, &ahead), 0);
	assert_int_equal(ahead.n, 0);
	assert_int_equal(host_attach(h, "@vf"), -EBUSY);
	assert_non_null(strstr(h->err.message, "@vf: 2 wait for it already"));
	assert_null(strstr(h->err.message, "pid 0"));
	assert_int_equal(host_attach(h, VF), 0); /* by itself it is anybody's */
	assert_int_equal(host_attach(h, "@other"), 0);
	vprep_queue_leave(h->session->io, &second);
	vprep_queue_leave(h->session->io, &first);
	assert_int_equal(vprep_queue_join(h->session->io, other, &first, &h->err), 0);
	vprep_queue_leave(h->session->io, &first);
}

static void who_has_ended_waits_no_more(void **state)
{
	static char *const vf[] = { (char *)"vf", NULL };
	struct host *h = *state;
	int status;
	pid_t child;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	child = fork();
	if (child == 0) {
		struct vprep_queue_place place;

		_exit(vprep_queue_join(h->session->io, vf, &place, NULL) < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(host_attach(h, "@vf"), 0);
}

static void waiting_ends_when_its_time_is_over(void **state)
{
	struct host *h = *state;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	assert_int_equal(host_attach(h, "@vf"), 0);
	assert_int_equal(attach_within(h, "@vf", 1), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "; waited for 1 s"));
	/* what will never be is not waited for */
	assert_int_equal(attach_within(h, "@nosuch", 1000), -ENOENT);
}

/* The second time that it is asked for, as by a key that is pressed while it waits. */
static bool interrupt(void *data)
{
	unsigned *n = data;

	return ++*n > 1;
}

static void who_waits_ends_at_a_signal(void **state)
{
	struct host *h = *state;
	int64_t begin = vprep_now_ms();
	unsigned n = 0;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	assert_int_equal(host_attach(h, "@vf"), 0);
	h->session->interrupted = interrupt;
	h->session->interrupted_data = &n;
	assert_int_equal(attach_within(h, "@vf", 5), -EINTR);
	assert_non_null(strstr(h->err.message, "interrupted by a signal while waiting"));
	assert_true(vprep_now_ms() - begin < 4000);
	h->session->interrupted = NULL;
}

static void who_waits_gets_what_is_given_back(void **state)
{
	struct host *h = *state;
	pid_t child;
	int status;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	assert_int_equal(host_ask(h, "@vf", (struct vprep_request){ .owner = "web1" }),
			 0);
	child = fork();
	if (child == 0) {
		const struct vprep_detach_request all = { .owner = "web1" };

		usleep(300 * 1000);
		_exit(vprep_detach(h->session, &all, NULL) < 0);
	}
	assert_int_equal(attach_within(h, "@vf", 60), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_non_null(strstr(h->log, "waiting for @vf: 0 wait before"));
}

/* Gets the device and gives it back, again and again. */
static int take_turns(struct host *h, const char *owner)
{
	const struct vprep_detach_request all = { .owner = owner };
	const struct vprep_request request = { .owner = owner, .wait = 60 };
	int i, r = 0;

	for (i = 0; r == 0 && i < TURNS; i++) {
		r = host_ask(h, "@vf", request);
		if (r == 0)
			r = vprep_detach(h->session, &all, &h->err);
	}
	if (r < 0)
		print_error("%s, turn %d: %s\n", owner, i, h->err.message);
	return r;
}

/* Others give back and take the device between any two looks of one who waits. */
static void who_waits_is_not_refused(void **state)
{
	static const char *const owners[] = { "a", "b", "c" };
	pid_t children[VPREP_ARRAY_SIZE(owners)];
	struct host *h = *state;
	size_t i;
	int status;

	declare(h, "[device vf]\nmatch = address=" VF "\n");
	for (i = 0; i < VPREP_ARRAY_SIZE(owners); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			host_configure(h, "");
			_exit(take_turns(h, owners[i]) < 0);
		}
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(owners); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(who_waits_is_before_those_who_come_later),
		HOST_TEST(who_has_ended_waits_no_more),
		HOST_TEST(waiting_ends_when_its_time_is_over),
		HOST_TEST(who_waits_ends_at_a_signal),
		HOST_TEST(who_waits_gets_what_is_given_back),
		HOST_TEST(who_waits_is_not_refused),
	};

	return cmocka_run_group_tests_name("pools-wait", tests, NULL, NULL);
}

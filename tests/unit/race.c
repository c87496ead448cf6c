// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands at the same time: one owner a group, nothing lost, nothing left. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define N 5

/* Each process has a session of its own, as each command has. */
static pid_t start(struct host *h, int (*work)(struct host *h, unsigned i), unsigned i)
{
	pid_t pid = fork();

	if (pid == 0) {
		host_configure(h, "");
		_exit(work(h, i) == 0 ? 0 : (int)h->err.code);
	}
	assert_true(pid > 0);
	return pid;
}

/* Runs @work N times at once; the exit codes' numbers by kind. */
static void run(struct host *h, int (*work)(struct host *h, unsigned i),
		unsigned ret_codes[VPREP_E_LEFT + 1])
{
	pid_t pids[N];
	unsigned i;
	int status;

	memset(ret_codes, 0, (VPREP_E_LEFT + 1) * sizeof(*ret_codes));
	for (i = 0; i < N; i++)
		pids[i] = start(h, work, i);
	for (i = 0; i < N; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= VPREP_E_LEFT);
		ret_codes[WEXITSTATUS(status)]++;
	}
}

static int attach_as(struct host *h, unsigned i)
{
	_cleanup_free_ char *owner = vprep_strf("owner%u", i);

	return host_ask(h, VF, (struct vprep_request){ .owner = owner });
}

static void one_of_many_owners_gets_the_device(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1], i;
	struct host *h = *state;

	for (i = 0; i < 5; i++) {
		run(h, attach_as, codes);
		assert_int_equal(codes[VPREP_OK], 1);
		assert_int_equal(codes[VPREP_E_OWNED], N - 1);
		host_check_driver(h, VF, "vfio-pci");
		assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
}

static int attach_same(struct host *h, unsigned i)
{
	(void)i;
	return host_attach(h, VF);
}

static int detach_same(struct host *h, unsigned i)
{
	(void)i;
	return host_detach(h, VF);
}

static void commands_of_one_owner_come_one_by_one(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1], i;
	struct host *h = *state;

	for (i = 0; i < 3; i++) {
		run(h, attach_same, codes);
		assert_int_equal(codes[VPREP_OK], 1);
		assert_int_equal(codes[VPREP_E_OWNED], N - 1);
		run(h, detach_same, codes);
		assert_true(codes[VPREP_OK] >= 1);
		assert_int_equal(codes[VPREP_OK] + codes[VPREP_E_NOT_FOUND], N);
		host_check_same(h);
	}
}

/* The folders come and go all the time. */
static int there_and_back(struct host *h, unsigned i)
{
	static const char *const names[] = { VF, VF2, NIC };
	_cleanup_free_ char *owner = vprep_strf("owner%u", i);
	unsigned k;

	for (k = 0; k < 5 && i < VPREP_ARRAY_SIZE(names); k++) {
		if (host_ask(h, names[i], (struct vprep_request){ .owner = owner }) < 0 ||
		    host_detach_owner(h, owner) < 0)
			return -1;
	}
	return 0;
}

static void owners_of_different_groups_do_not_meet(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1];
	struct host *h = *state;

	run(h, there_and_back, codes);
	assert_int_equal(codes[VPREP_OK], N);
	host_check_same(h);
}

static int recover(struct host *h, unsigned i)
{
	(void)i;
	return host_recover(h, NULL);
}

static int attach(struct host *h)
{
	return host_attach(h, NIC " " VF);
}

static void many_recovers_put_it_right_once(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1], nth;
	struct host *h = *state;

	for (nth = 2; nth < 6; nth++) {
		host_configure(h, "parallel = 1\n");
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_AFTER);
		assert_true(host_is_killed(h, attach));
		fake_clear_faults(h->fake);
		run(h, recover, codes);
		/* one that finds the owner at work says so */
		assert_true(codes[VPREP_OK] >= 1);
		assert_int_equal(codes[VPREP_OK] + codes[VPREP_E_LEFT], N);
		host_check_same(h);
	}
}

/* A recover beside an attach that runs: it is busy, not broken. */
static int attach_or_recover(struct host *h, unsigned i)
{
	return i == 0 ? host_attach(h, NIC " " VF " " VF2) : host_recover(h, NULL);
}

static void recover_leaves_a_running_attach_alone(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1], i;
	struct host *h = *state;

	for (i = 0; i < 4; i++) {
		run(h, attach_or_recover, codes);
		assert_int_equal(codes[VPREP_OK], N);
		assert_string_equal(host_owner_state(h, "manual"), "held");
		assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(one_of_many_owners_gets_the_device),
		HOST_TEST(commands_of_one_owner_come_one_by_one),
		HOST_TEST(owners_of_different_groups_do_not_meet),
		HOST_TEST(many_recovers_put_it_right_once),
		HOST_TEST(recover_leaves_a_running_attach_alone),
	};

	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands at the same time: one owner a group, nothing lost, nothing left. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define N 5

static int reports[2]; /* what each process tells of itself */

/* The process waits for another one, or is between two steps. */
static bool report(void *data)
{
	unsigned char i = (unsigned char)(uintptr_t)data;

	assert_int_equal(write(reports[1], &i, 1), 1);
	return false;
}

/* Each process has a session of its own, as each command has. */
static pid_t start(struct host *h, int (*work)(struct host *h, unsigned i), unsigned i)
{
	pid_t pid = fork();

	if (pid == 0) {
		host_configure(h, "");
		h->session->interrupted = report;
		h->session->interrupted_data = (void *)(uintptr_t)i;
		_exit(work(h, i) == 0 ? 0 : (int)h->err.code);
	}
	assert_true(pid > 0);
	return pid;
}

/* Whether it has ended; with @block waits for that. Its code is counted. */
static bool has_ended(pid_t *pid, bool block, unsigned codes[VPREP_E_LEFT + 1])
{
	int status;

	if (*pid == 0)
		return true;
	if (waitpid(*pid, &status, block ? 0 : WNOHANG) == 0)
		return false;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= VPREP_E_LEFT);
	codes[WEXITSTATUS(status)]++;
	*pid = 0;
	return true;
}

/* Until each of the others has ended, or has begun and waits. */
static void wait_for_others(pid_t pids[N], unsigned codes[VPREP_E_LEFT + 1])
{
	bool has_begun[N] = { 0 };
	unsigned i, n;

	do {
		unsigned char who;

		while (read(reports[0], &who, 1) == 1)
			has_begun[who] = true;
		for (i = 1, n = 0; i < N; i++)
			n += has_ended(&pids[i], false, codes) || has_begun[i];
		vprep_sleep_ms(5);
	} while (n < N - 1);
}

/*
 * Runs @work N times at once; the exit codes' numbers by kind. With @held, the first of
 * them is in the kernel for that device until the others have ended or wait for it.
 */
static void run(struct host *h, int (*work)(struct host *h, unsigned i), const char *held,
		unsigned ret_codes[VPREP_E_LEFT + 1])
{
	pid_t pids[N];
	unsigned i;

	memset(ret_codes, 0, (VPREP_E_LEFT + 1) * sizeof(*ret_codes));
	assert_int_equal(pipe2(reports, O_CLOEXEC | O_NONBLOCK), 0);
	if (held)
		fake_hold(h->fake, held);
	for (i = 0; i < N; i++) {
		pids[i] = start(h, work, i);
		while (held && i == 0 && !fake_has(h->fake, ".fake/busy/%s", held))
			vprep_sleep_ms(1);
	}
	if (held) {
		wait_for_others(pids, ret_codes);
		assert_false(has_ended(&pids[0], false, ret_codes));
		fake_release(h->fake, held);
	}
	for (i = 0; i < N; i++)
		has_ended(&pids[i], true, ret_codes);
	close(reports[0]);
	close(reports[1]);
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

	for (i = 0; i < 6; i++) {
		run(h, attach_as, i % 2 ? VF : NULL, codes);
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
		run(h, attach_same, VF, codes);
		assert_int_equal(codes[VPREP_OK], 1);
		assert_int_equal(codes[VPREP_E_OWNED], N - 1);
		run(h, detach_same, VF, codes);
		assert_int_equal(codes[VPREP_OK], N); /* it is given back */
		host_check_same(h);
	}
}

static const char *const names[N] = { VF, VF2, NIC, "0000:05:10.5", "0000:05:10.7" };
static pthread_barrier_t *barrier; /* shared by all processes */

/* All hold theirs at the same time, and give back at the same time. */
static int there_and_back(struct host *h, unsigned i)
{
	_cleanup_free_ char *owner = vprep_strf("owner%u", i);
	unsigned k, n_failed = 0;

	for (k = 0; k < 5; k++) {
		pthread_barrier_wait(barrier);
		n_failed += host_ask(h, names[i],
				     (struct vprep_request){ .owner = owner }) != 0;
		pthread_barrier_wait(barrier);
		n_failed += host_detach_owner(h, owner) != 0;
	}
	return n_failed > 0 ? -1 : 0;
}

/* One for each process. */
static void add_devices(struct host *h)
{
	unsigned i;

	for (i = 3; i < N; i++)
		fake_add_pci(h->fake, &(struct fake_pci){ names[i], 0x020000, 0x8086,
							  0x10ca, .group = 27 + (int)i,
							  .driver = "igbvf" });
	host_remember(h);
}

static void owners_of_different_groups_do_not_meet(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1];
	struct host *h = *state;
	pthread_barrierattr_t attr;

	add_devices(h);
	barrier = mmap(NULL, sizeof(*barrier), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(barrier, MAP_FAILED);
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	assert_int_equal(pthread_barrier_init(barrier, &attr, N), 0);
	run(h, there_and_back, NULL, codes);
	assert_int_equal(codes[VPREP_OK], N);
	host_check_same(h);
	munmap(barrier, sizeof(*barrier));
}

static int attach_own(struct host *h, unsigned i)
{
	return host_attach(h, names[i]);
}

static void who_comes_to_a_journal_of_an_earlier_boot_waits_its_turn(void **state)
{
	unsigned codes[VPREP_E_LEFT + 1], i;
	struct host *h = *state;

	add_devices(h);
	for (i = 0; i < 8; i++) {
		assert_int_equal(host_attach(h, VF), 0);
		fake_put(h->fake, 0444, i % 2 ? "boot-1\n" : "boot-2\n",
			 "proc/sys/kernel/random/boot_id");
		run(h, attach_own, NULL, codes);
		assert_int_equal(codes[VPREP_OK], N);
		assert_int_equal(host_detach(h, NULL), 0);
	}
	host_leaves(h, VF " vfio/7");
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

	for (nth = 3; nth < 6; nth++) { /* NIC is on vfio-pci */
		host_configure(h, "parallel = 1\n");
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_AFTER);
		assert_true(host_is_killed(h, attach));
		fake_clear_faults(h->fake);
		run(h, recover, NIC, codes);
		/* what one of them works on is no concern of the others */
		assert_int_equal(codes[VPREP_OK], N);
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
		run(h, attach_or_recover, VF2, codes);
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
		HOST_TEST(who_comes_to_a_journal_of_an_earlier_boot_waits_its_turn),
		HOST_TEST(many_recovers_put_it_right_once),
		HOST_TEST(recover_leaves_a_running_attach_alone),
	};

	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}

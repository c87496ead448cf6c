// SPDX-License-Identifier: GPL-2.0-or-later
/* What others see of this process's locks, and this process of theirs: nobody waits for a
 * reader of messages, or without an end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define STATE "run/vfio-prep"
#define JOURNAL OWNERS "manual.jsonl"

/* ---- messages ---- */

static struct fake *fake;
static unsigned n_lines, n_under_lock, n_tried;

static bool is_locked(const char *path)
{
	int fd = openat(fake->dir, path, O_RDWR | O_CLOEXEC);
	bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

static bool is_any_locked(void)
{
	char **owners = fake_has(fake, OWNERS) ? fake_list(fake, OWNERS) : NULL;
	bool locked = is_locked(STATE "/lock");
	size_t i;

	for (i = 0; owners && owners[i]; i++) {
		_cleanup_free_ char *path = vprep_strf(OWNERS "%s", owners[i]);

		locked = locked || is_locked(path);
	}
	vprep_strv_free(owners);
	return locked;
}

static void count_line(void *data, enum vprep_log_level level, const char *line)
{
	(void)data, (void)level;
	n_lines++;
	if (is_any_locked()) {
		n_under_lock++;
		print_message("under a lock: %s\n", line);
	}
}

static bool refuse_line(void *data, enum vprep_log_level level, const char *line)
{
	(void)data, (void)level, (void)line;
	n_tried++;
	return false;
}

static bool take_line(void *data, enum vprep_log_level level, const char *line)
{
	(void)data, (void)level, (void)line;
	n_tried++;
	return true;
}

static void listen(struct host *h)
{
	fake = h->fake;
	n_lines = n_under_lock = n_tried = 0;
	h->session->told = count_line;
}

static void no_line_is_told_under_a_lock(void **state)
{
	struct host *h = *state;

	listen(h);
	assert_int_equal(host_attach(h, VF " " NIC), 0);
	assert_int_equal(host_detach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	fake_fail(h->fake, "*", 2, EIO);
	assert_true(host_attach(h, VF) < 0);
	fake_clear_faults(h->fake);
	assert_int_equal(host_prepare(h, "<hostdev type='pci'><source><address bus='5' "
					 "slot='0x10' function='1'/></source></hostdev>"),
			 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(host_recover(h, NULL), 0);
	assert_true(n_lines > 20); /* so the question was asked */
	assert_int_equal(n_under_lock, 0);
	host_check_same(h);
}

static void one_that_takes_no_waiting_is_told_at_once(void **state)
{
	struct host *h = *state;
	unsigned n;

	listen(h);
	vprep_session_set_try_log(h->session, refuse_line);
	assert_int_equal(host_attach(h, VF), 0);
	n = n_lines;
	assert_true(n > 3 && n_tried >= n);
	assert_int_equal(n_under_lock, 0);
	assert_int_equal(host_detach(h, VF), 0);
	listen(h);
	vprep_session_set_try_log(h->session, take_line);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(n_lines, 0);
	assert_int_equal(n_tried, n); /* each line once */
	assert_int_equal(host_detach(h, VF), 0);
	listen(h);
	h->session->told = NULL; /* a program may have no other */
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(n_tried, n);
	assert_int_equal(host_detach(h, VF), 0);
}

/* Attaches what is not there. */
static void go_on(void *data, enum vprep_log_level level, const char *line)
{
	struct host *h = data;

	(void)level, (void)line;
	if (++n_lines > 100)
		return;
	assert_int_equal(host_attach(h, "0000:99:00.0"), -ENODEV);
}

static void who_is_told_may_go_on_with_the_session(void **state)
{
	struct host *h = *state;
	unsigned n;

	listen(h);
	assert_int_equal(host_attach(h, VF), 0);
	n = n_lines;
	assert_int_equal(host_detach(h, VF), 0);
	h->session->told = go_on;
	n_lines = 0;
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(n_lines, n); /* each line once */
	h->session->told = NULL;
	assert_int_equal(host_detach(h, VF), 0);
}

/* ---- waiting ---- */

/* A process that has a lock, as the kernel tells it. */
struct holder {
	pid_t pid;
	int told[2];
};

/* What the kernel tells of the lock of a file: that @pid has it, and somebody waits. */
static void put_locks(struct host *h, const char *path, int pid)
{
	_cleanup_free_ char *locks = NULL;
	struct stat st;

	assert_int_equal(fstatat(h->fake->dir, path, &st, 0), 0);
	locks = vprep_strf("1: POSIX  ADVISORY  WRITE 1 00:00:1 0 EOF\n"
			   "2: FLOCK  ADVISORY  WRITE %d %02x:%02x:%lu 0 EOF\n"
			   "2: -> FLOCK  ADVISORY  WRITE 2 %02x:%02x:%lu 0 EOF\n",
			   pid, major(st.st_dev), minor(st.st_dev), st.st_ino,
			   major(st.st_dev), minor(st.st_dev), st.st_ino);
	fake_put(h->fake, 0444, locks, "proc/locks");
}

static void holder_start(struct host *h, struct holder *holder, const char *path)
{
	char byte;
	int fd;

	assert_int_equal(pipe2(holder->told, O_CLOEXEC), 0);
	holder->pid = fork();
	if (holder->pid == 0) {
		fd = openat(h->fake->dir, path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || flock(fd, LOCK_EX) < 0)
			_exit(1);
		dprintf(holder->told[1], "!");
		pause();
		_exit(0);
	}
	assert_int_equal(read(holder->told[0], &byte, 1), 1);
	put_locks(h, path, holder->pid);
	fake_put(h->fake, 0444, "sleeper\n", "proc/%d/comm", holder->pid);
}

/* Of the global lock. */
static void hold_all(struct host *h, struct holder *holder)
{
	fake_mkdir(h->fake, OWNERS);
	assert_int_equal(fchmodat(h->fake->dir, STATE, 0700, 0), 0);
	holder_start(h, holder, STATE "/lock");
}

static void holder_end(struct host *h, struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->told[0]);
	close(holder->told[1]);
	fake_remove(h->fake, "proc/locks");
	fake_remove(h->fake, "proc/%d/comm", holder->pid);
	fake_remove(h->fake, "proc/%d", holder->pid);
}

static void check_names(struct host *h, const struct holder *holder, const char *word)
{
	_cleanup_free_ char *name = vprep_strf("pid %d (sleeper)", holder->pid);

	if (!strstr(h->err.message, name) || !strstr(h->err.message, word))
		fail_msg("no '%s' and '%s' in '%s'", name, word, h->err.message);
}

/* In half a second. */
static bool is_interrupted(void *data)
{
	return vprep_now_ms() > *(const int64_t *)data;
}

static int attach_interrupted(struct host *h, int64_t *ret_took)
{
	int64_t begin = vprep_now_ms(), end = begin + 500;
	int r;

	h->session->interrupted = h->session->io->patience.interrupted = is_interrupted;
	h->session->interrupted_data = h->session->io->patience.data = &end;
	r = host_attach(h, VF);
	h->session->interrupted = h->session->io->patience.interrupted = NULL;
	*ret_took = vprep_now_ms() - begin;
	return r;
}

static void a_signal_ends_the_wait_for_the_global_lock(void **state)
{
	struct host *h = *state;
	struct holder holder;
	int64_t took;

	hold_all(h, &holder);
	assert_int_equal(attach_interrupted(h, &took), -EINTR);
	assert_true(took >= 500 && took < 5000);
	check_names(h, &holder, "interrupted");
	host_check_driver(h, VF, "igbvf");
	holder_end(h, &holder);
	assert_int_equal(host_recover(h, NULL), 0);
}

static void so_does_the_deadline(void **state)
{
	struct host *h = *state;
	struct holder holder;
	int64_t begin;

	host_configure(h, "deadline = 1\n");
	hold_all(h, &holder);
	begin = vprep_now_ms();
	assert_int_equal(host_attach(h, VF), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_FAILED);
	assert_true(vprep_now_ms() - begin >= 1000 && vprep_now_ms() - begin < 5000);
	check_names(h, &holder, "1 s");
	holder_end(h, &holder);
	assert_int_equal(host_recover(h, NULL), 0);
}

/* The lock goes from one to the next for two seconds, and then no further. */
struct line {
	struct host *h;
	int64_t end;
	int pid;
};

static bool move_on(void *data)
{
	struct line *line = data;

	if (vprep_now_ms() < line->end)
		put_locks(line->h, STATE "/lock", ++line->pid);
	return false;
}

static void the_deadline_is_for_one_holder_and_not_for_the_whole_line(void **state)
{
	struct host *h = *state;
	struct line line = { .h = h, .pid = 1000 };
	struct holder holder;
	int64_t begin;

	host_configure(h, "deadline = 1\n");
	hold_all(h, &holder);
	begin = vprep_now_ms();
	line.end = begin + 2000;
	h->session->io->patience.interrupted = move_on;
	h->session->io->patience.data = &line;
	assert_int_equal(host_attach(h, VF), -ETIMEDOUT);
	h->session->io->patience.interrupted = NULL;
	assert_true(vprep_now_ms() - begin >= 2500);
	holder_end(h, &holder);
	assert_int_equal(host_recover(h, NULL), 0);
}

static void who_works_on_an_owner_is_named(void **state)
{
	struct host *h = *state;
	struct holder holder;
	int64_t took;

	assert_int_equal(host_attach(h, VF2), 0);
	holder_start(h, &holder, JOURNAL);
	assert_int_equal(attach_interrupted(h, &took), -EAGAIN);
	assert_true(took >= 500 && took < 5000);
	check_names(h, &holder, "interrupted");
	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_attach(h, VF), -EAGAIN);
	check_names(h, &holder, "works on owner 'manual'");
	holder_end(h, &holder);
	assert_int_equal(host_detach(h, NULL), 0);
}

/* How many wait for the global lock, as this machine's kernel tells. */
static unsigned count_waiting(struct host *h)
{
	_cleanup_fclose_ FILE *locks = fopen("/proc/locks", "re");
	_cleanup_free_ char *file = NULL;
	char line[256];
	unsigned n = 0;
	struct stat st;

	assert_non_null(locks);
	assert_int_equal(fstatat(h->fake->dir, STATE "/lock", &st, 0), 0);
	file = vprep_strf(":%lu ", st.st_ino);
	while (fgets(line, sizeof(line), locks))
		n += strstr(line, "->") && strstr(line, file);
	return n;
}

static pid_t start_waiter(struct host *h, unsigned number, int tell)
{
	struct vprep_store *store = NULL;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (vprep_store_lock(h->session->io, true, &store, NULL) < 0)
		_exit(1);
	dprintf(tell, "%u", number);
	vprep_store_unlock(h->session->io, store);
	_exit(0);
}

static void who_waits_first_is_served_first(void **state)
{
	enum { WAITERS = 6 };
	struct host *h = *state;
	struct holder holder;
	pid_t waiters[WAITERS];
	char order[WAITERS + 1] = "";
	unsigned i;
	int told[2], status;

	assert_int_equal(host_attach(h, VF2), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	holder_start(h, &holder, STATE "/lock");
	for (i = 0; i < WAITERS; i++) {
		waiters[i] = start_waiter(h, i, told[1]);
		while (count_waiting(h) <= i && waitpid(waiters[i], NULL, WNOHANG) == 0)
			vprep_sleep_ms(5);
	}
	holder_end(h, &holder);
	for (i = 0; i < WAITERS; i++) {
		assert_int_equal(waitpid(waiters[i], &status, 0), waiters[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(read(told[0], order, WAITERS), WAITERS);
	assert_string_equal(order, "012345");
	close(told[0]);
	close(told[1]);
	assert_int_equal(host_detach(h, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(no_line_is_told_under_a_lock),
		HOST_TEST(one_that_takes_no_waiting_is_told_at_once),
		HOST_TEST(who_is_told_may_go_on_with_the_session),
		HOST_TEST(a_signal_ends_the_wait_for_the_global_lock),
		HOST_TEST(so_does_the_deadline),
		HOST_TEST(the_deadline_is_for_one_holder_and_not_for_the_whole_line),
		HOST_TEST(who_works_on_an_owner_is_named),
		HOST_TEST(who_waits_first_is_served_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

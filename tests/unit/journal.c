// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners' journals on disk: opened, locked, read by others, tidied. */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "fake-test.h"
#include "mutations.h"
#include "step-fixture.h"

#define OWNERS "run/vfio-prep/owners/"
#define BOOT "6d1cb9f5-5f0e-4f1c-8f5e-0123456789ab"

static struct vprep_store *store;
static struct vprep_error err;

static const struct vprep_journal_header header = {
	.kind = (char *)(uintptr_t) "manual",
	.name = (char *)(uintptr_t) "me",
	.pid = -1,
	.pid_start = -1,
};

static int begin(void **state)
{
	fake_test_begin(state);
	fake_put(fake, 0444, BOOT "\n", "proc/sys/kernel/random/boot_id");
	return vprep_store_lock(io, true, &store, &err);
}

static int end(void **state)
{
	vprep_store_unlock(io, store);
	return fake_test_end(state);
}

static struct vprep_journal *open_journal(const char *id)
{
	struct vprep_journal *j;

	if (vprep_journal_open(io, store, id, &header, &j, &err) < 0)
		fail_msg("%s", err.message);
	return j;
}

static struct vprep_journal *read_journal(const char *id)
{
	struct vprep_journal *j;

	assert_int_equal(vprep_journal_read(io, store, id, &j), 0);
	return j;
}

static void add_step(struct vprep_journal *j, const char *kind)
{
	struct vprep_steps steps = { 0 };
	size_t n = j->steps.n;

	step_add(&steps, kind, "0000:05:10.1")->group = 7;
	assert_int_equal(vprep_journal_begin(j, &steps), 0);
	assert_int_equal(j->steps.n, n + 1);
	assert_int_equal(steps.n, 0);
}

static int try_mark(struct vprep_journal *j, size_t i, enum vprep_step_state state)
{
	struct vprep_step *step = &j->steps.items[i];

	return vprep_journal_mark_all(j, &step, 1, state);
}

static void mark(struct vprep_journal *j, size_t i, enum vprep_step_state state)
{
	assert_int_equal(try_mark(j, i, state), 0);
}

static void what_is_begun_and_marked_is_read_by_others(void **state)
{
	struct vprep_journal *j = open_journal("a"), *read;

	(void)state;
	add_step(j, "claim");
	add_step(j, "driver-bind");
	mark(j, 1, VPREP_STEP_DONE);
	read = read_journal("a");
	assert_true(read->busy && !read->of_earlier_boot && !read->corrupt &&
		    read->fd == -1);
	assert_string_equal(read->header.boot_id, BOOT);
	assert_string_equal(read->header.name, "me");
	assert_int_equal(read->steps.n, 2);
	assert_int_equal(read->steps.items[0].state, VPREP_STEP_INTENT);
	assert_int_equal(read->steps.items[1].state, VPREP_STEP_DONE);
	assert_true(vprep_journal_is_incomplete(read) && vprep_journal_is_live(read));
	vprep_journal_free(read);
	vprep_journal_free(j);
	read = read_journal("a");
	assert_false(read->busy);
	vprep_journal_free(read);
}

static void a_journal_is_private(void **state)
{
	struct vprep_journal *j = open_journal("a");
	struct stat st;

	(void)state;
	add_step(j, "claim");
	assert_int_equal(fstatat(fake->dir, OWNERS "a.jsonl", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	vprep_journal_free(j);
}

static void numbers_go_on_after_a_reopening(void **state)
{
	struct vprep_journal *j = open_journal("a");

	(void)state;
	add_step(j, "claim");
	add_step(j, "udev-rule");
	vprep_journal_free(j);
	j = open_journal("a");
	assert_int_equal(j->steps.n, 2);
	add_step(j, "claim");
	assert_int_equal(j->steps.items[2].seq, 3);
	vprep_journal_free(j);
}

static void a_second_opener_is_told(void **state)
{
	struct vprep_journal *j = open_journal("a"), *other = (struct vprep_journal *)1;

	(void)state;
	assert_int_equal(vprep_journal_open(io, store, "a", &header, &other, &err),
			 -EAGAIN);
	assert_ptr_equal(other, (struct vprep_journal *)1);
	assert_int_equal(vprep_journal_open(io, store, "b", NULL, &other, &err), -ENOENT);
	vprep_journal_free(j);
	j = open_journal("a");
	vprep_journal_free(j);
}

/* I2: the lock ends with its process. */
static void a_killed_process_leaves_no_lock(void **state)
{
	struct vprep_journal *seen, *j;
	int pipe_fds[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		j = open_journal("a");
		add_step(j, "claim");
		status = (int)write(pipe_fds[1], "", 1);
		pause();
	}
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	seen = read_journal("a");
	assert_true(seen->busy);
	vprep_journal_free(seen);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	j = open_journal("a");
	assert_int_equal(j->steps.n, 1);
	vprep_journal_free(j);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void an_earlier_boot_is_stale(void **state)
{
	struct vprep_journal *j = open_journal("a");

	(void)state;
	add_step(j, "claim");
	vprep_journal_free(j);
	fake_put(fake, 0444, "another\n", "proc/sys/kernel/random/boot_id");
	j = read_journal("a");
	assert_true(j->of_earlier_boot && !j->corrupt);
	vprep_journal_free(j);
	j = open_journal("a");
	assert_true(j->of_earlier_boot);
	vprep_journal_free(j);
}

static void a_torn_line_is_cut_off_by_the_next_writer(void **state)
{
	_cleanup_free_ char *text = NULL, *torn = NULL, *after = NULL;
	struct vprep_journal *j = open_journal("a");

	(void)state;
	add_step(j, "claim");
	vprep_journal_free(j);
	text = fake_get(fake, OWNERS "a.jsonl");
	torn = vprep_strf("%s\n{\"sum\":\"0", text);
	fake_put(fake, 0600, torn, OWNERS "a.jsonl");
	j = read_journal("a"); /* a reader leaves it */
	assert_int_equal(j->steps.n, 1);
	vprep_journal_free(j);
	j = open_journal("a");
	mark(j, 0, VPREP_STEP_DONE);
	vprep_journal_free(j);
	after = fake_get(fake, OWNERS "a.jsonl");
	assert_memory_equal(after, text, strlen(text));
	j = read_journal("a");
	assert_null(j->corrupt);
	assert_int_equal(j->steps.items[0].state, VPREP_STEP_DONE);
	vprep_journal_free(j);
}

static void what_is_in_memory_is_not_synced(void **state)
{
	struct vprep_journal *j;

	(void)state;
	mutations_set_in_memory(true);
	j = open_journal("a");
	add_step(j, "claim");
	mutations_fail(2, EIO, 0); /* the first is the write */
	mark(j, 0, VPREP_STEP_DONE);
	assert_int_equal(mutations_stop(), 1);
	mutations_set_in_memory(false);
	vprep_journal_free(j);
}

static void several_steps_are_marked_in_one_write(void **state)
{
	struct vprep_journal *j = open_journal("a"), *read;
	struct vprep_step *steps[2];
	size_t i;

	(void)state;
	add_step(j, "claim");
	add_step(j, "driver-bind");
	for (i = 0; i < 2; i++)
		steps[i] = &j->steps.items[i];
	mutations_fail(1, ENOSPC, 0);
	assert_int_equal(vprep_journal_mark_all(j, steps, 2, VPREP_STEP_DONE), -ENOSPC);
	mutations_stop();
	assert_int_equal(steps[0]->state, VPREP_STEP_INTENT);
	assert_int_equal(steps[1]->state, VPREP_STEP_INTENT);
	mutations_fail(3, EIO, 0);
	assert_int_equal(vprep_journal_mark_all(j, steps, 2, VPREP_STEP_DONE), 0);
	assert_int_equal(mutations_stop(), 2); /* a write, and a sync */
	vprep_journal_free(j);
	read = read_journal("a");
	for (i = 0; i < 2; i++)
		assert_int_equal(read->steps.items[i].state, VPREP_STEP_DONE);
	vprep_journal_free(read);
}

/* Its number is given anew, which must not make two records of one. */
static void what_could_not_be_synced_was_not_written(void **state)
{
	struct vprep_steps steps = { 0 };
	struct vprep_journal *j = open_journal("a"), *read;

	(void)state;
	add_step(j, "claim");
	step_add(&steps, "udev-rule", "group 7");
	mutations_fail(2, EIO, 0);
	assert_int_equal(vprep_journal_begin(j, &steps), -EIO);
	assert_int_equal(mutations_stop(), 3); /* and it is cut off */
	vprep_steps_done(&steps);
	add_step(j, "driver-bind");
	mutations_fail(2, EIO, 0);
	assert_int_equal(try_mark(j, 1, VPREP_STEP_DONE), -EIO);
	mutations_stop();
	vprep_journal_free(j);
	read = read_journal("a");
	assert_null(read->corrupt);
	assert_int_equal(read->steps.n, 2);
	assert_string_equal(read->steps.items[1].kind->name, "driver-bind");
	assert_int_equal(read->steps.items[1].state, VPREP_STEP_INTENT);
	vprep_journal_free(read);
}

static void a_corrupt_journal_is_named_with_its_line(void **state)
{
	_cleanup_free_ char *text = NULL, *damaged = NULL, *same = NULL;
	struct vprep_journal *j = open_journal("a");

	(void)state;
	add_step(j, "claim");
	vprep_journal_free(j);
	text = fake_get(fake, OWNERS "a.jsonl");
	strchr(text, '\n')[30] ^= 4;
	damaged = vprep_strf("%s\n", text);
	fake_put(fake, 0600, damaged, OWNERS "a.jsonl");
	assert_int_equal(vprep_journal_open(io, store, "a", &header, &j, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "owners/a.jsonl"));
	assert_non_null(strstr(err.message, "line 2"));
	j = read_journal("a");
	assert_non_null(strstr(j->corrupt, "line 2"));
	assert_true(j->steps.n == 1 && j->steps.items[0].partial && j->header.boot_id);
	vprep_journal_free(j);
	same = fake_get(fake, OWNERS "a.jsonl");
	assert_string_equal(same, text); /* evidence is kept */
}

static void what_is_not_a_file_is_no_journal(void **state)
{
	struct vprep_journal *j;

	(void)state;
	fake_mkdir(fake, OWNERS "dir.jsonl");
	fake_put(fake, 0600, "x\n", "run/elsewhere");
	assert_int_equal(symlinkat("../../elsewhere", fake->dir, OWNERS "link.jsonl"), 0);
	assert_int_equal(vprep_journal_open(io, store, "dir", &header, &j, &err),
			 -EISDIR);
	assert_int_equal(vprep_journal_open(io, store, "link", &header, &j, &err),
			 -ELOOP);
	assert_int_equal(vprep_journal_read(io, store, "link", &j), -ELOOP);
	fake_remove(fake, OWNERS "link.jsonl");
	fake_remove(fake, OWNERS "dir.jsonl");
}

static void what_fills_a_journal_can_be_given_back(void **state)
{
	struct vprep_journal *j = open_journal("a");
	_cleanup_free_ char *content = malloc(4190001);
	struct vprep_steps steps = { 0 };
	struct vprep_step *step;

	(void)state;
	memset(content, 'x', 4190000);
	content[4190000] = '\0';
	step = step_add(&steps, "udev-rule", "x");
	step_set_text(step, "content", content);
	assert_int_equal(vprep_journal_begin(j, &steps), 0);
	step = step_add(&steps, "udev-rule", "y");
	step_set_text(step, "content", "0123456789012345678901234567890123456789");
	while (vprep_journal_begin(j, &steps) == 0) {
		step = step_add(&steps, "udev-rule", "y");
		step_set_text(step, "content", "01234567890123456789");
	}
	vprep_steps_done(&steps);
	step_add(&steps, "release", "x");
	assert_int_equal(vprep_journal_begin(j, &steps), 0);
	vprep_journal_free(j);
}

/* What is begun could be read by the next command. */
static void what_could_not_be_read_back_is_not_written(void **state)
{
	struct vprep_journal *j = open_journal("a");
	_cleanup_free_ char *content = malloc(9000001), *text = NULL;
	struct vprep_steps steps = { 0 };
	struct vprep_step *step;

	(void)state;
	add_step(j, "claim");
	text = fake_get(fake, OWNERS "a.jsonl");
	memset(content, 'x', 9000000);
	content[9000000] = '\0';
	step = step_add(&steps, "udev-rule", "x");
	step_set_text(step, "content", content);
	assert_int_equal(vprep_journal_begin(j, &steps), -EFBIG);
	vprep_steps_done(&steps);
	step = step_add(&steps, "claim", NULL); /* of nothing */
	assert_int_equal(vprep_journal_begin(j, &steps), -EBADMSG);
	vprep_steps_done(&steps);
	add_step(j, "claim");
	assert_int_equal(j->steps.n, 2);
	vprep_journal_free(j);
	j = read_journal("a");
	assert_null(j->corrupt);
	assert_int_equal(j->steps.n, 2);
	vprep_journal_free(j);
}

static void a_journal_has_a_size(void **state)
{
	struct vprep_journal *j = open_journal("a");
	int fd;

	(void)state;
	add_step(j, "claim");
	vprep_journal_free(j);
	fd = openat(fake->dir, OWNERS "a.jsonl", O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 16 * 1024 * 1024 + 1), 0);
	j = read_journal("a");
	assert_non_null(j->corrupt);
	vprep_journal_free(j);
	assert_int_equal(vprep_journal_open(io, store, "a", &header, &j, &err), -EBADMSG);
	/* a hole of that size is a torn line: nothing was written after the last newline */
	assert_int_equal(ftruncate(fd, 16 * 1024 * 1024), 0);
	j = open_journal("a");
	assert_int_equal(j->steps.n, 1);
	vprep_journal_free(j);
	close(fd);
}

/* ---- tidying ---- */

static void the_last_step_takes_the_file_along(void **state)
{
	struct vprep_journal *j = open_journal("a");

	(void)state;
	add_step(j, "claim");
	add_step(j, "module-load"); /* stands for nothing to undo */
	mark(j, 1, VPREP_STEP_DONE);
	assert_int_equal(vprep_journal_tidy(store, j), 0);
	assert_true(fake_has(fake, OWNERS "a.jsonl"));
	mark(j, 0, VPREP_STEP_UNDONE);
	assert_int_equal(vprep_journal_tidy(store, j), 0);
	assert_false(fake_has(fake, OWNERS "a.jsonl"));
	vprep_journal_free(j);
}

static void many_dead_records_are_dropped(void **state)
{
	struct vprep_journal *j = open_journal("a");
	unsigned i;

	(void)state;
	add_step(j, "claim");
	mark(j, 0, VPREP_STEP_DONE);
	for (i = 0; i < 2000; i++)
		mark(j, 0, i % 2 ? VPREP_STEP_DONE : VPREP_STEP_FAILED);
	add_step(j, "release");
	mark(j, 1, VPREP_STEP_DONE);
	add_step(j, "udev-rule");
	assert_int_equal(vprep_journal_tidy(store, j), 0);
	vprep_journal_free(j);
	j = open_journal("a");
	assert_int_equal(j->n_records, 3); /* the header, and what lives */
	assert_int_equal(j->steps.n, 2);
	assert_int_equal(j->steps.items[0].state, VPREP_STEP_DONE);
	assert_string_equal(j->steps.items[1].kind->name, "udev-rule");
	add_step(j, "claim");
	assert_int_equal(j->steps.items[2].seq, 4);
	vprep_journal_free(j);
}

static void hostile_ids_stay_in_the_folder(void **state)
{
	static const char *const ids[] = { "../../x", "/etc/passwd", "a\nb",	".",
					   "..",      ".hidden",     "%41",	"A",
					   "%2541",   "a b",	     "\xff\x01" };
	_cleanup_strv_ char **list = NULL;
	struct vprep_journal *j;
	char longest[4001];
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(ids); i++) {
		j = open_journal(ids[i]);
		add_step(j, "claim");
		vprep_journal_free(j);
	}
	assert_int_equal(vprep_store_list(store, &list), 0);
	assert_int_equal(vprep_strv_len(list), VPREP_ARRAY_SIZE(ids));
	for (i = 0; i < VPREP_ARRAY_SIZE(ids); i++)
		assert_true(vprep_strv_has(list, ids[i]));
	assert_false(fake_has(fake, "x") || fake_has(fake, "run/x"));
	memset(longest, 'x', sizeof(longest));
	longest[4000] = '\0';
	assert_int_equal(vprep_journal_open(io, store, longest, &header, &j, &err),
			 -ENAMETOOLONG);
	assert_int_equal(vprep_journal_open(io, store, "", &header, &j, &err), -EINVAL);
	assert_int_equal(err.code, VPREP_E_USAGE);
}

#define JOURNAL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		JOURNAL_TEST(what_is_begun_and_marked_is_read_by_others),
		JOURNAL_TEST(a_journal_is_private),
		JOURNAL_TEST(numbers_go_on_after_a_reopening),
		JOURNAL_TEST(a_second_opener_is_told),
		JOURNAL_TEST(a_killed_process_leaves_no_lock),
		JOURNAL_TEST(an_earlier_boot_is_stale),
		JOURNAL_TEST(a_torn_line_is_cut_off_by_the_next_writer),
		JOURNAL_TEST(what_is_in_memory_is_not_synced),
		JOURNAL_TEST(several_steps_are_marked_in_one_write),
		JOURNAL_TEST(what_could_not_be_synced_was_not_written),
		JOURNAL_TEST(a_corrupt_journal_is_named_with_its_line),
		JOURNAL_TEST(what_is_not_a_file_is_no_journal),
		JOURNAL_TEST(what_fills_a_journal_can_be_given_back),
		JOURNAL_TEST(what_could_not_be_read_back_is_not_written),
		JOURNAL_TEST(a_journal_has_a_size),
		JOURNAL_TEST(the_last_step_takes_the_file_along),
		JOURNAL_TEST(many_dead_records_are_dropped),
		JOURNAL_TEST(hostile_ids_stay_in_the_folder),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}

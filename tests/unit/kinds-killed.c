// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands with steps of every kind that are killed anywhere, or whose journal is cut
 * off: recover makes the host what it was before or after.
 */
#include "common/str.h"
#include "kinds-fixture.h"
#include "mutations.h"
#include "test.h"

#define JOURNAL OWNERS DOMAIN ".jsonl"

static int before_change(struct host *h)
{
	mutations_kill(kinds_nth);
	return kinds_deed->work(h);
}

static bool killed_before_change(struct host *h)
{
	return host_is_killed(h, before_change);
}

static void killed_before_any_change_of_a_file(void **state)
{
	kinds_sweep(*state, killed_before_change);
}

static bool killed_after_write(struct host *h)
{
	fake_die(h->fake, "*", kinds_nth, FAKE_ORPHAN_AFTER);
	return host_is_killed(h, kinds_deed->work);
}

static void killed_after_any_write(void **state)
{
	kinds_sweep(*state, killed_after_write);
}

/* ---- cut off ---- */

/* Recover alone gives all of it back, however far it came. */
static void killed_while_its_claims_are_finished_it_keeps_no_vfs(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;
	char *last;

	assert_int_equal(kinds_prepare(h), 0);
	text = fake_get(h->fake, JOURNAL);
	last = strrchr(text, '\n'); /* the device's; the PF's is before it */
	assert_non_null(strstr(last, "\"claim\",\"state\":\"done\""));
	last[1] = '\0';
	fake_put(h->fake, 0600, text, JOURNAL);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static bool has_line(const char *text, const char *line, size_t len)
{
	const char *at = text;

	while ((at = memmem(at, strlen(at), line, len))) {
		if ((at == text || at[-1] == '\n') && (!at[len] || at[len] == '\n'))
			return true;
		at++;
	}
	return false;
}

/* Without its record, a node goes to root alone, and the VF to the driver that knows it:
 * that it had none, because it was made without, is not known any more. */
static bool is_of_orphan(const char *line, const char *end)
{
	static const char *const orphaned[] = { "dev/vfio/4 600 0:0 ",
						"dev/vfio/devices/vfio0 600 0:0 ",
						"0000:08:10.4" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(orphaned); i++)
		if (memmem(line, (size_t)(end - line), orphaned[i], strlen(orphaned[i])))
			return true;
	return false;
}

/* Each thing is as it was before or after, not as nobody ever made it. */
static void check_nothing_new(struct host *h, const char *held, size_t cut)
{
	_cleanup_free_ char *now = fake_snapshot(h->fake);
	const char *line, *end;

	for (line = now; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (strstr(line, "vfio-prep") && strstr(line, "vfio-prep") < end)
			continue; /* the journal itself */
		if (is_of_orphan(line, end))
			continue;
		if (!has_line(h->before, line, (size_t)(end - line)) &&
		    !has_line(held, line, (size_t)(end - line)))
			fail_msg("cut at %zu: %.*s", cut, (int)(end - line), line);
	}
}

/* Between two records, or in the middle of one; not in all of them. */
static size_t next(const char *text, size_t cut)
{
	const char *newline = strchr(text + cut, '\n');

	return cut % 2 == 0 && newline ? (size_t)(newline + 1 - text) : cut + 151;
}

static void a_journal_cut_anywhere_is_never_undone_wrongly(void **state)
{
	_cleanup_free_ char *text = NULL, *held = NULL;
	struct host *h = *state;
	size_t len, cut;

	kinds_must_do(h, kinds_prepare);
	text = fake_get(h->fake, JOURNAL);
	len = strlen(text);
	assert_true(len > 4000);
	held = fake_snapshot(h->fake);
	for (cut = 0; cut < len; cut = next(text, cut)) {
		_cleanup_free_ char *part = strndup(text, cut);
		_cleanup_free_ char *whole = vprep_strf("%s\n", text);

		/* that it begins is on the disk before the mdev is there */
		if (strstr(part, "\"begun\":0") && !strstr(part, "\"begun\":1"))
			continue;
		fake_put(h->fake, 0600, part, JOURNAL);
		if (host_recover(h, NULL) < 0)
			fail_msg("cut at %zu: %s", cut, h->err.message);
		check_nothing_new(h, held, cut);
		/* what is back already is no obstacle to the rest */
		fake_mkdir(h->fake, OWNERS);
		fake_put(h->fake, 0600, whole, JOURNAL);
		kinds_must_do(h, kinds_release);
		if (!host_is_same(h))
			print_error("cut at %zu:\n%s", cut, h->log);
		host_check_same(h);
		kinds_must_do(h, kinds_prepare);
		free(text);
		text = fake_get(h->fake, JOURNAL);
	}
	kinds_must_do(h, kinds_release);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KINDS_TEST(killed_before_any_change_of_a_file),
		KINDS_TEST(killed_after_any_write),
		KINDS_TEST(killed_while_its_claims_are_finished_it_keeps_no_vfs),
		KINDS_TEST(a_journal_cut_anywhere_is_never_undone_wrongly),
	};

	return cmocka_run_group_tests_name("kinds-killed", tests, NULL, NULL);
}

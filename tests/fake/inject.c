// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults on demand. A rule is a file: "GLOB\nNTH\nSEEN\nACTION", in .fake/faults/N. */
#include "fake/internal.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEATHS 10000 /* an action above it is an enum fake_death */

static void add_rule(struct fake *f, const char *glob, unsigned nth, int action)
{
	_cleanup_free_ char *text = vprep_strf("%s\n%u\n0\n%d\n", glob, nth, action);
	unsigned n = 0;

	while (fake_has(f, ".fake/faults/%03u", n))
		n++;
	fake_put(f, 0600, text, ".fake/faults/%03u", n);
}

void fake_fail(struct fake *f, const char *path, unsigned nth, int number)
{
	add_rule(f, path, nth, number);
}

void fake_die(struct fake *f, const char *path, unsigned nth, enum fake_death how)
{
	add_rule(f, path, nth, DEATHS + (int)how);
}

void fake_clear_faults(struct fake *f)
{
	fake_remove(f, ".fake/faults");
}

char *fake_log(struct fake *f)
{
	char *log = fake_get(f, ".fake/log");

	return log ? log : strdup("");
}

/* The rule's action when it is due, else 0; counts the write. */
static int consult(struct fake *f, const char *name, const char *path)
{
	_cleanup_free_ char *rule = fake_get(f, ".fake/faults/%s", name), *text = NULL;
	char *at = NULL, *glob = strtok_r(rule, "\n", &at);
	unsigned nth = (unsigned)strtoul(strtok_r(NULL, "\n", &at), NULL, 10);
	unsigned seen = (unsigned)strtoul(strtok_r(NULL, "\n", &at), NULL, 10);
	int action = (int)strtol(strtok_r(NULL, "\n", &at), NULL, 10);

	if (fnmatch(glob, path, 0) != 0)
		return 0;
	seen++;
	text = vprep_strf("%s\n%u\n%u\n%d\n", glob, nth, seen, action);
	fake_put(f, 0600, text, ".fake/faults/%s", name);
	return nth == 0 || seen == nth ? action : 0;
}

/* The killed parent takes us along (PR_SET_PDEATHSIG), or this is a test that has no job.
 */
static void die(bool parent_first)
{
	if (parent_first)
		kill(getppid(), SIGKILL);
	else
		kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static bool orphan_after, late;

int fake_inject_before(struct fake *f, const char *path, bool *ret_die_after)
{
	_cleanup_strv_ char **rules = fake_list(f, ".fake/faults");
	size_t i;

	*ret_die_after = false;
	for (i = 0; rules[i]; i++) {
		int action = consult(f, rules[i], path);

		if (action == 0)
			continue;
		if (action < DEATHS)
			return -action;
		if (action == DEATHS + FAKE_DIE_BEFORE ||
		    action == DEATHS + FAKE_ORPHAN_BEFORE)
			die(action == DEATHS + FAKE_ORPHAN_BEFORE);
		late = action == DEATHS + FAKE_ORPHAN_LATE;
		*ret_die_after = !late;
		orphan_after = action == DEATHS + FAKE_ORPHAN_AFTER;
	}
	return 0;
}

/* The writer is killed with its parent; what is left of it has its files open, and does
 * the write before it goes. */
bool fake_inject_late(struct fake *f, int *lock)
{
	pid_t parent = getppid();

	if (!late)
		return false;
	late = false;
	close(*lock);
	if (fork() > 0) {
		kill(parent, SIGKILL);
		kill(getpid(), SIGKILL);
	}
	usleep(FAKE_LATE_MS * 1000);
	*lock = fake_lock(f);
	return true;
}

void fake_inject_after(bool die_after)
{
	if (die_after)
		die(orphan_after);
}

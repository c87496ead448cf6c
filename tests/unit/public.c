// SPDX-License-Identifier: GPL-2.0-or-later
/* What who is not root is told of devices that somebody has. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "common/str.h"
#include "journal/public.h"
#include "mutations.h"
#include "session-fixture.h"
#include "test.h"

#define PUBLIC "run/vfio-prep/public/"
#define NOBODY 65534
#define DEVICE                                                                           \
	"<hostdev mode='subsystem' type='pci'><source><address bus='5' slot='0x10' "     \
	"function='1'/></source></hostdev>"

/* What a look at the host gives, as text. */
typedef void (*look_fn)(struct host *h, struct vprep_buf *text);

/* Looks as nobody, in a process of its own. */
static char *seen(struct host *h, look_fn look)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	char *seen = NULL;
	size_t len;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(77);
		look(h, &text);
		_exit(text.failed || vprep_fd_write(fds[1], text.data, text.len) < 0);
	}
	close(fds[1]);
	assert_int_equal(vprep_fd_read(fds[0], 65536, &seen, &len), 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return seen;
}

static void check_seen(struct host *h, look_fn look, const char *expected)
{
	_cleanup_free_ char *text = seen(h, look);

	assert_string_equal(text, expected);
}

static void see_check_of(struct host *h, struct vprep_buf *text, const char *device,
			 const char *owner)
{
	const char *names[] = { device, NULL };
	const struct vprep_request request = { .names = names, .owner = owner };
	struct vprep_reasons *reasons = NULL;

	if (vprep_check(h->session, &request, &reasons, &h->err) < 0) {
		vprep_buf_addf(text, "failed: %s\n", h->err.message);
		return;
	}
	if (reasons->n == 0)
		vprep_buf_add(text, "possible\n");
	for (size_t i = 0; i < reasons->n; i++)
		vprep_buf_addf(text, "%s\n", reasons->items[i].message);
	vprep_reasons_free(reasons);
}

static void see_check(struct host *h, struct vprep_buf *text)
{
	see_check_of(h, text, VF, NULL);
}

static void see_check_of_placeholder(struct host *h, struct vprep_buf *text)
{
	see_check_of(h, text, SND, "other");
}

static void see_status(struct host *h, struct vprep_buf *text)
{
	struct vprep_status *status = NULL;

	if (vprep_status(h->session, &status, &h->err) < 0) {
		vprep_buf_addf(text, "failed: %s\n", h->err.message);
		return;
	}
	vprep_buf_addf(text, "%zu owners, %zu orphans\n", status->n_owners,
		       status->n_orphans);
	for (size_t i = 0; i < status->n_owners; i++) {
		const struct vprep_status_owner *o = &status->owners[i];

		vprep_buf_addf(text, "%s %s %s %s:", o->id, o->kind, o->name, o->state);
		for (size_t k = 0; k < o->n_devices; k++)
			vprep_buf_addf(text, " %s on %s, %s", o->devices[k],
				       o->host[k].driver, o->host[k].node);
		for (size_t k = 0; k < o->n_steps; k++)
			if (o->steps[k].placeholder)
				vprep_buf_addf(text, "; placeholder %s",
					       o->steps[k].device);
		vprep_buf_add(text, "\n");
	}
	vprep_status_free(status);
}

static void see_states(struct host *h, struct vprep_buf *text)
{
	static const char *const states[] = { "free", "owned", "in use", "stays",
					      "hidden" };
	struct vprep_host_devices *devices = NULL;

	if (vprep_host_devices(h->session, &devices, &h->err) < 0) {
		vprep_buf_addf(text, "failed: %s\n", h->err.message);
		return;
	}
	for (size_t i = 0; i < devices->n; i++) {
		const struct vprep_host_device *d = &devices->items[i];

		vprep_buf_addf(text, "%s %s%s%s\n", d->name, states[d->state],
			       d->owner ? " by " : "", d->owner ? d->owner : "");
	}
	vprep_host_devices_free(devices);
}

static void see_recovery(struct host *h, struct vprep_buf *text)
{
	struct vprep_recovery *recovery = NULL;

	if (vprep_recover(h->session, true, &recovery, &h->err) < 0)
		vprep_buf_addf(text, "failed: %s\n", h->err.message);
	for (size_t i = 0; recovery && i < recovery->n; i++)
		vprep_buf_addf(text, "%s: %s\n", recovery->items[i].owner,
			       recovery->items[i].text);
	vprep_buf_add(text, "end\n");
	vprep_recovery_free(recovery);
}

static void what_is_owned_is_never_possible(void **state)
{
	struct host *h = *state;

	check_seen(h, see_check, "possible\n");
	assert_int_equal(host_prepare(h, DEVICE), 0);
	assert_int_equal(host_attach(h, NIC), 0);
	check_seen(h, see_check, VF ": its IOMMU group 7 belongs to domain 'web1'\n");
	check_seen(h, see_check_of_placeholder,
		   SND ": its IOMMU group 9 belongs to owner 'manual'\n");
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	check_seen(h, see_check, "possible\n");
}

static void everybody_sees_the_owners(void **state)
{
	struct host *h = *state;

	check_seen(h, see_status, "0 owners, 0 orphans\n");
	check_seen(h, see_recovery, "end\n");
	assert_int_equal(host_attach(h, NIC), 0);
	check_seen(h, see_status,
		   "1 owners, 0 orphans\n"
		   "manual manual manual unknown: " NIC
		   " on vfio-pci, /dev/vfio/9; placeholder " SND "\n");
	check_seen(h, see_recovery,
		   "manual: whether anything is to be put right is known to root\nend\n");
	assert_int_equal(host_detach(h, NIC), 0);
	check_seen(h, see_status, "0 owners, 0 orphans\n");
}

static void the_table_tells_the_owner(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *free = seen(h, see_states), *owned = NULL;

	assert_non_null(strstr(free, VF " free\n"));
	assert_int_equal(host_attach(h, VF), 0);
	owned = seen(h, see_states);
	assert_non_null(strstr(owned, VF " owned by owner 'manual'\n"));
}

static void where_nothing_may_be_read_nothing_is_free(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *states = NULL;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(fchmodat(h->fake->dir, ".", 0711, 0),
			 0); /* it is a temporary folder */
	/* as an earlier version made it */
	assert_int_equal(fchmodat(h->fake->dir, "run/vfio-prep", 0700, 0), 0);
	check_seen(h, see_check, VF ": its IOMMU group 7 belongs to manual\n");
	states = seen(h, see_states);
	assert_non_null(strstr(states, VF " hidden\n"));
	check_seen(h, see_status,
		   "failed: who holds which devices is known to root (try it with sudo): "
		   "the journal folder /run/vfio-prep is not for all to read\n");
	/* nor the rule */
	assert_int_equal(
		unlinkat(h->fake->dir, RULES "99-vfio-prep-iommu_group_7.rules", 0), 0);
	check_seen(
		h, see_check,
		VF
		": its IOMMU group 7 has a device on a VFIO driver: who holds it is known to "
		"root\n");
	host_leaves(h, "rules");
}

static void others_cannot_make_it_up(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(fchmodat(h->fake->dir, PUBLIC, 0777, 0), 0);
	check_seen(h, see_status,
		   "failed: /run/vfio-prep is not a folder that only this user can "
		   "write: refusing to trust the journal in it\n");
	assert_int_equal(fchmodat(h->fake->dir, PUBLIC, 0755, 0), 0);
}

static void a_part_that_is_given_back_is_free_again(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_int_equal(host_detach(h, VF), 0);
	check_seen(h, see_check, "possible\n");
	check_seen(h, see_status,
		   "1 owners, 0 orphans\nmanual manual manual unknown: " VF2
		   " on vfio-pci, /dev/vfio/8\n");
}

static char *text_of_public(struct host *h)
{
	return fake_get(h->fake, PUBLIC "manual.jsonl");
}

static void nothing_secret_is_in_it(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;
	struct vprep_request request = { .owner = "manual", .pid = 1 };
	struct stat st;

	fake_put(h->fake, 0444, "1 (sh) S 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n",
		 "proc/1/stat");
	assert_int_equal(host_ask(h, VF, request), 0);
	text = text_of_public(h);
	assert_null(strstr(text, "pid_start"));
	assert_null(strstr(text, "rules.d"));
	assert_null(strstr(text, "intent"));
	assert_int_equal(fstatat(h->fake->dir, PUBLIC "manual.jsonl", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(fstatat(h->fake->dir, "run/vfio-prep/owners", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(h->fake->dir, "run/vfio-prep/lock", &st, 0), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(host_detach_owner(h, "manual"), 0);
	fake_remove(h->fake, "proc/1");
}

static void it_is_for_all_whatever_the_umask(void **state)
{
	struct host *h = *state;
	mode_t before = umask(0077);
	struct stat st;

	assert_int_equal(host_attach(h, VF), 0);
	umask(before);
	assert_int_equal(fstatat(h->fake->dir, RULES, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	check_seen(h, see_check, VF " is attached already, by this owner (manual)\n");
}

static unsigned nth;

static int attach_and_die(struct host *h)
{
	mutations_kill(nth);
	return host_attach(h, VF " " VF2);
}

static int detach_and_die(struct host *h)
{
	mutations_kill(nth);
	return host_detach(h, VF);
}

static void check_is_shown(struct host *h)
{
	_cleanup_free_ char *journal = NULL, *text = NULL;

	if (!fake_has(h->fake, OWNERS "manual.jsonl"))
		return;
	journal = fake_get(h->fake, OWNERS "manual.jsonl");
	if (!strstr(journal, VF))
		return;
	text = text_of_public(h);
	assert_non_null(strstr(text, VF));
}

/* Killed at each change: a device is public as long as a journal claims it. */
static void it_is_written_before_the_journal(void **state)
{
	struct host *h = *state;
	bool killed = true;

	for (nth = 1; killed; nth++) {
		killed = host_is_killed(h, attach_and_die);
		check_is_shown(h);
		assert_int_equal(host_recover(h, NULL), 0);
		if (!host_is_same(h)) /* it was killed too late */
			assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
	assert_true(nth > 10);
}

static bool host_holds(struct host *h, const char *device)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };

	assert_int_equal(vprep_owners_look(h->session->io, &owners, NULL), 0);
	return vprep_owners_of_device(&owners, device) != NULL;
}

static void after_recover_it_is_as_the_journal(void **state)
{
	struct host *h = *state;
	bool killed = true;

	for (nth = 1; killed; nth++) {
		assert_int_equal(host_attach(h, VF " " VF2), 0);
		killed = host_is_killed(h, detach_and_die);
		assert_int_equal(host_recover(h, NULL), 0);
		check_seen(h, see_check,
			   !host_holds(h, VF) ? "possible\n"
					      : VF
				   " is attached already, by this owner (manual)\n");
		assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
}

static void recover_puts_it_right(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	assert_int_equal(host_attach(h, VF), 0);
	before = text_of_public(h);
	fake_put(h->fake, 0644, "{\n", PUBLIC "manual.jsonl");
	fake_put(h->fake, 0644, before, PUBLIC "nobody.jsonl");
	assert_int_equal(host_recover(h, NULL), 0);
	after = text_of_public(h);
	assert_string_equal(after, before);
	assert_false(fake_has(h->fake, PUBLIC "nobody.jsonl"));
	fake_put(h->fake, 0644, before, PUBLIC "nobody.jsonl");
	/* nor does it keep the folder */
}

/* Else everybody would be told of an owner whom no command knows any more. */
static void what_cannot_be_removed_is_left_to_recover(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *path =
		vprep_strf("%s/" PUBLIC "manual.jsonl", h->fake->path);

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(host_detach(h, NULL) < 0);
	assert_int_equal(vprep_error_exit_status(&h->err), 4);
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* There is room for what all may know, and none for the journal. */
static void what_could_not_be_recorded_is_nobodys(void **state)
{
	struct host *h = *state;
	struct rlimit before, limit;
	struct stat st;

	assert_int_equal(host_attach(h, VF2), 0);
	assert_int_equal(fstatat(h->fake->dir, OWNERS "manual.jsonl", &st, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ (rlim_t)st.st_size, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(host_attach(h, VF), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	check_seen(h, see_check, "possible\n");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(what_is_owned_is_never_possible),
		HOST_TEST(everybody_sees_the_owners),
		HOST_TEST(the_table_tells_the_owner),
		HOST_TEST(where_nothing_may_be_read_nothing_is_free),
		HOST_TEST(others_cannot_make_it_up),
		HOST_TEST(a_part_that_is_given_back_is_free_again),
		HOST_TEST(nothing_secret_is_in_it),
		HOST_TEST(it_is_for_all_whatever_the_umask),
		HOST_TEST(it_is_written_before_the_journal),
		HOST_TEST(after_recover_it_is_as_the_journal),
		HOST_TEST(recover_puts_it_right),
		HOST_TEST(what_cannot_be_removed_is_left_to_recover),
		HOST_TEST(what_could_not_be_recorded_is_nobodys),
	};

	if (geteuid() != 0) {
		print_message(
			"1..0 # SKIP who is not root cannot become somebody else\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

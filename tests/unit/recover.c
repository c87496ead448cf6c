// SPDX-License-Identifier: GPL-2.0-or-later
/* What recover makes of journals: incomplete, of an earlier boot, of a dead owner, cut
 * off, corrupt. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "journal/public.h"
#include "journal/journal.h"
#include "session-fixture.h"
#include "session/transaction.h"
#include "step-fixture.h"
#include "test.h"

#define JOURNAL OWNERS "manual.jsonl"

static void cut_journal(struct host *h, size_t len)
{
	int fd = openat(h->fake->dir, JOURNAL, O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

static size_t journal_size(struct host *h)
{
	struct stat st;

	assert_int_equal(fstatat(h->fake->dir, JOURNAL, &st, 0), 0);
	return (size_t)st.st_size;
}

static int attach_vf(struct host *h)
{
	return host_attach(h, VF);
}

static void nothing_to_recover_is_no_error(void **state)
{
	struct host *h = *state;
	size_t n = 77;

	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_same(h);
	assert_int_equal(host_attach(h, VF), 0);
	host_remember(h);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_same(h);
}

/* Device state is as attached or as before, nothing else. */
static void check_device(struct host *h, const char *address, const char *native,
			 size_t len)
{
	_cleanup_free_ char *driver =
		fake_link_name(h->fake, "sys/bus/pci/devices/%s/driver", address);
	_cleanup_free_ char *override =
		fake_get(h->fake, "sys/bus/pci/devices/%s/driver_override", address);

	if (!driver || (streq(driver, "vfio-pci")
				? !streq(override, "vfio-pci")
				: !streq(driver, native) || !streq(override, "(null)")))
		fail_msg("cut at %zu: %s on %s, override %s", len, address,
			 driver ? driver : "nothing", override);
}

static void put_back_by_hand(struct host *h, const char *address, const char *native)
{
	struct vprep_io *io = h->session->io;

	vprep_io_write(io, "\n", "bus/pci/devices/%s/driver_override", address);
	vprep_io_write(io, address, "bus/pci/drivers/vfio-pci/unbind");
	vprep_io_write(io, address, "bus/pci/drivers/%s/bind", native);
	vprep_io_write(io, "auto", "bus/pci/devices/%s/power/control", address);
	fake_remove(h->fake, "run/udev/rules.d");
	fake_remove(h->fake, "run/vfio-prep");
}

static void a_journal_cut_anywhere_is_never_undone_wrongly(void **state)
{
	struct host *h = *state;
	size_t size, len, held = 0, back = 0;

	assert_int_equal(host_attach(h, VF " " SND), 0);
	size = journal_size(h);
	for (len = 0; len < size; len += len < 400 ? 13 : 41) {
		cut_journal(h, len);
		if (host_recover(h, NULL) < 0)
			fail_msg("cut at %zu: %s", len, h->err.message);
		check_device(h, VF, "igbvf", len);
		check_device(h, SND, "snd", len);
		check_device(h, NIC, "e1000e", len);
		if (fake_has(h->fake, JOURNAL))
			held++, assert_int_equal(host_detach(h, NULL), 0);
		back += host_is_same(h);
		put_back_by_hand(h, VF, "igbvf");
		put_back_by_hand(h, SND, "snd");
		put_back_by_hand(h, NIC, "e1000e");
		vprep_io_write(h->session->io, "on",
			       "bus/pci/devices/" NIC "/power/control");
		host_check_same(h);
		assert_int_equal(host_attach(h, VF " " SND), 0);
	}
	assert_true(back > 3 && size > 2000);
	assert_true(held < size);
}

static void a_journal_of_an_earlier_boot_is_only_cleaned(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL, *after = NULL;
	size_t n;

	assert_int_equal(host_attach(h, VF), 0);
	host_reboot(h);
	assert_string_equal(host_owner_state(h, "manual"), "stale");
	log = fake_log(h->fake);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 1);
	after = fake_log(h->fake);
	assert_string_equal(after, log); /* no device was touched */
	host_check_driver(h, VF, "vfio-pci");
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	assert_false(fake_has(h->fake, "run/udev/rules.d"));
	host_leaves(h, VF " vfio/7");
}

/* A child that was just started has all that its parent has, and is not killed at once. */
static void a_killed_command_may_have_its_journal_a_little_longer(void **state)
{
	struct host *h = *state;
	size_t n;
	pid_t pid;
	int fd;

	fake_die(h->fake, "*", 2, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, attach_vf));
	fake_clear_faults(h->fake);
	fd = openat(h->fake->dir, JOURNAL, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	pid = fork();
	if (pid == 0) {
		vprep_sleep_ms(200);
		_exit(0);
	}
	close(fd);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 1);
	host_check_same(h);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What is held is given back all the same. */
static void a_lock_that_somebody_removed_is_made_anew(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, "run/vfio-prep/lock");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

static void an_earlier_boot_does_not_keep_devices(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "a" }), 0);
	assert_int_equal(host_attach(h, VF2), 0);
	host_reboot(h);
	assert_int_equal(host_attach(h, VF), 0);	/* of another owner then */
	assert_int_equal(host_detach(h, VF2), -ENODEV); /* of this one then */
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
	assert_string_equal(host_owner_state(h, "manual"), "held");
	assert_string_equal(host_owner_state(h, "a"), "stale");
	assert_int_equal(host_recover(h, NULL), 0);
	assert_string_equal(host_owner_state(h, "manual"), "held");
	/* the rule is the new owner's by now */
	assert_true(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_7.rules"));
	host_leaves(h, VF " vfio/7 " VF2 " vfio/8 run/");
}

static void a_dry_run_changes_nothing(void **state)
{
	struct host *h = *state;
	struct vprep_recovery *recovery;

	assert_int_equal(host_attach(h, VF), 0);
	host_reboot(h);
	host_remember(h);
	assert_int_equal(vprep_recover(h->session, true, &recovery, &h->err), 0);
	assert_int_equal(recovery->n, 1);
	assert_string_equal(recovery->items[0].owner, "manual");
	assert_non_null(strstr(recovery->items[0].text, "would be"));
	vprep_recovery_free(recovery);
	host_check_same(h);
	host_leaves(h, VF " vfio/7");
}

static void a_corrupt_journal_is_reported_and_left(void **state)
{
	struct host *h = *state;
	struct vprep_recovery *recovery = NULL;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_ask(h, VF2, (struct vprep_request){ .owner = "b" }), 0);
	host_corrupt(h, "manual");
	host_remember(h);
	assert_int_equal(vprep_recover(h->session, false, &recovery, &h->err), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_non_null(strstr(h->err.message, "manual.jsonl"));
	assert_non_null(strstr(h->err.message, "line "));
	assert_int_equal(recovery->n, 1);
	assert_true(recovery->items[0].left);
	vprep_recovery_free(recovery);
	assert_string_equal(host_owner_state(h, "manual"), "corrupt");
	assert_int_equal(host_attach(h, NIC), -EBADMSG);
	assert_int_equal(host_detach(h, VF), -EBADMSG);
	host_check_same(h);
	assert_int_equal(host_detach_owner(h, "b"), 0); /* others go on */
	host_leaves(h, VF " vfio/7 run/");
}

/* No other owner may take a device that is its. */
static void a_corrupt_journal_does_not_free_its_devices(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	host_corrupt(h, "manual");
	host_remember(h);
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "b" }), -EBUSY);
	assert_non_null(strstr(h->err.message, "belongs to owner 'manual', whose journal "
					       "is damaged (line "));
	host_check_same(h);
	host_leaves(h, VF " vfio/7 run/");
}

/* ---- owners that are processes ---- */

static void be_owned_by_process(struct host *h, const char *stat)
{
	struct vprep_journal_header header;
	struct vprep_transaction t;
	struct vprep_steps steps = { 0 };

	header = vprep_journal_header_of("run", "sh");
	header.pid = 4711;
	header.pid_start = 99;
	assert_int_equal(vprep_transaction_begin(h->session, "run-4711", &header, true,
						 &t, &h->err),
			 0);
	step_add(&steps, "claim", VF)->group = 7;
	assert_int_equal(vprep_public_begin(t.locked, t.journal, &steps), 0);
	assert_int_equal(vprep_step_mark(&t.context, &t.journal->steps.items[0],
					 VPREP_STEP_DONE),
			 0);
	vprep_transaction_end(&t, 0, NULL);
	if (stat)
		fake_put(h->fake, 0444, stat, "proc/4711/stat");
}

#define STAT(start) "4711 (sh) S 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 " start " 0 0\n"

static void an_owner_that_lives_is_left_alone(void **state)
{
	struct host *h = *state;
	size_t n;

	be_owned_by_process(h, STAT("99"));
	host_remember(h);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_same(h);
}

static void an_owner_that_died_gives_back(void **state)
{
	static const char *const stats[] = { NULL, STAT("100") };
	struct host *h = *state;
	size_t i, n;

	for (i = 0; i < VPREP_ARRAY_SIZE(stats); i++) {
		be_owned_by_process(h, stats[i]);
		assert_int_equal(host_recover(h, &n), 0);
		assert_int_equal(n, 1);
		host_check_same(h);
	}
}

/* Not to be able to tell is not to be dead. */
static void an_owner_that_cannot_be_seen_is_left_alone(void **state)
{
	struct host *h = *state;
	size_t n;

	be_owned_by_process(h, "4711 garbage\n");
	host_remember(h);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(nothing_to_recover_is_no_error),
		HOST_TEST(a_journal_cut_anywhere_is_never_undone_wrongly),
		HOST_TEST(a_journal_of_an_earlier_boot_is_only_cleaned),
		HOST_TEST(a_killed_command_may_have_its_journal_a_little_longer),
		HOST_TEST(a_lock_that_somebody_removed_is_made_anew),
		HOST_TEST(an_earlier_boot_does_not_keep_devices),
		HOST_TEST(a_dry_run_changes_nothing),
		HOST_TEST(a_corrupt_journal_is_reported_and_left),
		HOST_TEST(a_corrupt_journal_does_not_free_its_devices),
		HOST_TEST(an_owner_that_lives_is_left_alone),
		HOST_TEST(an_owner_that_died_gives_back),
		HOST_TEST(an_owner_that_cannot_be_seen_is_left_alone),
	};

	return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}

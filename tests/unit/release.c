// SPDX-License-Identifier: GPL-2.0-or-later
/* release while the guest still runs: a person is refused at once, libvirt's hook waits. */
#include <errno.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "journal/escape.h"
#include "session-fixture.h"
#include "test.h"

#define DEVICE                                                                           \
	"<hostdev mode='subsystem' type='pci'><source><address bus='5' slot='0x10' "     \
	"function='1'/></source></hostdev>"
#define RUNS " (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 8150 0 0\n"
#define EXITS " (a) b) D 1 1 1 0 -1 4194564 0 0 0 0 0 0 0 0 20 0 1 0 8150 0 0\n"
#define NOT_KILLED "Name:\tqemu\nSigPnd:\t0000000000000002\nShdPnd:\t0000000000000000\n"
#define KILLED "Name:\tqemu\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000100\n"

static void add_process(struct host *h, const char *stat, const char *status)
{
	fake_put(h->fake, 0444, stat, "proc/4711/stat");
	fake_put(h->fake, 0444, status, "proc/4711/status");
	fake_put_bytes(h->fake, 0444, "/usr/bin/qemu-system-x86_64\0-S", 30,
		       "proc/4711/cmdline");
	fake_mkdir(h->fake, "proc/4711/fd");
	assert_int_equal(symlinkat("/dev/vfio/7", h->fake->dir, "proc/4711/fd/9"), 0);
}

static void end_process(struct host *h)
{
	fake_remove(h->fake, "proc/4711");
}

static int setup(void **state)
{
	int r = host_setup(state);
	struct host *h = *state;

	host_configure(h, "deadline-unbind = 1\n");
	host_remember(h);
	assert_int_equal(host_prepare(h, DEVICE), 0);
	return r;
}

static int release_stopped(struct host *h)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_release_stopped(h->session, "web1", NULL, &h->err);
}

static void check_refused(struct host *h, const char *message)
{
	int64_t begin = vprep_now_ms();

	assert_int_equal(release_stopped(h), -EBUSY);
	assert_true(vprep_now_ms() - begin < 900);
	assert_int_equal(h->err.code, VPREP_E_IN_USE);
	assert_string_equal(h->err.message, message);
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
}

static void a_guest_that_runs_keeps_its_devices(void **state)
{
	struct host *h = *state;

	add_process(h, "4711" RUNS, NOT_KILLED);
	check_refused(h,
		      "guest web1 runs (pid 4711): it has /dev/vfio/7 open; nothing was "
		      "given back: stop it first, or wait for its end by 'vfio-prep "
		      "release --force " DOMAIN "'");
	assert_int_equal(host_detach_owner(h, DOMAIN), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_IN_USE);
	end_process(h);
	assert_int_equal(release_stopped(h), 0);
	host_check_same(h);
}

/* Its devices may be unplugged. */
static void so_does_one_that_was_noted_when_it_started(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid></domain>";
	static const char arguments[] = "/usr/bin/qemu\0-uuid\0" DOMAIN;
	struct host *h = *state;

	add_process(h, "4711" RUNS, NOT_KILLED);
	fake_put_bytes(h->fake, 0444, arguments, sizeof(arguments), "proc/4711/cmdline");
	assert_int_equal(vprep_adopt(h->session, xml, strlen(xml), &h->err), 0);
	fake_remove(h->fake, "proc/4711/fd");
	check_refused(h,
		      "guest web1 runs (pid 4711); nothing was given back: stop it "
		      "first, or wait for its end by 'vfio-prep release --force " DOMAIN
		      "'");
	end_process(h);
	assert_int_equal(release_stopped(h), 0);
	host_check_same(h);
}

static void check_waited_for(struct host *h, const char *stat, const char *status)
{
	add_process(h, stat, status);
	assert_int_equal(release_stopped(h), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_LEFT); /* at the deadline */
	end_process(h);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void one_that_was_killed_is_waited_for(void **state)
{
	check_waited_for(*state, "4711" RUNS, KILLED);
}

static void one_that_is_at_its_end_is_waited_for(void **state)
{
	check_waited_for(*state, "4711" EXITS, NOT_KILLED);
}

static void who_says_so_waits_for_one_that_runs(void **state)
{
	struct host *h = *state;

	add_process(h, "4711" RUNS, NOT_KILLED);
	assert_int_equal(host_release(h, "web1", NULL), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	end_process(h);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void check_foretold(struct host *h, bool left, const char *text)
{
	struct vprep_recovery *recovery = NULL;
	int r = vprep_recover(h->session, true, &recovery, &h->err);

	assert_int_equal(r < 0, left);
	assert_int_equal(recovery->n, 1);
	assert_int_equal(recovery->items[0].left, left);
	if (!strstr(recovery->items[0].text, text))
		fail_msg("%s", recovery->items[0].text);
	vprep_recovery_free(recovery);
}

/* What recover would do, and no more than it can. */
static void a_dry_run_of_recover_sees_who_has_a_device_open(void **state)
{
	_cleanup_free_ char *held = NULL, *now = NULL;
	struct host *h = *state;

	add_process(h, "4711" RUNS, NOT_KILLED);
	assert_int_equal(host_release(h, "web1", NULL), -EBUSY);
	held = fake_snapshot(h->fake);
	check_foretold(h, true, "pid 4711 (qemu-system-x86_64) has /dev/vfio/7 open");
	now = fake_snapshot(h->fake);
	assert_string_equal(now, held);
	assert_int_equal(host_recover(h, NULL), -EIO);
	end_process(h);
	check_foretold(h, false,
		       "would be put right: not everything was given back; " VF
		       ": given back");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void count_lines(struct host *h, const char *words, size_t wanted)
{
	const char *at = h->log;
	size_t n = 0;

	while ((at = strstr(at, words)))
		n++, at += strlen(words);
	if (n != wanted)
		fail_msg("%zu times '%s', not %zu, in:\n%s", n, words, wanted, h->log);
}

static void who_gives_back_is_told_how_the_device_is_now(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_release(h, "web1", NULL), 0);
	count_lines(h, VF " is back on igbvf\n", 1);
	assert_int_equal(host_attach(h, NIC " " SND " " FREE), 0);
	assert_int_equal(host_detach(h, FREE), 0);
	count_lines(h, FREE " is back, without a driver\n", 1);
	assert_int_equal(host_detach(h, NIC), 0);
	count_lines(h, NIC " is back", 0); /* a placeholder, for the rest of its group */
	assert_int_equal(host_detach(h, SND), 0);
	count_lines(h, SND " is back on snd\n", 1);
	count_lines(h, NIC " is back on e1000e\n", 1); /* it went with its group */
	assert_int_equal(host_attach(h, NIC), 0);
	assert_int_equal(host_detach(h, NIC), 0);
	count_lines(h, NIC " is back on e1000e\n", 2);
	count_lines(h, SND " is back on snd\n",
		    2); /* as does one that nobody asked for */
	host_check_same(h);
}

static void many_devices_are_one_line(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_release(h, "web1", NULL), 0);
	assert_int_equal(host_attach(h, VF " " VF2 " " NIC " " SND " " FREE), 0);
	count_lines(h, "5 devices attached: their nodes are for ", 1);
	assert_int_equal(host_detach(h, NULL), 0);
	count_lines(h, "5 devices are given back\n", 1);
	host_check_same(h);
}

static void who_names_no_owner_is_told_those_that_there_are(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_release(h, "web1", NULL), 0);
	assert_int_equal(host_detach_owner(h, "web2"), -ENODEV);
	assert_string_equal(h->err.message, "owner 'web2' has nothing attached; "
					    "'vfio-prep status' shows what is");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach_owner(h, "manaul"), -ENODEV);
	assert_string_equal(h->err.message,
			    "owner 'manaul' has nothing attached; owners are 'manual'; "
			    "'vfio-prep status' shows what is");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* What is pasted into a shell names the owner, whatever a domain is called. */
static void commands_name_the_owner_as_one_word(void **state)
{
	static const char word[] = "'name:a b;reboot'";
	_cleanup_free_ char *file = NULL;
	struct host *h = *state;
	struct vprep_status *status;
	struct vprep_recovery *recovery;

	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(host_prepare_xml(h, "<domain type='kvm'><name>a b;reboot</name>"
					     "<devices>" DEVICE "</devices></domain>"),
			 0);
	assert_int_equal(host_detach(h, VF), -EBUSY);
	assert_non_null(strstr(h->err.message, "'vfio-prep release 'name:a b;reboot''"));
	add_process(h, "4711" RUNS, NOT_KILLED);
	h->err = (struct vprep_error){ 0 };
	assert_int_equal(vprep_release_stopped(h->session, "name:a b;reboot", NULL,
					       &h->err),
			 -EBUSY);
	assert_non_null(strstr(h->err.message, word));
	end_process(h);
	assert_int_equal(vprep_escape_file("name:a b;reboot", &file), 0);
	*strrchr(file, '.') = '\0';
	host_corrupt(h, file);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_non_null(strstr(status->owners[0].problem, word));
	vprep_status_free(status);
	assert_int_equal(vprep_recover(h->session, true, &recovery, &h->err), -EIO);
	assert_non_null(strstr(recovery->items[0].text, word));
	vprep_recovery_free(recovery);
	host_corrupt(h, file); /* it is as it was */
}

#define RELEASE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RELEASE_TEST(a_guest_that_runs_keeps_its_devices),
		RELEASE_TEST(so_does_one_that_was_noted_when_it_started),
		RELEASE_TEST(one_that_was_killed_is_waited_for),
		RELEASE_TEST(one_that_is_at_its_end_is_waited_for),
		RELEASE_TEST(who_says_so_waits_for_one_that_runs),
		RELEASE_TEST(a_dry_run_of_recover_sees_who_has_a_device_open),
		RELEASE_TEST(who_gives_back_is_told_how_the_device_is_now),
		RELEASE_TEST(many_devices_are_one_line),
		RELEASE_TEST(commands_name_the_owner_as_one_word),
		RELEASE_TEST(who_names_no_owner_is_told_those_that_there_are),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}

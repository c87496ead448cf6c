// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners of one shared disk that come and go at the same time. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define PCI(function)                                                                    \
	"<hostdev type='pci' managed='yes'><source><address bus='5' slot='0x10' "        \
	"function='" function "'/></source></hostdev>"
#define DISK                                                                             \
	"<hostdev type='scsi'><source><adapter name='scsi_host2'/><address bus='0' "     \
	"target='0' unit='7'/></source><shareable/></hostdev>"
#define WEB2 "<domain><name>web2</name><devices>" DISK "</devices></domain>"
#define WEB2_ID "name:web2"
#define DISK_RULE RULES "99-vfio-prep-scsi_2_0_0_7.rules"

static int setup(void **state)
{
	struct host *h;

	host_setup(state);
	h = *state;
	fake_mkdir(h->fake, "sys/bus/scsi/devices/2:0:0:7/scsi_generic/sg1");
	fake_put(h->fake, 0600, "21:1", "dev/sg1");
	host_remember(h);
	return 0;
}

#define SHARED_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

/* What another command does while devices are on their way back. */
struct meanwhile {
	struct host host; /* with a session of its own */
	int (*work)(struct host *h);
	bool is_done;
	int result;
};

static void work_meanwhile(void *data, const struct vprep_progress *p)
{
	struct meanwhile *m = data;

	if (!p->undoes || m->is_done)
		return;
	m->is_done = true;
	m->result = m->work(&m->host);
}

/* Does the @work of another command while the one that is begun here gives back PCI
 * devices, which comes before the disk. */
static void run_beside(struct host *h, int (*begin)(struct host *h),
		       int (*work)(struct host *h), int expected, struct meanwhile *m)
{
	struct vprep_session *session = h->session, *other;

	h->session = NULL;
	host_configure(h, "");
	other = h->session;
	h->session = session;
	*m = (struct meanwhile){ .host = { .fake = h->fake, .session = other },
				 .work = work };
	vprep_session_set_progress(session, work_meanwhile, m);
	assert_int_equal(begin(h), expected);
	vprep_session_set_progress(session, NULL, NULL);
	assert_true(m->is_done);
	vprep_session_free(other);
}

static int prepare(struct host *h)
{
	return host_prepare(h, PCI("1") PCI("3") DISK);
}

static int release(struct host *h)
{
	return host_release(h, DOMAIN, NULL);
}

static int prepare_other(struct host *h)
{
	return host_prepare_xml(h, WEB2);
}

static int release_other(struct host *h)
{
	return host_release(h, WEB2_ID, NULL);
}

/* Else the last of its owners would take it from the one who has just come. */
static void a_disk_on_its_way_back_is_not_shared(void **state)
{
	struct host *h = *state;
	struct meanwhile m;

	assert_int_equal(prepare(h), 0);
	run_beside(h, release, prepare_other, 0, &m);
	assert_int_equal(m.result, -EBUSY);
	host_check_same(h);
	assert_int_equal(prepare_other(h), 0);
	assert_true(host_is_given(h, "sg1"));
}

static void a_disk_of_an_attach_that_is_rolled_back_is_not_shared(void **state)
{
	struct host *h = *state;
	struct meanwhile m;

	fake_fail(h->fake, "*/vfio-pci/bind", 2, EIO);
	run_beside(h, prepare, prepare_other, -EIO, &m);
	assert_int_equal(m.result, -EBUSY);
	host_check_same(h);
}

/* Each would leave the node to the other. */
static void one_of_two_owners_who_go_at_once_takes_the_disk_back(void **state)
{
	struct host *h = *state;
	struct meanwhile m;

	assert_int_equal(prepare_other(h), 0);
	fake_fail(h->fake, "*/vfio-pci/bind", 2, EIO);
	run_beside(h, prepare, release_other, -EIO, &m);
	assert_int_equal(m.result, 0);
	assert_false(host_is_given(h, "sg1"));
	assert_false(fake_has(h->fake, DISK_RULE));
	host_check_same(h);
}

static void each_owner_may_give_the_disk_back_by_name(void **state)
{
	static const char *const names[] = { "scsi_2_0_0_7", NULL };
	static const char *const owners[] = { WEB2_ID, DOMAIN };
	struct host *h = *state;
	size_t i;

	assert_int_equal(host_prepare(h, DISK), 0);
	assert_int_equal(prepare_other(h), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(owners); i++) {
		const struct vprep_detach_request request = { .names = names,
							      .owner = owners[i] };

		if (vprep_detach(h->session, &request, &h->err) < 0)
			fail_msg("%s: %s", owners[i], h->err.message);
		assert_string_equal(host_owner_state(h, owners[i]), "");
	}
	host_check_same(h);
}

/* The guest of another owner has the disk open: that one keeps it. */
static void a_dry_run_tells_what_recover_does_with_a_shared_disk(void **state)
{
	struct vprep_recovery *recovery;
	struct host *h = *state;

	assert_int_equal(prepare_other(h), 0);
	host_open(h, "/dev/sg1");
	fake_die(h->fake, "*/vfio-pci/bind", 1, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, prepare));
	fake_clear_faults(h->fake);
	assert_int_equal(vprep_recover(h->session, true, &recovery, &h->err), 0);
	vprep_recovery_free(recovery);
	assert_int_equal(host_recover(h, NULL), 0);
	assert_true(host_is_given(h, "sg1"));
	assert_string_equal(host_owner_state(h, DOMAIN), "");
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(release_other(h), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARED_TEST(a_disk_on_its_way_back_is_not_shared),
		SHARED_TEST(a_disk_of_an_attach_that_is_rolled_back_is_not_shared),
		SHARED_TEST(one_of_two_owners_who_go_at_once_takes_the_disk_back),
		SHARED_TEST(each_owner_may_give_the_disk_back_by_name),
		SHARED_TEST(a_dry_run_tells_what_recover_does_with_a_shared_disk),
	};

	return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}

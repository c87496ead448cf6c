// SPDX-License-Identifier: GPL-2.0-or-later
/* Another number of VFs while the PF's driver, or somebody else, works on them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "host/sriov.h"
#include "journal/owners.h"
#include "test.h"
#include "vf-fixture.h"

static void a_driver_that_resets_the_card_is_asked_again(void **state)
{
	static const int numbers[] = { EAGAIN, EBUSY };
	struct host *h = *state;
	unsigned nth;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(numbers); i++)
		for (nth = 1; nth <= 2; nth++) {
			fake_fail(h->fake, "*/sriov_numvfs", nth, numbers[i]);
			assert_int_equal(vf_numvfs(h, 5), 0);
			fake_clear_faults(h->fake);
			assert_int_equal(vf_numvfs(h, 2), 0);
		}
	host_check_same(h);
}

/* Attaching the card itself takes its VFs away, and detaching gives them back. */
static void so_it_is_where_the_card_is_attached(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "*/sriov_numvfs", 1, EAGAIN);
	assert_int_equal(host_ask(h, PF, (struct vprep_request){ .force = true }), 0);
	fake_clear_faults(h->fake);
	fake_fail(h->fake, "*/sriov_numvfs", 1, EAGAIN);
	assert_int_equal(host_detach(h, NULL), 0);
	fake_clear_faults(h->fake);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 2);
}

static void a_driver_that_stays_busy_is_told(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "*/sriov_numvfs", 0, EBUSY);
	assert_int_equal(vf_numvfs(h, 5), -EBUSY);
	assert_non_null(strstr(h->err.message, "its driver is busy"));
	fake_clear_faults(h->fake);
	host_check_same(h);
}

static int write_after_somebody_else(struct vprep_io *io, const char *path,
				     const char *value)
{
	if (strstr(path, "/sriov_numvfs") && streq(value, "5"))
		vprep_fake_ops.write_attr(io, path, "2");
	return vprep_fake_ops.write_attr(io, path, value);
}

static void somebody_elses_number_at_the_same_time_is_told(void **state)
{
	struct vprep_io_ops ops = vprep_fake_ops;
	struct host *h = *state;

	ops.write_attr = write_after_somebody_else;
	h->session->io->ops = &ops;
	assert_int_equal(vf_numvfs(h, 5), -EBUSY);
	h->session->io->ops = &vprep_fake_ops;
	assert_non_null(strstr(h->err.message, "somebody else changed"));
	host_check_same(h);
}

/* ---- the end of another command, while the owners are read ---- */

static struct host *host;
static bool may_end; /* the other command, when a journal is read the next time */

static bool is_any_held(void)
{
	struct vprep_owners owners = { 0 };
	bool held;

	assert_int_equal(vprep_owners_look(host->session->io, &owners, NULL), 0);
	held = owners.n > 0 && vprep_journal_is_live(owners.items[0].journal);
	vprep_owners_done(&owners);
	return held;
}

int flock(int fd, int operation)
{
	if (may_end && (operation & LOCK_SH)) {
		may_end = false;
		fake_release(host->fake, VF0);
		while (is_any_held())
			vprep_sleep_ms(5);
	}
	return (int)syscall(SYS_flock, fd, operation);
}

/* A domain that goes back from four VFs to two, and waits in the kernel. */
static pid_t start_release(struct host *h)
{
	pid_t pid;

	assert_int_equal(
		vprep_io_write(h->session->io, VF0, "bus/pci/drivers/igbvf/bind"), 0);
	fake_hold(h->fake, VF0);
	pid = fork();
	if (pid == 0) {
		host_configure(h, "");
		_exit(host_release(h, DOMAIN, NULL) < 0);
	}
	while (!fake_has(h->fake, ".fake/busy/" VF0))
		vprep_sleep_ms(1);
	return pid;
}

static void what_just_ended_counts_as_it_left_the_card(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"
		"<vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:vfs pf='" PF "' count='4'/>"
		"</vp:prepare></metadata><devices/></domain>";
	int status, r;
	pid_t pid;

	host = *state;
	assert_int_equal(host_prepare_xml(host, xml), 0);
	assert_int_equal(vprep_pf_count_vfs(host->session->io, PF), 4);
	pid = start_release(host);
	may_end = true;
	r = vf_numvfs(host, 4);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(r, 0);
	assert_false(may_end);
	assert_int_equal(vprep_pf_count_vfs(host->session->io, PF), 4);
}

static int remove_by_force(struct host *h)
{
	const struct vprep_sriov_request none = { .pf = PF, .force = true };

	h->err = (struct vprep_error){ 0 };
	return vprep_numvfs(h->session, &none, &h->err);
}

/* A vGPU is on NVIDIA's own driver, whose name says nothing of VFIO. */
static void a_guests_vgpu_keeps_the_vfs(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *group =
		fake_link_name(h->fake, "sys/bus/pci/devices/" VF1 "/iommu_group");
	_cleanup_free_ char *node = vprep_strf("/dev/vfio/%s", group);

	fake_put(h->fake, 0444, "pci:v000010DEd00002235sv000010DEsd00000000bc03sc02i00\n",
		 "sys/bus/pci/devices/" VF1 "/modalias");
	fake_put(h->fake, 0600, "240:1", "dev/vfio/%s", group);
	fake_put(h->fake, 0644, "1155\n",
		 "sys/bus/pci/devices/" VF1 "/nvidia/current_vgpu_type");
	host_open(h, node);
	assert_int_equal(remove_by_force(h), -EBUSY);
	assert_non_null(strstr(h->err.message, "4711"));
	fake_remove(h->fake, "proc/4711");
	fake_remove(h->fake, "dev/vfio/%s", group);
	assert_int_equal(remove_by_force(h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(a_driver_that_resets_the_card_is_asked_again),
		VFS_TEST(so_it_is_where_the_card_is_attached),
		VF_TEST(a_driver_that_stays_busy_is_told),
		VF_TEST(somebody_elses_number_at_the_same_time_is_told),
		VFS_TEST(what_just_ended_counts_as_it_left_the_card),
		VFS_TEST(a_guests_vgpu_keeps_the_vfs),
	};

	return cmocka_run_group_tests_name("numvfs-busy", tests, NULL, NULL);
}

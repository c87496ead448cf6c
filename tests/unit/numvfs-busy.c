// SPDX-License-Identifier: GPL-2.0-or-later
/* Another number of VFs while the PF's driver, or somebody else, works on them. */
#include <errno.h>

#include "common/str.h"
#include "host/sriov.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(a_driver_that_resets_the_card_is_asked_again),
		VFS_TEST(so_it_is_where_the_card_is_attached),
		VF_TEST(a_driver_that_stays_busy_is_told),
		VF_TEST(somebody_elses_number_at_the_same_time_is_told),
	};

	return cmocka_run_group_tests_name("numvfs-busy", tests, NULL, NULL);
}

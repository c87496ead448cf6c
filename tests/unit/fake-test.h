/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit tests with a fake kernel of their own each. */
#ifndef VPREP_TESTS_FAKE_TEST_H
#define VPREP_TESTS_FAKE_TEST_H

#include "fake/fake.h"
#include "test.h"

static struct fake *fake;
static struct vprep_io *io;

static inline int fake_test_begin(void **state)
{
	test_begin(state);
	fake = fake_new();
	io = fake_io(fake);
	return 0;
}

static inline int fake_test_end(void **state)
{
	vprep_io_free(io);
	fake_free(fake);
	return test_end(state);
}

#define FAKE_TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_test_begin, fake_test_end)

#endif

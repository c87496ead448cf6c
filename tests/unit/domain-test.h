/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents in, JSON or a message out. */
#ifndef VPREP_TESTS_DOMAIN_TEST_H
#define VPREP_TESTS_DOMAIN_TEST_H

#include <errno.h>

#include "common/str.h"
#include "test.h"
#include "xml/domain.h"
#include "xml/scan.h"

static struct vprep_error domain_error;

/* Says which line is wrong, in one line that can be printed. */
static inline void domain_check_error(int r)
{
	_cleanup_free_ char *printable = strdup(domain_error.message);

	assert_int_equal(domain_error.number, -r);
	assert_int_equal(domain_error.code, VPREP_E_USAGE);
	vprep_str_make_printable(printable);
	assert_string_equal(domain_error.message, printable);
	if (strncmp(domain_error.message, "line ", 5) != 0)
		assert_string_equal(domain_error.message, "the domain has no <name>");
}

/* Every parse of the tests is held to the promises of the header. */
static inline int domain_parse(const char *text, size_t len, struct vprep_domain **ret)
{
	struct vprep_domain *const untouched = (struct vprep_domain *)&domain_error;
	/* in a place of its own, so that a byte read beyond is noticed */
	_cleanup_free_ char *copy = malloc(len ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	domain_error = (struct vprep_error){ 0 };
	*ret = untouched;
	r = vprep_domain_parse(copy, len, ret, &domain_error);
	if (r < 0) {
		assert_ptr_equal(*ret, untouched);
		*ret = NULL;
		domain_check_error(r);
		return r;
	}
	assert_int_equal(r, 0);
	assert_non_null(*ret);
	assert_ptr_not_equal(*ret, untouched);
	if (!vprep_domain_may_need_us(text, len)) {
		assert_int_equal((*ret)->devices.n, 0);
		assert_int_equal((*ret)->n_mdevs + (*ret)->n_vfs + (*ret)->n_named, 0);
		assert_true(!(*ret)->user && !(*ret)->policy);
	}
	return r;
}

/* The requests as JSON in one line, or the message. */
static inline char *domain_read_n(const char *text, size_t len)
{
	struct vprep_domain *domain;
	char *answer = NULL;

	if (domain_parse(text, len, &domain) < 0)
		return strdup(domain_error.message);
	assert_int_equal(vprep_domain_json(domain, false, &answer), 0);
	vprep_domain_free(domain);
	return answer;
}

static inline void domain_is_n(const char *text, size_t len, const char *expected)
{
	_cleanup_free_ char *answer = domain_read_n(text, len);

	if (!streq(answer, expected))
		fail_msg("%.300s\nis       %s\nexpected %s", text, answer, expected);
}

static inline void domain_is(const char *text, const char *expected)
{
	domain_is_n(text, strlen(text), expected);
}

/* The answer for devices, which begin in line 3. */
static inline void devices_are(const char *devices, const char *expected)
{
	_cleanup_free_ char *text = vprep_strf(
		"<domain>\n<name>vm</name><devices>\n%s\n</devices></domain>", devices);

	domain_is(text, expected);
}

struct domain_case {
	const char *text;
	const char *expected;
};

#endif

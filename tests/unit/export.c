// SPDX-License-Identifier: GPL-2.0-or-later
/* How the host is, as a file: of that file nothing differs, whoever made the host so. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define BOUND "[device guests]\nmatch = address=" VF "\nboot = bind\n"
#define SEVEN "[vfs " PF "]\ncount = 7\nautoprobe = no\n"

static void check_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void check_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static void what_is_exported_is_as_declared(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	apply_begin(h, SEVEN "vf.6.mac = " MAC "\nvf.6.trust = yes\nvf.5.vlan = 7\n"
			     "vf.4.spoofchk = no\nvf.4.rate = 100\n" BOUND);
	apply_must(h);
	assert_int_equal(host_attach(h, VF0), 0);
	apply_exported(h, &text);
	check_has(text, "[vfs " PF "]\ncount = 7\n# VF 0 belongs to an "
			"owner\nvf.1.vlan = 0\n");
	check_has(text, "vf.6.mac = " MAC "\nvf.6.vlan = 0\nvf.6.trust = yes\n");
	check_has(text, "vf.5.vlan = 7\nvf.5.trust = no\nvf.5.spoofchk = yes\n");
	check_has(text, "vf.4.spoofchk = no\nvf.4.rate = 100\n");
	check_has(text, "address=" VF " vendor=");
	check_lacks(text, "address=" VF0);
	check_lacks(text, "link");
	assert_int_equal(host_detach(h, VF0), 0);
	apply_undeclare(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFS_TEST(what_is_exported_is_as_declared),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "apply-fixture.h"

#include <string.h>

#include "common/str.h"
#include "test.h"

#define CONF "etc/vfio-prep.d/test.conf"

void apply_declare(struct host *h, const char *text)
{
	fake_put(h->fake, 0644, text, CONF);
}

int apply_with(struct host *h, bool check, size_t *ret_n)
{
	struct vprep_differences *differences = NULL;
	int r;

	h->err = (struct vprep_error){ 0 };
	r = vprep_apply_declared(h->session, NULL, check, &differences, &h->err);
	if (ret_n)
		*ret_n = differences ? differences->n : 0;
	vprep_differences_free(differences);
	return r;
}

int apply_now(struct host *h)
{
	return apply_with(h, false, NULL);
}

void apply_must(struct host *h)
{
	struct vprep_differences *left = NULL;

	if (apply_now(h) < 0)
		fail_msg("%s", h->err.message);
	if (vprep_apply_declared(h->session, NULL, true, &left, &h->err) < 0)
		fail_msg("%s", h->err.message);
	if (left->n > 0)
		fail_msg("%s: %s", left->items[0].device, left->items[0].what);
	vprep_differences_free(left);
}

void apply_check_differs(struct host *h, const char *device, const char *what)
{
	struct vprep_differences *differences = NULL;

	if (vprep_apply_declared(h->session, NULL, true, &differences, &h->err) < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(differences->n, 1);
	assert_string_equal(differences->items[0].device, device);
	if (!strstr(differences->items[0].what, what))
		fail_msg("%s", differences->items[0].what);
	vprep_differences_free(differences);
}

void apply_undeclare(struct host *h)
{
	apply_declare(h, "");
	apply_must(h);
	host_check_same(h);
}

void apply_begin(struct host *h, const char *text)
{
	apply_declare(h, "");
	host_remember(h);
	apply_declare(h, text);
}

void apply_exported(struct host *h, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	struct vprep_differences *left = NULL;

	if (vprep_export_declared(h->session, &text, &h->err) < 0)
		fail_msg("%s", h->err.message);
	apply_declare(h, text);
	if (vprep_apply_declared(h->session, NULL, true, &left, &h->err) < 0)
		fail_msg("%s in:\n%s", h->err.message, text);
	if (left->n > 0)
		fail_msg("%s: %s in:\n%s", left->items[0].device, left->items[0].what,
			 text);
	vprep_differences_free(left);
	*ret_text = TAKE_PTR(text);
}

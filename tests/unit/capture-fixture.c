// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture-fixture.h"

#include <ftw.h>
#include <stdio.h>

struct capture *capture_new(void)
{
	struct capture *c = calloc(1, sizeof(*c));
	void *host = NULL;

	assert_non_null(c);
	nodedev_setup(&host);
	c->host = host;
	snprintf(c->dir, sizeof(c->dir), "%s-captured", c->host->tree->dir);
	return c;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int capture_teardown(void **state)
{
	struct capture *c = *state;
	void *host = c->host;

	vprep_session_free(c->session);
	nftw(c->dir, remove_one, 8, FTW_PHYS | FTW_DEPTH);
	nodedev_teardown(&host);
	free(c);
	return 0;
}

void capture(struct capture *c, bool identifying)
{
	struct vprep_options options = { .sysroot = c->dir };
	int r = vprep_capture(c->host->session, c->dir, identifying, &c->host->err);

	if (r < 0)
		print_error("%s\n", c->host->err.message);
	assert_int_equal(r, 0);
	assert_int_equal(vprep_session_new(&options, &c->session, &c->host->err), 0);
}

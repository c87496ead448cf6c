// SPDX-License-Identifier: GPL-2.0-or-later
/* The line of those who wait: what one does while another one looks at it. */
#include "journal/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "session-fixture.h"
#include "test.h"

#define WAITING "run/vfio-prep/waiting/"

static unsigned n_looks; /* how often somebody else has the lock of a waiter's file */

int flock(int fd, int operation)
{
	char self[64], path[4096] = "";

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (n_looks == 0 || readlink(self, path, sizeof(path) - 1) < 0 ||
	    !strstr(path, "/waiting/"))
		return (int)syscall(SYS_flock, fd, operation);
	n_looks--;
	errno = EWOULDBLOCK;
	return -1;
}

/* Who looks through the line has the lock of a new waiter's file for a moment. */
static void a_look_at_the_line_does_not_keep_others_from_joining(void **state)
{
	char *const vf[] = { (char *)"vf", NULL };
	struct host *h = *state;
	struct vprep_queue_place first, second;
	struct vprep_queue_ahead ahead;

	assert_int_equal(vprep_queue_join(h->session->io, vf, &first, &h->err), 0);
	n_looks = 3; /* the first is for the one that is there: whether it is live */
	assert_int_equal(vprep_queue_join(h->session->io, vf, &second, &h->err), 0);
	assert_int_equal(n_looks, 0);
	assert_int_equal(vprep_queue_look(h->session->io, "vf", 0, &ahead), 0);
	assert_int_equal(ahead.n, 2);
	vprep_queue_leave(h->session->io, &second);
	vprep_queue_leave(h->session->io, &first);
}

static bool is_out_of_files;

int openat(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	if (is_out_of_files && !(flags & O_CREAT) &&
	    strcmp(name, "00000000000000000001") == 0) {
		errno = EMFILE;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, name, flags, mode);
}

/* A waiter of whom nothing can be learned is not taken for one that has ended. */
static void who_has_no_file_left_takes_nobody_s_place(void **state)
{
	char *const vf[] = { (char *)"vf", NULL };
	struct host *h = *state;
	struct vprep_queue_place first, second;
	struct vprep_queue_ahead ahead;

	assert_int_equal(vprep_queue_join(h->session->io, vf, &first, &h->err), 0);
	is_out_of_files = true;
	assert_int_equal(vprep_queue_join(h->session->io, vf, &second, &h->err), 0);
	assert_int_equal(vprep_queue_look(h->session->io, "vf", second.number, &ahead),
			 0);
	is_out_of_files = false;
	assert_int_equal(ahead.n, 1);
	assert_true(fake_has(h->fake, WAITING "00000000000000000001"));
	vprep_queue_leave(h->session->io, &second);
	vprep_queue_leave(h->session->io, &first);
}

static struct host *joining; /* of whom somebody joins the line as the lock's file goes */

int unlinkat(int dir, const char *name, int flags)
{
	int r = (int)syscall(SYS_unlinkat, dir, name, flags);

	if (r == 0 && joining && strcmp(name, "lock") == 0) {
		fake_put(joining->fake, 0600, "vf\n", WAITING "00000000000000000001");
		joining = NULL;
	}
	return r;
}

/* Without the file, nothing keeps others from making it anew and having the lock: one of
 * them has made his place, and not locked it yet. */
static void who_joins_as_the_last_owner_goes_keeps_his_place(void **state)
{
	struct host *h = *state;
	struct vprep_store *store;

	assert_int_equal(vprep_store_lock(h->session->io, true, &store, &h->err), 0);
	joining = h;
	assert_int_equal(vprep_store_unlock(h->session->io, store), 0);
	assert_null(joining);
	assert_true(fake_has(h->fake, WAITING "00000000000000000001"));
	assert_int_equal(host_recover(h, NULL), 0); /* nobody stands there any more */
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_look_at_the_line_does_not_keep_others_from_joining),
		HOST_TEST(who_has_no_file_left_takes_nobody_s_place),
		HOST_TEST(who_joins_as_the_last_owner_goes_keeps_his_place),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}

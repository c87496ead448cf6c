// SPDX-License-Identifier: GPL-2.0-or-later
/* The line of those who wait: what one does while another one looks at it. */
#include "journal/queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "session-fixture.h"
#include "test.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_look_at_the_line_does_not_keep_others_from_joining),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Who only looks has no lock: what he is told while somebody gives back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session-fixture.h"
#include "test.h"

static struct host *host;
static unsigned n_reads; /* of journals, with the one before which all is given back */

static void detach_all(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		host_configure(host, "");
		_exit(host_detach(host, NULL) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int flock(int fd, int operation)
{
	char self[64], path[4096] = "";

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (n_reads > 0 && (operation & LOCK_SH) &&
	    readlink(self, path, sizeof(path) - 1) > 0 && strstr(path, OWNERS) &&
	    --n_reads == 0)
		detach_all();
	return (int)syscall(SYS_flock, fd, operation);
}

static struct vprep_status *look(struct host *h, unsigned before_read)
{
	struct vprep_status *status;

	assert_int_equal(host_attach(h, VF), 0);
	host = h;
	n_reads = before_read;
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(n_reads, 0);
	return status;
}

static void an_owner_that_goes_meanwhile_did_not_fail(void **state)
{
	struct vprep_status *status = look(*state, 1);

	assert_int_equal(status->n_owners, 0);
	vprep_status_free(status);
}

static void what_is_given_back_meanwhile_was_not_changed_by_somebody(void **state)
{
	struct vprep_status *status = look(*state, 2);

	assert_int_equal(status->n_owners, 1);
	assert_false(status->owners[0].changed);
	assert_int_equal(status->owners[0].host[0].n_differs, 0);
	vprep_status_free(status);
}

static unsigned n_resolved;

/* What the device was bound to is read already, and is read once more afterwards. */
static int unbind_and_resolve(const struct vprep_io *io, const char *alias, char ***ret)
{
	if (n_resolved++ == 0)
		assert_int_equal(vprep_io_write(host->session->io, VF,
						"bus/pci/drivers/igbvf/unbind"),
				 0);
	return vprep_fake_ops.resolve_alias(io, alias, ret);
}

static void what_changes_at_a_check_is_looked_at_again(void **state)
{
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_io_ops ops = vprep_fake_ops;
	struct vprep_reasons *reasons;

	host = *state;
	ops.resolve_alias = unbind_and_resolve;
	host->session->io->ops = &ops;
	assert_int_equal(vprep_check(host->session, &request, &reasons, &host->err), 0);
	host->session->io->ops = &vprep_fake_ops;
	assert_true(n_resolved > 1);
	assert_int_equal(reasons->n, 0);
	vprep_reasons_free(reasons);
	assert_int_equal(
		vprep_io_write(host->session->io, VF, "bus/pci/drivers/igbvf/bind"), 0);
}

static int resolve_nothing(const struct vprep_io *io, const char *alias, char ***ret)
{
	(void)io, (void)alias, (void)ret;
	return -ELIBACC;
}

static void a_library_that_is_missing_is_named(void **state)
{
	struct host *h = *state;
	struct vprep_io_ops ops = vprep_fake_ops;

	ops.resolve_alias = resolve_nothing;
	h->session->io->ops = &ops;
	assert_int_equal(host_attach(h, VF), -ELIBACC);
	h->session->io->ops = &vprep_fake_ops;
	assert_non_null(strstr(h->err.message, "install libkmod"));
	host_check_same(h);
}

/* ---- with few fds ---- */

#define MOST_FDS 12 /* that the process may open; more than any look takes */

static int look_at_owner(struct host *h)
{
	struct vprep_status *status;
	int r = vprep_status(h->session, &status, &h->err);

	if (r < 0)
		return r;
	assert_int_equal(status->n_owners, 1);
	assert_string_equal(status->owners[0].state, "held");
	vprep_status_free(status);
	return 0;
}

static int look_at_groups(struct host *h)
{
	struct vprep_groups *groups;
	int r = vprep_groups(h->session, &groups, &h->err);

	if (r < 0)
		return r;
	assert_string_equal(groups->items[0].owner, "manual");
	vprep_groups_free(groups);
	return 0;
}

static int look_for_node(struct host *h)
{
	struct vprep_node_devices *devices;
	int r = vprep_node_device_find(h->session, VF, &devices, &h->err);

	if (r == 0)
		vprep_node_devices_free(devices);
	return r;
}

static int look_with(struct host *h, int n_fds, host_work work)
{
	struct rlimit before, few;
	int next = dup(STDERR_FILENO), r;

	close(next); /* all below it are open */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)(next + n_fds);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = work(h);
	setrlimit(RLIMIT_NOFILE, &before);
	return r;
}

static void with_too_few_fds_nothing_is_told(void **state)
{
	const host_work looks[] = { look_at_owner, look_at_groups, look_for_node };
	struct host *h = *state;
	size_t i;
	int n, r;

	assert_int_equal(host_attach(h, VF), 0);
	for (i = 0; i < sizeof(looks) / sizeof(*looks); i++)
		for (n = 0; n <= MOST_FDS; n++) {
			r = look_with(h, n, looks[i]);
			if (r != 0 || n == 0 || n == MOST_FDS)
				assert_int_equal(r, n < MOST_FDS ? -EMFILE : 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(an_owner_that_goes_meanwhile_did_not_fail),
		HOST_TEST(what_is_given_back_meanwhile_was_not_changed_by_somebody),
		HOST_TEST(what_changes_at_a_check_is_looked_at_again),
		HOST_TEST(a_library_that_is_missing_is_named),
		HOST_TEST(with_too_few_fds_nothing_is_told),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}

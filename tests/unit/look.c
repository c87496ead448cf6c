// SPDX-License-Identifier: GPL-2.0-or-later
/* Who only looks has no lock: what he is told while somebody gives back. */
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(an_owner_that_goes_meanwhile_did_not_fail),
		HOST_TEST(what_is_given_back_meanwhile_was_not_changed_by_somebody),
		HOST_TEST(what_changes_at_a_check_is_looked_at_again),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole domains: what prepare attaches and keeps, and what release finds. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define JOURNAL OWNERS DOMAIN ".jsonl"
#define HOSTDEV(managed, bus, slot, function)                                            \
	"<hostdev type='pci' managed='" managed "'><source><address bus='" bus           \
	"' slot='" slot "' function='" function "'/></source></hostdev>"
#define DEV1 HOSTDEV("yes", "5", "0x10", "1")
#define DEV2 HOSTDEV("no", "5", "0x10", "3")
#define DEV_NIC HOSTDEV("yes", "6", "0", "0")

static void prepare_attaches_all_and_release_gives_all_back(void **state)
{
	struct host *h = *state;
	bool held = false;

	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "vfio-pci");
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	assert_int_equal(host_release(h, "web1", &held), 0);
	assert_true(held);
	host_check_same(h);
	assert_int_equal(host_release(h, "web1", &held), 0);
	assert_false(held);
}

static void prepare_again_changes_nothing(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	host_remember(h);
	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	host_check_same(h);
}

static void prepare_with_more_attaches_the_rest(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	host_check_driver(h, VF2, "vfio-pci");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void one_failure_takes_all_back_but_what_was_held(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1), 0);
	fake_fail(h->fake, "bus/pci/devices/" VF2 "/driver_override", 1, EIO);
	assert_int_equal(host_prepare(h, DEV1 DEV2), -EIO);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "igbvf");
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void a_domain_without_host_devices_leaves_no_trace(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, ""), 0);
	host_check_same(h);
}

static void another_domain_is_refused_by_name(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(host_prepare_xml(h, "<domain><name>web2</name><devices>" DEV1
					     "</devices></domain>"),
			 -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "domain 'web1'"));
	assert_int_equal(host_detach(h, VF), -EBUSY);
	assert_int_equal(host_detach(h, NULL), -ENODEV); /* --all is what is manual */
}

static void rebind(struct host *h, const char *address, const char *driver)
{
	assert_int_equal(vprep_io_write(h->session->io, address,
					"bus/pci/drivers/vfio-pci/unbind"),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, driver,
					"bus/pci/devices/%s/driver_override", address),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, address, "bus/pci/drivers_probe"),
			 0);
}

static void a_device_that_somebody_took_back_is_attached_anew(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	rebind(h, VF, "\n");
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_driver(h, VF, "igbvf");
	host_check_override(h, VF, NULL);
	host_check_driver(h, VF2, "igbvf");
	assert_string_equal(host_owner_state(h, DOMAIN), "");
}

static void what_is_prepared_is_configured(void **state)
{
	static const struct {
		const char *line;
		const char *first, *second;
	} rows[] = {
		{ "prepare = all\n", "vfio-pci", "vfio-pci" },
		{ "prepare = managed\n", "vfio-pci", "igbvf" },
		{ "prepare = unmanaged\n", "igbvf", "vfio-pci" },
		{ "prepare = none\n", "igbvf", "igbvf" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		host_configure(h, rows[i].line);
		assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
		host_check_driver(h, VF, rows[i].first);
		host_check_driver(h, VF2, rows[i].second);
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_configure(h, "");
		host_check_same(h);
	}
}

static void the_metadata_gives_way_to_the_request(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"
		"<vp:prepare xmlns:vp='urn:vfio-prep:1' group-policy='strict'/>"
		"</metadata><devices>" DEV_NIC "</devices></domain>";
	struct vprep_request request = { .domain = xml,
					 .domain_len = sizeof(xml) - 1,
					 .policy = VPREP_POLICY_WHOLE };
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, xml), -EPERM);
	assert_int_equal(h->err.code, VPREP_E_NOT_VIABLE);
	host_check_same(h);
	assert_int_equal(vprep_prepare(h->session, &request, &h->err), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void a_driver_of_the_document_is_bound(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, "<hostdev type='pci'><driver name='vfio' "
					 "model='other-vfio'/><source><address bus='5' "
					 "slot='0x10' function='1'/></source></hostdev>"),
			 0);
	host_check_driver(h, VF, "other-vfio");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void release_finds_by_uuid_and_by_name(void **state)
{
	static const char *const names[] = { "web1", DOMAIN,
					     "6A28E9F6-6627-49B8-8C24-741AB810ECC0",
					     "6a28e9f6662749b88c24741ab810ecc0" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		bool held = false;

		assert_int_equal(host_prepare(h, DEV1), 0);
		assert_int_equal(host_release(h, names[i], &held), 0);
		assert_true(held);
		host_check_same(h);
	}
}

static void a_name_of_two_domains_is_not_guessed(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(host_prepare_xml(h, "<domain><name>web1</name><devices>" DEV2
					     "</devices></domain>"),
			 0);
	host_remember(h);
	assert_int_equal(host_release(h, "web1", NULL), -EINVAL);
	assert_non_null(strstr(h->err.message, DOMAIN));
	assert_non_null(strstr(h->err.message, "name:web1"));
	host_check_same(h);
	assert_int_equal(host_release(h, "name:web1", NULL), 0);
	host_check_driver(h, VF, "vfio-pci");
	host_check_driver(h, VF2, "igbvf");
}

static void a_manual_owner_is_no_domain(void **state)
{
	struct host *h = *state;
	bool held = true;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_release(h, "manual", &held), 0);
	assert_false(held);
	host_check_driver(h, VF, "vfio-pci");
}

static void names_are_data(void **state)
{
	static const char *const names[] = { "..\\etc", "a b", "&quot;", "a&#9;b",
					     "\xe2\x80\xae" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *xml =
			vprep_strf("<domain><name>%s</name><uuid>" DOMAIN
				   "</uuid><devices>" DEV1 "</devices></domain>",
				   names[i]);

		assert_int_equal(host_prepare_xml(h, xml), 0);
		assert_true(fake_has(h->fake, JOURNAL));
		assert_int_equal(host_release(h, DOMAIN, NULL), 0);
		host_check_same(h);
	}
}

static void a_domain_without_uuid_needs_a_name_that_serves(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, "<domain><name>a&#10;b</name><devices>" DEV1
					     "</devices></domain>"),
			 -EINVAL);
	assert_int_equal(h->err.code, VPREP_E_USAGE);
	host_check_same(h);
}

static void names_and_a_domain_exclude_each_other(void **state)
{
	static const char *const names[] = { VF, NULL };
	struct vprep_request request = { .domain = "<domain/>", .domain_len = 9 };
	struct host *h = *state;

	assert_int_equal(vprep_attach(h->session, &request, &h->err), -EINVAL);
	request.names = names;
	assert_int_equal(vprep_prepare(h->session, &request, &h->err), -EINVAL);
	assert_int_equal(vprep_prepare(h->session,
				       &(struct vprep_request){ .names = names },
				       &h->err),
			 -EINVAL);
	host_check_same(h);
}

static void release_of_a_document_looks_at_its_uuid_only(void **state)
{
	static const char xml[] =
		"<domain><name>other</name><uuid>" DOMAIN "</uuid></domain>";
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(vprep_release_domain(h->session, xml, strlen(xml), &h->err), 0);
	host_check_same(h);
	assert_int_equal(vprep_release_domain(h->session, xml, strlen(xml), &h->err), 0);
	assert_int_equal(vprep_release_domain(h->session, "<x/>", 4, &h->err), -EINVAL);
}

static int adopt(struct host *h)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid></domain>";

	h->err = (struct vprep_error){ 0 };
	return vprep_adopt(h->session, xml, strlen(xml), &h->err);
}

/* A process that says it is QEMU with that uuid, until it is killed. */
static pid_t start_guest_with(struct host *h, unsigned uid, const char *uuid)
{
	_cleanup_free_ char *status =
		vprep_strf("Name:\tqemu\nUid:\t%u\t0\t0\t0\nGid:\t0\t0\t0\t0\n", uid);

	char arguments[] = "/usr/bin/qemu-system-x86_64\0-name\0web1\0"
			   "-uuid\0" DOMAIN;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	fake_add_process(h->fake, pid);
	memcpy(arguments + sizeof(arguments) - sizeof(DOMAIN), uuid, strlen(DOMAIN));
	fake_put_bytes(h->fake, 0444, arguments, sizeof(arguments), "proc/%d/cmdline",
		       pid);
	fake_put(h->fake, 0444, status, "proc/%d/status", pid);
	return pid;
}

static pid_t start_guest_of(struct host *h, unsigned uid)
{
	return start_guest_with(h, uid, DOMAIN);
}

static pid_t start_guest(struct host *h)
{
	return start_guest_of(h, 1234); /* the configured user */
}

static void end_guest(struct host *h, pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fake_remove(h->fake, "proc/%d", pid);
}

static void recover_gives_back_what_a_dead_guest_held(void **state)
{
	struct host *h = *state;
	pid_t pid = start_guest(h);
	size_t n = 77;

	assert_int_equal(adopt(h), 0); /* holds nothing */
	host_check_same(h);
	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	host_remember(h);
	assert_int_equal(adopt(h), 0);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_same(h);
	end_guest(h, pid);
	assert_string_equal(host_owner_state(h, DOMAIN), "dead");
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 1);
	host_check_driver(h, VF, "igbvf");
	assert_string_equal(host_owner_state(h, DOMAIN), "");
}

#define HWUUID "5d5b0f1d-128b-4517-8e65-b258a8734c1d"

static void a_guest_with_another_uuid_is_adopted(void **state)
{
	static const char xml[] = "<domain><name>web1</name><uuid>" DOMAIN
				  "</uuid><hwuuid>" HWUUID "</hwuuid></domain>";
	struct host *h = *state;
	pid_t pid = start_guest_with(h, 1234, HWUUID);

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(vprep_adopt(h->session, xml, strlen(xml), &h->err), 0);
	end_guest(h, pid);
	assert_string_equal(host_owner_state(h, DOMAIN), "dead");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "igbvf");
}

static void a_domain_that_starts_again_is_not_dead(void **state)
{
	struct host *h = *state;
	pid_t pid = start_guest(h);
	size_t n = 77;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	end_guest(h, pid);
	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
	host_check_driver(h, VF, "vfio-pci");
}

/* Another device is prepared for it, to be plugged in. */
static void a_guest_that_runs_is_still_known_after_a_prepare(void **state)
{
	struct host *h = *state;
	pid_t pid = start_guest(h);

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	assert_int_equal(host_prepare(h, DEV1 DEV2), 0);
	assert_int_equal(vprep_release_stopped(h->session, DOMAIN, NULL, &h->err),
			 -EBUSY);
	end_guest(h, pid);
	assert_string_equal(host_owner_state(h, DOMAIN), "dead");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF2, "igbvf");
}

static void a_guest_that_cannot_be_told_is_not_adopted(void **state)
{
	struct host *h = *state;
	pid_t first = start_guest(h), second = start_guest(h);
	size_t n = 77;

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	end_guest(h, first);
	end_guest(h, second);
	assert_int_equal(adopt(h), 0);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 0);
}

/* Anybody may start what looks like the guest. */
static void what_somebody_else_runs_is_not_the_guest(void **state)
{
	struct host *h = *state;
	pid_t mine = start_guest(h), other = start_guest_of(h, 1000);

	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	end_guest(h, other);
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	end_guest(h, mine);
	assert_string_equal(host_owner_state(h, DOMAIN), "dead");
	assert_int_equal(host_recover(h, NULL), 0);

	other = start_guest_of(h, 1000);
	assert_int_equal(host_prepare(h, DEV1), 0);
	assert_int_equal(adopt(h), 0);
	host_remember(h);
	end_guest(h, other);
	assert_string_equal(host_owner_state(h, DOMAIN), "held");
	host_check_same(h);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
}

/* Whoever runs it: the node tells. */
static void a_guest_that_has_its_node_open_is_adopted(void **state)
{
	struct host *h = *state;
	pid_t pid = start_guest_of(h, 1000);
	_cleanup_free_ char *fd = vprep_strf("proc/%d/fd/9", pid);

	assert_int_equal(host_prepare(h, DEV1), 0);
	fake_mkdir(h->fake, "proc/%d/fd", pid);
	assert_int_equal(symlinkat("/dev/vfio/7", h->fake->dir, fd), 0);
	assert_int_equal(adopt(h), 0);
	end_guest(h, pid);
	assert_string_equal(host_owner_state(h, DOMAIN), "dead");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(prepare_attaches_all_and_release_gives_all_back),
		HOST_TEST(prepare_again_changes_nothing),
		HOST_TEST(prepare_with_more_attaches_the_rest),
		HOST_TEST(one_failure_takes_all_back_but_what_was_held),
		HOST_TEST(a_domain_without_host_devices_leaves_no_trace),
		HOST_TEST(another_domain_is_refused_by_name),
		HOST_TEST(a_device_that_somebody_took_back_is_attached_anew),
		HOST_TEST(what_is_prepared_is_configured),
		HOST_TEST(the_metadata_gives_way_to_the_request),
		HOST_TEST(a_driver_of_the_document_is_bound),
		HOST_TEST(release_finds_by_uuid_and_by_name),
		HOST_TEST(a_name_of_two_domains_is_not_guessed),
		HOST_TEST(a_manual_owner_is_no_domain),
		HOST_TEST(names_are_data),
		HOST_TEST(a_domain_without_uuid_needs_a_name_that_serves),
		HOST_TEST(names_and_a_domain_exclude_each_other),
		HOST_TEST(release_of_a_document_looks_at_its_uuid_only),
		HOST_TEST(recover_gives_back_what_a_dead_guest_held),
		HOST_TEST(a_guest_with_another_uuid_is_adopted),
		HOST_TEST(a_domain_that_starts_again_is_not_dead),
		HOST_TEST(a_guest_that_runs_is_still_known_after_a_prepare),
		HOST_TEST(a_guest_that_cannot_be_told_is_not_adopted),
		HOST_TEST(what_somebody_else_runs_is_not_the_guest),
		HOST_TEST(a_guest_that_has_its_node_open_is_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

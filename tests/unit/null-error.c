// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who calls the library and does not want to know more than the errno gives no place for
 * the error: every public function fails the same way without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "common/file.h"
#include "common/str.h"
#include "kinds-fixture.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define FILE_SIZE_MAX ((size_t)256 * 1024)
#define NOBODY "0000:99:00.0" /* no device has that address */

static bool is_memory_gone;

/* Replaces the C library's, which most functions come to sooner or later. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = is_memory_gone ? NULL : malloc(size);

	if (!copy)
		errno = ENOMEM;
	return copy ? memcpy(copy, text, size) : NULL;
}

/* ---- each function, with something that it refuses ---- */

static const char *const names[] = { NOBODY, NULL };
static const struct vprep_request nobody = { .names = names };
static const char broken[] = "<domain>\n<name>";
static const char vport[] =
	"<device><parent>scsi_host3</parent><capability type='scsi_host'>"
	"<capability type='fc_host'><wwpn>2001748004600001</wwpn>"
	"<wwnn>2001748004600002</wwnn></capability></capability></device>";
static void *out; /* what a result is written to */

#define CALL(name, ...)                                                                  \
	static int call_##name(struct host *h)                                           \
	{                                                                                \
		return vprep_##name(h->session, __VA_ARGS__, NULL);                      \
	}

CALL(attach, &nobody)
CALL(attach_start, (&(struct vprep_request){ .size = 1 }), (struct vprep_task **)&out)
CALL(prepare_start, (&(struct vprep_request){ .size = 1 }), (struct vprep_task **)&out)
CALL(detach_start, (&(struct vprep_detach_request){ .size = 1 }),
     (struct vprep_task **)&out)
CALL(release_start, "web1", (struct vprep_task **)&out)
CALL(prepare, (&(struct vprep_request){ .domain = broken, .domain_len = 15 }))
CALL(fill, (&(struct vprep_request){ .domain = broken, .domain_len = 15 }),
     (struct vprep_filled **)&out)
CALL(prepare_filled, (&(struct vprep_request){ .domain = broken, .domain_len = 15 }),
     (struct vprep_filled **)&out)
CALL(release_domain, broken, 15)
CALL(adopt, broken, 15)
CALL(launch, &nobody, (struct vprep_launch **)&out)
CALL(launch_look_up, &(struct vprep_request){ .user = "no such user", .names = names },
     &(struct vprep_launch_command){ .name = "true", .path = "", .own_path = "" })
CALL(detach, (&(struct vprep_detach_request){ .names = names }))
CALL(held_device_find, "no name/at all", (struct vprep_held_devices **)&out)
CALL(held_group_find, 7, (struct vprep_held_devices **)&out)
CALL(numvfs, (&(struct vprep_sriov_request){ .pf = NOBODY, .count = 1 }))
CALL(plan, &nobody, (struct vprep_plan **)&out)
CALL(check, &(struct vprep_request){ .user = "no such user", .names = names },
     (struct vprep_reasons **)&out)
CALL(mdev_create, (&(struct vprep_mdev_request){ .type = "none" }), NULL)
CALL(mdev_remove, UUID)
CALL(salvage, "nobody", false, (struct vprep_recovery **)&out)
CALL(node_devices, (&(struct vprep_node_filter){ .bus = "none" }),
     (struct vprep_node_devices **)&out)
CALL(node_devices_count, (&(struct vprep_node_filter){ .bus = "none" }), (size_t *)&out)
CALL(node_devices_json, (&(struct vprep_node_filter){ .bus = "none" }), (char **)&out)
CALL(node_device_find, "pci_none", (struct vprep_node_devices **)&out)
CALL(node_device_describe, "pci_none", VPREP_NODE_XML, (char **)&out)
CALL(node_device_create, broken, 15, (char **)&out)
CALL(node_device_create_declared, broken, 15, (char **)&out)
CALL(node_device_destroy, "scsi_host77")
CALL(node_device_destroy_declared, "scsi_host77")
CALL(capture, h->fake->path, false)

static int call_session_new(struct host *h)
{
	const struct vprep_options options = { .config = "/nonexistent/vfio-prep.conf" };

	(void)h;
	return vprep_session_new(&options, (struct vprep_session **)&out, NULL);
}

static int call_requests_json(struct host *h)
{
	(void)h;
	return vprep_requests_json(broken, 15, (char **)&out, NULL);
}

static int call_task_finish(struct host *h)
{
	const struct vprep_detach_request request = { .names = names };
	struct vprep_task *task;
	int r = vprep_detach_start(h->session, &request, &task, NULL);

	return r < 0 ? -EPROTO : vprep_task_finish(task, NULL);
}

/* Becomes somebody else, so in a process of its own. */
static int call_launch_enter(struct host *h)
{
	static const char *const lone[] = { VF, NULL };
	const struct vprep_request request = { .names = lone };
	struct vprep_launch *launch = NULL;
	int status;
	pid_t pid;

	if (vprep_launch(h->session, &request, &launch, NULL) < 0)
		return -ENOMEM;
	launch->memlock = 0; /* raising it takes a privilege */
	pid = fork();
	if (pid == 0)
		_exit(-vprep_launch_enter(h->session, launch, NULL));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	vprep_launch_free(launch);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

/* A folder of journals that others can write to is not trusted. */
static int distrusted(host_work call, struct host *h)
{
	int r;

	fake_mkdir(h->fake, "run/vfio-prep/owners");
	assert_int_equal(fchmodat(h->fake->dir, "run/vfio-prep", 0777, 0), 0);
	r = call(h);
	fake_remove(h->fake, "run/vfio-prep");
	return r;
}

static int call_release(struct host *h)
{
	return vprep_release(h->session, "web1", NULL, NULL);
}

static int call_release_stopped(struct host *h)
{
	return vprep_release_stopped(h->session, "web1", NULL, NULL);
}

static int call_status(struct host *h)
{
	return vprep_status(h->session, (struct vprep_status **)&out, NULL);
}

static int call_recover(struct host *h)
{
	return vprep_recover(h->session, false, (struct vprep_recovery **)&out, NULL);
}

/* What only fails without memory. */
static int without_memory(host_work call, struct host *h)
{
	int r;

	is_memory_gone = true;
	r = call(h);
	is_memory_gone = false;
	return r;
}

#define LOOK(name, type)                                                                 \
	static int call_##name(struct host *h)                                           \
	{                                                                                \
		return vprep_##name(h->session, (struct type **)&out, NULL);             \
	}

LOOK(device_pools, vprep_device_pools)
LOOK(groups, vprep_groups)
LOOK(host_devices, vprep_host_devices)
LOOK(mdev_types, vprep_mdev_types)
LOOK(doctor, vprep_diagnoses)

static int call_apply_declared(struct host *h)
{
	return vprep_apply_declared(h->session, "/no/such/file", true,
				    (struct vprep_differences **)&out, NULL);
}

static int call_export_declared(struct host *h)
{
	return vprep_export_declared(h->session, (char **)&out, NULL);
}

static int call_iommu_group(struct host *h)
{
	struct vprep_config *config = h->session->config;
	unsigned group;
	int r;

	config->iommu_group = (char[]){ "no-such-group" };
	r = vprep_iommu_group(h->session, &group, NULL);
	config->iommu_group = NULL;
	return r;
}

static int call_mdev_uuid(struct host *h)
{
	(void)h;
	return vprep_mdev_uuid("web1", (char **)&out, NULL);
}

static const struct {
	const char *name;
	host_work call;
	int want;
	int (*when)(host_work call, struct host *h); /* NULL: as it is */
} calls[] = {
#define ROW(name, ...)                                                                   \
	{                                                                                \
		"vprep_" #name, call_##name, __VA_ARGS__                                 \
	}
	ROW(adopt, -EINVAL, NULL),
	ROW(apply_declared, -ENOENT, NULL),
	ROW(attach, -ENODEV, NULL),
	ROW(attach_start, -EINVAL, NULL),
	ROW(capture, -EEXIST, NULL),
	ROW(check, -ENOENT, NULL),
	ROW(detach, -ENODEV, NULL),
	ROW(detach_start, -EINVAL, NULL),
	ROW(device_pools, -ENOMEM, without_memory),
	ROW(doctor, -ENOMEM, without_memory),
	ROW(export_declared, -ENOMEM, without_memory),
	ROW(fill, -EINVAL, NULL),
	ROW(groups, -ENOMEM, without_memory),
	ROW(held_device_find, -EINVAL, NULL),
	ROW(held_group_find, -EPERM, distrusted),
	ROW(host_devices, -ENOMEM, without_memory),
	ROW(iommu_group, -ENOENT, NULL),
	ROW(launch, -ENODEV, NULL),
	ROW(launch_enter, -ENODEV, NULL),
	ROW(launch_look_up, -ENOENT, NULL),
	ROW(mdev_create, -ENODEV, NULL),
	ROW(mdev_remove, -ENODEV, NULL),
	ROW(mdev_types, -ENOMEM, without_memory),
	ROW(mdev_uuid, -ENOMEM, without_memory),
	ROW(node_device_create, -EINVAL, NULL),
	ROW(node_device_create_declared, -EINVAL, NULL),
	ROW(node_device_describe, -ENODEV, NULL),
	ROW(node_device_destroy, -ENODEV, NULL),
	ROW(node_device_destroy_declared, -ENODEV, NULL),
	ROW(node_device_find, -ENODEV, NULL),
	ROW(node_devices, -EINVAL, NULL),
	ROW(node_devices_count, -EINVAL, NULL),
	ROW(node_devices_json, -EINVAL, NULL),
	ROW(numvfs, -ENODEV, NULL),
	ROW(plan, -ENODEV, NULL),
	ROW(prepare, -EINVAL, NULL),
	ROW(prepare_filled, -EINVAL, NULL),
	ROW(prepare_start, -EINVAL, NULL),
	ROW(recover, -EPERM, distrusted),
	ROW(release, -EPERM, distrusted),
	ROW(release_domain, -EINVAL, NULL),
	ROW(release_start, -ENOMEM, without_memory),
	ROW(release_stopped, -EPERM, distrusted),
	ROW(requests_json, -EINVAL, NULL),
	ROW(salvage, -ENODEV, NULL),
	ROW(session_new, -ENOENT, NULL),
	ROW(status, -EPERM, distrusted),
	ROW(task_finish, -ENODEV, NULL),
};

static void every_function_fails_as_with_an_error(void **state)
{
	struct host *h = *state;
	size_t i;
	int r;

	for (i = 0; i < VPREP_ARRAY_SIZE(calls); i++) {
		out = &out;
		r = calls[i].when ? calls[i].when(calls[i].call, h) : calls[i].call(h);
		if (r != calls[i].want)
			fail_msg("%s: %s instead of %s", calls[i].name, strerror(-r),
				 strerror(-calls[i].want));
		if (out != &out)
			fail_msg("%s touched its result", calls[i].name);
		host_check_same(h);
	}
}

/* ---- none is missing ---- */

static char *read_source(const char *name)
{
	_cleanup_free_ char *path =
		vprep_strf("%s/../../lib/%s", getenv("VPREP_TEST_DATA"), name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	if (fd < 0 || vprep_file_read(fd, FILE_SIZE_MAX, &text, &len) < 0)
		fail_msg("cannot read %s", path);
	return text;
}

/* By its declaration in the header. */
static bool takes_error(const char *header, const char *function)
{
	_cleanup_free_ char *call = vprep_strf("\nint %s(", function);
	_cleanup_free_ char *declaration = NULL;
	const char *begin = strstr(header, call);

	if (!begin) /* it returns no errno */
		return false;
	declaration = strndup(begin, strcspn(begin, ";"));
	return strstr(declaration, "struct vprep_error *err)") &&
	       !strstr(declaration, "const struct vprep_error");
}

static void no_function_is_missing(void **state)
{
	_cleanup_free_ char *map = read_source("libvfio-prep.map");
	_cleanup_free_ char *header = read_source("include/vfio-prep.h");
	char *name, *at = NULL;
	size_t i, n = 0;

	(void)state;
	for (name = strtok_r(map, " \t\n;", &at); name;
	     name = strtok_r(NULL, " \t\n;", &at)) {
		if (strncmp(name, "vprep_", 6) != 0)
			continue;
		for (i = 0; i < VPREP_ARRAY_SIZE(calls); i++)
			if (streq(calls[i].name, name))
				break;
		if (takes_error(header, name) != (i < VPREP_ARRAY_SIZE(calls)))
			fail_msg("%s has no call here", name);
		n += i < VPREP_ARRAY_SIZE(calls);
	}
	assert_int_equal(n, VPREP_ARRAY_SIZE(calls));
}

/* ---- failures of the kernel ---- */

static int make_vport(struct host *h)
{
	_cleanup_free_ char *name = NULL;

	return vprep_node_device_create(h->session, vport, strlen(vport), &name, NULL);
}

static int destroy_vport(struct host *h)
{
	return vprep_node_device_destroy(h->session, "scsi_host0", NULL);
}

static int make_mdev(struct host *h)
{
	return vprep_mdev_create(h->session,
				 &(struct vprep_mdev_request){ .type = "mtty-2",
							       .uuid = UUID },
				 NULL, NULL);
}

static int remove_mdev(struct host *h)
{
	return vprep_mdev_remove(h->session, UUID, NULL);
}

static int five_vfs(struct host *h)
{
	const struct vprep_sriov_request request = { .pf = PF, .count = 5 };

	return vprep_numvfs(h->session, &request, NULL);
}

static int two_vfs(struct host *h)
{
	const struct vprep_sriov_request request = { .pf = PF, .count = 2 };

	return vprep_numvfs(h->session, &request, NULL);
}

static int attach_group(struct host *h)
{
	static const char *const group[] = { NIC, VF, NULL };

	return vprep_attach(h->session, &(struct vprep_request){ .names = group }, NULL);
}

static int detach_group(struct host *h)
{
	return vprep_detach(h->session, &(struct vprep_detach_request){ .all = true },
			    NULL);
}

static void put_right(struct host *h)
{
	struct vprep_recovery *recovery = NULL;

	vprep_recover(h->session, false, &recovery, NULL);
	vprep_recovery_free(recovery);
}

/* Every write of @work and then of @back fails in its turn. */
static void any_write_fails(struct host *h, host_work work, host_work back)
{
	bool has_failed = true;
	unsigned nth;

	for (nth = 1; has_failed; nth++) {
		has_failed = false;
		fake_fail(h->fake, "*", nth, EIO);
		has_failed |= work(h) < 0;
		has_failed |= back(h) < 0;
		fake_clear_faults(h->fake);
		put_right(h);
		if (!host_is_same(h))
			assert_int_equal(back(h), 0);
		host_check_same(h);
		assert_true(nth < 100);
	}
	assert_true(nth > 2);
}

static void failures_of_the_kernel_need_no_error(void **state)
{
	struct host *h = *state;

	any_write_fails(h, make_vport, destroy_vport);
	any_write_fails(h, make_mdev, remove_mdev);
	any_write_fails(h, five_vfs, two_vfs);
	any_write_fails(h, attach_group, detach_group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KINDS_TEST(every_function_fails_as_with_an_error),
		TEST(no_function_is_missing),
		KINDS_TEST(failures_of_the_kernel_need_no_error),
	};

	return cmocka_run_group_tests_name("null-error", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "session-fixture.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/str.h"
#include "test.h"

static char **split(const char *names)
{
	_cleanup_free_ char *copy = strdup(names ? names : "");
	char **list = calloc(2, sizeof(char *));
	char *name, *at = NULL;

	for (name = strtok_r(copy, " ", &at); name; name = strtok_r(NULL, " ", &at))
		assert_int_equal(vprep_strv_add(&list, name), 0);
	return list;
}

static void add_drivers(struct fake *f)
{
	static const struct fake_driver drivers[] = {
		{ .name = "igbvf", .module = "igbvf", .ids = "8086:10ca" },
		{ .name = "e1000e", .ids = "8086:10d3" },
		{ .name = "snd", .ids = "8086:2668" },
		{ .name = "pcieport", .flags = FAKE_DMA_MANAGED, .ids = "1b36:000c" },
		{ .name = "shpchp" },
		{ .name = "other-vfio", .module = "other_vfio", .flags = FAKE_VFIO },
	};
	size_t i;

	fake_add_vfio_pci(f, true);
	for (i = 0; i < VPREP_ARRAY_SIZE(drivers); i++)
		fake_add_driver(f, &drivers[i]);
}

static void add_devices(struct fake *f)
{
	static const struct fake_pci devices[] = {
		{ VF, 0x020000, 0x8086, 0x10ca, .group = 7, .driver = "igbvf",
		  .power = "auto" },
		{ VF2, 0x020000, 0x8086, 0x10ca, .group = 8, .driver = "igbvf" },
		{ BRIDGE, 0x060400, 0x1b36, 0x000c, 1, 9, .driver = "pcieport" },
		{ NIC, 0x020000, 0x8086, 0x10d3, .group = 9, .driver = "e1000e",
		  .parent = BRIDGE },
		{ SND, 0x040300, 0x8086, 0x2668, .group = 9, .driver = "snd",
		  .parent = BRIDGE, .power = "auto" },
		{ FREE, 0x0c0500, 0x8086, 0x1111, .group = 9, .parent = BRIDGE },
		{ LONE, 0x020000, 0x8086, 0x10d3, .group = -1, .driver = "e1000e" },
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(devices); i++)
		fake_add_pci(f, &devices[i]);
}

static void collect_log(void *data, enum vprep_log_level level, const char *line)
{
	struct host *h = data;
	char *longer = vprep_strf("%s%u %s\n", h->log, level, line);

	free(h->log);
	h->log = longer;
}

void host_configure(struct host *h, const char *lines)
{
	_cleanup_free_ char *path = vprep_strf("%s/etc/vfio-prep.conf", h->fake->path);
	_cleanup_free_ char *text =
		vprep_strf("user = 1234\ngroup = 2345\nmode = 0640\n%s", lines);
	const struct vprep_options options = { .config = path,
					       .log = collect_log,
					       .log_data = h };

	vprep_session_free(h->session);
	fake_put(h->fake, 0644, text, "etc/vfio-prep.conf");
	assert_int_equal(vprep_session_new_on(fake_io(h->fake), &options, &h->session,
					      &h->err),
			 0);
}

int host_setup(void **state)
{
	struct host *h = calloc(1, sizeof(*h));

	/* what is synced there costs nothing */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	h->n_fds = test_count_fds();
	h->log = strdup("");
	h->fake = fake_new();
	fake_put(h->fake, 0444, "6d1cb9f5-5f0e-4f1c-8f5e-0123456789ab\n",
		 "proc/sys/kernel/random/boot_id");
	fake_mkdir(h->fake, "run/udev");
	add_drivers(h->fake);
	add_devices(h->fake);
	host_configure(h, "");
	host_remember(h);
	*state = h;
	return 0;
}

static char *difference(struct host *h, const char *before)
{
	_cleanup_free_ char *now = fake_snapshot(h->fake);

	return fake_diff(before, now);
}

void host_leaves(struct host *h, const char *words)
{
	free(h->leaves);
	h->leaves = words ? strdup(words) : NULL;
}

/* As their owners would; what is left of that is compared. */
static void give_all_back(struct host *h)
{
	struct vprep_recovery *recovery = NULL;
	struct vprep_status *status;
	size_t i;

	fake_clear_faults(h->fake);
	if (vprep_status(h->session, &status, NULL) < 0)
		return;
	for (i = 0; i < status->n_owners; i++) {
		const struct vprep_status_owner *owner = &status->owners[i];
		const struct vprep_detach_request all = { .owner = owner->id };

		if (streq(owner->kind, "domain"))
			vprep_release(h->session, owner->id, NULL, NULL);
		else if (streq(owner->kind, "mdev") && owner->n_devices > 0)
			vprep_mdev_remove(h->session, owner->devices[0] + strlen("mdev_"),
					  NULL);
		else
			vprep_detach(h->session, &all, NULL);
	}
	vprep_status_free(status);
	vprep_recover(h->session, false, &recovery, NULL);
	vprep_recovery_free(recovery);
}

/* Whether a line of a difference has one of the words that the test may leave. */
static bool may_differ(const struct host *h, const char *line)
{
	_cleanup_strv_ char **words = split(h->leaves);
	size_t i;

	for (i = 0; words[i]; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* False with the lines that differ printed. */
static bool is_given_back(struct host *h)
{
	_cleanup_free_ char *diff = NULL;
	char *line, *at = NULL;
	bool same = true;

	give_all_back(h);
	diff = difference(h, h->idle);
	for (line = diff ? strtok_r(diff, "\n", &at) : NULL; line;
	     line = strtok_r(NULL, "\n", &at))
		if (!may_differ(h, line)) {
			print_error("left on the host: %.120s\n", line);
			same = false;
		}
	return same;
}

int host_setup_cdevs(void **state)
{
	struct host *h;

	host_setup(state);
	h = *state;
	fake_set_cdev(h->fake, true);
	fake_mkdir(h->fake, "dev/vfio/devices");
	host_remember(h);
	return 0;
}

bool host_is_node(struct host *h, const char *node, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st;

	assert_int_equal(vprep_io_node_stat(h->session->io, &st, "%s", node), 0);
	return st.st_uid == uid && st.st_gid == gid && (st.st_mode & 07777) == mode;
}

bool host_is_given(struct host *h, const char *node)
{
	return host_is_node(h, node, 1234, 2345, 0640);
}

int host_teardown(void **state)
{
	struct host *h = *state;
	unsigned n_fds = h->n_fds;
	bool same = is_given_back(h);

	vprep_session_free(h->session);
	fake_free(h->fake);
	free(h->before);
	free(h->idle);
	free(h->leaves);
	free(h->log);
	free(h);
	if (test_count_fds() == n_fds)
		return same ? 0 : -1;
	print_error("file descriptors were left open\n");
	return -1;
}

void host_fake_bridge_driver(struct host *h, const char *driver)
{
	fake_remove_pci(h->fake, FREE);
	fake_remove_pci(h->fake, SND);
	fake_remove_pci(h->fake, NIC);
	fake_remove_pci(h->fake, BRIDGE);
	fake_add_pci(h->fake, &(struct fake_pci){ BRIDGE, 0x060400, 0x1b36, 0x000c, 1, 9,
						  .driver = driver });
	fake_add_pci(h->fake,
		     &(struct fake_pci){ NIC, 0x020000, 0x8086, 0x10d3, .group = 9,
					 .driver = "e1000e", .parent = BRIDGE });
	host_remember(h);
}

void host_remember(struct host *h)
{
	free(h->before);
	h->before = fake_snapshot(h->fake);
	if (fake_has(h->fake, "run/vfio-prep"))
		return;
	free(h->idle);
	h->idle = strdup(h->before);
}

bool host_is_same(struct host *h)
{
	_cleanup_free_ char *diff = difference(h, h->before);

	return !diff;
}

void host_check_same(struct host *h)
{
	_cleanup_free_ char *diff = difference(h, h->before);

	if (diff)
		fail_msg("the host is not as it was (%s):\n%s", h->err.message, diff);
}

void host_check_driver(struct host *h, const char *address, const char *driver)
{
	_cleanup_free_ char *now =
		fake_link_name(h->fake, "sys/bus/pci/devices/%s/driver", address);

	assert_string_equal(now ? now : "(none)", driver ? driver : "(none)");
}

void host_check_override(struct host *h, const char *address, const char *override)
{
	_cleanup_free_ char *now =
		fake_get(h->fake, "sys/bus/pci/devices/%s/driver_override", address);

	assert_string_equal(now, override ? override : "(null)");
}

void host_write(struct host *h, const char *value, const char *path)
{
	assert_int_equal(vprep_io_write(h->session->io, value, "%s", path), 0);
}

void host_open(struct host *h, const char *path)
{
	fake_mkdir(h->fake, "proc/4711/fd");
	fake_put(h->fake, 0444, "qemu\n", "proc/4711/comm");
	assert_int_equal(symlinkat(path, h->fake->dir, "proc/4711/fd/3"), 0);
}

int host_ask(struct host *h, const char *names, struct vprep_request request)
{
	_cleanup_strv_ char **list = split(names);

	request.names = (const char *const *)list;
	h->err = (struct vprep_error){ 0 };
	return vprep_attach(h->session, &request, &h->err);
}

int host_attach(struct host *h, const char *names)
{
	return host_ask(h, names, (struct vprep_request){ 0 });
}

int host_prepare_xml(struct host *h, const char *xml)
{
	const struct vprep_request request = { .domain = xml, .domain_len = strlen(xml) };

	h->err = (struct vprep_error){ 0 };
	return vprep_prepare(h->session, &request, &h->err);
}

int host_prepare(struct host *h, const char *devices)
{
	_cleanup_free_ char *xml = vprep_strf("<domain><name>web1</name><uuid>" DOMAIN
					      "</uuid><devices>%s</devices></domain>",
					      devices);

	return host_prepare_xml(h, xml);
}

int host_release(struct host *h, const char *domain, bool *ret_held)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_release(h->session, domain, ret_held, &h->err);
}

int host_detach(struct host *h, const char *names)
{
	_cleanup_strv_ char **list = split(names);
	const struct vprep_detach_request release = {
		.names = names ? (const char *const *)list : NULL,
		.all = !names,
	};

	h->err = (struct vprep_error){ 0 };
	return vprep_detach(h->session, &release, &h->err);
}

int host_detach_owner(struct host *h, const char *owner)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_detach(h->session, &(struct vprep_detach_request){ .owner = owner },
			    &h->err);
}

int host_recover(struct host *h, size_t *ret_n)
{
	struct vprep_recovery *recovery = NULL;
	int r;

	h->err = (struct vprep_error){ 0 };
	r = vprep_recover(h->session, false, &recovery, &h->err);
	if (ret_n)
		*ret_n = recovery ? recovery->n : 0;
	vprep_recovery_free(recovery);
	return r;
}

const char *host_owner_state(struct host *h, const char *owner)
{
	static char text[32];
	struct vprep_status *status;
	size_t i;

	text[0] = '\0';
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	for (i = 0; i < status->n_owners; i++)
		if (streq(status->owners[i].id, owner))
			snprintf(text, sizeof(text), "%s", status->owners[i].state);
	vprep_status_free(status);
	return text;
}

size_t host_count_quarantined(struct host *h)
{
	struct vprep_status *status;
	size_t n;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	n = status->n_quarantined;
	vprep_status_free(status);
	return n;
}

void host_reboot(struct host *h)
{
	fake_put(h->fake, 0444, "00000000-0000-0000-0000-000000000000\n",
		 "proc/sys/kernel/random/boot_id");
}

void host_corrupt(struct host *h, const char *owner)
{
	_cleanup_free_ char *text = fake_get(h->fake, OWNERS "%s.jsonl", owner);

	assert_non_null(text);
	text[strlen(text) / 2] ^= 1;
	fake_put(h->fake, 0600, text, OWNERS "%s.jsonl", owner);
}

bool host_is_killed(struct host *h, host_work work)
{
	int status;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(work(h) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	return WIFSIGNALED(status);
}

unsigned host_count_writes(struct host *h, host_work work)
{
	_cleanup_free_ char *before = fake_log(h->fake), *after = NULL;
	unsigned n;
	const char *p;

	assert_int_equal(work(h), 0);
	after = fake_log(h->fake);
	p = after + strlen(before); /* the last newline is not there */
	for (n = *p && p == after; *p; p++)
		n += *p == '\n';
	return n;
}

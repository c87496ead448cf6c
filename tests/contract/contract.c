// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the contract; TAP.
 *   contract                                  against the fake kernel
 *   contract --kernel TARGET DRIVER [--pf PF DRIVER] [--shared UNBOUND SIBLING DRIVER]
 *            [--bridge BRIDGE] [--mdev PARENT TYPE]    against the kernel that runs; root
 */
#include "contract/contract.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/interrupts.h"
#include "host/sriov.h"
#include "io/job.h"

#define DEVICE "bus/pci/devices/%s/"

static unsigned tests, failed;

static const char *letter(struct contract *c, char l, char **ret_slot)
{
	if (l != 'V')
		return c->letters[(unsigned char)l] ? c->letters[(unsigned char)l] : "";
	free(*ret_slot);
	*ret_slot = NULL;
	vprep_io_link_name(c->io, VPREP_SYS, ret_slot, DEVICE "virtfn0", c->letters['P']);
	return *ret_slot ? *ret_slot : "no-vf";
}

/* Replaces "@X". */
static char *expand(struct contract *c, const char *text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_free_ char *vf = NULL;
	char *done = NULL;

	for (; text && *text; text++) {
		if (*text == '@')
			vprep_buf_add(&buf, letter(c, *++text, &vf));
		else
			vprep_buf_add_n(&buf, text, 1);
	}
	if (vprep_buf_take(&buf, &done) < 0)
		exit(99);
	return done;
}

int contract_group_of(const struct contract *c, const char *address)
{
	_cleanup_free_ char *name = NULL;

	if (vprep_io_link_name(c->io, VPREP_SYS, &name, DEVICE "iommu_group", address) <
		    0 &&
	    vprep_io_link_name(c->io, VPREP_SYS, &name, "bus/mdev/devices/%s/iommu_group",
			       address) < 0)
		return -1;
	return (int)strtol(name, NULL, 10);
}

/* ---- state ---- */

static char *error_text(int r)
{
	return r < 0 ? vprep_strf("%s", strerrorname_np(-r)) : vprep_strf("%d", r);
}

static char *get_viable(struct contract *c, const char *address)
{
	enum vprep_group_stage stage;
	char node[32];
	int r;

	snprintf(node, sizeof(node), "vfio/%d", contract_group_of(c, address));
	r = c->io->ops->try_group(c->io, node, VPREP_GROUP_STATUS, &stage);
	if (stage == VPREP_GROUP_STATUS)
		return strdup(r < 0 ? "0" : "1");
	return error_text(r);
}

/* As QEMU gets it: "0", or the stage that it does not get beyond, and why. */
static char *get_proof(struct contract *c, const char *address)
{
	static const char *const names[] = { "open", "status", "container", "iommu" };
	enum vprep_group_stage stage;
	char node[32];
	int r;

	snprintf(node, sizeof(node), "vfio/%d", contract_group_of(c, address));
	r = c->io->ops->try_group(c->io, node, VPREP_GROUP_IOMMU, &stage);
	return r < 0 ? vprep_strf("%s:%s", names[stage], strerrorname_np(-r))
		     : strdup("0");
}

static char *get_remapping(struct contract *c)
{
	struct vprep_interrupts i;
	int r = vprep_interrupts_read(c->io, &i);

	return error_text(r < 0 ? r : i.remapping == VPREP_REMAPPING_ON);
}

static char *get_vfs(struct contract *c, const char *address)
{
	_cleanup_strv_ char **names = NULL;
	size_t i, n = 0;
	int r;

	r = vprep_io_list(c->io, VPREP_SYS, &names, DEVICE, address);
	for (i = 0; r == 0 && names[i]; i++)
		n += strncmp(names[i], "virtfn", 6) == 0;
	return vprep_strf("%zu", n);
}

static int try_vf(struct contract *c, unsigned index, struct vprep_io_vf *ret)
{
	_cleanup_free_ char *interface = NULL;
	int r = vprep_vf_interface(c->io, c->letters['P'], &interface);

	return r < 0 ? r : c->io->ops->get_vf(c->io, interface, index, ret);
}

/* What P's interface says of its VF of that number. udevd gives a new interface another
 * name, maybe between a look for it and the question. */
static int read_vf(struct contract *c, unsigned index, struct vprep_io_vf *ret)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int i, r = try_vf(c, index, ret);

	for (i = 0; i < 100 && r == -ENODEV; i++) {
		nanosleep(&pause, NULL);
		r = try_vf(c, index, ret);
	}
	return r;
}

/* @key: "mac0", "vlan0", "trust0". NULL: it is about something else. */
static char *get_vf(struct contract *c, const char *key)
{
	_cleanup_free_ char *name = strndup(key, strlen(key) - 1);
	int setting = vprep_vf_setting_find(name), r;
	bool mac = streq(name, "mac");
	struct vprep_io_vf vf;

	if (setting < 0 && !mac && !streq(name, "vlan"))
		return NULL;
	r = read_vf(c, (unsigned)key[strlen(key) - 1] - '0', &vf);
	if (r < 0)
		return error_text(r);
	if (setting >= 0)
		return strdup(vf.settings.has[setting]
				      ? vprep_vf_setting_text(setting,
							      vf.settings.values[setting])
						.s
				      : "-");
	return mac ? strdup(vprep_mac_text(vf.mac).s)
		   : vprep_strf("%u,%u,%04x", vf.vlan, vf.qos, vf.protocol);
}

static char *get_state(struct contract *c, const char *address, const char *key)
{
	static const char *const files[][2] = {
		{ "override", "driver_override" },
		{ "power", "power/control" },
		{ "d3cold", "d3cold_allowed" },
		{ "reset", "reset_method" },
		{ "numvfs", "sriov_numvfs" },
		{ "autoprobe", "sriov_drivers_autoprobe" },
	};
	char *text = NULL;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(files); i++)
		if (streq(key, files[i][0]))
			vprep_io_read(c->io, VPREP_SYS, &text, DEVICE "%s", address,
				      files[i][1]);
	if (streq(key, "driver"))
		vprep_io_link_name(c->io, VPREP_SYS, &text, DEVICE "driver", address);
	else if (streq(key, "vfio-dev"))
		text = error_text(
			vprep_io_exists(c->io, VPREP_SYS, DEVICE "vfio-dev", address));
	else if (streq(key, "node"))
		text = error_text(vprep_io_exists(c->io, VPREP_DEV, "vfio/%d",
						  contract_group_of(c, address)));
	else if (streq(key, "viable"))
		text = get_viable(c, address);
	else if (streq(key, "proof"))
		text = get_proof(c, address);
	else if (streq(key, "remapped"))
		text = get_remapping(c);
	else if (streq(key, "vfs"))
		text = get_vfs(c, address);
	else if (streq(key, "mdev"))
		text = error_text(vprep_io_exists(c->io, VPREP_SYS, "bus/mdev/devices/%s",
						  address));
	else if (streq(key, "folder"))
		text = error_text(vprep_io_exists(c->io, VPREP_SYS,
						  "class/mdev_bus/%s/%s", c->letters['A'],
						  address));
	else if (streq(key, "type"))
		vprep_io_link_name(c->io, VPREP_SYS, &text,
				   "bus/mdev/devices/%s/mdev_type", address);
	else if (streq(key, "free"))
		vprep_io_read(
			c->io, VPREP_SYS, &text,
			"class/mdev_bus/%s/mdev_supported_types/%s/available_instances",
			address, c->letters['Y']);
	if (!text)
		text = get_vf(c, key);
	return text ? text : strdup("-");
}

/* Every item of "T.driver=x T.node=1"; NULL when all hold, else what does not. */
static char *check_state(struct contract *c, const char *state)
{
	_cleanup_free_ char *copy = strdup(state ? state : "");
	char *item, *at = NULL;

	for (item = strtok_r(copy, " ", &at); item; item = strtok_r(NULL, " ", &at)) {
		_cleanup_free_ char *vf = NULL, *want = NULL, *have = NULL;
		char *equals = strchr(item, '=');

		*equals = '\0';
		want = expand(c, equals + 1);
		have = get_state(c, letter(c, item[0], &vf), item + 2);
		if (!streq(have, want))
			return vprep_strf("%s is %s, expected %s", item, have, want);
	}
	return NULL;
}

/* ---- rows ---- */

struct blocked {
	const char *path;
	const char *value;
};

static pid_t blocked_pid;

static int write_in_job(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct blocked *b = data;

	(void)ret_err;
	return vprep_io_write(io, b->value, "%s", b->path);
}

/* -ETIMEDOUT only if the writer outlives its SIGKILL. */
static int run_blocked(struct contract *c, const char *path, const char *value)
{
	struct blocked b = { path, value };
	struct vprep_job job = { .run = write_in_job, .data = &b, .deadline = 1 };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	int r = vprep_jobs_run(c->io, &jobs);

	blocked_pid = job.pid;
	return r == -ETIMEDOUT && !job.stuck ? -ECHILD : r;
}

static int wait_blocked(void)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int i;

	for (i = 0; i < 200; i++) {
		if (waitpid(blocked_pid, NULL, WNOHANG) == blocked_pid)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/* @text: "trust yes" */
static int set_vf_setting(struct contract *c, const char *interface, unsigned index,
			  const char *text)
{
	const char *value = strchr(text, ' ') + 1;
	_cleanup_free_ char *name = strndup(text, (size_t)(value - text) - 1);
	int setting = vprep_vf_setting_find(name);
	uint64_t number;

	if (setting < 0 || vprep_vf_setting_parse(setting, value, &number) < 0)
		return -EBADMSG;
	return c->io->ops->set_vf_setting(c->io, interface, index, setting, number);
}

static int set_vf(struct contract *c, const struct contract_row *row)
{
	_cleanup_free_ char *interface = NULL;
	unsigned index = (unsigned)strtoul(row->path, NULL, 10);
	struct vprep_io_vf vf = { 0 };
	char *at;
	int r = vprep_vf_interface(c->io, c->letters['P'], &interface);

	if (r < 0)
		return r;
	if (row->use == CONTRACT_VF_MAC)
		return vprep_mac_parse(row->value, vf.mac) < 0
			       ? -EBADMSG
			       : c->io->ops->set_vf_mac(c->io, interface, index, vf.mac);
	if (row->use == CONTRACT_VF_SETTING)
		return set_vf_setting(c, interface, index, row->value);
	vf.vlan = (uint16_t)strtoul(row->value, &at, 10);
	vf.qos = (uint8_t)strtoul(at, &at, 10);
	vf.protocol = (uint16_t)strtoul(at, NULL, 16);
	return c->io->ops->set_vf_vlan(c->io, interface, index, &vf);
}

static int run_row(struct contract *c, const struct contract_row *row)
{
	_cleanup_free_ char *path = expand(c, row->path);
	_cleanup_free_ char *value = expand(c, row->value);

	switch (row->use) {
	case CONTRACT_WRITE:
		return vprep_io_write(c->io, value, "%s", path);
	case CONTRACT_BLOCKED:
		return run_blocked(c, path, value);
	case CONTRACT_ENDED:
		return wait_blocked();
	case CONTRACT_LOAD:
		return c->io->ops->load_module(c->io, path);
	case CONTRACT_VF_MAC:
	case CONTRACT_VF_VLAN:
	case CONTRACT_VF_SETTING:
		return set_vf(c, row);
	case CONTRACT_OPEN:
	case CONTRACT_CLAIM:
	case CONTRACT_HOLD:
	case CONTRACT_CLOSE:
		return c->use(c, row->use, path);
	}
	return -EINVAL;
}

static void test(struct contract *c, const struct contract_row *row)
{
	_cleanup_free_ char *problem = NULL;
	int r = run_row(c, row);

	if (r != -row->expect)
		problem = vprep_strf(
			"%s, expected %s", r ? strerrorname_np(-r) : "success",
			row->expect ? strerrorname_np(row->expect) : "success");
	else
		problem = check_state(c, row->state);
	tests++;
	failed += problem != NULL;
	printf("%sok %u - %s\n", problem ? "not " : "", tests, row->name);
	if (problem)
		printf("# %s <- '%.40s': %s\n", row->path, row->value ? row->value : "",
		       problem);
	fflush(stdout);
}

static bool has_letters(const struct contract *c, const char *needs)
{
	for (; *needs; needs++)
		if (!c->letters[(unsigned char)*needs])
			return false;
	return true;
}

static void run(struct contract *c)
{
	size_t i, j;

	for (i = 0; i < contract_n_parts; i++)
		for (j = 0; j < contract_parts[i].n; j++)
			if (has_letters(c, contract_parts[i].needs))
				test(c, &contract_parts[i].rows[j]);
			else
				printf("ok %u - %s # SKIP no device for it\n", ++tests,
				       contract_parts[i].rows[j].name);
}

/* ---- arguments ---- */

static int parse(struct contract *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		const char *letters;
	} options[] = { { "--kernel", "TN" },
			{ "--pf", "PQ" },
			{ "--shared", "USD" },
			{ "--bridge", "B" },
			{ "--mdev", "AY" } };
	int at = 1;

	while (at < argc) {
		const char *l = NULL;
		size_t i;

		for (i = 0; i < VPREP_ARRAY_SIZE(options); i++)
			if (streq(argv[at], options[i].name))
				l = options[i].letters;
		if (!l || at + (int)strlen(l) >= argc)
			return -EINVAL;
		for (at++; *l; l++)
			c->letters[(unsigned char)*l] = argv[at++];
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char longest[4096], long_enough[4095];
	struct contract c = { 0 };

	memset(longest, 'a', sizeof(longest) - 1);
	memset(long_enough, 'a', sizeof(long_enough) - 1);
	c.letters['L'] = longest;
	c.letters['M'] = long_enough;
	c.letters['I'] = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
	if (parse(&c, argc, argv) < 0) {
		fprintf(stderr,
			"usage: contract [--kernel TARGET DRIVER [--pf PF DRIVER] "
			"[--shared UNBOUND SIBLING DRIVER] [--bridge BRIDGE] "
			"[--mdev PARENT TYPE]]\n");
		return 2;
	}
	if (argc == 1) {
		contract_open_fake(&c);
	} else if (contract_open_kernel(&c) < 0) {
		printf("Bail out! the host's folders do not open\n");
		return 1;
	}
	run(&c);
	tests++;
	if (!c.finish(&c)) {
		failed++;
		printf("not ");
	}
	printf("ok %u - the host is as it was\n1..%u\n", tests, tests);
	return failed > 0;
}

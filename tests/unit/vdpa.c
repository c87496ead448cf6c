// SPDX-License-Identifier: GPL-2.0-or-later
/* vDPA devices: their names, what the kernel says of them, and whose node it is. */
#include "io/vdpa.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vdpa.h>
#include <linux/virtio_ids.h>
#include <sys/stat.h>

#include "common/str.h"
#include "launch-fixture.h"
#include "test.h"

#define NODE "vhost-vdpa-0"

static int setup(void **state)
{
	struct host *h;

	launch_setup(state);
	h = *state;
	fake_put(h->fake, 0444, "252:0\n", "sys/bus/vdpa/devices/vd.0/" NODE "/dev");
	fake_mkdir(h->fake, "sys/bus/vdpa/devices/unbound");
	fake_put(h->fake, 0600, "252:0", "dev/" NODE);
	host_remember(h);
	return 0;
}

#define VDPA_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static bool is_given(struct host *h)
{
	struct stat st;

	assert_int_equal(vprep_io_node_stat(h->session->io, &st, NODE), 0);
	return st.st_uid == 1234 && st.st_gid == 2345 && (st.st_mode & 07777) == 0640;
}

static void each_name_leads_to_it(void **state)
{
	static const char *const names[] = { "vdpa_vd_0", NODE, "/dev/" NODE };
	struct host *h = *state;
	size_t i, k;

	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++)
		for (k = 0; k < VPREP_ARRAY_SIZE(names); k++) {
			if (host_attach(h, names[i]) < 0)
				fail_msg("%s: %s", names[i], h->err.message);
			assert_true(is_given(h));
			if (host_detach(h, names[k]) < 0)
				fail_msg("%s: %s", names[k], h->err.message);
			host_check_same(h);
		}
}

static void one_that_is_not_there_is_refused(void **state)
{
	static const struct {
		const char *names;
		int r;
		const char *message;
	} rows[] = {
		{ "vdpa_vd0", -ENODEV,
		  "'vdpa_vd0': there is no such vhost-vdpa node in " },
		{ "vdpa_unbound", -ENODEV, "is module vhost_vdpa loaded?" },
		{ "vhost-vdpa-1", -ENODEV, "vdpa dev add" },
		{ "/dev/vhost-vdpa-1", -ENODEV, "vdpa dev add" },
		{ "vdpa_vd_0 " NODE, -EINVAL, NODE " is named twice" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		assert_int_equal(host_attach(h, rows[i].names), rows[i].r);
		if (!strstr(h->err.message, rows[i].message))
			fail_msg("%s: %s", rows[i].names, h->err.message);
		host_check_same(h);
	}
}

/* The kernel gives a number to the next one when a device has gone. Were it another
 * owner's at once, it would be taken from him when the first gives his back. */
static void who_had_its_node_before_gives_it_back_first(void **state)
{
	const struct vprep_request other = { .owner = "other" };
	struct host *h = *state;

	assert_int_equal(host_attach(h, "vdpa_vd_0"), 0);
	fake_remove(h->fake, "sys/bus/vdpa/devices/vd.0");
	assert_int_equal(host_ask(h, "vdpa_vd_0", other), -ENODEV);
	fake_put(h->fake, 0444, "252:0\n", "sys/bus/vdpa/devices/new/" NODE "/dev");
	assert_int_equal(host_ask(h, "vdpa_new", other), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_int_equal(host_detach(h, NODE), 0);
	assert_int_equal(host_ask(h, "vdpa_new", other), 0);
	assert_int_equal(host_detach_owner(h, "other"), 0);
	host_leaves(h, "vdpa/devices");
}

/* ---- what the kernel says ---- */

static struct vprep_io_vdpa kernel;

static int read_vdpa(const char *name, struct vprep_io_vdpa *ret)
{
	assert_string_equal(name, "vd.0");
	*ret = kernel;
	return 0;
}

static void expect_words(struct host *h, const char *want)
{
	struct vprep_launch *launch = launch_of(h, "vdpa_vd_0");
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	for (i = 0; launch->words[i]; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "", launch->words[i]);
	assert_string_equal(buf.data, want);
	assert_string_equal(launch->devices[0].name, "vdpa_vd_0");
	assert_string_equal(launch->devices[0].nodes[0], "/dev/" NODE);
	vprep_launch_free(launch);
}

static void qemu_is_told_what_it_is(void **state)
{
	static const char net[] = "-netdev vhost-vdpa,id=vprep-net0,vhostdev=/dev/" NODE
				  " -device virtio-net-pci,netdev=vprep-net0";
	struct host *h = *state;
	struct vprep_io_ops ops = *h->session->io->ops;
	_cleanup_free_ char *with_mac = vprep_strf("%s,mac=52:54:00:12:34:56", net);

	expect_words(h, net); /* nobody knows */
	ops.read_vdpa = read_vdpa;
	h->session->io->ops = &ops;
	kernel = (struct vprep_io_vdpa){ .id = VIRTIO_ID_NET };
	expect_words(h, net);
	kernel.has_mac = true;
	memcpy(kernel.mac, "\x52\x54\x00\x12\x34\x56", sizeof(kernel.mac));
	expect_words(h, with_mac);
	kernel = (struct vprep_io_vdpa){ .id = VIRTIO_ID_BLOCK };
	expect_words(h, "-blockdev virtio-blk-vhost-vdpa,path=/dev/" NODE
			",cache.direct=on,node-name=vprep-disk0 "
			"-device virtio-blk-pci,drive=vprep-disk0");
}

/* As Linux 6.12 answers VDPA_CMD_DEV_CONFIG_GET for a network card: its name, what it is,
 * its MAC address. Numbers are in the machine's order of bytes. */
static const struct {
	struct nlmsghdr netlink;
	struct genlmsghdr command;
	struct nlattr name;
	char name_value[8];
	struct nlattr id;
	uint32_t id_value;
	struct nlattr mac;
	unsigned char mac_value[8];
} answer = {
	.netlink = { .nlmsg_len = sizeof(answer), .nlmsg_type = 0x1d, .nlmsg_seq = 1 },
	.command = { .cmd = VDPA_CMD_DEV_NEW, .version = VDPA_GENL_VERSION },
	.name = { 9, VDPA_ATTR_DEV_NAME },
	.name_value = "sim0",
	.id = { 8, VDPA_ATTR_DEV_ID },
	.id_value = VIRTIO_ID_NET,
	.mac = { 10, VDPA_ATTR_DEV_NET_CFG_MACADDR },
	.mac_value = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
};
#define ID_END 40
#define MAC_AT 44

static void the_answer_is_read(void **state)
{
	unsigned char copy[sizeof(answer)];
	struct vprep_io_vdpa v;

	(void)state;
	memcpy(copy, &answer, sizeof(answer));
	assert_int_equal(vprep_vdpa_read_answer(copy, sizeof(copy), &v), 0);
	assert_int_equal(v.id, VIRTIO_ID_NET);
	assert_true(v.has_mac);
	assert_memory_equal(v.mac, copy + MAC_AT, sizeof(v.mac));
	memset(copy + MAC_AT, 0, sizeof(v.mac));
	assert_int_equal(vprep_vdpa_read_answer(copy, sizeof(copy), &v), 0);
	assert_false(v.has_mac);
}

static void an_answer_that_is_cut_is_none(void **state)
{
	struct vprep_io_vdpa v;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(answer); len++) {
		unsigned char *copy = malloc(len + 1);
		int r;

		memcpy(copy, &answer, len);
		r = vprep_vdpa_read_answer(copy, len, &v);
		free(copy);
		assert_int_equal(r, len < ID_END ? -EBADMSG : 0);
	}
}

#define GUEST(devices)                                                                   \
	"<domain><name>x</name><memory unit='MiB'>256</memory><devices>"                 \
	"<interface type='vdpa'><source dev='/dev/" NODE "'/></interface>" devices       \
	"</devices></domain>"

static void what_locks_memory_is_told(void **state)
{
	static const struct {
		const char *xml;
		uint64_t mib;
		const char *reason;
	} rows[] = {
		{ GUEST(""), 1280, "256 MiB of its memory, and 1 GiB for 1 vDPA device" },
		{ GUEST("<hostdev type='pci'><source><address bus='5' slot='0x10' "
			"function='1'/></source></hostdev>"),
		  1536,
		  "256 MiB of its memory for VFIO and for each vDPA device, and 1 GiB "
		  "for 2 VFIO and vDPA devices" },
		{ GUEST("<disk type='nvme'><source type='pci' namespace='1'><address "
			"bus='5' slot='0x10' function='1'/></source></disk>"),
		  1536,
		  "256 MiB of its memory for each device, and 1 GiB for 2 devices" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++) {
		struct vprep_launch *launch = launch_as(
			h,
			(struct vprep_request){ .domain = rows[i].xml,
						.domain_len = strlen(rows[i].xml) },
			NULL);

		assert_int_equal(launch->memlock, rows[i].mib << 20);
		assert_string_equal(launch->memlock_reason, rows[i].reason);
		vprep_launch_free(launch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VDPA_TEST(each_name_leads_to_it),
		VDPA_TEST(one_that_is_not_there_is_refused),
		VDPA_TEST(who_had_its_node_before_gives_it_back_first),
		VDPA_TEST(qemu_is_told_what_it_is),
		cmocka_unit_test(the_answer_is_read),
		cmocka_unit_test(an_answer_that_is_cut_is_none),
		VDPA_TEST(what_locks_memory_is_told),
	};

	return cmocka_run_group_tests_name("vdpa", tests, NULL, NULL);
}

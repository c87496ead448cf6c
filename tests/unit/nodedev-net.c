// SPDX-License-Identifier: GPL-2.0-or-later
/* The switch in a network card: what the kernel answers, and whose feature it is. */
#include "nodedev-fixture.h"
#include "test.h"

#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>

#include "io/devlink.h"
#include "session/session.h"

#define PF ROOT "/0000:00:03.0"
#define VF ROOT "/0000:00:03.1"

/* As a kernel answers DEVLINK_CMD_ESWITCH_GET for pci/0000:00:03.0, its numbers in the
 * order of the machine's bytes. */
struct answer {
	struct nlmsghdr header;
	struct genlmsghdr command;
	struct nlattr bus;
	char bus_name[4];
	struct nlattr device;
	char device_name[16];
	struct nlattr mode;
	uint16_t mode_value[2];
	struct nlattr inline_mode;
	uint8_t inline_mode_value[4];
};
static const struct answer answer = {
	.header = { sizeof(answer), 0x15, 0, 1, 0 },
	.command = { DEVLINK_CMD_ESWITCH_GET, 1, 0 },
	.bus = { 8, DEVLINK_ATTR_BUS_NAME },
	.bus_name = "pci",
	.device = { 17, DEVLINK_ATTR_DEV_NAME },
	.device_name = "0000:00:03.0",
	.mode = { 6, DEVLINK_ATTR_ESWITCH_MODE },
	.mode_value = { DEVLINK_ESWITCH_MODE_SWITCHDEV },
	.inline_mode = { 5, DEVLINK_ATTR_ESWITCH_INLINE_MODE },
};
#define MODE offsetof(struct answer, mode_value) /* where its mode stands */

static void the_mode_of_a_switch_is_read_from_the_answer(void **state)
{
	struct answer legacy = answer;

	(void)state;
	assert_int_equal(vprep_devlink_read_switchdev(&answer, MODE + 4), 1);
	legacy.mode_value[0] = DEVLINK_ESWITCH_MODE_LEGACY;
	assert_int_equal(vprep_devlink_read_switchdev(&legacy, MODE + 4), 0);
}

static void an_answer_that_is_cut_anywhere_is_none(void **state)
{
	struct answer cut = answer;
	size_t len;

	(void)state;
	for (len = 0; len < MODE + 2; len++) {
		unsigned char *copy = malloc(len + 1);

		memcpy(copy, &answer, len);
		assert_int_equal(vprep_devlink_read_switchdev(copy, len), -EBADMSG);
		free(copy);
	}
	cut.bus.nla_len = 0; /* an attribute without a length */
	assert_int_equal(vprep_devlink_read_switchdev(&cut, sizeof(cut)), -EBADMSG);
	cut.bus.nla_len = 255;
	assert_int_equal(vprep_devlink_read_switchdev(&cut, sizeof(cut)), -EBADMSG);
}

static char asked[32];
static int mode;

static int is_switchdev(const char *address)
{
	snprintf(asked, sizeof(asked), "%s", address);
	return mode;
}

static void expect_feature(struct nodedev_host *h, bool want)
{
	struct vprep_io_ops ops = { .is_switchdev = is_switchdev };
	const struct vprep_options options = { 0 };
	struct vprep_session *session;
	struct vprep_io *io;
	char *xml;

	assert_int_equal(vprep_io_new_at(h->tree->dir, true, &ops, &io), 0);
	assert_int_equal(vprep_session_new_on(io, &options, &session, &h->err), 0);
	assert_int_equal(vprep_node_device_describe(session, "eth0", VPREP_NODE_XML, &xml,
						    &h->err),
			 0);
	assert_int_equal(strstr(xml, "<feature name='switchdev'/>") != NULL, want);
	free(xml);
	vprep_session_free(session);
}

static void a_card_with_its_switch_in_that_mode_has_the_feature(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/net", "eth0", PF, "INTERFACE=eth0\n");
	tree_file(h->tree, "down\n", "sys/" PF "/eth0/operstate");
	mode = 1;
	expect_feature(h, false); /* an interface of no card */
	tree_link(h->tree, "../../0000:00:03.0", "sys/" PF "/eth0/device");
	expect_feature(h, true);
	assert_string_equal(asked, "0000:00:03.0");
	mode = 0;
	expect_feature(h, false);
	mode = -EOPNOTSUPP;
	expect_feature(h, false);
}

static void of_a_vf_its_card_is_asked(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/net", "eth0", VF, "INTERFACE=eth0\n");
	tree_file(h->tree, "down\n", "sys/" VF "/eth0/operstate");
	tree_link(h->tree, "../../0000:00:03.1", "sys/" VF "/eth0/device");
	tree_link(h->tree, "../0000:00:03.0", "sys/" VF "/physfn");
	tree_dir(h->tree, "sys/" PF);
	mode = 1;
	expect_feature(h, true);
	assert_string_equal(asked, "0000:00:03.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mode_of_a_switch_is_read_from_the_answer),
		cmocka_unit_test(an_answer_that_is_cut_anywhere_is_none),
		NODEDEV_TEST(a_card_with_its_switch_in_that_mode_has_the_feature),
		NODEDEV_TEST(of_a_vf_its_card_is_asked),
	};

	return cmocka_run_group_tests_name("nodedev-net", tests, NULL, NULL);
}

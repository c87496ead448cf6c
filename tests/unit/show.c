// SPDX-License-Identifier: GPL-2.0-or-later
/* show: the page of a device. The library is a double. */
#include <stdio.h>

#include "args.h"
#include "command-test.h"
#include "verb.h"

static struct vprep_host_device host_items[] = {
	{ .name = "0000:01:01.0",
	  .node_name = "pci_0000_01_01_0",
	  .capability = "pci",
	  .model = "a NIC",
	  .known_as = "ens5",
	  .driver = "e1000",
	  .group = 12,
	  .numa_node = -1 },
	{ .name = "0000:01:02.0",
	  .node_name = "pci_0000_01_02_0",
	  .capability = "pci",
	  .known_as = "",
	  .group = 12,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_OWNED,
	  .owner = "owner 'web1'",
	  .owner_kind = "manual" },
	{ .name = "usb_1_2",
	  .node_name = "usb_1_2",
	  .capability = "usb_device",
	  .known_as = "",
	  .group = -1,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_IN_USE,
	  .why = "it is mounted" },
};

static struct vprep_node_device node_items[] = {
	{ .name = "computer" },
	{ .name = "net_ens5", .parent = "pci_0000_01_01_0", .path = "/sys/net/ens5" },
	{ .name = "net_lo", .parent = "computer", .path = "/sys/net/lo" },
	{ .name = "pci_0000_01_01_0", .parent = "computer", .path = "/sys/0000:01:01.0" },
	{ .name = "usb_1_2", .parent = "pci_0000_01_01_0", .path = "/sys/1-2" },
};

static struct vprep_reasons possible = {
	.n_losses = 1,
	.losses = ARRAY(struct vprep_loss,
			{ .device = "0000:01:01.0", .message = "ens5 is taken" }),
};
static struct vprep_reasons refused = {
	COUNTED(struct vprep_reason, { VPREP_E_IN_USE, "x", "it is in use", "stop it" }),
};
static struct vprep_reasons *answer;
static char checked[64]; /* "": nothing was */

/* ---- the library ---- */

int vprep_host_devices(struct vprep_session *session, struct vprep_host_devices **ret,
		       struct vprep_error *err)
{
	static struct vprep_host_devices list = { VPREP_ARRAY_SIZE(host_items),
						  host_items };

	(void)session, (void)err;
	*ret = &list;
	return 0;
}

int vprep_node_devices(struct vprep_session *session,
		       const struct vprep_node_filter *filter,
		       struct vprep_node_devices **ret, struct vprep_error *err)
{
	static struct vprep_node_devices list = { VPREP_ARRAY_SIZE(node_items),
						  node_items };

	(void)session, (void)err;
	assert_true(filter->parents);
	*ret = &list;
	return 0;
}

int vprep_node_device_find(struct vprep_session *session, const char *name,
			   struct vprep_node_devices **ret, struct vprep_error *err)
{
	static struct vprep_node_devices one = { .n = 1 };

	(void)session;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(node_items); i++)
		if (streq(node_items[i].name, name)) {
			one.items = &node_items[i];
			*ret = &one;
			return 0;
		}
	err->code = VPREP_E_NOT_FOUND;
	return -ENODEV;
}

int vprep_node_device_describe(struct vprep_session *session, const char *name,
			       enum vprep_node_format format, char **ret,
			       struct vprep_error *err)
{
	(void)session, (void)err;
	assert_int_equal(format, VPREP_NODE_TEXT);
	*ret = vprep_strf("name: %s\nmodel: its model\nwhat: a thing: x\n", name);
	return 0;
}

int vprep_check(struct vprep_session *session, const struct vprep_request *request,
		struct vprep_reasons **ret, struct vprep_error *err)
{
	(void)session, (void)err;
	snprintf(checked, sizeof(checked), "%s", request->names[0]);
	*ret = answer;
	return 0;
}

#define NOTHING_TO_FREE(type, fn)                                                        \
	void fn(struct type *unused)                                                     \
	{                                                                                \
		(void)unused;                                                            \
	}
NOTHING_TO_FREE(vprep_host_devices, vprep_host_devices_free)
NOTHING_TO_FREE(vprep_node_devices, vprep_node_devices_free)
NOTHING_TO_FREE(vprep_reasons, vprep_reasons_free)

/* ---- tests ---- */

static void shows(const char *name, const char *expected)
{
	const char *names[] = { name, NULL };
	const struct vprep_args args = { .names = names };
	struct vprep_error err = { 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	_cleanup_free_ char *text = NULL;

	*checked = '\0';
	out_begin(&out, 80);
	assert_int_equal(vprep_verb_show.run(&call), 0);
	text = out_end(&out);
	assert_string_equal(text, expected);
}

static void a_device_has_its_group_its_holder_and_the_checks_answer(void **state)
{
	(void)state;
	answer = &possible;
	shows("pci_0000_01_01_0",
	      "0000:01:01.0  its model\n"
	      "  also         pci_0000_01_01_0 ens5\n"
	      "  what         a thing: x\n"
	      "  group        12, whose 2 devices go together:\n\n"
	      "DEVICE        WHAT   KNOWN AS  DRIVER  GROUP  WHO HAS IT\n"
	      "0000:01:01.0  a NIC  ens5      e1000      12  free\n"
	      "0000:01:02.0                              12  owner 'web1'\n\n"
	      "  who has it   nobody: it is free\n"
	      "  attach       possible; this would be done:\n"
	      "               ens5 is taken\n"
	      "               by: vfio-prep attach 0000:01:01.0\n");
	assert_string_equal(checked, "0000:01:01.0");
}

static void what_is_on_a_controller_can_go_with_it(void **state)
{
	(void)state;
	answer = &refused;
	shows("usb_1_2",
	      "usb_1_2  its model\n"
	      "  what         a thing: x\n"
	      "  who has it   the host: it is mounted\n"
	      "  attach       not possible\n"
	      "               it is in use\n"
	      "               fix: stop it\n"
	      "               or it goes with its controller, as all that is on "
	      "it: vfio-prep\n"
	      "               attach 0000:01:01.0\n");
	assert_string_equal(checked, "usb_1_2");
}

static void of_many_reasons_the_first_are_told(void **state)
{
	struct vprep_reason items[6];
	struct vprep_reasons many = { .n = VPREP_ARRAY_SIZE(items), .items = items };

	(void)state;
	for (size_t i = 0; i < many.n; i++)
		items[i] = (struct vprep_reason){ .message = "it is in use" };
	answer = &many;
	shows("usb_1_2",
	      "usb_1_2  its model\n"
	      "  what         a thing: x\n"
	      "  who has it   the host: it is mounted\n"
	      "  attach       not possible\n"
	      "               it is in use\n"
	      "               it is in use\n"
	      "               it is in use\n"
	      "               it is in use\n"
	      "               and 2 more reasons: vfio-prep check usb_1_2\n"
	      "               or it goes with its controller, as all that is on "
	      "it: vfio-prep\n"
	      "               attach 0000:01:01.0\n");
}

static void what_is_not_given_by_itself_leads_to_what_is(void **state)
{
	(void)state;
	answer = &refused;
	shows("net_ens5", "ens5  its model\n"
			  "  also         net_ens5\n"
			  "  what         a thing: x\n"
			  "  given with   0000:01:01.0 a NIC\n"
			  "  group        12, whose 2 devices go together:\n\n"
			  "DEVICE        WHAT   KNOWN AS  DRIVER  GROUP  WHO HAS IT\n"
			  "0000:01:01.0  a NIC  ens5      e1000      12  free\n"
			  "0000:01:02.0                              12  owner 'web1'\n\n"
			  "  who has it   nobody: it is free\n"
			  "  attach       not possible\n"
			  "               it is in use\n"
			  "               fix: stop it\n");
	assert_string_equal(checked, "0000:01:01.0");
	shows("net_lo", "lo  its model\n"
			"  also         net_lo\n"
			"  what         a thing: x\n"
			"  attach       nothing that a guest can have is behind it\n");
	assert_string_equal(checked, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_has_its_group_its_holder_and_the_checks_answer),
		cmocka_unit_test(what_is_on_a_controller_can_go_with_it),
		cmocka_unit_test(of_many_reasons_the_first_are_told),
		cmocka_unit_test(what_is_not_given_by_itself_leads_to_what_is),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}

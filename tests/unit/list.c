// SPDX-License-Identifier: GPL-2.0-or-later
/* list: a table for people, names for scripts. The library is a double. */
#include "args.h"
#include "command-test.h"
#include "device-table.h"
#include "verb.h"

static struct vprep_host_device host_items[] = {
	{ .name = "0000:05:10.1",
	  .node_name = "pci_0000_05_10_1",
	  .capability = "pci",
	  .model = "a VF",
	  .known_as = "ens5",
	  .driver = "igbvf",
	  .physfn = "0000:05:00.0",
	  .class_code = 0x020000,
	  .group = 12,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_IN_USE,
	  .why = "ens5 is up" },
	{ .name = "usb_1_2",
	  .node_name = "usb_1_2",
	  .capability = "usb_device",
	  .known_as = "",
	  .group = -1,
	  .numa_node = 1 },
};
static struct vprep_node_device node_items[] = {
	{ .name = "computer" },
	{ .name = "pci_0000_05_10_1", .parent = "computer" },
};

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

void vprep_host_devices_free(struct vprep_host_devices *unused)
{
	(void)unused;
}

int vprep_node_devices(struct vprep_session *session,
		       const struct vprep_node_filter *filter,
		       struct vprep_node_devices **ret, struct vprep_error *err)
{
	static struct vprep_node_devices list = { VPREP_ARRAY_SIZE(node_items),
						  node_items };

	(void)session, (void)filter, (void)err;
	*ret = &list;
	return 0;
}

void vprep_node_devices_free(struct vprep_node_devices *unused)
{
	(void)unused;
}

int vprep_node_devices_json(struct vprep_session *session,
			    const struct vprep_node_filter *filter, char **ret,
			    struct vprep_error *err)
{
	(void)session, (void)filter, (void)err;
	*ret = strdup("{}");
	return *ret ? 0 : -ENOMEM;
}

/* ---- */

static const char *no_words[] = { NULL }, *all[] = { "*", NULL },
		  *nic[] = { "nic", NULL };

static void answer_is(const char **words, enum vprep_opt option, const char *expected)
{
	struct vprep_args args = { .verb = &vprep_verb_list,
				   .names = words,
				   .n_names = vprep_strv_len((char **)words) };
	struct vprep_error err = { 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	_cleanup_free_ char *answer = NULL;
	int status;

	if (option != VPREP_OPT_END)
		args.values[option] = "";
	out_begin(&out, 0);
	status = vprep_verb_list.run(&call);
	answer = out_end(&out);
	assert_int_equal(status, 0);
	assert_string_equal(answer, expected);
}

static void words_pick_from_the_devices(void **state)
{
	(void)state;
	answer_is(nic, VPREP_OPT_END,
		  "DEVICE        WHAT  KNOWN AS  DRIVER  GROUP  WHO HAS IT\n"
		  "0000:05:10.1  a VF  ens5      igbvf      12  host: ens5 is up\n");
	answer_is(nic, VPREP_OPT_NAMES, "pci_0000_05_10_1\n");
	answer_is(all, VPREP_OPT_NAMES, "pci_0000_05_10_1\nusb_1_2\n");
	answer_is(all, VPREP_OPT_JSON,
		  "[\n"
		  "  {\n"
		  "    \"name\": \"0000:05:10.1\",\n"
		  "    \"node_name\": \"pci_0000_05_10_1\",\n"
		  "    \"capability\": \"pci\",\n"
		  "    \"model\": \"a VF\",\n"
		  "    \"known_as\": \"ens5\",\n"
		  "    \"driver\": \"igbvf\",\n"
		  "    \"physfn\": \"0000:05:00.0\",\n"
		  "    \"group\": 12,\n"
		  "    \"state\": \"in-use\",\n"
		  "    \"why\": \"ens5 is up\"\n"
		  "  },\n"
		  "  {\n"
		  "    \"name\": \"usb_1_2\",\n"
		  "    \"node_name\": \"usb_1_2\",\n"
		  "    \"capability\": \"usb_device\",\n"
		  "    \"known_as\": \"\",\n"
		  "    \"numa_node\": 1,\n"
		  "    \"state\": \"free\"\n"
		  "  }\n"
		  "]\n");
}

/* What scripts get is as it was before there was a table. */
static void a_list_in_a_pipe_has_names(void **state)
{
	struct capture pipe = capture_begin(STDOUT_FILENO); /* no terminal, surely */

	(void)state;
	answer_is(no_words, VPREP_OPT_END, "computer\npci_0000_05_10_1\n");
	answer_is(no_words, VPREP_OPT_JSON, "{}\n");
	answer_is(no_words, VPREP_OPT_TREE,
		  "computer\n  |\n  +- pci_0000_05_10_1\n    \n");
	free(capture_end(&pipe));
}

static struct vprep_error refuse(const char *word)
{
	const char *words[] = { word, NULL };
	struct vprep_args args = { .verb = &vprep_verb_list,
				   .names = words,
				   .n_names = 1 };
	struct vprep_out out;
	struct vprep_error err = { 0 };
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	int r;

	out_begin(&out, 0);
	r = vprep_verb_list.run(&call);
	free(out_end(&out));
	assert_int_equal(r, -ENODEV);
	assert_int_equal(vprep_error_exit_status(&err), 3);
	return err;
}

static void a_word_that_means_nothing_is_refused(void **state)
{
	struct vprep_error err = refuse("nik");

	(void)state;
	assert_non_null(strstr(err.message,
			       "'nik' is no device, and no word that list knows; "
			       "did you mean 'nic'?"));
}

static void all_words_are_told(void **state)
{
	struct vprep_error err = refuse("nonsense");

	(void)state;
	for (size_t i = 0; vprep_device_word(i); i++) {
		_cleanup_free_ char *word = vprep_strf(" %s", vprep_device_word(i));

		if (!strstr(err.message, word) || !strstr(vprep_verb_list.about, word))
			fail_msg("no%s", word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_pick_from_the_devices),
		TEST(a_list_in_a_pipe_has_names),
		TEST(a_word_that_means_nothing_is_refused),
		TEST(all_words_are_told),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}

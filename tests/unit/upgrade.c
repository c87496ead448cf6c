// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What version 0.1.0 held is shown, given back and recovered by this version.
 *
 * The journals in tests/data/journals-0.1.0 were written by that version when it did what
 * the case of the same name does here. Each case does the work on the fake host with this
 * version, which gives the host the state that the journal is about, and then puts the
 * old journal in the place of the new one. The data is never written anew.
 */
#include <fcntl.h>

#include <json-c/json.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "journal/record.h"
#include "kinds-fixture.h"
#include "test.h"
#include "upgrade-fixture.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

/* ---- the journals as JSON ---- */

static char *read_data(const char *name, size_t *ret_len)
{
	_cleanup_free_ char *path =
		vprep_strf("%s/journals-0.1.0/%s.jsonl", getenv("VPREP_TEST_DATA"), name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	if (fd < 0 || vprep_file_read(fd, FILE_SIZE_MAX, &text, ret_len) < 0)
		fail_msg("cannot read %s", path);
	return text;
}

static int64_t number_of(struct json_object *line, const char *key)
{
	return json_object_get_int64(json_object_object_get(line, key));
}

/* Takes @line. What it says of a step is added to what was said of it before; the child
 * of a failure is that failure's alone. */
static void add_line(struct json_object *steps, struct json_object *line)
{
	struct json_object_iterator it, end;
	int64_t seq = number_of(line, "seq");
	size_t i, n = json_object_array_length(steps);

	json_object_object_del(line, "sum");
	for (i = 0; seq > 0 && i < n; i++) {
		struct json_object *step = json_object_array_get_idx(steps, i);

		if (number_of(step, "seq") != seq)
			continue;
		json_object_object_del(step, "pid");
		json_object_object_del(step, "pid_start");
		for (it = json_object_iter_begin(line), end = json_object_iter_end(line);
		     !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
			json_object_object_add(
				step, json_object_iter_peek_name(&it),
				json_object_get(json_object_iter_peek_value(&it)));
		json_object_put(line);
		return;
	}
	json_object_array_add(steps, line);
}

/* The header, and each step with all that the text says of it. */
static struct json_object *facts_of(const char *text, size_t len)
{
	struct json_object *steps = json_object_new_array();
	const char *end = text + len, *newline;

	for (; (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1) {
		_cleanup_free_ char *line = strndup(text, (size_t)(newline - text));
		struct json_object *object = json_tokener_parse(line);

		assert_non_null(object);
		add_line(steps, object);
	}
	return steps;
}

/* What this version reads of it, and writes of what it read. */
static struct json_object *facts_read_of(const char *text, size_t len)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_journal_header header;
	struct vprep_error err = { 0 };
	struct json_object *facts;
	struct vprep_steps steps;
	size_t i;

	if (vprep_record_parse(text, len, &header, &steps, &err) < 0)
		fail_msg("%s", err.message);
	vprep_record_header(&buf, &header);
	for (i = 0; i < steps.n; i++)
		vprep_record_step(&buf, &steps.items[i]);
	facts = facts_of(buf.data, buf.len);
	vprep_steps_done(&steps);
	vprep_journal_header_done(&header);
	return facts;
}

static void check_same_facts(struct json_object *a, struct json_object *b)
{
	if (!json_object_equal(a, b))
		fail_msg("%s\nis not\n%s", json_object_to_json_string(a),
			 json_object_to_json_string(b));
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(json_object_to_json_string(*(struct json_object *const *)a),
		      json_object_to_json_string(*(struct json_object *const *)b));
}

static const char *text_of(struct json_object *line, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(line, key));

	return text ? text : "";
}

/* The nodes of vDPA devices have rules now. */
static void forget_new_rules(struct json_object *facts)
{
	size_t i = json_object_array_length(facts);

	while (i-- > 0) {
		struct json_object *line = json_object_array_get_idx(facts, i);

		if (streq(text_of(line, "step"), "udev-rule") &&
		    strncmp(text_of(line, "device"), "vhost-vdpa", 10) == 0)
			json_object_array_del_idx(facts, i, 1);
	}
}

/* What differs from time to time, what version 0.1.0 did not record yet, and the order in
 * which steps are listed. */
static void forget(struct json_object *facts)
{
	static const struct {
		const char *kind, *fact;
	} added[] = { { "claim", "pci_id" },
		      { "claim", "driver" },
		      { "mdev-create", "begun" } };
	static const char *const keys[] = { "seq", "time", "pid", "pid_start",
					    "content" };
	size_t i, k;

	forget_new_rules(facts);
	for (i = 0; i < json_object_array_length(facts); i++) {
		struct json_object *line = json_object_array_get_idx(facts, i);
		const char *kind = text_of(line, "step");

		for (k = 0; k < VPREP_ARRAY_SIZE(keys); k++)
			json_object_object_del(line, keys[k]);
		for (k = 0; k < VPREP_ARRAY_SIZE(added); k++)
			if (streq(kind, added[k].kind))
				json_object_object_del(line, added[k].fact);
	}
	json_object_array_sort(facts, compare_texts);
}

/* ---- tests ---- */

static const struct old_journal *current;

static int setup(void **state)
{
	current = *state;
	return kinds_setup(state);
}

static char *read_new(struct host *h, size_t *ret_len)
{
	_cleanup_free_ char *path =
		vprep_strf("%s/" OWNERS "%s", h->fake->path, current->file);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	assert_true(fd >= 0);
	assert_int_equal(vprep_file_read(fd, FILE_SIZE_MAX, &text, ret_len), 0);
	return text;
}

static bool is_rule_of(struct json_object *facts, const char *file)
{
	size_t i;

	for (i = 0; i < json_object_array_length(facts); i++)
		if (streq(text_of(json_object_array_get_idx(facts, i), "file"), file))
			return true;
	return false;
}

/* The rule files become those that the old version wrote. */
static void replace_rules(struct host *h, struct json_object *facts)
{
	_cleanup_strv_ char **files = fake_list(h->fake, "run/udev/rules.d");
	size_t i;

	for (i = 0; i < json_object_array_length(facts); i++) {
		struct json_object *line = json_object_array_get_idx(facts, i);
		const char *file = text_of(line, "file");

		if (*file && fake_has(h->fake, RULES "%s", file) &&
		    !streq(text_of(line, "state"), "undone"))
			fake_put(h->fake, 0644, text_of(line, "content"), RULES "%s",
				 file);
	}
	for (i = 0; files && files[i]; i++)
		if (!is_rule_of(facts, files[i]))
			fake_remove(h->fake, RULES "%s", files[i]);
}

/* The facts are those that this version writes itself. Returns the old text. */
static char *make_and_replace(struct host *h, size_t *ret_len)
{
	struct json_object *facts, *read, *own;
	_cleanup_free_ char *own_text = NULL;
	size_t own_len;
	char *text;

	current->make(h);
	own_text = read_new(h, &own_len);
	text = read_data(current->name, ret_len);
	facts = facts_of(text, *ret_len);
	read = facts_read_of(text, *ret_len);
	own = facts_of(own_text, own_len);
	check_same_facts(read, facts);
	replace_rules(h, facts);
	forget(facts);
	forget(own);
	if (!current->torn)
		check_same_facts(own, facts);
	json_object_put(facts);
	json_object_put(read);
	json_object_put(own);
	fake_put_bytes(h->fake, 0600, text, *ret_len, OWNERS "%s", current->file);
	return text;
}

static void check_status(struct host *h)
{
	_cleanup_buf_ struct vprep_buf devices = { 0 };
	const struct vprep_status_owner *owner;
	struct vprep_status *status;
	size_t i;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_int_equal(status->n_owners, 1);
	owner = &status->owners[0];
	for (i = 0; i < owner->n_devices; i++)
		vprep_buf_addf(&devices, "%s%s", i ? " " : "", owner->devices[i]);
	assert_string_equal(owner->id, current->owner);
	assert_string_equal(owner->kind, current->kind);
	assert_string_equal(owner->state, current->state);
	assert_string_equal(devices.data ? devices.data : "", current->devices);
	vprep_status_free(status);
}

/* As it was, but for lines about what stays. */
static void check_given_back(struct host *h)
{
	_cleanup_free_ char *now = fake_snapshot(h->fake), *diff = NULL;
	char *line, *at = NULL;

	diff = fake_diff(h->before, now);
	for (line = diff ? strtok_r(diff, "\n", &at) : NULL; line;
	     line = strtok_r(NULL, "\n", &at))
		if (!current->stays || !strstr(line, current->stays))
			fail_msg("the host is not as it was: %s", line);
}

static void it_is_shown_and_given_back(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;
	size_t len, n;
	int r;

	text = make_and_replace(h, &len);
	check_status(h);
	if (streq(current->state, "held")) {
		assert_int_equal(host_recover(h, &n), 0);
		assert_int_equal(n, 0);
	}
	r = current->back ? current->back(h) : host_recover(h, &n);
	if (r < 0)
		fail_msg("%s", h->err.message);
	if (!current->back)
		assert_int_equal(n, 1);
	check_given_back(h);
	host_leaves(h, current->stays);
}

/* Nothing of it is true any more but its files. */
static void after_a_reboot_its_files_go(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;
	size_t len;

	text = make_and_replace(h, &len);
	fake_put(h->fake, 0444, "11111111-5f0e-4f1c-8f5e-0123456789ab\n",
		 "proc/sys/kernel/random/boot_id");
	assert_string_equal(host_owner_state(h, current->owner), "stale");
	assert_int_equal(host_recover(h, NULL), 0);
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	assert_false(fake_has(h->fake, "run/udev/rules.d"));
	host_leaves(h, "late_vfio iommu_groups/ 0000:0 vfio/");
}

/* The data has every step, state and owner that version 0.1.0 knows. */
static void nothing_is_missing(void **state)
{
	static const char *const words[] = {
		"\"step\":\"claim\"",
		"\"step\":\"numvfs\"",
		"\"step\":\"module-load\"",
		"\"step\":\"udev-rule\"",
		"\"step\":\"mdev-create\"",
		"\"step\":\"vport-create\"",
		"\"step\":\"vf-config\"",
		"\"step\":\"driver-bind\"",
		"\"step\":\"placeholder-bind\"",
		"\"step\":\"node-permission\"",
		"\"step\":\"cdev-permission\"",
		"\"step\":\"release\"",
		"\"state\":\"intent\"",
		"\"state\":\"done\"",
		"\"state\":\"undone\"",
		"\"state\":\"failed\"",
		"\"kind\":\"manual\"",
		"\"kind\":\"domain\"",
		"\"kind\":\"run\"",
		"\"kind\":\"mdev\"",
		"\"kind\":\"numvfs\"",
		"\"kind\":\"vport\"",
		"\"was_driver\":",
		"\"was_module\":",
		"\"was_override\":",
		"\"was_power\":",
		"\"was_vfs\":",
		"\"was_content\":",
		"\"made_directory\":",
		"\"settings\":",
		"\"was_uid\":",
		"\"was_gid\":",
		"\"was_mode\":",
		"\"reason\":",
		"\"pid\":",
		"\"pid_start\":",
		"\"was_mac\":",
		"\"was_vlan\":",
		"\"was_qos\":",
		"\"was_protocol\":",
		"\"autoprobe\":",
		"\"was_autoprobe\":",
		"\"vport\":",
		"\"uuid\":",
		"\"batch\":",
		"\"pci_id\":",
	};
	_cleanup_buf_ struct vprep_buf all = { 0 };
	size_t i, len;

	(void)state;
	for (i = 0; i < n_old_journals; i++) {
		_cleanup_free_ char *text = read_data(old_journals[i].name, &len);

		vprep_buf_add_n(&all, text, len);
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		if (!strstr(all.data, words[i]))
			fail_msg("no journal has %s", words[i]);
}

static struct CMUnitTest test_of(const struct old_journal *journal, const char *name,
				 CMUnitTestFunction function)
{
	return (struct CMUnitTest){ name, function, setup, host_teardown,
				    (void *)(uintptr_t)journal };
}

int main(void)
{
	struct CMUnitTest tests[32];
	size_t i;

	assert_true(n_old_journals + 2 <= VPREP_ARRAY_SIZE(tests));
	for (i = 0; i < n_old_journals; i++)
		tests[i] = test_of(&old_journals[i], old_journals[i].name,
				   it_is_shown_and_given_back);
	tests[i++] = test_of(&old_journals[0], "after_a_reboot_its_files_go",
			     after_a_reboot_its_files_go);
	tests[i++] = (struct CMUnitTest)TEST(nothing_is_missing);
	return _cmocka_run_group_tests("upgrade", tests, i, NULL, NULL);
}

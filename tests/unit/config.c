// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: each key, its bounds, and every error with its line. */
#include "config/config.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/str.h"
#include "fake-test.h"

static struct vprep_config *config;
static struct vprep_error err;

static int read_bytes(const void *data, size_t len)
{
	_cleanup_free_ char *path = vprep_strf("%s/etc/test.conf", fake->path);

	fake_put_bytes(fake, 0644, data, len, "etc/test.conf");
	vprep_config_free(config);
	config = NULL;
	err = (struct vprep_error){ 0 };
	return vprep_config_read(path, &config, &err);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void refuse(const char *text, unsigned line, const char *message)
{
	_cleanup_free_ char *at = vprep_strf("test.conf:%u: ", line);

	if (read_text(text) != -EINVAL)
		fail_msg("'%s' is taken", text);
	assert_int_equal(err.code, VPREP_E_USAGE);
	assert_null(config);
	if (!strstr(err.message, at) || !strstr(err.message, message))
		fail_msg("'%s': '%s', expected '%s...%s'", text, err.message, at,
			 message);
}

static void an_empty_file_means_the_defaults(void **state)
{
	static const char *const empty[] = { "", "\n", "# nothing\n; nothing\n",
					     "[vfio-prep]\n", "\xef\xbb\xbf\n" };
	size_t i, k;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(empty); i++) {
		assert_int_equal(read_text(empty[i]), 0);
		assert_true(!config->user && !config->group && config->n_deny == 0);
		assert_int_equal(config->mode, 0600);
		assert_int_equal(config->policy, VPREP_POLICY_WHOLE);
		assert_int_equal(config->prepare, VPREP_PREPARE_ALL);
		assert_string_equal(config->rules_dir, "/run/udev/rules.d");
		assert_int_equal(config->parallel, 16);
		assert_true(vprep_strv_has(config->serial_drivers, "ioatdma"));
		for (k = 0; k < VPREP_DEADLINES; k++)
			assert_int_equal(config->deadlines[k], 30);
	}
}

static void each_key_is_read(void **state)
{
	static const struct vprep_pci_address denied = { 0, 5, 0x10, 1 };
	static const struct vprep_pci_address large = { 0x10000, 0xff, 0x1f, 7 };

	(void)state;
	assert_int_equal(read_text("[vfio-prep]\n"
				   "user = me\ngroup: 77\nmode=0660\n"
				   "  # indented comment\n"
				   "group-policy = strict ; inline\n"
				   "prepare = unmanaged\n"
				   "rules-dir = /etc/udev/rules.d\n"
				   "deadline = 3600\ndeadline-bind = 1\n"
				   "deadline-unbind = 2\ndeadline-module = 3\n"
				   "deadline-numvfs = 4\n"
				   "parallel = 256\nserial-drivers = a, b\tc\n"
				   "deny = 0000:05:10.1,10000:ff:1f.7\r\n"
				   "deny = 0000:06:00.0"),
			 0);
	assert_string_equal(config->user, "me");
	assert_string_equal(config->group, "77");
	assert_int_equal(config->mode, 0660);
	assert_int_equal(config->policy, VPREP_POLICY_STRICT);
	assert_int_equal(config->prepare, VPREP_PREPARE_UNMANAGED);
	assert_string_equal(config->rules_dir, "/etc/udev/rules.d");
	assert_int_equal(config->deadlines[VPREP_DEADLINE_BIND], 1);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_UNBIND], 2);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_MODULE], 3);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_NODE], 3600);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_NUMVFS], 4);
	assert_int_equal(config->parallel, 256);
	assert_int_equal(vprep_strv_len(config->serial_drivers), 4); /* and ioatdma */
	assert_int_equal(config->n_deny, 3);
	assert_true(vprep_config_denies(config, denied));
	assert_true(vprep_config_denies(config, large));
	assert_false(vprep_config_denies(config, (struct vprep_pci_address){ 0 }));
}

static const char *const out_of_bounds[] = {
	"user =",
	"group =",
	"mode =",
	"mode = 1000",
	"mode = 888",
	"mode = -1",
	"mode = 0x1ff",
	"mode = rw",
	"mode = 99999999999999999999999",
	"group-policy =",
	"prepare = some",
	"group-policy = Whole",
	"group-policy = wholes",
	"rules-dir =",
	"rules-dir = etc",
	"deadline = 0",
	"deadline = 3601",
	"deadline = -1",
	"deadline = 1s",
	"deadline =",
	"deadline = 1.5",
	"deadline-node = 18446744073709551617",
	"parallel = 0",
	"parallel = 257",
	"parallel = all",
	"deny = 05:10.1",
	"deny = 0000:05:10.8",
	"deny = 0000:05:20.0",
	"deny = 0000:05:10.1 x",
	"deny = *",
};

static void a_value_out_of_bounds_is_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(out_of_bounds); i++) {
		_cleanup_free_ char *text = vprep_strf("# one\n\n%s\n", out_of_bounds[i]);

		refuse(text, 3, "expected");
	}
	assert_int_equal(read_text("mode = 777\ndeadline = 1\nparallel = 1\ndeny =\n"),
			 0);
	assert_int_equal(config->mode, 0777);
}

static void what_is_unknown_is_refused(void **state)
{
	(void)state;
	refuse("mode = 600\nmodes = 600\n", 2, "unknown key 'modes'");
	refuse("Mode = 600\n", 1, "unknown key 'Mode'");
	refuse("= 600\n", 1, "unknown key");
	refuse("deny\n", 1, "");
	refuse("\n\n[other]\nmode = 600\n", 3, "unknown section");
	refuse("[vfio-prep\nmode = 600\n", 1, "");
	refuse("x\x1b[2J = 600\n", 1, "unknown key");
	assert_null(strchr(err.message, '\x1b'));
}

#define UUID "c2177883-f1bb-47f0-914d-32a22e3a8804"

static void an_mdev_has_a_section(void **state)
{
	const struct vprep_config_mdev *mdev;

	(void)state;
	assert_int_equal(read_text("[mdev." UUID "]\ntype = nvidia-11\n"
				   "parent = 0000:06:00.0\nplacement = separate\n"
				   "vendor-params = a=1\n[vfio-prep]\nmode = 0640\n"),
			 0);
	assert_int_equal(config->mode, 0640);
	mdev = vprep_config_find_mdev(config, UUID);
	assert_string_equal(mdev->definition.type, "nvidia-11");
	assert_string_equal(mdev->definition.parent, "0000:06:00.0");
	assert_int_equal(mdev->definition.placement, VPREP_PLACEMENT_SEPARATE);
	assert_string_equal(mdev->params, "a=1");
	assert_null(
		vprep_config_find_mdev(config, "d0a3c1f0-7c5e-4b7e-9a57-6a1d5c9f0b22"));
}

static void an_odd_section_of_an_mdev_is_refused(void **state)
{
	(void)state;
	refuse("[mdev.x]\ntype = a\n", 1, "unknown section");
	refuse("[mdev." UUID "0]\ntype = a\n", 1, "unknown section");
	refuse("[mdev." UUID "\ntype = a\n", 1, "unknown section");
	refuse("[mdev." UUID "]\ntypes = a\n", 2, "unknown key 'types'");
	refuse("[mdev." UUID "]\nmode = 600\n", 2, "unknown key 'mode'");
	refuse("[mdev." UUID "]\ntype = ../a\n", 2, "expected");
	refuse("[mdev." UUID "]\ntype =\n", 2, "expected");
	refuse("[mdev." UUID "]\nplacement = a\n", 2, "expected compact or separate");
	assert_int_equal(read_text("[mdev." UUID "]\nplacement = compact\n"), -EINVAL);
	assert_non_null(strstr(err.message, "section [mdev." UUID "] has no type"));
}

static void a_section_says_what_a_device_is(void **state)
{
	static const struct vprep_pci_address address = { 0, 5, 0x10, 1 };
	const struct vprep_config_device *device;

	(void)state;
	assert_int_equal(read_text("# the card\n[device 0000:05:10.1]\n"
				   "match = serial=00-11 vendor=8086\nd3cold = no\n"
				   "\nmatch = path=00:09.0/10.1 ; or there\n"),
			 0);
	device = vprep_config_find_device(config, address);
	assert_int_equal(device->n_matches, 2);
	assert_int_equal(device->matches[0].line, 3);
	assert_string_equal(device->matches[0].text, "serial=00-11 vendor=8086");
	assert_string_equal(device->matches[0].match.patterns[VPREP_MATCH_VENDOR],
			    "8086");
	assert_int_equal(device->matches[1].line, 6);
	assert_string_equal(device->matches[1].text, "path=00:09.0/10.1");
	refuse("[device 0000:05:10.1]\nmatch =\n", 2, "match = ''");
	refuse("[device 0000:05:10.1]\nmatch = serail=A\n", 2, "words such as");
	refuse("[device 0000:05:10.1]\n\nmatch = vendor=80866\n", 3, "words such as");
	refuse("[device 0000:05:10.1]\nmatch = pf=@card\n", 2, "pf=ADDRESS");
	refuse("match = serial=A\n", 1, "unknown key 'match'");
}

/* As by copying an example from a manual page. */
static void blanks_before_a_line_mean_nothing(void **state)
{
	static const struct vprep_pci_address address = { 0, 5, 0x10, 1 };

	(void)state;
	assert_int_equal(read_text("  [vfio-prep]\n  user = me\n\tmode = 0660\n\n"
				   "  deny = 0000:06:00.0\n  deny = 0000:06:00.1\n"
				   "  [device 0000:05:10.1]\n  reset-method = flr\n"
				   "\f  d3cold = no\n"),
			 0);
	assert_string_equal(config->user, "me");
	assert_int_equal(config->mode, 0660);
	assert_int_equal(config->n_deny, 2);
	assert_string_equal(vprep_config_find_device(config, address)->reset_method,
			    "flr");
	assert_string_equal(vprep_config_find_device(config, address)->d3cold, "0");
	refuse("deny = 0000:06:00.0,\n  0000:06:00.1\n", 2, "unknown key '0000'");
	refuse("user = me\n\f[other]\nmode = 600\n", 2, "unknown section");
}

static void a_byte_order_mark_hides_no_section(void **state)
{
	(void)state;
	assert_int_equal(read_text("\xef\xbb\xbf[vfio-prep]\nmode = 0640\n"), 0);
	assert_int_equal(config->mode, 0640);
	refuse("\xef\xbb\xbf[other]\nmode = 600\n", 1, "unknown section");
}

static void the_first_mistake_is_told(void **state)
{
	(void)state;
	refuse("mode = rw\nuser = me\n", 1, "mode = 'rw'");
	refuse("mode = rw\nprepare = some\n", 1, "mode = 'rw'");
	refuse("user = me\nnosuch = 1\nmode = 600\n", 2, "unknown key 'nosuch'");
	refuse("mode = rw\nno pair\n", 1, "mode = 'rw'");
	refuse("user = me\nno pair\nmode = rw\n", 2, "not a 'key = value' line");
}

/* A section without a key is a mistake all the same. */
static void an_empty_section_that_is_unknown_is_refused(void **state)
{
	(void)state;
	refuse("[vfio-perp]\n", 1, "unknown section");
}

static void a_last_line_needs_no_newline(void **state)
{
	(void)state;
	assert_int_equal(read_text("mode = 640"), 0);
	assert_int_equal(config->mode, 0640);
	refuse("mode = 600\nmode", 2, "");
}

/* Nothing after it may be lost in silence: it could be a denial. */
static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = "mode = 600\n\0deny = 0000:05:10.1\n";
	static const char inside[] = "deny = 0000:05:10.1\0 0000:05:10.2\n";

	(void)state;
	assert_int_equal(read_bytes(text, sizeof(text) - 1), -EINVAL);
	assert_int_equal(read_bytes(inside, sizeof(inside) - 1), -EINVAL);
}

/* inih would cut the line, and take the rest for another one. */
static void a_line_that_is_too_long_is_refused(void **state)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	unsigned i;

	(void)state;
	vprep_buf_add(&buf, "deny =");
	while (buf.len < 198 - 13)
		vprep_buf_add(&buf, " 0000:00:00.0");
	for (i = (unsigned)buf.len; i < 198; i++)
		vprep_buf_add(&buf, " ");
	assert_int_equal(read_text(buf.data), 0);
	vprep_buf_add(&buf, " ");
	assert_int_equal(read_text(buf.data), -EINVAL);
	assert_non_null(strstr(err.message, "test.conf:1: it is longer than"));
}

static void a_list_may_have_several_lines(void **state)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	unsigned i;

	(void)state;
	assert_int_equal(read_text("deny = 0000:05:10.1\ndeny = 0000:05:10.2\n"
				   "serial-drivers = a\nserial-drivers = b\n"),
			 0);
	assert_int_equal(config->n_deny, 2);
	assert_true(vprep_strv_has(config->serial_drivers, "a"));
	assert_true(vprep_strv_has(config->serial_drivers, "b"));
	vprep_buf_add(&buf, "serial-drivers = first");
	for (i = 0; i < 60; i++)
		vprep_buf_add(&buf, " abcd");
	if (read_text(buf.data) == 0)
		assert_true(vprep_strv_has(config->serial_drivers, "first"));
}

static void a_long_value_is_read_whole_or_refused(void **state)
{
	_cleanup_free_ char *text = malloc(1001);

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	memcpy(text, "rules-dir = /", 13);
	if (read_text(text) == 0)
		assert_int_equal(strlen(config->rules_dir), 1000 - 12);
}

static void a_file_has_a_size(void **state)
{
	size_t len = 2u * 1024 * 1024;
	_cleanup_free_ char *text = malloc(len);

	(void)state;
	memset(text, '\n', len);
	assert_int_equal(read_bytes(text, len), -EFBIG);
	assert_int_equal(err.code, VPREP_E_USAGE);
	assert_int_equal(read_bytes(text, len / 2), 0);
}

static void only_a_file_is_read(void **state)
{
	_cleanup_free_ char *fifo = vprep_strf("%s/fifo", fake->path);
	_cleanup_free_ char *none = vprep_strf("%s/none", fake->path);

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(vprep_config_read(fifo, &config, &err), -EINVAL);
	assert_int_equal(vprep_config_read(fake->path, &config, &err), -EINVAL);
	assert_int_equal(vprep_config_read("/dev/zero", &config, &err), -EINVAL);
	assert_int_equal(vprep_config_read(none, &config, &err), -ENOENT);
	assert_non_null(strstr(err.message, none));
}

static int end(void **state)
{
	vprep_config_free(config);
	config = NULL;
	return fake_test_end(state);
}

#define CONFIG_TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(an_empty_file_means_the_defaults),
		CONFIG_TEST(each_key_is_read),
		CONFIG_TEST(a_value_out_of_bounds_is_refused),
		CONFIG_TEST(what_is_unknown_is_refused),
		CONFIG_TEST(an_mdev_has_a_section),
		CONFIG_TEST(an_odd_section_of_an_mdev_is_refused),
		CONFIG_TEST(a_section_says_what_a_device_is),
		CONFIG_TEST(blanks_before_a_line_mean_nothing),
		CONFIG_TEST(a_byte_order_mark_hides_no_section),
		CONFIG_TEST(the_first_mistake_is_told),
		CONFIG_TEST(an_empty_section_that_is_unknown_is_refused),
		CONFIG_TEST(a_last_line_needs_no_newline),
		CONFIG_TEST(a_nul_byte_is_refused),
		CONFIG_TEST(a_line_that_is_too_long_is_refused),
		CONFIG_TEST(a_list_may_have_several_lines),
		CONFIG_TEST(a_long_value_is_read_whole_or_refused),
		CONFIG_TEST(a_file_has_a_size),
		CONFIG_TEST(only_a_file_is_read),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

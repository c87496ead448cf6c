// SPDX-License-Identifier: GPL-2.0-or-later
/* Which lines of other rule files bear on a node of ours. */
#include "udev/rule-match.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "common/str.h"
#include "test.h"

#define GROUP "SUBSYSTEM==\"vfio\", KERNEL==\"12\""
#define TABLET                                                                           \
	"SUBSYSTEM==\"usb\", ATTR{busnum}==\"1\", ATTR{idVendor}==\"0627\", "            \
	"ATTR{serial}==\"a*b\""
#define LONG                                                                             \
	"a-label-that-is-longer-than-anybody-would-expect-it-but-that-udevd-takes-too"
#define DISK "SUBSYSTEM==\"scsi_generic\", KERNELS==\"0:0:0:0\", ATTRS{wwid}==\"naa.5\""

/* The first line that bears on it: its number, 0 for none; negative when it only may. */
static int find(const char *text, const char *match)
{
	struct vprep_rule_scan scan = { .text = text, .match = match };
	struct vprep_rule_line line = { 0 };

	do {
		if (!vprep_rule_scan_next(&scan, &line))
			return 0;
		assert_true(line.sets || line.runs);
	} while (!line.assigns && !line.runs);
	assert_true(*line.what);
	return line.certain ? (int)line.number : -(int)line.number;
}

static const struct {
	const char *match;
	const char *text;
	int number;
} rows[] = {
	{ GROUP, "", 0 },
	{ GROUP, "# MODE:=\"0666\"\n\n", 0 },
	{ GROUP, "MODE:=\"0666\"", 1 },
	{ GROUP, "SUBSYSTEM==\"vfio\", OWNER:=\"root\"\n", 1 },
	{ GROUP, "\n#x\nSUBSYSTEM==\"vfio\" GROUP:=\"kvm\"\n", 3 },
	/* ours wins over these */
	{ GROUP, "SUBSYSTEM==\"vfio\", OWNER=\"root\", MODE=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\", SYMLINK:=\"x\", TAG+=\"y\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\", RUN{builtin}+=\"uaccess\"\n", 0 },
	/* and these do not match */
	{ GROUP, "SUBSYSTEM==\"usb\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM!=\"vfio\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio-dev\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "KERNEL==\"vfio\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\", ACTION==\"remove\", MODE:=\"1\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\", MODE:=\"0666\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\" | MODE:=\"0666\"\n", 0 },
	/* nor do lines that udevd leaves out, as something in them is wrong */
	{ GROUP, "SUBSYSTEM=\"vfio\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "KERNEL:=\"12\", RUN+=\"/x\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", OWNER==\"root\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", FOO=\"1\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", KERNEL=!\"13\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", KERNEL==\"12\n", 0 },
	{ GROUP, "MODE:=\"0666\", GOTO\n", 0 },
	{ GROUP, "MODE:=\"0666\", KERNEL{x}==\"12\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", ENV==\"1\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", ATTR{}!=\"1\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", ENV{X}-=\"1\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", TAG-=\"1\"\n", 1 },
	{ GROUP, "MODE:=\"0666\", LABEL+=\"e\"\n", 0 },
	{ GROUP, "MODE,:=\"0666\"\n", 0 },
	{ GROUP, "MODE:=i\"0666\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", KERNEL==ii\"12\"\n", 0 },
	{ GROUP, "MODE:=\"0666\", KERNEL==ie\"12\"\n", 1 },
	{ GROUP, "MODE:=\"0666\", ENV{" LONG "}!=\"1\"\n", -1 },
	/* of a value, a quote alone is escaped */
	{ GROUP, "RUN+=\"/x -c \\\"a\\\" b\", MODE:=\"1\"\n", 1 },
	{ GROUP, "RUN+=\"/x \\\\\" b\", KERNEL==\"12\"\n", 1 },
	{ GROUP, "RUN+=e\"/x \\\\\", KERNEL==\"12\"\n", 1 },
	/* patterns */
	{ GROUP, "KERNEL==\"[0-9]*\", MODE:=\"0666\"\n", 1 },
	{ GROUP, "KERNEL==\"1?|x\", MODE:=\"0666\"\n", 1 },
	{ GROUP, "KERNEL==\"1|2\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM==i\"VFIO\", MODE:=\"0666\"\n", 1 },
	{ GROUP, "SUBSYSTEM==\"VFIO\", MODE:=\"0666\"\n", 0 },
	{ GROUP, "ACTION==\"add|change\", SUBSYSTEM==\"vfio\", MODE:=\"1\"\n", 1 },
	{ GROUP, "ACTION!=\"remove\", SUBSYSTEMS==\"vfio\", MODE:=\"1\"\n", 1 },
	/* what is escaped is not compared */
	{ GROUP, "SUBSYSTEM==e\"\\x76fio\", MODE:=\"0666\"\n", -1 },
	{ GROUP, "KERNEL==\"1\\2\", MODE:=\"0666\"\n", -1 },
	/* programs */
	{ GROUP, "KERNEL==\"12\", RUN+=\"/bin/chown x $devnode\"\n", 1 },
	{ GROUP, "KERNEL==\"12\", RUN{program}=\"/bin/true\"\n", 1 },
	{ GROUP, "KERNEL==\"sd*\", RUN+=\"/bin/true\"\n", 0 },
	/* what only udevd knows */
	{ GROUP, "ENV{X}==\"1\", MODE:=\"0666\"\n", -1 },
	{ GROUP, "PROGRAM=\"/bin/x\", MODE:=\"0666\"\n", -1 },
	{ GROUP, "SUBSYSTEMS==\"pci\", MODE:=\"0666\"\n", -1 },
	{ GROUP, "ENV{X}==\"1\", KERNEL==\"13\", MODE:=\"0666\"\n", 0 },
	/* lines that go on */
	{ GROUP, "x\nSUBSYSTEM==\"vfio\", \\\n # y\n  MODE:=\"0666\"\n", 2 },
	{ GROUP, "SUBSYSTEM==\"usb\", \\\nMODE:=\"0666\"\n", 0 },
	{ GROUP, "SUBSYSTEM==\"vfio\", \\\r\nMODE:=\"0666\"\r\n", 1 },
	{ GROUP, " \\\n# y\nMODE:=\"0666\"\n", 1 },
	{ GROUP, "MODE:=\"0666\", \\", 0 },
	{ GROUP, "MODE:=\"0666\" \\ \n", 0 },
	{ GROUP, "\vMODE:=\"0666\"\n", 0 },
	/* what ends a line */
	{ GROUP, "# x\rMODE:=\"0666\"\r", 2 },
	{ GROUP, "# x\r\n\r\nMODE:=\"0666\"\r\n", 3 },
	{ GROUP, "# x\n\r\nMODE:=\"0666\"\n", 3 },
	/* jumps */
	{ GROUP, "SUBSYSTEM!=\"usb\", GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\"\n", 0 },
	{ GROUP, "SUBSYSTEM!=\"vfio\", GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\"\n", 2 },
	{ GROUP, "GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\"\nMODE:=\"2\"\n", 4 },
	{ GROUP, "ENV{X}==\"1\", GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\"\n", -2 },
	{ GROUP, "ENV{X}==\"1\", GOTO=\"e\"\n\nLABEL=\"e\"\nMODE:=\"1\"\n", 4 },
	{ GROUP, "LABEL=\"e\", MODE:=\"1\"\n", 1 },
	/* nowhere: udevd goes on */
	{ GROUP, "GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"f\"\n", 2 },
	{ GROUP, "LABEL=\"e\"\nGOTO=\"e\"\nMODE:=\"1\"\n", 3 },
	{ GROUP, "GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\", FOO=\"1\"\n", 2 },
	{ GROUP, "GOTO=\"f\", GOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"f\"\n", 0 },
	{ GROUP, "GOTO=\"e\"\nLABEL=\"e\"\nGOTO=\"e\"\nMODE:=\"1\"\nLABEL=\"e\"\n", 0 },
	{ GROUP, "GOTO=\"e\"\nLABEL=\"e\"\nGOTO=\"e\"\nMODE:=\"1\"\n", 4 },
	{ GROUP, "GOTO=\"" LONG "\"\nMODE:=\"1\"\nLABEL=\"" LONG "\"\n", 0 },
	/* two in doubt, of which the second ends later */
	{ GROUP,
	  "ENV{X}==\"1\", GOTO=\"e\"\nENV{Y}==\"1\", GOTO=\"f\"\n"
	  "LABEL=\"e\"\nMODE:=\"1\"\nLABEL=\"f\"\n",
	  -4 },
	/* other devices */
	{ TABLET, "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"04e8\", MODE:=\"1\"\n", 0 },
	{ TABLET, "ATTR{idVendor}==\"0627\", MODE:=\"1\"\n", 1 },
	{ TABLET, "ATTRS{idVendor}==\"0627\", MODE:=\"1\"\n", 1 },
	{ TABLET, "ATTRS{idVendor}==\"1d6b\", MODE:=\"1\"\n", -1 },
	{ TABLET, "ATTR{serial}==\"axb\", MODE:=\"1\"\n", -1 },
	{ TABLET, "ATTRS{serial}==\"a?b\", MODE:=\"1\"\n", -1 },
	{ TABLET, "ATTR{idVendor}==\"0627 \", MODE:=\"1\"\n", -1 },
	{ TABLET, "KERNEL==\"1-1\", MODE:=\"1\"\n", -1 },
	{ DISK, "KERNELS==\"0:0:*\", MODE:=\"1\"\n", 1 },
	{ DISK, "KERNELS==\"1:0:*\", MODE:=\"1\"\n", -1 },
	{ DISK, "KERNELS==\"0:0:*\", ATTRS{wwid}==\"naa.5\", MODE:=\"1\"\n", 1 },
	/* of two parents each meets one key, but none meets both */
	{ DISK, "SUBSYSTEMS==\"scsi_generic\", KERNELS==\"0:*\", MODE:=\"1\"\n", -1 },
	{ DISK, "ATTRS{wwid}==\"naa.5\", RUN+=\"/x\"\n", 1 },
};

static void lines_that_bear_on_a_node_are_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++)
		if (find(rows[i].text, rows[i].match) != rows[i].number)
			fail_msg("%s: %d, not %d", rows[i].text,
				 find(rows[i].text, rows[i].match), rows[i].number);
}

static void all_lines_are_found(void **state)
{
	struct vprep_rule_scan scan = {
		.text = "MODE:=\"1\"\nMODE=\"2\"\nOWNER:=\"a\", RUN+=\"b\"\n\nRUN+=\"c\"",
		.match = GROUP
	};
	struct vprep_rule_line line;

	(void)state;
	assert_true(vprep_rule_scan_next(&scan, &line));
	assert_true(line.number == 1 && line.assigns && !line.runs);
	assert_string_equal(line.what, "MODE:=\"1\"");
	assert_true(vprep_rule_scan_next(&scan, &line));
	assert_true(line.number == 2 && line.sets && !line.assigns && !line.runs);
	assert_true(vprep_rule_scan_next(&scan, &line));
	assert_true(line.number == 3 && line.assigns && line.runs);
	assert_string_equal(line.what, "OWNER:=\"a\"");
	assert_true(vprep_rule_scan_next(&scan, &line));
	assert_true(line.number == 5 && !line.assigns && line.runs);
	assert_false(vprep_rule_scan_next(&scan, &line));
}

/* Such a file is looked at for each node: one search must do for all that lead there. */
static void many_jumps_to_one_label_take_no_time(void **state)
{
	_cleanup_buf_ struct vprep_buf nowhere = { 0 }, end = { 0 };
	unsigned i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		vprep_buf_add(&nowhere, "GOTO=\"x\"\n");
		vprep_buf_add(&end, "ENV{X}==\"1\", GOTO=\"x\"\n");
	}
	vprep_buf_add(&nowhere, "MODE:=\"1\"\n");
	vprep_buf_add(&end, "MODE:=\"1\"\nLABEL=\"x\"\nGOTO=\"x\"\nMODE:=\"1\"\n");
	alarm(60);
	assert_int_equal(find(nowhere.data, GROUP), 20001);
	assert_int_equal(find(end.data, GROUP), -20001);
	alarm(0);
}

/* What is installed runs a program for devices, and for no node that we give away. */
static void our_rule_for_late_devices_bears_on_no_node(void **state)
{
	static const char *const nodes[] = {
		GROUP, TABLET, DISK, "SUBSYSTEM==\"vfio-dev\", KERNELS==\"0000:05:10.1\""
	};
	_cleanup_free_ char *path = vprep_strf(
		"%s/../../udev-rules/90-vfio-prep-late.rules", getenv("VPREP_TEST_DATA"));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t i, len;

	(void)state;
	assert_int_equal(vprep_file_read(fd, 65536, &text, &len), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(nodes); i++)
		assert_int_equal(find(text, nodes[i]), 0);
	assert_int_not_equal(find(text, "SUBSYSTEM==\"pci\", KERNEL==\"0000:05:10.1\""),
			     0);
}

/* Whatever stands in a file of rules, the scan ends and keeps inside. */
static void odd_text_is_survived(void **state)
{
	static const char *const parts[] = {
		"KEY", "{",    "}",    "==",	":=",
		"\"",  "\\",   "\n",   "#",	"e",
		"i",   "MODE", "GOTO", "LABEL", "RUN",
		"+=",  ",",    " ",    "\xff",	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	unsigned seed = 1, i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		_cleanup_buf_ struct vprep_buf buf = { 0 };

		for (k = 0; k < 24; k++) {
			seed = seed * 1103515245u + 12345u;
			vprep_buf_add(&buf,
				      parts[(seed >> 16) % VPREP_ARRAY_SIZE(parts)]);
		}
		find(buf.data, GROUP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_that_bear_on_a_node_are_found),
		TEST(all_lines_are_found),
		TEST(many_jumps_to_one_label_take_no_time),
		TEST(our_rule_for_late_devices_bears_on_no_node),
		TEST(odd_text_is_survived),
	};

	return cmocka_run_group_tests_name("rule-match", tests, NULL, NULL);
}

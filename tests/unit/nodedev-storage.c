// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "common/array.h"
#include "nodedev-fixture.h"

#define DISK(name)                                                                       \
	"<path>/sys/" ROOT "/" name "</path><devnode type='dev'>/dev/" name "</devnode>" \
	"<parent>computer</parent><capability type='storage'><block>/dev/" name          \
	"</block>"

static void add_disk(struct nodedev_host *h, const char *name, const char *data)
{
	char uevent[128];

	snprintf(uevent, sizeof(uevent), "MAJOR=8\nMINOR=0\nDEVNAME=%s\nDEVTYPE=disk\n",
		 name);
	add_device(h, "class/block", name, ROOT, uevent);
	tree_file(h->tree, data, "run/udev/data/b8:0");
	tree_file(h->tree, "2048\n", "sys/" ROOT "/%s/size", name);
	tree_file(h->tree, "4096\n", "sys/" ROOT "/%s/queue/logical_block_size", name);
}

static void the_size_is_right_for_any_block_size(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "sda", "E:ID_TYPE=disk\nE:ID_BUS=ata\nE:ID_SERIAL=S/1\n");
	tree_file(h->tree, "  ACME  \n", "sys/" ROOT "/sda/device/vendor");
	tree_file(h->tree, "Disk One   \n", "sys/" ROOT "/sda/device/model");
	expect_xml(
		h, "sda",
		"<name>block_sda_S_1</name>" DISK(
			"sda") "<bus>ata</bus><drive_type>disk</drive_type><model>Disk One</model>"
			       "<vendor>ACME</vendor><serial>S/1</serial><size>1048576</size>"
			       "<logical_block_size>4096</logical_block_size>"
			       "<num_blocks>256</num_blocks></capability>");
}

static void a_disk_may_have_no_size(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "vda", "");
	tree_file(h->tree, "99999999999999999999999\n", "sys/" ROOT "/vda/size");
	tree_remove(h->tree, "sys/" ROOT "/vda/queue");
	expect_xml(
		h, "block_vda",
		"<name>block_vda</name>" DISK(
			"vda") "<drive_type>disk</drive_type><size>0</size></capability>");
	tree_file(h->tree, "18446744073709551615\n", "sys/" ROOT "/vda/size");
	expect_xml(
		h, "block_vda",
		"<name>block_vda</name>" DISK(
			"vda") "<drive_type>disk</drive_type><size>0</size></capability>");
}

static void a_cd_tells_whether_there_is_a_medium(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "sr0", "E:ID_TYPE=cd\nE:ID_CDROM=1\n");
	tree_file(h->tree, "1\n", "sys/" ROOT "/sr0/removable");
	expect_xml(
		h, "sr0",
		"<name>block_sr0</name>" DISK(
			"sr0") "<drive_type>cdrom</drive_type><capability type='removable'>"
			       "<media_available>0</media_available><media_size>0</media_size>"
			       "</capability></capability>");
	tree_file(h->tree, "E:ID_CDROM=1\nE:ID_CDROM_MEDIA=1\nE:ID_FS_LABEL=<d>\n",
		  "run/udev/data/b8:0");
	expect_xml(
		h, "sr0",
		"<name>block_sr0</name>" DISK(
			"sr0") "<drive_type>cdrom</drive_type><capability type='removable'>"
			       "<media_available>1</media_available><media_size>1048576</media_size>"
			       "<media_label>&lt;d&gt;</media_label>"
			       "<logical_block_size>4096</logical_block_size>"
			       "<num_blocks>256</num_blocks></capability></capability>");
}

static void a_floppy_has_a_medium_when_it_has_a_label(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "fd0", "E:ID_DRIVE_FLOPPY=1\n");
	tree_file(h->tree, "1\n", "sys/" ROOT "/fd0/removable");
	expect_xml(
		h, "fd0",
		"<name>block_fd0</name>" DISK(
			"fd0") "<drive_type>floppy</drive_type><capability type='removable'>"
			       "<media_available>0</media_available><media_size>0</media_size>"
			       "</capability></capability>");
}

/* udevd has a type for one that was set offline and online again, and else none. */
static void a_dasd_has_the_uid_for_a_serial_number(void **state)
{
	static const char *const data[] = { "", "E:ID_TYPE=disk\nE:ID_SERIAL=0X1234\n" };
	struct nodedev_host *h = *state;
	size_t i;

	add_disk(h, "dasda", "");
	tree_file(h->tree, "IBM.750000000\n", "sys/" ROOT "/dasda/device/uid");
	for (i = 0; i < VPREP_ARRAY_SIZE(data); i++) {
		tree_file(h->tree, data[i], "run/udev/data/b8:0");
		expect_xml(
			h, "dasda",
			"<name>block_dasda_IBM_750000000</name>" DISK(
				"dasda") "<drive_type>dasd</drive_type>"
					 "<serial>IBM.750000000</serial>"
					 "<size>1048576</size>"
					 "<logical_block_size>4096</logical_block_size>"
					 "<num_blocks>256</num_blocks></capability>");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(the_size_is_right_for_any_block_size),
		NODEDEV_TEST(a_disk_may_have_no_size),
		NODEDEV_TEST(a_cd_tells_whether_there_is_a_medium),
		NODEDEV_TEST(a_floppy_has_a_medium_when_it_has_a_label),
		NODEDEV_TEST(a_dasd_has_the_uid_for_a_serial_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A captured tree shows what the host shows, and no more. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture-fixture.h"

#define NIC ROOT "/0000:00:03.0"
#define MAC "52:54:00:12:34:56"

static int setup(void **state)
{
	struct capture *c = capture_new();
	struct nodedev_host *h = c->host;

	add_pci(h, "0000:00:03.0", ROOT);
	tree_link(h->tree, "../../../kernel/iommu_groups/7", "sys/" NIC "/iommu_group");
	tree_link(h->tree, "../../../../devices/pci0000:00/0000:00:03.0",
		  "sys/kernel/iommu_groups/7/devices/0000:00:03.0");
	add_device(h, "class/net", "enx525400123456", NIC "/net",
		   "INTERFACE=enx525400123456\nIFINDEX=2\n");
	tree_file(h->tree, MAC "\n", "sys/" NIC "/net/enx525400123456/address");
	tree_file(h->tree, "down\n", "sys/" NIC "/net/enx525400123456/operstate");
	add_device(h, "class/block", "sda", ROOT,
		   "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n");
	tree_file(h->tree,
		  "S:disk/by-id/ata-Disk_S3X9NB0K\nS:disk/by-path/pci-1\nE:ID_TYPE=disk\n"
		  "E:ID_SERIAL=Disk_S3X9NB0K\nE:ID_SERIAL_SHORT=S3X9NB0K\n"
		  "E:ID_FS_LABEL=private\n",
		  "run/udev/data/b8:0");
	tree_file(h->tree, "4C4C4544-0042-3510-8046-B4C04F343732\n",
		  "sys/devices/virtual/dmi/id/product_uuid");
	tree_file(h->tree, "secret\n", "sys/" NIC "/somebody_elses");
	tree_file(h->tree, "secret\n", "proc/1/environ");
	tree_file(h->tree, "secret\n", "run/secret");
	tree_file(h->tree, "secret vpd", "sys/" NIC "/vpd");
	tree_freeze(h->tree);
	*state = c;
	return 0;
}

static char *describe(struct capture *c, struct vprep_session *session, const char *name)
{
	char *xml = NULL;

	assert_int_equal(vprep_node_device_describe(session, name, VPREP_NODE_XML, &xml,
						    &c->host->err),
			 0);
	return xml;
}

static void it_shows_what_the_host_shows(void **state)
{
	static const char *const names[] = { "computer", "pci_0000_00_03_0",
					     "enx525400123456", "sda" };
	struct capture *c = *state;
	size_t i;

	capture(c, true);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *want = describe(c, c->host->session, names[i]);
		char *got = describe(c, c->session, names[i]);

		assert_string_equal(got, want);
		free(want);
		free(got);
	}
}

static void it_names_nobody(void **state)
{
	struct capture *c = *state;
	struct vprep_node_devices *list = NULL;
	char *xml;

	capture(c, false);
	assert_int_equal(vprep_node_devices(c->session, NULL, &list, &c->host->err), 0);
	assert_int_equal(list->n, 4);
	assert_string_equal(list->items[0].name, "block_sda_SECRET0000002");
	assert_string_equal(list->items[3].name, "pci_0000_00_03_0");
	xml = describe(c, c->session, list->items[2].name);
	assert_null(strstr(xml, "52:54"));
	assert_null(strstr(xml, "5254"));
	assert_non_null(strstr(xml, "<address>02:00:00:00:00:"));
	free(xml);
	xml = describe(c, c->session, "sda");
	assert_null(strstr(xml, "S3X9NB0K"));
	assert_non_null(strstr(xml, "/dev/disk/by-path/pci-1<"));
	free(xml);
	xml = describe(c, c->session, "computer");
	assert_non_null(strstr(xml, "<uuid>00000000-0000-4000-8000-"));
	free(xml);
	vprep_node_devices_free(list);
}

static const char *const forbidden[] = { "secret",	 "private",  "52:54:00",
					 "525400123456", "S3X9NB0K", "4c4c4544",
					 "4C4C4544" };

static int is_clean(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char content[4096] = "";
	size_t i;
	int fd;

	(void)st;
	if (type == FTW_SL) {
		assert_true(readlink(path, content, sizeof(content) - 1) > 0);
	} else if (type == FTW_F) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(read(fd, content, sizeof(content) - 1) >= 0);
		close(fd);
	}
	for (i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
		if (strstr(content, forbidden[i]) ||
		    strstr(path + ftw->base, forbidden[i])) {
			print_error("%s has %s\n", path, forbidden[i]);
			return 1;
		}
	return 0;
}

static void no_file_link_or_name_tells_a_secret(void **state)
{
	struct capture *c = *state;

	capture(c, false);
	assert_int_equal(nftw(c->dir, is_clean, 8, FTW_PHYS), 0);
}

static void a_folder_that_is_there_is_not_written_to(void **state)
{
	struct capture *c = *state;

	assert_int_equal(mkdir(c->dir, 0700), 0);
	assert_int_equal(vprep_capture(c->host->session, c->dir, false, &c->host->err),
			 -EEXIST);
	assert_int_equal(c->host->err.code, VPREP_E_USAGE);
	assert_int_equal(rmdir(c->dir), 0); /* it is empty */
}

static void the_session_goes_on_without_a_record(void **state)
{
	struct capture *c = *state;
	struct stat before, after;

	capture(c, true);
	assert_int_equal(stat(c->dir, &before), 0);
	expect_parent(c->host, "pci_0000_00_03_0", "computer");
	assert_int_equal(stat(c->dir, &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

#define CAPTURE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, capture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(it_shows_what_the_host_shows),
		CAPTURE_TEST(it_names_nobody),
		CAPTURE_TEST(no_file_link_or_name_tells_a_secret),
		CAPTURE_TEST(a_folder_that_is_there_is_not_written_to),
		CAPTURE_TEST(the_session_goes_on_without_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

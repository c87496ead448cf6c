// SPDX-License-Identifier: GPL-2.0-or-later
/* One secret of each form in a captured tree: none is left, and all else is as it was. */
#include "test.h"

#include <ftw.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "capture-fixture.h"

#define NIC ROOT "/0000:00:03.0"
#define HBA ROOT "/0000:00:04.0"
#define LUN HBA "/host6/target6:0:0/6:0:0:0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define IQN "iqn.2003-01.org.linux-iscsi.lark.x8664:sn.4e4a1fc8a0cb"

/* As they are written somewhere in the tree, and a part that would tell. */
static const char *const secrets[] = {
	"52:54:00:12:34:56",
	"525400123456",
	"505400fffe123456", /* EUI-64 in a table */
	"20010db800070000", /* a network */
	"0102A8C0",	    /* 192.168.2.1 in a table */
	"192.168.7.9",
	UUID,
	"4c4c4544-0042-3510-8046-b4c04f343732",
	"5000c500a1b2c3d4", /* WWN of a disk */
	"5006016939a01234", /* in a name by path */
	"10000000c9831b4b",
	"20000000c9831b4b",
	"600508b400105e210000900000490000",
	"0025385b71b0a1b2",
	"S3X9NB0K",   /* serial numbers */
	"VPDSN00042", /* in Vital Product Data, and a udev property */
	"ASSET4711",
	"VENDORDATA99",
	"USBSERIAL7",
	"2208abcdefABCDEF0123456789", /* of LVM */
	"7a3f1bd2509f382f3c1ee6bfe0fa1044",
	"3aaa0122:29827cfa:5331ad66:ca767371",
	"linux-iscsi",
	"4e4a1fc8a0cb",
	"lark", /* the host */
	"nestbox",
	"secretvolume", /* what a person named */
	"private",
	"CHASSIS0815",
};

static void add_vpd(struct nodedev_host *h)
{
	static const char head[] = "\x82\x04\x00"
				   "Card"
				   "\x90\x2a\x00"
				   "PN\x03X71SN\x0aVPDSN00042V0\x0cVENDORDATA99RV\x05";
	static const char rest[] = "\x91\x0c\x00YA\x09"
				   "ASSET4711\x78";
	char bytes[256];
	size_t len = sizeof(head) - 1, i;
	unsigned char sum = 0;

	memcpy(bytes, head, len);
	for (i = 0; i < len; i++)
		sum = (unsigned char)(sum + (unsigned char)bytes[i]);
	bytes[len++] = (char)-sum;
	memset(bytes + len, 0, 4);
	len += 4;
	memcpy(bytes + len, rest, sizeof(rest) - 1);
	tree_bytes(h->tree, bytes, len + sizeof(rest) - 1, "sys/" NIC "/vpd");
}

static void add_net(struct nodedev_host *h)
{
	add_pci(h, "0000:00:03.0", ROOT);
	add_vpd(h);
	tree_link(h->tree, "../../../kernel/iommu_groups/7", "sys/" NIC "/iommu_group");
	tree_link(h->tree, "../../../../devices/pci0000:00/0000:00:03.0",
		  "sys/kernel/iommu_groups/7/devices/0000:00:03.0");
	tree_file(h->tree, "0x00000000fe000000 0x00000000fe01ffff 0x0000000000140204\n",
		  "sys/" NIC "/resource");
	add_device(h, "class/net", "enx525400123456", NIC "/net",
		   "INTERFACE=enx525400123456\nIFINDEX=2\n");
	tree_file(h->tree, "52:54:00:12:34:56\n",
		  "sys/" NIC "/net/enx525400123456/address");
	tree_file(h->tree, "up\n", "sys/" NIC "/net/enx525400123456/operstate");
	tree_file(h->tree, "0x1003\n", "sys/" NIC "/net/enx525400123456/flags");
	tree_file(h->tree,
		  "E:ID_NET_NAME_MAC=enx525400123456\nE:ID_NET_NAME_PATH=enp0s3\n"
		  "E:ID_SERIAL=VPDSN00042\nE:ID_PATH=pci-0000:00:03.0\n",
		  "run/udev/data/n2");
	tree_file(h->tree,
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
		  "enx525400123456\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n",
		  "proc/net/route");
	tree_file(h->tree,
		  "20010db8000700000000000000000000 40 "
		  "00000000000000000000000000000000 00 "
		  "fe80000000000000505400fffe123456 00000400 00000001 00000000 00000001 "
		  "enx525400123456\n",
		  "proc/net/ipv6_route");
	add_device(h, "bus/mdev/devices", UUID, NIC, "DRIVER=nvidia\n");
	tree_link(h->tree, "../mdev_supported_types/nvidia-11",
		  "sys/" NIC "/" UUID "/mdev_type");
	tree_file(h->tree, "vfio-pci\n",
		  "sys/" NIC "/mdev_supported_types/nvidia-11/device_api");
}

static void add_disk(struct nodedev_host *h)
{
	add_pci(h, "0000:00:04.0", ROOT);
	tree_link(h->tree, "../../../kernel/iommu_groups/8", "sys/" HBA "/iommu_group");
	tree_link(h->tree, "../../../../devices/pci0000:00/0000:00:04.0",
		  "sys/kernel/iommu_groups/8/devices/0000:00:04.0");
	add_device(h, "bus/scsi/devices", "host6", HBA, "DEVTYPE=scsi_host\n");
	add_device(h, "class/fc_host", "host6", HBA "/host6/fc_host", "");
	tree_file(h->tree, "0x10000000c9831b4b\n",
		  "sys/" HBA "/host6/fc_host/host6/port_name");
	tree_file(h->tree, "0x20000000c9831b4b\n",
		  "sys/" HBA "/host6/fc_host/host6/node_name");
	add_device(h, "class/block", "sda", LUN "/block",
		   "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n");
	tree_file(h->tree, "8:0\n", "sys/" LUN "/block/sda/dev");
	tree_file(
		h->tree,
		"S:disk/by-id/ata-Disk_S3X9NB0K\nS:disk/by-id/wwn-0x5000c500a1b2c3d4\n"
		"S:disk/by-id/scsi-3600508b400105e210000900000490000\n"
		"S:disk/by-id/nvme-eui.0025385b71b0a1b2\n"
		"S:disk/by-path/pci-0000:00:04.0-fc-0x5006016939a01234-lun-0\n"
		"S:disk/by-path/ip-192.168.7.9:3260-iscsi-" IQN "-lun-1\n"
		"E:ID_TYPE=disk\nE:ID_SERIAL=Disk_S3X9NB0K\nE:ID_SERIAL_SHORT=S3X9NB0K\n"
		"E:ID_FS_LABEL=private\nE:ID_WWN=0x5000c500a1b2c3d4\n"
		"E:SCSI_IDENT_SERIAL=S3X9NB0K\n"
		"E:SCSI_IDENT_PORT_NAA_REG=5000c500a1b2c3d4\n"
		"E:ID_PATH=pci-0000:00:04.0-fc-0x5006016939a01234-lun-0\n",
		"run/udev/data/b8:0");
	add_device(h, "class/block", "dm-0", "devices/virtual/block",
		   "MAJOR=253\nMINOR=0\nDEVNAME=dm-0\nDEVTYPE=disk\n");
	tree_file(h->tree, "253:0\n", "sys/devices/virtual/block/dm-0/dev");
	tree_file(h->tree, "secretvolume\n", "sys/devices/virtual/block/dm-0/dm/name");
	tree_file(h->tree, "LVM-2208abcdefABCDEF0123456789\n",
		  "sys/devices/virtual/block/dm-0/dm/uuid");
	/* up to sys/devices */
	tree_link(h->tree, "../../../../../../../../virtual/block/dm-0",
		  "sys/" LUN "/block/sda/holders/dm-0");
	tree_file(h->tree,
		  "S:mapper/secretvolume\nS:disk/by-id/dm-name-secretvolume\n"
		  "E:DM_NAME=secretvolume\n"
		  "E:DM_UUID=CRYPT-LUKS2-7a3f1bd2509f382f3c1ee6bfe0fa1044-secretvolume\n",
		  "run/udev/data/b253:0");
	add_device(h, "class/block", "md127", "devices/virtual/block",
		   "MAJOR=9\nMINOR=127\nDEVNAME=md127\nDEVTYPE=disk\n");
	tree_file(h->tree,
		  "S:md/lark:0\nE:MD_NAME=lark:0\n"
		  "E:MD_UUID=3aaa0122:29827cfa:5331ad66:ca767371\n",
		  "run/udev/data/b9:127");
	tree_file(h->tree,
		  "22 1 253:0 / / rw - ext4 /dev/mapper/secretvolume rw\n"
		  "23 22 0:50 / /mnt/lark rw - nfs4 nestbox:/srv rw,addr=192.168.7.9\n",
		  "proc/self/mountinfo");
}

static void add_rest(struct nodedev_host *h)
{
	add_device(h, "bus/usb/devices", "1-1", ROOT,
		   "DEVTYPE=usb_device\nBUSNUM=001\nDEVNUM=002\n");
	tree_file(h->tree, "E:ID_SERIAL=Maker_USBSERIAL7\nE:ID_SERIAL_SHORT=USBSERIAL7\n",
		  "run/udev/data/+usb:1-1");
	tree_file(h->tree, "4C4C4544-0042-3510-8046-B4C04F343732\n",
		  "sys/devices/virtual/dmi/id/product_uuid");
	tree_file(h->tree, "CHASSIS0815\n", "sys/devices/virtual/dmi/id/product_serial");
	tree_file(h->tree, "lark\n", "proc/sys/kernel/hostname");
	tree_file(h->tree,
		  "root=/dev/mapper/secretvolume intel_iommu=on ip=192.168.7.9:::::lark "
		  "rd.luks.uuid=luks-" UUID "\n",
		  "proc/cmdline");
}

static int setup(void **state)
{
	struct capture *c = capture_new();

	add_net(c->host);
	add_disk(c->host);
	add_rest(c->host);
	tree_freeze(c->host->tree);
	*state = c;
	return 0;
}

/* --- grep --- */

static unsigned found[VPREP_ARRAY_SIZE(secrets)];
static bool tell;

static bool has(const char *bytes, size_t len, const char *secret)
{
	size_t n = strlen(secret), i;

	for (i = 0; i + n <= len; i++)
		if (strncasecmp(bytes + i, secret, n) == 0)
			return true;
	return false;
}

static int grep_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char content[8192] = "";
	ssize_t n = 0;
	size_t i;

	(void)st;
	if (type == FTW_SL) {
		n = readlink(path, content, sizeof(content));
	} else if (type == FTW_F) {
		FILE *file = fopen(path, "re");

		n = (ssize_t)fread(content, 1, sizeof(content), file);
		fclose(file);
	}
	assert_true(n >= 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(secrets); i++)
		if (has(content, (size_t)n, secrets[i]) ||
		    has(path + ftw->base, strlen(path + ftw->base), secrets[i])) {
			found[i]++;
			if (tell)
				print_error("%s has %s\n", path, secrets[i]);
		}
	return 0;
}

static void grep(struct capture *c, bool wanted)
{
	size_t i;

	memset(found, 0, sizeof(found));
	tell = !wanted;
	assert_int_equal(nftw(c->dir, grep_one, 8, FTW_PHYS), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(secrets); i++)
		if (!found[i] == wanted)
			fail_msg("%s is found %u times", secrets[i], found[i]);
}

static void nothing_tells_a_secret(void **state)
{
	capture(*state, false);
	grep(*state, false);
}

/* Or else the test above would show nothing. */
static void each_secret_is_in_what_was_read(void **state)
{
	capture(*state, true);
	grep(*state, true);
}

/* --- the same but for the secrets --- */

static void add_devices(struct vprep_session *session, struct vprep_buf *buf,
			const char **ret_names)
{
	struct vprep_node_devices *list = NULL;
	size_t i, n = 0;

	assert_int_equal(vprep_node_devices(session, NULL, &list, NULL), 0);
	for (i = 0; i < list->n; i++) {
		char *xml = NULL;

		assert_int_equal(vprep_node_device_describe(session, list->items[i].name,
							    VPREP_NODE_XML, &xml, NULL),
				 0);
		vprep_buf_addf(buf, "%s\n%s\n", list->items[i].name, xml);
		free(xml);
		if (strncmp(list->items[i].name, "pci_", 4) == 0)
			ret_names[n++] = strdup(list->items[i].name);
	}
	vprep_node_devices_free(list);
}

static void add_groups(struct vprep_session *session, struct vprep_buf *buf)
{
	struct vprep_groups *groups = NULL;
	size_t i, k;

	assert_int_equal(vprep_groups(session, &groups, NULL), 0);
	for (i = 0; i < groups->n; i++) {
		const struct vprep_group *g = &groups->items[i];

		vprep_buf_addf(buf, "group %u %d\n", g->number, g->viable);
		for (k = 0; k < g->n_members; k++)
			vprep_buf_addf(buf, "%s\n", g->members[k].name);
		for (k = 0; k < g->n_blockers; k++)
			vprep_buf_addf(buf, "%s\n", g->blockers[k]);
	}
	vprep_groups_free(groups);
}

static void add_check(struct vprep_session *session, struct vprep_buf *buf,
		      const char *const *names)
{
	const struct vprep_request request = { .names = names };
	struct vprep_reasons *reasons = NULL;
	size_t i;

	assert_int_equal(vprep_check(session, &request, &reasons, NULL), 0);
	assert_true(reasons->n > 0); /* they are in use */
	for (i = 0; i < reasons->n; i++)
		vprep_buf_addf(buf, "%s\n", reasons->items[i].message);
	vprep_reasons_free(reasons);
}

/* All that list, show, groups and check say. */
static char *look(struct vprep_session *session)
{
	struct vprep_buf buf = { 0 };
	const char *names[8] = { NULL };
	char *text = NULL;
	size_t i;

	add_devices(session, &buf, names);
	add_groups(session, &buf);
	add_check(session, &buf, names);
	for (i = 0; names[i]; i++)
		free((char *)(uintptr_t)names[i]);
	assert_int_equal(vprep_buf_take(&buf, &text), 0);
	return text;
}

static bool is_secret(const char *word)
{
	_cleanup_free_ char *dashed = strdup(word);
	char *p;
	size_t i;

	/* names of node devices have '_' for the ':' and the '-' of these */
	for (p = dashed; *p; p++)
		*p = strchr("_:", *p) ? '-' : *p;
	for (i = 0; i < VPREP_ARRAY_SIZE(secrets); i++) {
		_cleanup_free_ char *secret = strdup(secrets[i]);

		for (p = secret; *p; p++)
			*p = *p == ':' ? '-' : *p;
		if (strcasestr(dashed, secret))
			return true;
	}
	return false;
}

static char *next_word(char **rest)
{
	static const char around[] = " \n\t<>'\"/,()=";

	return strtok_r(NULL, around, rest);
}

#define WORDS_MAX 256

/* Where they differ, a secret stood, and the same one is replaced by the same. */
static void differ_by_secrets(char *before, char *after)
{
	const char *seen[WORDS_MAX][2];
	size_t n = 0, i;
	char *a, *b;

	for (;;) {
		a = next_word(&before);
		b = next_word(&after);
		if (!a || !b)
			break;
		if (streq(a, b))
			continue;
		if (!is_secret(a))
			fail_msg("%s became %s", a, b);
		for (i = 0; i < n && !streq(seen[i][0], a); i++)
			assert_string_not_equal(seen[i][1], b);
		if (i < n)
			assert_string_equal(seen[i][1], b);
		assert_true(i < WORDS_MAX);
		seen[i][0] = a;
		seen[i][1] = b;
		n += i == n;
	}
	assert_true(!a && !b);
	assert_true(n > 10);
}

static void all_else_is_as_it_was(void **state)
{
	struct capture *c = *state;
	char *before, *after;

	capture(c, false);
	before = look(c->host->session);
	after = look(c->session);
	assert_non_null(strstr(before, "VPDSN00042"));
	assert_null(strstr(after, "VPDSN00042"));
	differ_by_secrets(before, after);
	free(before);
	free(after);
}

#define CAPTURE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, capture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(nothing_tells_a_secret),
		CAPTURE_TEST(each_secret_is_in_what_was_read),
		CAPTURE_TEST(all_else_is_as_it_was),
	};

	return cmocka_run_group_tests_name("capture-secrets", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "life-deeds.h"

#include <string.h>

#include "apply-fixture.h"
#include "common/array.h"
#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define PCI(bus, slot, function)                                                         \
	"<hostdev type='pci' managed='yes'><source><address bus='" bus "' slot='" slot   \
	"' function='" function "'/></source></hostdev>"
#define DISK                                                                             \
	"<hostdev type='scsi'><source><adapter name='scsi_host2'/><address bus='0' "     \
	"target='0' unit='7'/></source><shareable/></hostdev>"
#define MDEV_XML                                                                         \
	"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"                \
	"<address uuid='" UUID "'/></source></hostdev>"
#define INTERFACE                                                                        \
	"<interface type='hostdev'><mac address='" MAC "'/><source><address type='pci' " \
	"bus='8' slot='0x10' function='0'/></source><vlan><tag id='42'/></vlan>"         \
	"</interface>"
#define CREATED                                                                          \
	"<device><parent>mtty_mtty</parent><capability type='mdev'><type id='mtty-2'/>"  \
	"<uuid>" UUID2 "</uuid></capability></device>"
#define CREATED_NAME "mdev_d0a3c1f0_7c5e_4b7e_9a57_6a1d5c9f0b22_mtty"

static const char *const names[] = {
	VF,	   VF,	     "pci_0000_05_10_1",
	"05:10.1", VF2,	     VF2,
	NIC,	   SND,	     FREE,
	FREE,	   VF0,	     "eth1v0",
	VF1,	   PF,	     "0000:08:10.4",
	"@any",	   "@any*2", "@vfs*2",
	"@guests", MDEV,     LONE,
	BRIDGE,
};
static const char *const owners[] = {
	NULL,	    "manual", "web/1", "name:x",   "..",	".hidden",
	"\xc3\xbc", "a b",    DOMAIN,  "declared", "name:web2",
};
static const char *const domain_parts[] = {
	PCI("5", "0x10", "1"),
	PCI("5", "0x10", "3"),
	DISK,
	INTERFACE,
	PCI("8", "0x10", "2"),
	MDEV_XML,
	PCI("6", "0", "2"),
	DISK,
};
static const char *const declared_parts[] = {
	"[device guests]\nmatch = address=" VF "\nboot = bind\n",
	"[device more]\nmatch = vendor=8086 device=10ca\ncount = 3\nboot = bind\n",
	"[device other]\nmatch = address=" VF2 "\nboot = bind\ndriver = other-vfio\n",
	"[vfs " PF "]\ncount = 4\nvf.0.mac = " MAC "\nvf.1.vlan = 7\n",
	"[vfs @card]\ncount = 3\nautoprobe = no\nvf.2.vlan = 9\n",
	"[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n",
	"[mdev " UUID2 "]\ntype = mtty-1\n",
};
#define DECLARED                                                                         \
	"[device any]\nmatch = class=0200\n[device vfs]\nmatch = pf=" PF                 \
	"\n[device card]\nmatch = address=" PF "\n"

static struct {
	const struct deed *deed;
	char text[160]; /* names, with blanks between them */
	const char *owner;
	unsigned parts, number;
	bool force, other;
} now;

struct deed {
	const char *name;
	unsigned weight;
	int (*work)(struct host *h);
};

static uint32_t chance;

void life_seed(unsigned seed)
{
	chance = seed * 2654435761u + 1;
}

unsigned life_random(unsigned n)
{
	chance ^= chance << 13;
	chance ^= chance >> 17;
	chance ^= chance << 5;
	return chance % n;
}

int life_setup(void **state)
{
	struct host *h;
	int r = vf_setup(state);

	h = *state;
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-1", .instances = 24 });
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-2", .instances = 2 });
	fake_mkdir(h->fake, "sys/class/mtty");
	fake_link(h->fake, "sys/devices/virtual/mtty/mtty", "sys/class/mtty/mtty");
	fake_mkdir(h->fake, "sys/bus/scsi/devices/2:0:0:7/scsi_generic/sg1");
	fake_put(h->fake, 0600, "21:1", "dev/sg1");
	apply_declare(h, DECLARED);
	/* one by one, as the fake kernel's writes are whole only if they are not killed */
	host_configure(h, "parallel = 1\ndeadline-bind = 2\ndeadline-unbind = 2\n");
	host_remember(h);
	return r;
}

/* ---- the commands ---- */

static struct vprep_request request_of(void)
{
	return (struct vprep_request){
		.owner = now.owner,
		.force = now.force,
		.policy = now.other ? VPREP_POLICY_STRICT : VPREP_POLICY_DEFAULT,
	};
}

static int attach(struct host *h)
{
	return host_ask(h, now.text, request_of());
}

static int detach(struct host *h)
{
	return host_detach(h, now.text);
}

static int detach_owner(struct host *h)
{
	return now.number == 0 ? host_detach(h, NULL)
			       : host_detach_owner(h, now.owner ? now.owner : "manual");
}

static char *text_of(const char *const *parts, size_t n)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *text;
	size_t i;

	vprep_buf_add(&buf, "");
	for (i = 0; i < n; i++)
		if (now.parts & 1u << i)
			vprep_buf_add(&buf, parts[i]);
	assert_int_equal(vprep_buf_take(&buf, &text), 0);
	return text;
}

static int prepare(struct host *h)
{
	_cleanup_free_ char *devices =
		text_of(domain_parts, VPREP_ARRAY_SIZE(domain_parts));
	_cleanup_free_ char *xml = vprep_strf(
		"<domain><name>%s</name>%s<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>"
		"%s%s</vp:prepare></metadata><devices>%s</devices></domain>",
		now.other ? "web2" : "web1", now.other ? "" : "<uuid>" DOMAIN "</uuid>",
		now.number == 1 ? "<vp:vfs pf='" PF "' count='4'/>" : "",
		now.number == 2 ? "<vp:mdev uuid='" UUID "' type='mtty-2'/>" : "",
		devices);

	return host_prepare_xml(h, xml);
}

static int release(struct host *h)
{
	return host_release(h, now.other ? "name:web2" : "web1", NULL);
}

static int make_mdev(struct host *h)
{
	_cleanup_free_ char *name = NULL;

	return mdev_create(
		h,
		(struct vprep_mdev_request){ .type = now.force ? "mtty-1" : "mtty-2",
					     .parent = "mtty",
					     .uuid = now.other ? UUID2 : UUID },
		&name);
}

static int remove_mdev(struct host *h)
{
	return mdev_remove(h, now.other ? UUID2 : UUID);
}

static int numvfs(struct host *h)
{
	const struct vprep_sriov_request vfs = { .pf = PF,
						 .count = now.number,
						 .force = now.force };

	h->err = (struct vprep_error){ 0 };
	return vprep_numvfs(h->session, &vfs, &h->err);
}

static void declare(struct host *h)
{
	_cleanup_free_ char *parts =
		text_of(declared_parts, VPREP_ARRAY_SIZE(declared_parts));
	_cleanup_free_ char *text = vprep_strf(DECLARED "%s", parts);

	apply_declare(h, text);
}

static int create_declared(struct host *h)
{
	_cleanup_free_ char *name = NULL;

	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_create_declared(h->session, CREATED, strlen(CREATED),
						 &name, &h->err);
}

static int destroy_declared(struct host *h)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_destroy_declared(h->session, CREATED_NAME, &h->err);
}

static int recover(struct host *h)
{
	return host_recover(h, NULL);
}

/* ---- which one ---- */

static const struct deed deeds[] = {
	{ "attach", 8, attach },
	{ "detach", 5, detach },
	{ "detach --owner", 2, detach_owner },
	{ "prepare", 5, prepare },
	{ "release", 3, release },
	{ "mdev create", 2, make_mdev },
	{ "mdev remove", 2, remove_mdev },
	{ "numvfs", 2, numvfs },
	{ "apply", 5, apply_now },
	{ "create --boot", 1, create_declared },
	{ "destroy --boot", 1, destroy_declared },
	{ "recover", 3, recover },
};

static const struct deed *choose_deed(void)
{
	unsigned sum = 0, n;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(deeds); i++)
		sum += deeds[i].weight;
	n = life_random(sum);
	for (i = 0; n >= deeds[i].weight; i++)
		n -= deeds[i].weight;
	return &deeds[i];
}

bool life_is_apply(void)
{
	return now.deed->work == apply_now;
}

const char *life_choose(struct host *h)
{
	static char text[400];
	unsigned i, n = 1 + life_random(3);

	memset(&now, 0, sizeof(now));
	now.deed = choose_deed();
	for (i = 0; i < n; i++) {
		strcat(now.text, i ? " " : "");
		strcat(now.text, names[life_random(VPREP_ARRAY_SIZE(names))]);
	}
	now.owner = life_random(2) ? owners[life_random(VPREP_ARRAY_SIZE(owners))] : NULL;
	now.parts = life_random(256) & life_random(256);
	now.number = life_random(6);
	now.force = life_random(3) == 0;
	now.other = life_random(2) == 0;
	if (life_is_apply() && now.other)
		declare(h);
	snprintf(text, sizeof(text), "%s: '%s' owner '%s' parts %x number %u%s%s",
		 now.deed->name, now.text, now.owner ? now.owner : "", now.parts,
		 now.number, now.force ? " force" : "", now.other ? " other" : "");
	return text;
}

int life_do(struct host *h)
{
	return now.deed->work(h);
}

/* The words of the text, for a request. */
static void split(char *text, const char *ret[4])
{
	char *word, *at = NULL;
	size_t n = 0;

	for (word = strtok_r(text, " ", &at); word; word = strtok_r(NULL, " ", &at))
		ret[n++] = word;
	ret[n] = NULL;
}

int life_expect(struct host *h)
{
	struct vprep_request request = request_of();
	struct vprep_reasons *reasons = NULL;
	struct vprep_error err = { 0 };
	const char *words[4];
	char copy[160];
	int n;

	if (now.deed->work != attach)
		return -1;
	strcpy(copy, now.text);
	split(copy, words);
	request.names = words;
	if (vprep_check(h->session, &request, &reasons, &err) < 0)
		return 1;
	n = (int)reasons->n;
	vprep_reasons_free(reasons);
	return n;
}

bool life_is_recover(void)
{
	return now.deed->work == recover;
}

/* ---- somebody else ---- */

static void replug(struct host *h)
{
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake,
		     &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca, .group = 7,
					 .driver = "igbvf", .power = "auto" });
}

static void bind_natively(struct host *h)
{
	struct vprep_io *io = h->session->io;

	vprep_io_write(io, VF2, "bus/pci/devices/" VF2 "/driver/unbind");
	vprep_io_write(io, "\n", "bus/pci/devices/" VF2 "/driver_override");
	vprep_io_write(io, VF2, "bus/pci/drivers/igbvf/bind");
}

static void open_node(struct host *h)
{
	_cleanup_free_ char *path = vprep_strf("%s/dev/vfio/7", h->fake->path);

	if (chmod(path, 0666) < 0)
		return;
}

const char *life_meddle(struct host *h)
{
	switch (life_random(3)) {
	case 0:
		replug(h);
		return VF " was plugged anew";
	case 1:
		bind_natively(h);
		return VF2 " is bound to igbvf";
	default:
		open_node(h);
		return "the node of group 7 is everybody's";
	}
}

/* ---- the end ---- */

static void must(struct host *h, const char *what, int r)
{
	if (r < 0)
		fail_msg("at the end, %s: %s", what, h->err.message);
}

static void give_back_owner(struct host *h, const struct vprep_status_owner *owner)
{
	if (streq(owner->kind, "domain"))
		must(h, "release", host_release(h, owner->id, NULL));
	else if (!streq(owner->kind, "mdev") && !streq(owner->id, "declared"))
		must(h, owner->id, host_detach_owner(h, owner->id));
}

void life_end(struct host *h)
{
	struct vprep_status *status;
	size_t i;

	must(h, "recover", host_recover(h, NULL));
	must(h, "status", vprep_status(h->session, &status, &h->err));
	for (i = 0; i < status->n_owners; i++)
		give_back_owner(h, &status->owners[i]);
	for (i = 0; i < status->n_owners; i++)
		if (streq(status->owners[i].kind, "mdev") &&
		    status->owners[i].n_devices > 0)
			must(h, "mdev remove",
			     mdev_remove(h,
					 status->owners[i].devices[0] + strlen("mdev_")));
	vprep_status_free(status);
	apply_declare(h, DECLARED);
	fake_remove(h->fake, "etc/vfio-prep.d/mdev-" UUID2 ".conf");
	must(h, "apply", apply_now(h));
	/* others may have had the groups' numbers when the VFs were made */
	must(h, "numvfs", vf_numvfs(h, 0));
	must(h, "numvfs", vf_numvfs(h, 2));
	must(h, "recover", host_recover(h, NULL));
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "kinds-fixture.h"

#include <errno.h>
#include <string.h>

#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define POINTS_MAX 300

/* Two VFs more, one of them for the guest, with an address, and an mdev that is to be
 * made. Nodes of single devices are given, too. */
static const char domain[] =
	"<domain><name>web1</name><uuid>" DOMAIN "</uuid>"
	"<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>"
	"<vp:vfs pf='" PF "' count='4'/><vp:mdev uuid='" UUID "' type='mtty-2'/>"
	"</vp:prepare></metadata><devices>"
	"<interface type='hostdev'><mac address='" MAC "'/><source><address type='pci' "
	"bus='8' slot='0x10' function='4'/></source><vlan><tag id='42'/></vlan></interface>"
	"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
	"<address uuid='" UUID "'/></source></hostdev></devices></domain>";

int kinds_setup(void **state)
{
	struct host *h;
	int r = vf_setup(state);

	h = *state;
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-2", .instances = 2 });
	fake_add_fc_host(h->fake, &(struct fake_fc_host){ 3, 0x23, 0x13, .vports = 2 });
	fake_set_cdev(h->fake, true);
	fake_mkdir(h->fake, "dev/vfio/devices"); /* which the kernel leaves */
	/* one by one, as the fake kernel's writes are whole only if they are not killed */
	host_configure(h, "parallel = 1\n");
	host_remember(h);
	return r;
}

int kinds_prepare(struct host *h)
{
	return host_prepare_xml(h, domain);
}

int kinds_release(struct host *h)
{
	return host_release(h, "web1", NULL);
}

int kinds_nothing(struct host *h)
{
	(void)h;
	return 0;
}

static int five(struct host *h)
{
	return vf_numvfs(h, 5);
}

static int two(struct host *h)
{
	return vf_numvfs(h, 2);
}

static int make_vport(struct host *h)
{
	static const char xml[] =
		"<device><parent>scsi_host3</parent><capability type='scsi_host'>"
		"<capability type='fc_host'><wwpn>2001748004600001</wwpn>"
		"<wwnn>2001748004600002</wwnn></capability></capability></device>";
	_cleanup_free_ char *name = NULL;

	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_create(h->session, xml, strlen(xml), &name, &h->err);
}

static int destroy_vport(struct host *h)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_destroy(h->session, "scsi_host0", &h->err);
}

/* A release of which nothing can be unbound or removed. */
static int release_failing(struct host *h)
{
	int r = kinds_prepare(h);

	if (r < 0)
		return r;
	fake_fail(h->fake, "*/unbind", 0, EIO);
	fake_fail(h->fake, "*/remove", 0, EIO);
	r = kinds_release(h);
	fake_clear_faults(h->fake);
	return r < 0 && h->err.code == VPREP_E_LEFT ? 0 : -EIO;
}

static int recover(struct host *h)
{
	return host_recover(h, NULL);
}

static const struct kinds_deed deeds[] = {
	{ "prepare", kinds_nothing, kinds_prepare, kinds_release },
	{ "release", kinds_prepare, kinds_release, kinds_release },
	{ "recover", release_failing, recover, recover },
	{ "numvfs", kinds_nothing, five, two },
	{ "create vport", kinds_nothing, make_vport, destroy_vport },
};

const struct kinds_deed *kinds_deed;
unsigned kinds_nth;

void kinds_must_do(struct host *h, host_work work)
{
	if (work(h) < 0)
		fail_msg("%s, point %u: %s", kinds_deed->name, kinds_nth, h->err.message);
}

static char *done; /* the snapshot after the work, when nothing fails */

static void remember_done(struct host *h)
{
	kinds_must_do(h, kinds_deed->before);
	kinds_must_do(h, kinds_deed->work);
	free(done);
	done = fake_snapshot(h->fake);
	if (kinds_deed->work != kinds_deed->back)
		kinds_must_do(h, kinds_deed->back);
	host_check_same(h);
}

void kinds_check_done(struct host *h)
{
	_cleanup_free_ char *now = fake_snapshot(h->fake);
	_cleanup_free_ char *diff = fake_diff(done, now);
	char *line, *at = NULL;

	for (line = diff ? strtok_r(diff, "\n", &at) : NULL; line;
	     line = strtok_r(NULL, "\n", &at))
		if (!strstr(line, OWNERS) && !strstr(line, PUBLIC))
			fail_msg("%s, point %u: not done: %s", kinds_deed->name,
				 kinds_nth, line);
}

/* Before or after, and nothing that recover does not know. */
static void check_recovered(struct host *h)
{
	if (host_recover(h, NULL) < 0)
		fail_msg("%s, point %u: recover: %s", kinds_deed->name, kinds_nth,
			 h->err.message);
	if (!host_is_same(h))
		kinds_must_do(h, kinds_deed->back);
	if (!host_is_same(h))
		print_error("%s, point %u:\n", kinds_deed->name, kinds_nth);
	host_check_same(h);
}

void kinds_sweep(struct host *h, bool (*meet)(struct host *))
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(deeds); i++) {
		bool met = true;

		kinds_deed = &deeds[i];
		remember_done(h);
		for (kinds_nth = 1; met; kinds_nth++) {
			assert_true(kinds_nth < POINTS_MAX);
			kinds_must_do(h, kinds_deed->before);
			met = meet(h);
			fake_clear_faults(h->fake);
			check_recovered(h);
		}
		assert_true(kinds_nth > 2);
	}
	free(done);
	done = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "upgrade-fixture.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/str.h"
#include "kinds-fixture.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define PID "4711"
#define VGPU "0000:41:00.4"
#define RULE_OF_GROUP_7 RULES "99-vfio-prep-iommu_group_7.rules"

/* ---- the work ---- */

static void make_manual(struct host *h)
{
	fake_set_cdev(h->fake, false);
	fake_add_driver(h->fake, &(struct fake_driver){
					 .name = "late_vfio",
					 .module = "late_vfio",
					 .flags = FAKE_VFIO | FAKE_NOT_LOADED,
					 .aliases = "vfio_pci:v00008086d000010CA*" });
	host_remember(h);
	assert_int_equal(host_attach(h, VF " " NIC), 0);
}

/* A node, a rule file and an override that are there before. */
static void make_before(struct host *h)
{
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca,
						  .group = 7, .driver = "vfio-pci" });
	fake_put(h->fake, 0644, "# theirs\n", RULE_OF_GROUP_7);
	assert_int_equal(vprep_io_write(h->session->io, "pci-stub",
					"bus/pci/devices/" VF2 "/driver_override"),
			 0);
	host_remember(h);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
}

static void make_domain(struct host *h)
{
	assert_int_equal(kinds_prepare(h), 0);
}

static void make_domain_without_uuid(struct host *h)
{
	assert_int_equal(host_prepare_xml(h,
					  "<domain><name>web 2</name><devices><hostdev "
					  "mode='subsystem' type='pci'><source><address "
					  "bus='5' slot='0x10' function='3'/></source>"
					  "</hostdev></devices></domain>"),
			 0);
}

static void make_run(struct host *h)
{
	fake_put(h->fake, 0444,
		 PID " (qemu) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 8150 0 0\n",
		 "proc/" PID "/stat");
	assert_int_equal(host_ask(h, VF,
				  (struct vprep_request){ .owner = "job", .pid = 4711 }),
			 0);
}

static void make_mdev(struct host *h)
{
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ SND, "nvidia-11", .instances = 4,
						     .params = true });
	host_remember(h);
	assert_int_equal(
		mdev_create(h,
			    (struct vprep_mdev_request){ .type = "nvidia-11",
							 .uuid = UUID2,
							 .vendor_params = "a=1,b=2" },
			    NULL),
		0);
}

static int create_mdev(struct host *h)
{
	return mdev_create(
		h, (struct vprep_mdev_request){ .type = "mtty-2", .uuid = UUID }, NULL);
}

/* The command is killed as soon as the kernel has written that for the @nth time. */
static void make_half(struct host *h, const char *path, unsigned nth, host_work work)
{
	fake_die(h->fake, path, nth, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, work));
	fake_clear_faults(h->fake);
}

static void make_half_an_mdev(struct host *h)
{
	make_half(h, "*mtty-2/create", 1, create_mdev);
}

static void make_vgpu(struct host *h)
{
	fake_add_driver(h->fake, &(struct fake_driver){ .name = "nvidia",
							.flags = FAKE_VFIO,
							.ids = "10de:26b9" });
	fake_add_pci(h->fake, &(struct fake_pci){ VGPU, 0x030200, 0x10de, 0x26b9,
						  .group = 21, .driver = "nvidia" });
	fake_add_vgpu(h->fake, VGPU, "ID    : vGPU Name\n559   : NVIDIA L4-2Q\n");
	host_remember(h);
	assert_int_equal(mdev_create(h,
				     (struct vprep_mdev_request){ .type = "nvidia-559",
								  .uuid = UUID },
				     NULL),
			 0);
}

static int five_vfs(struct host *h)
{
	return vf_numvfs(h, 5);
}

static void make_half_of_numvfs(struct host *h)
{
	make_half(h, "*/sriov_numvfs", 2, five_vfs);
}

static int create_vport(struct host *h)
{
	static const char xml[] =
		"<device><parent>scsi_host3</parent><capability type='scsi_host'>"
		"<capability type='fc_host'><wwpn>2001748004600001</wwpn>"
		"<wwnn>2001748004600002</wwnn></capability></capability></device>";
	_cleanup_free_ char *name = NULL;

	return vprep_node_device_create(h->session, xml, strlen(xml), &name, &h->err);
}

static void make_half_a_vport(struct host *h)
{
	make_half(h, "*/vport_create", 1, create_vport);
}

/* The kernel does not let go of a device: its child is in the journal. */
static void make_quarantined(struct host *h)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	assert_int_equal(host_attach(h, VF), 0);
	host_configure(h, "parallel = 1\ndeadline = 1\n");
	fake_hold(h->fake, VF);
	assert_int_equal(host_detach(h, VF), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
}

static int let_go_and_recover(struct host *h)
{
	assert_int_equal(host_count_quarantined(h), 1);
	fake_release(h->fake, VF);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return host_recover(h, NULL);
}

static int detach_all(struct host *h)
{
	return host_detach(h, NULL);
}

static void make_half_given_back(struct host *h)
{
	assert_int_equal(host_attach(h, VF " " NIC), 0);
	make_half(h, "*/unbind", 1, detach_all);
}

static void make_one_given_back(struct host *h)
{
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_int_equal(host_detach(h, VF2), 0);
}

static int attach_two(struct host *h)
{
	return host_attach(h, VF " " VF2);
}

static void make_half_attached(struct host *h)
{
	make_half(h, "*/unbind", 2, attach_two);
}

/* The rule cannot be taken away. */
static void make_failed(struct host *h)
{
	assert_int_equal(host_attach(h, VF), 0);
	fake_remove(h->fake, "run/udev/rules.d");
	fake_put(h->fake, 0644, "", "run/udev/rules.d");
	assert_int_equal(host_detach(h, VF), -ENOTDIR);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
}

static int let_remove_and_recover(struct host *h)
{
	fake_remove(h->fake, "run/udev/rules.d");
	return host_recover(h, NULL);
}

static void make_pf(struct host *h)
{
	assert_int_equal(host_ask(h, PF, (struct vprep_request){ .force = true }), 0);
}

static void make_plain(struct host *h)
{
	assert_int_equal(host_attach(h, VF), 0);
}

/* ---- and what takes it back ---- */

static int release_domain_without_uuid(struct host *h)
{
	return host_release(h, "web 2", NULL);
}

static int end_process(struct host *h)
{
	assert_int_equal(host_recover(h, NULL), 0);
	assert_string_equal(host_owner_state(h, "job"), "held");
	fake_remove(h->fake, "proc/" PID);
	assert_string_equal(host_owner_state(h, "job"), "dead");
	return host_recover(h, NULL);
}

static int remove_mdev(struct host *h)
{
	return mdev_remove(h, UUID2);
}

static int remove_vgpu(struct host *h)
{
	return mdev_remove(h, VGPU);
}

const struct old_journal old_journals[] = {
	{ "manual", "manual.jsonl", make_manual, "manual", "manual", "held", VF " " NIC,
	  .back = detach_all, .stays = "late_vfio" },
	{ "was-there-before", "manual.jsonl", make_before, "manual", "manual", "held",
	  VF " " VF2, .back = detach_all },
	{ "domain", DOMAIN ".jsonl", make_domain, DOMAIN, "domain", "held",
	  PF " 0000:08:10.4 " UUID, .back = kinds_release },
	{ "domain-without-uuid", "name%3Aweb%202.jsonl", make_domain_without_uuid,
	  "name:web 2", "domain", "held", VF2, .back = release_domain_without_uuid },
	{ "run", "job.jsonl", make_run, "job", "run", "held", VF, .back = end_process,
	  .stays = "proc/" },
	{ "mdev", "mdev_" UUID2 ".jsonl", make_mdev, "mdev_" UUID2, "mdev", "held",
	  "mdev_" UUID2, .back = remove_mdev },
	{ "half-an-mdev", "mdev_" UUID ".jsonl", make_half_an_mdev, "mdev_" UUID, "mdev",
	  "incomplete", "mdev_" UUID, .back = NULL },
	{ "vgpu", "mdev_" UUID ".jsonl", make_vgpu, "mdev_" UUID, "mdev", "held",
	  "vgpu_" VGPU, .back = remove_vgpu },
	{ "half-of-numvfs", "numvfs%3A0000%3A08%3A00.0.jsonl", make_half_of_numvfs,
	  "numvfs:" PF, "numvfs", "incomplete", PF, .back = NULL },
	{ "half-a-vport", "vport%3A2001748004600001.jsonl", make_half_a_vport,
	  "vport:2001748004600001", "vport", "incomplete", "vport_2001748004600001",
	  .back = NULL },
	{ "quarantined", "manual.jsonl", make_quarantined, "manual", "manual",
	  "incomplete", VF, .back = let_go_and_recover },
	{ "half-given-back", "manual.jsonl", make_half_given_back, "manual", "manual",
	  "incomplete", VF " " NIC, .back = NULL },
	{ "one-given-back", "manual.jsonl", make_one_given_back, "manual", "manual",
	  "held", VF, .back = detach_all },
	{ "half-attached", "manual.jsonl", make_half_attached, "manual", "manual",
	  "incomplete", VF " " VF2, .back = NULL },
	{ "failed", "manual.jsonl", make_failed, "manual", "manual", "incomplete", "",
	  .back = let_remove_and_recover },
	{ "pf", "manual.jsonl", make_pf, "manual", "manual", "held", PF,
	  .back = detach_all },
	{ "torn", "manual.jsonl", make_plain, "manual", "manual", "incomplete", VF,
	  .torn = true },
};

const size_t n_old_journals = VPREP_ARRAY_SIZE(old_journals);

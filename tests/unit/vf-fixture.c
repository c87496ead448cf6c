// SPDX-License-Identifier: GPL-2.0-or-later
#include "vf-fixture.h"

#include "device/facts.h"
#include "plan/check.h"
#include "plan/plan.h"
#include "test.h"

int vf_setup(void **state)
{
	struct host *h;

	if (host_setup(state) < 0)
		return -1;
	h = *state;
	fake_add_driver(h->fake, &(struct fake_driver){ .name = "igb",
							.module = "igb",
							.flags = FAKE_SRIOV,
							.ids = "8086:10c9" });
	fake_add_pci(h->fake, &(struct fake_pci){ PF, 0x020000, 0x8086, 0x10c9,
						  .group = 20, .driver = "igb",
						  .totalvfs = 7, .vf_device = 0x10ca });
	fake_set_interface(h->fake, PF, "eth1");
	fake_set_interface(h->fake, VF0, "eth1v0");
	assert_int_equal(vprep_io_write(h->session->io, "2",
					"bus/pci/devices/" PF "/sriov_numvfs"),
			 0);
	host_remember(h);
	return 0;
}

int vf_setup_for_good(void **state)
{
	int r = vf_setup(state);

	if (r == 0)
		host_leaves(*state, VFS);
	return r;
}

void asked_add(struct asked *a, const char *address, const char *mac, int vlan)
{
	struct vprep_device d = { .kind = &vprep_kind_pci };

	assert_int_equal(vprep_pci_address_parse(address, &d.pci), 0);
	d.name = vprep_pool_dup(&a->devices.pool, address);
	d.asked.has_mac = mac != NULL;
	if (mac)
		assert_int_equal(vprep_mac_parse(mac, d.asked.mac), 0);
	d.asked.has_vlan = vlan >= 0;
	d.asked.vlan = (uint16_t)vlan;
	assert_int_equal(vprep_devices_add(&a->devices, &d), 0);
}

void asked_done(struct asked *a)
{
	vprep_facts_done(&a->facts);
	vprep_devices_done(&a->devices);
	vprep_steps_done(&a->steps);
	vprep_reasons_free(a->reasons);
}

void asked_look(struct host *h, struct asked *a)
{
	const struct vprep_facts_request request = { .devices = &a->devices,
						     .rules_dir = "/run/udev/rules.d",
						     .deadline = 2 };

	a->options = (struct vprep_attach_options){ .owner = "manual",
						    .uid = 1234,
						    .gid = 2345,
						    .mode = 0640,
						    .user = "1234",
						    .rules_dir = "/run/udev/rules.d" };
	vprep_facts_done(&a->facts);
	assert_int_equal(vprep_facts_read(h->session->io, &request, &a->facts, &h->err),
			 0);
}

struct vprep_transaction vf_begin(struct host *h)
{
	struct vprep_journal_header header;
	struct vprep_transaction t;

	header = vprep_journal_header_of("manual", "manual");
	assert_int_equal(vprep_transaction_begin(h->session, "manual", &header, 2, &t,
						 &h->err),
			 0);
	return t;
}

/* Leaves what was done to recover. */
static int attach(struct host *h, struct asked *a)
{
	struct vprep_transaction t;
	int r;

	asked_look(h, a);
	a->reasons = vprep_check_facts(&a->facts, &a->options);
	assert_non_null(a->reasons);
	if (a->reasons->n > 0)
		fail_msg("%s", a->reasons->items[0].message);
	assert_int_equal(vprep_plan_build(&a->facts, &a->options, &a->steps), 0);
	t = vf_begin(h);
	assert_int_equal(vprep_journal_begin(t.journal, &a->steps), 0);
	vprep_transaction_unlock(&t);
	h->err = (struct vprep_error){ 0 };
	r = vprep_exec_do(&t.context, t.first, &h->err);
	vprep_transaction_end(&t, 0, NULL);
	asked_done(a);
	*a = (struct asked){ 0 };
	return r;
}

int vf_attach(struct host *h, const char *address, const char *mac, int vlan)
{
	struct asked a = { 0 };

	asked_add(&a, address, mac, vlan);
	return attach(h, &a);
}

void vf_check(struct host *h, unsigned index, const char *want)
{
	_cleanup_free_ char *now = fake_get(h->fake, ".fake/links/eth1/%u", index);

	assert_string_equal(now ? now : "(none)", want);
}

int vf_numvfs(struct host *h, unsigned count)
{
	const struct vprep_sriov_request vfs = { .pf = PF, .count = count };

	h->err = (struct vprep_error){ 0 };
	return vprep_numvfs(h->session, &vfs, &h->err);
}

void vf_set_mac(struct host *h, unsigned index, const char *text)
{
	uint8_t mac[VPREP_MAC_SIZE];

	assert_int_equal(vprep_mac_parse(text, mac), 0);
	assert_int_equal(
		h->session->io->ops->set_vf_mac(h->session->io, "eth1", index, mac), 0);
}

void vf_set_vlan(struct host *h, unsigned index, uint16_t vlan, uint8_t qos)
{
	const struct vprep_io_vf value = { .vlan = vlan, .qos = qos, .protocol = 0x8100 };

	assert_int_equal(h->session->io->ops->set_vf_vlan(h->session->io, "eth1", index,
							  &value),
			 0);
}

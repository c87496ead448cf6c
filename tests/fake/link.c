// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network interfaces of PCI devices, and the VFs' configuration that a PF's interface
 * has, for a PF driver like igb (igb_ndo_set_vf_mac(), igb_ndo_set_vf_vlan()).
 */
#include "fake/internal.h"

#include <string.h>

#define TABLE ".fake/links/%s"
#define NO_MAC "00:00:00:00:00:00"

struct entry {
	char mac[18];
	unsigned vlan, qos, protocol;
};

static bool get_entry(struct fake *f, const char *name, unsigned index, struct entry *ret)
{
	_cleanup_free_ char *text = fake_get(f, TABLE "/%u", name, index);
	char *at = NULL, *mac;

	if (!text)
		return false;
	mac = strtok_r(text, " ", &at);
	must(mac && strlen(mac) == sizeof(ret->mac) - 1);
	memcpy(ret->mac, mac, sizeof(ret->mac));
	ret->vlan = (unsigned)strtoul(strtok_r(NULL, " ", &at), NULL, 10);
	ret->qos = (unsigned)strtoul(strtok_r(NULL, " ", &at), NULL, 10);
	ret->protocol = (unsigned)strtoul(strtok_r(NULL, " ", &at), NULL, 16);
	return true;
}

static void put_entry(struct fake *f, const char *name, unsigned index,
		      const struct entry *e)
{
	_cleanup_free_ char *text =
		vprep_strf("%s %u %u %04x", e->mac, e->vlan, e->qos, e->protocol);

	fake_put(f, 0600, text, TABLE "/%u", name, index);
}

static char *interface_of(struct fake *f, const char *address)
{
	return fake_get(f, ".fake/interfaces/%s", address);
}

void fake_set_interface(struct fake *f, const char *address, const char *name)
{
	fake_put(f, 0600, name, ".fake/interfaces/%s", address);
	fake_interface_bound(f, address);
}

void fake_refuse_zero_mac(struct fake *f, const char *name)
{
	fake_put(f, 0600, "", ".fake/no-zero-mac/%s", name);
}

void fake_interface_bound(struct fake *f, const char *address)
{
	_cleanup_free_ char *name = interface_of(f, address);
	_cleanup_free_ char *link = vprep_strf(PCI_DEVICE, address);
	_cleanup_free_ char *dir = NULL, *place = NULL;

	if (!name || !fake_has(f, PCI_DEVICE "/driver", address))
		return;
	dir = fake_canonical(f, link);
	place = vprep_strf("%s/net/%s", dir, name);
	fake_put(f, 0444, "52:54:00:00:00:01\n", "%s/address", place);
	fake_link(f, dir, "%s/device", place);
	fake_link(f, place, "sys/class/net/%s", name);
	fake_mkdir(f, TABLE, name);
}

void fake_interface_unbound(struct fake *f, const char *address)
{
	_cleanup_free_ char *name = interface_of(f, address);

	if (!name)
		return;
	fake_remove(f, "sys/class/net/%s", name);
	fake_remove(f, PCI_DEVICE "/net", address);
	fake_remove(f, TABLE, name);
}

void fake_interface_add_vf(struct fake *f, const char *pf, unsigned index)
{
	static const struct entry fresh = { .mac = NO_MAC, .protocol = 0x8100 };
	_cleanup_free_ char *name = interface_of(f, pf);

	if (name)
		put_entry(f, name, index, &fresh);
}

void fake_interface_remove_vf(struct fake *f, const char *pf, unsigned index)
{
	_cleanup_free_ char *name = interface_of(f, pf);

	if (name)
		fake_remove(f, TABLE "/%u", name, index);
}

int fake_get_vf(struct fake *f, const char *name, unsigned index, struct vprep_io_vf *ret)
{
	struct entry e;
	size_t i;

	if (!fake_has(f, "sys/class/net/%s", name))
		return -ENODEV;
	if (!get_entry(f, name, index, &e))
		return -ENOENT;
	*ret = (struct vprep_io_vf){ .vlan = (uint16_t)e.vlan,
				     .qos = (uint8_t)e.qos,
				     .protocol = (uint16_t)e.protocol };
	for (i = 0; i < sizeof(ret->mac); i++)
		ret->mac[i] = (uint8_t)strtoul(e.mac + 3 * i, NULL, 16);
	return 0;
}

static int store_mac(struct fake *f, const char *name, struct entry *e, const char *value)
{
	if (strtoul(value, NULL, 16) & 1)
		return -EINVAL;
	if (streq(value, NO_MAC) && fake_has(f, ".fake/no-zero-mac/%s", name))
		return -EINVAL;
	must(strlen(value) == sizeof(e->mac) - 1);
	memcpy(e->mac, value, sizeof(e->mac));
	return 0;
}

static int store_vlan(struct entry *e, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	char *at = NULL;
	unsigned vlan = (unsigned)strtoul(strtok_r(copy, " ", &at), NULL, 10);
	unsigned qos = (unsigned)strtoul(strtok_r(NULL, " ", &at), NULL, 10);
	unsigned protocol = (unsigned)strtoul(strtok_r(NULL, " ", &at), NULL, 16);

	if (vlan > 4095 || qos > 7)
		return -EINVAL;
	if (protocol != 0x8100)
		return -EPROTONOSUPPORT;
	e->vlan = vlan;
	e->qos = qos;
	return 0;
}

/* @path is NAME/INDEX/mac or NAME/INDEX/vlan. */
int fake_store_vf(struct fake *f, const char *path, const char *value)
{
	_cleanup_free_ char *copy = strdup(path);
	char *at = NULL, *name = strtok_r(copy, "/", &at);
	unsigned index = (unsigned)strtoul(strtok_r(NULL, "/", &at), NULL, 10);
	bool mac = streq(strtok_r(NULL, "/", &at), "mac");
	struct entry e;
	int r;

	if (!fake_has(f, "sys/class/net/%s", name))
		return -ENODEV;
	if (!get_entry(f, name, index, &e))
		return -EINVAL;
	r = mac ? store_mac(f, name, &e, value) : store_vlan(&e, value);
	if (r == 0)
		put_entry(f, name, index, &e);
	return r;
}

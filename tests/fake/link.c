// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network interfaces of PCI devices, and the VFs' configuration that a PF's interface
 * has, for a PF driver like igb (igb_ndo_set_vf_mac(), igb_ndo_set_vf_vlan()).
 */
#include "fake/internal.h"

#include <string.h>

#define TABLE ".fake/links/%s"
#define NO_MAC "00:00:00:00:00:00"

#define SETTINGS TABLE "/%u-settings"
#define SPEED 1000 /* Mbit/s */

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

void fake_take_all_settings(struct fake *f, const char *name)
{
	fake_put(f, 0600, "", ".fake/all-settings/%s", name);
}

void fake_hide_settings(struct fake *f, const char *name)
{
	fake_put(f, 0600, "", ".fake/no-settings/%s", name);
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

	if (!name)
		return;
	put_entry(f, name, index, &fresh);
	/* igb checks for spoofing unless it is told not to */
	fake_put(f, 0600, "0 1 0 0", SETTINGS, name, index);
}

void fake_interface_remove_vf(struct fake *f, const char *pf, unsigned index)
{
	_cleanup_free_ char *name = interface_of(f, pf);

	if (!name)
		return;
	fake_remove(f, TABLE "/%u", name, index);
	fake_remove(f, SETTINGS, name, index);
}

/* ---- settings beside MAC address and VLAN ---- */

static void get_settings(struct fake *f, const char *name, unsigned index,
			 uint64_t ret[VPREP_VF_SETTINGS])
{
	_cleanup_free_ char *text = fake_get(f, SETTINGS, name, index);
	char *at = text;
	int i;

	must(text);
	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		ret[i] = strtoull(at, &at, 10);
}

static void show_settings(struct fake *f, const char *name, unsigned index,
			  struct vprep_vf_settings *ret)
{
	bool hidden = fake_has(f, ".fake/no-settings/%s", name);
	int i;

	get_settings(f, name, index, ret->values);
	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		ret->has[i] = !hidden || i == VPREP_VF_RATE || i == VPREP_VF_LINK;
}

/* igb_ndo_set_vf_bw() takes no minimum; igb has no ndo_set_vf_link_state(). */
static int store_setting(struct fake *f, const char *name, unsigned index, int setting,
			 uint64_t value)
{
	bool takes_all = fake_has(f, ".fake/all-settings/%s", name);
	_cleanup_free_ char *text = NULL;
	uint64_t values[VPREP_VF_SETTINGS];

	if (setting == VPREP_VF_LINK && !takes_all)
		return -EOPNOTSUPP;
	if (setting == VPREP_VF_RATE && ((vprep_vf_rate_min(value) > 0 && !takes_all) ||
					 vprep_vf_rate_max(value) > SPEED))
		return -EINVAL;
	get_settings(f, name, index, values);
	values[setting] = value;
	text = vprep_strf("%llu %llu %llu %llu",
			  (unsigned long long)values[VPREP_VF_TRUST],
			  (unsigned long long)values[VPREP_VF_SPOOFCHK],
			  (unsigned long long)values[VPREP_VF_RATE],
			  (unsigned long long)values[VPREP_VF_LINK]);
	fake_put(f, 0600, text, SETTINGS, name, index);
	return 0;
}

/* ---- what is asked and told ---- */

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
	show_settings(f, name, index, &ret->settings);
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

/* @path is NAME/INDEX/mac, NAME/INDEX/vlan, or the name of a setting for them. */
int fake_store_vf(struct fake *f, const char *path, const char *value)
{
	_cleanup_free_ char *copy = strdup(path);
	char *at = NULL, *name = strtok_r(copy, "/", &at);
	unsigned index = (unsigned)strtoul(strtok_r(NULL, "/", &at), NULL, 10);
	const char *what = strtok_r(NULL, "/", &at);
	int r, setting = vprep_vf_setting_find(what);
	struct entry e;

	if (!fake_has(f, "sys/class/net/%s", name))
		return -ENODEV;
	if (!get_entry(f, name, index, &e))
		return -EINVAL;
	if (setting >= 0)
		return store_setting(f, name, index, setting, strtoull(value, NULL, 10));
	r = streq(what, "mac") ? store_mac(f, name, &e, value) : store_vlan(&e, value);
	if (r == 0)
		put_entry(f, name, index, &e);
	return r;
}

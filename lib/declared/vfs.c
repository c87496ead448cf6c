// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [vfs PF]: how many virtual functions a physical one has, and what it says
 * of them. */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "declared/declared.h"

#define COUNT_MAX 65535
#define VF_KEY "vf."

static bool is_pf(const char *name, size_t len)
{
	struct vprep_pci_text text = { "" };
	struct vprep_pci_address address;

	if (len > 0 && name[0] == '@')
		return vprep_match_is_name(name + 1, len - 1);
	if (len >= sizeof(text.s))
		return false;
	memcpy(text.s, name, len);
	return vprep_pci_address_parse(text.s, &address) == 0;
}

/* An address may be written in two ways. */
static bool is_same_pf(const char *a, const char *b)
{
	struct vprep_pci_address x, y;

	return streq(a, b) ||
	       (vprep_pci_address_parse(a, &x) == 0 &&
		vprep_pci_address_parse(b, &y) == 0 && vprep_pci_address_same(x, y));
}

static struct vprep_declared_vfs *find(const struct vprep_declared *declared,
				       const char *pf)
{
	size_t i;

	for (i = 0; i < declared->n_vfs; i++)
		if (is_same_pf(declared->vfs[i].pf, pf))
			return &declared->vfs[i];
	return NULL;
}

static int begin(struct vprep_declared *declared, const char *name, const char **ret_why)
{
	struct vprep_declared_vfs *vfs;

	*ret_why = "there is a section of that name already, here or in another file";
	if (find(declared, name))
		return -EEXIST;
	vfs = vprep_array_add(declared->vfs, declared->n_vfs);
	if (!vfs || vprep_str_replace(&vfs->pf, name) < 0 ||
	    vprep_str_replace(&vfs->file, declared->file) < 0)
		return -ENOMEM;
	vfs->autoprobe = true;
	return 0;
}

/* ---- keys ---- */

static struct vprep_declared_vf *get_vf(struct vprep_declared_vfs *vfs, unsigned number)
{
	struct vprep_declared_vf *vf;
	size_t i;

	for (i = 0; i < vfs->n; i++)
		if (vfs->items[i].number == number)
			return &vfs->items[i];
	vf = vprep_array_add(vfs->items, vfs->n);
	if (vf)
		vf->number = number;
	return vf;
}

static int set_vlan(struct vprep_vf_config *config, const char *value,
		    const char **ret_expected)
{
	uint64_t vlan;

	*ret_expected = "a number from 0, for none, to 4094";
	if (vprep_parse_u64(value, 10, VPREP_VLAN_MAX, &vlan) < 0)
		return -EINVAL;
	config->has_vlan = true;
	config->vlan = (uint16_t)vlan;
	return 0;
}

static int set_mac(struct vprep_vf_config *config, const char *value,
		   const char **ret_expected)
{
	*ret_expected = "an address of one device, 52:54:00:12:34:56";
	if (vprep_mac_parse(value, config->mac) < 0 ||
	    vprep_mac_is_multicast(config->mac) || vprep_mac_is_zero(config->mac))
		return -EINVAL;
	config->has_mac = true;
	return 0;
}

static int set_setting(struct vprep_vf_config *config, const char *name,
		       const char *value, const char **ret_expected)
{
	struct vprep_vf_settings *settings = &config->settings;
	int setting = vprep_vf_setting_find(name);

	if (setting < 0)
		return -ENOKEY;
	*ret_expected = vprep_vf_setting_expected(setting);
	if (vprep_vf_setting_parse(setting, value, &settings->values[setting]) < 0)
		return -EINVAL;
	settings->has[setting] = true;
	return 0;
}

/* "vf.3.mac" */
static int set_of_vf(struct vprep_declared_vfs *vfs, const char *key, const char *value,
		     const char **ret_expected)
{
	const char *number = key + strlen(VF_KEY), *end = strchr(number, '.');
	struct vprep_declared_vf *vf;
	uint64_t n;

	if (!end ||
	    vprep_parse_u64_n(number, (size_t)(end - number), 10, COUNT_MAX, &n) < 0)
		return -ENOKEY;
	vf = get_vf(vfs, (unsigned)n);
	if (!vf)
		return -ENOMEM;
	if (streq(end, ".mac"))
		return set_mac(&vf->config, value, ret_expected);
	if (streq(end, ".vlan"))
		return set_vlan(&vf->config, value, ret_expected);
	return set_setting(&vf->config, end + 1, value, ret_expected);
}

static int set(struct vprep_declared *declared, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_declared_vfs *vfs = find(declared, name);
	uint64_t count;

	if (strncmp(key, VF_KEY, strlen(VF_KEY)) == 0)
		return set_of_vf(vfs, key, value, ret_expected);
	if (streq(key, "count")) {
		*ret_expected = "a number from 0 to 65535";
		if (vprep_parse_u64(value, 10, COUNT_MAX, &count) < 0)
			return -EINVAL;
		vfs->has_count = true;
		vfs->count = (unsigned)count;
		return 0;
	}
	if (streq(key, "autoprobe"))
		return vprep_declared_set_bool(&vfs->autoprobe, value, ret_expected);
	return -ENOKEY;
}

/* ---- once all is read ---- */

static int check_one(const struct vprep_declared *declared,
		     const struct vprep_declared_vfs *vfs, struct vprep_error *err)
{
	size_t i;

	if (!vfs->has_count)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "%s: section [vfs %s] has no count", vfs->file,
				       vfs->pf);
	if (vfs->pf[0] == '@' && !vprep_declared_find(declared, vfs->pf + 1))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "%s: section [vfs %s]: there is no [device %s]",
				       vfs->file, vfs->pf, vfs->pf + 1);
	for (i = 0; i < vfs->n; i++)
		if (vfs->items[i].number >= vfs->count)
			return vprep_error_set(
				err, VPREP_E_USAGE, EINVAL, NULL,
				"%s: section [vfs %s]: there is no VF %u of %u: they "
				"are counted from 0",
				vfs->file, vfs->pf, vfs->items[i].number, vfs->count);
	return 0;
}

static int check(const struct vprep_declared *declared, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < declared->n_vfs; i++)
		r = check_one(declared, &declared->vfs[i], err);
	return r;
}

static void done(struct vprep_declared *declared)
{
	size_t i;

	for (i = 0; i < declared->n_vfs; i++) {
		free(declared->vfs[i].pf);
		free(declared->vfs[i].file);
		free(declared->vfs[i].items);
	}
	free(declared->vfs);
}

const struct vprep_declared_section vprep_declared_vfs_section = {
	.prefix = "vfs ",
	.is_name = is_pf,
	.begin = begin,
	.set = set,
	.check = check,
	.done = done,
};

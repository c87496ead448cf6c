// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [device NAME]. */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "config/section.h"
#include "declared/declared.h"

#define COUNT_MAX 65535
#define NODE_MAX 1023

static struct vprep_declared_device *find(const struct vprep_declared *declared,
					  const char *name)
{
	size_t i;

	for (i = 0; i < declared->n_devices; i++)
		if (streq(declared->devices[i].name, name))
			return &declared->devices[i];
	return NULL;
}

const struct vprep_declared_device *
vprep_declared_find(const struct vprep_declared *declared, const char *name)
{
	return find(declared, name);
}

static int begin(struct vprep_declared *declared, const char *name, const char **ret_why)
{
	struct vprep_declared_device *device;

	*ret_why = "there is a section of that name already, here or in another file";
	if (find(declared, name))
		return -EEXIST;
	device = vprep_array_add(declared->devices, declared->n_devices);
	if (!device || vprep_str_replace(&device->name, name) < 0 ||
	    vprep_str_replace(&device->file, declared->file) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- keys ---- */

static int set_match(struct vprep_declared_device *device, const char *value,
		     const char **ret_expected)
{
	struct vprep_match match = { { NULL } }, *slot;
	int r = vprep_match_parse(value, &match, ret_expected);

	if (r < 0)
		return r;
	slot = vprep_array_add(device->matches, device->n_matches);
	if (!slot) {
		vprep_match_done(&match);
		return -ENOMEM;
	}
	*slot = match;
	return 0;
}

static int set_count(struct vprep_declared_device *device, const char *value,
		     const char **ret_expected)
{
	uint64_t count;
	int r;

	*ret_expected = "a number from 1 to 65535";
	r = vprep_parse_u64(value, 10, COUNT_MAX, &count);
	if (r < 0 || count == 0)
		return -EINVAL;
	device->count = (unsigned)count;
	return 0;
}

static int set_numa(struct vprep_declared_device *device, const char *value,
		    const char **ret_expected)
{
	uint64_t node = 0;

	*ret_expected = "packed, spread, or the number of a node";
	if (streq(value, "packed"))
		device->numa = VPREP_NUMA_PACKED;
	else if (streq(value, "spread"))
		device->numa = VPREP_NUMA_SPREAD;
	else if (vprep_parse_u64(value, 10, NODE_MAX, &node) == 0)
		device->numa = VPREP_NUMA_NODE;
	else
		return -EINVAL;
	device->numa_node = (int)node;
	return 0;
}

static int set_boot(struct vprep_declared_device *device, const char *value,
		    const char **ret_expected)
{
	*ret_expected = "bind or no";
	device->bind = streq(value, "bind");
	return device->bind || streq(value, "no") ? 0 : -EINVAL;
}

static int set_mode(struct vprep_declared_device *device, const char *value,
		    const char **ret_expected)
{
	unsigned mode;

	*ret_expected = "an octal mode such as 0600";
	if (vprep_config_parse_mode(value, &mode) < 0)
		return -EINVAL;
	return vprep_str_replace(&device->mode, value);
}

#define WORD(called, field)                                                              \
	static int set_##field(struct vprep_declared_device *device, const char *value,  \
			       const char **ret_expected)                                \
	{                                                                                \
		*ret_expected = (called);                                                \
		return *value && !strpbrk(value, " \t/:")                                \
			       ? vprep_str_replace(&device->field, value)                \
			       : -EINVAL;                                                \
	}

WORD("a name or number", user)
WORD("a name or number", group)
WORD("a driver's name", driver)

static const struct key {
	const char *name;
	int (*set)(struct vprep_declared_device *device, const char *value,
		   const char **ret_expected);
} keys[] = {
	{ "match", set_match },	  { "count", set_count }, { "prefer-numa", set_numa },
	{ "user", set_user },	  { "group", set_group }, { "mode", set_mode },
	{ "driver", set_driver }, { "boot", set_boot },
};

static int set(struct vprep_declared *declared, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_declared_device *device = find(declared, name);
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		if (streq(keys[i].name, key))
			return keys[i].set(device, value, ret_expected);
	return vprep_config_device_set(&device->policy, key, value, ret_expected);
}

/* ---- once all is read ---- */

static int check_pf(const struct vprep_declared *declared,
		    const struct vprep_declared_device *device, struct vprep_error *err)
{
	size_t i, k;

	for (i = 0; i < device->n_matches; i++) {
		const char *name = vprep_match_pf_name(&device->matches[i]);
		const struct vprep_declared_device *pf =
			name ? find(declared, name) : NULL;

		if (name && !pf)
			return vprep_error_set(
				err, VPREP_E_USAGE, EINVAL, NULL,
				"%s: [device %s] wants pf=@%s, and there is no such "
				"[device]",
				device->file, device->name, name);
		for (k = 0; pf && k < pf->n_matches; k++)
			if (vprep_match_pf_name(&pf->matches[k]))
				return vprep_error_set(
					err, VPREP_E_USAGE, EINVAL, NULL,
					"%s: [device %s] wants pf=@%s, which is by "
					"a pf=@ itself: a physical function has none",
					device->file, device->name, name);
	}
	return 0;
}

static int check(const struct vprep_declared *declared, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < declared->n_devices; i++) {
		const struct vprep_declared_device *device = &declared->devices[i];

		if (device->n_matches == 0 || (device->group && !device->user))
			r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					    "%s: section [device %s] has no %s",
					    device->file, device->name,
					    device->n_matches == 0 ? "match"
								   : "user to its group");
		else
			r = check_pf(declared, device, err);
	}
	return r;
}

static void device_done(struct vprep_declared_device *device)
{
	size_t i;

	for (i = 0; i < device->n_matches; i++)
		vprep_match_done(&device->matches[i]);
	free(device->matches);
	free(device->name);
	free(device->file);
	free(device->user);
	free(device->group);
	free(device->mode);
	free(device->driver);
	vprep_config_device_done(&device->policy);
}

static void done(struct vprep_declared *declared)
{
	size_t i;

	for (i = 0; i < declared->n_devices; i++)
		device_done(&declared->devices[i]);
	free(declared->devices);
}

const struct vprep_declared_section vprep_declared_device_section = {
	.prefix = "device ",
	.is_name = vprep_match_is_name,
	.begin = begin,
	.set = set,
	.check = check,
	.done = done,
};

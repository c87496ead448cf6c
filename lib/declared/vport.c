// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [vport WWPN:WWNN]: virtual ports of fibre channel hosts. */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "declared/declared.h"

#define PAIR_LEN 33
#define NODE "scsi_" /* before a host's name, as list shows it */

static int parse_name(const char *name, size_t len, uint64_t *wwpn, uint64_t *wwnn)
{
	char text[PAIR_LEN + 1];

	if (len != PAIR_LEN)
		return -EINVAL;
	memcpy(text, name, len);
	text[len] = '\0';
	return vprep_wwn_pair_parse(text, wwpn, wwnn);
}

static bool is_name(const char *name, size_t len)
{
	uint64_t wwpn, wwnn;

	return parse_name(name, len, &wwpn, &wwnn) == 0;
}

static struct vprep_declared_vport *find(const struct vprep_declared *declared,
					 uint64_t wwpn)
{
	size_t i;

	for (i = 0; i < declared->n_vports; i++)
		if (declared->vports[i].definition.wwpn == wwpn)
			return &declared->vports[i];
	return NULL;
}

const struct vprep_declared_vport *
vprep_declared_find_vport(const struct vprep_declared *declared, uint64_t wwpn)
{
	return find(declared, wwpn);
}

static int begin(struct vprep_declared *declared, const char *name, const char **ret_why)
{
	struct vprep_declared_vport *vport;
	uint64_t wwpn, wwnn;
	int r = parse_name(name, strlen(name), &wwpn, &wwnn);

	*ret_why = "there is a section of that WWPN already, here or in another file";
	if (r == 0 && find(declared, wwpn))
		r = -EEXIST;
	if (r < 0)
		return r;
	vport = vprep_array_add(declared->vports, declared->n_vports);
	if (!vport || vprep_str_replace(&vport->file, declared->file) < 0)
		return -ENOMEM;
	vport->line = declared->line;
	vport->boot = true;
	vport->definition.wwpn = wwpn;
	vport->definition.wwnn = wwnn;
	return 0;
}

/* The host by its name, which may change at each boot, or by its own two names. */
static int set_parent(struct vprep_declared_vport *vport, const char *value,
		      const char **ret_expected)
{
	struct vprep_vport_definition *d = &vport->definition;
	uint64_t number;
	int r;

	*ret_expected = "a host as scsi_host3, or its WWPN:WWNN";
	if (vprep_wwn_pair_parse(value, &d->parent_wwpn, &d->parent_wwnn) == 0)
		return 0;
	if (strncmp(value, NODE, strlen(NODE)) == 0)
		value += strlen(NODE);
	if (strncmp(value, "host", 4) != 0 ||
	    vprep_parse_u64(value + 4, 10, UINT32_MAX, &number) < 0)
		return -EINVAL;
	r = vprep_str_replace(&vport->parent, value);
	d->parent = vport->parent;
	return r;
}

static int set(struct vprep_declared *declared, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_declared_vport *vport;
	uint64_t wwpn, wwnn;
	int r = parse_name(name, strlen(name), &wwpn, &wwnn);

	vport = r == 0 ? find(declared, wwpn) : NULL;
	if (vport && streq(key, "parent"))
		return set_parent(vport, value, ret_expected);
	if (vport && streq(key, "boot"))
		return vprep_declared_set_bool(&vport->boot, value, ret_expected);
	if (!vport || !streq(key, "fabric"))
		return -ENOKEY;
	*ret_expected = "a WWN of 16 hexadecimal digits";
	return vprep_wwn_parse(value, &vport->definition.parent_fabric);
}

static int check(const struct vprep_declared *declared, struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < declared->n_vports; i++) {
		const struct vprep_declared_vport *vport = &declared->vports[i];
		const struct vprep_vport_definition *d = &vport->definition;

		if (d->parent_fabric && (d->parent || d->parent_wwpn))
			return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					       "%s: section [vport %s:%s] has a parent "
					       "and a fabric: one of them is enough",
					       vport->file, vprep_wwn_text(d->wwpn).s,
					       vprep_wwn_text(d->wwnn).s);
	}
	return 0;
}

static void done(struct vprep_declared *declared)
{
	size_t i;

	for (i = 0; i < declared->n_vports; i++) {
		free(declared->vports[i].file);
		free(declared->vports[i].parent);
	}
	free(declared->vports);
}

const struct vprep_declared_section vprep_declared_vport_section = {
	.prefix = "vport ",
	.is_name = is_name,
	.begin = begin,
	.set = set,
	.check = check,
	.done = done,
};

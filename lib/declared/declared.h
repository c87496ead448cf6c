/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator declared in /etc/vfio-prep.d/NAME.conf and, from packages, in
 * /usr/lib/vfio-prep.d: devices by what they are, under a name of his own. A kind of
 * section is a file of its own in this folder, and a row of the table in declared.c.
 *
 * I1  Files count as config/folders.h says.
 * I2  A name is declared once.
 */
#ifndef VPREP_DECLARED_H
#define VPREP_DECLARED_H

#include "config/config.h"
#include "declared/match.h"
#include "io/io.h"
#include "model/vf.h"
#include "model/vport.h"

/* From which NUMA node the devices of a pool are taken. */
enum vprep_numa_preference {
	VPREP_NUMA_PACKED, /* as few nodes as will do */
	VPREP_NUMA_SPREAD, /* from each node as many as from the others */
	VPREP_NUMA_NODE,   /* from that node first, then packed */
};

/* [device NAME]: a name for one device, or for a pool of several. NULL: not said. */
struct vprep_declared_device {
	char *name;
	char *file;
	struct vprep_match *matches; /* alternatives, in their order */
	size_t n_matches;
	unsigned count; /* the first so many of those that match; 0: all */
	enum vprep_numa_preference numa;
	int numa_node;
	char *user;
	char *group;
	char *mode;
	char *driver;
	bool bind;			   /* that driver is the host's own state */
	struct vprep_config_device policy; /* its address means nothing */
};

struct vprep_declared_vf {
	unsigned number; /* among those of its PF, from 0 */
	struct vprep_vf_config config;
};

/* [vfs PF] */
struct vprep_declared_vfs {
	char *pf; /* its address, or "@NAME" */
	char *file;
	bool has_count;
	unsigned count;
	bool autoprobe; /* those that are made get a driver of the host */
	size_t n;
	struct vprep_declared_vf *items;
};

/* [mdev UUID] */
struct vprep_declared_mdev {
	unsigned line; /* on which its section begins, in the file of @mdev */
	bool boot;     /* apply makes it */
	struct vprep_config_mdev mdev;
};

/* [vport WWPN:WWNN] */
struct vprep_declared_vport {
	char *file;
	unsigned line; /* on which its section begins */
	bool boot;     /* apply makes it */
	char *parent;  /* of the definition, which borrows it */
	struct vprep_vport_definition definition;
};

struct vprep_declared {
	const char *file; /* that is being read */
	unsigned line;	  /* likewise */
	size_t n_devices;
	struct vprep_declared_device *devices; /* by file, then as they stand there */
	size_t n_vfs;
	struct vprep_declared_vfs *vfs;
	size_t n_mdevs;
	struct vprep_declared_mdev *mdevs;
	size_t n_vports;
	struct vprep_declared_vport *vports;
};

/* @folders of that host: the first one counts most; those that are not there declare
 * nothing. -EINVAL with file and line, and what reading gives. */
int vprep_declared_read(const struct vprep_io *io, char *const *folders,
			struct vprep_declared **ret, struct vprep_error *err);
/* The same of one file of this process's. -ENOENT: it is not there. */
int vprep_declared_read_file(const char *path, struct vprep_declared **ret,
			     struct vprep_error *err);
void vprep_declared_free(struct vprep_declared *declared);
DEFINE_CLEANUP(struct vprep_declared, vprep_declared_free);

/* NULL: there is no such name. */
const struct vprep_declared_device *
vprep_declared_find(const struct vprep_declared *declared, const char *name);

/* NULL: there is no such section. */
const struct vprep_declared_mdev *
vprep_declared_find_mdev(const struct vprep_declared *declared,
			 const struct vprep_uuid *uuid);
const struct vprep_declared_vport *
vprep_declared_find_vport(const struct vprep_declared *declared, uint64_t wwpn);

/* ---- for the kinds of sections ---- */

struct vprep_declared_section {
	const char *prefix; /* "device " of [device NAME] */
	bool (*is_name)(const char *name, size_t len);
	/* -EEXIST with the words of why not. */
	int (*begin)(struct vprep_declared *declared, const char *name,
		     const char **ret_why);
	/* -EINVAL with the expected form in *ret_expected; -ENOKEY no such key. */
	int (*set)(struct vprep_declared *declared, const char *name, const char *key,
		   const char *value, const char **ret_expected);
	/* Refuses what is missing or does not fit, once all files are read. */
	int (*check)(const struct vprep_declared *declared, struct vprep_error *err);
	void (*done)(struct vprep_declared *declared);
};

extern const struct vprep_declared_section vprep_declared_device_section;
extern const struct vprep_declared_section vprep_declared_mdev_section;
extern const struct vprep_declared_section vprep_declared_vfs_section;
extern const struct vprep_declared_section vprep_declared_vport_section;

/* Sets a key that is yes or no. -EINVAL with the expected form. */
int vprep_declared_set_bool(bool *ret, const char *value, const char **ret_expected);

#endif

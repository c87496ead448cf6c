/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules, through libkmod; the operations of vprep_io_ops. */
#ifndef VPREP_IO_MODULE_H
#define VPREP_IO_MODULE_H

#include "io/io.h"

/* Loads a module and what it depends on, as modprobe does. 0 also when it is loaded
 * already. -ENOENT: the module is not installed; -ELIBACC: libkmod is not. May block:
 * call it in a job.
 */
int vprep_module_load(struct vprep_io *io, const char *name);

/*
 * The installed modules whose aliases match, the most specific alias (fewest wildcards)
 * first; an empty list when none does. Blacklisted modules are left out.
 */
int vprep_module_resolve_alias(const struct vprep_io *io, const char *alias,
			       char ***ret_modules);

/*
 * Whether the module, installed or built in, gives PCI devices to user space: it depends
 * on vfio-pci-core, by way of others or softly, too, or it has a vfio_pci: alias. 1 or 0.
 */
int vprep_module_is_vfio(const struct vprep_io *io, const char *name);

/* The value of an option that the module is loaded with, by modprobe's configuration or
 * the kernel's command line; "" for one without a value. -ENOENT: neither says. */
int vprep_module_option(struct vprep_io *io, const char *name, const char *option,
			char **ret);

/*
 * How many lines of the kernel's modules.alias match, but for vfio-pci's own, which every
 * device matches. Reading this one file costs little, so that libkmod is asked only where
 * there is a choice. An error: unknown.
 */
int vprep_module_count_aliases(struct vprep_io *io, const char *alias, size_t *ret);

#endif

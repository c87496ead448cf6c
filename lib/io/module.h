/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules, through libkmod. */
#ifndef VPREP_IO_MODULE_H
#define VPREP_IO_MODULE_H

#include <stddef.h>

/* Loads a module and what it depends on, as modprobe does. 0 also when it is there
 * already. -ENOENT: not installed; -ELIBACC: libkmod is not. May block: call it in a job.
 */
int vprep_module_load(const char *name);

/*
 * The installed modules whose aliases match, the most specific alias (fewest wildcards)
 * first; an empty list when none does. Blacklisted modules are left out.
 */
int vprep_module_resolve_alias(const char *alias, char ***ret_modules);

/*
 * How many lines of the kernel's modules.alias match, but for vfio-pci's own, which every
 * device matches. A quick look at one file, so that libkmod is asked only where there is
 * a choice. An error: unknown.
 */
int vprep_module_count_aliases(const char *alias, size_t *ret);

#endif

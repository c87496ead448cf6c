/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libkmod, opened when it is first needed: it brings libcrypto and two decompressors,
 * whose start-up alone takes longer than binding a device, and most commands load no
 * module.
 */
#ifndef VPREP_IO_KMOD_H
#define VPREP_IO_KMOD_H

#include <libkmod.h>

#define VPREP_KMOD_FUNCTIONS(X)                                                          \
	X(kmod_new)                                                                      \
	X(kmod_unref)                                                                    \
	X(kmod_set_log_priority)                                                         \
	X(kmod_list_next)                                                                \
	X(kmod_module_apply_filter)                                                      \
	X(kmod_module_get_info)                                                          \
	X(kmod_module_get_module)                                                        \
	X(kmod_module_get_name)                                                          \
	X(kmod_module_info_free_list)                                                    \
	X(kmod_module_info_get_key)                                                      \
	X(kmod_module_info_get_value)                                                    \
	X(kmod_module_new_from_lookup)                                                   \
	X(kmod_module_probe_insert_module)                                               \
	X(kmod_module_unref)                                                             \
	X(kmod_module_unref_list)

struct vprep_kmod {
#define X(name) __typeof__(name) *name;
	VPREP_KMOD_FUNCTIONS(X)
#undef X
};

/* The library's functions, or NULL when it is not installed. */
const struct vprep_kmod *vprep_kmod(void);

#endif

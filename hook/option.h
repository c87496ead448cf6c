/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of all verbs: one row each. */
#ifndef VPREP_HOOK_OPTION_H
#define VPREP_HOOK_OPTION_H

#include <stdbool.h>

/* Where an option may stand, and with which verbs. */
enum vprep_opt_place {
	VPREP_OPT_AFTER_VERB, /* verbs that have it in their list */
	VPREP_OPT_ANYWHERE,   /* the same, before the verb too */
	VPREP_OPT_EVERYWHERE, /* all verbs, before the verb too */
};

struct vprep_opt_info {
	const char *name;
	const char *value; /* what --help calls the value; NULL: the option has none */
	const char *help;
	char letter; /* short for it; 0: none */
	enum vprep_opt_place place;
	bool repeats;
	const char *choices[2]; /* the only values that are good, if it has any */
};

/* In the order of --help: X(identifier, name, value, help, what else is not zero). */
/* clang-format off */
#define VPREP_OPTIONS(X)                                                                 \
	X(USER, "user", "USER[:GROUP]", "who gets the group's /dev/vfio node", )         \
	X(MODE, "mode", "MODE", "octal mode of that node", )                             \
	X(DRIVER, "driver", "DRIVER", "bind DRIVER, not the best vfio driver", )         \
	X(OWNER, "owner", "ID", "who holds the devices (default: manual)", )             \
	X(GROUP_POLICY, "group-policy", "POLICY",                                        \
	  "whole: bind other members too; strict: refuse",                               \
	  .choices = { "whole", "strict" })                                              \
	X(FORCE, "force", NULL, "take devices that the host uses", )                     \
	X(NO_PROOF, "no-proof", NULL, "do not try the group as QEMU will", )              \
	X(WAIT, "wait", "TIME", "30s, 10m, 2h: until as many of @NAME are free", )        \
	X(FILL, "fill", NULL, "choose devices, and print the XML with them", )           \
	X(DOMAIN, "domain", "FILE", "the devices of a domain XML; - is standard input", )\
	X(MEMORY, "memory", "SIZE",                                                      \
	  "the guest's memory, 4G or 512M: it will be locked", )                         \
	X(KEEP_ENV, "keep-env", "NAME,...", "variables that another user's command gets", )\
	X(ALL, "all", NULL, "all devices attached by hand", )                            \
	X(CHECK, "check", NULL, "change nothing, exit with 5 when something differs", )  \
	X(DRY_RUN, "dry-run", NULL, "tell what would be done, change nothing", )         \
	X(BOOT, "boot", NULL, "declare it, too: apply makes it at each boot", )          \
	X(SALVAGE, "salvage", "OWNER", "undo what is known of a damaged journal", )      \
	X(TYPE, "type", "TYPE", "what to make, as mdev types shows it", )                \
	X(PARENT, "parent", "PARENT", "make it there (default: where one is left)", )    \
	X(UUID, "uuid", "UUID", "its UUID (default: a random one)", )                    \
	X(VM, "vm", "NAME|ID", "the UUID that VDSM gives the mdev of this VM", )         \
	X(PLACEMENT, "placement", "PLACEMENT",                                           \
	  "compact: fill a parent; separate: begin another",                             \
	  .choices = { "compact", "separate" })                                          \
	X(VENDOR_PARAMS, "vendor-params", "TEXT", "written to its nvidia/vgpu_params", ) \
	X(CAP, "cap", "CAP", "only devices with this capability; repeats",               \
	  .repeats = true)                                                               \
	X(BUS, "bus", "BUS", "only devices on this bus", )                               \
	X(INACTIVE, "inactive", NULL, "only devices that are defined and not there", )   \
	X(NAMES, "names", NULL, "names only, as in a pipe", )                            \
	X(TREE, "tree", NULL, "draw each device below its parent", )                     \
	X(XML, "xml", NULL, "answer in libvirt's XML", )                                 \
	X(STRICT, "strict", NULL, "exit with 3 when a problem is found", )               \
	X(IDENTIFYING, "identifying", NULL,                                              \
	  "keep addresses, UUIDs, serial numbers and names", )                           \
	X(JSON, "json", NULL, "answer in JSON", )                                        \
	X(CONFIG, "config", "FILE", "read FILE, not /etc/vfio-prep.conf",                \
	  .place = VPREP_OPT_EVERYWHERE)                                                 \
	X(SYSROOT, "sysroot", "DIR", "look at a captured tree, not at this host",        \
	  .place = VPREP_OPT_ANYWHERE)                                                   \
	X(VERBOSE, "verbose", NULL, "tell each thing done, on stderr",                   \
	  .letter = 'v', .place = VPREP_OPT_EVERYWHERE)                                                 \
	X(QUIET, "quiet", NULL, "tell warnings and errors only",                         \
	  .letter = 'q', .place = VPREP_OPT_EVERYWHERE)                                                 \
	X(VERSION, "version", NULL, "print the version", .place = VPREP_OPT_EVERYWHERE)  \
	X(HELP, "help", NULL, "print this text",                                         \
	  .letter = 'h', .place = VPREP_OPT_EVERYWHERE)
/* clang-format on */

enum vprep_opt {
#define X(id, ...) VPREP_OPT_##id,
	VPREP_OPTIONS(X)
#undef X
		VPREP_OPT_END, /* their number */
};

const struct vprep_opt_info *vprep_opt_get(enum vprep_opt option);

#endif

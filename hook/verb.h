/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verb of the command: all that dispatch, option parsing and --help know about it.
 *
 * I1  A verb takes an option if and only if its table or that of common options has it.
 * I2  A verb that changes the host does not take --sysroot.
 */
#ifndef VPREP_HOOK_VERB_H
#define VPREP_HOOK_VERB_H

#include <stdbool.h>

#include "args.h"
#include "out.h"
#include "vfio-prep.h"

/* An option in a verb's table, which ends with one whose option is VPREP_OPT_END. */
struct vprep_verb_option {
	enum vprep_opt option;
	const char *help; /* NULL: the option's own text */
};

/* Exit statuses, as bits. 1 and 2 can come from every verb. */
enum {
	VPREP_EXIT_REFUSED = 1 << 3,
	VPREP_EXIT_LEFT = 1 << 4,
};

struct vprep_verb {
	const char *name;
	const char *synopsis; /* what follows the name, without the options */
	const char *summary;  /* one line without a full stop */
	const char *about;    /* a paragraph */
	const char *example;
	const struct vprep_verb_option *options;
	unsigned exits;
	bool takes_names;
	bool takes_command; /* after "--" */
	bool changes_host;  /* stop signals roll back instead of ending the program */

	/* What is wrong with options and names that are each valid; NULL if nothing. */
	const char *(*misuse)(const struct vprep_args *args);

	/* Does it. Returns the exit status, or -errno with @err filled. */
	int (*run)(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err);
};

extern const struct vprep_verb vprep_verb_attach;
extern const struct vprep_verb vprep_verb_capture;
extern const struct vprep_verb vprep_verb_cdi;
extern const struct vprep_verb vprep_verb_check;
extern const struct vprep_verb vprep_verb_detach;
extern const struct vprep_verb vprep_verb_create;
extern const struct vprep_verb vprep_verb_destroy;
extern const struct vprep_verb vprep_verb_doctor;
extern const struct vprep_verb vprep_verb_groups;
extern const struct vprep_verb vprep_verb_mdev;
extern const struct vprep_verb vprep_verb_list;
extern const struct vprep_verb vprep_verb_numvfs;
extern const struct vprep_verb vprep_verb_plan;
extern const struct vprep_verb vprep_verb_prepare;
extern const struct vprep_verb vprep_verb_qemu_args;
extern const struct vprep_verb vprep_verb_recover;
extern const struct vprep_verb vprep_verb_release;
extern const struct vprep_verb vprep_verb_requests;
extern const struct vprep_verb vprep_verb_show;
extern const struct vprep_verb vprep_verb_run;
extern const struct vprep_verb vprep_verb_status;

/* All verbs in the order of --help, NULL at the end. */
extern const struct vprep_verb *const vprep_verbs[];

const struct vprep_verb *vprep_verb_find(const char *name);

/* The name of the verb that @name was most likely meant to be, else NULL. */
const char *vprep_verb_near(const char *name);

/* The verb's own entry for @option, NULL if it has none. */
const struct vprep_verb_option *vprep_verb_option(const struct vprep_verb *verb,
						  enum vprep_opt option);

/* True for the verb's own options and the common ones. */
bool vprep_verb_takes(const struct vprep_verb *verb, enum vprep_opt option);

#endif

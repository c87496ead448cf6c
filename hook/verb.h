/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs of the command, each in the file of its name, and what the rest of the
 * program knows about a verb: enough to parse its arguments, to print its help and to run
 * it.
 *
 * I1  A verb takes an option if and only if its list has it or every verb has.
 * I2  A verb that changes the host takes --sysroot only beside an option by which it
 *     changes nothing.
 */
#ifndef VPREP_HOOK_VERB_H
#define VPREP_HOOK_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "args.h"
#include "out.h"
#include "vfio-prep.h"

/* In the order of --help. A name with a hyphen has an underscore here. */
/* clang-format off */
#define VPREP_VERBS(X)                                                                   \
	X(list) X(show) X(groups) X(pools) X(requests) X(check) X(plan) X(attach)        \
	X(detach) X(fill) X(prepare) X(release) X(run) X(qemu_args) X(cdi) X(numvfs)     \
	X(mdev) X(create) X(destroy) X(apply) X(export) X(status) X(recover) X(doctor)   \
	X(report) X(capture)
/* clang-format on */

/* What a verb is given when it runs, and where its answer goes. */
struct vprep_call {
	struct vprep_session *session;
	const struct vprep_args *args;
	const char *document; /* the file that it was given, NULL if none */
	size_t document_len;
	struct vprep_out *out;
	struct vprep_error *err;
};

/* The words behind a verb that are no options. */
enum vprep_verb_names {
	VPREP_NAMES_NONE,
	VPREP_NAMES_ONE,     /* `one_name` says what */
	VPREP_NAMES_FILE,    /* one file, which is the document of the call */
	VPREP_NAMES_DEVICES, /* devices, or none and the document comes from --domain */
	VPREP_NAMES_OWN,     /* the verb's misuse() looks at them */
};

/* Exit statuses, as bits. 1 and 2 can come from every verb. */
enum {
	VPREP_EXIT_REFUSED = 1 << 3,
	VPREP_EXIT_LEFT = 1 << 4,
	VPREP_EXIT_DIFFERS = 1 << 5,
};

struct vprep_verb {
	const char *name;
	const char *synopsis; /* what follows the name, without the options */
	const char *summary;  /* one line without a full stop */
	const char *about;    /* a paragraph */
	const char *example;
	const enum vprep_opt *options;		/* VPREP_TAKES(); NULL: none of its own */
	const char *option_help[VPREP_OPT_END]; /* instead of the option's own text */
	unsigned exits;
	enum vprep_verb_names names;
	const char *one_name; /* "one new folder" */
	bool takes_command;   /* after "--" */
	bool changes_host;    /* stop signals roll back instead of ending the program */
	bool answers_changes; /* --json answers with what it did (answer.h) */

	/* What is wrong with options and names that are each valid; NULL if nothing. */
	const char *(*misuse)(const struct vprep_args *args);

	/* Does the work. Returns the exit status, or -errno with the error filled. */
	int (*run)(const struct vprep_call *call);
};

/* For `options` of a verb. */
#define VPREP_TAKES(...)                                                                 \
	(const enum vprep_opt[])                                                         \
	{                                                                                \
		__VA_ARGS__, VPREP_OPT_END                                               \
	}

#define X(name) extern const struct vprep_verb vprep_verb_##name;
VPREP_VERBS(X)
#undef X

/* All verbs in the order of --help, NULL at the end. */
extern const struct vprep_verb *const vprep_verbs[];

const struct vprep_verb *vprep_verb_find(const char *name);

/* The name of the verb that @name was most likely meant to be, else NULL. */
const char *vprep_verb_suggest(const char *name);

/* True for the verb's own options and those that every verb has. */
bool vprep_verb_takes(const struct vprep_verb *verb, enum vprep_opt option);

#endif

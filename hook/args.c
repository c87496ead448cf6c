// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "message.h"
#include "suggest.h"
#include "quote.h"
#include "verb.h"

/* What getopt_long() returns for an option: beyond every character and its own values. */
#define FIRST_VALUE 256

static const struct vprep_opt_info options[VPREP_OPT_END] = {
	[VPREP_OPT_USER] = { "user", "USER[:GROUP]",
			     "who gets the group's /dev/vfio node",
			     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_MODE] = { "mode", "MODE", "octal mode of that node",
			     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_DRIVER] = { "driver", "DRIVER",
			       "bind DRIVER, not the best vfio driver",
			       VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_OWNER] = { "owner", "ID", "who holds the devices (default: manual)",
			      VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_GROUP_POLICY] = { "group-policy", "POLICY",
				     "whole: bind other members too; strict: refuse",
				     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_FORCE] = { "force", NULL, "take devices that the host uses",
			      VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_DOMAIN] = { "domain", "FILE",
			       "the devices of a domain XML; - is standard input",
			       VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_MEMORY] = { "memory", "SIZE",
			       "the guest's memory, 4G or 512M: it will be locked",
			       VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_ALL] = { "all", NULL, "all devices attached by hand",
			    VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_DRY_RUN] = { "dry-run", NULL,
				"tell what would be done, change nothing",
				VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_TYPE] = { "type", "TYPE", "what to make, as mdev types shows it",
			     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_PARENT] = { "parent", "PARENT",
			       "make it there (default: where one is left)",
			       VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_UUID] = { "uuid", "UUID", "its UUID (default: a random one)",
			     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_VM] = { "vm", "NAME|ID",
			   "the UUID that VDSM gives the mdev of this VM",
			   VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_PLACEMENT] = { "placement", "PLACEMENT",
				  "compact: fill a parent; separate: begin another",
				  VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_VENDOR_PARAMS] = { "vendor-params", "TEXT",
				      "written to its nvidia/vgpu_params",
				      VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_CAP] = { "cap", "CAP", "only devices with this capability; repeats",
			    VPREP_OPT_AFTER_VERB, .repeats = true },
	[VPREP_OPT_BUS] = { "bus", "BUS", "only devices on this bus",
			    VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_TREE] = { "tree", NULL, "draw each device below its parent",
			     VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_XML] = { "xml", NULL, "answer in libvirt's XML",
			    VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_IDENTIFYING] = { "identifying", NULL,
				    "keep MAC addresses, UUIDs and serial numbers",
				    VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_JSON] = { "json", NULL, "answer in JSON", VPREP_OPT_AFTER_VERB },
	[VPREP_OPT_CONFIG] = { "config", "FILE", "read FILE, not /etc/vfio-prep.conf",
			       VPREP_OPT_EVERYWHERE },
	[VPREP_OPT_SYSROOT] = { "sysroot", "DIR",
				"look at a captured tree, not at this host",
				VPREP_OPT_ANYWHERE },
	[VPREP_OPT_VERBOSE] = { "verbose", NULL, "tell each thing done, on stderr",
				VPREP_OPT_EVERYWHERE },
	[VPREP_OPT_QUIET] = { "quiet", NULL, "tell warnings and errors only",
			      VPREP_OPT_EVERYWHERE },
	[VPREP_OPT_VERSION] = { "version", NULL, "print the version",
				VPREP_OPT_EVERYWHERE },
	[VPREP_OPT_HELP] = { "help", NULL, "print this text", VPREP_OPT_EVERYWHERE },
};

const struct vprep_opt_info *vprep_opt_get(enum vprep_opt option)
{
	return &options[option];
}

static const char *verb_name(const struct vprep_args *args)
{
	return args->verb ? args->verb->name : NULL;
}

static int see_help(const struct vprep_args *args, const char *what)
{
	const char *verb = verb_name(args);

	return vprep_message_usage(verb, "%s; see vfio-prep %s%s--help", what,
				   verb ? verb : "", verb ? " " : "");
}

static int unknown_verb(const char *word)
{
	const char *near = vprep_verb_near(word);
	struct vprep_quoted quoted = vprep_quote(word);

	if (near)
		return vprep_message_usage(NULL, "unknown verb '%s', did you mean '%s'?",
					   quoted.text, near);
	return vprep_message_usage(NULL, "unknown verb '%s'; see vfio-prep --help",
				   quoted.text);
}

static int unknown_long(const struct vprep_args *args, const char *word)
{
	_cleanup_free_ char *name = strndup(word, strcspn(word, "="));
	const char *names[VPREP_OPT_END + 1] = { NULL };
	const char *near;

	if (!name)
		vprep_message_oom();
	for (size_t i = 0, n = 0; i < VPREP_OPT_END; i++)
		if (!args->verb || vprep_verb_takes(args->verb, (enum vprep_opt)i))
			names[n++] = options[i].name;
	near = strlen(name) > 2 ? vprep_suggest(name + 2, names) : NULL;
	if (near)
		return vprep_message_usage(verb_name(args),
					   "unknown option %s, did you mean --%s?",
					   vprep_quote(name).text, near);
	return vprep_message_usage(verb_name(args), "unknown option %s",
				   vprep_quote(name).text);
}

/* getopt's '?': @at is the first word that it has not looked at yet. */
static int bad_option(const struct vprep_args *args, char **argv, int at)
{
	char letter[2] = { (char)optopt, '\0' };

	if (optopt >= FIRST_VALUE)
		return vprep_message_usage(verb_name(args), "--%s takes no value",
					   options[optopt - FIRST_VALUE].name);
	if (optopt == 0)
		return unknown_long(args, argv[at - 1]);
	return vprep_message_usage(verb_name(args), "unknown option -%s",
				   vprep_quote(letter).text);
}

static int take_option(struct vprep_args *args, enum vprep_opt option, const char *value)
{
	const struct vprep_opt_info *info = &options[option];

	if (args->values[option] && !info->repeats)
		return vprep_message_usage(verb_name(args), "--%s is given twice",
					   info->name);
	if (!args->verb && info->place == VPREP_OPT_AFTER_VERB)
		return vprep_message_usage(NULL, "--%s belongs after the verb",
					   info->name);
	if (value && !*value)
		return vprep_message_usage(verb_name(args), "the value of --%s is empty",
					   info->name);
	args->values[option] = value ? value : "";
	if (info->repeats)
		args->repeated[args->n_repeated++] = value;
	return 0;
}

static int take_word(struct vprep_args *args, const char *word)
{
	if (!args->verb) {
		args->verb = vprep_verb_find(word);
		return args->verb ? 0 : unknown_verb(word);
	}
	if (!args->verb->takes_names)
		return vprep_message_usage(args->verb->name,
					   "takes no names, but got '%s'",
					   vprep_quote(word).text);
	if (!*word)
		return vprep_message_usage(args->verb->name, "a device name is empty");
	args->names[args->n_names++] = word;
	return 0;
}

/* Whether what was given fits together; options may have come before the verb. */
static int examine(const struct vprep_args *args)
{
	const char *misuse;

	if (vprep_args_has(args, VPREP_OPT_HELP) ||
	    vprep_args_has(args, VPREP_OPT_VERSION))
		return 0;
	if (!args->verb)
		return see_help(args, "no verb given");
	for (size_t i = 0; i < VPREP_OPT_END; i++)
		if (args->values[i] && !vprep_verb_takes(args->verb, (enum vprep_opt)i))
			return vprep_message_usage(
				args->verb->name,
				i == VPREP_OPT_SYSROOT
					? "--%s is refused: this verb is about "
					  "the live host"
					: "does not take --%s",
				options[i].name);
	if (vprep_args_has(args, VPREP_OPT_VERBOSE) &&
	    vprep_args_has(args, VPREP_OPT_QUIET))
		return vprep_message_usage(args->verb->name,
					   "--verbose and --quiet exclude each other");
	misuse = args->verb->misuse ? args->verb->misuse(args) : NULL;
	return misuse ? see_help(args, misuse) : 0;
}

/* getopt_long() takes "--a" for --all: too little for a verb that changes the host, and a
 * script that relies on it breaks with the next option. */
static bool is_whole(const char *word, int option)
{
	return strcspn(word, "=") == strlen("--") + strlen(options[option].name);
}

static void fill_getopt_table(struct option table[VPREP_OPT_END + 1])
{
	for (int i = 0; i < VPREP_OPT_END; i++) {
		table[i].name = options[i].name;
		table[i].has_arg = options[i].value ? required_argument : no_argument;
		table[i].val = FIRST_VALUE + i;
	}
}

int vprep_args_parse(int argc, char **argv, struct vprep_args *ret)
{
	struct option table[VPREP_OPT_END + 1] = { { 0 } };
	int r = 0;

	ret->names = calloc((size_t)argc + 1, sizeof(*ret->names));
	ret->repeated = calloc((size_t)argc + 1, sizeof(*ret->repeated));
	if (!ret->names || !ret->repeated)
		vprep_message_oom();
	fill_getopt_table(table);
	opterr = 0;
	/* '-': words come in order as if they were values of option 1, so that the first
	 * is the verb, options may stand anywhere and POSIXLY_CORRECT has no say. */
	while (r == 0) {
		int at = optind;
		int c = getopt_long(argc, argv, "-:h", table, NULL);

		if (c == -1)
			break;
		if (c >= FIRST_VALUE && !is_whole(argv[at], c - FIRST_VALUE))
			r = unknown_long(ret, argv[at]);
		else if (c >= FIRST_VALUE)
			r = take_option(ret, (enum vprep_opt)(c - FIRST_VALUE), optarg);
		else if (c == 1)
			r = take_word(ret, optarg);
		else if (c == 'h')
			r = take_option(ret, VPREP_OPT_HELP, NULL);
		else if (c == ':')
			r = vprep_message_usage(verb_name(ret), "--%s needs a value",
						options[optopt - FIRST_VALUE].name);
		else
			r = bad_option(ret, argv, optind);
	}
	for (int i = optind; r == 0 && i < argc && !ret->command; i++) {
		if (ret->verb && ret->verb->takes_command)
			ret->command = argv + i;
		else
			r = take_word(ret, argv[i]);
	}
	return r ? r : examine(ret);
}

void vprep_args_done(struct vprep_args *args)
{
	free(args->names);
	args->names = NULL;
	free(args->repeated);
	args->repeated = NULL;
}

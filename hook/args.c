// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "message.h"
#include "suggest.h"
#include "common/str.h"
#include "verb.h"

/* getopt_long() returns this value and those behind it for our options: no character has
 * them. */
#define FIRST_VALUE 256

static const struct vprep_opt_info options[VPREP_OPT_END] = {
#define X(id, option_name, option_value, text, ...)                                      \
	[VPREP_OPT_##id] = { .name = (option_name),                                      \
			     .value = (option_value),                                    \
			     .help = (text),                                             \
			     __VA_ARGS__ },
	VPREP_OPTIONS(X)
#undef X
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
	const char *meant = vprep_verb_suggest(word);
	struct vprep_quoted quoted = vprep_quote(word);

	if (meant)
		return vprep_message_usage(NULL, "unknown verb '%s', did you mean '%s'?",
					   quoted.text, meant);
	return vprep_message_usage(NULL, "unknown verb '%s'; see vfio-prep --help",
				   quoted.text);
}

static int unknown_long(const struct vprep_args *args, const char *word)
{
	_cleanup_free_ char *name = strndup(word, strcspn(word, "="));
	const char *names[VPREP_OPT_END + 1] = { NULL };
	const char *meant;

	if (!name)
		vprep_message_oom();
	for (size_t i = 0, n = 0; i < VPREP_OPT_END; i++)
		if (!args->verb || vprep_verb_takes(args->verb, (enum vprep_opt)i))
			names[n++] = options[i].name;
	meant = strlen(name) > 2 ? vprep_suggest(name + 2, names) : NULL;
	if (meant)
		return vprep_message_usage(verb_name(args),
					   "unknown option %s, did you mean --%s?",
					   vprep_quote(name).text, meant);
	return vprep_message_usage(verb_name(args), "unknown option %s",
				   vprep_quote(name).text);
}

/* Tells what is wrong when getopt_long() has returned '?'. @at is the word after the one
 * that is wrong. */
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
	if (!args->verb && strcmp(word, "help") == 0)
		return take_option(args, VPREP_OPT_HELP, NULL);
	if (!args->verb) {
		args->verb = vprep_verb_find(word);
		return args->verb ? 0 : unknown_verb(word);
	}
	if (args->verb->names == VPREP_NAMES_NONE)
		return vprep_message_usage(args->verb->name,
					   "takes no names, but got '%s'",
					   vprep_quote(word).text);
	if (!*word)
		return vprep_message_usage(args->verb->name, "a device name is empty");
	args->names[args->n_names++] = word;
	return 0;
}

static int examine_option(const struct vprep_args *args, enum vprep_opt option)
{
	const struct vprep_opt_info *info = &options[option];
	const char *const *choices = info->choices;
	const char *value = args->values[option];
	char text[80];

	if (!value)
		return 0;
	if (!vprep_verb_takes(args->verb, option))
		return vprep_message_usage(
			args->verb->name,
			option == VPREP_OPT_SYSROOT
				? "--%s is refused: this verb is about the live host"
				: "does not take --%s",
			info->name);
	if (!choices[0] || strcmp(value, choices[0]) == 0 ||
	    strcmp(value, choices[1]) == 0)
		return 0;
	snprintf(text, sizeof(text), "--%s is %s or %s", info->name, choices[0],
		 choices[1]);
	return see_help(args, text);
}

/* What is wrong with the names, NULL if nothing. */
static const char *names_misuse(const struct vprep_args *args, char *text, size_t size)
{
	bool domain = vprep_args_has(args, VPREP_OPT_DOMAIN);

	switch (args->verb->names) {
	case VPREP_NAMES_DEVICES:
		if (args->n_names > 0 && domain)
			return "give device names or --domain, not both";
		return args->n_names == 0 && !domain ? "no device named" : NULL;
	case VPREP_NAMES_FILE:
		return args->n_names == 1 ? NULL
					  : "name one FILE, or - for standard input";
	case VPREP_NAMES_ONE:
		snprintf(text, size, "name %s", args->verb->one_name);
		return args->n_names == 1 ? NULL : text;
	case VPREP_NAMES_NONE: /* take_word() has refused each */
	case VPREP_NAMES_OWN:
	default:
		return NULL;
	}
}

/* Whether what was given fits together; options may have come before the verb. */
static int examine(const struct vprep_args *args)
{
	const char *misuse;
	char text[80];
	int r = 0;

	if (vprep_args_has(args, VPREP_OPT_HELP) ||
	    vprep_args_has(args, VPREP_OPT_VERSION))
		return 0;
	if (!args->verb)
		return see_help(args, "no verb given");
	for (int i = 0; r == 0 && i < VPREP_OPT_END; i++)
		r = examine_option(args, (enum vprep_opt)i);
	if (r)
		return r;
	if (vprep_args_has(args, VPREP_OPT_VERBOSE) &&
	    vprep_args_has(args, VPREP_OPT_QUIET))
		return vprep_message_usage(args->verb->name,
					   "--verbose and --quiet exclude each other");
	misuse = args->verb->misuse ? args->verb->misuse(args) : NULL;
	if (!misuse)
		misuse = names_misuse(args, text, sizeof(text));
	return misuse ? see_help(args, misuse) : 0;
}

/* getopt_long() takes "--a" for --all. That is too little for a verb that changes the
 * host, and a script that relies on it breaks when there is another option with an a. */
static bool is_whole(const char *word, int option)
{
	return strcspn(word, "=") == strlen("--") + strlen(options[option].name);
}

/* @letters is "-:" and the letters of options. With '-' in front, getopt_long() returns
 * every word in its order, as the value of an option 1. So options may stand between
 * names, and POSIXLY_CORRECT changes nothing. */
static void fill_getopt_table(struct option table[VPREP_OPT_END + 1],
			      char letters[VPREP_OPT_END + 3])
{
	size_t n = 2;

	memcpy(letters, "-:", n);
	for (int i = 0; i < VPREP_OPT_END; i++) {
		if (options[i].letter)
			letters[n++] = options[i].letter;
		table[i].name = options[i].name;
		table[i].has_arg = options[i].value ? required_argument : no_argument;
		table[i].val = FIRST_VALUE + i;
	}
}

static enum vprep_opt option_of(int letter)
{
	int i = 0;

	while (i < VPREP_OPT_END && options[i].letter != letter)
		i++;
	return (enum vprep_opt)i;
}

/* Takes what getopt_long() has returned, @c, after it looked at the word @at. */
static int take(struct vprep_args *args, int c, char **argv, int at)
{
	if (c >= FIRST_VALUE && !is_whole(argv[at], c - FIRST_VALUE))
		return unknown_long(args, argv[at]);
	if (c >= FIRST_VALUE)
		return take_option(args, (enum vprep_opt)(c - FIRST_VALUE), optarg);
	if (c == 1)
		return take_word(args, optarg);
	if (option_of(c) != VPREP_OPT_END)
		return take_option(args, option_of(c), NULL);
	if (c == ':')
		return vprep_message_usage(verb_name(args), "--%s needs a value",
					   options[optopt - FIRST_VALUE].name);
	return bad_option(args, argv, optind);
}

int vprep_args_parse(int argc, char **argv, struct vprep_args *ret)
{
	struct option table[VPREP_OPT_END + 1] = { { 0 } };
	char letters[VPREP_OPT_END + 3] = "";
	int c = 0, r = 0;

	ret->names = calloc((size_t)argc + 1, sizeof(*ret->names));
	ret->repeated = calloc((size_t)argc + 1, sizeof(*ret->repeated));
	if (!ret->names || !ret->repeated)
		vprep_message_oom();
	fill_getopt_table(table, letters);
	opterr = 0;
	optind = 0; /* getopt begins anew */
	while (r == 0 && c != -1) {
		int at = optind ? optind : 1;

		c = getopt_long(argc, argv, letters, table, NULL);
		if (c != -1)
			r = take(ret, c, argv, at);
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "help.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/str.h"
#include "message.h"
#include "table.h"
#include "verb.h"

#define WIDTH 80

static const struct {
	const char *status;
	const char *text;
	unsigned bit; /* of `exits` of a verb; 0: every verb has it */
} exits[] = {
	{ "0", "done", 0 },
	{ "1", "failed, everything rolled back", 0 },
	{ "2", "wrong usage", 0 },
	{ "3", "refused: not viable, in use, owned, not found or unsupported",
	  VPREP_EXIT_REFUSED },
	{ "4", "failed, and something is left: vfio-prep recover names it",
	  VPREP_EXIT_LEFT },
	{ "5", "the host is not as declared", VPREP_EXIT_DIFFERS },
};

static void add_option(struct vprep_table *table, const struct vprep_verb *verb,
		       enum vprep_opt option)
{
	const struct vprep_opt_info *info = vprep_opt_get(option);
	const char *help = verb ? verb->option_help[option] : NULL;
	const char letter[] = { '-', info->letter, ',', ' ', '\0' };
	_cleanup_free_ char *left =
		vprep_strf("  %s--%s%s%s", info->letter ? letter : "", info->name,
			   info->value ? " " : "", info->value ? info->value : "");

	if (!left)
		vprep_message_oom();
	vprep_table_add(table, (const char *const[]){ left, help ? help : info->help });
}

/* The options of the verb, and under another title the common ones that it takes. */
static void print_options(const struct vprep_verb *verb, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };
	const enum vprep_opt *own = verb ? verb->options : NULL;

	if (own && vprep_opt_get(*own)->place == VPREP_OPT_AFTER_VERB) {
		vprep_table_add(&table, (const char *const[]){ "Options:", NULL });
		for (; *own != VPREP_OPT_END; own++)
			if (vprep_opt_get(*own)->place == VPREP_OPT_AFTER_VERB)
				add_option(&table, verb, *own);
		vprep_table_add(&table, (const char *const[]){ NULL, NULL });
	}
	vprep_table_add(&table, (const char *const[]){ "Common options:", NULL });
	for (int i = 0; i < VPREP_OPT_END; i++) {
		enum vprep_opt option = (enum vprep_opt)i;

		if (vprep_opt_get(option)->place != VPREP_OPT_AFTER_VERB &&
		    (!verb || vprep_verb_takes(verb, option)))
			add_option(&table, verb, option);
	}
	vprep_table_print(&table, out);
}

static void print_exits(unsigned bits, struct vprep_out *out)
{
	fputs("\nExit status:\n", out->to);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(exits); i++)
		if (!exits[i].bit || (bits & exits[i].bit))
			fprintf(out->to, "  %s  %s\n", exits[i].status, exits[i].text);
}

static void print_verb(const struct vprep_verb *verb, struct vprep_out *out)
{
	fprintf(out->to, "Usage: vfio-prep %s %s%s[OPTION]...%s\n\n", verb->name,
		verb->synopsis, *verb->synopsis ? " " : "",
		verb->takes_command ? " -- COMMAND..." : "");
	vprep_out_wrapped(out, 0, 0, verb->about);
	fputc('\n', out->to);
	print_options(verb, out);
	print_exits(verb->exits, out);
	fprintf(out->to, "\nExample:\n  %s\n", verb->example);
}

static void print_command(struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };
	unsigned all = 0;

	fputs("Usage: vfio-prep VERB [NAME]... [OPTION]...\n\n", out->to);
	vprep_out_wrapped(
		out, 0, 0,
		"Makes host devices ready for a virtual machine and gives them back "
		"afterwards, exactly as they were. \"vfio-prep VERB --help\" tells "
		"about a verb.");
	fputs("\nVerbs:\n", out->to);
	for (size_t i = 0; vprep_verbs[i]; i++) {
		char left[16];

		all |= vprep_verbs[i]->exits;
		snprintf(left, sizeof(left), "  %s", vprep_verbs[i]->name);
		vprep_table_add(&table,
				(const char *const[]){ left, vprep_verbs[i]->summary });
	}
	vprep_table_print(&table, out);
	fputc('\n', out->to);
	print_options(NULL, out);
	print_exits(all, out);
	fputs("\nA device is named as 0000:05:10.1, 05:10.1, pci_0000_05_10_1, usb_1_2,\n"
	      "scsi_0_0_0_0, mdev_UUID, vdpa_NAME or by its network interface. The manual\n"
	      "page is vfio-prep(8).\n",
	      out->to);
}

void vprep_help_print(const struct vprep_verb *verb, struct vprep_out *out)
{
	/* The text is the same on every terminal and in a pipe. */
	out->width = WIDTH;
	if (verb)
		print_verb(verb, out);
	else
		print_command(out);
}

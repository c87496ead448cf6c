// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu-args: QEMU's options for devices. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "verb.h"

/* Characters that mean nothing to a shell, wherever they stand in a word. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"

/* Quotes the word for a shell if it needs that. Between single quotes, a shell gives a
 * meaning to the single quote only. */
static void print_word(const char *word, struct vprep_out *out)
{
	if (*word && !word[strspn(word, PLAIN)]) {
		fputs(word, out->to);
		return;
	}
	fputc('\'', out->to);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out->to);
		else
			fputc(*word, out->to);
	}
	fputc('\'', out->to);
}

static int qemu_args(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_launch_freep) struct vprep_launch *launch = NULL;
	struct vprep_json list;
	int r = vprep_launch(call->session, &request, &launch, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON)) {
		list = vprep_json_begin_array(&call->out->json);
		for (size_t i = 0; launch->json_words[i]; i++)
			vprep_json_add_string(list, NULL, launch->json_words[i]);
		vprep_out_json(call->out);
		return 0;
	}
	for (size_t i = 0; launch->words[i]; i++) {
		if (i > 0)
			fputc(' ', call->out->to);
		print_word(launch->words[i], call->out);
	}
	fputc('\n', call->out->to);
	return 0;
}

const struct vprep_verb vprep_verb_qemu_args = {
	.name = "qemu-args",
	.synopsis = "NAME...|--domain FILE",
	.summary = "QEMU's options for devices",
	.about =
		"Prints the options that give the devices to QEMU's guest, on one line, "
		"quoted for a shell. With --json, an array of the words, where the values "
		"of -device are JSON, as QEMU takes it since 6.2. The devices need not be "
		"attached; that iommufd can be used shows only when they are. Changes "
		"nothing.",
	.example = "qemu-system-x86_64 -m 1G $(vfio-prep qemu-args 05:10.1)",
	.options = VPREP_TAKES(VPREP_OPT_USER, VPREP_OPT_DOMAIN, VPREP_OPT_JSON,
			       VPREP_OPT_SYSROOT),
	.option_help[VPREP_OPT_USER] = "who will run QEMU",
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_DEVICES,
	.run = qemu_args,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* numvfs: sets how many virtual functions (VFs) an SR-IOV device has. */
#include <stdio.h>
#include <unistd.h>

#include "common/str.h"
#include "message.h"
#include "verb.h"

#define VFS_MAX 65535 /* NumVFs in the SR-IOV capability has 16 bits */

struct progress {
	struct vprep_quoted pf;
	unsigned count;
};

static int parse_count(const char *word, uint64_t *ret)
{
	return vprep_parse_u64(word, 10, VFS_MAX, ret);
}

/* Writes the number over the one that was shown before; nobody waits for it. */
static void show(void *data, unsigned now)
{
	struct progress *p = data;
	_cleanup_free_ char *text =
		vprep_strf("%s: %u of %u VFs", p->pf.text, now, p->count);

	if (text)
		vprep_message_progress(text);
}

static int run(const struct vprep_call *call)
{
	struct progress progress = { .pf = vprep_quote(call->args->names[0]) };
	struct vprep_sriov_request request = {
		.pf = call->args->names[0],
		.force = vprep_args_has(call->args, VPREP_OPT_FORCE),
		.progress_data = &progress,
	};
	uint64_t count = 0;
	int r;

	parse_count(call->args->names[1], &count);
	request.count = progress.count = (unsigned)count;
	if (isatty(STDERR_FILENO) && !vprep_args_has(call->args, VPREP_OPT_QUIET))
		request.progress = show;
	r = vprep_numvfs(call->session, &request, call->err);
	vprep_message_progress(NULL);
	return r;
}

static const char *misuse(const struct vprep_args *args)
{
	uint64_t count;

	if (args->n_names != 2)
		return "name one PF, and the number of VFs that it is to have";
	return parse_count(args->names[1], &count) < 0
		       ? "the number of VFs is one from 0 to 65535"
		       : NULL;
}

const struct vprep_verb vprep_verb_numvfs = {
	.name = "numvfs",
	.synopsis = "PF N",
	.summary = "set how many VFs an SR-IOV device has",
	.about =
		"Makes or removes the virtual functions (VFs) of a physical one (PF), for "
		"good: nothing gives it back. To another number the kernel goes over "
		"none, so VFs that a guest, an owner or the host uses stop it. When it "
		"fails there are as many as before. It ends when new VFs have their driver, or "
		"none will come.",
	.example = "vfio-prep numvfs 05:00.1 7",
	.options = VPREP_TAKES(VPREP_OPT_FORCE, VPREP_OPT_JSON),
	.option_help[VPREP_OPT_FORCE] = "remove VFs that the host uses",
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_OWN,
	.changes_host = true,
	.answers_changes = true,
	.misuse = misuse,
	.run = run,
};

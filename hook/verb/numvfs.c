// SPDX-License-Identifier: GPL-2.0-or-later
/* numvfs: how many virtual functions a physical one has. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "quote.h"
#include "verb.h"

#define VFS_MAX 65535 /* SR-IOV's own limit */

struct progress {
	struct vprep_quoted pf;
	unsigned count;
	bool shown;
};

static int parse_count(const char *word, unsigned *ret)
{
	unsigned count = 0;

	for (size_t i = 0; word[i]; i++) {
		if (word[i] < '0' || word[i] > '9')
			return -EINVAL;
		count = count * 10 + (unsigned)(word[i] - '0');
		if (count > VFS_MAX)
			return -ERANGE;
	}
	*ret = count;
	return 0;
}

/* One line of the terminal, again and again. */
static void show(void *data, unsigned now)
{
	struct progress *p = data;

	fprintf(stderr, "\rvfio-prep: %s: %u of %u VFs\033[K", p->pf.text, now, p->count);
	p->shown = true;
}

static int run(struct vprep_session *session, const struct vprep_args *args,
	       struct vprep_out *out, struct vprep_error *err)
{
	struct progress progress = { .pf = vprep_quote(args->names[0]) };
	struct vprep_sriov_request vfs = {
		.pf = args->names[0],
		.force = vprep_args_has(args, VPREP_OPT_FORCE),
		.progress_data = &progress,
	};
	int r;

	(void)out;
	parse_count(args->names[1], &vfs.count);
	progress.count = vfs.count;
	if (isatty(STDERR_FILENO) && !vprep_args_has(args, VPREP_OPT_QUIET))
		vfs.progress = show;
	r = vprep_numvfs(session, &vfs, err);
	if (progress.shown)
		fputs("\r\033[K", stderr);
	return r;
}

static const char *misuse(const struct vprep_args *args)
{
	unsigned count;

	if (args->n_names != 2)
		return "name one PF, and the number of VFs that it is to have";
	return parse_count(args->names[1], &count) < 0
		       ? "the number of VFs is one from 0 to 65535"
		       : NULL;
}

static const struct vprep_verb_option options[] = {
	{ VPREP_OPT_FORCE, "remove VFs that the host uses" },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_numvfs = {
	.name = "numvfs",
	.synopsis = "PF N",
	.summary = "set how many VFs an SR-IOV device has",
	.about =
		"Makes or removes the virtual functions (VFs) of a physical one (PF), for "
		"good: nothing gives it back. To another number the kernel goes over "
		"none, so VFs that a guest, an owner or the host uses stop it. When it "
		"fails there are as many as before.",
	.example = "vfio-prep numvfs 05:00.1 7",
	.options = options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = misuse,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* run: attaches devices, runs a command with them, and gives them back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "command.h"
#include "message.h"
#include "request.h"
#include "results.h"
#include "signals.h"
#include "verb.h"

#define DEVICES "@DEVICES@"

/* What the child needs before it becomes the command. */
struct child_start {
	struct vprep_session *session;
	const struct vprep_launch *launch;
};

static int enter(void *data)
{
	const struct child_start *start = data;
	struct vprep_error err = { 0 };
	int r = vprep_launch_enter(start->session, start->launch, &err);

	if (r == 0)
		return 0;
	vprep_message("%s", *err.message ? err.message : strerror(-r));
	r = vprep_error_exit_status(&err);
	return r ? r : 1;
}

static size_t count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* The command with QEMU's options in place of each word @DEVICES@. */
static char **fill_in(char *const *command, const char *const *words)
{
	const char *const *given = (const char *const *)command;
	size_t n_words = count(words), size = 1, n = 0;
	const char **filled;

	for (size_t i = 0; given[i]; i++)
		size += strcmp(given[i], DEVICES) == 0 ? n_words : 1;
	filled = calloc(size, sizeof(*filled));
	if (!filled)
		return NULL;
	for (size_t i = 0; given[i]; i++) {
		if (strcmp(given[i], DEVICES) != 0) {
			filled[n++] = given[i];
			continue;
		}
		memcpy(filled + n, words, n_words * sizeof(*words));
		n += n_words;
	}
	return (char **)(void *)filled;
}

static int failed(struct vprep_error *err, int r)
{
	err->code = VPREP_E_FAILED;
	err->number = -r;
	snprintf(err->message, sizeof(err->message), "%s",
		 r == -EINTR ? "interrupted by a signal; the command was not started"
			     : strerror(-r));
	return r;
}

static int start(const struct vprep_call *call, const struct vprep_request *request)
{
	_cleanup_(vprep_launch_freep) struct vprep_launch *launch = NULL;
	_cleanup_free_ char **filled = NULL;
	struct child_start child = { .session = call->session };
	struct vprep_command command = { .enter = enter, .data = &child };
	int r;

	r = vprep_launch(call->session, request, &launch, call->err);
	if (r < 0)
		return r;
	filled = fill_in(call->args->command, launch->words);
	if (!filled)
		return failed(call->err, -ENOMEM);
	child.launch = launch;
	command.argv = filled;
	r = vprep_command_run(&command);
	return r < 0 ? failed(call->err, r) : r;
}

/* Gives the devices back. Returns @result, which came of the command, or the error when
 * something could not be given back. */
static int give_back(const struct vprep_call *call, const char *owner, int result)
{
	const struct vprep_detach_request release = { .owner = owner };
	struct vprep_error left = { 0 };
	int r = vprep_detach(call->session, &release, &left);

	if (r == 0 ||
	    left.code == VPREP_E_NOT_FOUND) /* somebody else has given them back */
		return result;
	if (result >= 0)
		vprep_message("the command ended with status %d", result);
	else if (*call->err->message)
		vprep_message("%s", call->err->message);
	*call->err = left;
	return r;
}

static int attach_and_run(const struct vprep_call *call, struct vprep_request *request)
{
	char owner[sizeof("run-2147483647")];
	int r;

	request->pid = getpid();
	if (!request->owner) {
		snprintf(owner, sizeof(owner), "run-%d", request->pid);
		request->owner = owner;
	}
	r = vprep_attach(call->session, request, call->err);
	return r < 0 ? r : give_back(call, request->owner, start(call, request));
}

static int run(const struct vprep_call *call)
{
	struct vprep_request request = vprep_request_of(call);

	vprep_signals_block_others();
	/* Without root nothing is attached: the command uses what root has attached. */
	return geteuid() == 0 ? attach_and_run(call, &request) : start(call, &request);
}

static const char *misuse(const struct vprep_args *args)
{
	if (!args->command)
		return "no command given: it follows the devices, after --";
	if (!*args->command[0])
		return "the command is empty";
	if (vprep_args_has(args, VPREP_OPT_DOMAIN) &&
	    vprep_args_has(args, VPREP_OPT_DRIVER))
		return "a domain's drivers are what its XML says: no --driver besides";
	return NULL;
}

const struct vprep_verb vprep_verb_run = {
	.name = "run",
	.synopsis = "NAME...|--domain FILE",
	.summary = "attach, run a command, give back",
	.about =
		"Attaches devices as attach does, runs the command as the user that they "
		"are for, passes signals on to it, and gives the devices back however it "
		"ends. The word " DEVICES " of the command becomes the QEMU options that "
		"qemu-args prints. Ends with the command's status: 128 more than the "
		"signal's number if one ended it, 127 if there is no such command, 126 if "
		"it cannot be executed. Who is not root can run a command with devices "
		"that root has attached for him.",
	.example =
		"vfio-prep run 05:10.1 --user qemu -- qemu-system-x86_64 -m 1G " DEVICES,
	.options = VPREP_TAKES(VPREP_REQUEST_OPTIONS, VPREP_OPT_DOMAIN, VPREP_OPT_MEMORY),
	.option_help[VPREP_OPT_USER] = "who runs the command, and gets the nodes",
	.option_help[VPREP_OPT_OWNER] = "who holds the devices (default: run-PID)",
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_DEVICES,
	.takes_command = true,
	.changes_host = true,
	.misuse = misuse,
	.run = run,
};

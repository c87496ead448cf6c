// SPDX-License-Identifier: GPL-2.0-or-later
/* run: attaches devices, runs a command with them, and gives them back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/str.h"
#include "message.h"
#include "request.h"
#include "results.h"
#include "run/environment.h"
#include "signals.h"
#include "verb.h"

#define DEVICES "@DEVICES@"
#define DEFAULT_PATH "/bin:/usr/bin" /* as execvp(3) has it */

/* What is going to be run, and what is to be attached for it. */
struct start {
	const struct vprep_call *call;
	struct vprep_request request;
	uid_t uid;	    /* who runs it */
	char **environment; /* of another user; NULL: it is the caller himself */
	char owner[sizeof("run-2147483647")];
};

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

/* Another user's command is kept apart from us. Returns its status if it cannot be
 * executed, as nothing is to be attached for it then; else 0 or -errno. */
static int look_up(struct start *start)
{
	const struct vprep_call *call = start->call;
	const char *keep = vprep_args_value(call->args, VPREP_OPT_KEEP_ENV);
	const char *path = getenv("PATH");
	struct vprep_launch_command command = {
		.name = call->args->command[0],
		.path = vprep_environment_path(keep),
		.own_path = path ? path : DEFAULT_PATH,
	};
	int r;

	r = vprep_launch_look_up(call->session, &start->request, &command, call->err);
	if (r < 0)
		return r;
	if (command.number)
		return vprep_command_refuse(command.name, command.number);
	start->uid = command.uid;
	if (command.uid == geteuid())
		return 0;
	start->environment = vprep_environment_new(command.uid, keep);
	return start->environment ? 0 : failed(call->err, -ENOMEM);
}

static int run_command(const struct start *start)
{
	const struct vprep_call *call = start->call;
	_cleanup_(vprep_launch_freep) struct vprep_launch *launch = NULL;
	_cleanup_free_ char **filled = NULL;
	struct child_start child = { .session = call->session };
	struct vprep_command command = { .environment = start->environment,
					 .uid = start->uid,
					 .enter = enter,
					 .data = &child };
	int r;

	r = vprep_launch(call->session, &start->request, &launch, call->err);
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
	int r;

	/* nobody would come back to devices that were not given back for it */
	vprep_signals_forget();
	r = vprep_detach(call->session, &release, &left);
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

static int attach_and_run(const struct start *start)
{
	const struct vprep_call *call = start->call;
	int r = vprep_attach(call->session, &start->request, call->err);

	return r < 0 ? r : give_back(call, start->request.owner, run_command(start));
}

/* The devices are this process's. */
static void name_owner(struct start *start)
{
	start->request.pid = getpid();
	if (start->request.owner)
		return;
	snprintf(start->owner, sizeof(start->owner), "run-%d", start->request.pid);
	start->request.owner = start->owner;
}

static int run(const struct vprep_call *call)
{
	struct start start = { .call = call, .request = vprep_request_of(call) };
	/* Without root nothing is attached: the command uses what root has attached. */
	bool attaches = geteuid() == 0;
	int r;

	vprep_signals_block_others();
	if (attaches)
		name_owner(&start);
	r = look_up(&start);
	if (r == 0)
		r = attaches ? attach_and_run(&start) : run_command(&start);
	vprep_strv_free(start.environment);
	return r;
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
	if (vprep_args_has(args, VPREP_OPT_KEEP_ENV) &&
	    !vprep_environment_are_names(vprep_args_value(args, VPREP_OPT_KEEP_ENV)))
		return "--keep-env takes names of variables with commas between them";
	return vprep_request_misuse(args);
}

const struct vprep_verb vprep_verb_run = {
	.name = "run",
	.synopsis = "NAME...|--domain FILE",
	.summary = "attach, run a command, give back",
	.about =
		"Attaches devices as attach does, runs the command as the user that they "
		"are for, passes signals on to it, and gives the devices back however it "
		"ends. The word " DEVICES " of the command becomes the QEMU options that "
		"qemu-args prints. Another user's command has a session, a terminal and an "
		"environment of its own. Ends with the command's status: 128 more than "
		"the signal's number if one ended it; 127 if there is no such command, "
		"126 if it cannot be executed, and then nothing is attached. Who is not root can run a command with devices "
		"that root has attached for him.",
	.example =
		"vfio-prep run 05:10.1 --user qemu -- qemu-system-x86_64 -m 1G " DEVICES,
	.options = VPREP_TAKES(VPREP_REQUEST_OPTIONS, VPREP_OPT_WAIT, VPREP_OPT_DOMAIN,
			       VPREP_OPT_MEMORY, VPREP_OPT_KEEP_ENV),
	.option_help[VPREP_OPT_USER] = "who runs the command, and gets the nodes",
	.option_help[VPREP_OPT_OWNER] = "who holds the devices (default: run-PID)",
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_DEVICES,
	.takes_command = true,
	.changes_host = true,
	.misuse = misuse,
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfio-prep, the command: parses the arguments and runs the verb.
 *
 * I1  Nothing is opened or read before the arguments are known to be good.
 * I2  stdout has the answer, stderr everything else.
 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "args.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "complete.h"
#include "document.h"
#include "help.h"
#include "message.h"
#include "out.h"
#include "results.h"
#include "signals.h"
#include "verb.h"
#include "vfio-prep.h"

/* The file that the verb was given, NULL if none. */
static const char *document_name(const struct vprep_args *args)
{
	return args->verb->names == VPREP_NAMES_FILE
		       ? args->names[0]
		       : vprep_args_value(args, VPREP_OPT_DOMAIN);
}

static int run(struct vprep_args *args, struct vprep_out *out, struct vprep_error *err)
{
	const struct vprep_options options = {
		.config = vprep_args_value(args, VPREP_OPT_CONFIG),
		.sysroot = vprep_args_value(args, VPREP_OPT_SYSROOT),
		.log = vprep_message_log,
		.log_data = args,
		.interrupted = vprep_signals_caught,
	};
	_cleanup_(vprep_session_freep) struct vprep_session *session = NULL;
	struct vprep_call call = { .args = args, .out = out, .err = err };
	const char *name = document_name(args);
	_cleanup_free_ char *text = NULL;
	int r;

	r = vprep_session_new(&options, &session, err);
	call.session = session;
	if (r == 0) {
		vprep_session_set_try_log(session, vprep_message_try_log);
		vprep_session_note_changes(session, vprep_args_has(args, VPREP_OPT_JSON));
	}
	if (r == 0 && name)
		r = vprep_document_read(name, &text, &call.document_len, err);
	call.document = text;
	/* Up to here a stop signal ends the program: the document may come from somebody
	 * who never gets to its end. */
	if (r == 0 && args->verb->changes_host)
		vprep_signals_catch();
	if (r == 0)
		r = args->verb->run(&call);
	if (r < 0)
		vprep_answer_failure(&call, r);
	else if (r == 0)
		vprep_answer_changes(&call, NULL);
	return r;
}

static int exit_status(int r, const struct vprep_error *err)
{
	int status;

	if (r >= 0)
		return r;
	status = vprep_error_exit_status(err);
	return status ? status : 1;
}

static int run_verb(struct vprep_args *args, struct vprep_out *out)
{
	struct vprep_error err = { 0 };
	int r, status;

	r = run(args, out, &err);
	vprep_signals_release();
	/* The answer comes before the error, which may be about something in it. */
	status = vprep_out_finish(out, exit_status(r, &err));
	if (r < 0)
		vprep_message("%s", *err.message ? err.message : strerror(-r));
	return status;
}

int main(int argc, char **argv)
{
	_cleanup_(vprep_args_done) struct vprep_args args = { 0 };
	struct vprep_out out;
	int r;

	if (vprep_fds_open_missing() < 0)
		return 1;
	vprep_signals_init();
	if (argc > 1 && strcmp(argv[1], "complete") == 0) {
		vprep_out_init(&out);
		vprep_complete((const char *const *)argv + 2, &out);
		return vprep_out_finish(&out, 0);
	}
	r = vprep_args_parse(argc, argv, &args);
	vprep_out_init(&out);
	if (r) {
		vprep_answer_misuse(argv, &out);
		return vprep_out_finish(&out, r);
	}
	if (vprep_args_has(&args, VPREP_OPT_HELP)) {
		vprep_help_print(args.verb, &out);
	} else if (vprep_args_has(&args, VPREP_OPT_VERSION)) {
		fprintf(out.to, "vfio-prep %s\n", vprep_version());
	} else {
		return run_verb(&args, &out);
	}
	return vprep_out_finish(&out, 0);
}

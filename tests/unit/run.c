// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb run, with a library of the test: what it does when it is stopped. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "command-test.h"
#include "signals.h"
#include "verb.h"

static unsigned n_detached;
static bool was_interrupted; /* giving back */

int vprep_launch_look_up(struct vprep_session *session,
			 const struct vprep_request *request,
			 struct vprep_launch_command *ret, struct vprep_error *err)
{
	(void)session, (void)request, (void)err;
	ret->uid = geteuid();
	return 0;
}

/* The signal comes when all is done. */
int vprep_attach(struct vprep_session *session, const struct vprep_request *request,
		 struct vprep_error *err)
{
	(void)session, (void)request, (void)err;
	raise(SIGTERM);
	return 0;
}

int vprep_launch(struct vprep_session *session, const struct vprep_request *request,
		 struct vprep_launch **ret, struct vprep_error *err)
{
	static const char *words[] = { NULL };
	static struct vprep_launch launch = { .words = words };

	(void)session, (void)request, (void)err;
	*ret = &launch;
	return 0;
}

void vprep_launch_free(struct vprep_launch *launch)
{
	(void)launch;
}

int vprep_launch_enter(struct vprep_session *session, const struct vprep_launch *launch,
		       struct vprep_error *err)
{
	(void)session, (void)launch, (void)err;
	return 0;
}

int vprep_detach(struct vprep_session *session,
		 const struct vprep_detach_request *request, struct vprep_error *err)
{
	(void)session, (void)request, (void)err;
	n_detached++;
	was_interrupted = vprep_signals_caught(NULL);
	return 0;
}

int vprep_error_exit_status(const struct vprep_error *err)
{
	return err->code;
}

static void what_a_signal_stops_is_given_back_all_the_same(void **state)
{
	static char command[] = "true";
	char *words[] = { command, NULL };
	const char *names[] = { "0000:05:10.1", NULL };
	struct vprep_args args = { .verb = &vprep_verb_run,
				   .names = names,
				   .command = words };
	struct vprep_error err = { 0 };
	const struct vprep_call call = { .args = &args, .err = &err };

	(void)state;
	if (geteuid() != 0)
		skip(); /* who is not root attaches nothing */
	vprep_signals_init();
	vprep_signals_catch();
	assert_int_equal(vprep_verb_run.run(&call), -EINTR);
	vprep_signals_release();
	assert_string_equal(err.message,
			    "interrupted by a signal; the command was not started");
	assert_int_equal(n_detached, 1);
	assert_false(was_interrupted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_signal_stops_is_given_back_all_the_same),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "launch-fixture.h"

#include "test.h"

int launch_setup(void **state)
{
	struct host *h;

	host_setup(state);
	h = *state;
	fake_add_process(h->fake, getpid());
	host_remember(h);
	return 0;
}

int launch_attach(struct host *h, const char *names, const char *owner, int pid)
{
	return host_ask(h, names, (struct vprep_request){ .owner = owner, .pid = pid });
}

struct vprep_launch *launch_as(struct host *h, struct vprep_request request,
			       const char *name)
{
	const char *const names[] = { name, NULL };
	struct vprep_launch *launch = NULL;

	if (!request.domain)
		request.names = names;
	if (vprep_launch(h->session, &request, &launch, &h->err) < 0)
		fail_msg("%s", h->err.message);
	return launch;
}

struct vprep_launch *launch_of(struct host *h, const char *name)
{
	return launch_as(h, (struct vprep_request){ 0 }, name);
}

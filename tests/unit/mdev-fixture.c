// SPDX-License-Identifier: GPL-2.0-or-later
#include "mdev-fixture.h"

#include "common/str.h"
#include "test.h"

int mdev_setup(void **state)
{
	struct host *h;
	int r = host_setup(state);

	h = *state;
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-1", .instances = 24 });
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ "mtty", "mtty-2", .instances = 2 });
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ SND, "nvidia-11", .instances = 4,
						     .params = true });
	host_remember(h);
	return r;
}

void mdev_define(struct host *h, const char *parent, const char *json)
{
	fake_put(h->fake, 0644, json, "etc/mdevctl.d/%s/" UUID, parent);
}

void mdev_make(struct host *h, const char *type, const char *uuid)
{
	assert_int_equal(
		vprep_io_write(h->session->io, uuid,
			       "class/mdev_bus/mtty/mdev_supported_types/%s/create",
			       type),
		0);
}

int mdev_fc_setup(void **state)
{
	int r = mdev_setup(state);
	struct host *h = *state;

	fake_add_fc_host(h->fake, &(struct fake_fc_host){ 1, 0x21, 0x11, .fabric = 5 });
	fake_add_fc_host(h->fake, &(struct fake_fc_host){ 12, 0x22, 0x12, .fabric = 5,
							  .vports = 1 });
	fake_add_fc_host(h->fake, &(struct fake_fc_host){ 3, 0x23, 0x13, .vports = 2 });
	fake_mkdir(h->fake, "sys/class/mtty");
	fake_link(h->fake, "sys/devices/virtual/mtty/mtty", "sys/class/mtty/mtty");
	host_remember(h);
	return r;
}

unsigned mdev_left(struct host *h, const char *type)
{
	_cleanup_free_ char *text = fake_get(
		h->fake,
		"sys/class/mdev_bus/mtty/mdev_supported_types/%s/available_instances",
		type);

	return (unsigned)strtoul(text, NULL, 10);
}

void mdev_check_error(struct host *h, enum vprep_code code, const char *text)
{
	if (h->err.code != code || !strstr(h->err.message, text))
		fail_msg("%d '%s' instead of %d '%s'", (int)h->err.code, h->err.message,
			 (int)code, text);
}

int mdev_create(struct host *h, struct vprep_mdev_request request, char **ret_name)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_mdev_create(h->session, &request, ret_name, &h->err);
}

int mdev_remove(struct host *h, const char *name)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_mdev_remove(h->session, name, &h->err);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel subsystem and cryptographic adapters of IBM Z. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/read.h"

/* "0.0.1a2b" */
static bool parse_ccw(const char *text, struct vprep_ccw_address *ret)
{
	uint64_t numbers[3];

	if (!vprep_numbers_of(text, '.', 16, numbers, VPREP_ARRAY_SIZE(numbers)) ||
	    numbers[0] > 0xfe || numbers[1] > 3 || numbers[2] > 0xffff)
		return false;
	*ret = (struct vprep_ccw_address){ .cssid = (unsigned)numbers[0],
					   .ssid = (unsigned)numbers[1],
					   .devno = (unsigned)numbers[2] };
	return true;
}

/* Only those online: a machine has thousands. */
bool vprep_is_listed_ccw(struct vprep_nodedev_reader *r)
{
	struct vprep_ccw_address address;

	return vprep_reader_number(r, "online", 10, 0) == 1 &&
	       parse_ccw(r->sysname, &address);
}

void vprep_read_ccw(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	parse_ccw(r->sysname, &d->ccw);
}

bool vprep_is_listed_css(struct vprep_nodedev_reader *r)
{
	const char *driver = vprep_udev_kernel(&r->udev, "DRIVER");
	struct vprep_ccw_address address;

	return driver && (streq(driver, "io_subchannel") || streq(driver, "vfio_ccw")) &&
	       parse_ccw(r->sysname, &address);
}

void vprep_read_css(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	const char *device = vprep_reader_attr(r, "dev_busid");

	parse_ccw(r->sysname, &d->css.address);
	d->css.has_channel = device && parse_ccw(device, &d->css.channel);
	vprep_read_mdev_types(r, &d->css.types);
}

/* "card0a" or "0a.0006" */
static bool parse_ap(const char *sysname, struct vprep_ap_node *ret)
{
	uint64_t numbers[2] = { 0 };
	bool is_card = strncmp(sysname, "card", 4) == 0;

	if (!vprep_numbers_of(is_card ? sysname + 4 : sysname, '.', 16, numbers,
			      is_card ? 1 : 2) ||
	    numbers[0] > 0xff || numbers[1] > 0xffff)
		return false;
	ret->adapter = (unsigned)numbers[0];
	ret->domain = (unsigned)numbers[1];
	return true;
}

bool vprep_is_listed_ap(struct vprep_nodedev_reader *r)
{
	struct vprep_ap_node ap;

	return parse_ap(r->sysname, &ap);
}

void vprep_read_ap(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	parse_ap(r->sysname, &d->ap);
}

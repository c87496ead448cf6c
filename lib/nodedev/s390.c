// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel subsystem and cryptographic adapters of IBM Z. */
#include <string.h>

#include "common/str.h"
#include "nodedev/kind.h"

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
static bool is_listed_ccw(struct vprep_nodedev_reader *r)
{
	struct vprep_ccw_address address;

	return vprep_reader_number(r, "online", 10, 0) == 1 &&
	       parse_ccw(r->sysname, &address);
}

static void read_ccw(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	parse_ccw(r->sysname, &d->ccw);
}

static void emit_address(const struct vprep_ccw_address *a,
			 const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "cssid", "0x%x", a->cssid);
	vprep_emit_number(e, "ssid", "0x%x", a->ssid);
	vprep_emit_number(e, "devno", "0x%04x", a->devno);
}

static void emit_ccw(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *e)
{
	emit_address(&d->ccw, e);
}

const struct vprep_nodedev_kind vprep_nodedev_ccw = {
	.cap = "ccw",
	.is_listed = is_listed_ccw,
	.read = read_ccw,
	.emit = emit_ccw,
};

static bool is_listed_css(struct vprep_nodedev_reader *r)
{
	const char *driver = vprep_udev_kernel(&r->udev, "DRIVER");
	struct vprep_ccw_address address;

	return driver && (streq(driver, "io_subchannel") || streq(driver, "vfio_ccw")) &&
	       parse_ccw(r->sysname, &address);
}

static void read_css(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	const char *device = vprep_reader_attr(r, "dev_busid");

	parse_ccw(r->sysname, &d->css.address);
	d->css.has_channel = device && parse_ccw(device, &d->css.channel);
	vprep_read_mdev_types(r, &d->css.types);
}

static void emit_css(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *e)
{
	emit_address(&d->css.address, e);
	if (d->css.has_channel) {
		vprep_emit_open(e, "channel_dev_addr");
		emit_address(&d->css.channel, e);
		vprep_emit_close(e);
	}
	vprep_emit_types(e, &d->css.types);
}

const struct vprep_nodedev_kind vprep_nodedev_css = {
	.cap = "css",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES),
	.is_listed = is_listed_css,
	.read_beneath = vprep_read_types_beneath,
	.read = read_css,
	.emit = emit_css,
};

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

static bool is_listed_ap(struct vprep_nodedev_reader *r)
{
	struct vprep_ap_node ap;

	return parse_ap(r->sysname, &ap);
}

static void read_ap(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	parse_ap(r->sysname, &d->ap);
}

static void emit_card(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "ap-adapter", "0x%02x", d->ap.adapter);
}

static void emit_queue(const struct vprep_nodedev *d,
		       const struct vprep_nodedev_emitter *e)
{
	emit_card(d, e);
	vprep_emit_number(e, "ap-domain", "0x%04x", d->ap.domain);
}

const struct vprep_nodedev_kind vprep_nodedev_ap_card = {
	.cap = "ap_card",
	.devtype = "ap_card",
	.is_listed = is_listed_ap,
	.read = read_ap,
	.emit = emit_card,
};

const struct vprep_nodedev_kind vprep_nodedev_ap_queue = {
	.cap = "ap_queue",
	.devtype = "ap_queue",
	.is_listed = is_listed_ap,
	.read = read_ap,
	.emit = emit_queue,
};

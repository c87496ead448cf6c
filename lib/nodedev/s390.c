// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel subsystem and cryptographic adapters of IBM Z. */
#include <string.h>

#include "common/str.h"
#include "nodedev/kind.h"

struct address {
	uint64_t cssid, ssid, devno;
};

/* "0.0.1a2b" */
static bool parse_address(const char *text, struct address *ret)
{
	uint64_t numbers[3];

	if (!vprep_numbers_of(text, '.', 16, numbers, VPREP_ARRAY_SIZE(numbers)) ||
	    numbers[0] > 0xfe || numbers[1] > 3 || numbers[2] > 0xffff)
		return false;
	*ret = (struct address){ numbers[0], numbers[1], numbers[2] };
	return true;
}

static void emit_address(const struct address *a, const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "cssid", "0x%x", (unsigned)a->cssid);
	vprep_emit_number(e, "ssid", "0x%x", (unsigned)a->ssid);
	vprep_emit_number(e, "devno", "0x%04x", (unsigned)a->devno);
}

static void emit_ccw(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e)
{
	struct address address = { 0 };

	parse_address(r->sysname, &address);
	emit_address(&address, e);
}

/* Only those online: a machine has thousands. */
static bool is_listed_ccw(struct vprep_nodedev_reader *r)
{
	struct address address;

	return vprep_reader_number(r, "online", 10, 0) == 1 &&
	       parse_address(r->sysname, &address);
}

static void tell_ccw(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	(void)r;
	vprep_page_add(page, "what", "channel device");
}

const struct vprep_nodedev_kind vprep_nodedev_ccw = {
	.cap = "ccw",
	.is_listed = is_listed_ccw,
	.emit = emit_ccw,
	.tell = tell_ccw,
};

static bool is_listed_css(struct vprep_nodedev_reader *r)
{
	const char *driver = vprep_udev_kernel(&r->udev, "DRIVER");
	struct address address;

	return driver && (streq(driver, "io_subchannel") || streq(driver, "vfio_ccw")) &&
	       parse_address(r->sysname, &address);
}

static void emit_css(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e)
{
	const char *device = vprep_reader_attr(r, "dev_busid");
	struct address channel;

	emit_ccw(r, e);
	if (device && parse_address(device, &channel)) {
		vprep_emit_open(e, "channel_dev_addr");
		emit_address(&channel, e);
		vprep_emit_close(e);
	}
	vprep_emit_types(r, e);
}

static void tell_css(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	vprep_page_add(page, "what", "subchannel");
	vprep_tell_types(r, page);
}

const struct vprep_nodedev_kind vprep_nodedev_css = {
	.cap = "css",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES),
	.is_listed = is_listed_css,
	.read_beneath = vprep_read_types_beneath,
	.emit = emit_css,
	.tell = tell_css,
};

/* "card0a" or "0a.0006": the adapter, and the domain of a queue. */
static bool parse_ap(const char *sysname, uint64_t ret[2])
{
	bool is_card = strncmp(sysname, "card", 4) == 0;

	return vprep_numbers_of(is_card ? sysname + 4 : sysname, '.', 16, ret,
				is_card ? 1 : 2) &&
	       ret[0] <= 0xff && (is_card || ret[1] <= 0xffff);
}

static bool is_listed_ap(struct vprep_nodedev_reader *r)
{
	uint64_t numbers[2];

	return parse_ap(r->sysname, numbers);
}

static void emit_card(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	uint64_t numbers[2] = { 0 };

	parse_ap(r->sysname, numbers);
	vprep_emit_number(e, "ap-adapter", "0x%02x", (unsigned)numbers[0]);
}

static void emit_queue(struct vprep_nodedev_reader *r,
		       const struct vprep_nodedev_emitter *e)
{
	uint64_t numbers[2] = { 0 };

	emit_card(r, e);
	parse_ap(r->sysname, numbers);
	vprep_emit_number(e, "ap-domain", "0x%04x", (unsigned)numbers[1]);
}

static void tell_card(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	(void)r;
	vprep_page_add(page, "what", "cryptographic adapter");
}

const struct vprep_nodedev_kind vprep_nodedev_ap_card = {
	.cap = "ap_card",
	.devtype = "ap_card",
	.is_listed = is_listed_ap,
	.emit = emit_card,
	.tell = tell_card,
};

static void tell_queue(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	(void)r;
	vprep_page_add(page, "what", "domain of a cryptographic adapter");
}

const struct vprep_nodedev_kind vprep_nodedev_ap_queue = {
	.cap = "ap_queue",
	.devtype = "ap_queue",
	.is_listed = is_listed_ap,
	.emit = emit_queue,
	.tell = tell_queue,
};

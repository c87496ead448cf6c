// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DEVLINK_CMD_ESWITCH_GET (Documentation/networking/devlink, uapi/linux/devlink.h). The
 * number of the family is the kernel's to choose, so it is asked for by name.
 */
#include "io/devlink.h"

#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "io/netlink.h"

/* Of a message and of an attribute, which the kernel aligns to 4 bytes as they are. */
#define HEAD_SIZE (sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr))
#define ATTRIBUTE_HEAD sizeof(struct nlattr)
#define ALIGNED(size) (((size_t)(size) + 3) & ~(size_t)3)
#define ATTRIBUTES_SIZE 128

struct request {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	char attributes[ATTRIBUTES_SIZE];
};

static void request_init(struct request *q, uint16_t family, uint8_t command,
			 uint8_t version)
{
	memset(q, 0, sizeof(*q));
	q->head.nlmsg_len = (uint32_t)HEAD_SIZE;
	q->head.nlmsg_type = family;
	q->head.nlmsg_flags = NLM_F_REQUEST;
	q->head.nlmsg_seq = 1;
	q->generic.cmd = command;
	q->generic.version = version;
}

/* What the callers add fits: names and addresses. */
static void add(struct request *q, uint16_t type, const char *text)
{
	struct nlattr *a = (void *)((char *)q + q->head.nlmsg_len);
	size_t len = strlen(text) + 1;

	a->nla_type = type;
	a->nla_len = (uint16_t)(ATTRIBUTE_HEAD + len);
	memcpy((char *)a + ATTRIBUTE_HEAD, text, len);
	q->head.nlmsg_len += (uint32_t)ALIGNED(a->nla_len);
}

/* A number of 16 bits among the attributes of an answer. -EBADMSG: it is not there. */
static int find_u16(const char *answer, size_t len, uint16_t type, uint16_t *ret)
{
	struct nlmsghdr head;
	size_t at = HEAD_SIZE;

	if (len < HEAD_SIZE)
		return -EBADMSG;
	memcpy(&head, answer, sizeof(head));
	if (head.nlmsg_len < len)
		len = head.nlmsg_len;
	while (at + ATTRIBUTE_HEAD <= len) {
		struct nlattr a;

		memcpy(&a, answer + at, sizeof(a));
		if (a.nla_len < ATTRIBUTE_HEAD || a.nla_len > len - at)
			return -EBADMSG;
		if ((a.nla_type & NLA_TYPE_MASK) == type &&
		    a.nla_len >= ATTRIBUTE_HEAD + sizeof(*ret)) {
			memcpy(ret, answer + at + ATTRIBUTE_HEAD, sizeof(*ret));
			return 0;
		}
		at += ALIGNED(a.nla_len);
	}
	return -EBADMSG;
}

static int find_family(uint16_t *ret)
{
	_cleanup_free_ char *answer = NULL;
	struct request q;
	size_t len;
	int r;

	request_init(&q, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	add(&q, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	r = vprep_netlink_ask(NETLINK_GENERIC, &q.head, &answer, &len);
	return r < 0 ? r : find_u16(answer, len, CTRL_ATTR_FAMILY_ID, ret);
}

int vprep_devlink_read_switchdev(const void *answer, size_t len)
{
	uint16_t mode;
	int r = find_u16(answer, len, DEVLINK_ATTR_ESWITCH_MODE, &mode);

	return r < 0 ? r : mode == DEVLINK_ESWITCH_MODE_SWITCHDEV;
}

int vprep_devlink_is_switchdev(const char *address)
{
	_cleanup_free_ char *answer = NULL;
	struct request q;
	uint16_t family;
	size_t len;
	int r;

	if (strlen(address) > ATTRIBUTES_SIZE / 2)
		return -ENODEV;
	r = find_family(&family);
	if (r < 0)
		return r;
	request_init(&q, family, DEVLINK_CMD_ESWITCH_GET, DEVLINK_GENL_VERSION);
	add(&q, DEVLINK_ATTR_BUS_NAME, "pci");
	add(&q, DEVLINK_ATTR_DEV_NAME, address);
	r = vprep_netlink_ask(NETLINK_GENERIC, &q.head, &answer, &len);
	return r < 0 ? r : vprep_devlink_read_switchdev(answer, len);
}

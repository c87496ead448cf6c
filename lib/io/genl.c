// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/genl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "io/netlink.h"

/* Of a message and of an attribute, which the kernel aligns to 4 bytes as they are. */
#define HEAD_SIZE (sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr))
#define ATTRIBUTE_HEAD sizeof(struct nlattr)
#define ALIGNED(size) (((size_t)(size) + 3) & ~(size_t)3)

static void begin(struct vprep_genl_request *q, uint16_t family, uint8_t command,
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

void vprep_genl_add(struct vprep_genl_request *q, uint16_t type, const char *text)
{
	struct nlattr *a = (void *)((char *)q + q->head.nlmsg_len);
	size_t len = strlen(text) + 1;

	a->nla_type = type;
	a->nla_len = (uint16_t)(ATTRIBUTE_HEAD + len);
	memcpy((char *)a + ATTRIBUTE_HEAD, text, len);
	q->head.nlmsg_len += (uint32_t)ALIGNED(a->nla_len);
}

int vprep_genl_ask(const struct vprep_genl_request *q, char **ret, size_t *ret_len)
{
	return vprep_netlink_ask(NETLINK_GENERIC, &q->head, ret, ret_len);
}

int vprep_genl_find(const void *answer, size_t len, uint16_t type, void *ret, size_t size)
{
	const char *bytes = answer;
	struct nlmsghdr head;
	size_t at = HEAD_SIZE;

	if (len < HEAD_SIZE)
		return -EBADMSG;
	memcpy(&head, bytes, sizeof(head));
	if (head.nlmsg_len < len)
		len = head.nlmsg_len;
	while (at + ATTRIBUTE_HEAD <= len) {
		struct nlattr a;

		memcpy(&a, bytes + at, sizeof(a));
		if (a.nla_len < ATTRIBUTE_HEAD || a.nla_len > len - at)
			return -EBADMSG;
		if ((a.nla_type & NLA_TYPE_MASK) == type &&
		    a.nla_len >= ATTRIBUTE_HEAD + size) {
			memcpy(ret, bytes + at + ATTRIBUTE_HEAD, size);
			return 0;
		}
		at += ALIGNED(a.nla_len);
	}
	return -EBADMSG;
}

int vprep_genl_init(struct vprep_genl_request *q, const char *family, uint8_t command,
		    uint8_t version)
{
	_cleanup_free_ char *answer = NULL;
	uint16_t number = 0;
	size_t len;
	int r;

	begin(q, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	vprep_genl_add(q, CTRL_ATTR_FAMILY_NAME, family);
	r = vprep_genl_ask(q, &answer, &len);
	if (r == 0)
		r = vprep_genl_find(answer, len, CTRL_ATTR_FAMILY_ID, &number,
				    sizeof(number));
	if (r == 0)
		begin(q, number, command, version);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a PF's interface administers of its VFs: RTM_GETLINK and RTM_SETLINK with
 * IFLA_VFINFO_LIST (rtnetlink(7), include/uapi/linux/if_link.h).
 */
#include "io/netlink.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif
#define ATTRIBUTES_SIZE 256
#define ANSWER_MAX (4u * 1024 * 1024)

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[ATTRIBUTES_SIZE];
};

static void request_init(struct request *q, uint16_t type, uint16_t flags)
{
	memset(q, 0, sizeof(*q));
	q->head.nlmsg_len = NLMSG_LENGTH(sizeof(q->info));
	q->head.nlmsg_type = type;
	q->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	q->head.nlmsg_seq = 1;
	q->info.ifi_family = AF_UNSPEC;
}

/* Returns the attribute, for end(). What all callers add fits. */
static struct rtattr *add(struct request *q, unsigned type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));

	a->rta_type = (uint16_t)type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len > 0)
		memcpy(RTA_DATA(a), data, len);
	q->head.nlmsg_len =
		(uint32_t)(NLMSG_ALIGN(q->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
	return a;
}

/* Ends an attribute that holds all that was added since. */
static void end(struct request *q, struct rtattr *nest)
{
	nest->rta_len = (uint16_t)((char *)q + q->head.nlmsg_len - (char *)nest);
}

static int add_name(struct request *q, const char *interface)
{
	size_t len = strlen(interface);

	if (len == 0 || len >= IF_NAMESIZE)
		return -ENODEV;
	add(q, IFLA_IFNAME, interface, len + 1);
	return 0;
}

/* Receives the next answer, whose size the kernel says beforehand. */
static int receive(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *buf = NULL;
	ssize_t n;

	n = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC);
	if (n < 0)
		return -errno;
	if ((size_t)n > ANSWER_MAX)
		return -EFBIG;
	buf = malloc((size_t)n + 1);
	if (!buf)
		return -ENOMEM;
	n = recv(fd, buf, (size_t)n, 0);
	if (n < 0)
		return -errno;
	*ret = TAKE_PTR(buf);
	*ret_len = (size_t)n;
	return 0;
}

int vprep_netlink_ask(int protocol, const struct nlmsghdr *request, char **ret,
		      size_t *ret_len)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	_cleanup_free_ char *answer = NULL;
	const struct nlmsghdr *head;
	size_t len = 0;
	int r;

	if (fd < 0)
		return -errno;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	r = receive(fd, &answer, &len);
	if (r < 0)
		return r;
	head = (const void *)answer;
	if (len < sizeof(*head) || head->nlmsg_len > len ||
	    head->nlmsg_len < sizeof(*head))
		return -EBADMSG;
	if (head->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(head);

		if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
			return -EBADMSG;
		return error->error;
	}
	if (!ret)
		return -EBADMSG;
	*ret_len = head->nlmsg_len;
	*ret = TAKE_PTR(answer);
	return 0;
}

static int ask(const struct request *q, char **ret, size_t *ret_len)
{
	return vprep_netlink_ask(NETLINK_ROUTE, &q->head, ret, ret_len);
}

/* ---- attributes of an answer ---- */

/* As RTA_NEXT(), which mixes signed and unsigned numbers. */
static const struct rtattr *after(const struct rtattr *a, int *left)
{
	int size = (int)RTA_ALIGN(a->rta_len);

	*left -= size;
	return (const void *)((const char *)a + size);
}

static bool is(const struct rtattr *a, unsigned type, size_t size)
{
	return (a->rta_type & NLA_TYPE_MASK) == type && a->rta_len >= RTA_LENGTH(size);
}

/* Reads the first tag of the list, the outer one; drivers have no more than one. */
static void read_vlan_list(const struct rtattr *list, struct vprep_io_vf *ret)
{
	const struct rtattr *a = RTA_DATA(list);
	struct ifla_vf_vlan_info vlan;

	if (!RTA_OK(a, (int)RTA_PAYLOAD(list)) || !is(a, IFLA_VF_VLAN_INFO, sizeof(vlan)))
		return;
	memcpy(&vlan, RTA_DATA(a), sizeof(vlan));
	ret->vlan = (uint16_t)vlan.vlan;
	ret->qos = (uint8_t)vlan.qos;
	ret->protocol = ntohs(vlan.vlan_proto);
}

static void show(struct vprep_io_vf *vf, enum vprep_vf_setting setting, uint64_t value)
{
	vf->settings.has[setting] = true;
	vf->settings.values[setting] = value;
}

/* What a driver does not know of, the kernel shows as -1 (rtnl_fill_vfinfo()); a rate and
 * the state of a link are what they are without a driver that knows them. */
static void read_setting(const struct rtattr *a, struct vprep_io_vf *vf)
{
	struct ifla_vf_spoofchk spoofchk;
	struct ifla_vf_link_state link;
	struct ifla_vf_trust trust;
	struct ifla_vf_rate rate;

	if (is(a, IFLA_VF_TRUST, sizeof(trust))) {
		memcpy(&trust, RTA_DATA(a), sizeof(trust));
		if (trust.setting != UINT32_MAX)
			show(vf, VPREP_VF_TRUST, trust.setting != 0);
	} else if (is(a, IFLA_VF_SPOOFCHK, sizeof(spoofchk))) {
		memcpy(&spoofchk, RTA_DATA(a), sizeof(spoofchk));
		if (spoofchk.setting != UINT32_MAX)
			show(vf, VPREP_VF_SPOOFCHK, spoofchk.setting != 0);
	} else if (is(a, IFLA_VF_RATE, sizeof(rate))) {
		memcpy(&rate, RTA_DATA(a), sizeof(rate));
		show(vf, VPREP_VF_RATE,
		     vprep_vf_rate(rate.min_tx_rate, rate.max_tx_rate));
	} else if (is(a, IFLA_VF_LINK_STATE, sizeof(link))) {
		memcpy(&link, RTA_DATA(a), sizeof(link));
		if (link.link_state <= IFLA_VF_LINK_STATE_DISABLE)
			show(vf, VPREP_VF_LINK, link.link_state);
	}
}

/* True when @info is about that VF. A driver that shows no VLAN has none. */
static bool read_vf(const struct rtattr *info, unsigned index, struct vprep_io_vf *ret)
{
	struct vprep_io_vf vf = { .protocol = ETH_P_8021Q };
	int left = (int)RTA_PAYLOAD(info);
	const struct rtattr *a;
	bool found = false;

	for (a = RTA_DATA(info); RTA_OK(a, left); a = after(a, &left)) {
		struct ifla_vf_mac mac;

		if (is(a, IFLA_VF_MAC, sizeof(mac))) {
			memcpy(&mac, RTA_DATA(a), sizeof(mac));
			if (mac.vf != index)
				return false;
			memcpy(vf.mac, mac.mac, sizeof(vf.mac));
			found = true;
		} else if (is(a, IFLA_VF_VLAN_LIST, 0)) {
			read_vlan_list(a, &vf);
		} else {
			read_setting(a, &vf);
		}
	}
	if (found)
		*ret = vf;
	return found;
}

/* @left: up to the end of the answer. The list's own length has 16 bits, and the kernel
 * does not care that more than some 300 VFs do not fit (nla_nest_end()): the list ends
 * where another attribute begins. */
static int find_vf(const struct rtattr *list, int left, unsigned index,
		   struct vprep_io_vf *ret)
{
	const struct rtattr *a;

	left -= (int)RTA_LENGTH(0);
	for (a = RTA_DATA(list); RTA_OK(a, left) && is(a, IFLA_VF_INFO, 0);
	     a = after(a, &left))
		if (read_vf(a, index, ret))
			return 0;
	return -ENOENT;
}

int vprep_link_get_vf(struct vprep_io *io, const char *interface, unsigned index,
		      struct vprep_io_vf *ret)
{
	const uint32_t filter = RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS;
	const size_t start = NLMSG_SPACE(sizeof(struct ifinfomsg));
	_cleanup_free_ char *answer = NULL;
	const struct rtattr *a;
	struct request q;
	size_t len;
	int r, left;

	(void)io;
	request_init(&q, RTM_GETLINK, 0);
	r = add_name(&q, interface);
	if (r < 0)
		return r;
	add(&q, IFLA_EXT_MASK, &filter, sizeof(filter));
	r = ask(&q, &answer, &len);
	if (r < 0)
		return r;
	if (!answer || len < start)
		return -EBADMSG;
	left = (int)(len - start); /* below ANSWER_MAX */
	for (a = (const void *)(answer + start); RTA_OK(a, left); a = after(a, &left))
		if (is(a, IFLA_VFINFO_LIST, 0))
			return find_vf(a, left, index, ret);
	return -ENOENT;
}

/* ---- all interfaces ---- */

#define LINK_PARENT_NAME 56 /* IFLA_PARENT_DEV_NAME, since Linux 5.14 */

static void copy_text(const struct rtattr *a, char *ret, size_t size)
{
	size_t len = RTA_PAYLOAD(a);

	if (len == 0 || len > size)
		return;
	memcpy(ret, RTA_DATA(a), len);
	ret[len - 1] = '\0';
}

/* Tells of an interface that is on a device. */
static void tell_link(const struct nlmsghdr *message, vprep_link_fn found, void *data)
{
	int left = (int)(message->nlmsg_len - NLMSG_SPACE(sizeof(struct ifinfomsg)));
	const struct rtattr *a = (const void *)((const char *)NLMSG_DATA(message) +
						NLMSG_ALIGN(sizeof(struct ifinfomsg)));
	char device[NAME_MAX + 1] = "", interface[IF_NAMESIZE] = "";

	for (; RTA_OK(a, left); a = after(a, &left)) {
		if (is(a, LINK_PARENT_NAME, 1))
			copy_text(a, device, sizeof(device));
		else if (is(a, IFLA_IFNAME, 1))
			copy_text(a, interface, sizeof(interface));
	}
	if (*device && *interface)
		found(data, device, interface);
}

/* Goes through the messages of one answer. 1: there are more to come. */
static int tell_links(const char *answer, size_t len, vprep_link_fn found, void *data)
{
	const struct nlmsghdr *message = (const void *)answer;

	while (len >= sizeof(*message) && message->nlmsg_len >= sizeof(*message) &&
	       message->nlmsg_len <= len) {
		size_t size = NLMSG_ALIGN(message->nlmsg_len);

		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR)
			return 0;
		if (message->nlmsg_type == RTM_NEWLINK &&
		    message->nlmsg_len > NLMSG_SPACE(sizeof(struct ifinfomsg)))
			tell_link(message, found, data);
		if (size >= len)
			return 1;
		len -= size;
		message = (const void *)((const char *)message + size);
	}
	return -EBADMSG;
}

int vprep_links(vprep_link_fn found, void *data)
{
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct request q;
	int r = 1;

	if (fd < 0)
		return -errno;
	request_init(&q, RTM_GETLINK, NLM_F_DUMP);
	if (send(fd, &q, q.head.nlmsg_len, 0) < 0)
		return -errno;
	while (r == 1) {
		_cleanup_free_ char *answer = NULL;
		size_t len = 0;

		r = receive(fd, &answer, &len);
		if (r == 0)
			r = tell_links(answer, len, found, data);
	}
	return r;
}

/* ---- changes ---- */

static int set_vf(const char *interface, unsigned type, const void *data, size_t len)
{
	struct rtattr *list, *info;
	struct request q;
	int r;

	request_init(&q, RTM_SETLINK, NLM_F_ACK);
	r = add_name(&q, interface);
	if (r < 0)
		return r;
	list = add(&q, IFLA_VFINFO_LIST | NLA_F_NESTED, NULL, 0);
	info = add(&q, IFLA_VF_INFO | NLA_F_NESTED, NULL, 0);
	add(&q, type, data, len);
	end(&q, info);
	end(&q, list);
	return ask(&q, NULL, NULL);
}

int vprep_link_set_vf_mac(struct vprep_io *io, const char *interface, unsigned index,
			  const uint8_t mac[6])
{
	struct ifla_vf_mac value = { .vf = index };

	(void)io;
	memcpy(value.mac, mac, 6);
	return set_vf(interface, IFLA_VF_MAC, &value, sizeof(value));
}

/* The older attribute for 802.1Q, which every driver takes. */
int vprep_link_set_vf_vlan(struct vprep_io *io, const char *interface, unsigned index,
			   const struct vprep_io_vf *vlan)
{
	const struct ifla_vf_vlan plain = { .vf = index,
					    .vlan = vlan->vlan,
					    .qos = vlan->qos };
	struct {
		struct rtattr head;
		struct ifla_vf_vlan_info info;
	} list = {
		.head = { .rta_len = sizeof(list), .rta_type = IFLA_VF_VLAN_INFO },
		.info = { .vf = index,
			  .vlan = vlan->vlan,
			  .qos = vlan->qos,
			  .vlan_proto = htons(vlan->protocol) },
	};

	(void)io;
	if (vlan->protocol == ETH_P_8021Q)
		return set_vf(interface, IFLA_VF_VLAN, &plain, sizeof(plain));
	return set_vf(interface, IFLA_VF_VLAN_LIST | NLA_F_NESTED, &list, sizeof(list));
}

/* A setting of one number has the same structure whichever it is. */
int vprep_link_set_vf_setting(struct vprep_io *io, const char *interface, unsigned index,
			      enum vprep_vf_setting setting, uint64_t value)
{
	static const unsigned types[VPREP_VF_SETTINGS] = {
		[VPREP_VF_TRUST] = IFLA_VF_TRUST,
		[VPREP_VF_SPOOFCHK] = IFLA_VF_SPOOFCHK,
		[VPREP_VF_RATE] = IFLA_VF_RATE,
		[VPREP_VF_LINK] = IFLA_VF_LINK_STATE,
	};
	const struct ifla_vf_rate rate = { .vf = index,
					   .min_tx_rate = vprep_vf_rate_min(value),
					   .max_tx_rate = vprep_vf_rate_max(value) };
	const struct ifla_vf_trust one = { .vf = index, .setting = (uint32_t)value };

	_Static_assert(sizeof(one) == sizeof(struct ifla_vf_spoofchk) &&
			       sizeof(one) == sizeof(struct ifla_vf_link_state),
		       "each is the VF's number and that of the setting");
	(void)io;
	return setting == VPREP_VF_RATE
		       ? set_vf(interface, types[setting], &rate, sizeof(rate))
		       : set_vf(interface, types[setting], &one, sizeof(one));
}

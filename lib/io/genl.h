/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question to the kernel by generic netlink, and the attributes of its answer. */
#ifndef VPREP_IO_GENL_H
#define VPREP_IO_GENL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define VPREP_GENL_ATTRIBUTES_SIZE 128
#define VPREP_GENL_TEXT_MAX (VPREP_GENL_ATTRIBUTES_SIZE / 2)

struct vprep_genl_request {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	char attributes[VPREP_GENL_ATTRIBUTES_SIZE];
};

/* A command of the family with that name, whose number is the kernel's to choose.
 * -ENOENT: this kernel has no such family, or its module is not loaded. */
int vprep_genl_init(struct vprep_genl_request *request, const char *family,
		    uint8_t command, uint8_t version);

/* All that a caller adds must fit: names up to VPREP_GENL_TEXT_MAX. */
void vprep_genl_add(struct vprep_genl_request *request, uint16_t type, const char *text);

/* The answer is one message, freed with free(). Errors as vprep_netlink_ask(). */
int vprep_genl_ask(const struct vprep_genl_request *request, char **ret, size_t *ret_len);

/* Copies the first @size bytes of an attribute of an answer of @len bytes, which begins
 * with its head. -EBADMSG: it has none that long, or is no answer. */
int vprep_genl_find(const void *answer, size_t len, uint16_t type, void *ret,
		    size_t size);

#endif

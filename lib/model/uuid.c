// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/uuid.h"

#include <errno.h>
#include <string.h>

#include "common/str.h"

struct vprep_uuid_text vprep_uuid_text(const struct vprep_uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";
	struct vprep_uuid_text t = { "" };
	char *p = t.s;
	unsigned i;

	for (i = 0; i < sizeof(uuid->bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->bytes[i] >> 4];
		*p++ = digits[uuid->bytes[i] & 0xfu];
	}
	*p = '\0';
	return t;
}

int vprep_uuid_parse(const char *s, struct vprep_uuid *ret)
{
	static const char white[] = " \t\n\r\f";
	struct vprep_uuid uuid;
	uint64_t byte;
	unsigned i;

	s += strspn(s, white);
	for (i = 0; i < sizeof(uuid.bytes); i++, s += 2) {
		s += strspn(s, "- ");
		if (!s[0] || vprep_parse_u64_n(s, 2, 16, 0xff, &byte) < 0)
			return -EINVAL;
		uuid.bytes[i] = (uint8_t)byte;
	}
	if (s[strspn(s, white)])
		return -EINVAL;
	*ret = uuid;
	return 0;
}

bool vprep_uuid_same(const struct vprep_uuid *a, const struct vprep_uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

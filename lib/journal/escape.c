// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/escape.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

#define SUFFIX ".jsonl"
#define FILE_MAX 240 /* NAME_MAX, less what a temporary name adds */

static bool is_plain(char c, size_t at)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' || c == '-' || (c == '.' && at > 0);
}

int vprep_escape_file(const char *id, char **ret)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	if (!*id)
		return -EINVAL;
	for (i = 0; id[i]; i++) {
		if (is_plain(id[i], i))
			vprep_buf_add_n(&buf, &id[i], 1);
		else
			vprep_buf_addf(&buf, "%%%02X", (unsigned char)id[i]);
		if (buf.len > FILE_MAX)
			return -ENAMETOOLONG;
	}
	vprep_buf_add(&buf, SUFFIX);
	return vprep_buf_take(&buf, ret);
}

int vprep_unescape_file(const char *file, char **ret)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_free_ char *again = NULL;
	_cleanup_free_ char *id = NULL;
	size_t len = strlen(file), i;
	int r;

	if (len <= strlen(SUFFIX) || !streq(file + len - strlen(SUFFIX), SUFFIX))
		return -EINVAL;
	len -= strlen(SUFFIX);
	for (i = 0; i < len; i++) {
		uint64_t byte = (unsigned char)file[i];
		char c;

		if (file[i] == '%') {
			if (i + 2 >= len ||
			    vprep_parse_u64_n(file + i + 1, 2, 16, 255, &byte) < 0)
				return -EINVAL;
			i += 2;
		}
		c = (char)byte;
		vprep_buf_add_n(&buf, &c, 1);
	}
	r = vprep_buf_take(&buf, &id);
	if (r == 0)
		r = vprep_escape_file(id, &again);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	if (!streq(again, file))
		return -EINVAL;
	*ret = TAKE_PTR(id);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/str.h"

struct vprep_quoted vprep_quote(const char *word)
{
	const size_t room = sizeof(((struct vprep_quoted *)0)->text) - 1;
	struct vprep_quoted q = { "" };
	size_t n = strnlen(word, room + 1);
	bool cut = n > room;

	if (cut)
		n = room;
	for (size_t i = 0; i < n; i++)
		q.text[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
	if (cut)
		memcpy(q.text + room - 3, "...", 3);
	return q;
}

char *vprep_shell_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+=,-";
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *word;

	if (*s && s[strspn(s, plain)] == '\0')
		return strdup(s);
	vprep_buf_add(&buf, "'");
	for (; *s; s++)
		vprep_buf_add_n(&buf, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	vprep_buf_add(&buf, "'");
	return vprep_buf_take(&buf, &word) < 0 ? NULL : word;
}

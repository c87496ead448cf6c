// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "message.h"
#include "out.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* Two characters that are valid UTF-8 are not allowed in XML: U+FFFE and U+FFFF. */
static void replace_noncharacters(char *text)
{
	char *at = text;

	while ((at = strstr(at, "\xef\xbf")))
		if (at[2] == '\xbe' || at[2] == '\xbf')
			memset(at, '?', 3);
		else
			at += 2;
}

static void write_text(FILE *to, const char *text, unsigned columns)
{
	_cleanup_free_ char *copy = strdup(text ? text : "");

	if (!copy)
		vprep_message_oom();
	vprep_str_make_printable(copy);
	replace_noncharacters(copy);
	if (columns > 0)
		vprep_out_shorten(copy, columns);
	for (const char *p = copy; *p; p++) {
		const char *name = entity(*p);

		if (name)
			fputs(name, to);
		else
			fputc(*p, to);
	}
}

void vprep_html_short(FILE *to, const char *text, unsigned columns)
{
	write_text(to, text, columns);
}

void vprep_html(FILE *to, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			fputc(*p, to);
			continue;
		}
		p++;
		if (*p == 's')
			write_text(to, va_arg(ap, const char *), 0);
		else if (*p == 'd')
			fprintf(to, "%d", va_arg(ap, int));
		else if (*p == 'u')
			fprintf(to, "%u", va_arg(ap, unsigned));
		else if (*p == 'z' && *++p == 'u')
			fprintf(to, "%zu", va_arg(ap, size_t));
		else if (*p == '%')
			fputc('%', to);
		else
			abort(); /* our own mistake: no other conversion is known */
	}
	va_end(ap);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing HTML.
 *
 * I1  What is inserted can end no element and no attribute, and steers no reader: it is
 *     escaped and made printable, whatever is in it.
 * I2  What is written is also XML, so that any parser finds its mistakes.
 */
#ifndef VPREP_REPORT_HTML_H
#define VPREP_REPORT_HTML_H

#include <stdio.h>

/* Writes @format as it is but for %s, %d, %u, %zu and %%. The text of a %s is escaped;
 * NULL is none. Ends the program when out of memory. */
void vprep_html(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same text, cut to so many columns. */
void vprep_html_short(FILE *to, const char *text, unsigned columns);

#endif

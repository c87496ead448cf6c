/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings, string lists and checked number parsing. */
#ifndef VPREP_COMMON_STR_H
#define VPREP_COMMON_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"

#define streq(a, b) (strcmp((a), (b)) == 0)

/* True when both are NULL, or neither is and they are equal. */
static inline bool vprep_str_same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

/* A formatted string, or NULL when out of memory. */
char *vprep_strf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *vprep_vstrf(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

/* Replaces *@slot by a copy of @value (NULL allowed). 0 or -ENOMEM. */
int vprep_str_replace(char **slot, const char *value);

/* The index of @s among @n words, each of which may be NULL. -EINVAL: it is none. */
int vprep_word_index(const char *const *words, size_t n, const char *s);

/* In place: control characters, marks of direction and invalid UTF-8 become '?', a byte
 * each. */
void vprep_str_make_printable(char *s);

/* In place: each byte of invalid UTF-8 becomes '?'. */
void vprep_str_make_utf8(char *s);

struct vprep_quoted {
	char text[61];
};

/* A word of others for a message: everything but printable ASCII becomes '?', and what is
 * longer than 60 is cut. */
struct vprep_quoted vprep_quote(const char *word);

/* @s as one word of a shell's command line: people paste what a fix says. The caller
 * frees it; NULL: out of memory. */
char *vprep_shell_word(const char *s);

/* Whole-string unsigned parse in @base (10 or 16, no sign, no prefix, no blanks).
 * -EINVAL for anything else, -ERANGE above @max. */
int vprep_parse_u64(const char *s, unsigned base, uint64_t max, uint64_t *ret);

/* The same over @len bytes that need not be terminated. */
int vprep_parse_u64_n(const char *s, size_t len, unsigned base, uint64_t max,
		      uint64_t *ret);

/* A growing string; `failed` latches ENOMEM so that a run of appends is checked once. */
struct vprep_buf {
	char *data;
	size_t len;
	size_t size;
	bool failed;
};

void vprep_buf_add(struct vprep_buf *b, const char *s);
void vprep_buf_add_n(struct vprep_buf *b, const char *s, size_t n);
void vprep_buf_addf(struct vprep_buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text (never NULL on 0), owned by the caller. -ENOMEM if an append failed. */
int vprep_buf_take(struct vprep_buf *b, char **ret);
void vprep_buf_done(struct vprep_buf *b);

/* NULL-terminated lists of strings. */
void vprep_strv_free(char **v);
size_t vprep_strv_len(char *const *v);
bool vprep_strv_has(char *const *v, const char *s);
/* Appends a copy of @s; *@v may be NULL. 0 or -ENOMEM. */
int vprep_strv_add(char ***v, const char *s);
/* The same for a list of *@n strings, which need not be counted again. */
int vprep_strv_add_n(char ***v, size_t *n, const char *s);
void vprep_strv_sort(char **v);

static inline void vprep_strv_freep(char ***v)
{
	vprep_strv_free(*v);
}

#define _cleanup_strv_ _cleanup_(vprep_strv_freep)
#define _cleanup_buf_ _cleanup_(vprep_buf_done)

#endif

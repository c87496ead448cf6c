/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. */
#ifndef VPREP_TESTS_FUZZ_H
#define VPREP_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "vfio-prep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "not so: %s\n", #condition);                     \
			abort();                                                         \
		}                                                                        \
	} while (0)

static inline bool fuzz_is_printable(const char *s)
{
	_cleanup_free_ char *copy = strdup(s);

	CHECK(copy);
	vprep_str_make_printable(copy);
	return streq(copy, s);
}

/* An error is one line for people. */
static inline void fuzz_check_error(int r, const struct vprep_error *err)
{
	CHECK(r < 0 && err->number == -r && err->code != 0);
	CHECK(*err->message && fuzz_is_printable(err->message));
}

/* The text as a string, up to a NUL byte. */
static inline char *fuzz_string(const uint8_t *data, size_t len)
{
	char *s = strndup(len ? (const char *)data : "", len);

	CHECK(s);
	return s;
}

/* A folder for a host of files, the same for the whole run; it goes at the end. */
const char *fuzz_folder(void);
/* Removes all that is in it. */
void fuzz_folder_empty(void);
/* A file there, and the folders that lead to it. Links in the path are not followed out
 * of it. A path that cannot be made is left out. */
void fuzz_put_file(const char *path, const void *content, size_t len);
void fuzz_put_link(const char *path, const char *target);
void fuzz_put_folder(const char *path);

#endif

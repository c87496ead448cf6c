/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the command have: its output and its messages as strings. */
#ifndef VPREP_TESTS_COMMAND_TEST_H
#define VPREP_TESTS_COMMAND_TEST_H

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "common/str.h"
#include "out.h"
#include "test.h"

/* A result of the library, written down: an array, and as it stands in a list. */
#define ARRAY(type, ...)                                                                 \
	(type[])                                                                         \
	{                                                                                \
		__VA_ARGS__                                                              \
	}
#define COUNTED(type, ...)                                                               \
	.n = VPREP_ARRAY_SIZE(ARRAY(type, __VA_ARGS__)), .items = ARRAY(type, __VA_ARGS__)

/* A function of the library that gives that result, and the one that frees it. */
#define RESULT(fn, type, result, free_fn)                                                \
	int fn(struct vprep_session *session, struct type **ret,                         \
	       struct vprep_error *err)                                                  \
	{                                                                                \
		(void)session, (void)err;                                                \
		*ret = &(result);                                                        \
		return 0;                                                                \
	}                                                                                \
	void free_fn(struct type *unused)                                                \
	{                                                                                \
		(void)unused;                                                            \
	}

/* What goes to @fd from here on, until capture_end(). */
struct capture {
	int fd;
	int original;
	int file;
};

static inline struct capture capture_begin(int fd)
{
	struct capture c = { .fd = fd };

	fflush(NULL);
	c.original = dup(fd);
	c.file = memfd_create("capture", MFD_CLOEXEC);
	assert_true(c.original >= 0 && c.file >= 0);
	assert_int_equal(dup2(c.file, fd), fd);
	return c;
}

/* The caller frees it. */
static inline char *capture_end(const struct capture *c)
{
	char *text;
	size_t len;

	fflush(NULL);
	assert_int_equal(dup2(c->original, c->fd), c->fd);
	close(c->original);
	assert_int_equal(vprep_file_read(c->file, (size_t)1024 * 1024, &text, &len), 0);
	close(c->file);
	return text;
}

/* Runs @fn in a child, once @begin has made that what it is to be: its status, as of
 * waitpid(2). */
static inline int status_of_child(void (*begin)(void), int (*fn)(void))
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		begin();
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* An answer that does not go to the standard output; *@out must not move. */
static inline void out_begin(struct vprep_out *out, unsigned width)
{
	*out = (struct vprep_out){ .width = width };
	out->to = open_memstream(&out->text, &out->len);
	assert_non_null(out->to);
}

/* The caller frees it. */
static inline char *out_end(struct vprep_out *out)
{
	assert_int_equal(fclose(out->to), 0);
	return out->text;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/ini.h"

#include <errno.h>
#include <string.h>

#include <ini.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/library.h"

/* Many hosts have no configuration to be read. */
#define SONAME "libinih.so.1"

#define FUNCTIONS(X) X(ini_parse_stream)

VPREP_LIBRARY_NOTE("inih", "Reads the configuration", "required", SONAME);

#define FILE_SIZE_MAX (1024u * 1024)
#define LINE_MAX_READ 199 /* inih is built with INI_MAX_LINE=200 */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

VPREP_LIBRARY(inih, FUNCTIONS, .sonames = { SONAME });

struct reading {
	const struct vprep_ini_reader *reader;
	struct vprep_error *err;
	const char *rest; /* of the text */
	unsigned line;	  /* the last one that inih has read */
	unsigned failed;  /* the first one whose key was refused; 0: none */
	int result;	  /* why it was */
};

/* Blanks before a line mean nothing: inih would take an indented line for more of the
 * value before it, and its key would be lost in silence. */
static const char *skip_blanks(const char *line)
{
	return line + strspn(line, " \t\r\f\v");
}

/* For inih, as fgets(). check_line() has seen to it that a line fits. */
static char *read_line(char *to, int size, void *data)
{
	struct reading *reading = data;
	size_t len;

	reading->rest = skip_blanks(reading->rest);
	len = strcspn(reading->rest, "\n");
	len += reading->rest[len] == '\n';
	if (len == 0 || size <= 0)
		return NULL;
	if (len >= (size_t)size)
		len = (size_t)size - 1;
	memcpy(to, reading->rest, len);
	to[len] = '\0';
	reading->rest += len;
	reading->line++;
	return to;
}

/* inih's handler: at 0 inih notes the line's number, and goes on. */
static int handle_key(void *data, const char *section, const char *key, const char *value)
{
	struct reading *reading = data;
	const char *expected = "";
	int r;

	if (reading->failed > 0) /* the first one is the one that is told */
		return 0;
	*reading->reader->line = reading->line;
	r = reading->reader->set(reading->reader->data, section, key, value, &expected);
	if (r == -ENOKEY)
		r = vprep_error_set(reading->err, VPREP_E_USAGE, EINVAL, NULL,
				    "unknown key '%s'", key);
	else if (r == -EINVAL)
		vprep_error_set(reading->err, VPREP_E_USAGE, EINVAL, NULL,
				"%s = '%s': expected %s", key, value, expected);
	else if (r < 0)
		vprep_error_oom(reading->err);
	if (r < 0)
		reading->failed = reading->line;
	reading->result = r;
	return r == 0;
}

static int begin_section(const struct vprep_ini_reader *reader, const char *name,
			 size_t len, unsigned number, const char **ret_why)
{
	_cleanup_free_ char *text = NULL;

	*ret_why = "unknown section (an address in one is whole, as 0000:05:10.1)";
	if (!reader->is_section(name, len))
		return -EINVAL;
	if (!reader->begin)
		return 0;
	*reader->line = number;
	text = strndup(name, len);
	return text ? reader->begin(reader->data, text, ret_why) : -ENOMEM;
}

static int check_line(const struct vprep_ini_reader *reader, const char *line, size_t len,
		      unsigned number, const char **ret_why)
{
	const char *end;

	*ret_why = "it is longer than inih reads; repeat the key on another line";
	if (len >= LINE_MAX_READ)
		return -EINVAL;
	line = skip_blanks(line);
	if (*line != '[')
		return 0;
	*ret_why = "unknown section";
	end = line + strcspn(line, "]\n");
	return *end == ']' ? begin_section(reader, line + 1, (size_t)(end - line) - 1,
					   number, ret_why)
			   : -EINVAL;
}

static int check_lines(const char *path, const char *text,
		       const struct vprep_ini_reader *reader, struct vprep_error *err)
{
	const char *why;
	unsigned number;
	int r;

	for (number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");

		r = check_line(reader, text, len, number, &why);
		if (r == -ENOMEM)
			return vprep_error_oom(err);
		if (r < 0)
			return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					       "%s:%u: %s", path, number, why);
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int parse(const char *path, const char *text,
		 const struct vprep_ini_reader *reader, struct vprep_error *err)
{
	struct vprep_error reason = { 0 };
	struct reading reading = { .reader = reader, .err = &reason, .rest = text };
	int line, r;

	r = check_lines(path, text, reader, err);
	if (r < 0)
		return r;
	if (!vprep_library_open(&inih_library))
		return vprep_error_set(err, VPREP_E_FAILED, ELIBACC, NULL,
				       "%s cannot be read: %s", path, inih_library.why);
	line = inih.ini_parse_stream(read_line, &reading, handle_key, &reading);
	if (line == 0)
		return 0;
	if (line < 0 || reading.result == -ENOMEM)
		return vprep_error_oom(err);
	return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "%s:%d: %.400s", path,
			       line,
			       reading.failed == (unsigned)line
				       ? reason.message
				       : "not a 'key = value' line");
}

int vprep_ini_read(int fd, const char *path, const struct vprep_ini_reader *reader,
		   struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len, skipped;
	int r = vprep_file_read(fd, FILE_SIZE_MAX, &text, &len);

	if (r == 0 && strlen(text) != len)
		r = -EINVAL; /* what stands behind a NUL byte would not be seen */
	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot read the configuration %s: %s", path,
				       strerror(-r));
	/* inih would skip it, and see a section in a line in which we see none */
	skipped = strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0
			  ? strlen(BYTE_ORDER_MARK)
			  : 0;
	return parse(path, text + skipped, reader, err);
}

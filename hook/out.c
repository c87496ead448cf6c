// SPDX-License-Identifier: GPL-2.0-or-later
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/str.h"
#include "message.h"

/* Lines longer than this are hard to read, however wide the terminal is. */
#define WIDEST 100
/* A column narrower than this is not worth breaking lines for. */
#define NARROWEST 24
#define LEFT 4 /* exit status */

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

void vprep_out_init(struct vprep_out *out)
{
	struct winsize size = { 0 };

	*out = (struct vprep_out){ 0 };
	out->to = open_memstream(&out->text, &out->len);
	if (!out->to)
		vprep_message_oom();
	if (!isatty(STDOUT_FILENO))
		return;
	out->colour = wants_colour();
	out->width = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		out->width = size.ws_col < WIDEST ? size.ws_col : WIDEST;
	out->terminal = size.ws_col;
}

unsigned vprep_out_row_width(const struct vprep_out *out)
{
	return out->terminal > out->width ? out->terminal : out->width;
}

static int write_all(struct vprep_out *out)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (out->sent < out->len) {
		ssize_t n =
			write(STDOUT_FILENO, out->text + out->sent, out->len - out->sent);

		if (n < 0 && errno == EINTR)
			continue;
		/* Another process that has the same pipe may have made it non-blocking. */
		if (n < 0 && errno == EAGAIN && poll(&room, 1, -1) >= 0)
			continue;
		if (n < 0)
			return -errno;
		out->sent += (size_t)n;
	}
	return 0;
}

int vprep_out_now(struct vprep_out *out)
{
	int r;

	if (fflush(out->to) != 0)
		vprep_message_oom();
	r = write_all(out);
	if (r < 0)
		out->sent = out->len;
	return r;
}

int vprep_out_finish(struct vprep_out *out, int status)
{
	const char *stays = out->stays;
	int r = vprep_out_now(out);

	fclose(out->to);
	/* Some file systems tell only here that there was no room (close(2)). */
	if (r == 0 && out->len > 0 && close(STDOUT_FILENO) < 0 && errno != EINTR)
		r = -errno;
	free(out->text);
	*out = (struct vprep_out){ 0 };
	if (r < 0) {
		vprep_message("cannot write to standard output: %s%s%s", strerror(-r),
			      stays ? "; " : "", stays ? stays : "");
		return stays ? LEFT : status ? status : 1;
	}
	return status;
}

void vprep_out_json(struct vprep_out *out)
{
	char *text;

	if (vprep_json_text(&out->json, VPREP_JSON_PRETTY, &text) < 0)
		vprep_message_oom();
	vprep_str_make_utf8(text); /* names can have any bytes */
	fprintf(out->to, "%s\n", text);
	free(text);
	vprep_json_done(&out->json);
}

static bool starts_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

unsigned vprep_out_columns(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += starts_character(*text) ? 1 : 0;
	return n;
}

void vprep_out_shorten(char *text, unsigned columns)
{
	unsigned n = 0;
	char *end = text;

	for (; *text; text++) {
		if (!starts_character(*text))
			continue;
		if (n == columns - 3)
			end = text;
		if (n++ == columns) {
			memcpy(end, "...", sizeof("..."));
			return;
		}
	}
}

void vprep_out_indent(struct vprep_out *out, unsigned n)
{
	fprintf(out->to, "%*s", (int)n, "");
}

void vprep_out_styled(struct vprep_out *out, enum vprep_style style, const char *text)
{
	static const char *const codes[] = {
		[VPREP_STYLE_HEAD] = "1",
		[VPREP_STYLE_GOOD] = "32",
		[VPREP_STYLE_WARN] = "33",
		[VPREP_STYLE_BAD] = "31",
	};

	if (out->colour && style != VPREP_STYLE_PLAIN && *text)
		fprintf(out->to, "\033[%sm%s\033[0m", codes[style], text);
	else
		fputs(text, out->to);
}

/* Bytes to the end of the next word with the blanks before it, and their columns. */
static size_t next_word(const char *text, unsigned *ret_columns)
{
	size_t blanks = strspn(text, " ");
	size_t bytes = blanks + strcspn(text + blanks, " ");

	*ret_columns = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret_columns += starts_character(text[i]) ? 1 : 0;
	return bytes;
}

void vprep_out_wrapped(struct vprep_out *out, unsigned at, unsigned indent,
		       const char *text)
{
	bool wrap = out->width >= indent + NARROWEST;
	bool begun = false;

	while (*text) {
		unsigned columns;
		size_t bytes = next_word(text, &columns);

		if (wrap && begun && at + columns > out->width) {
			fputc('\n', out->to);
			vprep_out_indent(out, indent);
			text += strspn(text, " ");
			bytes = next_word(text, &columns);
			at = indent;
		}
		fwrite(text, 1, bytes, out->to);
		text += bytes;
		at += columns;
		begun = true;
	}
	fputc('\n', out->to);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owner ids as file names: data goes in, nothing of it can be a path. */
#ifndef VPREP_JOURNAL_ESCAPE_H
#define VPREP_JOURNAL_ESCAPE_H

/* "ID.jsonl" with every byte but [A-Za-z0-9_-], and '.' inside, as %XX. -EINVAL for an
 * empty id, -ENAMETOOLONG. */
int vprep_escape_file(const char *id, char **ret);
/* The id again. -EINVAL for a name that vprep_escape_file() does not make. */
int vprep_unescape_file(const char *file, char **ret);

#endif

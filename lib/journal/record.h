/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal's text: one JSON object a line, each with a checksum over the rest of its
 * line. Pure: text in, structures out.
 *
 * I1  A line without a newline at the end of the text is torn and counts as never written.
 * I2  Any other line that is not exactly what was written is refused by its number. What
 *     the other lines say is read all the same: who holds what is still to be known.
 */
#ifndef VPREP_JOURNAL_RECORD_H
#define VPREP_JOURNAL_RECORD_H

#include "common/str.h"
#include "model/step.h"
#include "vfio-prep.h"

#define VPREP_JOURNAL_VERSION 1

struct vprep_journal_header {
	int64_t version;
	char *boot_id;
	char *kind; /* manual, domain, run, mdev, numvfs, vport */
	char *name;
	char *uuid;
	int64_t pid, pid_start; /* of an owner that is a process */
	int64_t time;		/* seconds since the epoch */
};

void vprep_journal_header_init(struct vprep_journal_header *header);
/* One of a new owner that borrows its strings: it is not for the next call. */
struct vprep_journal_header vprep_journal_header_of(const char *kind, const char *name);
void vprep_journal_header_done(struct vprep_journal_header *header);

/* Append lines; errors latch in the buffer. */
void vprep_record_header(struct vprep_buf *buf,
			 const struct vprep_journal_header *header);
/* All facts of the step: its first record. */
void vprep_record_step(struct vprep_buf *buf, const struct vprep_step *step);
/* A change of state: seq, kind, state, device, and of a failure the reason and child. */
void vprep_record_state(struct vprep_buf *buf, const struct vprep_step *step);

/* The length of @text without a torn last line. */
size_t vprep_record_whole(const char *text, size_t len);

/*
 * Reads one line without its newline, the first of which is the header, into these.
 * -EBADMSG with the reason; -EPROTO for a header of another version; -ENOMEM. What is
 * wrong with a step's record makes the step partial.
 */
int vprep_record_read(const char *line, size_t len, bool is_first,
		      struct vprep_journal_header *header, struct vprep_steps *steps,
		      const char **ret_why);
/* Of the text behind the sum in a line. CRC-32 (IEEE 802.3): finds every burst of up to
 * 32 flipped bits. */
uint32_t vprep_record_checksum(const char *text, size_t len);
/* Whether the line is as it was written, whatever it says. */
bool vprep_record_is_whole(const char *line, size_t len);

/* Whether first records are read back as what they say: -EBADMSG when not; -ENOMEM. With
 * @has_header the header's line is before them. */
int vprep_record_check(const char *text, size_t len, bool has_header);

/*
 * Reads whole lines into a header and steps in their last state. An empty text is an
 * empty header (version 0). -EBADMSG with line number and reason for what is not a
 * journal; -EPROTO for one of another version; -ENOMEM, and nothing is read.
 *
 * Of a damaged text the header and the steps are what its intact lines say; a header that
 * is not known is empty. A step whose first record is lost is partial. A device that only
 * a damaged line seems to name is a partial claim: it may be the owner's.
 */
int vprep_record_parse(const char *text, size_t len,
		       struct vprep_journal_header *ret_header,
		       struct vprep_steps *ret_steps, struct vprep_error *err);

#endif

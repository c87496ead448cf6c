/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor says, as text. */
#ifndef VPREP_TESTS_UNIT_DOCTOR_TEST_H
#define VPREP_TESTS_UNIT_DOCTOR_TEST_H

#include "common/cleanup.h"
#include "common/str.h"
#include "session/session.h"
#include "test.h"

/* All that the check says: "status: detail [fix]", a line each. The session ends. */
static inline char *doctor_say(struct vprep_session *session, const char *check)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct vprep_diagnoses *diagnoses;
	char *said;
	size_t i;

	assert_int_equal(vprep_doctor(session, &diagnoses, NULL), 0);
	for (i = 0; i < diagnoses->n; i++) {
		const struct vprep_diagnosis *d = &diagnoses->items[i];

		if (streq(d->check, check))
			vprep_buf_addf(&text, "%s: %s%s%s%s\n", d->status, d->detail,
				       d->fix ? " [" : "", d->fix ? d->fix : "",
				       d->fix ? "]" : "");
	}
	vprep_diagnoses_free(diagnoses);
	vprep_session_free(session);
	vprep_buf_add(&text, "");
	assert_int_equal(vprep_buf_take(&text, &said), 0);
	return said;
}

#endif

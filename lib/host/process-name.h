/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to call a process when people are told of it. */
#ifndef VPREP_HOST_PROCESS_NAME_H
#define VPREP_HOST_PROCESS_NAME_H

#include <stdbool.h>

#include "io/io.h"

/* Raw, as the process says it. */
struct vprep_process_name {
	char *command;	  /* argv[0]'s last component, or the kernel's comm, or "?" */
	char *guest;	  /* QEMU's -name guest=..., or a container or machine, or NULL */
	bool is_of_udevd; /* udevd, or what it has started: it looks at new devices */
};

/* What cannot be read is left out. -ENOMEM, -EIO, -EMFILE. */
int vprep_process_name_read(const struct vprep_io *io, pid_t pid,
			    struct vprep_process_name *ret);
void vprep_process_name_done(struct vprep_process_name *name);

/* "pid 4711 (qemu-system-x86_64, guest web1)", printable; NULL when out of memory. */
char *vprep_process_text(pid_t pid, const struct vprep_process_name *name);
/* Both: the text of a process whose name is of no other use. */
int vprep_process_describe(const struct vprep_io *io, pid_t pid, char **ret);

#endif

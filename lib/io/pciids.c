// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/pciids.h"

#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/library.h"

/* It brings three other libraries, and most commands name no vendor. */
#define SONAME "libpci.so.3"

#define FUNCTIONS(X)                                                                     \
	X(pci_alloc)                                                                     \
	X(pci_cleanup)                                                                   \
	X(pci_lookup_name)                                                               \
	X(pci_set_param)

VPREP_LIBRARY_NOTE("pci", "Names PCI vendors and devices", "suggested", SONAME);

VPREP_LIBRARY(libpci, FUNCTIONS, .sonames = { SONAME });

struct vprep_pciids {
	struct pci_access *access; /* NULL: its list is malformed */
};

/* Where fatal errors of libpci jump to: it goes on when its handler returns. */
static __thread jmp_buf *way_out;

/* One that it jumped out of. This process reads no list again: the memory of each try
 * would be lost. */
static _Atomic(struct pci_access *) given_up;

static void __attribute__((noreturn)) fatal(char *message, ...)
{
	(void)message;
	longjmp(*way_out, 1);
}

static void silent(char *message, ...)
{
	(void)message;
}

int vprep_pciids_new(struct vprep_pciids **ret)
{
	/* udevd's list and the cache in the user's home have no other names than libpci's
	 * own list, and libpci does not free all that it reads there. */
	static char off[][2][16] = { { "hwdb.disable", "1" }, { "net.cache_name", "" } };
	struct vprep_pciids *ids;

	if (given_up || !vprep_library_open(&libpci_library))
		return -ELIBACC;
	ids = calloc(1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	ids->access = libpci.pci_alloc();
	if (!ids->access) {
		free(ids);
		return -ENOMEM;
	}
	/* pci_init() would look for devices too, and set these. */
	ids->access->error = fatal;
	ids->access->warning = silent;
	ids->access->debug = silent;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(off); i++)
		libpci.pci_set_param(ids->access, off[i][0], off[i][1]);
	*ret = ids;
	return 0;
}

void vprep_pciids_free(struct vprep_pciids *ids)
{
	if (!ids)
		return;
	if (ids->access)
		libpci.pci_cleanup(ids->access);
	free(ids);
}

/*
 * After a jump libpci may be in the middle of anything: it is never called again for this
 * list, nor is its memory freed.
 */
static const char *look_up(struct vprep_pciids *ids, int what, int vendor, int device,
			   char *buf, size_t size)
{
	char *volatile name = NULL;
	jmp_buf here;

	if (!ids || !ids->access)
		return NULL;
	way_out = &here;
	if (setjmp(here) == 0)
		name = libpci.pci_lookup_name(ids->access, buf, (int)size,
					      what | PCI_LOOKUP_NO_NUMBERS, vendor,
					      device);
	else
		given_up = TAKE_PTR(ids->access);
	way_out = NULL;
	return name;
}

const char *vprep_pciids_vendor(struct vprep_pciids *ids, uint16_t vendor, char *buf,
				size_t size)
{
	return look_up(ids, PCI_LOOKUP_VENDOR, vendor, 0, buf, size);
}

const char *vprep_pciids_class(struct vprep_pciids *ids, uint16_t class_code, char *buf,
			       size_t size)
{
	return look_up(ids, PCI_LOOKUP_CLASS, class_code, 0, buf, size);
}

const char *vprep_pciids_device(struct vprep_pciids *ids, uint16_t vendor,
				uint16_t device, char *buf, size_t size)
{
	return look_up(ids, PCI_LOOKUP_DEVICE, vendor, device, buf, size);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that are opened when one of their functions is first needed, since what they
 * bring with them costs each start of a program more than most commands take.
 *
 *	#define FUNCTIONS(X) X(thing_new) X(thing_free)
 *	#define SONAME "libthing.so.1"
 *
 *	VPREP_LIBRARY_NOTE("thing", "What it is needed for", "recommended", SONAME);
 *
 *	VPREP_LIBRARY(things, FUNCTIONS, .sonames = { SONAME });
 *
 *	if (vprep_library_open(&things_library))
 *		things.thing_new(…);
 */
#ifndef VPREP_COMMON_LIBRARY_H
#define VPREP_COMMON_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define VPREP_LIBRARY_SONAMES 2

struct vprep_library {
	/* Each stands for the others: the first one that has all functions is used. */
	const char *sonames[VPREP_LIBRARY_SONAMES];
	const char *const *names; /* of the functions, up to a NULL */
	void *functions;    /* the struct of their addresses, in the order of the names */
	void (*init)(void); /* NULL, or called once, when all functions are known */
	pthread_once_t once; /* PTHREAD_ONCE_INIT, which is 0 */
	bool opened;
	const char *why; /* it is not opened, as dlerror(3) said it */
};

#define VPREP_LIBRARY_NAME(function) #function,
#define VPREP_LIBRARY_POINTER(function) __typeof__(function) *function;

/* Defines NAME, whose members are the functions, and NAME_library to open them by. The
 * other arguments are members of the latter: .sonames, and .init where it is needed. */
#define VPREP_LIBRARY(name, functions_of, ...)                                           \
	static struct {                                                                  \
		functions_of(VPREP_LIBRARY_POINTER)                                      \
	} name;                                                                          \
	static const char *const name##_names[] = { functions_of(VPREP_LIBRARY_NAME)     \
							    NULL };                      \
	static struct vprep_library name##_library = { .names = name##_names,            \
						       .functions = &name,               \
						       __VA_ARGS__ }

/*
 * Opens the library, which stays open, and looks up all its functions; later calls only
 * give the result again. Thread-safe, and safe in a child of a process with threads.
 * False: it is not installed or lacks a function, see library->why.
 */
bool vprep_library_open(struct vprep_library *library);

/*
 * Tells packagers that a program or library may open another one, which its dynamic
 * section does not say: https://uapi-group.org/specifications/specs/elf_dlopen_metadata.
 * All are string literals; @priority is "required", "recommended" or "suggested", and the
 * sonames stand for each other.
 */
#define VPREP_LIBRARY_NOTE(feature, description, priority, ...)                          \
	VPREP_LIBRARY_NOTE_OF("[{\"feature\":\"" feature                                 \
			      "\",\"description\":\"" description                        \
			      "\",\"priority\":\"" priority                              \
			      "\",\"soname\":[" VPREP_LIBRARY_QUOTED(__VA_ARGS__) "]}]")

/* One or two string literals as strings of JSON. */
#define VPREP_LIBRARY_QUOTED(...)                                                        \
	VPREP_LIBRARY_THIRD(__VA_ARGS__, VPREP_LIBRARY_QUOTED_2, VPREP_LIBRARY_QUOTED_1, \
			    0)                                                           \
	(__VA_ARGS__)
#define VPREP_LIBRARY_QUOTED_1(a) "\"" a "\""
#define VPREP_LIBRARY_QUOTED_2(a, b) "\"" a "\",\"" b "\""
#define VPREP_LIBRARY_THIRD(a, b, third, ...) third

#define VPREP_LIBRARY_NOTE_OF(json)                                                      \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct { \
		uint32_t name_size, json_size, type;                                     \
		char name[sizeof("FDO")];                                                \
		char text[(sizeof(json) + 3) / 4 * 4];                                   \
	} vprep_library_note = { sizeof("FDO"), sizeof(json), 0x407c0c0a, "FDO", json }

#endif

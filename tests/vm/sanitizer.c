// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into every program of a sanitized build: where the sanitizers are to report. The
 * environment cannot say it, as libvirtd, sudo and VDSM do not hand it on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#define REPORTS "/tmp/sanitizer/"
#define OPTIONS "log_path=" REPORTS "address:print_stacktrace=1"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return OPTIONS ":detect_leaks=1:detect_stack_use_after_return=1";
}

/* Read before UBSan's first report, and then ASan reports to where this says. */
const char *__ubsan_default_options(void)
{
	return OPTIONS;
}

/* Where UBSan itself reports to no option of gcc's can say. */
static void __attribute__((constructor)) set_path(void)
{
	void *library = dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD);
	void (*set)(const char *path);

	if (!library)
		return;
	set = (__typeof__(set))dlsym(library, "__sanitizer_set_report_path");
	if (set)
		set(REPORTS "undefined");
	dlclose(library);
}

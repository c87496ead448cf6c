// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs a fuzz target over the files of folders, without libFuzzer. */
#include <dirent.h>
#include <fcntl.h>

#include "common/file.h"
#include "fuzz.h"

#define FILE_SIZE_MAX ((size_t)64 * 1024 * 1024)

static int replay_file(int folder, const char *name)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ uint8_t *exact = NULL;
	size_t len, i;

	if (fd < 0 || vprep_file_read(fd, FILE_SIZE_MAX, &text, &len) < 0) {
		perror(name);
		return -1;
	}
	/* no byte behind it, as libFuzzer has it */
	exact = malloc(len ? len : 1);
	if (!exact)
		return -1;
	for (i = 0; i < len; i++)
		exact[i] = (uint8_t)text[i];
	return LLVMFuzzerTestOneInput(exact, len);
}

static int replay_folder(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay_file(dirfd(dir), entry->d_name) != 0)
			return -1;
		n++;
	}
	printf("%u files of %s\n", n, path);
	return n ? 0 : -1;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (replay_folder(argv[i]) < 0)
			return 1;
	return argc > 1 ? 0 : 2;
}

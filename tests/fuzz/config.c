// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration of any bytes: an error of one line, or settings within their bounds. */
#include "config/config.h"

#include <sys/mman.h>

#include "common/file.h"
#include "fuzz.h"

static void check_config(const struct vprep_config *config)
{
	size_t i;

	CHECK(config->mode <= 0777 && config->rules_dir && *config->rules_dir == '/');
	CHECK(config->parallel > 0);
	for (i = 0; i < config->n_deny; i++)
		CHECK(vprep_config_denies(config, config->deny[i]));
	for (i = 0; i < config->n_mdevs; i++)
		CHECK(config->mdevs[i].definition.type &&
		      !strchr(config->mdevs[i].definition.type, '/'));
	for (i = 0; i < config->n_devices; i++)
		CHECK(vprep_config_find_device(config, config->devices[i].address) ==
		      &config->devices[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_close_ int fd = memfd_create("configuration", MFD_CLOEXEC);
	_cleanup_(vprep_config_freep) struct vprep_config *config = NULL;
	struct vprep_error err = { 0 };
	char path[32];
	int r;

	CHECK(fd >= 0);
	if (len > 0)
		CHECK(vprep_fd_write(fd, (const char *)data, len) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = vprep_config_read(path, &config, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
		CHECK(err.code == VPREP_E_USAGE);
		return 0;
	}
	check_config(config);
	return 0;
}

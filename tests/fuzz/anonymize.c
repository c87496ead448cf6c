// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file of any text, of one of the kinds that a capture has: known secrets that stand in
 * it are gone, and it is the same when it is read again. The first byte says of which
 * kind it is.
 */
#include "host/anonymize-file.h"

#include "fuzz.h"

#define MAC "52:54:00:12:34:56"
#define SQUEEZED "525400123456"
#define SERIAL "S3X9NB0K7"
#define HOST "lark"

static const char *const paths[] = {
	"sys/devices/x/uevent",
	"sys/devices/x/serial",
	"sys/block/dm-0/dm/name",
	"sys/block/dm-0/dm/uuid",
	"sys/class/net/x/address",
	"proc/self/mountinfo",
	"proc/net/route",
	"proc/net/ipv6_route",
	"proc/net/if_inet6",
	"proc/mounts",
	"proc/cmdline",
	"run/udev/data/b8:0",
};

/* Whether nothing of the text can be a part of what is looked for. */
static bool is_apart(const char *text)
{
	return !strcasestr(text, "00:12") && !strcasestr(text, "0012") &&
	       !strcasestr(text, "S3X") && !strcasestr(text, HOST);
}

static void check_gone(const char *text, const char *secret)
{
	if (strcasestr(text, secret)) {
		fprintf(stderr, "%s is in: %s\n", secret, text);
		abort();
	}
}

static void check_file(struct vprep_anonymize *a, const char *path, const char *text)
{
	_cleanup_free_ char *with =
		vprep_strf("%s\nE:X=a-" MAC "\n" MAC " " SERIAL " x-" SERIAL
			   "_1\nenx" SQUEEZED " " HOST ":0 %s\n" HOST,
			   text, text);
	_cleanup_free_ char *first = NULL, *once = NULL, *twice = NULL;

	CHECK(with);
	first = vprep_anonymize_file(a, path, with); /* then all secrets are known */
	CHECK(first);
	once = vprep_anonymize_file(a, path, with);
	twice = vprep_anonymize_file(a, path, with);
	CHECK(once && twice && streq(once, twice));
	if (!is_apart(text))
		return;
	check_gone(once, MAC);
	check_gone(once, SQUEEZED);
	check_gone(once, SERIAL);
	check_gone(once, HOST);
}

/* A name of a file, or the target of a link. */
static void check_name(struct vprep_anonymize *a, const char *text)
{
	_cleanup_free_ char *first = NULL, *once = NULL, *twice = NULL;

	first = vprep_anonymize_text(a, text, VPREP_ANONYMIZE_KERNEL);
	once = vprep_anonymize_text(a, text, VPREP_ANONYMIZE_KERNEL);
	twice = vprep_anonymize_text(a, text, VPREP_ANONYMIZE_KERNEL);
	CHECK(first && once && twice && streq(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_(vprep_anonymize_freep) struct vprep_anonymize *a =
		vprep_anonymize_new();
	_cleanup_free_ char *text = fuzz_string(data + (len > 0), len - (len > 0));

	CHECK(a && vprep_anonymize_host(a, HOST, false) == 0);
	CHECK(vprep_anonymize_value(a, SERIAL));
	check_file(a, paths[(len ? *data : 0) % VPREP_ARRAY_SIZE(paths)], text);
	check_name(a, text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "io/io.h"

/* The bits' numbers change from kernel to kernel; their names do not. */
#define UDP_TUNNEL "tx-udp_tnl-segmentation"
#define FEATURES_MAX 256
#define FEATURE_WORDS (FEATURES_MAX / 32)

struct feature_count {
	struct ethtool_sset_info head;
	uint32_t count;
};

struct feature_names {
	struct ethtool_gstrings head;
	char names[FEATURES_MAX][ETH_GSTRING_LEN];
};

struct feature_words {
	struct ethtool_gfeatures head;
	struct ethtool_get_features_block words[FEATURE_WORDS];
};

static int request(int fd, const char *interface, void *command)
{
	struct ifreq ifr = { .ifr_data = command };

	memcpy(ifr.ifr_name, interface, strlen(interface));
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static uint32_t legacy_features(int fd, const char *interface)
{
	static const struct {
		uint32_t command;
		enum vprep_io_feature feature;
	} commands[] = {
		{ ETHTOOL_GRXCSUM, VPREP_IO_RXCSUM },
		{ ETHTOOL_GTXCSUM, VPREP_IO_TXCSUM },
		{ ETHTOOL_GSG, VPREP_IO_SG },
		{ ETHTOOL_GTSO, VPREP_IO_TSO },
		{ ETHTOOL_GGSO, VPREP_IO_GSO },
		{ ETHTOOL_GGRO, VPREP_IO_GRO },
	};
	uint32_t features = 0;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(commands); i++) {
		struct ethtool_value value = { .cmd = commands[i].command };

		if (request(fd, interface, &value) == 0 && value.data)
			features |= 1u << commands[i].feature;
	}
	return features;
}

static uint32_t flag_features(int fd, const char *interface)
{
	static const struct {
		uint32_t flag;
		enum vprep_io_feature feature;
	} flags[] = {
		{ ETH_FLAG_LRO, VPREP_IO_LRO },
		{ ETH_FLAG_RXVLAN, VPREP_IO_RXVLAN },
		{ ETH_FLAG_TXVLAN, VPREP_IO_TXVLAN },
		{ ETH_FLAG_NTUPLE, VPREP_IO_NTUPLE },
		{ ETH_FLAG_RXHASH, VPREP_IO_RXHASH },
	};
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	uint32_t features = 0;
	size_t i;

	if (request(fd, interface, &value) < 0)
		return 0;
	for (i = 0; i < VPREP_ARRAY_SIZE(flags); i++)
		if (value.data & flags[i].flag)
			features |= 1u << flags[i].feature;
	return features;
}

/* The bit of that name, or -1. */
static int find_bit(int fd, const char *interface, const char *name)
{
	struct feature_count count = {
		.head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES },
	};
	_cleanup_free_ struct feature_names *names = calloc(1, sizeof(*names));
	uint32_t i;

	if (!names || request(fd, interface, &count) < 0 || !count.head.sset_mask ||
	    count.count > FEATURES_MAX)
		return -1;
	names->head.cmd = ETHTOOL_GSTRINGS;
	names->head.string_set = ETH_SS_FEATURES;
	names->head.len = count.count;
	if (request(fd, interface, names) < 0)
		return -1;
	for (i = 0; i < count.count; i++)
		if (strncmp(names->names[i], name, ETH_GSTRING_LEN) == 0)
			return (int)i;
	return -1;
}

static uint32_t word_features(int fd, const char *interface)
{
	struct feature_words words = {
		.head = { .cmd = ETHTOOL_GFEATURES, .size = FEATURE_WORDS },
	};
	int bit = find_bit(fd, interface, UDP_TUNNEL);

	if (bit < 0 || request(fd, interface, &words) < 0)
		return 0;
	return words.words[bit / 32].active & 1u << bit % 32 ? 1u << VPREP_IO_TXUDPTNL
							     : 0;
}

int vprep_ethtool_features(const char *interface, uint32_t *ret)
{
	_cleanup_close_ int fd = -1;

	if (strlen(interface) >= IFNAMSIZ)
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*ret = legacy_features(fd, interface) | flag_features(fd, interface) |
	       word_features(fd, interface);
	return 0;
}

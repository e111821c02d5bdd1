/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/ip_network.h"

#include <string.h>

#define MAPPED_BYTES 12u /* before the IPv4 address of a v4-mapped one */

static const struct {
	uint16_t bytes, share;
} levels[IP_NETWORKS_MAX] = {{8, 1}, {7, IP_NETWORK_56}, {6, IP_NETWORK_48}, {4, IP_NETWORK_32}};

static const struct ip_address_range six_to_four = {.address.b = {0x20, 0x02}, .bits = 16};
static const struct ip_address_range teredo = {.address.b = {0x20, 0x01, 0, 0}, .bits = 32};

/* flip: Teredo writes it inverted (RFC 4380 4). */
static struct ip_address mapped(const uint8_t v4[4], uint8_t flip)
{
	struct ip_address a = {.b = {[10] = 0xff, [11] = 0xff}};

	for (size_t i = 0; i < 4; i++)
		a.b[MAPPED_BYTES + i] = v4[i] ^ flip;
	return a;
}

struct ip_address ip_address_counted(const struct ip_address *a)
{
	if (ip_address_in_range(a, &six_to_four))
		return mapped(a->b + 2, 0);
	if (ip_address_in_range(a, &teredo))
		return mapped(a->b + 12, 0xff);
	return *a;
}

static struct ip_network network(const struct ip_address *a, uint16_t bytes, uint16_t share)
{
	struct ip_network n = {.bytes = bytes, .share = share};

	memcpy(n.b, a->b, bytes);
	return n;
}

size_t ip_networks(const struct ip_address *address, unsigned v4_bits,
	struct ip_network ret[static IP_NETWORKS_MAX])
{
	struct ip_address a = ip_address_counted(address);

	if (ip_address_is_v4(&a)) {
		ret[0] = network(&a, (uint16_t)(MAPPED_BYTES + v4_bits / 8), 1);
		return 1;
	}
	for (size_t i = 0; i < IP_NETWORKS_MAX; i++)
		ret[i] = network(&a, levels[i].bytes, levels[i].share);
	return IP_NETWORKS_MAX;
}

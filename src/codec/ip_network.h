/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_IP_NETWORK_H
#define PRATU_CODEC_IP_NETWORK_H

/*
 * The networks by which an address is counted, wherever something is limited "by address".
 *
 * A subscriber has a whole /64 of IPv6, many have a /56 or a /48 (RFC 6177), and a provider a /32,
 * so an address counts in all four, and the wider ones have larger budgets: who has a /48 has
 * IP_NETWORK_48 times what one address has, and not 65,536 times. Behind a /32 stand the people of
 * half a country, or one who pays a registry for it: its budget is large, and ends. An IPv4 address
 * counts once, alone or with its neighbours. The same machine behind 6to4 (RFC 3056) or Teredo (RFC
 * 4380) counts by the IPv4 address inside, of which it could make 2^80 addresses. Pure functions;
 * any thread.
 */
#include "codec/ip_address.h"

#define IP_NETWORKS_MAX 4
#define IP_NETWORK_56   4u   /* budgets of a /56, in budgets of one address */
#define IP_NETWORK_48   16u  /* the same of a /48 */
#define IP_NETWORK_32   256u /* the same of a /32 */

struct ip_network {
	uint8_t b[16];  /* the address, zero behind the network */
	uint16_t bytes; /* of b that make the network */
	uint16_t share; /* its budget, in budgets of one address */
};

/* The address that is counted: itself, or the IPv4 address in it. */
struct ip_address ip_address_counted(const struct ip_address *a);
/* The networks of an address, the narrowest first; how many. v4_bits: 32 or 24, of IPv4. */
size_t ip_networks(const struct ip_address *a, unsigned v4_bits,
	struct ip_network ret[static IP_NETWORKS_MAX]);

#endif

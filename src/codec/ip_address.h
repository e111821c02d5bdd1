/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_IP_ADDRESS_H
#define PRATU_CODEC_IP_ADDRESS_H

/*
 * Internet addresses in one form: sixteen bytes, IPv4 as its v4-mapped IPv6 address (RFC 4291
 * 2.5.5.2), so that every spelling of an address compares equal. Pure functions; any thread.
 */
#include "base/rc.h"
#include "base/str.h"

struct sockaddr;

#define IP_ADDRESS_TEXT_MAX 46u /* bytes with NUL, as INET6_ADDRSTRLEN */

struct ip_address {
	uint8_t b[16];
};

/* A range: the first `bits` of address. */
struct ip_address_range {
	struct ip_address address;
	unsigned bits; /* 0..128, counted in the IPv6 form */
};

/* Textual IPv4 (dotted quad only) or IPv6 without zone. RC_INVALID. */
MUST_USE enum rc ip_address_parse(struct str text, struct ip_address *ret);
/* ADDRESS or ADDRESS/BITS. RC_INVALID. */
MUST_USE enum rc ip_address_range_parse(struct str text, struct ip_address_range *ret);
/* RC_INVALID for anything but AF_INET and AF_INET6. */
MUST_USE enum rc ip_address_of_socket(const struct sockaddr *sa, struct ip_address *ret);
/* NUL-terminated text; IPv4 as a dotted quad. */
void ip_address_text(const struct ip_address *a, char ret[static IP_ADDRESS_TEXT_MAX]);

bool ip_address_is_v4(const struct ip_address *a);
bool ip_address_is_loopback(const struct ip_address *a);
bool ip_address_in_range(const struct ip_address *a, const struct ip_address_range *range);
/* For use inside one network: loopback, private (RFC 1918), shared (RFC 6598), unique local (RFC
 * 4193). All of them are special, too. */
bool ip_address_range_is_private(const struct ip_address_range *range);
/* Not for use on the public Internet (RFC 6890 and its registries), also through NAT64 and 6to4. */
bool ip_address_is_special(const struct ip_address *a);

#endif

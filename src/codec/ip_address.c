/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/ip_address.h"
#include "base/array.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define V4_BITS 96u /* where an IPv4 address starts in the mapped form */

static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

static struct ip_address from_v4(const void *four)
{
	struct ip_address a;

	memcpy(a.b, v4_mapped, sizeof(v4_mapped));
	memcpy(a.b + sizeof(v4_mapped), four, 4);
	return a;
}

enum rc ip_address_parse(struct str text, struct ip_address *ret)
{
	char copy[IP_ADDRESS_TEXT_MAX];
	uint8_t four[4];
	struct ip_address a;

	if (text.n == 0 || text.n >= sizeof(copy) || memchr(text.p, '\0', text.n))
		return RC_INVALID;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, four) == 1)
		a = from_v4(four);
	else if (inet_pton(AF_INET6, copy, a.b) != 1)
		return RC_INVALID;
	*ret = a;
	return RC_OK;
}

enum rc ip_address_range_parse(struct str text, struct ip_address_range *ret)
{
	struct ip_address_range range = {.bits = 128};
	size_t slash = str_find(text, '/');
	unsigned base;
	uint64_t bits;

	if (ip_address_parse(str_sub(text, 0, slash), &range.address) != RC_OK)
		return RC_INVALID;
	if (slash < text.n) {
		base = ip_address_is_v4(&range.address) ? V4_BITS : 0;
		if (!str_to_u64(str_sub(text, slash + 1, text.n), 128 - base, &bits))
			return RC_INVALID;
		range.bits = base + (unsigned)bits;
	}
	*ret = range;
	return RC_OK;
}

enum rc ip_address_of_socket(const struct sockaddr *sa, struct ip_address *ret)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&v4, sa, sizeof(v4));
		*ret = from_v4(&v4.sin_addr);
		return RC_OK;
	case AF_INET6:
		memcpy(&v6, sa, sizeof(v6));
		memcpy(ret->b, &v6.sin6_addr, sizeof(ret->b));
		return RC_OK;
	default: return RC_INVALID;
	}
}

void ip_address_text(const struct ip_address *a, char ret[static IP_ADDRESS_TEXT_MAX])
{
	const char *text;

	if (ip_address_is_v4(a))
		text = inet_ntop(AF_INET, a->b + sizeof(v4_mapped), ret, IP_ADDRESS_TEXT_MAX);
	else
		text = inet_ntop(AF_INET6, a->b, ret, IP_ADDRESS_TEXT_MAX);
	if (!text)
		ret[0] = '\0';
}

bool ip_address_is_v4(const struct ip_address *a)
{
	return memcmp(a->b, v4_mapped, sizeof(v4_mapped)) == 0;
}

/* 127.0.0.0/8 and ::1 */
bool ip_address_is_loopback(const struct ip_address *a)
{
	static const struct ip_address six = {.b = {[15] = 1}};

	if (ip_address_is_v4(a))
		return a->b[sizeof(v4_mapped)] == 127;
	return memcmp(a->b, six.b, sizeof(six.b)) == 0;
}

bool ip_address_in_range(const struct ip_address *a, const struct ip_address_range *range)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (memcmp(a->b, range->address.b, whole) != 0)
		return false;
	return rest == 0 || ((a->b[whole] ^ range->address.b[whole]) & mask) == 0;
}

#define V4(o1, o2, o3, o4, n)                                                                      \
	{                                                                                          \
		.address.b = {[10] = 0xff, [11] = 0xff, o1, o2, o3, o4}, .bits = V4_BITS + (n)     \
	}

/* IANA IPv4 Special-Purpose Address Registry: what is not globally reachable; and multicast. */
static const struct ip_address_range special_v4[] = {
	V4(0, 0, 0, 0, 8),       /* this network, RFC 791 3.2 */
	V4(10, 0, 0, 0, 8),      /* private, RFC 1918 */
	V4(100, 64, 0, 0, 10),   /* shared (CGNAT), RFC 6598 */
	V4(127, 0, 0, 0, 8),     /* loopback, RFC 1122 3.2.1.3 */
	V4(169, 254, 0, 0, 16),  /* link local (cloud metadata), RFC 3927 */
	V4(172, 16, 0, 0, 12),   /* private */
	V4(192, 0, 0, 0, 24),    /* IETF protocol assignments, RFC 6890 2.1 */
	V4(192, 0, 2, 0, 24),    /* documentation, RFC 5737 */
	V4(192, 88, 99, 0, 24),  /* 6to4 relay anycast, RFC 7526 */
	V4(192, 168, 0, 0, 16),  /* private */
	V4(198, 18, 0, 0, 15),   /* benchmarking, RFC 2544 */
	V4(198, 51, 100, 0, 24), /* documentation */
	V4(203, 0, 113, 0, 24),  /* documentation */
	V4(224, 0, 0, 0, 4),     /* multicast, RFC 5771 */
	V4(240, 0, 0, 0, 4),     /* reserved and limited broadcast */
};

/* Everything outside 2000::/3 is special in IPv6 (RFC 4291 2.4); these are the holes inside it. */
static const struct ip_address_range global_v6 = {.address.b = {0x20}, .bits = 3};
static const struct ip_address_range special_v6[] = {
	{.address.b = {0x20, 0x01}, .bits = 23}, /* IETF protocol assignments, Teredo, ORCHID */
	{.address.b = {0x20, 0x01, 0x0d, 0xb8}, .bits = 32}, /* documentation, RFC 3849 */
	{.address.b = {0x3f, 0xff}, .bits = 20},             /* documentation, RFC 9637 */
};

/* Forms that carry an IPv4 address at an offset: the packet ends at that one. */
static const struct {
	struct ip_address_range range;
	size_t offset;
} embedding[] = {
	{{.address.b = {0x00, 0x64, 0xff, 0x9b}, .bits = 96}, 12}, /* NAT64, RFC 6052 2.1 */
	{{.address.b = {0x20, 0x02}, .bits = 16}, 2},              /* 6to4, RFC 3056 */
};

static bool in_any(const struct ip_address *a, const struct ip_address_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ip_address_in_range(a, &ranges[i]))
			return true;
	}
	return false;
}

static const struct ip_address_range private_ranges[] = {
	V4(10, 0, 0, 0, 8),
	V4(100, 64, 0, 0, 10),
	V4(127, 0, 0, 0, 8),
	V4(172, 16, 0, 0, 12),
	V4(192, 168, 0, 0, 16),
	{.address.b = {[15] = 1}, .bits = 128},
	{.address.b = {0xfc}, .bits = 7},
};

bool ip_address_range_is_private(const struct ip_address_range *range)
{
	for (size_t i = 0; i < ARRAY_LEN(private_ranges); i++)
		if (range->bits >= private_ranges[i].bits &&
			ip_address_in_range(&range->address, &private_ranges[i]))
			return true;
	return false;
}

static bool special4(const struct ip_address *a)
{
	return in_any(a, special_v4, ARRAY_LEN(special_v4));
}

bool ip_address_is_special(const struct ip_address *a)
{
	struct ip_address inner;

	if (ip_address_is_v4(a))
		return special4(a);
	for (size_t i = 0; i < ARRAY_LEN(embedding); i++) {
		if (!ip_address_in_range(a, &embedding[i].range))
			continue;
		inner = from_v4(a->b + embedding[i].offset);
		return special4(&inner);
	}
	if (!ip_address_in_range(a, &global_v6))
		return true;
	return in_any(a, special_v6, ARRAY_LEN(special_v6));
}

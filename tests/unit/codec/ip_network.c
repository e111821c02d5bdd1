/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind D: the networks by which an address is counted. */
#include "unit/check.h"

#include "codec/ip_network.h"

static struct ip_address address(const char *text)
{
	struct ip_address a;

	check_ok(ip_address_parse(str_c(text), &a));
	return a;
}

static bool share(const char *one, const char *other, size_t level)
{
	struct ip_network a[IP_NETWORKS_MAX], b[IP_NETWORKS_MAX];
	struct ip_address x = address(one), y = address(other);

	assert_true(level < ip_networks(&x, 32, a));
	assert_true(level < ip_networks(&y, 32, b));
	return memcmp(&a[level], &b[level], sizeof(a[level])) == 0;
}

static void four_of_ipv6(void **state)
{
	static const struct {
		const char *one, *other;
		bool same[IP_NETWORKS_MAX]; /* /64, /56, /48, /32 */
	} rows[] = {
		{"2001:db8:1:200::1", "2001:db8:1:200:ffff::9", {true, true, true, true}},
		{"2001:db8:1:200::1", "2001:db8:1:201::1", {false, true, true, true}},
		{"2001:db8:1:200::1", "2001:db8:1:2ff::1", {false, true, true, true}},
		{"2001:db8:1:200::1", "2001:db8:1:300::1", {false, false, true, true}},
		{"2001:db8:1:200::1", "2001:db8:1:ffff::1", {false, false, true, true}},
		{"2001:db8:1:200::1", "2001:db8:2:200::1", {false, false, false, true}},
		{"2001:db8:1:200::1", "2001:db9:1:200::1", {false, false, false, false}},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t level = 0; level < IP_NETWORKS_MAX; level++)
			assert_int_equal(
				share(rows[i].one, rows[i].other, level), rows[i].same[level]);
}

static void budgets_grow(void **state)
{
	struct ip_network n[IP_NETWORKS_MAX];
	struct ip_address a = address("2001:db8::1");

	assert_int_equal(ip_networks(&a, 32, n), 4);
	assert_int_equal(n[0].share, 1);
	assert_int_equal(n[1].share, IP_NETWORK_56);
	assert_int_equal(n[2].share, IP_NETWORK_48);
	assert_int_equal(n[3].share, IP_NETWORK_32);
}

static void the_ipv4_address_inside(void **state)
{
	static const char *const spellings[] = {"::ffff:203.0.113.7", "2002:cb00:7107::1",
		"2002:cb00:7107:ffff:1:2:3:4",           /* RFC 3056 2 */
		"2001:0:4136:e378:8000:63bf:34ff:8ef8"}; /* RFC 4380 4: inverted */
	struct ip_network plain[IP_NETWORKS_MAX], n[IP_NETWORKS_MAX];
	struct ip_address a = address("203.0.113.7");

	assert_int_equal(ip_networks(&a, 32, plain), 1);
	for (size_t i = 0; i < COUNT(spellings); i++) {
		a = address(spellings[i]);
		assert_int_equal(ip_networks(&a, 32, n), 1);
		assert_memory_equal(&n[0], &plain[0], sizeof(n[0]));
	}
	/* Neighbours of Teredo and 6to4 are addresses like others. */
	a = address("2001:1::1");
	assert_int_equal(ip_networks(&a, 32, n), 4);
	a = address("2003:cb00:7107::1");
	assert_int_equal(ip_networks(&a, 32, n), 4);
}

static void ipv4_alone_or_with_neighbours(void **state)
{
	struct ip_address one = address("203.0.113.7"), other = address("203.0.113.200");
	struct ip_network a[IP_NETWORKS_MAX], b[IP_NETWORKS_MAX];

	assert_int_equal(ip_networks(&one, 32, a), 1);
	assert_int_equal(ip_networks(&other, 32, b), 1);
	assert_memory_not_equal(&a[0], &b[0], sizeof(a[0]));
	assert_int_equal(ip_networks(&one, 24, a), 1);
	assert_int_equal(ip_networks(&other, 24, b), 1);
	assert_memory_equal(&a[0], &b[0], sizeof(a[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_of_ipv6),
		cmocka_unit_test(budgets_grow),
		cmocka_unit_test(the_ipv4_address_inside),
		cmocka_unit_test(ipv4_alone_or_with_neighbours),
	};

	return cmocka_run_group_tests_name("codec/ip_network", tests, NULL, NULL);
}

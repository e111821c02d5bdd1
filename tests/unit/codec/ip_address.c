/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/ip_address.h"

#include "fixture.h"
#include "net/http_client.h"

static const struct {
	const char *text;
	bool special;
} addresses[] = {
	/* public */
	{"1.1.1.1", false},
	{"8.8.8.8", false},
	{"9.255.255.255", false},
	{"11.0.0.0", false},
	{"100.63.255.255", false},
	{"100.128.0.0", false},
	{"126.255.255.255", false},
	{"128.0.0.0", false},
	{"169.253.255.255", false},
	{"172.15.255.255", false},
	{"172.32.0.0", false},
	{"192.0.1.0", false},
	{"192.167.255.255", false},
	{"198.17.255.255", false},
	{"198.20.0.0", false},
	{"223.255.255.255", false},
	{"2001:4860:4860::8888", false},
	{"2001:200::1", false},
	{"2606:4700::1111", false},
	{"3ffe::1", false},
	{"::ffff:8.8.8.8", false},
	{"::ffff:808:808", false},
	{"64:ff9b::8.8.8.8", false},
	{"2002:808:808::1", false},
	/* special */
	{"0.0.0.0", true},
	{"0.1.2.3", true},
	{"10.0.0.1", true},
	{"10.255.255.255", true},
	{"100.64.0.1", true},
	{"100.127.255.255", true},
	{"127.0.0.1", true},
	{"127.255.255.254", true},
	{"169.254.169.254", true},
	{"172.16.0.1", true},
	{"172.31.255.255", true},
	{"192.0.0.1", true},
	{"192.0.2.1", true},
	{"192.88.99.1", true},
	{"192.168.1.1", true},
	{"198.18.0.1", true},
	{"198.19.255.255", true},
	{"198.51.100.7", true},
	{"203.0.113.9", true},
	{"224.0.0.1", true},
	{"239.255.255.255", true},
	{"240.0.0.1", true},
	{"255.255.255.255", true},
	{"::", true},
	{"::1", true},
	{"0:0:0:0:0:0:0:1", true},
	{"::127.0.0.1", true},
	{"::ffff:127.0.0.1", true},
	{"::ffff:7f00:1", true},
	{"0:0:0:0:0:ffff:a9fe:a9fe", true},
	{"::ffff:10.0.0.1", true},
	{"64:ff9b::127.0.0.1", true},
	{"64:ff9b::a9fe:a9fe", true},
	{"64:ff9b:1::8.8.8.8", true},
	{"2002:7f00:1::", true},
	{"2002:a00:1::1", true},
	{"2001::1", true},
	{"2001:10::1", true},
	{"2001:db8::1", true},
	{"3fff::1", true},
	{"100::1", true},
	{"fc00::1", true},
	{"fdff:ffff::1", true},
	{"fe80::1", true},
	{"fec0::1", true},
	{"ff02::1", true},
	{"4000::1", true},
	/* not an address: never reachable */
	{"", true},
	{"localhost", true},
	{"127.1", true},
	{"0x7f000001", true},
	{"2130706433", true},
	{"1.1.1.1 ", true},
	{"1.1.1.1:80", true},
	{"[::1]", true},
	{"fe80::1%eth0", true},
	{"01.1.1.1", true},
};

static void guard_follows_the_registries(void **state)
{
	for (size_t i = 0; i < N_OF(addresses); i++) {
		print_message("# %s\n", addresses[i].text);
		assert_int_equal(
			http_ip_address_is_special(str_c(addresses[i].text)), addresses[i].special);
	}
	assert_true(http_ip_address_is_special(STR("1.1.1.1\0.evil")));
}

static void text_has_one_form(void **state)
{
	static const char *const table[][2] = {
		{"1.2.3.4", "1.2.3.4"},
		{"::ffff:1.2.3.4", "1.2.3.4"},
		{"2001:DB8:0:0::1", "2001:db8::1"},
		{"::", "::"},
	};
	char text[IP_ADDRESS_TEXT_MAX];
	struct ip_address a;

	for (size_t i = 0; i < N_OF(table); i++) {
		assert_int_equal(ip_address_parse(str_c(table[i][0]), &a), RC_OK);
		ip_address_text(&a, text);
		assert_string_equal(text, table[i][1]);
	}
}

static const struct {
	const char *range;
	enum rc rc;
	const char *in, *out;
} ranges[] = {
	{"10.0.0.0/8", RC_OK, "10.255.0.1", "11.0.0.0"},
	{"10.0.0.0/9", RC_OK, "10.127.255.255", "10.128.0.0"},
	{"10.1.2.3", RC_OK, "10.1.2.3", "10.1.2.4"},
	{"10.1.2.3/32", RC_OK, "::ffff:10.1.2.3", "10.1.2.2"},
	{"0.0.0.0/0", RC_OK, "9.9.9.9", "2001:db8::1"},
	{"2001:db8::/32", RC_OK, "2001:db8:ffff::1", "2001:db9::"},
	{"::1/128", RC_OK, "::1", "::2"},
	{"10.0.0.0/33", RC_INVALID, NULL, NULL},
	{"::/129", RC_INVALID, NULL, NULL},
	{"10.0.0.0/", RC_INVALID, NULL, NULL},
	{"10.0.0.0/-1", RC_INVALID, NULL, NULL},
	{"10.0.0/8", RC_INVALID, NULL, NULL},
	{"proxy", RC_INVALID, NULL, NULL},
	{"", RC_INVALID, NULL, NULL},
};

static void ranges_by_the_table(void **state)
{
	struct ip_address_range r;
	struct ip_address in, out;

	for (size_t i = 0; i < N_OF(ranges); i++) {
		print_message("# %s\n", ranges[i].range);
		assert_int_equal(ip_address_range_parse(str_c(ranges[i].range), &r), ranges[i].rc);
		if (ranges[i].rc != RC_OK)
			continue;
		assert_int_equal(ip_address_parse(str_c(ranges[i].in), &in), RC_OK);
		assert_int_equal(ip_address_parse(str_c(ranges[i].out), &out), RC_OK);
		assert_true(ip_address_in_range(&in, &r));
		assert_false(ip_address_in_range(&out, &r));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(guard_follows_the_registries),
		cmocka_unit_test(text_has_one_form),
		cmocka_unit_test(ranges_by_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "codec/uri.h"
#include "redirect_mutations.h"

#define R REDIRECT_REGISTERED

static void parts(void **state)
{
	struct uri u;

	check_ok(uri_parse(STR("https://Login.example.go.th:8443/a/b?c=d&e"), &u));
	check_c(u.scheme, "https");
	check_c(u.authority, "Login.example.go.th:8443");
	check_c(u.host, "Login.example.go.th");
	check_c(u.port, "8443");
	check_c(u.path, "/a/b");
	check_c(u.query, "c=d&e");
	assert_true(u.has_query);
	assert_false(u.has_userinfo || u.has_fragment);
	check_c(uri_origin(&u), "https://Login.example.go.th:8443");
	check_ok(uri_parse(STR("http://[::1]:80?#f"), &u));
	check_c(u.host, "::1");
	check_c(u.port, "80");
	check_c(u.path, "");
	check_c(u.query, "");
	assert_true(u.has_query && u.has_fragment);
	check_c(uri_origin(&u), "http://[::1]:80");
	check_ok(uri_parse(STR("https://u:p@a.example/x#?"), &u));
	assert_true(u.has_userinfo && u.has_fragment);
	assert_false(u.has_query);
	check_c(u.host, "a.example");
	check_c(uri_origin(&u), "");
	check_ok(uri_parse(STR("https://10.0.0.1"), &u));
	check_c(u.host, "10.0.0.1");
	check_c(u.port, "");
}

static void not_uris(void **state)
{
	static const char *const texts[] = {"", "https", "https:", "https:a", "https://",
		"https://?", "https://:80", "1ttps://a", "-a://b", "h_t://a", "HTTP://a",
		"https://a b", "https://a/<", "https://a/\"", "https://a/^", "https://a/`",
		"https://a/{}", "https://a\\b", "https://a%zz", "https://a/%", "https://a/%a",
		"https://-a", "https://a-", "https://a..b", "https://a.", "https://a%20b",
		"https://1.2.3", "https://1.2.3.256", "https://01.2.3.4", "https://a.1b",
		"https://[::1", "https://[::g]", "https://[::1]x", "https://[]",
		"https://a:", "https://a:00", "https://a:0", "https://a:01", "https://a:65536",
		"https://a:8x", "https://a/[", "https://a?[", "https://a#[", "https://a#b#c",
		"https://\xc3\xa9"};
	struct uri u;

	for (size_t i = 0; i < COUNT(texts); i++)
		if (uri_parse(str_c(texts[i]), &u) != RC_INVALID)
			fail_msg("accepted: %s", texts[i]);
}

static void length_boundary(void **state)
{
	static char text[URI_MAX + 2] = "https://a.example/";
	char label[80], uri[512];
	struct uri u;

	memset(text + 18, 'x', sizeof(text) - 18);
	check_ok(uri_parse((struct str){.p = text, .n = URI_MAX}, &u));
	check_rc(uri_parse((struct str){.p = text, .n = URI_MAX + 1}, &u), RC_INVALID);
	memset(label, 'l', sizeof(label));
	snprintf(uri, sizeof(uri), "https://%.63s.example", label);
	check_ok(uri_parse(str_c(uri), &u));
	snprintf(uri, sizeof(uri), "https://%.64s.example", label);
	check_rc(uri_parse(str_c(uri), &u), RC_INVALID);
	snprintf(uri, sizeof(uri), "https://%.63s.%.63s.%.63s.%.61s", label, label, label, label);
	check_ok(uri_parse(str_c(uri), &u));
	snprintf(uri, sizeof(uri), "https://%.63s.%.63s.%.63s.%.62s", label, label, label, label);
	check_rc(uri_parse(str_c(uri), &u), RC_INVALID);
}

static void no_mutation_matches(void **state)
{
	assert_true(N_REDIRECT_MUTATIONS >= 120);
	assert_true(uri_redirect_matches(STR(R), STR(R), true));
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++)
		if (uri_redirect_matches(STR(R), redirect_mutations[i].uri, true))
			fail_msg("matches: %.*s", STR_FMT(redirect_mutations[i].uri));
}

static void mutations_at_registration(void **state)
{
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		const struct redirect_mutation *m = &redirect_mutations[i];
		const char *why = NULL;
		bool ok = uri_check_redirect(m->uri, false, &why) == RC_OK;

		if (ok != m->lawful)
			fail_msg("%s: %.*s", ok ? "accepted" : why, STR_FMT(m->uri));
		if (ok)
			assert_null(why);
		else
			assert_non_null(why);
	}
}

static void mutations_stay_refused_for_native(void **state)
{
	for (size_t i = 0; i < N_REDIRECT_MUTATIONS; i++) {
		const struct redirect_mutation *m = &redirect_mutations[i];
		const char *why;

		if (!m->lawful && uri_check_redirect(m->uri, true, &why) == RC_OK)
			fail_msg("accepted: %.*s", STR_FMT(m->uri));
	}
}

static void native_schemes(void **state)
{
	static const char *const good[] = {"th.go.dla.app:/callback", "th.go.dla.app://callback",
		"th.go.dla.app:/cb?x=y", "com.example-2.app+x:/cb"};
	static const char *const bad[] = {"dla:/callback", "TH.go.dla:/cb", "th.go.dla:/cb#f",
		"th.go.dla://user@host/cb", "th.go.dla:/../cb", "th.go.dla:/%00", "th go:/cb",
		"intent://x", "th.go.dla:/*"};
	const char *why;

	for (size_t i = 0; i < COUNT(good); i++) {
		check_ok(uri_check_redirect(str_c(good[i]), true, &why));
		check_rc(uri_check_redirect(str_c(good[i]), false, &why), RC_INVALID);
		assert_true(uri_redirect_matches(str_c(good[i]), str_c(good[i]), true));
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (uri_check_redirect(str_c(bad[i]), true, &why) == RC_OK)
			fail_msg("accepted: %s", bad[i]);
}

struct pair {
	const char *registered, *presented;
	bool match;
};

static const struct pair loopback[] = {
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true},
	{"http://127.0.0.1:1/cb", "http://127.0.0.1:51004/cb", true},
	{"http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true},
	{"http://[::1]/cb", "http://[::1]:65535/cb", true},
	{"http://[::1]:8000/cb?a=b", "http://[::1]:9/cb?a=b", true},
	{"http://127.0.0.1/cb", "http://[::1]:51004/cb", false},
	{"http://127.0.0.1/cb", "http://localhost:51004/cb", false},
	{"http://localhost/cb", "http://localhost:51004/cb", false},
	{"http://localhost/cb", "http://127.0.0.1:51004/cb", false},
	{"http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false},
	{"https://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/CB", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#x", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:51004", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:080/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false},
	{"http://127.0.0.1/cb", "http://u@127.0.0.1:1/cb", false},
	{"http://u@127.0.0.1/cb", "http://127.0.0.1:1/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.1.evil.example:1/cb", false},
	{"http://127.0.0.1/cb", "http://127.0.0.2:1/cb", false},
	{"http://127.0.0.1/cb", "http://127.1:1/cb", false},
	{"http://[::1]/cb", "http://[::0:1]:1/cb", false},
	{"http://[::1]/cb", "http://[::2]:1/cb", false},
	{"http://10.0.0.1/cb", "http://10.0.0.1:1/cb", false},
	{"https://a.example/cb", "https://a.example:1/cb", false},
};

static void only_loopback_ports_vary(void **state)
{
	for (size_t i = 0; i < COUNT(loopback); i++) {
		const struct pair *p = &loopback[i];

		if (uri_redirect_matches(str_c(p->registered), str_c(p->presented), false) !=
			p->match)
			fail_msg("%s and %s", p->registered, p->presented);
	}
}

/* RFC 8252 8.3: the name is a loopback address only where a native application says so. */
static const struct pair named[] = {
	{"http://localhost/cb", "http://localhost:51004/cb", true},
	{"http://localhost:1/cb", "http://localhost/cb", true},
	{"http://localhost/cb", "http://127.0.0.1:51004/cb", false},
	{"http://localhost/cb", "https://localhost:51004/cb", false},
	{"https://localhost/cb", "https://localhost:51004/cb", false},
	{"http://localhost/cb", "http://localhost:51004/CB", false},
	{"http://localhost/cb", "http://localhost.evil.example:1/cb", false},
	{"http://localhost/cb", "http://u@localhost:1/cb", false},
	{"http://localhost/cb", "http://localhost:1@evil.example/cb", false},
	{"http://a.example/cb", "http://a.example:1/cb", false},
};

static void native_localhost(void **state)
{
	for (size_t i = 0; i < COUNT(named); i++) {
		const struct pair *p = &named[i];

		if (uri_redirect_matches(str_c(p->registered), str_c(p->presented), true) !=
			p->match)
			fail_msg("%s and %s", p->registered, p->presented);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(not_uris),
		cmocka_unit_test(length_boundary),
		cmocka_unit_test(no_mutation_matches),
		cmocka_unit_test(mutations_at_registration),
		cmocka_unit_test(mutations_stay_refused_for_native),
		cmocka_unit_test(native_schemes),
		cmocka_unit_test(only_loopback_ports_vary),
		cmocka_unit_test(native_localhost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attack row 14: whatever a request says about the host, no answer repeats it: every absolute URL
 * comes from the configured issuer. */
#include "flow/helpers.h"

static const char *const variants[] = {
	"Host: evil.test\r\n",
	"Host: evil.test:9999\r\n",
	"Host: localhost\r\nX-Forwarded-Host: evil.test\r\n",
	"Host: localhost\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\n",
	"Host: localhost\r\nForwarded: host=evil.test;proto=https\r\n",
	"Host: localhost\r\nX-Forwarded-Server: evil.test\r\n",
	"Host: localhost\r\nX-Host: evil.test\r\n",
	"Host: localhost\r\nX-Original-URL: http://evil.test/\r\n",
	"Host: localhost\r\nX-Rewrite-URL: /evil.test\r\n",
	"Host: localhost\r\nX-Original-Host: evil.test\r\n",
	"Host: localhost\r\nX-HTTP-Host-Override: evil.test\r\n",
	"Host: localhost\r\nReferer: https://evil.test/\r\nOrigin: https://evil.test\r\n",
	"Host: localhost\r\nHost: evil.test\r\n",
	"Host: localhost@evil.test\r\n",
	"Host: localhost.evil.test\r\n",
	"Host: localhost/evil.test\r\n",
	"Host: localhost:9999@evil.test\r\n",
	"Host: localhost evil.test\r\n",
	" Host: evil.test\r\nHost: localhost\r\n",
};

static void check_silent(const struct raw_answer *r, const char *variant, const char *path)
{
	if (!contains(r->text, "evil") && !contains(r->body, "evil"))
		return;
	print_error("%s on %s:\n%.*s", variant, path, STR_FMT(r->text));
	fail();
}

static void no_header_decides_the_host(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL));
	const struct str paths[] = {STR("/.well-known/openid-configuration"),
		STR("/.well-known/oauth-authorization-server"), STR("/apps"), STR("/"),
		STR("/oauth2/logout"), STR("/nowhere"), location(&r),
		text(w, "/oauth2/authorize?%.*s", STR_FMT(ask(w, NULL))),
		text(w, "/oauth2/authorize?%.*s", STR_FMT(ask(w, "prompt=none", NULL))),
		text(w, "/oauth2/authorize?%.*s",
			STR_FMT(ask(w, "prompt=none", "response_mode=form_post", NULL)))};

	for (size_t v = 0; v < COUNT(variants); v++)
		for (size_t p = 0; p < COUNT(paths); p++) {
			r = raw_exchange(w->a, w->port,
				text(w, "GET %.*s HTTP/1.1\r\n%sCookie: pratu_browser=%.*s\r\n\r\n",
					STR_FMT(paths[p]), variants[v],
					STR_FMT(cookie_of(&b, "pratu_browser"))));
			check_silent(&r, variants[v], paths[p].p);
			/* A Host that is not ours is refused outright. */
			if (str_starts(str_c(variants[v]), STR("Host: evil")))
				assert_true(r.status == 400 || r.status == 421);
		}
	fixture_free(w);
}

static void absolute_target(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	static const char *const targets[] = {"http://evil.test/apps", "https://evil.test/",
		"//evil.test/apps", "http://localhost@evil.test/apps"};

	for (size_t i = 0; i < COUNT(targets); i++) {
		struct raw_answer r = raw_exchange(w->a, w->port,
			text(w, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", targets[i]));

		check_silent(&r, targets[i], "");
	}
	fixture_free(w);
}

/* The return address given to the upstream is the issuer's, whatever the request says. */
static void return_address_of_the_upstream(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL)), page = browse_s(&b, location(&r));
	struct str form =
		text(w, "step=%.*s", STR_FMT(attribute(w, page.body, "name=\"step\" value=\"")));

	r = raw_exchange(w->a, w->port,
		text(w,
			"POST %.*s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.test\r\n"
			"Cookie: pratu_browser=%.*s\r\nContent-Type: "
			"application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%.*s",
			STR_FMT(attribute(w, page.body, "action=\"")),
			STR_FMT(cookie_of(&b, "pratu_browser")), form.n, STR_FMT(form)));
	check_c(url_param(w, leaves_to(w, &r), "redirect_uri"), ISSUER "/upstream/thaid/callback");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_header_decides_the_host),
		cmocka_unit_test(absolute_target),
		cmocka_unit_test(return_address_of_the_upstream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Redirect URIs: a registered and a presented one, separated by a line feed. Whatever matches is
 * the same text, or the same but for the port of a loopback address.
 */
#include "base/die.h"
#include "codec/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_match(struct str registered, struct str presented)
{
	struct uri r, p;

	if (str_eq(registered, presented))
		return;
	if (uri_parse(registered, &r) != RC_OK || uri_parse(presented, &p) != RC_OK)
		die("what is no URI matches");
	if (!str_eq_c(p.scheme, "http") || p.has_userinfo || r.has_userinfo)
		die("only http to a loopback address may differ");
	if (!str_eq_c(p.host, "127.0.0.1") && !str_eq_c(p.host, "::1"))
		die("another host matches");
	if (!str_eq(r.host, p.host) || !str_eq(r.path, p.path) || !str_eq(r.query, p.query) ||
		r.has_query != p.has_query || r.has_fragment != p.has_fragment)
		die("more than the port differs");
}

static void check_registered(struct str text, bool native)
{
	const char *why = NULL;
	enum rc rc = uri_check_redirect(text, native, &why);

	if ((rc == RC_OK) != (why == NULL))
		die("a refusal without its reason");
	if (rc != RC_OK)
		return;
	if (str_has_control(text) || str_find(text, '#') < text.n || str_find(text, '\\') < text.n)
		die("a redirect URI that must not be registered");
	if (!native && !str_starts(text, STR("https://")) && !str_starts(text, STR("http://")))
		die("a scheme that must not be registered");
	if (!uri_redirect_matches(text, text, native))
		die("a registered URI does not match itself");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {.p = (const char *)data, .n = size}, registered, presented = STR_NONE;

	if (!rest.p || !str_cut(&rest, '\n', &registered))
		return 0;
	if (rest.p)
		presented = rest;
	check_registered(registered, false);
	check_registered(registered, true);
	if (uri_redirect_matches(registered, presented, false))
		check_match(registered, presented);
	return 0;
}

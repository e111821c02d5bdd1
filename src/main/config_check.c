/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What several options must be together. */
#include "codec/ip_address.h"
#include "codec/uri.h"
#include "core/module.h"
#include "main/config.h"
#include "net/outgoing.h"

struct config_check {
	const struct config *c;
	struct option_check report;
};

#define refuse(k, ...) option_refuse(&(k)->report, __VA_ARGS__)

static bool is_this_machine(struct str host)
{
	return str_eq_c(host, "localhost") || str_eq_c(host, "127.0.0.1") || str_eq_c(host, "::1");
}

/* RFC 8414 2: https, no query, no fragment. A path would have to be served too: our routes stand at
 * the root. */
static void check_issuer(const struct config_check *k)
{
	struct uri uri;

	if (uri_parse(k->c->v->issuer, &uri) != RC_OK) {
		refuse(k, "issuer", "is no plain address; write https://sso.example.go.th");
		return;
	}
	if (uri.path.n || uri.has_query || uri.has_fragment || uri.has_userinfo)
		refuse(k, "issuer", "holds more than scheme, host and port; write \"%.*s\"",
			STR_FMT(uri_origin(&uri)));
	if (!str_eq_c(uri.scheme, "https") && !is_this_machine(uri.host))
		refuse(k, "issuer", "is http to another machine; write https");
}

static void check_tls(const struct config_check *k)
{
	const struct config_values *v = k->c->v;

	if ((v->tls_cert_file.n > 0) != (v->tls_key_file.n > 0))
		refuse(k, "server.tls",
			"names only one of cert_file and key_file; name both, or none where a "
			"proxy ends "
			"TLS");
}

static void check_listeners(const struct config_check *k)
{
	const struct config_values *v = k->c->v;

	if (v->server_port && v->server_port == v->management_port &&
		str_eq(v->server_address, v->management_address))
		refuse(k, "management.port", "is the server's own; write another");
}

static void check_outgoing(const struct config_check *k)
{
	struct strlist networks = k->c->v->outgoing_networks;

	for (size_t i = 0; i < networks.n; i++)
		if (!outgoing_network_valid(networks.v[i]))
			refuse(k, "outgoing.private_networks",
				"\"%.*s\" is no private network; write 10.20.0.0/16",
				STR_FMT(networks.v[i]));
}

/* What only tests need must not stay unseen where people log in. */
static void warn_of_loopback(const struct config_check *k)
{
	struct strlist networks = k->c->v->outgoing_networks;
	struct ip_address_range range;

	for (size_t i = 0; k->c->settings.secure && i < networks.n; i++)
		if (ip_address_range_parse(networks.v[i], &range) == RC_OK &&
			ip_address_is_loopback(&range.address))
			option_warn(&k->report, "outgoing.private_networks",
				"lists \"%.*s\": portals can name services of this machine, by "
				"http as well; leave it to tests",
				STR_FMT(networks.v[i]));
}

static void check_lifetimes(const struct config_check *k)
{
	const struct config_values *v = k->c->v;

	if (v->session_idle > v->session_lifetime)
		refuse(k, "lifetimes.session_idle",
			"is over lifetimes.session; write at most that");
	if (v->refresh_lifetime > v->authorization_lifetime)
		refuse(k, "lifetimes.refresh_token",
			"is over lifetimes.authorization; write at most that");
	if (v->store_map > v->store_map_max)
		refuse(k, "store.map", "is over store.map_max; write at most that");
}

static const char *const ials[] = {"1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3", NULL};
static const char *const aals[] = {"1", "2.1", "2.2", "3", NULL};

static bool is_word(struct str text, const char *const *known)
{
	for (; *known; known++)
		if (str_eq_c(text, *known))
			return true;
	return false;
}

static bool is_assurance(struct str text, const char *const *known)
{
	return !text.n || is_word(text, known);
}

static void check_levels(const struct config_check *k)
{
	const struct settings *s = &k->c->settings;

	for (size_t i = 0; i < s->n_levels; i++) {
		const struct level *l = &s->levels[i];

		if (!is_assurance(l->ial, ials))
			refuse(k, "acr_levels[].ial",
				"\"%.*s\" is none of 1.1 1.2 1.3 2.1 2.2 2.3 3", STR_FMT(l->ial));
		if (!is_assurance(l->aal, aals))
			refuse(k, "acr_levels[].aal", "\"%.*s\" is none of 1 2.1 2.2 3",
				STR_FMT(l->aal));
		if (settings_level(s, l->acr) != l)
			refuse(k, "acr_levels[].acr", "\"%.*s\" stands twice; remove one",
				STR_FMT(l->acr));
		if (str_find(l->acr, ' ') < l->acr.n)
			refuse(k, "acr_levels[].acr",
				"\"%.*s\" has a space; acr_values could not name it",
				STR_FMT(l->acr));
	}
}

/* Every name must be a method that can do this. */
static void check_methods(const struct config_check *k, struct strlist names, unsigned can,
	const char *option, const char *what)
{
	char known[METHOD_NAMES_MAX];

	for (size_t i = 0; i < names.n; i++)
		if (!modules_method(all_modules, names.v[i], can))
			refuse(k, option, "\"%.*s\" is no %s; write %s", STR_FMT(names.v[i]), what,
				modules_method_names(all_modules, can, known));
}

static void check_second_factor(const struct config_check *k, const struct login_policy *p)
{
	check_methods(k, p->second_factors, AUTH_CONFIRM, "policies[].second_factor.methods",
		"second factor");
	if (!is_assurance(p->password_ial, ials))
		refuse(k, "policies[].password.ial",
			"\"%.*s\" is none of 1.1 1.2 1.3 2.1 2.2 2.3 3", STR_FMT(p->password_ial));
	if (!is_assurance(p->password_aal, aals))
		refuse(k, "policies[].password.aal", "\"%.*s\" is none of 1 2.1 2.2 3",
			STR_FMT(p->password_aal));
	if (!is_assurance(p->second_factor_aal, aals))
		refuse(k, "policies[].second_factor.aal", "\"%.*s\" is none of 1 2.1 2.2 3",
			STR_FMT(p->second_factor_aal));
}

static void check_policies(const struct config_check *k)
{
	const struct settings *s = &k->c->settings;

	for (size_t i = 0; i < s->n_policies; i++) {
		const struct login_policy *p = &s->policies[i];

		if (settings_policy(s, p->name) != p)
			refuse(k, "policies[].name", "\"%.*s\" stands twice; remove one",
				STR_FMT(p->name));
		if (p->acr.n && !settings_level(s, p->acr))
			refuse(k, "policies[].acr", "\"%.*s\" is none of acr_levels",
				STR_FMT(p->acr));
		check_methods(k, p->primary, AUTH_IDENTIFY, "policies[].primary", "way to log in");
		check_second_factor(k, p);
	}
}

/* Is there a second factor of the launcher's policy, the first one, that every policy accepts which
 * wants one? Also where none wants one. */
static bool one_serves_all(const struct settings *s)
{
	bool wanted = false;

	for (size_t i = 0; i < s->n_policies; i++)
		wanted = wanted || s->policies[i].second_factors.n;
	for (size_t f = 0; f < s->policies[0].second_factors.n; f++) {
		bool all = true;

		for (size_t i = 1; i < s->n_policies; i++)
			all = all && (!s->policies[i].second_factors.n ||
					     strlist_has(s->policies[i].second_factors,
						     s->policies[0].second_factors.v[f]));
		if (all)
			return true;
	}
	return !wanted;
}

/* A contact is changed after a login that every policy accepts (docs/decisions/0046). */
static void warn_of_policies(const struct config_check *k)
{
	const struct settings *s = &k->c->settings;

	if (!s->n_policies || one_serves_all(s))
		return;
	for (size_t i = 0; i < s->policies[0].primary.n; i++)
		if (modules_method(
			    all_modules, s->policies[0].primary.v[i], AUTH_IDENTIFY | AUTH_PROOF))
			return;
	option_warn(&k->report, "policies",
		"no second factor of \"%.*s\", the policy of the account pages, is accepted by all "
		"policies, and it offers no proof of identity: people cannot change their email "
		"address, mobile number or password there; give it a second factor that all have, "
		"or thaid",
		STR_FMT(s->policies[0].name));
}

/* People who log in read what becomes of their data (PDPA section 23), and whom to ask. */
static void warn_of_branding(const struct config_check *k)
{
	const struct config_values *v = k->c->v;

	if (!v->privacy_url.n)
		option_warn(&k->report, "branding.privacy_url",
			"is empty: no page says what becomes of people's data; write the address "
			"of the privacy notice");
	if (!v->support_phone.n && !v->support_email.n)
		option_warn(&k->report, "branding.support_phone",
			"and branding.support_email are empty: people who cannot log in find "
			"nobody to ask; write one of them");
}

void config_check(const struct config *c, struct buf *errors, struct buf *warnings)
{
	const struct config_check k = {c, {c->path, errors, warnings}};

	check_issuer(&k);
	check_tls(&k);
	check_listeners(&k);
	check_outgoing(&k);
	check_lifetimes(&k);
	check_levels(&k);
	check_policies(&k);
	warn_of_branding(&k);
	warn_of_loopback(&k);
	warn_of_policies(&k);
	modules_settings_check(all_modules, &c->settings, &k.report);
}

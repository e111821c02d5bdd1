/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What several options must be together. */
#include "codec/uri.h"
#include "main/config.h"
#include "main/methods.h"

#include <stdarg.h>

struct config_check {
	const struct config *c;
	struct buf *errors;
};

__attribute__((format(printf, 3, 4))) static void refuse(
	const struct config_check *k, const char *option, const char *format, ...)
{
	char why[300];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_addf(k->errors, "%s: %s: %s\n", k->c->path, option, why);
}

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

static void check_lifetimes(const struct config_check *k)
{
	const struct config_values *v = k->c->v;

	if (v->session_idle > v->session_lifetime)
		refuse(k, "lifetimes.session_idle",
			"is over lifetimes.session; write at most that");
	if (v->refresh_lifetime > v->authorization_lifetime)
		refuse(k, "lifetimes.refresh_token",
			"is over lifetimes.authorization; write at most that");
	if (v->key_lifetime && v->key_lifetime <= v->key_overlap)
		refuse(k, "keys.lifetime", "is not over keys.overlap; write more, or 0");
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

static bool has_rules(const struct config_check *k, struct str name)
{
	const struct conf_list *list = &k->c->v->password.rules;
	const struct password_rules *rules = list->v;

	for (size_t i = 0; i < list->n; i++)
		if (str_eq(rules[i].name, name))
			return true;
	return !name.n;
}

static void check_password(const struct config_check *k, const struct login_policy *p)
{
	char names[METHOD_NAMES_MAX];

	/* A password must be followed by a code, so a policy without one would let nobody in. */
	if (strlist_has(p->primary, STR("password")) && !p->second_factors.n)
		refuse(k, "policies[].second_factor.methods",
			"is missing: a password alone is not sufficient; write [otp_email] or "
			"[otp_email, otp_sms]");
	if (!has_rules(k, p->password_rules))
		refuse(k, "policies[].password.rules", "\"%.*s\" is none of password.rules",
			STR_FMT(p->password_rules));
	for (size_t i = 0; i < p->second_factors.n; i++)
		if (!method_known(p->second_factors.v[i], AUTH_CONFIRM))
			refuse(k, "policies[].second_factor.methods",
				"\"%.*s\" is no second factor; write %s",
				STR_FMT(p->second_factors.v[i]), method_names(AUTH_CONFIRM, names));
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
	char names[METHOD_NAMES_MAX];
	const struct settings *s = &k->c->settings;

	for (size_t i = 0; i < s->n_policies; i++) {
		const struct login_policy *p = &s->policies[i];

		if (settings_policy(s, p->name) != p)
			refuse(k, "policies[].name", "\"%.*s\" stands twice; remove one",
				STR_FMT(p->name));
		if (p->acr.n && !settings_level(s, p->acr))
			refuse(k, "policies[].acr", "\"%.*s\" is none of acr_levels",
				STR_FMT(p->acr));
		for (size_t j = 0; j < p->primary.n; j++)
			if (!method_known(p->primary.v[j], AUTH_IDENTIFY))
				refuse(k, "policies[].primary",
					"\"%.*s\" is no way to log in; write %s",
					STR_FMT(p->primary.v[j]),
					method_names(AUTH_IDENTIFY, names));
		check_password(k, p);
	}
}

static void check_thaid(const struct config_check *k)
{
	const struct thaid_options *t = &k->c->v->thaid;

	if (t->client_id.n && !t->client_secret)
		refuse(k, "thaid.client_secret",
			"is missing; name the file with our secret at ThaID");
	if (!t->client_id.n && t->client_secret)
		refuse(k, "thaid.client_id", "is missing; write our client id at ThaID");
}

static void check_mail(const struct config_check *k)
{
	const char *option;
	const char *fault = mail_options_fault(&k->c->v->mail, &option);

	if (fault)
		refuse(k, option, "%s", fault);
}

static void check_sms(const struct config_check *k)
{
	const struct conf_list *providers = &k->c->v->sms_providers;

	for (size_t i = 0; i < providers->n; i++) {
		const char *option;
		const char *fault = sms_provider_fault(providers, i, &option);

		if (fault)
			refuse(k, option, "%s", fault);
	}
}

static void check_passwords(const struct config_check *k)
{
	const struct config_values *v = k->c->v;
	const struct password_rules *rules = v->password.rules.v;

	if (v->password.hash_queue + v->password.hash_threads >= v->workers)
		refuse(k, "password.hash_queue_max",
			"with password.hash_threads leaves no worker for others; write less, or "
			"more "
			"server.workers");
	if (v->throttle.lock > v->throttle.lock_max)
		refuse(k, "throttle.lock", "is over throttle.lock_max; write at most that");
	if (v->throttle.free >= v->throttle.lock_after)
		refuse(k, "throttle.free_attempts", "is not below throttle.lock_after; write less");
	for (size_t i = 0; i < v->password.rules.n; i++) {
		if (rules[i].min > rules[i].max)
			refuse(k, "password.rules[].min", "is over max; write at most that");
		for (size_t j = 0; j < i; j++)
			if (str_eq(rules[i].name, rules[j].name))
				refuse(k, "password.rules[].name",
					"\"%.*s\" stands twice; remove one",
					STR_FMT(rules[i].name));
	}
}

void config_check(const struct config *c, struct buf *errors)
{
	const struct config_check k = {c, errors};

	check_issuer(&k);
	check_tls(&k);
	check_listeners(&k);
	check_lifetimes(&k);
	check_levels(&k);
	check_policies(&k);
	check_passwords(&k);
	check_thaid(&k);
	check_mail(&k);
	check_sms(&k);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/config.h"

#include "base/array.h"
#include "base/arena.h"
#include "core/module.h"

static const struct level default_levels[] = {
	{STR_INIT("urn:pratu:acr:high"), STR_INIT("2.3"), STR_INIT("3")},
	{STR_INIT("urn:pratu:acr:thaid"), STR_INIT("2.3"), STR_INIT("2.2")},
	{STR_INIT("urn:pratu:acr:basic"), STR_INIT("1.1"), STR_INIT("1")},
};

/* Where no policy is configured: proofs of identity, which need nothing else. */
static const struct login_policy *default_policy(struct arena *a)
{
	struct login_policy *policy = arena_new_of(a, struct login_policy);
	struct str *names = arena_array(a, AUTH_METHODS_MAX, struct str);
	const unsigned whole = AUTH_IDENTIFY | AUTH_PROOF;
	size_t n = 0;

	for (size_t i = 0; all_modules[i]; i++)
		for (const struct auth_method *const *m = all_modules[i]->methods; m && *m; m++)
			if (((*m)->can & whole) == whole && n < AUTH_METHODS_MAX)
				names[n++] = str_c((*m)->name);
	*policy = (struct login_policy){.name = STR("default"), .primary = {names, n}};
	return policy;
}

static void fill_lists(const struct config_values *v, struct arena *a, struct settings *s)
{
	s->levels = v->levels.n ? v->levels.v : default_levels;
	s->n_levels = v->levels.n ? v->levels.n : ARRAY_LEN(default_levels);
	s->policies = v->policies.n ? v->policies.v : default_policy(a);
	s->n_policies = v->policies.n ? v->policies.n : 1;
}

static void fill_settings(const struct config_values *v, struct arena *a, struct settings *s)
{
	*s = (struct settings){
		.issuer = v->issuer,
		.secure = str_starts(v->issuer, STR("https://")),
		.session_lifetime = v->session_lifetime,
		.session_idle = v->session_idle,
		.sessions_per_person = v->sessions_per_person,
		.logins_per_minute = v->logins_per_minute,
		.recovery_requests_per_minute = v->recovery_requests_per_minute,
		.refused_returns_per_minute = v->refused_returns_per_minute,
		.codes_per_session_and_minute = v->codes_per_session_and_minute,
		.login_lifetime = v->login_lifetime,
		.authorization_code_lifetime = v->authorization_code_lifetime,
		.access_lifetime = v->access_lifetime,
		.refresh_lifetime = v->refresh_lifetime,
		.authorization_lifetime = v->authorization_lifetime,
		.refresh_grace = v->refresh_grace,
		.id_token_lifetime = v->id_token_lifetime,
		.http_ca_file = v->http_ca_file,
		.workers = v->workers,
		.outgoing_networks = v->outgoing_networks,
	};
	fill_lists(v, a, s);
}

static void fill_modules(struct config *c)
{
	const void **modules;
	size_t n = 0;

	while (all_modules[n])
		n++;
	modules = arena_array(c->arena, n, const void *);
	for (size_t i = 0; i < n; i++)
		modules[i] = (const char *)c->v + config_module_offset(all_modules[i]);
	c->settings.modules = modules;
}

enum rc config_load(const char *path, struct buf *errors, struct config **ret)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct config *c = arena_new_of(a, struct config);
	size_t before = errors->n;
	enum rc rc;

	c->arena = a;
	c->path = str_dup_c(a, str_c(path));
	rc = conf_load(path, config_table(), errors, &c->conf);
	if (rc != RC_OK) {
		arena_free(a);
		return rc;
	}
	c->v = conf_values(c->conf);
	fill_settings(c->v, c->arena, &c->settings);
	fill_modules(c);
	modules_settings_fill(all_modules, &c->settings);
	buf_init(&c->warnings, a, CONFIG_ERRORS_BYTES);
	config_check(c, errors, &c->warnings);
	if (errors->n != before) {
		config_free(c);
		return RC_INVALID;
	}
	*ret = c;
	return RC_OK;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	conf_free(c->conf);
	arena_free(c->arena);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The password: its options and their rules, and how it is set up at the start. */
#include "base/arena.h"
#include "core/module.h"
#include "directory/password_login.h"
#include "factors/password/login_password.h"
#include "obs/log.h"
#include "idp/login/method.h"

#define LEARN_FROM 4096u /* credentials looked at */

extern const struct module module_password;

/* Each thread computes one hash while another is read and counted (password.c). */
static int64_t password_workers(const struct password_options *o)
{
	return 2 * o->hash_threads + 1;
}

static void password_fill(const void *own, struct settings *ret)
{
	const struct password_options *o = own;

	ret->password_cost = o->cost;
	ret->initial_secret_lifetime = o->initial_secret_lifetime;
	ret->workers_held += password_workers(o);
}

/* --- rules of options --- */

static bool has_rules(const struct password_options *o, struct str name)
{
	const struct password_rules *rules = o->rules.v;

	for (size_t i = 0; i < o->rules.n; i++)
		if (str_eq(rules[i].name, name))
			return true;
	return !name.n;
}

static void check_rules(const struct password_options *o, const struct option_check *k)
{
	const struct password_rules *rules = o->rules.v;

	for (size_t i = 0; i < o->rules.n; i++) {
		if (rules[i].min > rules[i].max)
			option_refuse(k, "password.rules[].min", "is over max; write at most that");
		for (size_t j = 0; j < i; j++)
			if (str_eq(rules[i].name, rules[j].name))
				option_refuse(k, "password.rules[].name",
					"\"%.*s\" stands twice; remove one",
					STR_FMT(rules[i].name));
	}
}

static void check_policy(const struct password_options *o, const struct login_policy *p,
	const struct option_check *k)
{
	/* A password must be followed by a code, so a policy without one would let nobody in. */
	if (strlist_has(p->primary, STR(PASSWORD_METHOD)) && !p->second_factors.n)
		option_refuse(k, "policies[].second_factor.methods",
			"is missing: a password alone is not sufficient; write [otp_email] or "
			"[otp_email, otp_sms]");
	if (!has_rules(o, p->password_rules))
		option_refuse(k, "policies[].password.rules", "\"%.*s\" is none of password.rules",
			STR_FMT(p->password_rules));
}

static void check_options(const void *own, const struct settings *all, const struct option_check *k)
{
	const struct password_options *o = own;

	if (password_workers(o) >= all->workers)
		option_refuse(k, "password.hash_threads",
			"takes two workers each and leaves none for others; write less, or more "
			"server.workers");
	check_rules(o, k);
	for (size_t i = 0; i < all->n_policies; i++)
		check_policy(o, &all->policies[i], k);
}

/* --- the start --- */

struct learning {
	struct arena *a;
	struct password *password;
	size_t n;
};

static bool learn_one(void *data, const struct store_record *record)
{
	struct learning *l = data;
	struct credential c;

	if (field_decode(&record_credential, l->a, record->value, &c) == RC_OK && c.hash.n)
		password_learn(l->password, c.hash);
	return ++l->n < LEARN_FROM;
}

/* Which forms of imported hashes there are, and how many: ids are random, so the first ones are a
 * fair sample. */
static void learn(struct store *store, struct password *password)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct learning l = {a, password, 0};
	uint64_t accounts = 0;
	enum rc rc = store_snapshot_begin(store, &snap);

	if (rc == RC_OK)
		rc = store_scan(snap, TABLE_CREDENTIAL, STR_NONE, STR_NONE, false, learn_one, &l);
	if (rc == RC_OK)
		rc = store_count(snap, TABLE_CREDENTIAL, &accounts);
	if (rc == RC_OK)
		password_learned(password, accounts);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "learn_hashes"), LOG_RC(rc));
}

static void password_method_free(const struct auth_method *m)
{
	struct password *password = login_password_of(m);

	auth_method_password.free(m);
	password_free(password);
}

enum rc login_password_open(struct auth_method *m, const struct app *app, const char **ret_why)
{
	struct auth_methods one = {.n = 0};
	struct password *password;
	enum rc rc =
		password_new(module_settings(app->settings, &module_password), &password, ret_why);

	if (rc != RC_OK)
		return rc;
	learn(app->store, password);
	login_password_add(&one, password, app->throttle);
	*m = one.v[0];
	m->free = password_method_free;
	return RC_OK;
}

static const struct auth_method *const methods[] = {&auth_method_password, NULL};

static const struct route routes[] = {
	{
		.path = "/login/password",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE | HTTP_LOW_PRIORITY,
		.guard = GUARD_PUBLIC,
		.before = method_form_before,
		.run = method_form_run,
		.blocks = method_form_blocks,
		.admission = method_form_admission,
		.body_max = WAITING_BODY_MAX,
		.name = "login_password",
		.help = "username and password",
	},
	{.path = NULL},
};

const struct module module_password = {
	.name = "password",
	.options = password_conf_options,
	.settings_size = sizeof(struct password_options),
	.fill = password_fill,
	.check = check_options,
	.methods = methods,
	.routes = routes,
};

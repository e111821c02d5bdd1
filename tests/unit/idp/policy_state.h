/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_UNIT_IDP_POLICY_STATE_H
#define PRATU_TESTS_UNIT_IDP_POLICY_STATE_H

/* A state of a login in which everything is settled, for the tests of the policy to spoil. */
#include "unit/check.h"

#include "directory/credential.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "idp/login/policy.h"
#include "access/scope.h"

#define POLICY_NOW 1800000000
#define PERSON     STR("somchai000000000000000")
#define OTHER      STR("malee00000000000000000")

static const struct level levels[] = {
	{STR_INIT("high"), STR_INIT("2.3"), STR_INIT("3")},
	{STR_INIT("mid"), STR_INIT("2.3"), STR_INIT("2.2")},
	{STR_INIT("low"), STR_INIT("1.1"), STR_INIT("1")},
};
static const struct str primary[] = {STR_INIT("thaid")};
static const struct login_policy lax = {STR_INIT("lax"), {primary, 1}, STR_INIT("")};
static const struct login_policy strict = {STR_INIT("strict"), {primary, 1}, STR_INIT("mid")};
static const struct settings settings = {.levels = levels, .n_levels = 3};

static const struct auth_methods policy_methods = {
	.v = {{.name = "thaid", .can = AUTH_IDENTIFY, .ial = "2.3", .aal = "2.2"}}, .n = 1};

static const struct str essential_mid[] = {STR_INIT("high"), STR_INIT("mid")};

static struct access_account access_accounts[] = {
	{.account = {.id = STR_INIT("a1")}},
	{.account = {.id = STR_INIT("a2")}},
};

/* A state in which everything is settled; each row spoils one thing. */
struct policy_state {
	struct login login;
	struct client client;
	struct session session;
	struct access_decision access;
	struct account_rules rules, session_rules, access_rules[2];
	struct auth_proofs proofs, session_proofs;
	struct policy_view v;
};

static inline void settle(struct policy_state *s)
{
	*s = (struct policy_state){
		.client = {.id = STR("portal")},
		.session = {.sid = STR("sid"),
			.person = PERSON,
			.auth_time = POLICY_NOW - 100,
			.method = STR("thaid"),
			.ial = STR("2.3"),
			.aal = STR("2.2")},
		.access = {.outcome = ACCESS_OK, .accounts = access_accounts, .n_accounts = 1},
	};
	s->login.request.scope = STR("openid");
	s->v = (struct policy_view){.login = &s->login,
		.client = &s->client,
		.session = &s->session,
		.proofs = &s->proofs,
		.session_proofs = &s->session_proofs,
		.access = &s->access,
		.policy = &lax,
		.settings = &settings,
		.methods = &policy_methods,
		.now = POLICY_NOW};
}

static inline void no_session(struct policy_state *s)
{
	s->v.session = NULL;
	s->v.access = NULL;
}

#endif

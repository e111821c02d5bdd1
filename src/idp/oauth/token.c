/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/token.h"

#include "core/details.h"
#include "core/module.h"
#include "obs/metrics.h"
#include "idp/client/client_auth.h"

#define ANSWER_MAX 81920u /* an ID token and a JWT access token with many rights */

const struct grant_row oauth_grants[] = {
	{"authorization_code", grant_authorization_code},
	{"refresh_token", grant_refresh},
	{"client_credentials", grant_client_credentials},
	{NULL, NULL},
};

void token_send(struct op *op, const struct token_answer *answer)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, ANSWER_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "access_token", answer->access.text);
	json_add_str(&w, "token_type", STR("Bearer"));
	json_add_i64(&w, "expires_in", answer->access.expires_in);
	json_add_str_opt(&w, "refresh_token", answer->refresh_token);
	json_add_str_opt(&w, "id_token", answer->id_token);
	json_add_str(&w, "scope", answer->scope);
	if (answer->access.details.n)
		json_add_raw(&w, "authorization_details", answer->access.details);
	json_write_object_end(&w);
	http_answer(op->x, 200, "application/json", buf_str(&body));
	http_header_add(op->x, "Pragma", STR("no-cache"));
	metric_add(METRIC_TOKENS, 1);
}

const struct oauth_error *token_details(struct op *op, struct authorization_ref *f)
{
	const struct client *client = op->caller;
	struct str allowed;

	if (details_of_types(op->tx.a, f->authz.details, client->details_types, &allowed) != RC_OK)
		return OAUTH(INTERNAL);
	return details_narrow(
		op->tx.a, allowed, op_param(op, "authorization_details"), &f->details);
}

const struct oauth_error *token_error(enum rc rc, const struct oauth_error *refused)
{
	switch (rc) {
	case RC_OK: return NULL;
	case RC_DENIED:
	case RC_NOT_FOUND:
	case RC_EXPIRED:
	case RC_INVALID: return refused;
	case RC_LIMITED:
	case RC_UNAVAILABLE: return OAUTH(BUSY);
	default: return OAUTH(INTERNAL);
	}
}

static const struct grant_row *find_grant(struct str type)
{
	for (size_t i = 0; all_modules[i]; i++)
		for (const struct grant_row *row = all_modules[i]->grants; row && row->type; row++)
			if (str_eq_c(type, row->type))
				return row;
	return NULL;
}

static const struct oauth_error *dispatch(struct op *op)
{
	struct str asked = op_param(op, "grant_type");
	const struct client *client = op->caller;
	const struct grant_row *row;

	if (!asked.n)
		return OAUTH(GRANT_TYPE_MISSING);
	row = find_grant(asked);
	if (!row)
		return OAUTH(GRANT_TYPE);
	if (!strlist_has(client->grant_types, asked))
		return OAUTH(GRANT_NOT_ALLOWED);
	return row->handle(op, client);
}

void token_run(struct op *op)
{
	const struct oauth_error *e = dispatch(op);

	if (!e)
		return;
	metric_add(METRIC_TOKEN_ERRORS, 1);
	error_json(op, e);
}

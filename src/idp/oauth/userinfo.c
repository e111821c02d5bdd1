/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Userinfo (OIDC Core 5.3) by bearer token (RFC 6750 2.1, 2.2; never in the query: 2.3). */
#include "access/scope.h"
#include "idp/oauth/token.h"
#include "directory/directory.h"

static const struct oauth_error *find_token(struct op *op, struct str *ret)
{
	struct str header = op->x->request.authorization, in_form = STR_NONE;
	const char *why;

	/* RFC 6750 2.2: a token in the body only where that is a form; other bodies say nothing. */
	if (op->x->request.method == HTTP_POST && http_has_form(op->x)) {
		if (op_form(op, &why) != RC_OK)
			return OAUTH(FORM_MALFORMED);
		in_form = op_param(op, "access_token");
	}
	if (header.p && in_form.n)
		return OAUTH(BEARER_TWICE);
	if (in_form.n) {
		*ret = in_form;
		return NULL;
	}
	if (!header.p || !str_ieq(str_sub(header, 0, 7), STR("Bearer ")))
		return OAUTH(BEARER_MISSING);
	*ret = str_trim(str_sub(header, 7, header.n));
	return ret->n ? NULL : OAUTH(BEARER_MISSING);
}

static void userinfo_answer(struct op *op, const struct client *client,
	const struct authorization_ref *f, struct str scope)
{
	const struct claims_request ask = {scope, f->authz.claims, client};
	const struct claims_subject subject = {&f->access.person, authorization_named(f)};
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, CLAIMS_ANSWER_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "sub", f->authz.person);
	claims_write_rights(op, &w, f->access_account);
	claims_write(op, &w, CLAIMS_USERINFO, &ask, &subject);
	json_write_object_end(&w);
	if (buf_status(&body) != RC_OK)
		op_fail(op, RC_INTERNAL);
	else
		http_answer(op->x, 200, "application/json", buf_str(&body));
}

void userinfo_run(struct op *op)
{
	struct access_token_ref ref;
	struct client client;
	struct authorization_ref f;
	struct str token;
	const struct oauth_error *e = find_token(op, &token);
	enum rc rc;

	if (e) {
		error_bearer(op, e);
		return;
	}
	rc = access_token_find(op, token, &ref);
	if (rc == RC_OK && !scope_has(ref.access.scope, "openid")) {
		error_bearer(op, OAUTH(BEARER_SCOPE));
		return;
	}
	if (rc == RC_OK)
		rc = client_get(op->tx.snap, op->tx.a, ref.access.client, &client, NULL);
	if (rc == RC_OK && client.status != STATUS_ACTIVE)
		rc = RC_DENIED;
	if (rc == RC_OK)
		rc = authorization_load(op, ref.access.authorization, &client, &f);
	if (rc == RC_OK)
		userinfo_answer(op, &client, &f, ref.access.scope);
	else if (rc == RC_NOT_FOUND || rc == RC_DENIED)
		error_bearer(op, OAUTH(BEARER_BAD));
	else
		op_fail(op, rc);
}

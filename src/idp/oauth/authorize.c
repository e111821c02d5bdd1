/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/authorize.h"

#include "idp/oauth/answer.h"
#include "idp/oauth/claims.h"
#include "idp/oauth/auth_request_rules.h"
#include "idp/par/pushed_request.h"
#include "obs/metrics.h"
#include "directory/browser_session.h"
#include "directory/names.h"
#include "core/page.h"
#include "core/handle.h"
#include "directory/session.h"
#include "idp/oauth/token_records.h"

#define CODE_KEPT 600 /* seconds a code's record is kept, so that a second use is seen */

/*
 * A request_uri of ours: its form takes the place of what stands beside it, none of which is looked
 * at (RFC 9126 4, RFC 9101 6.3).
 */
static const struct oauth_error *open_pushed(struct op *op, struct auth_reading *r)
{
	struct pushed_request_ref ref;
	const char *why;
	enum rc rc;

	if (!op_param(op, "client_id").n)
		return OAUTH(CLIENT_ID_MISSING);
	if (form_count(&op->form, "client_id") > 1 || form_count(&op->form, "request_uri") > 1)
		return OAUTH(PARAMETER_REPEATED);
	if (op_param(op, "request").n)
		return OAUTH(PUSHED_AND_OBJECT);
	rc = pushed_request_find(op, op_param(op, "request_uri"), op_param(op, "client_id"), &ref);
	if (rc == RC_NOT_FOUND)
		return OAUTH(PUSHED_UNKNOWN);
	if (rc != RC_OK || form_parse_repeats(op->tx.a, ref.request.form, &op->form, &why) != RC_OK)
		return OAUTH(INTERNAL);
	r->by_client = true;
	r->request.transaction.pushed = ref.key;
	pushed_request_begin(op, &ref);
	return NULL;
}

/* An answer, also an error, spends the request that was pushed. */
static void refuse_request(struct op *op, const struct auth_request *request,
	const struct client *client, const struct oauth_error *e)
{
	enum rc rc = request->transaction.pushed.n
			     ? pushed_request_spend(op, request->transaction.pushed)
			     : RC_OK;

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		op_fail(op, rc);
	else
		answer_error(op, request, name_of_client(op, client), e);
}

void authorize_run(struct op *op)
{
	struct auth_reading reading = {.answerable = false};
	const struct oauth_error *e = NULL;
	bool by_uri;
	const char *why;

	if (op_form_with_repeats(op, &why) != RC_OK)
		e = OAUTH(FORM_MALFORMED);
	by_uri = !e && pushed_request_uri(op_param(op, "request_uri"));
	if (by_uri && page_come_again(op, SESSION_COOKIE))
		return;
	if (by_uri)
		e = open_pushed(op, &reading);
	if (!e)
		e = auth_request_read(op, AUTH_AT_AUTHORIZE, &reading);
	op->lang = page_language(op->x, reading.request.lang);
	if (!e && !by_uri && page_come_again(op, SESSION_COOKIE))
		return;
	if (!e)
		login_begin(op, &reading.request, &reading.client);
	else if (reading.answerable)
		refuse_request(op, &reading.request, &reading.client, e);
	else
		answer_untrusted(op, reading.client.id.n ? &reading.client : NULL, e);
}

static void issue_code(struct op *op, const struct auth_result *result)
{
	const struct auth_request *request = result->request;
	const struct session *s = result->session;
	struct handle h = handle_new(op->tx.a, HANDLE_AUTHORIZATION_CODE, op->tx.now + CODE_KEPT,
		op->tx.now_ms, op->tx.app->rng);
	struct authorization_code code = {
		.client = request->client,
		.redirect_uri = request->redirect_uri,
		.person = s->person,
		.account = result->account,
		.sid = s->sid,
		.scope = request->scope,
		.nonce = request->nonce,
		.code_challenge = request->code_challenge,
		.claims = request->claims.text,
		.details = request->transaction.details,
		.auth_time = s->auth_time,
		.amr = s->amr,
		.acr = result->acr,
		.ial = result->ial,
		.aal = result->aal,
		.proven_account = result->proven_account,
		.methods = result->methods,
		.issued_ms = op->tx.now_ms,
		.expires = op->tx.now + op->tx.settings->authorization_code_lifetime,
	};
	struct audit_entry entry = op_audit(op, AUDIT_AUTHORIZATION_CODE_ISSUED);

	record_put(op->tx.batch, TABLE_AUTHORIZATION_CODE, op->tx.a, h.key, &code, STORE_ABSENT);
	entry.person = s->person;
	entry.account = result->account;
	entry.client = request->client;
	entry.system = result->client->system;
	entry.office = result->office;
	entry.session = s->sid;
	op_audit_add(op, &entry);
	metric_add(METRIC_AUTHORIZATION_CODES, 1);
	answer_code(op, request, name_of_client(op, result->client), h.text);
}

/* Of two logins with one request_uri the first to end has it. */
static void grant_request(struct op *op, const struct auth_result *result)
{
	const struct auth_request *request = result->request;
	enum rc rc = request->transaction.pushed.n
			     ? pushed_request_spend(op, request->transaction.pushed)
			     : RC_OK;

	if (rc == RC_OK)
		issue_code(op, result);
	else if (rc == RC_NOT_FOUND)
		answer_error(op, request, name_of_client(op, result->client), OAUTH(PUSHED_SPENT));
	else
		op_fail(op, rc);
}

static void refuse_withdrawn(struct op *op)
{
	answer_untrusted(op, NULL, OAUTH(CLIENT_UNKNOWN));
}

const struct auth_responder authorize_responder = {
	.granted = grant_request,
	.refused = refuse_request,
	.shares = claims_shares,
	.withdrawn = refuse_withdrawn,
};

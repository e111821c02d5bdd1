/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/grant_ciba.h"

#include "access/scope.h"
#include "core/handle.h"
#include "core/page.h"
#include "idp/ciba/ciba_records.h"
#include "idp/ciba/decide.h"
#include "idp/oauth/token.h"

#define PENDING_MAX 512u /* bytes of the answer while nobody has answered */

/* --- nobody has answered --- */

/* No fault of anybody's, and thousands a second: no line in the log. */
static void answer_pending(struct op *op, const struct oauth_error *e)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, PENDING_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "error", str_c(e->code));
	json_add_str(&w, "error_description", str_c(e->text));
	json_write_object_end(&w);
	http_answer(op->x, e->status, "application/json", buf_str(&body));
}

/* CIBA Core 11: slow_down is a variant of pending, and adds 5 seconds for this and all later polls.
 * Counted from the last poll; the first may come at once. */
static const struct oauth_error *poll(struct op *op, const struct ciba_ref *ref)
{
	struct ciba_poll poll;
	uint64_t version;
	bool early = false;
	enum rc rc = record_get(
		op->tx.snap, (enum table)TABLE_CIBA_POLL, ref->key, op->tx.a, &poll, &version);

	if (rc == RC_NOT_FOUND) {
		poll = (struct ciba_poll){.interval = op->tx.settings->ciba.interval};
		version = STORE_ABSENT;
	} else if (rc != RC_OK) {
		return OAUTH(INTERNAL);
	} else {
		early = op->tx.now_ms < poll.last_ms + poll.interval * 1000;
	}
	if (early && poll.interval < CIBA_LIFETIME_MAX) /* more would be past its end */
		poll.interval += CIBA_SLOW_DOWN;
	poll.last_ms = op->tx.now_ms;
	record_put(op->tx.batch, (enum table)TABLE_CIBA_POLL, op->tx.a, ref->key, &poll, version);
	answer_pending(op, early ? OAUTH(CIBA_SLOW) : OAUTH(CIBA_PENDING));
	if (early)
		page_retry_after(op, poll.interval);
	return NULL;
}

/* --- approved --- */

static int64_t lifetime(
	const struct op *op, const struct client *client, bool refreshable, struct str scope)
{
	if (!refreshable)
		return access_token_lifetime(op, client);
	return scope_has(scope, "offline_access") ? op->tx.settings->authorization_lifetime
						  : op->tx.settings->session_lifetime;
}

static struct authorization_ref authorization_of(
	struct op *op, const struct client *client, const struct ciba_request *r, bool refreshable)
{
	int64_t expires = op->tx.now + lifetime(op, client, refreshable, r->scope);
	struct handle h =
		handle_new(op->tx.a, HANDLE_AUTHORIZATION, expires, op->tx.now_ms, op->tx.app->rng);

	return (struct authorization_ref){
		.key = h.key,
		.authz =
			{
				.client = r->client,
				.person = r->person,
				.account = r->by_account,
				.scope = r->scope,
				.claims = r->claims,
				.details = r->details,
				.auth_time = r->auth_time,
				.amr = r->amr,
				.acr = r->acr,
				.ial = r->ial,
				.aal = r->aal,
				.proven_account = r->proven_account,
				.methods = r->methods,
				.created_ms = r->decided_ms,
				.expires = expires,
				.offline = true,
			},
	};
}

static enum rc issue(struct op *op, const struct client *client, struct authorization_ref *f,
	struct token_answer *answer)
{
	enum rc rc;

	record_put(op->tx.batch, TABLE_AUTHORIZATION, op->tx.a, f->key, &f->authz, STORE_ABSENT);
	answer->scope = f->authz.scope;
	rc = token_issue_access(op, client, f, f->authz.scope, &answer->access);
	if (rc == RC_OK)
		rc = token_issue_id(op, client, f, f->authz.scope, STR_NONE, answer->access.text,
			&answer->id_token);
	return rc;
}

/* Once: the request is written as used under the version that was read. */
static const struct oauth_error *redeem_request(
	struct op *op, const struct client *client, struct ciba_ref *ref)
{
	bool refreshable = strlist_has(client->grant_types, STR("refresh_token"));
	struct authorization_ref f = authorization_of(op, client, &ref->r, refreshable);
	struct token_answer answer = {.scope = STR_NONE};
	const struct oauth_error *e = token_details(op, &f);
	enum rc rc;

	if (e)
		return e;
	rc = authorization_check(op, client, &f);
	/* What a password approved is not redeemed while the account is locked for guesses at it.
	 */
	if (rc == RC_OK)
		rc = ciba_check_lock(op, f.authz.proven_account, f.authz.methods, f.authz.amr);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(RIGHT_ENDED));
	if (issue(op, client, &f, &answer) != RC_OK)
		return OAUTH(INTERNAL);
	if (refreshable)
		answer.refresh_token = token_issue_refresh(op, client, &f);
	ref->r.state = CIBA_USED;
	ciba_put(&op->tx, ref);
	token_send(op, &answer);
	return NULL;
}

/* What a state answers; NULL: it is pending or approved. */
static const struct oauth_error *state_error(struct op *op, const struct ciba_request *r)
{
	switch ((enum ciba_state)r->state) {
	case CIBA_USED: return OAUTH(CIBA_ID_BAD);
	case CIBA_REPLACED: return OAUTH(CIBA_EXPIRED);
	case CIBA_REFUSED:
	case CIBA_NOT_ME:
	case CIBA_WITHDRAWN: return OAUTH(CIBA_DENIED);
	default: return op->tx.now >= r->expires ? OAUTH(CIBA_EXPIRED) : NULL;
	}
}

static const struct oauth_error *grant_ciba(struct op *op, const struct client *client)
{
	struct str text = op_param(op, "auth_req_id"), key;
	const struct oauth_error *e;
	struct ciba_ref ref;
	enum rc rc;

	/* Registered for push, or for nothing (CIBA Core 11). */
	if (client->ciba_delivery == CIBA_DELIVERY_NONE || client->auth_method == CLIENT_AUTH_NONE)
		return OAUTH(CIBA_NOT_REGISTERED);
	if (!text.n)
		return OAUTH(CIBA_ID_MISSING);
	if (handle_key(op->tx.a, HANDLE_CIBA, text, &key) != RC_OK)
		return OAUTH(CIBA_ID_BAD);
	rc = ciba_get(&op->tx, key, &ref);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(CIBA_ID_BAD));
	if (!str_eq(ref.r.client, client->id))
		return OAUTH(CIBA_ID_BAD);
	e = state_error(op, &ref.r);
	if (e)
		return e;
	return ref.r.state == CIBA_PENDING ? poll(op, &ref) : redeem_request(op, client, &ref);
}

const struct grant_row ciba_grants[] = {
	{CIBA_GRANT, grant_ciba},
	{NULL, NULL},
};

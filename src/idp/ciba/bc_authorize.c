/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/bc_authorize.h"

#include "access/scope.h"
#include "base/array.h"
#include "core/handle.h"
#include "core/page.h"
#include "idp/ciba/binding_message.h"
#include "idp/ciba/ciba_mail.h"
#include "idp/ciba/ciba_records.h"
#include "idp/ciba/client_jwt.h"
#include "idp/ciba/hint.h"
#include "idp/ciba/user_code.h"
#include "idp/oauth/auth_request_rules.h"
#include "obs/metrics.h"
#include "throttle/throttle.h"

#define ANSWER_MAX     512u
#define NOTIFY_MAX     (CIBA_TOKEN_MAX + HANDLE_TEXT_MAX + 1)
#define EXPIRY_ASKABLE 31536000u /* seconds; more is no number that anybody means */

/* A request while it is read. */
struct ciba_reading {
	struct auth_reading auth;
	struct ciba_hinted who;
	struct ciba_request r;
	struct str notification_token;
	int64_t wait; /* seconds, of a refusal that ends by itself; 0: none */
};

/* --- the rules of this endpoint alone, in order --- */

/* CIBA Core 4: registered for it, and a client that keeps a secret. */
static const struct oauth_error *client_registered(struct op *op, struct ciba_reading *c)
{
	const struct client *client = &c->auth.client;

	(void)op;
	if (!strlist_has(client->grant_types, STR(CIBA_GRANT)) ||
		client->ciba_delivery == CIBA_DELIVERY_NONE ||
		client->auth_method == CLIENT_AUTH_NONE)
		return OAUTH(CIBA_NOT_REGISTERED);
	return NULL;
}

static const struct oauth_error *object_read(struct op *op, struct ciba_reading *c)
{
	return request_object_read(op, &c->auth.client);
}

/* By the minute, whomever it asks for: a client cannot try names without end. */
static const struct oauth_error *client_within_limit(struct op *op, struct ciba_reading *c)
{
	if (op->tx.attempts > 1 || throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_CIBA,
					   c->auth.client.id, &c->wait) == RC_OK)
		return NULL;
	return OAUTH(CIBA_CLIENT_LIMIT);
}

static const struct oauth_error *request_read(struct op *op, struct ciba_reading *c)
{
	const struct oauth_error *e = auth_request_read(op, AUTH_AT_CIBA, &c->auth);

	if (e)
		return e;
	c->r.scope = c->auth.request.scope;
	c->r.acr_values = c->auth.request.acr_values;
	c->r.claims = c->auth.request.claims.text;
	c->r.max_age = c->auth.request.max_age;
	c->r.details = c->auth.request.transaction.details;
	/* CIBA Core 7.1: the scope value openid is required. */
	return scope_has(c->r.scope, "openid") ? NULL : OAUTH(CIBA_OPENID);
}

static const struct oauth_error *message_valid(struct op *op, struct ciba_reading *c)
{
	c->r.message = op_param(op, "binding_message");
	if (c->r.message.n && !binding_message_valid(c->r.message))
		return OAUTH(CIBA_BINDING_MESSAGE);
	return NULL;
}

/* What is asked for beyond CIBA_LIFETIME_MAX is not refused: expires_in says what was given. */
static const struct oauth_error *expiry_valid(struct op *op, struct ciba_reading *c)
{
	struct str text = op_param(op, "requested_expiry");
	uint64_t seconds = (uint64_t)op->tx.settings->ciba.lifetime;

	if (text.n && (!str_to_u64(text, EXPIRY_ASKABLE, &seconds) || seconds == 0))
		return OAUTH(CIBA_EXPIRY);
	if (seconds > CIBA_LIFETIME_MAX)
		seconds = CIBA_LIFETIME_MAX;
	c->r.created = op->tx.now;
	c->r.expires = op->tx.now + (int64_t)seconds;
	return NULL;
}

/* RFC 6750 2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static bool is_bearer(struct str token)
{
	size_t n = token.n;

	while (n && token.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = token.p[i];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!plain && !memchr("-._~+/", c, 6))
			return false;
	}
	return n > 0 && token.n <= CIBA_TOKEN_MAX;
}

/* CIBA Core 7.1: required for ping; a client that polls sends it for nothing. */
static const struct oauth_error *notification_token_valid(struct op *op, struct ciba_reading *c)
{
	if (c->auth.client.ciba_delivery != CIBA_DELIVERY_PING)
		return NULL;
	c->notification_token = op_param(op, "client_notification_token");
	return is_bearer(c->notification_token) ? NULL : OAUTH(CIBA_NOTIFICATION_TOKEN);
}

static const struct oauth_error *person_hinted(struct op *op, struct ciba_reading *c)
{
	const struct oauth_error *e = ciba_hint_find(op, &c->auth, &c->who);

	if (e)
		return e;
	c->r.client = c->auth.client.id;
	c->r.person = c->who.access.person.id;
	c->r.account = c->who.account;
	return NULL;
}

/* --- what a person need not bear --- */

static void refuse_for_a_time(struct op *op, struct ciba_person *p, uint64_t version)
{
	struct audit_entry entry = op_audit(op, AUDIT_CIBA_BLOCKED);

	p->unanswered = 0;
	p->blocked_until = op->tx.now + op->tx.settings->ciba.block;
	ciba_person_put(&op->tx, p, version);
	entry.person = p->person;
	entry.client = p->client;
	op_audit_add(op, &entry);
	op->commit_refusal = true;
}

/* How the client's request before this one ended, which nobody has noted yet. */
static enum rc end_previous(struct op *op, struct ciba_person *p)
{
	struct ciba_ref previous;
	enum rc rc;

	if (!p->request.n || p->answered)
		return RC_OK;
	p->unanswered++;
	rc = ciba_get(&op->tx, p->request, &previous);
	if (rc != RC_OK || previous.r.state != CIBA_PENDING)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	previous.r.state = CIBA_REPLACED;
	ciba_put(&op->tx, &previous);
	return RC_OK;
}

/* CIBA Core 7.1, user_code. A wrong one counts as a request that was refused: a client that guesses
 * is silenced for this person. */
static const struct oauth_error *user_code_checked(
	struct op *op, const struct ciba_reading *c, struct ciba_person *p, uint64_t version)
{
	struct str sent = c->auth.client.ciba_user_code ? op_param(op, "user_code") : STR_NONE;
	enum user_code_fit fit;

	if (user_code_fit(&op->tx, c->r.person, sent, &fit) != RC_OK)
		return OAUTH(INTERNAL);
	if (fit == USER_CODE_NONE || fit == USER_CODE_FITS)
		return NULL;
	if (fit == USER_CODE_MISSING)
		return OAUTH(CIBA_USER_CODE_MISSING);
	p->unanswered++;
	p->last = op->tx.now;
	if (p->unanswered >= op->tx.settings->ciba.unanswered) {
		refuse_for_a_time(op, p, version);
	} else {
		ciba_person_put(&op->tx, p, version);
		op->commit_refusal = true;
	}
	return OAUTH(CIBA_USER_CODE);
}

static enum rc count_pending(struct op *op, const struct ciba_request *r, size_t *ret_n)
{
	struct ciba_list list;
	enum rc rc = ciba_of_person(&op->tx, r->person, &list);

	*ret_n = 0;
	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		*ret_n += ciba_is_pending(&list.v[i].r, op->tx.now) &&
			  !str_eq(list.v[i].r.client, r->client);
	return rc;
}

/* Portals that ask at the same moment would each count the same: the later one meets a conflict
 * here, runs again, and finds the others. */
static enum rc count_alone(struct op *op, const struct ciba_request *r, size_t *ret_n)
{
	struct ciba_person all;
	uint64_t version;
	enum rc rc = ciba_person_get(&op->tx, r->person, CIBA_ALL_CLIENTS, &all, &version);

	*ret_n = 0;
	if (rc != RC_OK)
		return rc;
	all.last = op->tx.now;
	ciba_person_put(&op->tx, &all, version);
	return count_pending(op, r, ret_n);
}

/* Fills p and its version, for the request to be noted in. */
static const struct oauth_error *person_admits(
	struct op *op, const struct ciba_reading *c, struct ciba_person *p, uint64_t *version)
{
	const struct oauth_error *e;
	size_t pending;
	enum rc rc = ciba_person_get(&op->tx, c->r.person, c->r.client, p, version);

	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	if (op->tx.now < p->blocked_until)
		return OAUTH(CIBA_BLOCKED);
	if (op->tx.now > p->last + CIBA_PERSON_KEPT)
		p->unanswered = 0;
	e = user_code_checked(op, c, p, *version);
	if (e)
		return e;
	rc = count_alone(op, &c->r, &pending);
	if (rc == RC_OK && pending >= CIBA_PENDING_MAX)
		return OAUTH(CIBA_TOO_MANY);
	if (rc == RC_OK)
		rc = end_previous(op, p);
	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	if (p->unanswered < op->tx.settings->ciba.unanswered)
		return NULL;
	refuse_for_a_time(op, p, *version);
	return OAUTH(CIBA_BLOCKED);
}

/* --- the request --- */

/* What the notification will need; the store knows auth_req_id by its hash only. */
static struct str seal_notification(
	struct op *op, const struct ciba_reading *c, const struct handle *h)
{
	struct buf content;

	if (!c->notification_token.n)
		return STR_NONE;
	buf_init(&content, op->tx.a, NOTIFY_MAX);
	buf_add(&content, h->text);
	buf_add_byte(&content, ' ');
	buf_add(&content, c->notification_token);
	return vault_message_seal(
		op->tx.app->vault, op->tx.a, op->tx.app->rng, h->key, buf_str(&content));
}

static void audit_request(struct op *op, const struct ciba_reading *c)
{
	struct audit_entry entry = op_audit(op, AUDIT_CIBA_REQUESTED);

	entry.person = c->r.person;
	entry.account = c->r.account;
	entry.client = c->r.client;
	entry.system = c->auth.client.system;
	entry.object = c->r.id;
	op_audit_add(op, &entry);
}

static enum rc store_request(struct op *op, struct ciba_reading *c, struct ciba_person *p,
	uint64_t version, struct handle *ret)
{
	*ret = handle_new(
		op->tx.a, HANDLE_CIBA, c->r.expires + CIBA_KEPT, op->tx.now_ms, op->tx.app->rng);
	c->r.id = id_new(op->tx.a, op->tx.app->rng);
	c->r.notify = seal_notification(op, c, ret);
	ciba_put(&op->tx, &(const struct ciba_ref){c->r, ret->key, STORE_ABSENT});
	p->request = ret->key;
	p->answered = false;
	p->last = op->tx.now;
	ciba_person_put(&op->tx, p, version);
	audit_request(op, c);
	return ciba_mail_send(op, &c->r, &c->auth.client, &c->who.access.person);
}

static void answer_request(struct op *op, const struct ciba_reading *c, const struct handle *h)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, ANSWER_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "auth_req_id", h->text);
	json_add_i64(&w, "expires_in", c->r.expires - op->tx.now);
	json_add_i64(&w, "interval", op->tx.settings->ciba.interval);
	json_write_object_end(&w);
	http_answer(op->x, 200, "application/json", buf_str(&body));
	metric_add(METRIC_CIBA_REQUESTS, 1);
}

typedef const struct oauth_error *(*ciba_rule)(struct op *op, struct ciba_reading *c);

static const ciba_rule rules[] = {client_registered, client_within_limit, object_read, request_read,
	message_valid, expiry_valid, notification_token_valid, person_hinted};

void bc_authorize_run(struct op *op)
{
	struct ciba_reading c = {.auth = {.client = *op->caller, .request.client = op->caller->id}};
	const struct oauth_error *e = NULL;
	struct ciba_person person;
	struct handle h;
	uint64_t version;
	enum rc rc;

	for (size_t i = 0; !e && i < ARRAY_LEN(rules); i++)
		e = rules[i](op, &c);
	if (!e)
		e = person_admits(op, &c, &person, &version);
	if (e) {
		error_json(op, e);
		if (c.wait)
			page_retry_after(op, c.wait);
		return;
	}
	rc = store_request(op, &c, &person, version, &h);
	if (rc == RC_OK)
		answer_request(op, &c, &h);
	else
		error_json(op, OAUTH(INTERNAL));
}

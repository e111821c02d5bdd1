/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/client/client_auth.h"

#include "codec/base64.h"
#include "obs/metrics.h"
#include "crypto/hash.h"
#include "directory/directory.h"
#include "idp/client/client_assertion.h"

#define BASIC_MAX   1024u /* bytes of decoded credentials */
#define SECRET_TEXT 256u

const char *const client_auth_methods[] = {"client_secret_basic", "client_secret_post",
	"private_key_jwt", "client_secret_jwt", "none", NULL};
const char *const client_auth_confidential[] = {
	"client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt", NULL};

struct client_auth_credentials {
	struct str id, secret;
	enum client_auth method;
	bool asserted; /* by an assertion, of whichever kind the client is registered for */
	struct client_assertion assertion;
};

/* RFC 6749 2.3.1: both parts are form-encoded before they are joined. */
static enum rc decode_part(struct op *op, struct str encoded, struct str *ret)
{
	char *spaced = str_dup_c(op->tx.a, encoded);

	for (size_t i = 0; i < encoded.n; i++)
		if (spaced[i] == '+')
			spaced[i] = ' ';
	return percent_decode(op->tx.a, (struct str){spaced, encoded.n}, ret);
}

static const struct oauth_error *read_basic(
	struct op *op, struct str header, struct client_auth_credentials *c)
{
	struct str decoded, id, rest;

	if (header.n < 6 || !str_ieq(str_sub(header, 0, 6), STR("Basic ")))
		return OAUTH(CLIENT_AUTH_FAILED);
	if (base64_decode(op->tx.a, str_trim(str_sub(header, 6, header.n)), &decoded) != RC_OK ||
		decoded.n > BASIC_MAX)
		return OAUTH(CLIENT_AUTH_FAILED);
	rest = decoded;
	if (!str_cut(&rest, ':', &id) || !rest.p)
		return OAUTH(CLIENT_AUTH_FAILED);
	if (decode_part(op, id, &c->id) != RC_OK || decode_part(op, rest, &c->secret) != RC_OK)
		return OAUTH(CLIENT_AUTH_FAILED);
	c->method = CLIENT_AUTH_BASIC;
	return NULL;
}

static const struct oauth_error *read_credentials(struct op *op, struct client_auth_credentials *c)
{
	struct str header = op->x->request.authorization;
	struct str form_id = op_param(op, "client_id"), form_secret = op_param(op, "client_secret");
	const struct oauth_error *e = client_assertion_read(op, &c->assertion, &c->asserted);

	if (c->asserted && (header.p || form_secret.n))
		return OAUTH(CLIENT_AUTH_TWICE);
	if (e)
		return e;
	if (c->asserted) {
		c->id = c->assertion.client;
		/* RFC 7521 4.2: beside the assertion it is not needed, and says the same. */
		return form_id.n && !str_eq(form_id, c->id) ? OAUTH(CLIENT_AUTH_FAILED) : NULL;
	}
	if (!header.p) {
		c->id = form_id;
		c->secret = form_secret;
		c->method = form_secret.n ? CLIENT_AUTH_POST : CLIENT_AUTH_NONE;
		return c->id.n ? NULL : OAUTH(CLIENT_AUTH_MISSING);
	}
	if (form_secret.n)
		return OAUTH(CLIENT_AUTH_TWICE);
	e = read_basic(op, header, c);
	/* Libraries of clients without a secret send "Basic id:"; an empty one is none. */
	if (!e && !c->secret.n)
		c->method = CLIENT_AUTH_NONE;
	/* A client_id beside the header is allowed when it says the same. */
	if (!e && form_id.n && !str_eq(form_id, c->id))
		return OAUTH(CLIENT_AUTH_FAILED);
	return e;
}

static bool secret_fits(struct op *op, const struct client *client, struct str secret)
{
	unsigned char digest[SHA256_SIZE];
	struct str hash = {(const char *)digest, SHA256_SIZE};

	if (!secret.n || secret.n > SECRET_TEXT)
		return false;
	sha256(secret, digest);
	if (client->secret_hash.n == SHA256_SIZE && secret_equal(hash, client->secret_hash))
		return true;
	return client->old_secret_hash.n == SHA256_SIZE && op->tx.now < client->old_secret_until &&
	       secret_equal(hash, client->old_secret_hash);
}

/* RFC 7591 2: the one method that the client is registered for. */
static bool method_fits(const struct client_auth_credentials *c, const struct client *client)
{
	if (c->asserted)
		return client->auth_method == CLIENT_AUTH_PRIVATE_KEY ||
		       client->auth_method == CLIENT_AUTH_SECRET_JWT;
	return (int)c->method == client->auth_method;
}

/* NULL and *ret, or the error to answer. op->form holds the body. */
static const struct oauth_error *authenticate(struct op *op, struct client *ret)
{
	struct client_auth_credentials c = {.method = CLIENT_AUTH_NONE};
	const struct oauth_error *e = read_credentials(op, &c);
	enum rc rc;

	if (e)
		return e;
	/* The client gets the same words for each; only the log distinguishes them. */
	rc = client_get(op->tx.snap, op->tx.a, c.id, ret, NULL);
	/* A record that cannot be read is no fault of the client's. */
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return OAUTH(INTERNAL);
	if (rc != RC_OK || ret->status != STATUS_ACTIVE)
		return OAUTH(CLIENT_AUTH_UNKNOWN);
	op->client = op_keep(op, ret->id);
	if (!method_fits(&c, ret))
		return OAUTH(CLIENT_AUTH_METHOD);
	if (c.asserted)
		return client_assertion_verify(op, ret, &c.assertion);
	if (c.method != CLIENT_AUTH_NONE && !secret_fits(op, ret, c.secret))
		return OAUTH(CLIENT_AUTH_SECRET);
	return NULL;
}

static bool enter_client(struct op *op, const struct route *r)
{
	struct client *client = arena_new_of(op->tx.a, struct client);
	const struct oauth_error *e = OAUTH(FORM_MALFORMED);
	const char *why;

	if (op->guard_turned_away)
		e = OAUTH(BUSY);
	else if (op_form(op, &why) == RC_OK)
		e = authenticate(op, client);
	if (!e) {
		op->caller = client;
		return true;
	}
	if (r->refused)
		metric_add((enum metric)r->refused, 1);
	error_json(op, e);
	return false;
}

const struct guard_rule client_guards[] = {
	{
		.guard = GUARD_CLIENT,
		.enter = enter_client,
		.blocks = client_assertion_blocks,
		.admission = client_assertion_admission,
		.before = client_assertion_before,
	},
	{GUARD_UNDECLARED, NULL},
};

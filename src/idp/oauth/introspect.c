/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Introspection (RFC 7662) and revocation (RFC 7009). A client may look at tokens it was given, at
 * tokens meant for it (audience), and at those of audiences it is registered for; of all others it
 * learns only "active": false.
 */
#include "idp/client/client_auth.h"
#include "idp/oauth/token.h"
#include "idp/oauth/token_records.h"
#include "directory/directory.h"
#include "directory/standing.h"
#include "core/handle.h"

static bool may_look(const struct client *client, const struct access_token *access)
{
	if (str_eq(access->client, client->id) || str_eq(access->audience, client->id))
		return true;
	if (client->audience.n && str_eq(access->audience, client->audience))
		return true;
	return strlist_has(client->introspects, access->audience);
}

static void answer_inactive(struct op *op)
{
	http_answer(op->x, 200, "application/json", STR("{\"active\":false}"));
}

/* The members returned for a token of either kind. */
struct introspected {
	const char *type;
	struct str client, scope, audience, jti;
	int64_t issued, expires;
	struct str details;
};

static void answer_active(
	struct op *op, const struct introspected *t, const struct authorization_ref *f)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, CLAIMS_ANSWER_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_bool(&w, "active", true);
	json_add_str(&w, "iss", op->tx.settings->issuer);
	json_add_str(&w, "client_id", t->client);
	json_add_str(&w, "token_type", str_c(t->type));
	json_add_str(&w, "scope", t->scope);
	if (t->details.n)
		json_add_raw(&w, "authorization_details", t->details); /* RFC 9396 9.2 */
	json_add_str_opt(&w, "aud", t->audience);
	json_add_str_opt(&w, "jti", t->jti);
	json_add_i64(&w, "iat", t->issued);
	json_add_i64(&w, "exp", t->expires);
	json_add_str(&w, "sub", f ? f->authz.person : t->client);
	if (f) {
		json_add_str_opt(&w, "username", authorization_named(f)->username);
		json_add_i64(&w, "auth_time", f->authz.auth_time);
		json_add_str_opt(&w, "acr", f->authz.acr);
		if (f->authz.amr.n)
			json_add_strlist(&w, "amr", f->authz.amr);
		claims_write_rights(op, &w, f->access_account);
	}
	json_write_object_end(&w);
	if (buf_status(&body) != RC_OK)
		op_fail(op, RC_INTERNAL);
	else
		http_answer(op->x, 200, "application/json", buf_str(&body));
}

/* The client a token was given to; RC_DENIED: switched off. */
static enum rc load_owner(
	struct op *op, const struct client *self, struct str id, struct client *ret)
{
	enum rc rc = RC_OK;

	if (str_eq(id, self->id))
		*ret = *self;
	else
		rc = client_get(op->tx.snap, op->tx.a, id, ret, NULL);
	return rc == RC_OK && ret->status != STATUS_ACTIVE ? RC_DENIED : rc;
}

/* A system's own token is good while the system is. */
static enum rc system_open(struct op *op, struct str id)
{
	struct system system;
	enum rc rc = system_get(op->tx.snap, op->tx.a, id, &system, NULL);

	return rc == RC_OK ? system_standing(op->tx.snap, op->tx.a, &system) : rc;
}

static enum rc introspect_access(struct op *op, const struct client *client, struct str token)
{
	struct access_token_ref ref;
	struct client owner;
	struct authorization_ref f;
	enum rc rc = access_token_find(op, token, &ref);

	if (rc != RC_OK || !may_look(client, &ref.access))
		return rc == RC_OK ? RC_DENIED : rc;
	rc = load_owner(op, client, ref.access.client, &owner);
	if (rc == RC_OK && ref.access.authorization.n)
		rc = authorization_load(op, ref.access.authorization, &owner, &f);
	else if (rc == RC_OK)
		rc = system_open(op, owner.system);
	if (rc != RC_OK)
		return rc;
	const struct introspected introspected = {"Bearer", ref.access.client, ref.access.scope,
		ref.access.audience, ref.jti, ref.access.issued, ref.access.expires,
		ref.access.details};
	answer_active(op, &introspected, ref.access.authorization.n ? &f : NULL);
	return RC_OK;
}

static enum rc introspect_refresh(struct op *op, const struct client *client, struct str token)
{
	struct refresh_token refresh;
	struct authorization_ref f;
	struct str key;
	enum rc rc;

	if (handle_key(op->tx.a, HANDLE_REFRESH_TOKEN, token, &key) != RC_OK)
		return RC_NOT_FOUND;
	rc = record_get(op->tx.snap, TABLE_REFRESH_TOKEN, key, op->tx.a, &refresh, NULL);
	if (rc != RC_OK)
		return rc;
	if (!str_eq(refresh.client, client->id) || refresh.used_ms || op->tx.now >= refresh.expires)
		return RC_DENIED;
	rc = authorization_load(op, refresh.authorization, client, &f);
	if (rc != RC_OK)
		return rc;
	const struct introspected introspected = {"refresh_token", refresh.client, refresh.scope,
		STR_NONE, STR_NONE, refresh.issued, refresh.expires, f.authz.details};
	answer_active(op, &introspected, &f);
	return RC_OK;
}

void introspect_run(struct op *op)
{
	const struct client *client = op->caller;
	struct str token = op_param(op, "token");
	enum rc rc;

	if (!token.n) {
		error_json(op, OAUTH(TOKEN_MISSING));
		return;
	}
	/* RFC 7662 2.1: against token scanning. A public client may revoke, but not introspect. */
	if (client->auth_method == CLIENT_AUTH_NONE) {
		error_json(op, OAUTH(CLIENT_AUTH_METHOD));
		return;
	}
	rc = introspect_access(op, client, token);
	if (rc == RC_NOT_FOUND)
		rc = introspect_refresh(op, client, token);
	if (rc == RC_NOT_FOUND || rc == RC_DENIED)
		answer_inactive(op);
	else if (rc != RC_OK)
		op_fail(op, rc);
}

static enum rc revoke_access(struct op *op, const struct client *client, struct str token)
{
	struct access_token_ref ref;
	enum rc rc = access_token_find(op, token, &ref);

	if (rc != RC_OK)
		return rc;
	if (!str_eq(ref.access.client, client->id))
		return RC_DENIED;
	ref.access.revoked = true;
	record_put(op->tx.batch, TABLE_ACCESS_TOKEN, op->tx.a, ref.key, &ref.access, ref.version);
	return RC_OK;
}

/* RFC 7009 2.1: with a refresh token everything of the same authorization goes. */
static enum rc revoke_refresh(struct op *op, const struct client *client, struct str token)
{
	struct refresh_token refresh;
	struct authorization_ref f;
	struct str key;
	enum rc rc;

	if (handle_key(op->tx.a, HANDLE_REFRESH_TOKEN, token, &key) != RC_OK)
		return RC_NOT_FOUND;
	rc = record_get(op->tx.snap, TABLE_REFRESH_TOKEN, key, op->tx.a, &refresh, NULL);
	if (rc != RC_OK)
		return rc;
	if (!str_eq(refresh.client, client->id))
		return RC_DENIED;
	f.key = refresh.authorization;
	rc = record_get(op->tx.snap, TABLE_AUTHORIZATION, f.key, op->tx.a, &f.authz, &f.version);
	if (rc == RC_OK && !f.authz.revoked)
		authorization_revoke(op, &f);
	return rc;
}

void revoke_run(struct op *op)
{
	struct audit_entry entry = op_audit(op, AUDIT_TOKEN_REVOKED);
	const struct client *client = op->caller;
	struct str token = op_param(op, "token");
	enum rc rc;

	if (!token.n) {
		error_json(op, OAUTH(TOKEN_MISSING));
		return;
	}
	rc = revoke_access(op, client, token);
	if (rc == RC_NOT_FOUND)
		rc = revoke_refresh(op, client, token);
	if (rc == RC_DENIED) {
		error_json(op, OAUTH(TOKEN_OTHER));
		return;
	}
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		op_fail(op, rc);
		return;
	}
	/* RFC 7009 2.2: an unknown token is no error. */
	if (!store_batch_empty(op->tx.batch)) {
		entry.client = client->id;
		op_audit_add(op, &entry);
	}
	http_answer(op->x, 200, "application/json", STR("{}"));
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/hint.h"

#include "base/array.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "directory/standing.h"
#include "idp/ciba/client_jwt.h"
#include "idp/oauth/id_token_hint.h"

/* Whom a hint means. RC_NOT_FOUND: nobody. */
struct hinted_subject {
	struct str person, account;
};

static enum rc by_pid(struct op *op, struct str text, struct hinted_subject *ret)
{
	struct person person;
	struct str hash;
	enum rc rc = RC_NOT_FOUND;

	if (base64url_decode(op->tx.a, text, &hash) == RC_OK && hash.n == SHA256_SIZE)
		rc = person_by_pid(op->tx.snap, op->tx.a, hash, &person, NULL);
	if (rc == RC_OK)
		ret->person = person.id;
	return rc;
}

static enum rc by_sub(struct op *op, struct str text, struct hinted_subject *ret)
{
	(void)op;
	ret->person = text;
	return text.n == ID_SIZE ? RC_OK : RC_NOT_FOUND;
}

static enum rc by_username(struct op *op, struct str text, struct hinted_subject *ret)
{
	struct account account;
	enum rc rc = RC_NOT_FOUND;

	if (username_valid(text))
		rc = account_by_name(op->tx.snap, op->tx.a, text, &account, NULL);
	if (rc == RC_OK)
		rc = account_standing(op->tx.snap, op->tx.a, &account);
	if (rc == RC_OK)
		*ret = (struct hinted_subject){account.person, account.id};
	return rc == RC_DENIED || (rc == RC_OK && !account.person.n) ? RC_NOT_FOUND : rc;
}

/* The forms of login_hint; a username has no colon. */
static const struct {
	struct str prefix;
	enum rc (*find)(struct op *op, struct str text, struct hinted_subject *ret);
} forms[] = {
	{STR_INIT(HINT_SUB), by_sub},
	{STR_INIT(HINT_PID), by_pid},
	{STR_INIT(""), by_username},
};

static enum rc by_login_hint(struct op *op, struct str hint, struct hinted_subject *ret)
{
	size_t i = 0;

	while (!str_starts(hint, forms[i].prefix))
		i++;
	return forms[i].find(op, str_sub(hint, forms[i].prefix.n, hint.n), ret);
}

/* Unlike in a browser, where a hint that says nothing is left aside, it is all there is here. */
static const struct oauth_error *by_id_token(
	struct op *op, const struct client *client, struct hinted_subject *ret)
{
	struct id_token_hint hint;

	if (!id_token_hint_verify(op, op_param(op, "id_token_hint"), &hint) ||
		!str_eq(hint.client, client->id))
		return OAUTH(CIBA_ID_TOKEN_HINT);
	ret->person = hint.subject;
	return NULL;
}

static const struct oauth_error *exactly_one(struct op *op)
{
	static const char *const hints[] = {"login_hint", "login_hint_token", "id_token_hint"};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		n += op_param(op, hints[i]).n > 0;
	return n == 1 ? NULL : OAUTH(CIBA_HINTS);
}

/* Guessing at names leaves a trace, and costs the same write as asking somebody. */
static const struct oauth_error *unknown(struct op *op, const struct client *client)
{
	struct audit_entry entry = op_audit(op, AUDIT_CIBA_HINT_UNKNOWN);

	entry.client = client->id;
	entry.system = client->system;
	op_audit_fold(op, &entry);
	op->commit_refusal = true;
	return OAUTH(CIBA_UNKNOWN_USER);
}

/* The person's ways into the client's system. RC_NOT_FOUND: there are none. */
static enum rc decide_access(struct op *op, const struct client *client,
	const struct hinted_subject *who, struct ciba_hinted *ret)
{
	struct system system;
	enum rc rc = system_get(op->tx.snap, op->tx.a, client->system, &system, NULL);

	if (rc == RC_OK)
		rc = access_decide(op, &system, who->person, &ret->access);
	if (rc == RC_OK && ret->access.outcome != ACCESS_OK)
		rc = RC_NOT_FOUND;
	if (rc == RC_OK && who->account.n && access_account_find(&ret->access, who->account))
		ret->account = who->account;
	return rc;
}

const struct oauth_error *ciba_hint_find(
	struct op *op, const struct auth_reading *reading, struct ciba_hinted *ret)
{
	const struct client *client = &reading->client;
	struct str asked = reading->request.hint_person; /* by value, in claims */
	struct hinted_subject who = {.person = STR_NONE};
	struct str hint = op_param(op, "login_hint"), token = op_param(op, "login_hint_token");
	const struct oauth_error *e = exactly_one(op);
	enum rc rc = RC_OK;

	*ret = (struct ciba_hinted){.account = STR_NONE};
	if (!e && token.n)
		e = login_hint_token_read(op, client, token, &hint);
	if (!e && op_param(op, "id_token_hint").n)
		e = by_id_token(op, client, &who);
	else if (!e)
		rc = by_login_hint(op, hint, &who);
	if (e)
		return e;
	if (rc == RC_OK && asked.n && !str_eq(asked, who.person))
		rc = RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = decide_access(op, client, &who, ret);
	if (rc == RC_NOT_FOUND)
		return unknown(op, client);
	return rc == RC_OK ? NULL : OAUTH(INTERNAL);
}

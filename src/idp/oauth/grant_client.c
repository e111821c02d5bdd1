/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* grant_type=client_credentials: a system asks for itself (RFC 6749 4.4). No refresh token (4.4.3).
 */
#include "access/scope.h"
#include "idp/oauth/token.h"
#include "directory/directory.h"
#include "directory/standing.h"

/* Scopes that speak of a person have no meaning here. */
static bool names_person(struct str scope)
{
	for (size_t i = 0; scopes_known[i]; i++)
		if (scope_has(scope, scopes_known[i]))
			return true;
	return false;
}

/* RFC 6749 3.3: without scope the registered ones that concern no person; a token is never without
 * any, for a resource server could not see what it is for. */
static const struct oauth_error *choose_scope(
	struct op *op, const struct client *client, struct str *ret)
{
	struct str asked = op_param(op, "scope"), rest = client->scope, word;
	struct buf own;

	if (names_person(asked) || !scope_within(asked, client->scope))
		return OAUTH(SCOPE_NONE);
	if (!scope_common(op->tx.a, asked, client->scope, ret))
		return OAUTH(SCOPE_TOO_LONG);
	if (asked.n)
		return ret->n ? NULL : OAUTH(SCOPE_NONE);
	buf_init(&own, op->tx.a, client->scope.n);
	while (str_cut(&rest, ' ', &word)) {
		if (!word.n || names_person(word))
			continue;
		if (own.n)
			buf_add_byte(&own, ' ');
		buf_add(&own, word);
	}
	*ret = buf_str(&own);
	return ret->n ? NULL : OAUTH(SCOPE_NONE);
}

const struct oauth_error *grant_client_credentials(struct op *op, const struct client *client)
{
	struct token_answer answer = {.scope = STR_NONE};
	struct audit_entry entry = op_audit(op, AUDIT_TOKEN_ISSUED);
	const struct oauth_error *e;
	struct system system;
	enum rc rc;

	if (client->auth_method == CLIENT_AUTH_NONE)
		return OAUTH(GRANT_NOT_ALLOWED);
	if (op_param(op, "authorization_details").n)
		return OAUTH(DETAILS_WIDER); /* nobody agreed to any */
	rc = system_get(op->tx.snap, op->tx.a, client->system, &system, NULL);
	if (rc == RC_OK)
		rc = system_standing(op->tx.snap, op->tx.a, &system);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(GRANT_NOT_ALLOWED));
	e = choose_scope(op, client, &answer.scope);
	if (e)
		return e;
	rc = token_issue_access(op, client, NULL, answer.scope, &answer.access);
	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	entry.client = client->id;
	entry.system = client->system;
	op_audit_add(op, &entry);
	token_send(op, &answer);
	return NULL;
}

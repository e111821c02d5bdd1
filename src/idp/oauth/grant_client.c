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

const struct oauth_error *grant_client_credentials(struct op *op, const struct client *client)
{
	struct token_answer answer = {.scope = STR_NONE};
	struct str asked = op_param(op, "scope");
	struct audit_entry entry = op_audit(op, AUDIT_TOKEN_ISSUED);
	struct system system;
	enum rc rc;

	if (client->auth_method == CLIENT_AUTH_NONE)
		return OAUTH(GRANT_NOT_ALLOWED);
	rc = system_get(op->tx.snap, op->tx.a, client->system, &system, NULL);
	if (rc == RC_OK)
		rc = system_standing(op->tx.snap, op->tx.a, &system);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(GRANT_NOT_ALLOWED));
	if (names_person(asked) || !scope_within(asked, client->scope))
		return OAUTH(SCOPE_NONE);
	if (!scope_common(op->tx.a, asked, client->scope, &answer.scope))
		return OAUTH(SCOPE_TOO_LONG);
	rc = token_issue_access(op, client, NULL, answer.scope, &answer.access);
	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	entry.client = client->id;
	entry.system = client->system;
	op_audit_add(op, &entry);
	token_send(op, &answer);
	return NULL;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_TOKEN_H
#define PRATU_IDP_OAUTH_TOKEN_H

/*
 * The token endpoint (RFC 6749 3.2, OIDC Core 3.1.3) and its relatives: introspection (RFC 7662),
 * revocation (RFC 7009), userinfo (OIDC Core 5.3).
 */
#include "core/grant.h"
#include "idp/oauth/token_issue.h"

void token_run(struct op *op);
void introspect_run(struct op *op);
void revoke_run(struct op *op);
void userinfo_run(struct op *op);

/* The grant types of this module (core/grant.h). */
extern const struct grant_row oauth_grants[];
const struct oauth_error *grant_authorization_code(struct op *op, const struct client *client);
const struct oauth_error *grant_refresh(struct op *op, const struct client *client);
const struct oauth_error *grant_client_credentials(struct op *op, const struct client *client);

/* What a successful answer holds; empty members are left out. */
struct token_answer {
	struct token_issued access;
	struct str scope, id_token, refresh_token;
};
/*
 * Chooses f->details of an authorization: those that were agreed to and of types that the client is
 * still registered for, or those of them that the request names (RFC 9396 6). Every grant of a
 * person calls it before it issues a token; one that does not issues tokens without details.
 */
const struct oauth_error *token_details(struct op *op, struct authorization_ref *f);
/* RFC 6749 5.1, RFC 9396 7. */
void token_send(struct op *op, const struct token_answer *answer);
/* Turns a mechanism's failure into the protocol's: RC_DENIED and RC_NOT_FOUND give `refused`. */
const struct oauth_error *token_error(enum rc rc, const struct oauth_error *refused);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_CLAIMS_H
#define PRATU_IDP_OAUTH_CLAIMS_H

/*
 * Claims about the person (OIDC Core 5): which ones a scope or the claims parameter gives to which
 * place, and their values. Rights (roles, offices) go to the tokens of that client's system only.
 */
#include "access/access_decision.h"
#include "core/op.h"
#include "directory/directory.h"
#include "idp/login/auth_request.h"

enum claims_place { CLAIMS_ID_TOKEN, CLAIMS_USERINFO };

/* The person as one client sees him. */
struct claims_subject {
	const struct person *person;
	const struct account *account; /* that names the person: access_named_account */
};

/* What a client asked for, and may. */
struct claims_request {
	struct str scope;            /* granted */
	struct str param;            /* the claims parameter, or empty */
	const struct client *client; /* its registration today bounds both */
};

/*
 * Writes the claims that scope (OIDC Core 5.4: at userinfo; in the ID token those that the client
 * is registered for, id_token_claims) and the claims parameter ask for at this place as members of
 * the open object. A claim without a value is left out, never null (5.3.2), also an essential one
 * (5.5.1), and so is one with another value than asked for. The citizen number is at userinfo only.
 */
void claims_write(struct op *op, struct json_writer *out, enum claims_place place,
	const struct claims_request *ask, const struct claims_subject *subject);
/*
 * Writes roles, office and rights. Answers of userinfo and introspection have all rights. A token,
 * which travels in headers and cookies, has the first TOKEN_RIGHTS_MAX, and says by rights_total
 * how many there are when those are not all; its roles are all in any case.
 */
void claims_write_rights(
	struct op *op, struct json_writer *out, const struct access_account *account);
void claims_write_token_rights(
	struct op *op, struct json_writer *out, const struct access_account *account);
bool claims_rights_fit(const struct access_account *account);
#define CLAIMS_ANSWER_MAX                                                                          \
	(2u * 1024u * 1024u) /* bytes of an answer with all rights: 10,000 and more */

/* auth_responder.shares: what claims_write would write at userinfo. */
size_t claims_shares(struct op *op, const struct auth_share_question *question,
	struct auth_share *ret, size_t max);

/* The array of all names, for discovery. */
void claims_write_supported(struct json_writer *w);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_ANSWER_H
#define PRATU_IDP_OAUTH_ANSWER_H

/*
 * Answers of the authorization endpoint: to the client's redirect URI by query or form_post
 * (OAuth 2.0 Form Post Response Mode; in the fragment only that this mode is refused), always with
 * iss (RFC 9207), errors too; or, when the client or its redirect URI is not known good, a page and
 * never a redirect (RFC 6749 4.1.2.1).
 */
#include "core/error.h"
#include "idp/login/auth_request.h"
#include "core/op.h"
#include "directory/records.h"

/* request->redirect_uri has been found registered. */
void answer_code(
	struct op *op, const struct auth_request *request, struct str portal, struct str code);
void answer_error(struct op *op, const struct auth_request *request, struct str portal,
	const struct oauth_error *e);
/* The page for requests that must not be redirected; client may be NULL. */
void answer_untrusted(struct op *op, const struct client *client, const struct oauth_error *e);
/* url with name=value appended to its query. */
struct str url_with(struct op *op, struct str url, const struct form_pair *pairs, size_t n);

#endif

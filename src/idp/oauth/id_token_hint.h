/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_ID_TOKEN_HINT_H
#define PRATU_IDP_OAUTH_ID_TOKEN_HINT_H

/*
 * ID tokens of ours that come back as hints (id_token_hint: OIDC Core 3.1.2.1, RP-Initiated Logout
 * 2). The signature must be ours and the key still published; the expiry may have passed.
 */
#include "core/op.h"

struct id_token_hint {
	struct str subject, sid, client; /* client: the only audience */
};

/* Reads a hint; false when it is no ID token of ours. */
bool id_token_hint_verify(struct op *op, struct str token, struct id_token_hint *ret);

#endif

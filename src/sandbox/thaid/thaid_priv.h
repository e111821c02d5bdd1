/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_THAID_THAID_PRIV_H
#define PRATU_SANDBOX_THAID_THAID_PRIV_H

/* Shared by thaid.c (logins, keys) and thaid_tokens.c; everything here under the lock. */
#include <pthread.h>

#include "base/arena.h"
#include "sandbox/thaid/thaid.h"
#include "base/clock.h"

#define LOGIN_ARENA_MAX 4194304u /* bytes of one login's strings and tokens */
#define LOGIN_USES_MAX  100      /* codes, and tokens, one login may give */

struct thaid_login {
	struct arena *arena; /* NULL: a free slot */
	enum thaid_state state;
	int api;
	const struct sandbox_client *client;
	const struct sandbox_person *person;
	struct str id, reference, qr;
	struct str redirect_uri, state_param, nonce, scope;
	struct strlist scopes;
	int64_t created, decided;
	struct str code;
	int64_t code_made;
	bool code_used;
	struct str access_token, refresh_token;
	int64_t token_expires;
	bool revoked;
	int codes, tokens; /* given so far */
};

struct sandbox_thaid {
	pthread_mutex_t lock;
	struct sandbox_thaid_options o;
	struct thaid_settings settings;
	struct thaid_login logins[THAID_LOGINS_MAX];
	size_t next; /* the slot of the next login: the oldest */
	struct jwk *published[THAID_KEYS_MAX];
	size_t n_published;
	struct jwk *signing;      /* one of published, or one that never is */
	unsigned char hs_key[32]; /* of ThaID's own access and refresh tokens */
};

static inline int64_t thaid_now(const struct sandbox_thaid *t)
{
	return clock_now(t->o.clock);
}

#endif

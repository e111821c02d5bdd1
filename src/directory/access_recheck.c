/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/access_recheck.h"

#include "core/schema.h"
#include "core/settings.h"

#define TIME_SIZE 4 /* bytes: the key begins with the second */
#define KIND_AT   TIME_SIZE

static const char kinds[ROLE_GRANT_SUBJECT_MAX] = {
	[ROLE_GRANT_PERSON] = 'p', [ROLE_GRANT_ACCOUNT] = 'a'};

void access_recheck_put(struct tx *tx, const struct access_recheck *r)
{
	struct buf rest;

	buf_init(&rest, tx->a, STORE_KEY_MAX);
	buf_add_byte(&rest, (unsigned char)kinds[r->kind]);
	buf_add(&rest, r->subject);
	buf_add(&rest, r->system);
	store_put(tx->batch, TABLE_ACCESS_RECHECK,
		store_key_expiring(tx->a, r->when, buf_str(&rest)), STR_NONE, STORE_ANY);
}

bool access_recheck_grant(struct tx *tx, const struct role_grant *g)
{
	struct access_recheck r = {.when = g->status == STATUS_ACTIVE ? g->until : tx->now,
		.kind = (enum role_grant_subject)g->subject_kind,
		.subject = g->subject,
		.system = g->system};

	if (!r.when || r.when > tx->now + tx->settings->session_lifetime)
		return false;
	if (r.when < tx->now)
		r.when = tx->now;
	access_recheck_put(tx, &r);
	return true;
}

enum rc access_recheck_read(struct str key, struct access_recheck *ret)
{
	if (key.n < KIND_AT + 1 + ID_SIZE)
		return RC_CORRUPT;
	*ret = (struct access_recheck){
		.when = store_key_expiry(key),
		.kind = key.p[KIND_AT] == kinds[ROLE_GRANT_ACCOUNT] ? ROLE_GRANT_ACCOUNT
								    : ROLE_GRANT_PERSON,
		.subject = str_sub(key, KIND_AT + 1, ID_SIZE),
		.system = str_sub(key, KIND_AT + 1 + ID_SIZE, SYSTEM_ID_MAX),
	};
	return RC_OK;
}

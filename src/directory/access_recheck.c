/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/access_recheck.h"

#include "core/schema.h"
#include "core/settings.h"

#define TIME_SIZE 4 /* bytes: the key begins with the second */
#define KIND_AT   TIME_SIZE

static const char kinds[ACCESS_RECHECK_KIND_MAX] = {
	[ACCESS_OF_PERSON] = 'p', [ACCESS_OF_ACCOUNT] = 'a', [ACCESS_OF_ALL] = '*'};

static const char nobody[ID_SIZE]; /* the subject of a walk that begins */

void access_recheck_put(struct tx *tx, const struct access_recheck *r)
{
	struct buf rest;

	buf_init(&rest, tx->a, STORE_KEY_MAX);
	buf_add_byte(&rest, (unsigned char)kinds[r->kind]);
	buf_add(&rest, r->subject.n ? r->subject : (struct str){nobody, ID_SIZE});
	buf_add(&rest, r->system);
	store_put(tx->batch, TABLE_ACCESS_RECHECK,
		store_key_expiring(tx->a, r->when, buf_str(&rest)), STR_NONE, STORE_ANY);
}

bool access_recheck_grant(struct tx *tx, const struct role_grant *g)
{
	struct access_recheck r = {.when = g->status == STATUS_ACTIVE ? g->until : tx->now,
		.kind = g->subject_kind == ROLE_GRANT_ACCOUNT ? ACCESS_OF_ACCOUNT
							      : ACCESS_OF_PERSON,
		.subject = g->subject,
		.system = g->system};

	if (!r.when || r.when > tx->now + tx->settings->session_lifetime)
		return false;
	if (r.when < tx->now)
		r.when = tx->now;
	access_recheck_put(tx, &r);
	return true;
}

void access_recheck_all(struct tx *tx, struct str system)
{
	access_recheck_put(tx, &(const struct access_recheck){
				       .when = tx->now, .kind = ACCESS_OF_ALL, .system = system});
}

static bool read_kind(char c, enum access_recheck_kind *ret)
{
	for (int kind = 0; kind < ACCESS_RECHECK_KIND_MAX; kind++)
		if (kinds[kind] == c) {
			*ret = (enum access_recheck_kind)kind;
			return true;
		}
	return false;
}

enum rc access_recheck_read(struct str key, struct access_recheck *ret)
{
	struct str subject = str_sub(key, KIND_AT + 1, ID_SIZE);

	if (key.n < KIND_AT + 1 + ID_SIZE || !read_kind(key.p[KIND_AT], &ret->kind))
		return RC_CORRUPT;
	ret->when = store_key_expiry(key);
	ret->subject = subject.p[0] ? subject : STR_NONE;
	ret->system = str_sub(key, KIND_AT + 1 + ID_SIZE, SYSTEM_ID_MAX);
	return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "access/consent.h"

#include "codec/base64.h"
#include "crypto/hash.h"
#include "core/schema.h"
#include "directory/records.h"

#define DAY       86400
#define TEXT_MAX  16384u /* bytes of the words shown */
#define KEY_BYTES 128u

static struct str consent_key(struct op *op, struct str person, struct str client)
{
	return key_join(op->tx.a, person, client);
}

static enum rc read_consent(struct op *op, struct str person, struct str client,
	struct consent *ret, uint64_t *ret_version)
{
	return record_get(op->tx.snap, TABLE_CONSENT, consent_key(op, person, client), op->tx.a,
		ret, ret_version);
}

static bool stands(const struct consent *consent, const struct client *client)
{
	return !consent->withdrawn && consent->given >= client->created;
}

enum rc consent_standing(
	struct op *op, struct str person, const struct client *client, struct consent *ret)
{
	enum rc rc = read_consent(op, person, client->id, ret, NULL);

	return rc == RC_OK && !stands(ret, client) ? RC_NOT_FOUND : rc;
}

enum rc consent_check(struct op *op, const struct client *client, const struct consent_use *use)
{
	struct consent consent;
	enum rc rc;

	rc = read_consent(op, use->person, client->id, &consent, NULL);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	/* What was withdrawn is dead where it need not have been asked for, too (prompt=consent).
	 */
	if (rc == RC_OK && use->created_ms <= consent.ended_ms)
		return RC_DENIED;
	/* Without a scope nothing was asked for. */
	if (!client->consent_required || !use->scope.n)
		return RC_OK;
	return rc == RC_OK && stands(&consent, client) ? RC_OK : RC_DENIED;
}

static void add_text(
	struct op *op, struct buf *out, const char *key, struct str scope, const char *part)
{
	struct buf name;

	buf_init(&name, op->tx.a, KEY_BYTES);
	buf_add_c(&name, key);
	buf_add(&name, scope);
	buf_add_c(&name, part);
	if (buf_status(&name) == RC_OK)
		buf_add(out, web_text(op->lang, buf_str(&name)));
	buf_add_byte(out, '\n');
}

/* SHA-256 of the words of the consent page for these scopes, a line each. */
static struct str text_hash(struct op *op, struct str scope)
{
	struct str rest = scope, word;
	struct buf text;

	buf_init(&text, op->tx.a, TEXT_MAX);
	add_text(op, &text, "consent.heading", STR_NONE, "");
	while (str_cut(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		buf_add(&text, word);
		buf_add_byte(&text, '\n');
		add_text(op, &text, "scope.", word, "");
		add_text(op, &text, "scope.", word, ".about");
	}
	add_text(op, &text, "consent.note", STR_NONE, "");
	return sha256_base64url(op->tx.a, buf_str(&text));
}

/* What was agreed to before stays, under the day it was given. */
static void keep_old(struct op *op, const struct consent *old)
{
	struct buf day;

	buf_init(&day, op->tx.a, KEY_BYTES);
	buf_addf(&day, "%lld", (long long)(old->given / DAY));
	record_put(op->tx.batch, TABLE_CONSENT, op->tx.a,
		key_join(op->tx.a, consent_key(op, old->person, old->client), buf_str(&day)), old,
		STORE_ANY);
}

enum rc consent_give(struct op *op, struct str person, struct str client, struct str scope)
{
	struct consent old = {.given = 0}, consent;
	uint64_t version = STORE_ABSENT;
	enum rc rc = read_consent(op, person, client, &old, &version);

	if (rc == RC_OK)
		keep_old(op, &old);
	else if (rc != RC_NOT_FOUND)
		return rc;
	consent = (struct consent){
		.person = person,
		.client = client,
		.scope = scope,
		.text_version = STR(CONSENT_TEXT_VERSION),
		.text_hash = text_hash(op, scope),
		.lang = str_c(web_lang_tag(op->lang)),
		.given = op->tx.now,
		.ended_ms = old.ended_ms,
	};
	record_put(op->tx.batch, TABLE_CONSENT, op->tx.a, consent_key(op, person, client), &consent,
		version);
	return RC_OK;
}

enum rc consent_withdraw(struct op *op, struct str person, struct str client, struct consent *ret)
{
	uint64_t version;
	enum rc rc = read_consent(op, person, client, ret, &version);

	if (rc == RC_OK && ret->withdrawn)
		rc = RC_NOT_FOUND;
	if (rc != RC_OK)
		return rc;
	ret->withdrawn = op->tx.now;
	ret->ended_ms = op->tx.now_ms;
	record_put(op->tx.batch, TABLE_CONSENT, op->tx.a, consent_key(op, person, client), ret,
		version);
	return RC_OK;
}

struct consent_scan {
	struct tx *tx;
	struct consent *v;
	size_t n, cap;
	enum rc rc;
};

static bool consent_collect(void *data, const struct store_record *record)
{
	struct consent_scan *f = data;

	f->v = arena_grow(f->tx->a, f->v, f->n, &f->cap, 8, sizeof(*f->v));
	f->rc = field_decode(&record_consent, f->tx->a, record->value, f->v + f->n);
	f->n += f->rc == RC_OK;
	return f->rc == RC_OK;
}

enum rc consents_of(struct tx *tx, struct str person, struct consent_list *ret)
{
	struct consent_scan f = {.tx = tx};
	enum rc rc = store_scan(tx->snap, TABLE_CONSENT, key_join(tx->a, person, STR_NONE),
		STR_NONE, false, consent_collect, &f);

	*ret = (struct consent_list){f.v, f.n};
	return rc != RC_OK ? rc : f.rc;
}

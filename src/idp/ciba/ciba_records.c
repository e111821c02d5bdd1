/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/ciba_records.h"

#include "base/array.h"
#include "core/auth_proof.h"
#include "core/details.h"
#include "core/ids.h"
#include "idp/ciba/user_code.h"

#include <stddef.h>

#define FORGET_MAX 500 /* of one run of the job */

const char *const ciba_state_words[] = {
	"pending", "approved", "refused", "not_me", "replaced", "withdrawn", "used", NULL};
_Static_assert(ARRAY_LEN(ciba_state_words) == CIBA_STATE_MAX + 1, "a word for each value");

#define AT(member) offsetof(struct ciba_request, member)
static const struct field request_fields[] = {
	{1, "request", FIELD_STR, 0, AT(id), ID_SIZE, NULL, "its public id"},
	{2, "client", FIELD_STR, 0, AT(client), CLIENT_ID_MAX, NULL, "client id"},
	{3, "person", FIELD_STR, 0, AT(person), ID_SIZE, NULL, "person id"},
	{4, "account", FIELD_STR, 0, AT(account), ID_SIZE, NULL, "account asked for"},
	{5, "scope", FIELD_STR, 0, AT(scope), 2048, NULL, "scope"},
	{6, "acr_values", FIELD_STR, 0, AT(acr_values), 1024, NULL, "levels asked for"},
	{7, "claims", FIELD_JSON, 0, AT(claims), 8192, NULL, "claims parameter"},
	{8, "binding_message", FIELD_STR, 0, AT(message), CIBA_MESSAGE_BYTES, NULL,
		"what the person compares"},
	{9, "max_age", FIELD_I64, 0, AT(max_age), 0, NULL, "oldest login accepted, seconds + 1"},
	{10, "created", FIELD_TIME, 0, AT(created), 0, NULL, "when it was made"},
	{11, "expires", FIELD_TIME, 0, AT(expires), 0, NULL, "when it expires"},
	{12, "state", FIELD_ENUM, 0, AT(state), 0, ciba_state_words, "state"},
	{13, "decided_ms", FIELD_I64, 0, AT(decided_ms), 0, NULL, "millisecond of the answer"},
	{14, "notify", FIELD_BYTES, FIELD_HIDDEN, AT(notify), 2048, NULL,
		"what the notification needs, encrypted"},
	{15, "by_account", FIELD_STR, 0, AT(by_account), ID_SIZE, NULL, "account that enters"},
	{16, "acr", FIELD_STR, 0, AT(acr), 256, NULL, "level reached"},
	{17, "ial", FIELD_STR, 0, AT(ial), 4, NULL, ""},
	{18, "aal", FIELD_STR, 0, AT(aal), 4, NULL, ""},
	{19, "proven_account", FIELD_STR, 0, AT(proven_account), ID_SIZE, NULL,
		"account whose proof began the session of the answer"},
	{20, "amr", FIELD_STRLIST, 0, AT(amr), 8, NULL, "methods"},
	{21, "methods", FIELD_STRLIST, 0, AT(methods), AUTH_PROOFS_MAX, NULL,
		"authentication methods proven"},
	{22, "auth_time", FIELD_TIME, 0, AT(auth_time), 0, NULL, "login"},
	{23, "authorization_details", FIELD_JSON, 0, AT(details), DETAILS_MAX, NULL,
		"what is to be agreed to (RFC 9396)"},
};
#undef AT
static const struct record_type record_ciba_request = {
	"ciba_request", sizeof(struct ciba_request), request_fields, ARRAY_LEN(request_fields)};

static const struct field poll_fields[] = {
	{1, "last_ms", FIELD_I64, 0, offsetof(struct ciba_poll, last_ms), 0, NULL,
		"millisecond of the last poll"},
	{2, "interval", FIELD_I64, 0, offsetof(struct ciba_poll, interval), 0, NULL,
		"seconds between two polls"},
};
static const struct record_type record_ciba_poll = {
	"ciba_poll", sizeof(struct ciba_poll), poll_fields, ARRAY_LEN(poll_fields)};

static const struct field ping_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct ciba_ping, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "due_ms", FIELD_I64, 0, offsetof(struct ciba_ping, due_ms), 0, NULL,
		"millisecond of the next attempt, or end of a sender's lease"},
	{3, "attempts", FIELD_I64, 0, offsetof(struct ciba_ping, attempts), 0, NULL,
		"attempts begun"},
};
const struct record_type record_ciba_ping = {
	"ciba_ping", sizeof(struct ciba_ping), ping_fields, ARRAY_LEN(ping_fields)};

#define AT(member) offsetof(struct ciba_person, member)
static const struct field person_fields[] = {
	{1, "person", FIELD_STR, 0, AT(person), ID_SIZE, NULL, "person id"},
	{2, "client", FIELD_STR, 0, AT(client), CLIENT_ID_MAX, NULL,
		"client id; empty: of all clients, only when one asked last"},
	{3, "request", FIELD_BYTES, 0, AT(request), 32, NULL, "key of its latest request"},
	{4, "unanswered", FIELD_I64, 0, AT(unanswered), 0, NULL,
		"requests in a row that were ignored or refused"},
	{5, "blocked_until", FIELD_TIME, 0, AT(blocked_until), 0, NULL,
		"until when its requests are refused"},
	{6, "last", FIELD_TIME, 0, AT(last), 0, NULL, "when it asked last"},
	{7, "answered", FIELD_BOOL, 0, AT(answered), 0, NULL, "the latest request is answered"},
};
#undef AT
static const struct record_type record_ciba_person = {
	"ciba_person", sizeof(struct ciba_person), person_fields, ARRAY_LEN(person_fields)};

static enum rc export_requests(struct tx *tx, struct str person, struct json_writer *out)
{
	struct ciba_list list;
	enum rc rc = ciba_of_person(tx, person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		json_write_object(out);
		field_to_json(&record_ciba_request, &list.v[i].r, out);
		json_write_object_end(out);
	}
	return rc;
}

const struct module_table ciba_tables[] = {
	{.number = TABLE_CIBA_REQUEST,
		.name = "ciba_request",
		.record = &record_ciba_request,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING,
		.personal = true,
		.exported_with = TABLE_CIBA_PERSON},
	{.number = TABLE_CIBA_PERSON,
		.name = "ciba_person",
		.record = &record_ciba_person,
		.key = "person id, client id",
		.personal = true,
		.member = "portal_requests",
		.export_records = export_requests},
	{.number = TABLE_CIBA_POLL,
		.name = "ciba_poll",
		.record = &record_ciba_poll,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_CIBA_USER_CODE,
		.name = "ciba_user_code",
		.record = &record_ciba_user_code,
		.key = "person id",
		.personal = true,
		.member = "portal_request_code",
		.export_records = user_code_export},
	{.number = TABLE_CIBA_PING,
		.name = "ciba_ping",
		.record = &record_ciba_ping,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

bool ciba_is_pending(const struct ciba_request *r, int64_t now)
{
	return r->state == CIBA_PENDING && now < r->expires;
}

enum rc ciba_get(struct tx *tx, struct str key, struct ciba_ref *ret)
{
	ret->key = key;
	return record_get(
		tx->snap, (enum table)TABLE_CIBA_REQUEST, key, tx->a, &ret->r, &ret->version);
}

void ciba_put(struct tx *tx, const struct ciba_ref *ref)
{
	record_put(
		tx->batch, (enum table)TABLE_CIBA_REQUEST, tx->a, ref->key, &ref->r, ref->version);
}

enum rc ciba_person_get(struct tx *tx, struct str person, struct str client,
	struct ciba_person *ret, uint64_t *ret_version)
{
	enum rc rc = record_get(tx->snap, (enum table)TABLE_CIBA_PERSON,
		key_join(tx->a, person, client), tx->a, ret, ret_version);

	if (rc != RC_NOT_FOUND)
		return rc;
	*ret = (struct ciba_person){.person = person, .client = client};
	*ret_version = STORE_ABSENT;
	return RC_OK;
}

void ciba_person_put(struct tx *tx, const struct ciba_person *p, uint64_t version)
{
	record_put(tx->batch, (enum table)TABLE_CIBA_PERSON, tx->a,
		key_join(tx->a, p->person, p->client), p, version);
}

/* --- the requests of a person --- */

struct person_scan {
	struct tx *tx;
	struct ciba_ref *v;
	size_t n, cap;
	enum rc rc;
};

static bool add_latest(void *data, const struct store_record *record)
{
	struct person_scan *scan = data;
	struct ciba_person p;
	struct ciba_ref ref;

	scan->rc = field_decode(&record_ciba_person, scan->tx->a, record->value, &p);
	if (scan->rc != RC_OK)
		return false;
	if (!p.request.n)
		return true;
	scan->rc = ciba_get(scan->tx, p.request, &ref);
	if (scan->rc == RC_NOT_FOUND) {
		scan->rc = RC_OK;
		return true;
	}
	if (scan->rc != RC_OK)
		return false;
	scan->v = arena_grow(scan->tx->a, scan->v, scan->n, &scan->cap, 4, sizeof(*scan->v));
	scan->v[scan->n++] = ref;
	return true;
}

enum rc ciba_of_person(struct tx *tx, struct str person, struct ciba_list *ret)
{
	struct person_scan scan = {.tx = tx, .rc = RC_OK};
	enum rc rc = store_scan(tx->snap, TABLE_CIBA_PERSON, key_join(tx->a, person, STR_NONE),
		STR_NONE, false, add_latest, &scan);

	*ret = (struct ciba_list){scan.v, scan.n};
	return rc == RC_OK ? scan.rc : rc;
}

enum rc ciba_of_person_by_id(struct tx *tx, struct str person, struct str id, struct ciba_ref *ret)
{
	struct ciba_list list;
	enum rc rc = ciba_of_person(tx, person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		if (id.n && str_eq(list.v[i].r.id, id)) {
			*ret = list.v[i];
			return RC_OK;
		}
	return rc == RC_OK ? RC_NOT_FOUND : rc;
}

/* --- the job --- */

struct forget_scan {
	struct tx *tx;
	size_t n;
};

static bool forget_old(void *data, const struct store_record *record)
{
	struct forget_scan *scan = data;
	struct ciba_person p;

	if (field_decode(&record_ciba_person, scan->tx->a, record->value, &p) != RC_OK)
		return true; /* the check of the store reports it */
	if (p.last + CIBA_PERSON_KEPT > scan->tx->now || p.blocked_until > scan->tx->now)
		return true;
	store_delete(scan->tx->batch, TABLE_CIBA_PERSON, str_dup(scan->tx->a, record->key),
		record->version);
	return ++scan->n < FORGET_MAX;
}

static enum rc forget_in_tx(struct tx *tx, void *data)
{
	struct forget_scan scan = {.tx = tx};

	(void)data;
	return store_scan(
		tx->snap, TABLE_CIBA_PERSON, STR_NONE, STR_NONE, false, forget_old, &scan);
}

enum rc ciba_forget_job(const struct app *app, struct arena *a)
{
	static const struct actor server = {.kind = ACTOR_JOB};
	enum rc rc = tx_run(app, &server, a, forget_in_tx, NULL);

	return rc == RC_CONFLICT ? RC_OK : rc; /* somebody asked just now: the next run */
}

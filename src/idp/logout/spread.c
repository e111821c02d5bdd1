/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/spread.h"

#include "access/access_decision.h"
#include "directory/access_recheck.h"
#include "idp/logout/delivery.h"
#include "obs/log.h"

static const struct actor spreader = {.kind = ACTOR_JOB};

/* Keys and values of a scan, copied: they are used while others are read. */
struct taken {
	struct tx *tx;
	struct store_record v[SPREAD_MAX];
	size_t n;
};

static bool take_record(void *data, const struct store_record *record)
{
	struct taken *t = data;

	t->v[t->n++] = *record;
	return t->n < SPREAD_MAX;
}

static bool take_due(void *data, const struct store_record *record)
{
	struct taken *t = data;

	return store_key_expiry(record->key) <= t->tx->now && take_record(data, record);
}

static enum rc take_all(struct tx *tx, enum table table, store_scan_fn fn, struct taken *ret)
{
	*ret = (struct taken){.tx = tx};
	return store_scan(tx->snap, table, STR_NONE, STR_NONE, false, fn, ret);
}

/* One that cannot be read would stand before all others for ever: it goes, with a line in the log;
 * what it comes from, `store verify` finds. */
static enum rc pass_over(enum rc rc)
{
	if (rc != RC_CORRUPT)
		return rc;
	log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "logout"), LOG_RC(rc));
	return RC_OK;
}

/* --- sessions that ended --- */

static enum rc notify(struct tx *tx, const struct session_ended *ended, struct str id)
{
	struct client client;
	enum rc rc = client_get(tx->snap, tx->a, id, &client, NULL);

	if (rc == RC_OK && client.backchannel_logout_uri.n)
		logout_delivery_add(tx, ended, id);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc notify_all(struct tx *tx, const struct session_ended *ended)
{
	const struct session was = {.sid = ended->sid, .expires = ended->expires};
	struct session_client_list clients;
	enum rc rc = session_clients(tx, &was, &clients);

	for (size_t i = 0; rc == RC_OK && i < clients.n; i++)
		rc = notify(tx, ended, clients.v[i].client);
	return rc;
}

static enum rc spread_one(struct tx *tx, const struct store_record *record)
{
	struct session_ended ended;
	enum rc rc = field_decode(&record_session_ended, tx->a, record->value, &ended);

	if (rc == RC_OK)
		rc = ended.client.n ? notify(tx, &ended, ended.client) : notify_all(tx, &ended);
	rc = pass_over(rc);
	if (rc == RC_OK)
		store_delete(tx->batch, TABLE_SESSION_ENDED, record->key, record->version);
	return rc;
}

static enum rc spread_attempt(struct tx *tx, void *data)
{
	size_t *ret_n = data;
	struct taken taken;
	enum rc rc = take_all(tx, TABLE_SESSION_ENDED, take_record, &taken);

	for (size_t i = 0; rc == RC_OK && i < taken.n; i++)
		rc = spread_one(tx, taken.v + i);
	*ret_n = taken.n;
	return rc;
}

enum rc logout_spread(const struct app *app, struct arena *a, size_t *ret_n)
{
	return tx_run(app, &spreader, a, spread_attempt, ret_n);
}

/* --- access that ended --- */

struct judging {
	struct tx *tx;
	const struct access_recheck *note;
	struct str person;
};

/* Tokens are refused by the same rules (authorization_check). */
static enum rc is_lost(
	struct judging *j, const struct session_client *entry, const struct client *c, bool *ret)
{
	const struct access_account *by;
	struct access_decision access;
	struct system system;
	enum rc rc = system_get(j->tx->snap, j->tx->a, c->system, &system, NULL);

	if (rc == RC_OK)
		rc = access_decide_tx(j->tx, &system, j->person, &access);
	*ret = rc == RC_NOT_FOUND;
	if (rc != RC_OK)
		return *ret ? RC_OK : rc;
	by = entry->account.n ? access_account_find(&access, entry->account) : NULL;
	*ret = access.outcome != ACCESS_OK || (entry->account.n && !by) ||
	       (by && entry->first * 1000 <= by->account.signed_out_ms);
	return RC_OK;
}

static bool concerns(const struct access_recheck *note, const struct session_client *entry)
{
	return note->kind != ACCESS_OF_ACCOUNT || !entry->account.n ||
	       str_eq(entry->account, note->subject);
}

static enum rc judge_client(
	struct judging *j, const struct session *s, const struct session_client *entry)
{
	struct client client;
	bool lost = false;
	enum rc rc = client_get(j->tx->snap, j->tx->a, entry->client, &client, NULL);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (j->note->system.n && !str_eq(client.system, j->note->system))
		return RC_OK;
	if (client.status != STATUS_ACTIVE)
		lost = true;
	else
		rc = is_lost(j, entry, &client, &lost);
	if (rc == RC_OK && lost)
		session_leave_client(j->tx, s, entry->client);
	return rc;
}

static enum rc judge_session(struct judging *j, const struct session *s)
{
	struct session_client_list clients;
	enum rc rc = session_clients(j->tx, s, &clients);

	for (size_t i = 0; rc == RC_OK && i < clients.n; i++)
		if (concerns(j->note, clients.v + i))
			rc = judge_client(j, s, clients.v + i);
	return rc;
}

/* Whose sessions; empty: the account has no holder any more. */
static enum rc find_person(struct tx *tx, const struct access_recheck *note, struct str *ret)
{
	struct account account;
	enum rc rc;

	*ret = note->subject;
	if (note->kind != ACCESS_OF_ACCOUNT)
		return RC_OK;
	rc = account_get(tx->snap, tx->a, note->subject, &account, NULL);
	*ret = rc == RC_OK ? account.person : STR_NONE;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc judge_person(struct tx *tx, const struct access_recheck *note)
{
	struct judging j = {.tx = tx, .note = note};
	struct session_list sessions = {NULL, 0};
	enum rc rc = find_person(tx, note, &j.person);

	if (rc == RC_OK && j.person.n)
		rc = session_list(tx, j.person, &sessions);
	for (size_t i = 0; rc == RC_OK && i < sessions.n; i++)
		rc = judge_session(&j, &sessions.v[i].s);
	return rc;
}

/* Some of the people who have sessions. */
struct people {
	struct str v[EVERYBODY_MAX];
	size_t n;
};

static bool take_person(void *data, const struct store_record *record)
{
	struct people *p = data;
	struct str id = str_sub(record->key, 0, ID_SIZE);

	if (!p->n || !str_eq(p->v[p->n - 1], id)) {
		if (p->n == EVERYBODY_MAX)
			return false;
		p->v[p->n++] = id;
	}
	return true;
}

/* Behind all sessions of the person judged last. */
static struct str behind(struct arena *a, struct str person)
{
	return person.n ? key_join(a, person, STR("\xff")) : STR_NONE;
}

/* A slice of everybody; the note of the next one takes this one's place. */
static enum rc judge_everybody(struct tx *tx, const struct access_recheck *note)
{
	struct access_recheck next = *note;
	struct people people = {.n = 0};
	enum rc rc = store_scan(tx->snap, TABLE_SESSION_BY_PERSON, STR_NONE,
		behind(tx->a, note->subject), false, take_person, &people);

	for (size_t i = 0; rc == RC_OK && i < people.n; i++) {
		next.subject = people.v[i];
		rc = pass_over(judge_person(tx, &next)); /* the walk goes on */
	}
	if (rc == RC_OK && people.n == EVERYBODY_MAX)
		access_recheck_put(tx, &next);
	return rc;
}

static enum rc recheck_one(struct tx *tx, const struct store_record *record)
{
	struct access_recheck note;
	enum rc rc = access_recheck_read(record->key, &note);

	if (rc == RC_OK)
		rc = note.kind == ACCESS_OF_ALL ? judge_everybody(tx, &note)
						: judge_person(tx, &note);
	rc = pass_over(rc);
	if (rc == RC_OK)
		store_delete(tx->batch, TABLE_ACCESS_RECHECK, record->key, record->version);
	return rc;
}

static enum rc recheck_attempt(struct tx *tx, void *data)
{
	size_t *ret_n = data;
	struct taken taken;
	enum rc rc = take_all(tx, TABLE_ACCESS_RECHECK, take_due, &taken);

	for (size_t i = 0; rc == RC_OK && i < taken.n; i++)
		rc = recheck_one(tx, taken.v + i);
	*ret_n = taken.n;
	return rc;
}

enum rc logout_recheck(const struct app *app, struct arena *a, size_t *ret_n)
{
	return tx_run(app, &spreader, a, recheck_attempt, ret_n);
}

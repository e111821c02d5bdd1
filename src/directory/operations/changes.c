/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/changes.h"

#include "base/arena.h"
#include "codec/date.h"
#include "directory/operations/change.h"
#include "core/event.h"
#include "base/clock.h"
#include "directory/directory.h"

/* The batch copies all bytes, so the snapshot may end before the commit, as it must. */
static enum rc change_once(
	const struct rights *r, struct arena *a, rights_change_fn fn, const void *what)
{
	struct store_batch *b = store_batch_new(a);
	struct store_snapshot *snap;
	enum rc rc = store_snapshot_begin(r->store, &snap);

	if (rc != RC_OK)
		return rc;
	rc = fn(r, a, snap, b, what);
	store_snapshot_end(snap);
	return rc == RC_OK ? store_commit(r->store, b) : rc;
}

enum rc rights_change(
	const struct rights *r, struct arena *a, rights_change_fn fn, const void *what)
{
	enum rc rc = RC_CONFLICT;

	for (int i = 0; rc == RC_CONFLICT && i < RIGHTS_TRIES; i++)
		rc = change_once(r, a, fn, what);
	return rc;
}

struct status_change {
	struct str key;
	enum status status;
	struct str reason;
};

struct audit_entry rights_entry(
	const struct rights *r, enum audit_event event, struct str object, struct str reason)
{
	return (struct audit_entry){.event = event,
		.now_ms = clock_now_ms(r->clock),
		.actor = r->actor,
		.object = object,
		.reason = str_sub(reason, 0, REASON_MAX)};
}

bool reason_good(struct str reason)
{
	return str_trim(reason).n && reason.n <= REASON_MAX && !str_has_control(reason);
}

static enum rc set_person(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct status_change *c = what;
	struct audit_entry e;
	struct person old, p;
	uint64_t version;
	enum rc rc = person_get(snap, a, c->key, &old, &version);

	if (rc != RC_OK)
		return rc;
	if (old.status == (int)c->status)
		return RC_EXISTS;
	p = old;
	p.status = c->status;
	p.updated = clock_now(r->clock);
	person_put(b, a, r->vault, &old, version, &p);
	e = rights_entry(r, AUDIT_PERSON_CHANGED, p.id, c->reason);
	e.person = p.id;
	e.detail = str_c(status_words[c->status]);
	event_audit(b, a, &e);
	return RC_OK;
}

static enum rc set_account(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct status_change *c = what;
	struct audit_entry e;
	struct account old, account;
	uint64_t version;
	enum rc rc = account_by_name(snap, a, c->key, &old, &version);

	if (rc != RC_OK)
		return rc;
	if (old.status == (int)c->status)
		return RC_EXISTS;
	account = old;
	account.status = c->status;
	account.updated = clock_now(r->clock);
	account_put(b, a, &old, version, &account);
	e = rights_entry(r, AUDIT_ACCOUNT_CHANGED, account.id, c->reason);
	e.account = account.id;
	e.person = account.person;
	e.office = account.office;
	e.detail = str_c(status_words[c->status]);
	event_audit(b, a, &e);
	return RC_OK;
}

enum rc person_set_status(const struct rights *r, struct arena *a, struct str id,
	enum status status, struct str reason)
{
	const struct status_change c = {id, status, reason};

	return rights_change(r, a, set_person, &c);
}

enum rc account_set_status(const struct rights *r, struct arena *a, struct str username,
	enum status status, struct str reason)
{
	const struct status_change c = {username, status, reason};

	return rights_change(r, a, set_account, &c);
}

struct login_change {
	struct str code;
	const struct office_login *login;
	struct str reason;
};

/* "password_login=disabled second_factor_required_from=2027-01-01" */
static struct str login_words(struct arena *a, const struct office *o)
{
	struct buf words;

	buf_init(&words, a, 80);
	buf_addf(&words, "password_login=%s second_factor_required_from=",
		office_password_words[o->password]);
	if (o->second_factor_required_from)
		date_add_day(&words, o->second_factor_required_from);
	else
		buf_add_c(&words, "policy");
	return buf_str(&words);
}

static enum rc set_login(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct login_change *c = what;
	struct audit_entry e;
	struct office old, o;
	uint64_t version;
	enum rc rc = office_get(snap, a, c->code, &old, &version);

	if (rc != RC_OK)
		return rc;
	o = old;
	if (c->login->has_password)
		o.password = (int)c->login->password;
	if (c->login->has_second_factor_required_from)
		o.second_factor_required_from = c->login->second_factor_required_from;
	if (o.password == old.password &&
		o.second_factor_required_from == old.second_factor_required_from)
		return RC_EXISTS;
	o.updated = clock_now(r->clock);
	office_put(b, a, &o, version);
	e = rights_entry(r, AUDIT_OFFICE_CHANGED, o.code, c->reason);
	e.office = o.code;
	e.detail = login_words(a, &o);
	event_audit(b, a, &e);
	return RC_OK;
}

enum rc office_set_login(const struct rights *r, struct arena *a, struct str code,
	const struct office_login *login, struct str reason)
{
	const struct login_change c = {code, login, reason};

	return reason_good(reason) ? rights_change(r, a, set_login, &c) : RC_INVALID;
}

struct ending {
	const struct role_grant *which;
	struct str reason;
};

static enum rc end_grant(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct ending *ending = what;
	struct str key = role_grant_key(a, ending->which);
	int64_t now = clock_now(r->clock);
	struct audit_entry e;
	struct role_grant g;
	uint64_t version;
	enum rc rc = record_get(snap, TABLE_ROLE_GRANT, key, a, &g, &version);

	if (rc != RC_OK)
		return rc;
	if (g.until && g.until <= now)
		return RC_EXISTS;
	g.until = g.updated = now;
	role_grant_put(b, a, &g, version);
	e = rights_entry(r, AUDIT_ROLE_GRANT_CHANGED, g.role, ending->reason);
	if (g.subject_kind == ROLE_GRANT_PERSON)
		e.person = g.subject;
	else
		e.account = g.subject;
	e.system = g.system;
	e.office = g.office;
	e.detail = STR("ended");
	event_audit(b, a, &e);
	return RC_OK;
}

enum rc role_grant_end(
	const struct rights *r, struct arena *a, const struct role_grant *which, struct str reason)
{
	const struct ending ending = {which, reason};

	return rights_change(r, a, end_grant, &ending);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/credentials.h"

#include "base/arena.h"
#include "core/event.h"
#include "directory/session.h"
#include "directory/operations/change.h"
#include "directory/operations/changes.h"
#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "deliver/security_notification.h"

#include <inttypes.h>

/* No letter or digit that is read as another one: i, l, o, 0, 1 are left out. */
static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";
#define LETTERS (sizeof(alphabet) - 1)
#define GROUPS  3
#define GROUP   4 /* 12 of 31 letters: 59 bits */

static char random_letter(const struct rng *rng)
{
	unsigned char byte;

	do {
		rng_fill(rng, &byte, 1);
	} while (byte >= 256 / LETTERS * LETTERS);
	return alphabet[byte % LETTERS];
}

static struct str random_secret(struct arena *a, const struct rng *rng)
{
	struct buf out;

	buf_init(&out, a, GROUPS * (GROUP + 1));
	for (int i = 0; i < GROUPS * GROUP; i++) {
		if (i && i % GROUP == 0)
			buf_add_byte(&out, '-');
		buf_add_byte(&out, (unsigned char)random_letter(rng));
	}
	return buf_str(&out);
}

/* An account and what it has; without a record *ret is an empty one. */
struct credential_subject {
	struct account account;
	struct credential credential;
	uint64_t version;
};

static enum rc subject_find(struct store_snapshot *snap, struct arena *a, struct str username,
	struct credential_subject *ret)
{
	enum rc rc = account_by_name(snap, a, username, &ret->account, NULL);

	if (rc != RC_OK)
		return rc;
	rc = credential_get(snap, a, ret->account.id, &ret->credential, &ret->version);
	if (rc != RC_NOT_FOUND)
		return rc;
	ret->credential = (struct credential){.account = ret->account.id};
	ret->version = STORE_ABSENT;
	return RC_OK;
}

static void credential_put_audited(const struct rights *r, struct arena *a, struct store_batch *b,
	const struct credential_subject *s, enum audit_event event, struct str reason)
{
	struct audit_entry e = rights_entry(r, event, s->account.id, reason);

	e.account = s->account.id;
	e.person = s->account.person;
	e.office = s->account.office;
	credential_put(b, a, &s->credential, s->version);
	event_audit(b, a, &e);
}

/* What knew the password, or may have, is out. */
static enum rc end_sessions(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const struct credential_subject *s)
{
	const struct attempt_subject credential_subject =
		attempt_subject(r->vault, ATTEMPT_ACCOUNT, s->account.id);
	enum rc rc = sessions_end_by_password(
		snap, b, a, r->vault, s->account.person, clock_now_ms(r->clock));

	/* Nor is one that begins just now. */
	return rc == RC_OK ? attempts_guard(snap, b, a, &credential_subject, clock_now(r->clock))
			   : rc;
}

/* Notifies the holder, if there is a transport. */
static enum rc notify_holder(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const struct credential_subject *s,
	enum security_notification_kind kind)
{
	struct security_notification notice = {.kind = kind, .username = s->account.username};
	struct person person;
	enum rc rc;

	if (!r->notices || !s->account.person.n)
		return RC_OK;
	rc = person_get(snap, a, s->account.person, &person, NULL);
	notice.person = &person;
	if (rc == RC_OK)
		security_notification_put(r->notices, snap, b, a, clock_now_ms(r->clock), &notice);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static void forget_attempts(
	const struct rights *r, struct arena *a, struct store_batch *b, struct str account)
{
	struct attempt_subject credential_subject =
		attempt_subject(r->vault, ATTEMPT_ACCOUNT, account);

	attempts_reset(b, a, &credential_subject, clock_now(r->clock));
}

static enum rc add_names(struct store_snapshot *snap, struct arena *a, const struct account *c,
	struct issued_secret *ret)
{
	struct office office;
	struct person person;
	enum rc rc = c->office.n ? office_get(snap, a, c->office, &office, NULL) : RC_NOT_FOUND;
	struct buf name;

	if (rc == RC_OK)
		ret->office_th = str_dup(a, office.name_th);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	rc = c->person.n ? person_get(snap, a, c->person, &person, NULL) : RC_NOT_FOUND;
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	buf_init(&name, a, 2048);
	buf_add(&name, person.title_th);
	buf_add(&name, person.given_th);
	buf_add_byte(&name, ' ');
	buf_add(&name, person.family_th);
	ret->holder_th = str_trim(buf_str(&name));
	return RC_OK;
}

struct secret_issue {
	const struct secret_request *request;
	struct str hash;
	struct issued_secret *ret;
};

/* RC_DENIED: a secret would open nothing. */
static enum rc may_issue(
	struct store_snapshot *snap, struct arena *a, const struct credential_subject *s)
{
	struct office office;
	enum rc rc;

	if (s->credential.forbidden || s->account.status != STATUS_ACTIVE)
		return RC_DENIED;
	rc = office_get(snap, a, s->account.office, &office, NULL);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	return rc == RC_OK && office.password == OFFICE_PASSWORD_FORBIDDEN ? RC_DENIED : rc;
}

static enum rc secret_issue(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct secret_issue *q = what;
	int64_t now = clock_now(r->clock);
	struct credential_subject s;
	enum rc rc = subject_find(snap, a, q->request->username, &s);

	if (rc == RC_OK)
		rc = may_issue(snap, a, &s);
	if (rc == RC_OK)
		rc = end_sessions(r, a, snap, b, &s);
	if (rc != RC_OK)
		return rc;
	credential_set_hash(a, &s.credential, q->hash, now);
	/* A new holder is informed that this is the reason. */
	if (s.credential.must_change != MUST_CHANGE_REASSIGNED)
		s.credential.must_change = MUST_CHANGE_INITIAL;
	s.credential.initial_until = now + q->request->lifetime;
	s.credential.initial_by = str_sub(r->actor, 0, 80);
	credential_put_audited(r, a, b, &s, AUDIT_INITIAL_SECRET_ISSUED, q->request->reason);
	rc = notify_holder(r, a, snap, b, &s, SECURITY_NOTIFICATION_SECRET_ISSUED);
	if (rc != RC_OK)
		return rc;
	forget_attempts(r, a, b, s.account.id);
	q->ret->username = str_dup(a, s.account.username);
	q->ret->account_office = str_dup(a, s.account.office);
	q->ret->until = s.credential.initial_until;
	return add_names(snap, a, &s.account, q->ret);
}

enum rc credential_issue(const struct rights *r, struct arena *a,
	const struct secret_request *request, struct issued_secret *ret)
{
	struct issued_secret issued = {.secret = random_secret(a, r->rng)};
	struct secret_issue q = {request, pwhash_make(a, &request->cost, issued.secret), &issued};
	enum rc rc;

	if (request->reason.n > REASON_MAX || str_has_control(request->reason))
		return RC_INVALID;
	rc = rights_change(r, a, secret_issue, &q);
	if (rc == RC_OK)
		*ret = issued;
	return rc;
}

struct forbid {
	struct str username, reason;
	bool forbid;
};

static enum rc password_set_disabled(const struct rights *r, struct arena *a,
	struct store_snapshot *snap, struct store_batch *b, const void *what)
{
	const struct forbid *q = what;
	int64_t now = clock_now(r->clock);
	struct credential_subject s;
	enum rc rc = subject_find(snap, a, q->username, &s);

	if (rc != RC_OK)
		return rc;
	if (s.credential.forbidden == q->forbid)
		return RC_EXISTS;
	if (q->forbid)
		credential_disable(&s.credential, str_sub(r->actor, 0, 80), q->reason, now);
	else
		credential_enable(&s.credential, now);
	credential_put_audited(r, a, b, &s,
		q->forbid ? AUDIT_PASSWORD_LOGIN_DISABLED : AUDIT_PASSWORD_LOGIN_ENABLED,
		q->reason);
	if (q->forbid)
		rc = end_sessions(r, a, snap, b, &s);
	return rc == RC_OK ? notify_holder(r, a, snap, b, &s,
				     q->forbid ? SECURITY_NOTIFICATION_THAID_ONLY
					       : SECURITY_NOTIFICATION_PASSWORD_ENABLED)
			   : rc;
}

enum rc credential_set_disabled(const struct rights *r, struct arena *a, struct str username,
	bool forbid_it, struct str reason)
{
	const struct forbid q = {username, reason, forbid_it};

	return reason_good(reason) ? rights_change(r, a, password_set_disabled, &q) : RC_INVALID;
}

struct change_order {
	struct str username, reason;
};

static enum rc order_change(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct change_order *q = what;
	struct credential_subject s;
	enum rc rc = subject_find(snap, a, q->username, &s);

	if (rc != RC_OK)
		return rc;
	if (!s.credential.hash.n || s.credential.forbidden)
		return RC_DENIED;
	if (s.credential.must_change != MUST_CHANGE_NO)
		return RC_EXISTS;
	s.credential.must_change = MUST_CHANGE_ORDERED;
	s.credential.updated = clock_now(r->clock);
	credential_put_audited(r, a, b, &s, AUDIT_PASSWORD_CHANGE_REQUIRED, q->reason);
	return RC_OK;
}

enum rc credential_require_change(
	const struct rights *r, struct arena *a, struct str username, struct str reason)
{
	const struct change_order q = {username, reason};

	return reason_good(reason) ? rights_change(r, a, order_change, &q) : RC_INVALID;
}

enum rc credential_lock(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct str account, bool *ret_locked, int64_t *ret_left)
{
	struct attempt_subject credential_subject =
		attempt_subject(r->vault, ATTEMPT_ACCOUNT, account);
	int64_t now_ms = clock_now_ms(r->clock), left = 0;
	struct attempts_found found;
	bool locked = false;
	enum rc rc =
		attempts_get(snap, a, &credential_subject, now_ms / 1000, ATTEMPT_PERIOD, &found);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++) {
		int64_t rest = found.buckets[i].until_ms - now_ms;

		if (rest > left) {
			left = rest;
			locked = found.buckets[i].locked;
		}
	}
	*ret_locked = locked;
	*ret_left = (left + 999) / 1000;
	return RC_OK;
}

struct unlock {
	struct str username, reason;
};

static enum rc unlock(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const void *what)
{
	const struct unlock *q = what;
	struct audit_entry e;
	struct account c;
	int64_t left;
	bool locked;
	enum rc rc = account_by_name(snap, a, q->username, &c, NULL);

	if (rc == RC_OK)
		rc = credential_lock(r, a, snap, c.id, &locked, &left);
	if (rc != RC_OK)
		return rc;
	if (!left)
		return RC_EXISTS;
	forget_attempts(r, a, b, c.id);
	e = rights_entry(r, AUDIT_ACCOUNT_UNLOCKED, c.id, q->reason);
	e.account = c.id;
	e.person = c.person;
	e.office = c.office;
	event_audit(b, a, &e);
	return RC_OK;
}

enum rc credential_unlock(
	const struct rights *r, struct arena *a, struct str username, struct str reason)
{
	const struct unlock q = {username, reason};

	return rights_change(r, a, unlock, &q);
}

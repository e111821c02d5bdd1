/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/credentials.h"

#include "directory/password_login.h"
#include "directory/operations/directory_operations.h"
#include "base/random.h"
#include "directory/directory.h"
#include "deliver/security_notification.h"
#include "directory/standing.h"

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

/* An account and what it has. */
struct credential_subject {
	struct account account;
	struct credential_ref ref;
};

static enum rc subject_find(struct tx *tx, struct str username, struct credential_subject *ret)
{
	enum rc rc = account_by_name(tx->snap, tx->a, username, &ret->account, NULL);

	return rc == RC_OK ? credential_load(tx, ret->account.id, &ret->ref) : rc;
}

static void credential_put_audited(struct tx *tx, const struct credential_subject *s,
	enum audit_event event, struct str reason)
{
	struct audit_entry e = operation_entry(tx, event, s->account.id, reason);

	e.account = s->account.id;
	e.person = s->account.person;
	e.office = s->account.office;
	credential_put(tx->batch, tx->a, &s->ref.c, s->ref.version);
	tx_audit_add(tx, &e);
}

/* Notifies the holder, if there is a transport. */
static enum rc notify_holder(
	struct tx *tx, const struct credential_subject *s, enum security_notification_kind kind)
{
	struct security_notification notice = {
		.kind = kind, .username = s->account.username, .office = s->account.office};
	struct person person;
	enum rc rc;

	if (!tx->app->notices || !s->account.person.n)
		return RC_OK;
	rc = person_get(tx->snap, tx->a, s->account.person, &person, NULL);
	notice.person = &person;
	if (rc == RC_OK)
		security_notification_add(tx, &notice);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

#define USERNAME_FIELD(type)                                                                       \
	{                                                                                          \
		1, "username", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,                            \
			offsetof(struct type, username), USERNAME_MAX, NULL,                       \
			"the account, without regard to case"                                      \
	}
#define REASON_FIELD(type, flags)                                                                  \
	{                                                                                          \
		2, "reason", FIELD_STR, flags, offsetof(struct type, reason), REASON_MAX, NULL,    \
			"why, for the audit trail"                                                 \
	}

static const char *const username_positional[] = {"username", NULL};

/* --- a new initial secret --- */

static const struct field issue_fields[] = {
	USERNAME_FIELD(credential_args), REASON_FIELD(credential_args, 0)};
static const struct record_type issue_type = {
	"account_issue_secret", sizeof(struct credential_args), issue_fields, 2};

static enum rc issue_prepare(const struct app *app, struct arena *a, const void *args, void *result)
{
	struct issued_secret *issued = result;

	(void)args;
	issued->secret = random_secret(a, app->rng);
	issued->hash = pwhash_make(a, &app->settings->password_cost, issued->secret);
	return RC_OK;
}

/* RC_DENIED: a secret would open nothing. */
static enum rc may_issue(struct tx *tx, const struct credential_subject *s)
{
	struct office office;
	enum rc rc;

	if (s->ref.c.forbidden)
		return RC_DENIED;
	rc = account_standing(tx->snap, tx->a, &s->account);
	if (rc != RC_OK)
		return rc;
	rc = office_get(tx->snap, tx->a, s->account.office, &office, NULL);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	return rc == RC_OK && office.password == OFFICE_PASSWORD_FORBIDDEN ? RC_DENIED : rc;
}

static enum rc issue_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct credential_args *args = data;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	if (rc == RC_OK)
		rc = may_issue(tx, &s);
	if (rc == RC_DENIED)
		problem_add(ret, NULL,
			"the account is suspended, or password login is disabled for it or its "
			"office; account show says by whom");
	return rc;
}

static enum rc add_names(struct tx *tx, const struct account *c, struct issued_secret *ret)
{
	struct office office;
	struct person person;
	enum rc rc =
		c->office.n ? office_get(tx->snap, tx->a, c->office, &office, NULL) : RC_NOT_FOUND;
	struct buf name;

	if (rc == RC_OK)
		ret->office_th = str_dup(tx->a, office.name_th);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	rc = c->person.n ? person_get(tx->snap, tx->a, c->person, &person, NULL) : RC_NOT_FOUND;
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	buf_init(&name, tx->a, 2048);
	buf_add(&name, person.title_th);
	buf_add(&name, person.given_th);
	buf_add_byte(&name, ' ');
	buf_add(&name, person.family_th);
	ret->holder_th = str_trim(buf_str(&name));
	return RC_OK;
}

static void set_initial_secret(struct tx *tx, struct credential *c, struct str hash)
{
	credential_set_hash(tx->a, c, hash, tx->now);
	/* A new holder is informed that this is the reason. */
	if (c->must_change != MUST_CHANGE_REASSIGNED)
		c->must_change = MUST_CHANGE_INITIAL;
	c->initial_until = tx->now + tx->settings->initial_secret_lifetime;
	c->initial_by = str_sub(tx->actor->id, 0, 80);
}

static enum rc issue_apply(struct tx *tx, const void *data, void *result)
{
	const struct credential_args *args = data;
	struct issued_secret *issued = result;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	if (rc == RC_OK)
		rc = password_sessions_end(tx, s.account.person);
	/* A login that finishes at this moment counts as one by the password before. */
	if (rc == RC_OK)
		rc = attempts_guard_account(tx, s.account.id);
	if (rc != RC_OK)
		return rc;
	set_initial_secret(tx, &s.ref.c, issued->hash);
	credential_put_audited(tx, &s, AUDIT_INITIAL_SECRET_ISSUED, args->reason);
	rc = notify_holder(tx, &s, SECURITY_NOTIFICATION_SECRET_ISSUED);
	if (rc != RC_OK)
		return rc;
	attempts_reset_account(tx, s.account.id);
	issued->username = str_dup(tx->a, s.account.username);
	issued->account_office = str_dup(tx->a, s.account.office);
	issued->until = s.ref.c.initial_until;
	return add_names(tx, &s.account, issued);
}

static void issue_write(const void *result, struct json_writer *out)
{
	const struct issued_secret *issued = result;

	json_add_str(out, "username", issued->username);
	json_add_str(out, "initial_secret", issued->secret);
	json_add_i64(out, "until", issued->until);
}

const struct operation operation_account_issue_secret = {
	.name = "account.issue-secret",
	.help = "Issues a one-time initial secret for an account and prints it once.",
	.args = &issue_type,
	.positional = username_positional,
	.permission = "accounts.credentials",
	.flags = OPERATION_NOTIFIES,
	.result_size = sizeof(struct issued_secret),
	.prepare = issue_prepare,
	.check = issue_check,
	.apply = issue_apply,
	.write = issue_write,
};

/* --- password login disabled and enabled --- */

static const struct field reasoned_fields[] = {
	USERNAME_FIELD(credential_args), REASON_FIELD(credential_args, FIELD_REQUIRED)};
static const struct record_type reasoned_type = {
	"account_password", sizeof(struct credential_args), reasoned_fields, 2};

/* RC_EXISTS: already in that state. */
static enum rc password_check(struct tx *tx, const struct credential_args *args, bool forbid,
	struct problems *ret, struct credential_subject *ret_subject)
{
	enum rc rc = subject_find(tx, args->username, ret_subject);

	reason_check(args->reason, ret);
	if (rc == RC_OK && ret_subject->ref.c.forbidden == forbid)
		rc = RC_EXISTS;
	return checked(ret, rc);
}

static enum rc password_disable_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct credential_subject s;

	return password_check(tx, args, true, ret, &s);
}

static enum rc password_disable_apply(struct tx *tx, const void *data, void *result)
{
	const struct credential_args *args = data;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	(void)result;
	if (rc == RC_OK)
		rc = password_login_disable(tx, &s.account, &s.ref, str_sub(tx->actor->id, 0, 80),
			args->reason,
			operation_entry(
				tx, AUDIT_PASSWORD_LOGIN_DISABLED, s.account.id, args->reason));
	if (rc == RC_OK)
		rc = password_sessions_end(tx, s.account.person);
	return rc == RC_OK ? notify_holder(tx, &s, SECURITY_NOTIFICATION_THAID_ONLY) : rc;
}

static enum rc password_enable_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct credential_subject s;

	return password_check(tx, args, false, ret, &s);
}

static enum rc password_enable_apply(struct tx *tx, const void *data, void *result)
{
	const struct credential_args *args = data;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	(void)result;
	if (rc == RC_OK)
		rc = password_login_enable(tx, &s.account, &s.ref,
			operation_entry(
				tx, AUDIT_PASSWORD_LOGIN_ENABLED, s.account.id, args->reason));
	return rc == RC_OK ? notify_holder(tx, &s, SECURITY_NOTIFICATION_PASSWORD_ENABLED) : rc;
}

const struct operation operation_account_password_disable = {
	.name = "account.password.disable",
	.help = "Disables password login for an account; only ThaID remains.",
	.args = &reasoned_type,
	.positional = username_positional,
	.permission = "accounts.credentials",
	.flags = OPERATION_NOTIFIES,
	.check = password_disable_check,
	.apply = password_disable_apply,
};

const struct operation operation_account_password_enable = {
	.name = "account.password.enable",
	.help = "Enables password login for an account again.",
	.args = &reasoned_type,
	.positional = username_positional,
	.permission = "accounts.credentials",
	.flags = OPERATION_NOTIFIES,
	.check = password_enable_check,
	.apply = password_enable_apply,
};

/* --- another password at the next login --- */

static enum rc require_change_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct credential_args *args = data;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	reason_check(args->reason, ret);
	if (rc != RC_OK || ret->n)
		return checked(ret, rc);
	if (!s.ref.c.hash.n || s.ref.c.forbidden) {
		problem_add(ret, NULL,
			"the account has no password, or its password login is disabled");
		return RC_DENIED;
	}
	return s.ref.c.must_change != MUST_CHANGE_NO ? RC_EXISTS : RC_OK;
}

static enum rc require_change_apply(struct tx *tx, const void *data, void *result)
{
	const struct credential_args *args = data;
	struct credential_subject s;
	enum rc rc = subject_find(tx, args->username, &s);

	(void)result;
	if (rc != RC_OK)
		return rc;
	s.ref.c.must_change = MUST_CHANGE_ORDERED;
	s.ref.c.updated = tx->now;
	credential_put_audited(tx, &s, AUDIT_PASSWORD_CHANGE_REQUIRED, args->reason);
	return RC_OK;
}

const struct operation operation_account_password_require_change = {
	.name = "account.password.require-change",
	.help = "Requires a new password at the next password login.",
	.args = &reasoned_type,
	.positional = username_positional,
	.permission = "accounts.credentials",
	.check = require_change_check,
	.apply = require_change_apply,
};

/* --- locks --- */

enum rc credential_lock(struct tx *tx, struct str account, bool *ret_locked, int64_t *ret_left)
{
	struct attempt_subject subject = attempt_subject(tx->app->vault, ATTEMPT_ACCOUNT, account);
	int64_t left = 0;
	struct attempts_found found;
	bool locked = false;
	enum rc rc = attempts_get(tx->snap, tx->a, &subject, tx->now, ATTEMPT_PERIOD, &found);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++) {
		int64_t rest = found.buckets[i].until_ms - tx->now_ms;

		if (rest > left) {
			left = rest;
			locked = found.buckets[i].locked;
		}
	}
	*ret_locked = locked;
	*ret_left = (left + 999) / 1000;
	return RC_OK;
}

/* RC_EXISTS: nothing is counted. */
static enum rc unlock_find(struct tx *tx, const struct credential_args *args, struct account *ret)
{
	enum rc rc = account_by_name(tx->snap, tx->a, args->username, ret, NULL);
	int64_t left = 0;
	bool locked;

	if (rc == RC_OK)
		rc = credential_lock(tx, ret->id, &locked, &left);
	return rc == RC_OK && !left ? RC_EXISTS : rc;
}

static enum rc unlock_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct account c;

	(void)ret;
	return unlock_find(tx, args, &c);
}

static enum rc unlock_apply(struct tx *tx, const void *data, void *result)
{
	const struct credential_args *args = data;
	struct audit_entry e;
	struct account c;
	enum rc rc = unlock_find(tx, args, &c);

	(void)result;
	/* An attempt that is counted at this moment is not forgotten unseen. */
	if (rc == RC_OK)
		rc = attempts_guard_account(tx, c.id);
	if (rc != RC_OK)
		return rc;
	attempts_reset_account(tx, c.id);
	e = operation_entry(tx, AUDIT_ACCOUNT_UNLOCKED, c.id, args->reason);
	e.account = c.id;
	e.person = c.person;
	e.office = c.office;
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_account_unlock = {
	.name = "account.unlock",
	.help = "Clears the failed attempts that locked an account.",
	.args = &issue_type,
	.positional = username_positional,
	.permission = "accounts.credentials",
	.check = unlock_check,
	.apply = unlock_apply,
};

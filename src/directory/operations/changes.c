/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/access_recheck.h"
#include "directory/operations/changes.h"
#include "base/array.h"

#include "codec/date.h"
#include "directory/directory.h"
#include "directory/session.h"
#include "directory/operations/directory_operations.h"

#define REASON_FIELD(tag, type, flags)                                                             \
	{                                                                                          \
		tag, "reason", FIELD_STR, flags, offsetof(struct type, reason), REASON_MAX, NULL,  \
			"why, for the audit trail"                                                 \
	}

/* --- people --- */

static const struct field person_status_fields[] = {
	{1, "id", FIELD_STR, FIELD_REQUIRED, offsetof(struct person_status_args, id), ID_SIZE, NULL,
		"person id"},
	REASON_FIELD(2, person_status_args, 0),
};
static const struct record_type person_status_type = {
	"person_status", sizeof(struct person_status_args), person_status_fields, 2};
static const char *const person_status_positional[] = {"id", NULL};

/* The person as it is; RC_EXISTS: with that status already. */
static enum rc person_find(struct tx *tx, const struct person_status_args *args, enum status status,
	struct person *ret, uint64_t *ret_version)
{
	enum rc rc = person_get(tx->snap, tx->a, args->id, ret, ret_version);

	return rc == RC_OK && ret->status == (int)status ? RC_EXISTS : rc;
}

static enum rc person_set_status(
	struct tx *tx, const struct person_status_args *args, enum status status)
{
	struct audit_entry e;
	struct person old, p;
	uint64_t version;
	enum rc rc = person_find(tx, args, status, &old, &version);

	if (rc != RC_OK)
		return rc;
	p = old;
	p.status = (int)status;
	p.updated = tx->now;
	if (status == STATUS_SUSPENDED)
		rc = session_sign_out(tx, &p);
	if (rc != RC_OK)
		return rc;
	person_put(tx->batch, tx->a, tx->app->vault, &old, version, &p);
	e = operation_entry(tx, AUDIT_PERSON_CHANGED, p.id, args->reason);
	e.person = p.id;
	e.detail = str_c(status_words[status]);
	tx_audit_add(tx, &e);
	return RC_OK;
}

static enum rc person_suspend_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct person p;

	(void)ret;
	return person_find(tx, args, STATUS_SUSPENDED, &p, NULL);
}

static enum rc person_suspend_apply(struct tx *tx, const void *args, void *result)
{
	(void)result;
	return person_set_status(tx, args, STATUS_SUSPENDED);
}

static enum rc person_resume_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct person p;

	(void)ret;
	return person_find(tx, args, STATUS_ACTIVE, &p, NULL);
}

static enum rc person_resume_apply(struct tx *tx, const void *args, void *result)
{
	(void)result;
	return person_set_status(tx, args, STATUS_ACTIVE);
}

const struct operation operation_person_suspend = {
	.name = "person.suspend",
	.help = "Suspends a person: no login; sessions and tokens end for good.",
	.args = &person_status_type,
	.positional = person_status_positional,
	.permission = "people.write",
	.check = person_suspend_check,
	.apply = person_suspend_apply,
};

const struct operation operation_person_resume = {
	.name = "person.resume",
	.help = "Reactivates a suspended person.",
	.args = &person_status_type,
	.positional = person_status_positional,
	.permission = "people.write",
	.check = person_resume_check,
	.apply = person_resume_apply,
};

/* --- accounts --- */

static const struct field account_status_fields[] = {
	{1, "username", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct account_status_args, username), USERNAME_MAX, NULL,
		"the account, without regard to case"},
	REASON_FIELD(2, account_status_args, 0),
};
static const struct record_type account_status_type = {
	"account_status", sizeof(struct account_status_args), account_status_fields, 2};
static const char *const account_status_positional[] = {"username", NULL};

static enum rc account_find(struct tx *tx, const struct account_status_args *args,
	enum status status, struct account *ret, uint64_t *ret_version)
{
	enum rc rc = account_by_name(tx->snap, tx->a, args->username, ret, ret_version);

	return rc == RC_OK && ret->status == (int)status ? RC_EXISTS : rc;
}

static enum rc account_set_status(
	struct tx *tx, const struct account_status_args *args, enum status status)
{
	struct audit_entry e;
	struct account old, account;
	uint64_t version;
	size_t sessions;
	enum rc rc = account_find(tx, args, status, &old, &version);

	if (rc != RC_OK)
		return rc;
	account = old;
	account.status = (int)status;
	account.updated = tx->now;
	if (status == STATUS_SUSPENDED)
		rc = account_sign_out(tx, &account, &sessions);
	if (rc != RC_OK)
		return rc;
	account_put(tx->batch, tx->a, &old, version, &account);
	e = operation_entry(tx, AUDIT_ACCOUNT_CHANGED, account.id, args->reason);
	e.account = account.id;
	e.person = account.person;
	e.office = account.office;
	e.detail = str_c(status_words[status]);
	tx_audit_add(tx, &e);
	return RC_OK;
}

static enum rc account_suspend_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct account c;

	(void)ret;
	return account_find(tx, args, STATUS_SUSPENDED, &c, NULL);
}

static enum rc account_suspend_apply(struct tx *tx, const void *args, void *result)
{
	(void)result;
	return account_set_status(tx, args, STATUS_SUSPENDED);
}

static enum rc account_resume_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct account c;

	(void)ret;
	return account_find(tx, args, STATUS_ACTIVE, &c, NULL);
}

static enum rc account_resume_apply(struct tx *tx, const void *args, void *result)
{
	(void)result;
	return account_set_status(tx, args, STATUS_ACTIVE);
}

const struct operation operation_account_suspend = {
	.name = "account.suspend",
	.help = "Suspends an account; sessions that it began and tokens for it end for good.",
	.args = &account_status_type,
	.positional = account_status_positional,
	.permission = "accounts.write",
	.check = account_suspend_check,
	.apply = account_suspend_apply,
};

const struct operation operation_account_resume = {
	.name = "account.resume",
	.help = "Reactivates a suspended account.",
	.args = &account_status_type,
	.positional = account_status_positional,
	.permission = "accounts.write",
	.check = account_resume_check,
	.apply = account_resume_apply,
};

/* --- how an office's people log in --- */

static const char *const office_password_change_words[] = {"", "enabled", "disabled", NULL};
_Static_assert(ARRAY_LEN(office_password_change_words) == OFFICE_PASSWORD_CHANGE_MAX + 1,
	"a word for each value");

static const struct field office_update_fields[] = {
	{1, "code", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct office_update_args, code), OFFICE_CODE_MAX, NULL, "office code"},
	{2, "password_login", FIELD_ENUM, 0, offsetof(struct office_update_args, password_login), 0,
		office_password_change_words, "enabled or disabled; disabled: only ThaID remains"},
	{3, "second_factor_required_from", FIELD_STR, 0,
		offsetof(struct office_update_args, second_factor_required_from), 40, NULL,
		"password logins need a second factor from this day (2027-01-31); policy: the "
		"login policy's day"},
	REASON_FIELD(4, office_update_args, 0),
};
static const struct record_type office_update_type = {
	"office_update", sizeof(struct office_update_args), office_update_fields, 4};
static const char *const office_update_positional[] = {"code", NULL};

/* 0: the policy's day. */
static bool read_day(struct str text, int64_t *ret)
{
	*ret = 0;
	return str_eq_c(text, "policy") || date_parse_day(text, ret) == RC_OK;
}

static void refuse_day(struct problems *ret, struct str text)
{
	char mem[sizeof(ret->v[0].why)];
	struct buf why;

	buf_init_fixed(&why, mem, sizeof(mem));
	date_add_fault(&why, text, true);
	problem_add(ret, "second_factor_required_from", "%s; or write policy", mem);
}

static void office_update_validate(const void *data, struct problems *ret)
{
	const struct office_update_args *args = data;
	int64_t day;

	if (!args->password_login && !args->second_factor_required_from.n)
		problem_add(ret, "password_login",
			"and second_factor_required_from are missing; give one of them, or both");
	if (args->second_factor_required_from.n &&
		!read_day(args->second_factor_required_from, &day))
		refuse_day(ret, args->second_factor_required_from);
}

/* The office as it is and as it will be. */
static enum rc office_find(struct tx *tx, const struct office_update_args *args,
	struct office *ret_old, struct office *ret, uint64_t *ret_version)
{
	enum rc rc = office_get(tx->snap, tx->a, args->code, ret_old, ret_version);

	if (rc != RC_OK)
		return rc;
	*ret = *ret_old;
	if (args->password_login)
		ret->password = args->password_login == OFFICE_PASSWORD_DISABLE
					? OFFICE_PASSWORD_FORBIDDEN
					: OFFICE_PASSWORD_ALLOWED;
	if (args->second_factor_required_from.n &&
		!read_day(args->second_factor_required_from, &ret->second_factor_required_from))
		return RC_INVALID;
	return ret->password == ret_old->password && ret->second_factor_required_from ==
							     ret_old->second_factor_required_from
		       ? RC_EXISTS
		       : RC_OK;
}

static enum rc office_update_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct office_update_args *args = data;
	struct office old, o;

	reason_check(args->reason, ret);
	return checked(ret, office_find(tx, args, &old, &o, NULL));
}

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

static enum rc office_update_apply(struct tx *tx, const void *data, void *result)
{
	const struct office_update_args *args = data;
	struct audit_entry e;
	struct office old, o;
	uint64_t version;
	enum rc rc = office_find(tx, args, &old, &o, &version);

	(void)result;
	if (rc != RC_OK)
		return rc;
	o.updated = tx->now;
	office_put(tx->batch, tx->a, &o, version);
	e = operation_entry(tx, AUDIT_OFFICE_CHANGED, o.code, args->reason);
	e.office = o.code;
	e.detail = login_words(tx->a, &o);
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_office_update = {
	.name = "office.update",
	.help = "Changes how the people of an office may log in by password.",
	.args = &office_update_type,
	.positional = office_update_positional,
	.permission = "offices.write",
	.validate = office_update_validate,
	.check = office_update_check,
	.apply = office_update_apply,
};

/* --- grants --- */

static const struct field grant_revoke_fields[] = {
	{1, "system", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct grant_revoke_args, system), SYSTEM_ID_MAX, NULL, "system id"},
	{2, "role", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct grant_revoke_args, role), ROLE_ID_MAX, NULL, "role id"},
	{3, "office", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct grant_revoke_args, office), OFFICE_CODE_MAX, NULL, "office code"},
	{4, "person", FIELD_STR, 0, offsetof(struct grant_revoke_args, person), ID_SIZE, NULL,
		"revoke the grant of this person (id)"},
	{5, "account", FIELD_STR, FIELD_TYPED, offsetof(struct grant_revoke_args, account),
		USERNAME_MAX, NULL, "revoke the grant of this account (username)"},
	REASON_FIELD(6, grant_revoke_args, 0),
};
static const struct record_type grant_revoke_type = {
	"grant_revoke", sizeof(struct grant_revoke_args), grant_revoke_fields, 6};
static const char *const grant_revoke_positional[] = {"system", "role", "office", NULL};

static void grant_revoke_validate(const void *data, struct problems *ret)
{
	const struct grant_revoke_args *args = data;

	if ((args->person.n > 0) == (args->account.n > 0))
		problem_add(ret, NULL, "name person or account, one of them");
}

/* RC_EXISTS: it has ended already. */
static enum rc grant_find(struct tx *tx, const struct grant_revoke_args *args,
	struct role_grant *ret, uint64_t *ret_version)
{
	struct role_grant key = {.subject_kind = ROLE_GRANT_PERSON,
		.subject = args->person,
		.system = args->system,
		.role = args->role,
		.office = args->office};
	struct account account;
	enum rc rc;

	if (args->account.n) {
		rc = account_by_name(tx->snap, tx->a, args->account, &account, NULL);
		if (rc != RC_OK)
			return rc;
		key.subject_kind = ROLE_GRANT_ACCOUNT;
		key.subject = account.id;
	}
	rc = record_get(
		tx->snap, TABLE_ROLE_GRANT, role_grant_key(tx->a, &key), tx->a, ret, ret_version);
	return rc == RC_OK && ret->until && ret->until <= tx->now ? RC_EXISTS : rc;
}

static enum rc grant_revoke_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct role_grant g;

	(void)ret;
	return grant_find(tx, args, &g, NULL);
}

static enum rc grant_revoke_apply(struct tx *tx, const void *data, void *result)
{
	const struct grant_revoke_args *args = data;
	struct audit_entry e;
	struct role_grant g;
	uint64_t version;
	enum rc rc = grant_find(tx, args, &g, &version);

	(void)result;
	if (rc != RC_OK)
		return rc;
	g.until = g.updated = tx->now;
	role_grant_put(tx->batch, tx->a, &g, version);
	access_recheck_grant(tx, &g);
	e = operation_entry(tx, AUDIT_ROLE_GRANT_CHANGED, g.role, args->reason);
	if (g.subject_kind == ROLE_GRANT_PERSON)
		e.person = g.subject;
	else
		e.account = g.subject;
	e.system = g.system;
	e.office = g.office;
	e.detail = STR("ended");
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_grant_revoke = {
	.name = "grant.revoke",
	.help = "Revokes a grant with immediate effect.",
	.args = &grant_revoke_type,
	.positional = grant_revoke_positional,
	.permission = "grants.write",
	.validate = grant_revoke_validate,
	.check = grant_revoke_check,
	.apply = grant_revoke_apply,
};

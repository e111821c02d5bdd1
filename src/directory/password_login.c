/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/password_login.h"

#include "directory/directory.h"
#include "directory/session.h"

enum rc credential_load(struct tx *tx, struct str account, struct credential_ref *ret)
{
	enum rc rc = credential_get(tx->snap, tx->a, account, &ret->c, &ret->version);

	if (rc != RC_NOT_FOUND)
		return rc;
	*ret = (struct credential_ref){.c = {.account = account}, .version = STORE_ABSENT};
	return RC_OK;
}

bool password_login_open(const struct credential_ref *ref)
{
	return ref->c.hash.n && !ref->c.forbidden;
}

static void put_audited(struct tx *tx, const struct account *account,
	const struct credential_ref *ref, enum audit_event event, struct audit_entry entry)
{
	entry.event = event;
	entry.account = account->id;
	entry.person = account->person;
	entry.office = account->office;
	credential_put(tx->batch, tx->a, &ref->c, ref->version);
	tx_audit_add(tx, &entry);
}

enum rc password_login_disable(struct tx *tx, const struct account *account,
	struct credential_ref *ref, struct str by, struct str reason, struct audit_entry entry)
{
	if (ref->c.forbidden)
		return RC_EXISTS;
	credential_disable(&ref->c, by, reason, tx->now);
	put_audited(tx, account, ref, AUDIT_PASSWORD_LOGIN_DISABLED, entry);
	return attempts_guard_account(tx, account->id);
}

enum rc password_login_enable(struct tx *tx, const struct account *account,
	struct credential_ref *ref, struct audit_entry entry)
{
	if (!ref->c.forbidden)
		return RC_EXISTS;
	credential_enable(&ref->c, tx->now);
	put_audited(tx, account, ref, AUDIT_PASSWORD_LOGIN_ENABLED, entry);
	return RC_OK;
}

bool password_proven(struct strlist methods, struct strlist amr)
{
	return methods.n ? strlist_has(methods, STR(PASSWORD_METHOD))
			 : strlist_has(amr, STR(PASSWORD_AMR));
}

enum rc password_sessions_end(struct tx *tx, struct str person)
{
	struct session_list list;
	struct person old, changed;
	uint64_t version;
	enum rc rc = person.n ? person_get(tx->snap, tx->a, person, &old, &version) : RC_NOT_FOUND;

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	rc = session_list(tx, person, &list);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq_c(list.v[i].s.method, PASSWORD_METHOD))
			session_end(tx, list.v + i);
	changed = old;
	changed.password_out_ms = tx->now_ms;
	person_put(tx->batch, tx->a, tx->app->vault, &old, version, &changed);
	return RC_OK;
}

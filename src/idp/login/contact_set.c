/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/contact_set.h"

#include "codec/email.h"
#include "codec/thai.h"
#include "idp/login/notify.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "idp/challenge/challenge.h"
#include "idp/login/method.h"

static const enum auth_contact contacts[] = {AUTH_CONTACT_EMAIL, AUTH_CONTACT_MOBILE};
static const enum security_notification_kind notices[] = {
	SECURITY_NOTIFICATION_EMAIL_CHANGED, SECURITY_NOTIFICATION_MOBILE_CHANGED};
static const enum audit_event events[] = {AUDIT_EMAIL_CHANGED, AUDIT_MOBILE_CHANGED};

const struct auth_method *contact_method(struct op *op, enum contact_kind kind)
{
	struct auth_target target;

	for (size_t i = 0; i < op->tx.app->methods.n; i++) {
		const struct auth_method *m = &op->tx.app->methods.v[i];

		/* Does it send to anybody? */
		if (m->contact == contacts[kind] && auth_method_available(m, op, NULL, &target))
			return m;
	}
	return NULL;
}

bool contact_normalize(struct op *op, enum contact_kind kind, struct str typed, struct str *ret)
{
	const char *why;

	if (kind == CONTACT_MOBILE)
		return thai_mobile_normalise(op->tx.a, typed, ret) == RC_OK;
	return email_normalise(op->tx.a, typed, ret, &why) == RC_OK;
}

struct str contact_of(const struct person *p, enum contact_kind kind, bool *ret_verified)
{
	*ret_verified = kind == CONTACT_EMAIL ? p->email_verified : p->mobile_verified;
	return kind == CONTACT_EMAIL ? p->email : p->mobile;
}

bool contact_equal(struct op *op, enum contact_kind kind, struct str a, struct str b)
{
	if (kind == CONTACT_MOBILE)
		return str_eq(a, b);
	return str_eq(email_fold(op->tx.a, a), email_fold(op->tx.a, b));
}

static void set(struct op *op, const struct contact_setting *t, struct person *p)
{
	p->updated = op->tx.now;
	if (t->kind == CONTACT_EMAIL) {
		p->email = t->address;
		p->email_verified = t->address.n > 0;
		p->email_changed = op->tx.now;
	} else {
		p->mobile = t->address;
		p->mobile_verified = t->address.n > 0;
		p->mobile_changed = op->tx.now;
	}
}

/* Was it opened by something sent to a contact: perhaps to the one that was replaced? */
static bool opened_by_contact(const struct op *op, const struct session *s)
{
	const struct auth_proofs proofs = session_proofs(op->tx.app, s);

	for (size_t i = 0; i < proofs.n; i++) {
		const struct auth_method *m =
			auth_method_named(&op->tx.app->methods, proofs.v[i].method);

		if (m && m->contact != AUTH_CONTACT_NONE)
			return true;
	}
	return false;
}

static enum rc end_by_code(struct op *op, const struct contact_setting *t)
{
	struct session_list list;
	enum rc rc = session_list(&op->tx, t->person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		const struct session *s = &list.v[i].s;

		if (opened_by_contact(op, s) && !str_eq(s->sid, t->keep_sid))
			session_end(&op->tx, list.v + i);
	}
	return rc;
}

/* Codes under way were sent to the address that was replaced. */
static enum rc end_proofs(struct op *op, const struct contact_setting *t)
{
	static const char *const purposes[] = {OTP_FOR_LOGIN, OTP_FOR_RECOVERY};

	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
		store_delete(op->tx.batch, TABLE_OTP,
			key_join(op->tx.a, t->person, str_c(purposes[i])), STORE_ANY);
	return end_by_code(op, t);
}

static void notify_contact_changed(
	struct op *op, const struct contact_setting *t, const struct person *p, struct str old)
{
	struct audit_entry entry = op_audit(op, events[t->kind]);

	entry.person = entry.actor = p->id;
	entry.session = t->session;
	entry.detail = t->address.n ? str_c(t->how) : STR("removed");
	op_audit_add(op, &entry);
	notify_person(op, p, notices[t->kind], NULL, t->kind == CONTACT_EMAIL ? old : STR_NONE,
		t->kind == CONTACT_MOBILE ? old : STR_NONE);
}

enum rc contact_set(struct op *op, const struct contact_setting *t)
{
	struct person old, p;
	uint64_t version;
	struct str before;
	bool proven;
	enum rc rc = person_get(op->tx.snap, op->tx.a, t->person, &old, &version);

	if (rc == RC_OK && t->kind == CONTACT_EMAIL && t->address.n &&
		settings_email_unique(op->tx.settings))
		rc = email_claim(op->tx.snap, op->tx.batch, op->tx.a, op->tx.app->vault, t->address,
			t->person);
	if (rc != RC_OK)
		return rc;
	before = contact_of(&old, t->kind, &proven);
	if (contact_equal(op, t->kind, before, t->address))
		proven = false; /* in another spelling: nobody lost it */
	p = old;
	set(op, t, &p);
	if (proven && before.n)
		rc = end_proofs(op, t);
	if (rc != RC_OK)
		return rc;
	person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &old, version, &p);
	notify_contact_changed(op, t, &p, proven ? before : STR_NONE);
	return RC_OK;
}

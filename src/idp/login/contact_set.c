/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/contact_set.h"

#include "codec/thai.h"
#include "idp/login/notify.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "deliver/outbox.h"
#include "idp/login/factor.h"
#include "idp/login/connector.h"

static const char *const factor_names[] = {"otp_email", "otp_sms"};
static const enum security_notification_kind notices[] = {
	SECURITY_NOTIFICATION_EMAIL_CHANGED, SECURITY_NOTIFICATION_MOBILE_CHANGED};
static const enum audit_event events[] = {AUDIT_EMAIL_CHANGED, AUDIT_MOBILE_CHANGED};

struct factor *contact_factor(struct op *op, enum contact_kind kind)
{
	/* Does it send to anybody? */
	const struct person somebody = {.email = STR("a@a.th"),
		.mobile = STR("+66800000000"),
		.email_verified = true,
		.mobile_verified = true};
	struct factor *x = provider_factor(op->tx.app, str_c(factor_names[kind]));
	struct factor_target target;

	return x && x->type->can_use(x, op, &somebody, &target) ? x : NULL;
}

bool contact_normalize(struct op *op, enum contact_kind kind, struct str typed, struct str *ret)
{
	typed = str_trim(typed);
	if (kind == CONTACT_MOBILE)
		return thai_mobile_normalise(op->tx.a, typed, ret) == RC_OK;
	*ret = typed;
	return outbox_email_ok(typed);
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
	return str_eq(username_fold(op->tx.a, a), username_fold(op->tx.a, b));
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

/* A code opened it: perhaps one to the address that was replaced. ThaID asks for none. */
static enum rc end_by_code(struct op *op, const struct contact_setting *t)
{
	struct session_list list;
	enum rc rc = session_list(&op->tx, t->person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		const struct session *s = &list.v[i].s;

		if (provider_factor(op->tx.app, s->method) && s->amr.n > 1 &&
			!str_eq(s->sid, t->keep_sid))
			session_end(&op->tx, s, list.v[i].key);
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
	notify_person(op, p, notices[t->kind], STR_NONE, t->kind == CONTACT_EMAIL ? old : STR_NONE,
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

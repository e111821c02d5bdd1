/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/contact_set.h"

#include "codec/email.h"
#include "codec/thai.h"
#include "directory/operations/contacts_changed.h"
#include "directory/directory.h"
#include "idp/challenge/challenge.h"
#include "idp/login/method.h"

static const enum auth_contact contacts[] = {AUTH_CONTACT_EMAIL, AUTH_CONTACT_MOBILE};
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
	return contact_same_email(op->tx.a, a, b);
}

static void set(struct op *op, const struct contact_setting *t, struct person *p)
{
	p->updated = op->tx.now;
	if (t->kind == CONTACT_EMAIL) {
		p->email = t->address;
		p->email_verified = t->address.n > 0;
	} else {
		p->mobile = t->address;
		p->mobile_verified = t->address.n > 0;
	}
}

static void audit_change(struct op *op, const struct contact_setting *t)
{
	struct audit_entry entry = op_audit(op, events[t->kind]);

	entry.person = entry.actor = t->person;
	entry.session = t->session;
	entry.detail = t->address.n ? str_c(t->how) : STR("removed");
	op_audit_add(op, &entry);
}

enum rc contact_set(struct op *op, const struct contact_setting *t)
{
	const struct contact_origin from = {.keep_sid = t->keep_sid,
		.user_agent = op->x->request.user_agent,
		.proven = &t->kind};
	struct person old, p;
	uint64_t version;
	size_t operations;
	enum rc rc = person_get(op->tx.snap, op->tx.a, t->person, &old, &version);

	if (rc == RC_OK && t->kind == CONTACT_EMAIL && t->address.n &&
		settings_email_unique(op->tx.settings))
		rc = email_claim(op->tx.snap, op->tx.batch, op->tx.a, op->tx.app->vault, t->address,
			t->person);
	if (rc != RC_OK)
		return rc;
	p = old;
	set(op, t, &p);
	audit_change(op, t);
	rc = contacts_changed(&op->tx, &old, &p, &from, &operations);
	if (rc == RC_OK)
		person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &old, version, &p);
	return rc;
}

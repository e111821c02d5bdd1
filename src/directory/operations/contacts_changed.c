/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/contacts_changed.h"

#include "base/array.h"
#include "codec/email.h"
#include "core/module.h"
#include "core/otp_purpose.h"
#include "core/schema.h"
#include "deliver/security_notification.h"
#include "directory/session.h"

#define NOTICE_OPERATIONS 16 /* of the batch, at most, for one notification */

bool contact_same_email(struct arena *a, struct str one, struct str other)
{
	return str_eq(email_fold(a, one), email_fold(a, other));
}

/* Does a method of this name send to a contact? amr: the word is a value of an ID token instead. */
static bool is_sent(const struct auth_method *m, struct str word, bool amr)
{
	return m->contact != AUTH_CONTACT_NONE && str_eq_c(word, amr ? m->amr : m->name);
}

static bool sends_to_contact(const struct app *app, struct str word, bool amr)
{
	for (size_t i = 0; i < app->methods.n; i++)
		if (is_sent(&app->methods.v[i], word, amr))
			return true;
	for (size_t i = 0; all_modules[i]; i++)
		for (const struct auth_method *const *m = all_modules[i]->methods; m && *m; m++)
			if (is_sent(*m, word, amr))
				return true;
	return false;
}

/* Was it opened by something sent to a contact: perhaps to the one that was replaced? Sessions of
 * an older program kept no methods, but the amr values. */
static bool opened_by_contact(const struct app *app, const struct session *s)
{
	struct strlist words = s->methods.n ? s->methods : s->amr;

	for (size_t i = 0; i < words.n; i++)
		if (sends_to_contact(app, words.v[i], !s->methods.n))
			return true;
	return sends_to_contact(app, s->method, false);
}

/* Codes under way were sent to the contact that was replaced. */
static enum rc end_proofs(
	struct tx *tx, struct str person, struct str keep_sid, size_t *ret_operations)
{
	static const char *const purposes[] = {OTP_FOR_LOGIN, OTP_FOR_RECOVERY};
	struct session_list list;
	enum rc rc = session_list(tx, person, &list);

	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		store_delete(tx->batch, TABLE_OTP, key_join(tx->a, person, str_c(purposes[i])),
			STORE_ANY);
	*ret_operations += ARRAY_LEN(purposes);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		const struct session *s = &list.v[i].s;

		if (!opened_by_contact(tx->app, s) || str_eq(s->sid, keep_sid))
			continue;
		session_end(tx, &list.v[i]);
		*ret_operations += SESSION_END_OPERATIONS;
	}
	return rc;
}

static void notify(struct tx *tx, const struct security_notification *n, size_t *ret_operations)
{
	if (!tx->app->notices)
		return;
	security_notification_add(tx, n);
	*ret_operations += NOTICE_OPERATIONS;
}

/* One contact: what it was and is. */
struct changed_contact {
	enum security_notification_kind kind;
	bool other, proven; /* it is another one; a code was typed for it just now */
	struct str was;     /* the verified one that was replaced; empty: none was */
	bool verified;      /* the new one */
	int64_t *changed;
};

static struct changed_contact contact_of(struct tx *tx, const struct person *old, struct person *p,
	const struct contact_origin *from, enum contact_kind kind)
{
	bool email = kind == CONTACT_EMAIL;
	struct changed_contact c = {
		.kind = email ? SECURITY_NOTIFICATION_EMAIL_CHANGED
			      : SECURITY_NOTIFICATION_MOBILE_CHANGED,
		.other = email ? !contact_same_email(tx->a, old->email, p->email)
			       : !str_eq(old->mobile, p->mobile),
		.proven = from->proven && *from->proven == kind,
		.verified = email ? p->email_verified : p->mobile_verified,
		.changed = email ? &p->email_changed : &p->mobile_changed,
	};

	if (c.other && (email ? old->email_verified : old->mobile_verified))
		c.was = email ? old->email : old->mobile;
	return c;
}

static enum rc follow(struct tx *tx, const struct changed_contact *c, const struct person *p,
	const struct contact_origin *from, size_t *ret_operations)
{
	bool email = c->kind == SECURITY_NOTIFICATION_EMAIL_CHANGED;
	const struct security_notification n = {
		.kind = c->kind,
		.person = p,
		.old_email = email ? c->was : STR_NONE,
		.old_mobile = email ? STR_NONE : c->was,
		.user_agent = from->user_agent,
		.address = tx->actor->address,
	};
	enum rc rc = RC_OK;

	*c->changed = tx->now;
	if (c->was.n)
		rc = end_proofs(tx, p->id, from->keep_sid, ret_operations);
	if (rc == RC_OK && (c->was.n || c->verified || c->proven))
		notify(tx, &n, ret_operations);
	return rc;
}

enum rc contacts_changed(struct tx *tx, const struct person *old, struct person *p,
	const struct contact_origin *from, size_t *ret_operations)
{
	enum rc rc = RC_OK;

	*ret_operations = 0;
	for (int kind = 0; rc == RC_OK && kind < CONTACT_KIND_MAX; kind++) {
		struct changed_contact c = contact_of(tx, old, p, from, (enum contact_kind)kind);

		if (c.other || c.proven)
			rc = follow(tx, &c, p, from, ret_operations);
	}
	return rc;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/contact.h"

#include "codec/thai.h"
#include "idp/account/account.h"
#include "idp/challenge/challenge.h"
#include "idp/login/contact_set.h"
#include "idp/login/flow.h"
#include "idp/login/reauthenticate.h"
#include "core/page.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "idp/account/pages_contact.h"
#include "idp/login/page_tables.h"
#include "idp/login/pages_recovery.h"
#include "throttle/throttle.h"

#define HERE "/account/contact"

static const char *const paths[] = {HERE "/email", HERE "/mobile"};

/* What a request is about. */
struct pending_contact {
	const struct visit *v;
	enum contact_kind kind;
	struct contact_change_found found; /* the change under way */
	bool has;
};

static struct str shown(struct op *op, enum contact_kind kind, struct str address)
{
	return kind == CONTACT_MOBILE ? thai_mobile_national(op->tx.a, address) : address;
}

/* --- /account/contact --- */

static enum rc row_of(
	struct op *op, const struct visit *v, enum contact_kind kind, struct web_contact *ret)
{
	struct contact_change_found found;
	struct str address;
	bool verified;
	enum rc rc =
		contact_change_get(op->tx.snap, op->tx.a, v->person.id, kind, op->tx.now, &found);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	address = contact_of(&v->person, kind, &verified);
	*ret = (struct web_contact){
		.kind = (enum web_contact_kind)kind,
		.address = shown(op, kind, address),
		.verified = verified,
		.waiting = rc == RC_OK,
		.may_change = contact_method(op, kind) != NULL,
		.may_remove = address.n > 0,
		.change_url = str_c(paths[kind]),
		.remove_url = str_c(contact_removal_pages[kind]),
	};
	if (address.n)
		ret->changed =
			kind == CONTACT_EMAIL ? v->person.email_changed : v->person.mobile_changed;
	return RC_OK;
}

static void show_all(struct op *op, const struct visit *v, enum web_contact_message notice)
{
	struct web_contact *rows = arena_array(op->tx.a, CONTACT_KIND_MAX, struct web_contact);
	struct web_contacts model = {.notice = notice, .rows = {rows, CONTACT_KIND_MAX}};
	enum rc rc = RC_OK;

	for (int kind = 0; rc == RC_OK && kind < CONTACT_KIND_MAX; kind++)
		rc = row_of(op, v, (enum contact_kind)kind, rows + kind);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		account_page(op, v, HERE, &web_page_contacts, &model);
}

void contact_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct str done;

	done = op_param(op, "done");
	show_all(op, v,
		str_eq_c(done, "saved")     ? WEB_CONTACT_SAVED
		: str_eq_c(done, "removed") ? WEB_CONTACT_REMOVED
					    : WEB_CONTACT_NONE);
}

/* --- the pages of a change --- */

static struct challenge challenge_of(
	struct op *op, const struct pending_contact *c, const struct auth_method *m)
{
	return (struct challenge){
		.method = m,
		.purpose = c->kind == CONTACT_EMAIL ? OTP_FOR_EMAIL : OTP_FOR_MOBILE,
		.transaction = c->found.change.id,
		.site = web_organisation(op->tx.app->web, op->lang),
		.person = &c->v->person,
		.target = c->found.change.address,
		.session = c->v->here.s.sid,
	};
}

static void show_new(struct op *op, const struct pending_contact *c,
	enum web_contact_message notice, struct str typed)
{
	struct web_contact_new model = {
		.kind = (enum web_contact_kind)c->kind,
		.notice = notice,
		.unavailable = notice == WEB_CONTACT_UNAVAILABLE,
		.typed = typed,
		.csrf = c->v->csrf,
		.action = STR(HERE "/begin"),
		.back_url = STR(HERE),
	};

	account_page(op, c->v, paths[c->kind], &web_page_contact_new, &model);
}

/* What the next page says is kept as a word: records outlive the numbers of a program. */
static void say(struct contact_change *change, enum web_contact_message message)
{
	change->notice = str_c(web_contact_message_words[message]);
}

static enum web_contact_message said(const struct contact_change *change)
{
	for (int i = 0; web_contact_message_words[i]; i++)
		if (str_eq_c(change->notice, web_contact_message_words[i]))
			return (enum web_contact_message)i;
	return WEB_CONTACT_NONE;
}

/* Of this change, and before the account is locked. */
static int64_t tries_left(const struct contact_change *change)
{
	int64_t here = CONTACT_CHANGE_TRIES_MAX - change->tries;

	return change->left > 0 && change->left < here ? change->left : here;
}

static void show_code(
	struct op *op, const struct pending_contact *c, const struct challenge_sent *sent)
{
	const struct contact_change *change = &c->found.change;
	struct web_contact_code model = {
		.kind = (enum web_contact_kind)c->kind,
		.notice = said(change),
		.wait = change->notice_until - op->tx.now,
		.address = shown(op, c->kind, change->address),
		.reference = sent->reference,
		.seconds = sent->seconds,
		.resend = sent->resend,
		.may_resend = change->sends < CONTACT_CHANGE_SENDS_MAX,
		.tries = tries_left(change),
		.csrf = c->v->csrf,
		.change = change->id,
		.action = STR(HERE "/code"),
		.send_action = STR(HERE "/send"),
		.drop_action = STR(HERE "/drop"),
	};

	if (model.notice == WEB_CONTACT_LIMITED && model.wait <= 0)
		model.notice = WEB_CONTACT_NONE;
	/* No code of this change yet: when one may be sent is known from the refusal. */
	if (!sent->reference.n && model.notice == WEB_CONTACT_LIMITED)
		model.resend = model.wait;
	account_page(op, c->v, paths[c->kind], &web_page_contact_code, &model);
}

/* The change under way, or a form for a new one. */
static void show_change(struct op *op, const struct pending_contact *c)
{
	const struct auth_method *m = contact_method(op, c->kind);
	struct challenge challenge = challenge_of(op, c, m);
	struct challenge_sent sent;
	struct str present;
	bool verified;
	enum rc rc;

	present = contact_of(&c->v->person, c->kind, &verified);
	if (!c->has || !m) {
		show_new(op, c, m ? WEB_CONTACT_NONE : WEB_CONTACT_UNAVAILABLE,
			verified ? STR_NONE : shown(op, c->kind, present));
		return;
	}
	rc = challenge_state(op, &challenge, &sent);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		show_code(op, c, &sent);
}

static enum rc pending_load(struct op *op, struct pending_contact *c)
{
	enum rc rc = contact_change_get(
		op->tx.snap, op->tx.a, c->v->person.id, c->kind, op->tx.now, &c->found);

	c->has = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static void show_kind(struct op *op, enum contact_kind kind)
{
	struct pending_contact c = {.kind = kind, .v = op->visit};
	enum rc rc;

	rc = pending_load(op, &c);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		show_change(op, &c);
}

void contact_email_run(struct op *op)
{
	show_kind(op, CONTACT_EMAIL);
}

void contact_mobile_run(struct op *op)
{
	show_kind(op, CONTACT_MOBILE);
}

/* --- the forms --- */

enum contact_kind contact_form_kind(struct op *op)
{
	const char *why;

	if (op_form(op, &why) != RC_OK)
		return CONTACT_EMAIL; /* the guard reports what is wrong */
	return str_eq_c(op_param(op, "kind"), "mobile") ? CONTACT_MOBILE : CONTACT_EMAIL;
}

const char *contact_form_page(struct op *op)
{
	return paths[contact_form_kind(op)];
}

/* What is under way; false when the answer is given. */
static bool begin_form(struct op *op, struct pending_contact *c)
{
	enum rc rc;

	c->kind = contact_form_kind(op);
	c->v = op->visit;
	rc = pending_load(op, c);
	if (rc != RC_OK)
		op_fail(op, rc);
	return rc == RC_OK;
}

/* Is it this change's form? One of a change before, or of one that is over, leads to the page as it
 * is now. */
static bool begin_own_form(struct op *op, struct pending_contact *c)
{
	if (!begin_form(op, c))
		return false;
	if (c->has && secret_equal(op_param(op, "change"), c->found.change.id))
		return true;
	http_redirect(op->x, str_c(paths[c->kind]));
	return false;
}

/* Stores the change as it is now and goes to its page. */
static void pending_store(struct op *op, struct pending_contact *c)
{
	contact_change_put(op->tx.batch, op->tx.a, &c->found, &c->found.change);
	http_redirect(op->x, str_c(paths[c->kind]));
}

static void pending_drop(struct op *op, const struct pending_contact *c)
{
	contact_change_delete(op->tx.batch, op->tx.a, c->v->person.id, c->kind, op->tx.now);
}

static void pending_audit(
	struct op *op, const struct pending_contact *c, enum audit_event event, const char *what)
{
	struct audit_entry entry = account_audit(op, c->v, event);

	entry.detail = str_c(what);
	op_audit_add(op, &entry);
}

static void send_code(struct op *op, struct pending_contact *c, const struct auth_method *m)
{
	static const enum web_contact_message notices[AUTH_REASON_MAX] = {
		[AUTH_LIMITED] = WEB_CONTACT_LIMITED,
		[AUTH_BUSY] = WEB_CONTACT_BUSY,
	};
	struct contact_change *change = &c->found.change;
	struct challenge challenge = challenge_of(op, c, m);
	enum auth_reason reason;
	int64_t wait = 0;

	say(change, WEB_CONTACT_NONE);
	if (change->sends >= CONTACT_CHANGE_SENDS_MAX)
		return;
	reason = challenge_send(op, &challenge, &wait);
	change->sends += reason == AUTH_REASON_NONE;
	say(change, notices[reason]);
	if (reason == AUTH_LIMITED)
		change->notice_until = op->tx.now + wait;
}

static void begin_change(
	struct op *op, struct pending_contact *c, const struct auth_method *m, struct str address)
{
	struct contact_change_found before = c->found;
	bool verified;

	c->found.change = (struct contact_change){
		.person = c->v->person.id,
		.kind = (int)c->kind,
		.id = id_new(op->tx.a, op->tx.app->rng),
		.address = address,
		.replaces = contact_of(&c->v->person, c->kind, &verified),
		.created = op->tx.now,
		.expires = op->tx.now + CONTACT_CHANGE_LIFETIME,
	};
	send_code(op, c, m);
	contact_change_put(op->tx.batch, op->tx.a, &before, &c->found.change);
	http_redirect(op->x, str_c(paths[c->kind]));
}

void contact_begin_run(struct op *op)
{
	struct pending_contact c = {.has = false};
	const struct auth_method *m;
	struct str typed, address, present;
	bool verified;

	if (!begin_form(op, &c))
		return;
	m = contact_method(op, c.kind);
	typed = str_sub(op_param(op, "address"), 0, 300);
	present = contact_of(&c.v->person, c.kind, &verified);
	if (!m)
		show_new(op, &c, WEB_CONTACT_UNAVAILABLE, typed);
	else if (!contact_normalize(op, c.kind, typed, &address))
		show_new(op, &c, WEB_CONTACT_INVALID, typed);
	else if (verified && contact_equal(op, c.kind, present, address))
		show_new(op, &c, WEB_CONTACT_SAME, typed);
	else if (c.has && contact_equal(op, c.kind, c.found.change.address, address))
		/* The form a second time: its code is under way. */
		http_redirect(op->x, str_c(paths[c.kind]));
	else
		begin_change(op, &c, m, address);
}

void contact_send_run(struct op *op)
{
	struct pending_contact c = {.has = false};
	const struct auth_method *m;

	if (!begin_own_form(op, &c))
		return;
	m = contact_method(op, c.kind);
	if (m)
		send_code(op, &c, m);
	pending_store(op, &c);
}

void contact_drop_run(struct op *op)
{
	struct pending_contact c = {.has = false};

	if (!begin_own_form(op, &c))
		return;
	pending_drop(op, &c);
	http_redirect(op->x, STR(HERE));
}

/* --- the code typed --- */

/* Is it the form of the change under way? Its guesses are counted against the session's account; of
 * a person without one against themselves. */
static bool find_code(struct op *op, struct account *ret, struct challenge_counted *ret_counted)
{
	struct visit v;
	struct pending_contact c = {.kind = contact_form_kind(op), .v = &v};
	const struct auth_method *m = contact_method(op, c.kind);
	const struct session *s = &v.here.s;
	struct challenge challenge;

	if (!visit_look(op, &v) || pending_load(op, &c) != RC_OK || !c.has)
		return false;
	ret->id = s->account.n ? s->account : s->person;
	ret->person = s->person;
	if (!m || !secret_equal(op_param(op, "change"), c.found.change.id) ||
		c.found.change.tries >= CONTACT_CHANGE_TRIES_MAX)
		return false;
	challenge = challenge_of(op, &c, m);
	ret_counted->reason = challenge_judge(op, &challenge);
	return true;
}

bool contact_otp_blocks(struct op *op)
{
	return challenge_blocks(op, find_code);
}

void contact_otp_before(struct op *op)
{
	challenge_before(op, find_code);
}

/* It ends without a change, and the page for a new one says why. */
static void end_change(
	struct op *op, struct pending_contact *c, enum web_contact_message notice, const char *why)
{
	pending_audit(op, c, AUDIT_CONTACT_VERIFICATION_FAILED, why);
	pending_drop(op, c);
	show_new(op, c, notice, shown(op, c->kind, c->found.change.address));
}

static void wrong(struct op *op, struct pending_contact *c, enum auth_reason reason)
{
	const struct challenge_counted *counted = op->before;

	if (c->found.change.tries >= CONTACT_CHANGE_TRIES_MAX) {
		end_change(op, c, WEB_CONTACT_TOO_MANY_CODES, "too_many_codes");
		return;
	}
	pending_audit(op, c, AUDIT_CONTACT_VERIFICATION_FAILED, challenge_why(reason));
	say(&c->found.change, reason == AUTH_OVER ? WEB_CONTACT_CODE_EXPIRED
			      : counted->lock     ? WEB_CONTACT_LIMITED
						  : WEB_CONTACT_WRONG_CODE);
	c->found.change.left = throttle_left_named(counted->left);
	if (counted->lock)
		c->found.change.notice_until = op->tx.now + counted->lock;
	pending_store(op, c);
}

static void pending_apply(struct op *op, struct pending_contact *c)
{
	const struct contact_change *change = &c->found.change;
	const struct contact_setting taking = {.person = c->v->person.id,
		.kind = c->kind,
		.address = change->address,
		.keep_sid = c->v->here.s.sid,
		.how = "proven",
		.session = c->v->here.s.sid};
	bool verified;
	enum rc rc;

	/* A concurrent change (by an import, an administrator) has priority. */
	if (!str_eq(contact_of(&c->v->person, c->kind, &verified), change->replaces)) {
		end_change(op, c, WEB_CONTACT_CONFLICT, "changed_meanwhile");
		return;
	}
	rc = contact_set(op, &taking);
	if (rc == RC_EXISTS) {
		end_change(op, c, WEB_CONTACT_TAKEN, "taken");
	} else if (rc != RC_OK) {
		op_fail(op, rc);
	} else {
		pending_drop(op, c);
		http_redirect(op->x, STR(HERE "?done=saved"));
	}
}

static void pending_check_otp(struct op *op, struct pending_contact *c, const struct auth_method *m)
{
	struct challenge challenge = challenge_of(op, c, m);
	enum auth_reason reason;
	enum rc rc = challenge_verify(op, &challenge, challenge_typed(op), &reason);

	say(&c->found.change, WEB_CONTACT_NONE);
	c->found.change.tries++;
	if (rc != RC_OK)
		op_fail(op, rc);
	else if (reason != AUTH_REASON_NONE)
		wrong(op, c, reason);
	else
		pending_apply(op, c);
}

/* No attempt: nothing is written, and the page itself is the answer. */
static void no_code(struct op *op, struct pending_contact *c, enum auth_reason reason)
{
	if (!challenge_may_mistype(op, c->found.change.id)) {
		end_change(op, c, WEB_CONTACT_TOO_MANY_CODES, "too_many_codes");
		return;
	}
	say(&c->found.change,
		reason == AUTH_REPLACED ? WEB_CONTACT_REPLACED_CODE : WEB_CONTACT_MALFORMED_CODE);
	show_change(op, c);
}

void contact_otp_run(struct op *op)
{
	const struct challenge_counted *counted = op->before;
	struct pending_contact c = {.has = false};
	const struct auth_method *m;

	if (!begin_own_form(op, &c))
		return;
	m = contact_method(op, c.kind);
	if (!counted->called || !m) {
		http_redirect(op->x, str_c(paths[c.kind]));
	} else if (counted->reason != AUTH_REASON_NONE) {
		no_code(op, &c, counted->reason);
	} else if (counted->rc == RC_OK) {
		pending_check_otp(op, &c, m);
	} else if (counted->rc == RC_LIMITED) {
		say(&c.found.change, WEB_CONTACT_LIMITED);
		c.found.change.notice_until = op->tx.now + counted->wait;
		login_denied(op, "too_many_attempts");
		pending_store(op, &c);
	} else {
		op_fail(op, counted->rc);
	}
}

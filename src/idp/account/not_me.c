/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/not_me.h"

#include "deliver/message.h"
#include "idp/account/account.h"
#include "directory/names.h"
#include "core/page.h"
#include "directory/contact.h"
#include "directory/directory.h"
#include "directory/password_login.h"
#include "core/handle.h"
#include "idp/account/pages_security.h"
#include "idp/logout/signing_out.h"
#include "web/pages_common.h"

struct compromise_report {
	struct str handle, key;
	uint64_t version;
	struct security_notification_record record;
	struct signing_out out; /* the sessions ended now */
};

/* The page that changes nothing may be looked at in the other language. */
static struct str page_again(struct op *op, const struct compromise_report *t)
{
	struct buf path;

	buf_init(&path, op->tx.a, HANDLE_TEXT_MAX + 16);
	buf_addf(&path, "/not-me?t=%.*s", STR_FMT(t->handle));
	return buf_str(&path);
}

static void not_me_show(
	struct op *op, int status, enum web_not_me_state state, const struct compromise_report *t)
{
	struct account_list accounts;
	struct page_options options = {.self = STR_NONE};
	struct web_not_me model = {
		.state = state,
		.what = (enum web_notification_kind)t->record.kind,
		.when = t->record.made,
		.action = STR("/not-me/close"),
		.token = t->handle,
		.login_url = STR("/apps"),
		.open_portals = signing_out_open(op, &t->out),
		.portals_notified = signing_out_notified(op, &t->out),
	};

	if (state == WEB_NOT_ME_ASK)
		options.self = page_again(op, t);
	if (state == WEB_NOT_ME_DONE &&
		accounts_of(op->tx.snap, op->tx.a, t->record.person, &accounts) == RC_OK)
		model.support_contacts.n = name_contacts(op, &accounts, &model.support_contacts.v);
	page_send(op, status, &web_page_not_me, &model, &options);
}

/* False when the answer is given. */
static bool not_me_find(struct op *op, struct compromise_report *t)
{
	const char *why;
	enum rc rc;

	op->lang = page_language(op->x, STR_NONE);
	*t = (struct compromise_report){.version = 0};
	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return false;
	}
	t->handle = op_param(op, "t");
	rc = handle_key(op->tx.a, HANDLE_SECURITY_NOTIFICATION, t->handle, &t->key);
	if (rc == RC_OK)
		rc = record_get(op->tx.snap, TABLE_SECURITY_NOTIFICATION, t->key, op->tx.a,
			&t->record, &t->version);
	if (rc == RC_OK)
		return true;
	if (rc == RC_NOT_FOUND || rc == RC_INVALID)
		not_me_show(op, 404, WEB_NOT_ME_OVER, t);
	else
		op_fail(op, rc);
	return false;
}

void not_me_run(struct op *op)
{
	struct compromise_report t;

	if (not_me_find(op, &t))
		not_me_show(op, 200, t.record.answered ? WEB_NOT_ME_DONE : WEB_NOT_ME_ASK, &t);
}

/* Disables password login of one account, if it is enabled. What somebody else may know is
 * forgotten: opened again by an administrator, it begins with an initial secret. */
static enum rc close_account(struct op *op, const struct account *account)
{
	struct audit_entry entry = op_audit(op, AUDIT_PASSWORD_LOGIN_DISABLED);
	struct credential_ref ref;
	enum rc rc = credential_load(&op->tx, account->id, &ref);

	if (rc != RC_OK || ref.version == STORE_ABSENT || ref.c.forbidden)
		return rc;
	credential_forget_password(op->tx.a, &ref.c, op->tx.now);
	entry.detail = STR(DISABLED_NOT_ME);
	return password_login_disable(
		&op->tx, account, &ref, STR(DISABLED_BY_HOLDER), entry.detail, entry);
}

static enum rc close_all(struct op *op, struct str person)
{
	struct account_list accounts;
	enum rc rc = accounts_of(op->tx.snap, op->tx.a, person, &accounts);

	for (size_t i = 0; rc == RC_OK && i < accounts.n; i++)
		rc = close_account(op, accounts.v + i);
	return rc;
}

/* The contact that the notification was about proves nothing any more. */
static void take_back(struct person *p, const struct security_notification_record *told)
{
	if (told->kind == SECURITY_NOTIFICATION_EMAIL_CHANGED)
		p->email_verified = false;
	if (told->kind == SECURITY_NOTIFICATION_MOBILE_CHANGED)
		p->mobile_verified = false;
}

static enum rc sign_out(struct op *op, const struct security_notification_record *told)
{
	struct person person, changed;
	uint64_t version;
	enum rc rc = person_get(op->tx.snap, op->tx.a, told->person, &person, &version);

	if (rc != RC_OK)
		return rc;
	changed = person;
	changed.updated = op->tx.now;
	take_back(&changed, told);
	rc = session_sign_out(&op->tx, &changed);
	for (int kind = 0; kind < CONTACT_KIND_MAX; kind++)
		contact_change_delete(
			op->tx.batch, op->tx.a, told->person, (enum contact_kind)kind, op->tx.now);
	if (rc == RC_OK)
		person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &person, version, &changed);
	return rc;
}

static enum rc act(struct op *op, struct compromise_report *t)
{
	struct audit_entry entry = op_audit(op, AUDIT_ACCOUNT_COMPROMISE_REPORTED);
	enum rc rc = signing_out_of_person(op, t->record.person, NULL, &t->out);

	if (rc == RC_OK)
		rc = sign_out(op, &t->record);
	if (rc == RC_OK)
		rc = close_all(op, t->record.person);
	if (rc != RC_OK)
		return rc;
	t->record.answered = op->tx.now;
	record_put(op->tx.batch, TABLE_SECURITY_NOTIFICATION, op->tx.a, t->key, &t->record,
		t->version);
	entry.person = t->record.person;
	entry.detail = str_c(security_notification_words[t->record.kind]);
	op_audit_add(op, &entry);
	return RC_OK;
}

void not_me_sent_run(struct op *op)
{
	struct compromise_report t;
	enum rc rc = RC_OK;

	if (!not_me_find(op, &t))
		return;
	/* Pressed twice: it is done. A new session since then is not ended by the old link. */
	if (!t.record.answered)
		rc = act(op, &t);
	if (rc == RC_NOT_FOUND) {
		not_me_show(op, 404, WEB_NOT_ME_OVER, &t);
		return;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	session_forget_cookie(op);
	not_me_show(op, 200, WEB_NOT_ME_DONE, &t);
}

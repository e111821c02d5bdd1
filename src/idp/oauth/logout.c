/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/logout.h"

#include "codec/base64.h"
#include "idp/oauth/answer.h"
#include "idp/oauth/id_token_hint.h"
#include "directory/names.h"
#include "core/page.h"
#include "directory/browser_session.h"
#include "directory/directory.h"
#include "idp/logout/signed_out.h"
#include "idp/oauth/pages_oauth.h"
#include "web/pages_common.h"

#define REQUEST_MAX 32768u /* bytes of the request kept over the question */

struct logout {
	struct client client; /* id empty: none named, or not known */
	struct str redirect;  /* registered; empty: none */
	struct str state;
	struct id_token_hint hint;
	bool hinted;
	bool has_session;
	struct session_ref session;
	struct signing_out out; /* the portals entered through the session */
};

static bool registered(const struct client *c, struct str uri)
{
	return strlist_has(c->post_logout_redirect_uris, uri);
}

/*
 * RP-Initiated Logout 2: client_id and the hint's audience must agree; else no redirect. A hint
 * that cannot be verified (any more) proves nothing and is as good as none: the person is asked,
 * and the address that client_id has registered stays.
 */
static enum rc read_request(struct op *op, const struct form *form, struct logout *l)
{
	struct str id = form_get(form, "client_id"), token = form_get(form, "id_token_hint");
	struct str uri = form_get(form, "post_logout_redirect_uri");
	enum rc rc;

	l->hinted = token.n && id_token_hint_verify(op, token, &l->hint);
	if (l->hinted && id.n && !str_eq(id, l->hint.client)) {
		l->hinted = false;
		return RC_OK;
	}
	rc = client_get(op->tx.snap, op->tx.a, l->hinted ? l->hint.client : id, &l->client, NULL);
	if (rc == RC_OK && l->client.status == STATUS_ACTIVE && registered(&l->client, uri)) {
		l->redirect = uri;
		l->state = form_get(form, "state");
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static struct str portal_name(const struct op *op, const struct logout *l)
{
	return l->client.id.n ? name_of_client(op, &l->client) : STR_NONE;
}

/* Frames of portals need a page of ours, which then goes on to the portal. */
static void send_back(struct op *op, const struct logout *l)
{
	const struct form_pair pair = {STR("state"), l->state};
	struct str back = l->redirect.n ? url_with(op, l->redirect, &pair, 1) : STR_NONE;
	struct web_logged_out model = {.portal = portal_name(op, l),
		.portal_url = l->client.client_uri,
		.leave_url = back,
		.nobody = !l->has_session,
		.login_url = STR("/apps")};

	if (back.n && !signing_out_has_frames(&l->out))
		page_leave(op, back, portal_name(op, l), STR_NONE);
	else
		signed_out_send(op, &l->out, &model, false);
}

static void end_session(struct op *op, const struct logout *l)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGOUT);

	session_end(&op->tx, &l->session);
	session_forget_cookie(op);
	entry.person = l->session.s.person;
	entry.session = l->session.s.sid;
	entry.client = l->client.id;
	op_audit_add(op, &entry);
}

/* What the portal asked, kept in the form; read again with the same rules when it comes back. */
static struct str pack(struct op *op, const struct logout *l)
{
	struct buf form;

	buf_init(&form, op->tx.a, REQUEST_MAX);
	if (l->client.id.n)
		form_add(&form, STR("client_id"), l->client.id);
	if (l->redirect.n)
		form_add(&form, STR("post_logout_redirect_uri"), l->redirect);
	if (l->state.n)
		form_add(&form, STR("state"), l->state);
	return base64url_encode(op->tx.a, buf_str(&form));
}

static void logout_ask(struct op *op, const struct logout *l)
{
	struct web_logout_confirm model = {
		.portal = portal_name(op, l),
		.user = name_of_person_id(op, l->session.s.person),
		.open_portals = signing_out_open(op, &l->out),
		.action = STR("/oauth2/logout/confirm"),
		.csrf = op_form_token(op, l->session.s.sid),
		.request = pack(op, l),
	};

	page_send(op, 200, &web_page_logout_confirm, &model, NULL);
}

static enum rc load_session(struct op *op, struct logout *l)
{
	enum rc rc = session_load(op, &l->session);

	l->has_session = rc == RC_OK;
	if (rc == RC_OK)
		rc = signing_out_of_session(op, &l->session.s, true, &l->out);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static bool means_this_session(const struct logout *l)
{
	return l->hinted && str_eq(l->hint.subject, l->session.s.person) &&
	       str_eq(l->hint.sid, l->session.s.sid);
}

/* It goes back as it came (RFC 6749 A.5). */
static bool state_ok(struct str state)
{
	return state.n <= STATE_MAX && str_is_vschar(state);
}

void logout_run(struct op *op)
{
	struct logout l = {.hinted = false};
	const char *why;
	enum rc rc;

	op->lang = page_language(op->x, STR_NONE);
	if (op_form(op, &why) != RC_OK || !state_ok(op_param(op, "state"))) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	if (page_come_again(op, SESSION_COOKIE))
		return;
	rc = read_request(op, &op->form, &l);
	if (rc == RC_OK)
		rc = load_session(op, &l);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (!l.has_session && !op_is_window(op)) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
	} else if (!l.has_session) {
		/* Nothing to end, and the address is the portal's own. */
		send_back(op, &l);
	} else if (means_this_session(&l)) {
		end_session(op, &l);
		send_back(op, &l);
	} else {
		logout_ask(op, &l);
	}
}

/* The packed request; one that cannot be read is as good as none. */
static enum rc unpack(struct op *op, struct logout *l)
{
	struct form form;
	struct str text;
	const char *why;

	if (base64url_decode(op->tx.a, op_param(op, "request"), &text) != RC_OK ||
		form_parse(op->tx.a, text, (struct strlist){NULL, 0}, &form, &why) != RC_OK ||
		!state_ok(form_get(&form, "state")))
		return RC_OK;
	return read_request(op, &form, l);
}

void logout_confirm_run(struct op *op)
{
	struct logout l = {.hinted = false};
	const char *why;
	enum rc rc = RC_OK;

	op->lang = page_language(op->x, STR_NONE);
	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	rc = unpack(op, &l);
	if (rc == RC_OK)
		rc = load_session(op, &l);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (!l.has_session) {
		send_back(op, &l);
		return;
	}
	if (!op_form_token_valid(op, l.session.s.sid, op_param(op, "csrf"))) {
		page_problem(op, 400, WEB_PROBLEM_STALE_FORM, STR("/apps"), STR("/"));
		return;
	}
	if (!str_eq_c(op_param(op, "answer"), "yes")) {
		http_redirect(op->x, STR("/apps"));
		return;
	}
	end_session(op, &l);
	send_back(op, &l);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/sessions.h"

#include "idp/account/account.h"
#include "directory/names.h"
#include "core/page.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "idp/account/pages_holder.h"
#include "idp/logout/signed_out.h"
#include "web/pages_common.h"

#define SELF "/account/sessions"

static void show_portals(
	struct op *op, const struct session_client_list *list, struct web_session *row)
{
	size_t shown = list->n < SESSION_PORTALS_SHOWN ? list->n : SESSION_PORTALS_SHOWN;
	struct web_label *names = arena_array(op->tx.a, shown, struct web_label);
	struct client client;
	size_t n = 0;

	row->portals_more = (int64_t)(list->n - shown);
	for (size_t i = 0; i < shown; i++)
		if (client_get(op->tx.snap, op->tx.a, list->v[i].client, &client, NULL) == RC_OK)
			names[n++].text = name_of_client(op, &client);
	row->portals.v = names;
	row->portals.n = n;
}

static enum rc show_session(
	struct op *op, const struct visit *v, const struct session *s, struct web_session *ret)
{
	struct session_client_list portals;
	enum rc rc = session_clients(&op->tx, s, &portals);

	*ret = (struct web_session){
		.id = s->sid,
		.device = name_of_device(op, s->user_agent),
		.address = s->address,
		.method = s->method,
		.since = s->created,
		.last_used = s->last_seen,
		.current = str_eq(s->sid, v->here.s.sid),
	};
	if (rc == RC_OK)
		show_portals(op, &portals, ret);
	return rc;
}

/* The one at hand first, the others as they were used last. */
static int by_use(const void *a, const void *b)
{
	const struct web_session *x = a, *y = b;

	if (x->current != y->current)
		return x->current ? -1 : 1;
	return (x->last_used < y->last_used) - (x->last_used > y->last_used);
}

static enum rc sessions_fill(struct op *op, const struct visit *v, struct web_sessions *model)
{
	struct session_list list;
	struct web_session *rows;
	enum rc rc = session_list(&op->tx, v->person.id, &list);

	if (rc != RC_OK)
		return rc;
	rows = arena_array(op->tx.a, list.n, struct web_session);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = show_session(op, v, &list.v[i].s, rows + i);
	qsort(rows, list.n, sizeof(*rows), by_use);
	model->sessions.v = rows;
	model->sessions.n = list.n;
	model->several = list.n > 1;
	return rc;
}

void account_sessions_run(struct op *op)
{
	struct web_sessions model = {
		.end_action = STR(SELF "/end"),
		.others_action = STR(SELF "/others"),
		.everywhere_action = STR(SELF "/everywhere"),
	};
	const struct visit *v = op->visit;
	enum rc rc;

	rc = sessions_fill(op, v, &model);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (str_eq_c(op_param(op, "done"), "ended"))
		model.notice = WEB_SESSIONS_ONE_ENDED;
	if (str_eq_c(op_param(op, "done"), "others"))
		model.notice = WEB_SESSIONS_OTHERS_ENDED;
	model.csrf = v->csrf;
	account_page(op, v, SELF, &web_page_sessions, &model);
}

static void sessions_audit(struct op *op, const struct visit *v, enum audit_event event,
	struct str sid, const char *detail)
{
	struct audit_entry entry = account_audit(op, v, event);

	entry.session = sid;
	entry.detail = str_c(detail);
	op_audit_add(op, &entry);
}

static void signed_out(struct op *op, bool everywhere, const struct signing_out *out)
{
	struct web_logged_out model = {.everywhere = everywhere, .login_url = STR("/apps")};

	session_forget_cookie(op);
	signed_out_send(op, out, &model, false);
}

void account_sessions_end_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct signing_out out;
	struct session_list list;
	struct str sid;
	enum rc rc;

	sid = op_param(op, "session");
	rc = session_list(&op->tx, v->person.id, &list);
	if (rc == RC_OK)
		rc = signing_out_of_session(op, &v->here.s, true, &out);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	/* Only among the person's own: an id of somebody else's session finds nothing. */
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.v[i].s.sid, sid)) {
			session_end(&op->tx, list.v + i);
			sessions_audit(op, v, AUDIT_LOGOUT, sid, "");
		}
	if (str_eq(sid, v->here.s.sid))
		signed_out(op, false, &out);
	else
		http_redirect(op->x, STR(SELF "?done=ended"));
}

void account_sessions_others_run(struct op *op)
{
	const struct visit *v = op->visit;
	enum rc rc;

	rc = session_end_others(&op->tx, v->person.id, v->here.s.sid);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	sessions_audit(op, v, AUDIT_LOGOUT_ALL, v->here.s.sid, "others");
	http_redirect(op->x, STR(SELF "?done=others"));
}

void account_sessions_everywhere_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct signing_out out;
	enum rc rc = signing_out_of_person(op, v->person.id, &v->here.s, &out);

	if (rc == RC_OK)
		rc = session_end_others(&op->tx, v->person.id, STR_NONE);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	sessions_audit(op, v, AUDIT_LOGOUT_ALL, v->here.s.sid, "");
	signed_out(op, true, &out);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page on which a person agrees to authorization details (RFC 9396): what stands in the login,
 * in full, each time. */
#include "core/details.h"
#include "core/page.h"
#include "crypto/hash.h"
#include "directory/names.h"
#include "idp/login/pages_login.h"
#include "idp/login/steps.h"

void flow_show_approve(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	struct web_approve model = {
		.portal = flow_portal(op, f),
		.office = name_of_office(op, f->system.office),
		.user = options.user_name,
		.action = flow_url(op, f, "/login/approve", STR_NONE),
		.step = flow_step(op, f, flow_own_step(op, f, "approve")),
	};
	enum rc rc = details_show(
		op->tx.a, op->lang, f->login.request.transaction.details, &model.details);

	if (rc != RC_OK)
		op_fail(op, rc);
	else
		page_send(op, 200, &web_page_approve, &model, &options);
}

/* Which text it was, without what stands in it: the tokens carry that. */
static struct audit_entry approve_audit(struct op *op, const struct flow *f, enum audit_event event)
{
	struct audit_entry entry = op_audit(op, event);

	entry.person = f->session.s.person;
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.session = f->session.s.sid;
	entry.object = sha256_base64url(op->tx.a, f->login.request.transaction.details);
	return entry;
}

void login_approve_run(struct op *op)
{
	struct audit_entry entry;
	struct flow f;

	if (!flow_begin(op, &f) ||
		!flow_check_step(op, &f, flow_own_step(op, &f, "approve"), op_param(op, "step")))
		return;
	if (!f.has_session) {
		flow_stale(op, &f);
		return;
	}
	if (!str_eq_c(op_param(op, "answer"), "approve")) {
		entry = approve_audit(op, &f, AUDIT_DETAILS_REFUSED);
		op_audit_add(op, &entry);
		flow_refuse(op, &f, OAUTH(DETAILS_REFUSED));
		return;
	}
	entry = approve_audit(op, &f, AUDIT_DETAILS_APPROVED);
	op_audit_add(op, &entry);
	f.login.request.transaction.approved = f.session.s.sid;
	flow_continue(op, &f);
}

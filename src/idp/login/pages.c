/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages of the login flow: from what is known of the login to the page's model. */
#include "idp/login/method.h"
#include "idp/login/steps.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/login/login_record.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

#define SELF_ACCOUNT "self"
#define RIGHT_BYTES  1024u
#define ALWAYS_SHOWN 4u /* rows of what every portal gets, beside the rights */

struct page_options flow_page_options(struct op *op, const struct flow *f)
{
	struct page_options options = {
		.self = flow_url(op, f, "/login", STR_NONE),
		.ui_locales = f->login.request.lang,
		.login_left = f->login.expires - op->tx.now,
		.start_url = flow_start_url(op, f),
	};

	if (f->has_access) {
		options.user_name = name_of_person(op, &f->access.person);
		options.sign_out_csrf = op_form_token(op, f->session.s.sid);
	}
	return options;
}

/* Does the page say something of a form that was sent from it? */
static bool was_used(const struct flow *f)
{
	return f->login.notice != LOGIN_FLASH_NONE && f->login.notice != LOGIN_FLASH_TIMED_OUT &&
	       f->login.notice != LOGIN_FLASH_NOT_SAVED;
}

/* A form on the page opens by itself where it is the first way, or was just used. */
static struct web_method show_method(
	struct op *op, const struct flow *f, const struct auth_method *m, bool first)
{
	struct web_method row = {.kind = m->shown, .label = str_c(m->name)};

	if (m->begin) {
		row.action = method_begin_url(op, f, m);
		row.step = method_begin_step(op, f, m);
	} else {
		row.action = method_form_url(op, f, m);
		row.step = method_form_step(op, f, m, AUTH_FOR_IDENTIFY);
		row.folded = !first && !was_used(f);
	}
	if (m->secret)
		row.forgot_url = flow_url(op, f, "/login/forgot", STR_NONE);
	return row;
}

static bool has_kind(const struct web_login *model, enum web_method_kind kind)
{
	for (size_t i = 0; i < model->methods.n; i++)
		if (model->methods.v[i].kind == kind)
			return true;
	return false;
}

static size_t show_methods(struct op *op, const struct flow *f, struct web_method *methods)
{
	const struct login_policy *policy = flow_policy(op, f);
	size_t n = 0;

	for (size_t i = 0; i < policy->primary.n && n < AUTH_METHODS_MAX; i++) {
		const struct auth_method *m =
			auth_method_named(&op->tx.app->methods, policy->primary.v[i]);

		if (!m || !(m->can & AUTH_IDENTIFY))
			continue;
		if (f->login.request.only.first.n &&
			!str_eq(f->login.request.only.first, policy->primary.v[i]))
			continue;
		methods[n] = show_method(op, f, m, n == 0);
		n++;
	}
	return n;
}

void flow_show_login(struct op *op, struct flow *f)
{
	struct web_method *methods = arena_array(op->tx.a, AUTH_METHODS_MAX, struct web_method);
	struct page_options options = flow_page_options(op, f);
	bool queue = f->login.notice == LOGIN_FLASH_QUEUE;
	struct web_login model = {
		.portal = flow_portal(op, f),
		.system = name_of_system(op, &f->system),
		.office = name_of_office(op, f->system.office),
		.username = f->login.method.username,
		.methods = {methods, show_methods(op, f, methods)},
	};

	if (method_showing(op, f, AUTH_FOR_IDENTIFY)) {
		method_show(op, f);
		return;
	}
	if (str_eq(model.system, model.portal))
		model.system = STR_NONE;
	model.notice = flow_notice(op, f, &model.wait);
	model.left = f->login.bounds.left;
	model.thaid = has_kind(&model, WEB_METHOD_THAID);
	model.at_field = has_kind(&model, WEB_METHOD_PASSWORD);
	model.first_help = model.methods.n > 0;
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	options.user_name = options.sign_out_csrf = STR_NONE;
	if (f->has_access)
		model.user = name_of_person(op, &f->access.person);
	page_send(op, queue ? 503 : 200, &web_page_login, &model, &options);
	if (queue)
		page_retry_after(op, model.wait);
}

static struct web_account show_access_account(
	struct op *op, const struct flow *f, const struct access_account *access)
{
	struct web_label *labels = arena_array(op->tx.a, access->n_roles, struct web_label);
	size_t n = 0;

	/* Each role once, for however many offices. */
	for (size_t i = 0; i < access->n_roles; i++)
		if (!i || !str_eq(access->roles[i].role, access->roles[i - 1].role))
			labels[n++].text =
				name_of_role(op, &f->access.system, access->roles[i].role);
	return (struct web_account){
		.id = access->account.id.n ? access->account.id : STR(SELF_ACCOUNT),
		.username = access->account.username,
		.name = name_of_person(op, &f->access.person),
		.office = name_of_office(op, access_account_office(access)),
		.roles = {labels, n},
		.current = access->account.id.n && str_eq(access->account.id, f->session.s.account),
	};
}

void flow_show_accounts(struct op *op, struct flow *f)
{
	struct web_account *accounts =
		arena_array(op->tx.a, f->access.n_accounts, struct web_account);
	struct page_options options = flow_page_options(op, f);
	struct web_select_account model = {
		.portal = flow_portal(op, f),
		.several = f->access.n_accounts > 1,
		.allow_other = true,
		.action = flow_url(op, f, "/login/account", STR_NONE),
		.step = flow_step(op, f, flow_own_step(op, f, "account")),
	};

	for (size_t i = 0; i < f->access.n_accounts; i++)
		accounts[i] = show_access_account(op, f, f->access.accounts + i);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	model.accounts.v = accounts;
	model.accounts.n = f->access.n_accounts;
	page_send(op, 200, &web_page_select_account, &model, &options);
}

/* The account that the person would enter by. */
static const struct access_account *consent_account(const struct flow *f)
{
	const struct str chosen[] = {f->login.account, f->session.s.account};

	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		const struct access_account *a =
			chosen[i].n ? access_account_find(&f->access, chosen[i]) : NULL;

		if (a)
			return a;
	}
	return f->access.n_accounts ? f->access.accounts : NULL;
}

/* "2.3" in words, with the number that is sent. */
static struct str level_text(struct op *op, const char *kind, struct str level)
{
	struct buf key, text;

	buf_init(&key, op->tx.a, 64);
	buf_addf(&key, "%s.", kind);
	buf_add(&key, level);
	buf_init(&text, op->tx.a, 256);
	buf_add(&text, web_text(op->lang, buf_str(&key)));
	buf_addf(&text, text.n ? " (%.*s)" : "%.*s", STR_FMT(level));
	return buf_str(&text);
}

/* A right as it is sent: the role, and the office it holds for. */
static struct str right_text(struct op *op, const struct flow *f, const struct access_role *right)
{
	struct buf text;

	buf_init(&text, op->tx.a, RIGHT_BYTES);
	buf_add(&text, name_of_role(op, &f->access.system, right->role));
	if (right->office.n) {
		buf_add_c(&text, " · ");
		buf_add(&text, name_of_office(op, right->office));
	}
	return buf_str(&text);
}

/* What every portal gets, whatever it asks for: who, how sure, and the rights in its system. */
static size_t show_always(struct op *op, const struct flow *f, const struct access_account *by,
	struct web_claim *rows)
{
	size_t n = 0;

	rows[n++] = (struct web_claim){STR("sub"), f->access.person.id};
	if (f->session.s.ial.n)
		rows[n++] = (struct web_claim){STR("ial"), level_text(op, "ial", f->session.s.ial)};
	if (f->session.s.aal.n)
		rows[n++] = (struct web_claim){STR("aal"), level_text(op, "aal", f->session.s.aal)};
	if (access_account_office(by).n)
		rows[n++] = (struct web_claim){
			STR("office"), name_of_office(op, access_account_office(by))};
	for (size_t i = 0; i < by->n_roles; i++)
		rows[n++] = (struct web_claim){STR("roles"), right_text(op, f, by->roles + i)};
	return n;
}

static size_t show_shared(
	struct str scope, const struct auth_share *shares, size_t n_shares, struct web_claim *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < n_shares; i++)
		if (str_eq(shares[i].scope, scope))
			rows[n++] = (struct web_claim){shares[i].name, shares[i].value};
	return n;
}

static struct web_scope show_scope(struct op *op, const struct flow *f, struct str scope,
	const struct auth_share *shares, size_t n_shares)
{
	const struct access_account *by = consent_account(f);
	struct web_claim *rows = arena_array(
		op->tx.a, n_shares + ALWAYS_SHOWN + (by ? by->n_roles : 0), struct web_claim);
	struct web_scope row = {.scope = scope, .claims = {rows, 0}};

	if (str_eq_c(scope, "openid") && by)
		row.claims.n = show_always(op, f, by, rows);
	else
		row.claims.n = show_shared(scope, shares, n_shares, rows);
	return row;
}

void flow_show_consent(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	struct web_scope *scopes = arena_array(op->tx.a, SCOPES_MAX, struct web_scope);
	struct web_consent model = {
		.portal = flow_portal(op, f),
		.office = name_of_office(op, f->system.office),
		.portal_url = f->client.client_uri,
		.user = options.user_name,
		.action = flow_url(op, f, "/login/consent", STR_NONE),
		.step = flow_step(op, f, flow_own_step(op, f, "consent")),
	};
	struct auth_share *shares = arena_array(op->tx.a, AUTH_SHARES_MAX, struct auth_share);
	const struct access_account *by = consent_account(f);
	const struct auth_share_question question = {.request = &f->login.request,
		.client = &f->client,
		.person = &f->access.person,
		.named = by ? access_named_account(&f->access, by, flow_proven_account(op, f))
			    : NULL};
	size_t n_shares = 0, n = 0;
	struct str rest = f->login.request.scope, scope;

	if (by)
		n_shares = op->tx.app->responder->shares(op, &question, shares, AUTH_SHARES_MAX);
	while (str_cut(&rest, ' ', &scope) && n < SCOPES_MAX)
		if (scope.n)
			scopes[n++] = show_scope(op, f, scope, shares, n_shares);
	model.scopes.v = scopes;
	model.scopes.n = n;
	page_send(op, 200, &web_page_consent, &model, &options);
}

void flow_show_refusal(struct op *op, struct flow *f)
{
	static const struct page_type *const of_outcome[] = {
		[ACCESS_NO_GRANT] = &web_page_no_grant,
		[ACCESS_EXPIRED] = &web_page_grant_expired,
		[ACCESS_DISABLED] = &web_page_account_disabled,
		[ACCESS_SYSTEM_SUSPENDED] = &web_page_no_grant,
	};
	struct page_options options = flow_page_options(op, f);
	struct web_support_contact contact;
	struct web_refusal model = {
		.system = name_of_system_both(op, &f->system),
		.until = f->access.begins ? 0 : f->access.until,
		.begins = f->access.outcome == ACCESS_NO_GRANT ? f->access.begins : 0,
		.user = options.user_name,
		.home_url = STR("/apps"),
		.portal = flow_portal(op, f),
		.portal_url = flow_cancel_url(op, f),
		.sign_out_action = flow_url(op, f, "/login/sign-out", STR_NONE),
		.csrf = options.sign_out_csrf,
	};

	model.office = name_of_office(op, f->access.office);
	if (name_contact(op, f->access.office, &contact)) {
		model.support_contacts.v = &contact;
		model.support_contacts.n = 1;
	}
	page_send(op, 403, of_outcome[f->access.outcome], &model, &options);
}

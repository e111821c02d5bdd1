/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/profile.h"

#include "codec/thai.h"
#include "idp/account/account.h"
#include "directory/names.h"
#include "core/page.h"
#include "core/event.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "idp/account/pages_holder.h"
#include "idp/assurance/verified_claims.h"
#include "web/pages_common.h"

#define NAME_BYTES  512u
#define EVENTS_READ 100u

/* A Thai title stands before the name without a space. */
static struct str full_name(
	struct op *op, struct str title, const char *gap, struct str given, struct str family)
{
	struct buf name;

	buf_init(&name, op->tx.a, NAME_BYTES);
	buf_add(&name, title);
	buf_add_c(&name, title.n ? gap : "");
	buf_add(&name, given);
	buf_add_byte(&name, ' ');
	buf_add(&name, family);
	return str_trim(buf_str(&name));
}

static struct str citizen_of(struct op *op, const struct person *p)
{
	struct str number = STR_NONE;

	if (vault_pid_open(op->tx.app->vault, op->tx.a, p->id, p->pid_sealed, &number) != RC_OK)
		return STR_NONE;
	return thai_citizen_number_mask(op->tx.a, number);
}

static void show_accounts(struct op *op, const struct visit *v, struct web_profile *model)
{
	struct web_holding *rows = arena_array(op->tx.a, v->accounts.n, struct web_holding);

	for (size_t i = 0; i < v->accounts.n; i++) {
		const struct account *account = v->accounts.v + i;

		rows[i] = (struct web_holding){
			.username = account->username,
			.position = account->position,
			.office = name_of_office(op, account->office),
			.suspended = account->status != STATUS_ACTIVE,
		};
	}
	model->accounts.v = rows;
	model->accounts.n = v->accounts.n;
}

/* How many of the accounts may log in by password. */
static enum rc count_open(struct op *op, const struct visit *v, int64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < v->accounts.n; i++) {
		enum account_password state;
		enum rc rc = account_password(op, v->accounts.v + i, &state);

		if (rc != RC_OK)
			return rc;
		*ret += state == ACCOUNT_PASSWORD_OPEN;
	}
	return RC_OK;
}

/* What the launcher's policy offers, as far as it is open for this person. */
static enum rc show_sign_in_methods(struct op *op, const struct visit *v, struct web_profile *model)
{
	struct strlist primary = settings_policy(op->tx.settings, STR_NONE)->primary;
	struct web_auth_method *rows = arena_array(op->tx.a, primary.n, struct web_auth_method);
	size_t n = 0;

	for (size_t i = 0; i < primary.n; i++) {
		const struct auth_method *m = auth_method_named(&op->tx.app->methods, primary.v[i]);
		bool of_accounts = m && m->secret;
		struct web_auth_method way = {.name = primary.v[i]};
		enum rc rc = of_accounts ? count_open(op, v, &way.accounts) : RC_OK;

		if (rc != RC_OK)
			return rc;
		if (!of_accounts || way.accounts)
			rows[n++] = way;
	}
	model->ways.v = rows;
	model->ways.n = n;
	return RC_OK;
}

static void show_person(struct op *op, const struct person *p, struct web_profile *model)
{
	model->name_th = full_name(op, p->title_th, "", p->given_th, p->family_th);
	model->name_en = full_name(op, p->title_en, " ", p->given_en, p->family_en);
	model->citizen = citizen_of(op, p);
	model->ial = p->ial;
	model->ial_time = p->ial_time;
	if (p->email.n)
		model->email = thai_email_mask(op->tx.a, p->email);
	if (p->mobile.n)
		model->mobile = thai_mobile_mask(op->tx.a, p->mobile);
	model->email_verified = p->email_verified;
	model->mobile_verified = p->mobile_verified;
}

static void show_login(struct op *op, const struct session *s, struct web_profile *model)
{
	model->login_time = s->auth_time;
	model->login_method = s->method;
	model->login_device = name_of_device(op, s->user_agent);
	model->login_address = s->address;
	model->aal = s->aal;
}

/* The login before this session's, on whatever device: who finds one that was not theirs is warned.
 */
static enum rc show_before(struct op *op, const struct visit *v, struct web_profile *model)
{
	struct event_list events;
	enum rc rc =
		events_of(op->tx.snap, op->tx.a, v->person.id, op->tx.now, EVENTS_READ, &events);

	for (size_t i = 0; rc == RC_OK && i < events.n; i++) {
		const struct event *e = events.v + i;

		if (e->time >= v->here.s.created ||
			!str_eq_c(e->name, audit_event_name(AUDIT_LOGIN)))
			continue;
		model->before_time = e->time;
		model->before_method = e->detail;
		model->before_address = e->address;
		break;
	}
	return rc;
}

void account_profile_run(struct op *op)
{
	struct web_profile model = {.ial_time = 0};
	const struct visit *v = op->visit;
	enum rc rc;

	show_person(op, &v->person, &model);
	show_accounts(op, v, &model);
	model.support_contacts.n = name_contacts(op, &v->accounts, &model.support_contacts.v);
	show_login(op, &v->here.s, &model);
	model.thai = op->lang == WEB_TH;
	model.lang_action = STR("/account/language");
	model.csrf = v->csrf;
	model.prover = verified_claims_words(&op->tx, op->lang, &v->person);
	rc = show_sign_in_methods(op, v, &model);
	if (rc == RC_OK)
		rc = show_before(op, v, &model);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		account_page(op, v, "/account", &web_page_profile, &model);
}

void account_language_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct person changed;
	enum web_lang lang;

	if (web_lang_parse(op_param(op, "lang"), &lang) == RC_OK) {
		changed = v->person;
		changed.lang = str_c(web_lang_tag(lang));
		changed.updated = op->tx.now;
		person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &v->person, v->person_version,
			&changed);
		page_set_language(op->x, lang);
	}
	http_redirect(op->x, STR("/account"));
}

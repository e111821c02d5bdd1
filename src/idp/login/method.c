/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Methods of a login: which there are, what they are given, how they begin. */
#include "idp/login/method.h"

#include "idp/login/method_priv.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/steps.h"
#include "core/page.h"

/* --- which --- */

static bool may_recover(const struct op *op, const struct auth_method *m, int64_t changed)
{
	return (m->can & AUTH_RECOVER) && settings_cooled(op->tx.settings, changed, op->tx.now);
}

/* A page of ours may want certain second factors only (idp/login/visit.c). */
static bool may_confirm(const struct flow *f, const struct auth_method *m)
{
	const struct strlist wanted = f->login.request.only.seconds;

	return !wanted.n || strlist_has(wanted, str_c(m->name));
}

struct method_list method_confirming(struct op *op, const struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct method_list list = {.n = 0};

	for (size_t i = 0; i < policy->second_factors.n && list.n < AUTH_METHODS_MAX; i++) {
		const struct auth_method *m =
			auth_method_named(&op->tx.app->methods, policy->second_factors.v[i]);
		struct auth_target *target = &list.targets[list.n];

		if (!m || !(m->can & AUTH_CONFIRM) || !may_confirm(f, m) ||
			!auth_method_available(m, op, &f->person, target))
			continue;
		if (!f->login.reset.n || may_recover(op, m, target->changed))
			list.v[list.n++] = m;
	}
	return list;
}

bool second_factor_reaches(
	struct op *op, const struct login_policy *policy, const struct person *person)
{
	struct auth_target target;

	for (size_t i = 0; policy && i < policy->second_factors.n; i++) {
		const struct auth_method *m =
			auth_method_named(&op->tx.app->methods, policy->second_factors.v[i]);

		if (m && (m->can & AUTH_CONFIRM) && auth_method_available(m, op, person, &target))
			return true;
	}
	return false;
}

const struct auth_method *method_to_enrol(struct op *op, const struct login_policy *policy)
{
	const struct auth_method *m = auth_method_first(
		&op->tx.app->methods, policy->second_factors, AUTH_CONFIRM | AUTH_ENROL);
	struct auth_target target;

	/* One that sends to a contact: is there a way to send? */
	if (!m || m->contact == AUTH_CONTACT_NONE)
		return m;
	return auth_method_available(m, op, NULL, &target) ? m : NULL;
}

const struct auth_method *method_to_enrol_itself(struct op *op, const struct flow *f)
{
	const struct auth_method *m = method_to_enrol(op, flow_policy(op, f));

	return m && m->contact == AUTH_CONTACT_NONE ? m : NULL;
}

/* --- what they are given --- */

static void *decode_state(struct op *op, const struct flow *f, const struct auth_method *m)
{
	void *state;

	if (!m->state)
		return NULL;
	state = arena_alloc(op->tx.a, m->state->size);
	memset(state, 0, m->state->size);
	if (!str_eq_c(f->login.method.name, m->name) || !f->login.method.state.n)
		return state;
	/* Written by an older program in another form: as if it had not begun. */
	if (field_decode(m->state, op->tx.a, f->login.method.state, state) != RC_OK)
		memset(state, 0, m->state->size);
	return state;
}

static struct str named_step(struct op *op, const char *what, const struct auth_method *m)
{
	struct buf step;

	buf_init(&step, op->tx.a, 96);
	buf_addf(&step, "%s:%s", what, m->name);
	return buf_str(&step);
}

/* handle "." number of the beginning "." step token: what another provider must return unchanged.
 */
static struct str return_state(struct op *op, const struct flow *f, const struct auth_method *m)
{
	struct buf state;

	buf_init(&state, op->tx.a, 256);
	buf_add(&state, f->handle);
	buf_add_byte(&state, '.');
	buf_add_i64(&state, f->login.bounds.begun);
	buf_add_byte(&state, '.');
	buf_add(&state, flow_step(op, f, method_return_step(op, m, f->login.bounds.begun)));
	return buf_str(&state);
}

struct str method_return_url(struct op *op, const struct auth_method *m)
{
	struct buf path;

	buf_init(&path, op->tx.a, 128);
	buf_addf(&path, "/upstream/%s/callback", m->name);
	return op_url(op, str_dup_c(op->tx.a, buf_str(&path)));
}

struct str method_return_step(struct op *op, const struct auth_method *m, int64_t begun)
{
	struct buf step;

	buf_init(&step, op->tx.a, 96);
	buf_addf(&step, "return:%s:", m->name);
	buf_add_i64(&step, begun);
	return buf_str(&step);
}

struct auth_call method_call(
	struct op *op, struct flow *f, const struct auth_method *m, enum auth_purpose purpose)
{
	const struct login_policy *policy = flow_policy(op, f);

	return (struct auth_call){
		.op = op,
		.method = m,
		.purpose = purpose,
		.login = f->key,
		.client = f->client.id,
		.site = f->client.id.n ? flow_portal(op, f)
				       : web_organisation(op->tx.app->web, op->lang),
		.rules = policy ? policy->password_rules : STR_NONE,
		.person = f->has_login ? &f->person : NULL,
		.account = f->has_login ? &f->account : NULL,
		.return_state = return_state(op, f, m),
		.return_url = method_return_url(op, m),
		.state = decode_state(op, f, m),
	};
}

struct str method_begin_step(struct op *op, const struct flow *f, const struct auth_method *m)
{
	return flow_step(op, f, named_step(op, "begin", m));
}

struct str method_form_step(
	struct op *op, const struct flow *f, const struct auth_method *m, enum auth_purpose purpose)
{
	struct str name = named_step(op, auth_purpose_words[purpose], m);

	/* As long as no person is known, the token belongs to no account. */
	if (purpose != AUTH_FOR_IDENTIFY)
		name = flow_login_step(op, f, str_dup_c(op->tx.a, name));
	return flow_step(op, f, name);
}

static struct str method_url(struct op *op, const struct flow *f, const struct auth_method *m,
	const char *path, const char *action)
{
	struct buf made;

	if (path)
		return flow_url(op, f, path, STR_NONE);
	buf_init(&made, op->tx.a, 128);
	buf_addf(&made, "/login/m/%s%s", m->name, action);
	return flow_url(op, f, str_dup_c(op->tx.a, buf_str(&made)), STR_NONE);
}

struct str method_begin_url(struct op *op, const struct flow *f, const struct auth_method *m)
{
	return method_url(op, f, m, m->begin_path, "/begin");
}

struct str method_form_url(struct op *op, const struct flow *f, const struct auth_method *m)
{
	return method_url(op, f, m, m->form_path, "");
}

bool method_has_subject(const struct flow *f, enum auth_purpose purpose)
{
	return purpose == AUTH_FOR_IDENTIFY || f->has_login;
}

/* --- the state in the login --- */

void method_forget(struct flow *f)
{
	f->login.method.name = f->login.method.state = STR_NONE;
	f->login.method.purpose = f->login.method.next = 0;
	f->away = STR_NONE;
}

/* What a method is at after this call. */
void method_keep(struct op *op, struct flow *f, const struct auth_call *call, enum auth_next next)
{
	struct buf state;

	if (next == AUTH_PROVEN || next == AUTH_FAILED) {
		method_forget(f);
		return;
	}
	f->login.method.name = str_c(call->method->name);
	f->login.method.purpose = (int)call->purpose;
	f->login.method.next = (int)next;
	f->login.method.state = STR_NONE;
	if (!call->method->state)
		return;
	buf_init(&state, op->tx.a, AUTH_STATE_MAX);
	field_encode(call->method->state, call->state, &state);
	if (buf_status(&state) != RC_OK)
		arena_fail(op->tx.a, "the state of a method was not bounded");
	f->login.method.state = buf_str(&state);
}

/* --- the beginning --- */

enum auth_next method_begin(struct op *op, struct flow *f, const struct auth_method *m,
	enum auth_purpose purpose, struct auth_call *call)
{
	enum auth_next next;

	method_forget(f);
	f->login.bounds.begun++;
	*call = method_call(op, f, m, purpose);
	if (!method_has_subject(f, purpose)) {
		call->reason = AUTH_OVER;
		return AUTH_FAILED;
	}
	next = m->begin(call);
	if (call->rc == RC_OK)
		method_keep(op, f, call, next);
	if (call->sent)
		f->login.bounds.sends++;
	return next;
}

/* No more messages in this login. A page that needs no beginning of its own says so; of any other
 * the choice does. */
static void refuse_begin(
	struct op *op, struct flow *f, const struct auth_method *m, enum auth_purpose purpose)
{
	struct auth_call call = method_call(op, f, m, purpose);

	if (!m->state) {
		method_keep(op, f, &call, AUTH_SHOW);
		return;
	}
	f->login.notice = LOGIN_FLASH_LIMITED;
	f->login.notice_until = f->login.expires;
}

/* A second factor is begun; what hinders it is noted for the page. */
static void begin_second(
	struct op *op, struct flow *f, const struct auth_method *m, enum auth_purpose purpose)
{
	const struct login_method_state before = f->login.method;
	struct auth_call call;
	enum auth_next next;

	f->login.notice = LOGIN_FLASH_NONE;
	if (f->login.bounds.sends >= LOGIN_SENDS_MAX) {
		refuse_begin(op, f, m, purpose);
		return;
	}
	next = method_begin(op, f, m, purpose, &call);
	if (next == AUTH_PROVEN && call.rc == RC_OK)
		call.rc = method_note_proof(op, f, &call);
	method_note(op, f, &call);
	if (next == AUTH_REDIRECT && call.rc == RC_OK)
		f->away = call.url;
	if (next != AUTH_FAILED && call.rc == RC_OK)
		return;
	/* What was under way before still is. */
	f->login.method = before;
}

static enum auth_purpose second_purpose(const struct flow *f)
{
	return f->login.reset.n ? AUTH_FOR_RECOVERY : AUTH_FOR_CONFIRM;
}

/* Was it begun in this login, and is it still good? The first factor may have been passed again
 * since, or its form sent twice. */
static bool under_way(struct op *op, struct flow *f, const struct auth_method *m)
{
	struct auth_call call = method_call(op, f, m, second_purpose(f));

	return m->under_way && m->under_way(&call);
}

void method_prepare_second(struct op *op, struct flow *f)
{
	struct method_list list = method_confirming(op, f);

	/* Of a forgotten password: another provider is a choice beside it. */
	if (f->login.method.name.n || f->login.reset.n)
		return;
	for (size_t i = 0; i < list.n; i++) {
		struct auth_call call;

		if (!under_way(op, f, list.v[i]))
			continue;
		call = method_call(op, f, list.v[i], AUTH_FOR_CONFIRM);
		method_keep(op, f, &call, AUTH_SHOW);
		return;
	}
	if (list.n == 1)
		begin_second(op, f, list.v[0], AUTH_FOR_CONFIRM);
}

void method_prepare_enrol(struct op *op, struct flow *f)
{
	const struct auth_method *m = method_to_enrol_itself(op, f);

	if (m && !f->login.method.name.n)
		begin_second(op, f, m, AUTH_FOR_ENROL);
}

void method_choose_run(struct op *op)
{
	const struct auth_method *own;
	struct method_list list;
	struct str chosen;
	struct flow f;

	if (!flow_begin_step(op, &f, "send"))
		return;
	chosen = op_param(op, "factor");
	list = method_confirming(op, &f);
	for (size_t i = 0; i < list.n; i++)
		if (str_eq_c(chosen, list.v[i]->name) &&
			login_step_is(op, &f, POLICY_SECOND_FACTOR))
			begin_second(op, &f, list.v[i], second_purpose(&f));
	own = method_to_enrol_itself(op, &f);
	if (own && str_eq_c(chosen, own->name) && login_step_is(op, &f, POLICY_ENROL_EMAIL))
		begin_second(op, &f, own, AUTH_FOR_ENROL);
	/* Nothing was tried: it was too early. */
	if (f.login.notice == LOGIN_FLASH_LIMITED)
		f.login.notice = LOGIN_FLASH_RESEND;
	flow_continue(op, &f);
}

/* The policy's way in whose button was pressed: each has a step token of its own. */
static const struct auth_method *pressed(struct op *op, const struct flow *f)
{
	struct str presented = op_param(op, "step");

	for (size_t i = 0; i < op->tx.app->methods.n; i++) {
		const struct auth_method *m = &op->tx.app->methods.v[i];

		if (m->begin && secret_equal(method_begin_step(op, f, m), presented))
			return m;
	}
	return NULL;
}

void method_begin_run(struct op *op)
{
	const struct auth_method *m;
	enum auth_purpose purpose;
	struct auth_call call;
	enum auth_next next;
	struct flow f;
	enum rc rc;

	if (!flow_begin(op, &f))
		return;
	m = pressed(op, &f);
	if (!m) {
		flow_stale(op, &f);
		return;
	}
	if (f.login.bounds.round_trips >= LOGIN_ROUND_TRIPS_MAX) {
		flow_restart_page(op, 429, WEB_RESTART_SPENT, &f);
		return;
	}
	purpose = f.login.reset.n ? AUTH_FOR_RECOVERY : AUTH_FOR_IDENTIFY;
	rc = purpose == AUTH_FOR_IDENTIFY ? flow_load_system(op, &f) : flow_load_facts(op, &f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (!method_has_subject(&f, purpose)) {
		recovery_show_over(op, &f);
		return;
	}
	f.login.bounds.round_trips++;
	next = method_begin(op, &f, m, purpose, &call);
	method_act(op, &f, &call, next);
}

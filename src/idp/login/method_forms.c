/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people and providers send to a method: forms, polls, returns.
 *
 * A return is matched to its login by the state parameter (handle and a step token for this
 * method), to the browser by the cookie, and to one round trip by the method that is under way: a
 * return that comes twice changes nothing (RFC 9700 4.7).
 */
#include "obs/metrics.h"
#include "base/clock.h"
#include "codec/typed.h"
#include "idp/login/method_priv.h"
#include "idp/login/steps.h"
#include "core/page.h"

/* A request to a method, and the login it belongs to. */
struct method_request {
	struct flow f;
	const struct auth_method *m;
	enum auth_purpose purpose;
	struct str action;
	bool wanted; /* the login waits for it; else the page as it is now is the answer */
};

/* What the worker brought back. */
struct method_work {
	bool called;
	void *work;
	int64_t attempt; /* the round trip it belongs to */
};

/* --- the form --- */

/* /login/m/<name>[/<action>]: the method named; the rest is the action. */
static const struct auth_method *method_of_tail(struct op *op, struct str *ret_action)
{
	struct str rest = op->x->request.tail, name = STR_NONE;

	*ret_action = STR_NONE;
	if (str_cut(&rest, '/', &name))
		*ret_action = rest.p ? rest : STR_NONE;
	return auth_method_named(&op->tx.app->methods, name);
}

static bool posts_here(struct op *op, const struct auth_method *m, const struct auth_method *named)
{
	if (named)
		return m == named;
	return m->form_path && str_eq_c(op->x->request.path, m->form_path);
}

/* A form of the login page, which needs no beginning: the policy's, with its step token. */
static const struct auth_method *first_form(
	struct op *op, const struct flow *f, const struct auth_method *named)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct str presented = op_param(op, "step");

	for (size_t i = 0; policy && !f->login.request.only.n && i < policy->primary.n; i++) {
		const struct auth_method *m =
			auth_method_named(&op->tx.app->methods, policy->primary.v[i]);

		if (!m || m->begin || !posts_here(op, m, named))
			continue;
		if (secret_equal(method_form_step(op, f, m, AUTH_FOR_IDENTIFY), presented))
			return m;
	}
	return NULL;
}

/* The form of a page of a method, under way or from before. */
static bool page_form(struct op *op, struct method_request *r, const struct auth_method *named)
{
	struct str presented = op_param(op, "step");

	for (size_t i = 0; i < op->tx.app->methods.n; i++) {
		const struct auth_method *m = &op->tx.app->methods.v[i];

		for (int k = 0; k < AUTH_PURPOSE_MAX && posts_here(op, m, named); k++) {
			r->m = m;
			r->purpose = (enum auth_purpose)k;
			if (k == AUTH_FOR_IDENTIFY && !m->begin)
				continue; /* of the login page: first_form said no */
			if (secret_equal(method_form_step(op, &r->f, m, r->purpose), presented))
				return true;
		}
	}
	return false;
}

/* Does the login wait for just this form? */
static bool is_under_way(const struct method_request *r)
{
	return str_eq_c(r->f.login.method.name, r->m->name) &&
	       r->f.login.method.purpose == (int)r->purpose;
}

static bool step_wants(struct op *op, struct flow *f, enum auth_purpose purpose)
{
	static const enum policy_step steps[AUTH_PURPOSE_MAX] = {
		[AUTH_FOR_IDENTIFY] = POLICY_LOGIN,
		[AUTH_FOR_CONFIRM] = POLICY_SECOND_FACTOR,
		[AUTH_FOR_ENROL] = POLICY_ENROL_EMAIL,
		[AUTH_FOR_RECOVERY] = POLICY_SECOND_FACTOR,
		[AUTH_FOR_PROOF] = POLICY_STEP_MAX,
	};

	return login_step_is(op, f, steps[purpose]);
}

/* Whose form is it? False when the answer is given. */
static bool find_form(struct op *op, struct method_request *r)
{
	const struct auth_method *named = NULL;
	enum rc rc;

	if (!flow_begin(op, &r->f))
		return false;
	if (op_route(op)->flags & HTTP_PREFIX) {
		named = method_of_tail(op, &r->action);
		if (!named) {
			page_problem_status(op, 404);
			return false;
		}
	}
	rc = flow_load_system(op, &r->f);
	if (rc == RC_OK) {
		r->m = first_form(op, &r->f, named);
		r->wanted = r->m != NULL;
		if (r->m)
			return true;
		rc = flow_load_facts(op, &r->f);
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	if (r->f.login.reset.n && !r->f.has_login) {
		recovery_show_over(op, &r->f);
		return false;
	}
	if (!page_form(op, r, named)) {
		flow_stale(op, &r->f);
		return false;
	}
	r->wanted = is_under_way(r) && step_wants(op, &r->f, r->purpose);
	return true;
}

/* What work may read when the snapshot is gone. */
static void keep_for_work(struct op *op, struct auth_call *call)
{
	struct account *account = arena_new_of(op->tx.a, struct account);

	call->login = op_keep(op, call->login);
	call->client = op_keep(op, call->client);
	call->rules = op_keep(op, call->rules);
	call->action = op_keep(op, call->action);
	if (call->account)
		*account = (struct account){.id = op_keep(op, call->account->id),
			.person = op_keep(op, call->account->person)};
	call->account = call->account ? account : NULL;
	call->person = NULL;
}

void method_form_before(struct op *op)
{
	struct method_work *w = arena_new_of(op->tx.a, struct method_work);
	struct method_request r = {.m = NULL};
	struct auth_call call;
	bool found;

	op->before = w;
	op->tx.batch = store_batch_new(op->tx.a);
	if (op_read_begin(op) != RC_OK)
		return;
	found = find_form(op, &r) && r.wanted && r.m->work;
	if (found) {
		r.f.login.method.state = op_keep(op, r.f.login.method.state);
		call = method_call(op, &r.f, r.m, r.purpose);
		call.input = AUTH_FORM;
		call.action = r.action;
		keep_for_work(op, &call);
	}
	op_read_end(op);
	http_response_reset(op->x);
	if (!found)
		return;
	w->called = true;
	r.m->work(&call);
	w->work = call.work;
}

/* What was typed stays in the field, also when it is no username. */
static void keep_username(struct op *op, struct flow *f)
{
	struct str typed = typed_username(op->tx.a, op_param(op, "username"));

	if (typed.n && typed.n <= USERNAME_MAX && str_is_utf8(typed) && !str_has_control(typed))
		f->login.method.username = typed;
}

void method_form_run(struct op *op)
{
	const struct method_work *w = op->before;
	struct method_request r = {.m = NULL};
	struct auth_call call;

	if (!find_form(op, &r))
		return;
	if (!r.wanted || (r.m->work && (!w || !w->called || !w->work))) {
		http_redirect(op->x, method_retry_url(op, &r.f));
		return;
	}
	if (r.purpose == AUTH_FOR_IDENTIFY)
		keep_username(op, &r.f);
	call = method_call(op, &r.f, r.m, r.purpose);
	call.input = AUTH_FORM;
	call.action = r.action;
	call.work = w ? w->work : NULL;
	method_act(op, &r.f, &call, r.m->step(&call));
}

static void answer_poll(struct op *op, int status, const char *body)
{
	op->tx.batch = store_batch_new(op->tx.a);
	http_response_reset(op->x);
	http_answer(op->x, status, "application/json", str_c(body));
}

/* --- /login/m/<name> --- */

/* A question: what the method would write is not kept; the page posts its form when it is done. */
static void method_poll_run(struct op *op)
{
	struct auth_call call;
	const struct auth_method *m;
	struct str action;
	struct flow f;
	bool done;

	m = method_of_tail(op, &action);
	if (!m || !str_eq_c(action, "poll") || !flow_begin(op, &f) ||
		flow_load_facts(op, &f) != RC_OK || !str_eq_c(f.login.method.name, m->name)) {
		answer_poll(op, 404, "{}");
		return;
	}
	call = method_call(op, &f, m, (enum auth_purpose)f.login.method.purpose);
	call.input = AUTH_POLL;
	done = f.login.method.next != AUTH_WAIT || m->step(&call) != AUTH_WAIT;
	answer_poll(op, 200, done ? "{\"done\":true}" : "{\"done\":false}");
}

bool method_route_blocks(struct op *op)
{
	struct str action;
	const struct auth_method *m = method_of_tail(op, &action);

	return op->x->request.method == HTTP_POST && m && m->work && !str_eq_c(action, "begin");
}

void method_route_run(struct op *op)
{
	struct str action;

	(void)method_of_tail(op, &action);
	if (op->x->request.method != HTTP_POST)
		method_poll_run(op);
	else if (str_eq_c(action, "begin"))
		method_begin_run(op);
	else
		method_form_run(op);
}

/* --- the return --- */

/* The method this return route belongs to: /upstream/<name>/callback. */
static const struct auth_method *method_of_return(struct op *op)
{
	struct str rest = op->x->request.path, part = STR_NONE;
	const struct auth_method *m;

	for (int i = 0; i < 3 && str_cut(&rest, '/', &part); i++)
		;
	m = auth_method_named(&op->tx.app->methods, part);
	return m && str_eq_c(rest, "callback") ? m : NULL;
}

/* May it come from another device? Nobody is identified by what somebody did elsewhere. */
static bool may_be_elsewhere(const struct flow *f, const struct auth_method *m)
{
	return m->returns_elsewhere && str_eq_c(f->login.method.name, m->name) &&
	       f->login.method.purpose != AUTH_FOR_IDENTIFY;
}

/* The login of the state parameter; false when the answer (a page) is given. */
static bool find_by_state(
	struct op *op, const struct auth_method *m, struct flow *f, bool *ret_elsewhere)
{
	struct str state = op_param(op, "state"), handle = STR_NONE;

	if (!str_cut(&state, '.', &handle) || !handle.n)
		handle = STR("-");
	if (!flow_find_anywhere(op, handle, f))
		return false;
	*ret_elsewhere = !flow_in_its_browser(op, f);
	if (*ret_elsewhere && !may_be_elsewhere(f, m)) {
		flow_other_browser(op, f);
		return false;
	}
	return flow_check_step(op, f, method_return_step(op, m), state.p ? state : STR_NONE);
}

static bool awaits_return(const struct flow *f, const struct auth_method *m)
{
	if (!str_eq_c(f->login.method.name, m->name))
		return false;
	return f->login.method.next == AUTH_REDIRECT ||
	       (m->returns_elsewhere && f->login.method.next == AUTH_WAIT);
}

void method_return_before(struct op *op)
{
	struct method_work *w = arena_new_of(op->tx.a, struct method_work);
	const struct auth_method *m = method_of_return(op);
	struct auth_call call;
	struct flow f;
	const char *why;
	bool elsewhere;

	op->before = w;
	op->tx.batch = store_batch_new(op->tx.a);
	if (!m || op_form(op, &why) != RC_OK || op_read_begin(op) != RC_OK)
		return;
	w->called = find_by_state(op, m, &f, &elsewhere) && awaits_return(&f, m);
	if (w->called) {
		w->attempt = f.login.bounds.begun;
		f.login.method.state = op_keep(op, f.login.method.state);
		call = method_call(op, &f, m, (enum auth_purpose)f.login.method.purpose);
		call.input = AUTH_RETURN;
		call.elsewhere = elsewhere;
		keep_for_work(op, &call);
	}
	op_read_end(op);
	http_response_reset(op->x);
	if (!w->called || !m->work)
		return;
	m->work(&call);
	w->work = call.work;
}

/* What another device brought is kept for the browser that waits; that device learns no more. */
static void take_elsewhere(
	struct op *op, struct flow *f, const struct auth_method *m, const struct method_work *w)
{
	const struct web_restart model = {.reason = WEB_RESTART_RETURNED};
	struct auth_call call = method_call(op, f, m, (enum auth_purpose)f->login.method.purpose);

	if (w->called && awaits_return(f, m) && w->attempt == f->login.bounds.begun) {
		call.input = AUTH_RETURN;
		call.elsewhere = true;
		call.work = w->work;
		if (m->step(&call) == AUTH_WAIT && call.rc == RC_OK)
			method_keep(op, f, &call, AUTH_WAIT);
		if (call.rc != RC_OK) {
			op_fail(op, call.rc);
			return;
		}
		flow_save(op, f);
	}
	page_send(op, 200, &web_page_restart, &model, NULL);
}

static void take_return(
	struct op *op, struct flow *f, const struct auth_method *m, const struct method_work *w)
{
	struct auth_call call = method_call(op, f, m, (enum auth_purpose)f->login.method.purpose);

	call.input = AUTH_RETURN;
	call.work = w->work;
	method_act(op, f, &call, m->step(&call));
}

void method_return_run(struct op *op)
{
	const struct method_work *w = op->before;
	const struct auth_method *m = method_of_return(op);
	bool elsewhere;
	struct flow f;
	enum rc rc;

	if (!m) {
		page_problem_status(op, 404);
		return;
	}
	if (!op->form.n) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	if (!find_by_state(op, m, &f, &elsewhere))
		return;
	op->lang = page_language(op->x, f.login.request.lang);
	if (elsewhere) {
		take_elsewhere(op, &f, m, w);
		return;
	}
	rc = flow_load_session(op, &f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (!w->called || !awaits_return(&f, m) || w->attempt != f.login.bounds.begun)
		/* The back button, or the return a second time: go on where the login is. */
		http_redirect(op->x, method_retry_url(op, &f));
	else
		take_return(op, &f, m, w);
}

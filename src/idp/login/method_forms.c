/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people send to a method: forms and polls. method_return.c: what providers send.
 */
#include "codec/typed.h"
#include "core/admission.h"
#include "crypto/hash.h"
#include "directory/directory.h"
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
struct form_work {
	bool called;
	void *work;
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

	for (size_t i = 0; policy && !f->login.request.only.first.n && i < policy->primary.n; i++) {
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

bool method_step_wanted(struct op *op, struct flow *f, enum auth_purpose purpose)
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
	r->wanted = is_under_way(r) && method_has_subject(&r->f, r->purpose) &&
		    method_step_wanted(op, &r->f, r->purpose);
	return true;
}

/* What work may read when the snapshot is gone. */
void method_keep_for_work(struct op *op, struct auth_call *call)
{
	struct account *account = arena_new_of(op->tx.a, struct account);

	call->login = op_keep(op, call->login);
	call->client = op_keep(op, call->client);
	call->rules = op_keep(op, call->rules);
	call->action = op_keep(op, call->action);
	call->site = op_keep(op, call->site);
	if (call->account)
		*account = (struct account){.id = op_keep(op, call->account->id),
			.person = op_keep(op, call->account->person)};
	call->account = call->account ? account : NULL;
	call->person = NULL;
}

/* The method that a form is posted to, by its path alone. */
static const struct auth_method *method_of_form(struct op *op)
{
	struct str action;

	if (op_route(op)->flags & HTTP_PREFIX)
		return method_of_tail(op, &action);
	for (size_t i = 0; i < op->tx.app->methods.n; i++)
		if (posts_here(op, &op->tx.app->methods.v[i], NULL))
			return &op->tx.app->methods.v[i];
	return NULL;
}

/* A form that goes through a worker: its call. */
static bool find_form_call(struct op *op, void *ctx)
{
	struct auth_call *call = ctx;
	struct method_request r = {.m = NULL};

	if (!find_form(op, &r) || !r.wanted || !r.m->work)
		return false;
	r.f.login.method.state = op_keep(op, r.f.login.method.state);
	*call = method_call(op, &r.f, r.m, r.purpose);
	call->input = AUTH_FORM;
	call->action = r.action;
	method_keep_for_work(op, call);
	return true;
}

/* What takes a worker must be a form that is wanted. */
bool method_form_blocks(struct op *op)
{
	struct auth_call call;

	return op_prepare(op, find_form_call, &call);
}

/* Who presses twice: the same name in the same browser. By the name alone a stranger behind the
 * same address would take its owner's place. */
static struct str who_presses(struct op *op)
{
	struct str username = typed_username(op->tx.a, op_param(op, "username"));
	struct buf who;

	buf_init(&who, op->tx.a, SHA256_SIZE + 1 + USERNAME_MAX);
	buf_add(&who, flow_browser(op));
	buf_add_byte(&who, '.');
	if (username.n && username.n <= USERNAME_MAX)
		buf_add(&who, username_fold(op->tx.a, username));
	return buf_str(&who);
}

struct admission *method_form_admission(struct op *op, struct admission_place *place)
{
	const struct auth_method *m = method_of_form(op);

	if (!m || !m->admission)
		return NULL;
	place->subject = op_place_subject(op, who_presses(op));
	return m->admission;
}

void method_form_before(struct op *op)
{
	struct form_work *w = arena_new_of(op->tx.a, struct form_work);
	struct auth_call call;

	op->before = w;
	if (!op_prepare(op, find_form_call, &call))
		return;
	w->called = true;
	call.method->work(&call);
	w->work = call.work;
}

/* What was typed stays in the field, also when it is no username. */
static void keep_username(struct op *op, struct flow *f)
{
	struct str typed = typed_username(op->tx.a, op_param(op, "username"));

	if (typed.n && typed.n <= USERNAME_MAX && str_is_utf8(typed) && !str_has_control(typed))
		f->login.method.username = typed;
}

/* Nothing of it was looked at or counted, and nothing is written: the page itself is the answer. */
static void form_turned_away(struct op *op, struct method_request *r)
{
	login_denied(op, "too_many_waiting");
	if (r->purpose != AUTH_FOR_IDENTIFY) {
		page_wait(op, 503, WEB_PROBLEM_BUSY, method_retry_url(op, &r->f), STR_NONE,
			op->turned_away, false);
		return;
	}
	flow_forget_login(&r->f);
	keep_username(op, &r->f);
	r->f.login.notice = LOGIN_FLASH_QUEUE;
	r->f.login.notice_until = op->tx.now + op->turned_away;
	r->f.showing = true;
	flow_continue(op, &r->f);
}

void method_form_run(struct op *op)
{
	const struct form_work *w = op->before;
	struct method_request r = {.m = NULL};
	struct auth_call call;

	if (!find_form(op, &r))
		return;
	if (r.wanted && op->turned_away) {
		form_turned_away(op, &r);
		return;
	}
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
		flow_load_facts(op, &f) != RC_OK || !str_eq_c(f.login.method.name, m->name) ||
		!method_has_subject(&f, (enum auth_purpose)f.login.method.purpose)) {
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

	return op->x->request.method == HTTP_POST && m && m->work && !str_eq_c(action, "begin") &&
	       method_form_blocks(op);
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

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What another provider sends back: /upstream/<name>/callback.
 *
 * A return is matched to its login by the state parameter (handle, number of the beginning, and a
 * step token for method and number), and to the browser by the cookie. It counts once, for the
 * beginning that is under way: one that comes twice, or late, changes nothing (RFC 9700 4.7). One
 * that confirms, enrols or recovers is of the login's person and account, and counts only while the
 * policy waits for it.
 */
#include "core/admission.h"
#include "idp/login/method_priv.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "throttle/throttle.h"

/* A return, and the login it belongs to. */
struct method_return {
	struct flow f;
	const struct auth_method *m;
	enum auth_purpose purpose;
	bool elsewhere; /* not in the login's browser */
	bool wanted;    /* the login waits for it; else it goes on where it is */
};

/* What the worker brought back. */
struct return_work {
	bool called;
	void *work;
	int64_t begun; /* the beginning it belongs to */
};

/* The method this return route belongs to. */
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

/* Of the beginning that is under way? *ret_older: of one before it, in this login and by us. */
static bool check_state(struct op *op, const struct method_return *r, struct str number,
	struct str token, bool *ret_older)
{
	const uint64_t now = (uint64_t)r->f.login.bounds.begun;
	uint64_t begun;

	if (!str_to_u64(number, now, &begun))
		begun = 0; /* none has this number */
	*ret_older = begun != now;
	return flow_check_step(op, &r->f, method_return_step(op, r->m, (int64_t)begun), token);
}

/* The login of the state parameter; false when the answer (a page) is given. */
static bool find_by_state(struct op *op, struct method_return *r, bool *ret_older)
{
	struct str state = op_param(op, "state"), handle = STR_NONE, number = STR_NONE;

	if (!str_cut(&state, '.', &handle) || !handle.n)
		handle = STR("-");
	(void)str_cut(&state, '.', &number);
	if (!flow_find_anywhere(op, handle, &r->f))
		return false;
	r->elsewhere = !flow_in_its_browser(op, &r->f);
	if (r->elsewhere && !may_be_elsewhere(&r->f, r->m)) {
		flow_other_browser(op, &r->f);
		return false;
	}
	if (!check_state(op, r, number, state.p ? state : STR_NONE, ret_older))
		return false;
	if (r->elsewhere && *ret_older) {
		/* A code that was scanned too late: nothing waits for it. */
		flow_other_browser(op, &r->f);
		return false;
	}
	return true;
}

static bool awaits_return(const struct flow *f, const struct auth_method *m)
{
	if (!str_eq_c(f->login.method.name, m->name))
		return false;
	return f->login.method.next == AUTH_REDIRECT ||
	       (m->returns_elsewhere && f->login.method.next == AUTH_WAIT);
}

/* Whom it is about. Of a device elsewhere the session says nothing of this login. */
static enum rc load(struct op *op, struct method_return *r)
{
	enum rc rc = r->elsewhere ? RC_OK : flow_load_session(op, &r->f);

	if (rc != RC_OK || r->purpose == AUTH_FOR_IDENTIFY)
		return rc;
	return flow_load_facts(op, &r->f);
}

/* Whose return is it, and does the login wait for it? False when the answer is given. */
static bool find_return(struct op *op, struct method_return *r)
{
	bool older;
	enum rc rc;

	if (!find_by_state(op, r, &older))
		return false;
	op->lang = page_language(op->x, r->f.login.request.lang);
	r->purpose = (enum auth_purpose)r->f.login.method.purpose;
	r->wanted = !older && awaits_return(&r->f, r->m);
	rc = load(op, r);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	/* What was proven before may hold no more: then nothing is under way. */
	if (r->wanted && r->purpose != AUTH_FOR_IDENTIFY)
		r->wanted = awaits_return(&r->f, r->m) && method_has_subject(&r->f, r->purpose) &&
			    method_step_wanted(op, &r->f, r->purpose);
	return true;
}

struct return_call {
	struct auth_call call;
	int64_t begun;
};

static bool find_return_call(struct op *op, void *ctx)
{
	struct return_call *found = ctx;
	struct method_return r = {.m = method_of_return(op)};
	const char *why;

	if (!r.m || !op_is_window(op) || op_form(op, &why) != RC_OK || !find_return(op, &r) ||
		!r.wanted)
		return false;
	r.f.login.method.state = op_keep(op, r.f.login.method.state);
	found->begun = r.f.login.bounds.begun;
	found->call = method_call(op, &r.f, r.m, r.purpose);
	found->call.input = AUTH_RETURN;
	found->call.elsewhere = r.elsewhere;
	method_keep_for_work(op, &found->call);
	return true;
}

/* What takes a place must be a return that a login waits for. */
bool method_return_blocks(struct op *op)
{
	struct return_call found;

	return op_prepare(op, find_return_call, &found) && found.call.method->work;
}

/*
 * Codes are guessed one after the other: an address whose returns the provider refused too often
 * has one place. It is not turned away, for others may be behind it, with a code of their own.
 */
struct admission *method_return_admission(struct op *op, struct admission_place *place)
{
	const struct auth_method *m = method_of_return(op);
	int64_t wait;

	place->subject = op_place_subject(op, op_param(op, "state"));
	if (throttle_spent(op->tx.app->throttle, &op->tx, THROTTLE_RETURNS_REFUSED,
		    op->x->request.peer, &wait) == RC_LIMITED)
		place->share = 1;
	return m ? m->admission : NULL;
}

void method_return_before(struct op *op)
{
	struct return_work *w = arena_new_of(op->tx.a, struct return_work);
	struct return_call found;

	op->before = w;
	if (!op_prepare(op, find_return_call, &found))
		return;
	w->called = true;
	w->begun = found.begun;
	found.call.method->work(&found.call);
	w->work = found.call.work;
}

/* The same return once more, in a while: what it brought is still good. */
void method_return_again(struct op *op, const struct flow *f, int64_t seconds)
{
	const struct http_request *request = &op->x->request;
	struct buf url;

	buf_init(&url, op->tx.a, HTTP_TARGET_MAX + 1);
	buf_add(&url, request->path);
	buf_add_byte(&url, '?');
	buf_add(&url, request->query);
	page_wait(
		op, 503, WEB_PROBLEM_WAITING, buf_str(&url), method_home_url(op, f), seconds, true);
}

/* Counted against its network, once however often it runs. */
void method_return_refused(struct op *op)
{
	int64_t wait;

	if (op->tx.attempts <= 1)
		(void)!throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_RETURNS_REFUSED,
			op->x->request.peer, &wait);
}

/* Was it this return that the worker looked at, of the beginning that is under way? */
static bool was_looked_at(const struct method_return *r, const struct return_work *w)
{
	return !r->m->work || (w && w->called && w->begun == r->f.login.bounds.begun);
}

static struct auth_call call_of(struct op *op, struct method_return *r, const struct return_work *w)
{
	struct auth_call call = method_call(op, &r->f, r->m, r->purpose);

	call.input = AUTH_RETURN;
	call.elsewhere = r->elsewhere;
	call.work = w ? w->work : NULL;
	return call;
}

/* What another device brought is kept for the browser that waits; that device learns no more. */
static void take_elsewhere(struct op *op, struct method_return *r, const struct return_work *w)
{
	const struct web_restart model = {.reason = WEB_RESTART_RETURNED};
	struct auth_call call;

	if (r->wanted) {
		call = call_of(op, r, w);
		if (r->m->step(&call) == AUTH_WAIT && call.rc == RC_OK)
			method_keep(op, &r->f, &call, AUTH_WAIT);
		if (call.rc != RC_OK) {
			op_fail(op, call.rc);
			return;
		}
		flow_save(op, &r->f);
	}
	page_send(op, 200, &web_page_restart, &model, NULL);
}

void method_return_run(struct op *op)
{
	const struct return_work *w = op->before;
	struct method_return r = {.m = method_of_return(op)};
	struct auth_call call;

	if (!r.m) {
		page_problem_status(op, 404);
		return;
	}
	if (!op_is_window(op) || !op->form.n) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	if (!find_return(op, &r))
		return;
	if (r.wanted && op->turned_away) {
		method_return_again(op, &r.f, op->turned_away);
		return;
	}
	r.wanted = r.wanted && was_looked_at(&r, w);
	if (r.elsewhere) {
		take_elsewhere(op, &r, w);
	} else if (!r.wanted) {
		/* The back button, or the return a second time: go on where the login is. */
		http_redirect(op->x, method_retry_url(op, &r.f));
	} else {
		call = call_of(op, &r, w);
		method_act(op, &r.f, &call, r.m->step(&call));
	}
}

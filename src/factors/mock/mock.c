/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/mock/mock.h"

#include "base/array.h"
#include "base/die.h"
#include "idp/login/method_frame.h"
#include "directory/directory.h"
#include "core/op.h"
#include "core/page.h"

#include <stddef.h>

#define WORD_MAX 32

/* Kept in the login from begin to the end. */
struct mock_state {
	struct str login; /* a state never comes back in another login */
	int64_t steps;
	struct str result; /* what another device brought */
};

static const struct field state_fields[] = {
	{1, "login", FIELD_BYTES, FIELD_HIDDEN, offsetof(struct mock_state, login), 64, NULL,
		"key of the login"},
	{2, "steps", FIELD_I64, 0, offsetof(struct mock_state, steps), 0, NULL, "steps so far"},
	{3, "result", FIELD_STR, 0, offsetof(struct mock_state, result), 32, NULL, "of a return"},
};
static const struct record_type record_state = {
	"mock_state", sizeof(struct mock_state), state_fields, ARRAY_LEN(state_fields)};

struct mock_work {
	struct str word;
};

static struct mock *of(const struct auth_method *m)
{
	return m->self;
}

static void count(int *n)
{
	__atomic_add_fetch(n, 1, __ATOMIC_RELAXED);
}

static bool knows(const struct mock *mock, struct str person)
{
	for (size_t i = 0; i < mock->n_known; i++)
		if (str_eq_c(person, mock->known[i]))
			return true;
	return mock->everybody;
}

/* Twice is the same as once: a step may run again. */
static void learn(struct mock *mock, struct str person)
{
	if (knows(mock, person))
		return;
	if (mock->n_known == MOCK_KNOWN_MAX || person.n >= sizeof(mock->known[0]))
		die("mock: it knows enough people");
	memcpy(mock->known[mock->n_known++], person.p, person.n);
}

static bool mock_available(const struct auth_method *m, struct op *op, const struct person *person,
	struct auth_target *ret)
{
	(void)op;
	if (person && !knows(of(m), person->id))
		return false;
	*ret = (struct auth_target){.masked = STR("mock")};
	return true;
}

/* --- what is next --- */

static enum auth_next fail(struct auth_call *call, enum auth_reason reason, const char *why)
{
	call->reason = reason;
	call->why = why;
	return AUTH_FAILED;
}

static enum auth_next prove(struct auth_call *call)
{
	struct mock *mock = of(call->method);
	struct op *op = call->op;
	struct auth_identity *identity;
	struct account account;

	call->proof = auth_method_proof(call->method, op->tx.a);
	call->proof.authenticator = STR("mock-1");
	call->proof.version = STR("1");
	if (call->purpose == AUTH_FOR_ENROL) {
		learn(mock, call->person->id);
	} else if (mock->citizen_number) {
		identity = arena_new_of(op->tx.a, struct auth_identity);
		auth_identity_add(identity, AUTH_CITIZEN_NUMBER, str_c(mock->citizen_number));
		identity->ial = STR("2.3");
		call->proof.identity = identity;
	} else if (call->purpose == AUTH_FOR_IDENTIFY) {
		call->rc = account_by_name(
			op->tx.snap, op->tx.a, str_c(mock->username), &account, NULL);
		call->proof.account = call->rc == RC_OK ? account.id : STR_NONE;
	}
	return AUTH_PROVEN;
}

static enum auth_next by_result(struct auth_call *call, struct str result)
{
	if (str_eq_c(result, "proven"))
		return prove(call);
	if (str_eq_c(result, "cancelled"))
		return fail(call, AUTH_CANCELLED, NULL);
	if (str_eq_c(result, "unavailable"))
		return fail(call, AUTH_UNAVAILABLE, "mock_unavailable");
	return fail(call, AUTH_UNTRUSTED, "mock_untrusted");
}

static enum auth_next wait(struct auth_call *call)
{
	const struct mock *mock = of(call->method);
	const struct mock_state *state = call->state;

	if (state->result.n)
		return by_result(call, state->result);
	if (__atomic_load_n(&mock->answered, __ATOMIC_ACQUIRE))
		return mock->accepted ? prove(call)
				      : fail(call, AUTH_CANCELLED, "refused_on_the_phone");
	call->wait = (struct auth_wait){.app = STR("Mock"), .code = STR("MCK7"), .seconds = 60};
	if (mock->elsewhere)
		call->wait.code = call->return_state; /* as a QR code would hold it */
	return AUTH_WAIT;
}

static enum auth_next redirect_away(struct auth_call *call)
{
	struct buf url;

	buf_init(&url, call->op->tx.a, 2048);
	buf_add_c(&url, "https://mock.test/auth?");
	form_add(&url, STR("state"), call->return_state);
	form_add(&url, STR("redirect_uri"), call->return_url);
	call->url = buf_str(&url);
	return AUTH_REDIRECT;
}

static enum auth_next next_of(struct auth_call *call, enum auth_next next)
{
	switch (next) {
	case AUTH_SHOW: return AUTH_SHOW;
	case AUTH_WAIT: return wait(call);
	case AUTH_REDIRECT: return redirect_away(call);
	case AUTH_PROVEN: return prove(call);
	case AUTH_FAILED: break;
	}
	return fail(call, of(call->method)->reason, "mock");
}

/* Whoever is to be confirmed, enrolled or recovered is named in every call; a worker, which has no
 * snapshot, gets the account's ids. */
static void expect_subject(const struct auth_call *call, bool person)
{
	if (call->purpose == AUTH_FOR_IDENTIFY)
		return;
	if (!call->account || !call->account->id.n || !call->account->person.n)
		die("mock: an account without a person");
	if (person && (!call->person || !str_eq(call->person->id, call->account->person)))
		die("mock: nobody is to be proven");
}

static enum auth_next mock_begin(struct auth_call *call)
{
	struct mock_state *state = call->state;

	expect_subject(call, true);
	count(&of(call->method)->begun);
	if (state->login.n || state->steps)
		die("mock: a state at the beginning");
	state->login = call->login;
	call->sent = true;
	return next_of(call, of(call->method)->first);
}

static void mock_work(struct auth_call *call)
{
	struct mock_work *work = arena_new_of(call->op->tx.a, struct mock_work);

	expect_subject(call, false);
	if (call->op->tx.snap)
		die("mock: a worker holds a snapshot");
	if (call->input == AUTH_FORM && !op_param(call->op, "code").n)
		return;
	count(&of(call->method)->worked);
	work->word = str_sub(op_param(call->op, "code"), 0, WORD_MAX);
	call->work = work;
}

static enum auth_next typed(struct auth_call *call, struct str word)
{
	const struct mock *mock = of(call->method);

	if (str_eq_c(word, "phone"))
		return wait(call);
	if (str_eq_c(word, "away"))
		return redirect_away(call);
	if (str_eq_c(word, "refuse"))
		return fail(call, AUTH_WRONG, "mock_refused");
	if (str_eq_c(word, "fault"))
		call->rc = RC_CORRUPT;
	if (mock->word && str_eq_c(word, mock->word))
		return prove(call);
	call->reason = AUTH_WRONG;
	call->why = "mock_wrong";
	return AUTH_SHOW;
}

/* A poll says what begin or the last form said, until the person acted. */
static enum auth_next mock_step(struct auth_call *call)
{
	struct mock *mock = of(call->method);
	struct mock_state *state = call->state;
	struct str word = str_sub(op_param(call->op, "code"), 0, WORD_MAX);

	expect_subject(call, true);
	if (!str_eq(state->login, call->login))
		die("mock: the state of another login");
	state->steps++;
	if (call->input == AUTH_POLL) {
		count(&mock->polled);
		return wait(call);
	}
	count(&mock->stepped);
	if (call->input == AUTH_RETURN && call->elsewhere) {
		state->result = str_sub(op_param(call->op, "result"), 0, WORD_MAX);
		return AUTH_WAIT;
	}
	if (call->input == AUTH_RETURN)
		return by_result(call, op_param(call->op, "result"));
	return word.n ? typed(call, word) : wait(call);
}

static void mock_show(const struct auth_call *call, const struct auth_frame *frame)
{
	const struct web_otp model = {
		.portal = frame->portal,
		.reset = frame->recovery,
		.factor = str_c(call->method->name),
		.notice = frame->notice,
		.wait = frame->wait,
		.may_resend = frame->may_begin,
		.tries = frame->tries,
		.action = frame->action,
		.step = frame->step,
		.id = str_c(call->method->name),
		.others = frame->others,
		.send_action = frame->begin_action,
		.send_step = frame->begin_step,
		.other_action = frame->skip_action,
		.other_step = frame->skip_step,
		.again_action = frame->again_action,
		.again_step = frame->again_step,
		.cancel_url = frame->cancel_url,
	};

	page_send(call->op, 200, &web_page_otp, &model, frame->options);
}

static enum rc mock_still_valid(const struct auth_method *m, struct op *op,
	const struct auth_proof *proof, const struct person *person)
{
	(void)op;
	(void)person;
	if (of(m)->closed)
		return RC_DENIED;
	return of(m)->changed && proof->version.n ? RC_EXPIRED : RC_OK;
}

static enum rc mock_session_started(const struct auth_method *m, struct op *op,
	const struct auth_proof *own, const struct auth_proofs *all)
{
	(void)op;
	if (!auth_proofs_by(all, own->method))
		die("mock: its proof is not among those of the session");
	count(&of(m)->started);
	return RC_OK;
}

static void mock_free(const struct auth_method *m)
{
	free(m->self);
}

/* As the module brings it: a script of its own, which says no more than the descriptor. */
static enum rc mock_open(struct auth_method *m, const struct app *app, const char **ret_why)
{
	(void)app;
	(void)ret_why;
	m->self = xcalloc(1, sizeof(struct mock));
	m->free = mock_free;
	return RC_OK;
}

static const struct auth_method auth_method_mock = {
	.name = "mock",
	.can = AUTH_IDENTIFY | AUTH_CONFIRM | AUTH_ENROL | AUTH_RECOVER,
	.amr = "mca",
	.shown = WEB_METHOD_OTHER,
	.state = &record_state,
	.available = mock_available,
	.begin = mock_begin,
	.work = mock_work,
	.step = mock_step,
	.show = mock_show,
	.still_valid = mock_still_valid,
	.session_started = mock_session_started,
	.open = mock_open,
};

void mock_add(struct auth_methods *methods, struct mock *mock)
{
	struct auth_method m = auth_method_mock;

	if (mock->name)
		m.name = mock->name;
	if (mock->can)
		m.can = mock->can;
	if (!mock->blocks)
		m.work = NULL;
	m.kind = mock->kind;
	m.returns_elsewhere = mock->elsewhere;
	m.self = mock;
	auth_methods_add(methods, &m);
}

static const struct auth_method *const methods[] = {&auth_method_mock, NULL};

const struct module module_mock = {.name = "mock", .methods = methods};

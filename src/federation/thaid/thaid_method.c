/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ThaID as an authentication method: leave for it, come back, say who it is. */
#include "federation/thaid/thaid.h"
#include "base/array.h"
#include "core/admission.h"
#include "core/op.h"
#include "idp/login/method_frame.h"

#include <stddef.h>

static const struct field trip_fields[] = {
	{1, "nonce", FIELD_STR, FIELD_HIDDEN, offsetof(struct thaid_trip, nonce), 256, NULL,
		"sent upstream"},
	{2, "verifier", FIELD_STR, FIELD_HIDDEN, offsetof(struct thaid_trip, verifier), 256, NULL,
		"PKCE"},
};
static const struct record_type record_trip = {
	"thaid_trip", sizeof(struct thaid_trip), trip_fields, ARRAY_LEN(trip_fields)};

/* What the worker brought back. */
struct completed {
	enum auth_reason reason;
	struct auth_identity identity;
	const char *why;
};

static enum auth_next thaid_method_begin(struct auth_call *call)
{
	struct op *op = call->op;

	thaid_begin(call->method->self, op->tx.a, op->tx.app->rng, call->return_state,
		call->return_url, call->state, &call->url);
	return AUTH_REDIRECT;
}

static void thaid_method_work(struct auth_call *call)
{
	struct completed *done = arena_new_of(call->op->tx.a, struct completed);
	struct op *op = call->op;

	done->reason = thaid_complete(call->method->self, op->tx.a, op->tx.now, &op->form,
		call->return_url, call->state, &done->identity, &done->why);
	call->work = done;
}

/* A code that ThaID does not know, or none: what a real return does not bring. */
static bool is_refused(const struct completed *done)
{
	static const char *const words[] = {
		"code_refused", "no_code", "upstream_error", "wrong_issuer"};

	for (size_t i = 0; done->why && i < ARRAY_LEN(words); i++)
		if (strcmp(done->why, words[i]) == 0)
			return true;
	return false;
}

static enum auth_next thaid_method_step(struct auth_call *call)
{
	const struct completed *done = call->work;

	call->reason = done->reason;
	call->why = done->why;
	call->refused = is_refused(done);
	if (done->reason != AUTH_REASON_NONE)
		return AUTH_FAILED;
	call->proof = auth_method_proof(call->method, call->op->tx.a);
	call->proof.identity = &done->identity;
	call->proof.ial = done->identity.ial;
	return AUTH_PROVEN;
}

static void thaid_method_free(const struct auth_method *m)
{
	admission_free(m->admission);
	thaid_free(m->self);
}

const struct auth_method auth_method_thaid = {
	.name = "thaid",
	.can = AUTH_IDENTIFY | AUTH_PROOF | AUTH_RECOVER,
	.kind = AUTH_FEDERATED,
	.amr = "thaid",
	.aal = "2.2",
	.ial = "2.3",
	.shown = WEB_METHOD_THAID,
	.begin_path = "/login/upstream",
	.state = &record_trip,
	.begin = thaid_method_begin,
	.work = thaid_method_work,
	.step = thaid_method_step,
	.open = thaid_method_open,
	.free = thaid_method_free,
};

void thaid_add(struct auth_methods *methods, struct thaid *t)
{
	struct auth_method m = auth_method_thaid;

	m.admission = rp_admission(thaid_waiting_max(t));
	m.self = t;
	m.source = thaid_source(t);
	auth_methods_add(methods, &m);
}

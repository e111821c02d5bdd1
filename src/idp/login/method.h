/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_METHOD_H
#define PRATU_IDP_LOGIN_METHOD_H

/*
 * The login's side of authentication methods (core/auth_method.h): begins them, carries their
 * forms, returns and polls to them, keeps their state in the login, and acts on what they answer.
 * No method is known here by name.
 *
 * At most one method is under way in a login. Its form is bound by a step token to login, method,
 * purpose and account; its return from another provider by the same in the state parameter.
 */
#include "core/auth_method.h"
#include "idp/login/method_frame.h"
#include "idp/login/flow.h"

/* The policy's methods that can confirm the person of the login under way. */
struct method_list {
	const struct auth_method *v[AUTH_METHODS_MAX];
	struct auth_target targets[AUTH_METHODS_MAX];
	size_t n;
};
struct method_list method_confirming(struct op *op, const struct flow *f);
/* The policy's second factor that a person without one is asked to set up; NULL: none. */
const struct auth_method *method_to_enrol(struct op *op, const struct login_policy *policy);

/* The same, where it sets itself up (it sends to no contact); NULL: none does. */
const struct auth_method *method_to_enrol_itself(struct op *op, const struct flow *f);

/* A call with what every function of a method receives; the state is the login's. */
struct auth_call method_call(
	struct op *op, struct flow *f, const struct auth_method *m, enum auth_purpose purpose);
/* Step tokens: of the button that begins a method on the login page, and of a method's form. */
struct str method_begin_step(struct op *op, const struct flow *f, const struct auth_method *m);
struct str method_form_step(struct op *op, const struct flow *f, const struct auth_method *m,
	enum auth_purpose purpose);
/* Where they are posted. */
struct str method_begin_url(struct op *op, const struct flow *f, const struct auth_method *m);
struct str method_form_url(struct op *op, const struct flow *f, const struct auth_method *m);

/* Begins a method: its state and what is next are noted in the login. The caller goes on. */
enum auth_next method_begin(struct op *op, struct flow *f, const struct auth_method *m,
	enum auth_purpose purpose, struct auth_call *call);
/* Begins the only second factor that reaches the person, unless a challenge is still good. */
void method_prepare_second(struct op *op, struct flow *f);
/* Begins setting up a second factor where the method does it itself. */
void method_prepare_enrol(struct op *op, struct flow *f);
/* The method that is under way for this purpose and has a page to show, or NULL. */
const struct auth_method *method_showing(
	struct op *op, const struct flow *f, enum auth_purpose purpose);
/* Shows its page; one that waits is asked first, and gone on with when it is done. */
void method_show(struct op *op, struct flow *f);
/* Ends what is under way; nothing of it counts. */
void method_forget(struct flow *f);
/* Acts on what a method answered: shows, leaves, notes the proof, refuses. The answer is given. */
void method_act(struct op *op, struct flow *f, struct auth_call *call, enum auth_next next);

/* The proofs of a stored session; those of one from before they were kept follow from its amr. */
struct auth_proofs session_proofs(const struct app *p, const struct session *s);
/* The method that opened the session, where it is one of ours and belongs to an account; NULL:
 * another provider's, or one that is not there any more. */
const struct auth_method *session_account_method(const struct app *p, const struct session *s);
/* The methods by name, in the arena, for a session's record. */
struct strlist proofs_methods(const struct auth_proofs *proofs, struct arena *a);

/* Routes. */
void method_begin_run(struct op *op);   /* POST /login/upstream: the button of the login page */
void method_choose_run(struct op *op);  /* POST /login/code/send: a second factor is begun */
bool method_form_blocks(struct op *op); /* POST /login/password, /login/code */
struct admission *method_form_admission(struct op *op, struct admission_place *place);
void method_form_before(struct op *op);
void method_form_run(struct op *op);
/* /login/m/<name>: POST its form; POST .../begin; GET .../poll answers {"done":true} when the form
 * is to be posted, and holds no thread. */
bool method_route_blocks(struct op *op);
void method_route_run(struct op *op);
bool method_return_blocks(struct op *op); /* GET /upstream/<name>/callback */
struct admission *method_return_admission(struct op *op, struct admission_place *place);
void method_return_before(struct op *op);
void method_return_run(struct op *op);

#endif

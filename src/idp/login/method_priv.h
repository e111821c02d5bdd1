/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_METHOD_PRIV_H
#define PRATU_IDP_LOGIN_METHOD_PRIV_H

/*
 * What the files method*.c share: the state of a method in the login, the notes for its pages.
 */
#include "idp/login/method.h"

/* Notes in the login what a method is at after a call. */
void method_keep(struct op *op, struct flow *f, const struct auth_call *call, enum auth_next next);
/* Notes why it did not go as wished, for the next page. */
void method_note(struct op *op, struct flow *f, const struct auth_call *call);
/* Notes what was proven of the person whom the first proof found; or that it was set up. */
MUST_USE enum rc method_note_proof(struct op *op, struct flow *f, struct auth_call *call);
/* Its return route; the name of the step that the state parameter proves, with
 * the number of the beginning (login.bounds.begun): a return of an older one opens nothing. */
struct str method_return_url(struct op *op, const struct auth_method *m);
struct str method_return_step(struct op *op, const struct auth_method *m, int64_t begun);
/* Is there whom a proof of this purpose is about? Only to identify needs nobody; the login's facts
 * are loaded (flow_load_facts). */
bool method_has_subject(const struct flow *f, enum auth_purpose purpose);
/* Does the policy wait for a proof of this purpose? */
bool method_step_wanted(struct op *op, struct flow *f, enum auth_purpose purpose);
/* What a call may carry to a worker, which has no snapshot: ids, never records. */
void method_keep_for_work(struct op *op, struct auth_call *call);
/* Where a problem page leads: the login once more; the portal. */
struct str method_retry_url(struct op *op, const struct flow *f);
struct str method_home_url(struct op *op, const struct flow *f);
/* A return from another provider: the page that asks for it again, by itself; the login waits on.
 */
void method_return_again(struct op *op, const struct flow *f, int64_t seconds);
/* The provider did not know what it brought: counted against its network. */
void method_return_refused(struct op *op);
/* Keeps that a round trip led nowhere, with the refusal that is the answer. */
void method_end_trip(struct op *op, struct flow *f);

#endif

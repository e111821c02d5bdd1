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
/* Its return route; the name of the step that the state parameter proves. */
struct str method_return_url(struct op *op, const struct auth_method *m);
struct str method_return_step(struct op *op, const struct auth_method *m);
/* Where a problem page leads: the login once more; the portal. */
struct str method_retry_url(struct op *op, const struct flow *f);
struct str method_home_url(struct op *op, const struct flow *f);
/* Keeps that a round trip led nowhere, with the refusal that is the answer. */
void method_end_trip(struct op *op, struct flow *f);

#endif

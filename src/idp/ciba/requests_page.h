/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_REQUESTS_PAGE_H
#define PRATU_IDP_CIBA_REQUESTS_PAGE_H

/*
 * The account pages on which a person finds and answers what portals asked (CIBA Core 7.3):
 *
 *     GET  /account/requests         what waits
 *     GET  /account/requests/one?r=  one: portal, message, what it would get. Wants a login that
 *                                    answers the request (policy, level, age), of the same person
 *     POST /account/requests/answer  form "csrf", "r", "answer": approve, refuse or not_me
 *     POST /account/requests/code    form "csrf", "code": the user code (idp/ciba/user_code.h)
 *
 * Approving wants the same login again; refusing wants a session of the person. The address in a
 * mail holds a request's public id and opens nothing.
 */
#include "core/op.h"

void ciba_list_run(struct op *op);
void ciba_request_run(struct op *op);
void ciba_answer_run(struct op *op);
void ciba_code_run(struct op *op);
/* route.page_of: the page of the request that the form or address names. */
const char *ciba_page_of(struct op *op);
/* "/account/requests/one?r=ID". */
struct str ciba_request_path(struct op *op, struct str id);

#endif

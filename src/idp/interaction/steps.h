/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_INTERACTION_STEPS_H
#define PRATU_IDP_INTERACTION_STEPS_H

/* The steps of the login flow: their pages, which the dispatcher shows, and their routes. */
#include "idp/interaction/flow.h"

/* Pages of the steps (pages.c, pages_factor.c). */
void flow_show_login(struct op *op, struct flow *f);
void flow_show_accounts(struct op *op, struct flow *f);
void flow_show_consent(struct op *op, struct flow *f);
void flow_show_refusal(struct op *op, struct flow *f);
void flow_show_second(struct op *op, struct flow *f);
void flow_show_unable(struct op *op, struct flow *f);
void flow_show_change(struct op *op, struct flow *f);
/* What the page says of the last attempt, and how long to wait. */
enum web_login_notice flow_notice(const struct op *op, const struct flow *f, int64_t *ret_wait);
struct page_options flow_page_options(struct op *op, const struct flow *f);

/* Routes. */
void login_run(struct op *op);              /* GET /login */
void login_account_run(struct op *op);      /* POST /login/account */
void login_consent_run(struct op *op);      /* POST /login/consent */
void login_cancel_run(struct op *op);       /* GET /login/cancel */
void upstream_begin_run(struct op *op);     /* POST /login/upstream */
void upstream_return_before(struct op *op); /* GET /upstream/<name>/callback */
void upstream_return_run(struct op *op);
void password_before(struct op *op); /* POST /login/password */
void password_run(struct op *op);
void second_send_run(struct op *op); /* POST /login/code/send: choose, send again */
void second_before(struct op *op);   /* POST /login/code: the code typed */
void second_run(struct op *op);
void change_before(struct op *op); /* POST /login/change: the new password */
void change_run(struct op *op);
void login_again_run(struct op *op); /* POST /login/again: another way, another account */

#endif

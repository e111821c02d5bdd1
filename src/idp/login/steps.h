/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_STEPS_H
#define PRATU_IDP_LOGIN_STEPS_H

/* The steps of the login flow: their pages, which the dispatcher shows, and their routes. */
#include "idp/login/flow.h"
#include "idp/login/pages_factor.h"

struct auth_method;
struct method_list;

/* Pages of the steps (pages.c, pages_factor.c). */
void flow_show_login(struct op *op, struct flow *f);
void flow_show_accounts(struct op *op, struct flow *f);
void flow_show_consent(struct op *op, struct flow *f);
void flow_show_approve(struct op *op, struct flow *f);
void flow_show_refusal(struct op *op, struct flow *f);
void flow_show_second_factor(struct op *op, struct flow *f);
void flow_show_second_factor_unavailable(struct op *op, struct flow *f);
void flow_show_enrol_email(struct op *op, struct flow *f);
void flow_show_change(struct op *op, struct flow *f);
/* One that sets itself up, not begun or not any more: its button, and the way round. */
void flow_show_enrol_choice(struct op *op, struct flow *f, const struct auth_method *m);
/* What the page says of the last attempt, and how long to wait. */
enum web_login_message flow_notice(const struct op *op, const struct flow *f, int64_t *ret_wait);
/* Every target but the one named, as buttons. */
struct web_targets flow_targets(struct op *op, const struct method_list *list, struct str but);
struct page_options flow_page_options(struct op *op, const struct flow *f);

/* Account recovery (recovery.c). Does nothing in any other login: */
MUST_USE enum rc recovery_load(struct op *op, struct flow *f);
MUST_USE enum rc recovery_load_system(struct op *op, struct flow *f);
void recovery_store(struct op *op, const struct flow *f); /* codes sent and typed, with flow_save */
void recovery_end(struct op *op, const struct flow *f);   /* the link opens nothing any more */
void recovery_done(struct op *op, struct flow *f);        /* the new password is in the batch */
void recovery_show_proofs(struct op *op, struct flow *f);
void recovery_show_over(struct op *op, struct flow *f);

/* What the next page says after a wrong attempt that was counted against the account: left and lock
 * as in struct throttle_ticket. */
void flow_note_attempt(struct op *op, struct flow *f, int64_t left, int64_t lock);
/* Codes that may still be typed: in this login, and before the account is locked. */
int64_t flow_tries_left(const struct flow *f);

/* Goes on after a wrong answer to a challenge, which is counted; after too many the login ends. */
void flow_wrong_answer(struct op *op, struct flow *f, const char *why);
/* What was typed was no attempt (challenge_judge): shows the page again with f->login.notice and
 * writes neither record nor log; after THROTTLE_NO_CODES_MAX the login ends. */
void flow_no_code(struct op *op, struct flow *f);

/* Routes. */
void login_run(struct op *op);             /* GET /login */
void login_account_run(struct op *op);     /* POST /login/account */
void login_consent_run(struct op *op);     /* POST /login/consent */
void login_approve_run(struct op *op);     /* POST /login/approve */
void login_cancel_run(struct op *op);      /* GET /login/cancel */
void login_sign_out_run(struct op *op);    /* POST /login/sign-out */
void enrol_email_run(struct op *op);       /* POST /login/email: the address */
void enrol_email_send_run(struct op *op);  /* POST /login/email/send */
void enrol_email_other_run(struct op *op); /* POST /login/email/other: another address */
void enrol_email_skip_run(struct op *op);  /* POST /login/email/skip: not now */
bool enrol_email_otp_blocks(struct op *op);
void enrol_email_otp_before(struct op *op); /* POST /login/email/code */
void enrol_email_otp_run(struct op *op);
bool change_blocks(struct op *op);
void change_before(struct op *op); /* POST /login/change: the new password */
void change_run(struct op *op);
void recovery_request_run(struct op *op); /* GET, POST /login/forgot */
void recovery_proof_run(struct op *op);   /* GET /login/forgot/<name> */
void recovery_link_run(struct op *op);    /* GET /reset?t= */
void recovery_begin_run(struct op *op);   /* POST /reset/begin, form "t" */
void login_again_run(struct op *op);      /* POST /login/again: another way, another account */

#endif

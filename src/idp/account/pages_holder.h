/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PAGES_HOLDER_H
#define PRATU_IDP_ACCOUNT_PAGES_HOLDER_H

/*
 * Models of the pages on which a person sees and changes what is theirs. See web/page.h for what
 * holds of all models.
 */
#include "idp/login/pages_factor.h"
#include "web/pages_common.h"

struct web_holding {
	struct str username, position, office;
	bool suspended;
};

struct web_auth_method {
	struct str name;  /* authentication method, in words: method.<name> */
	int64_t accounts; /* that it is open for; 0: not shown */
};

/* /account: who the person is here, and how safe the account is. */
struct web_profile {
	struct str name_th, name_en;
	struct str citizen; /* masked */
	struct str ial;     /* proven so far */
	int64_t ial_time;
	struct str prover; /* of the identity, last: who, when, which level; may be empty */
	struct {
		const struct web_holding *v;
		size_t n;
	} accounts;
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts; /* who changes what stands in the register */
	struct {
		const struct web_auth_method *v;
		size_t n;
	} ways;
	struct str email, mobile; /* masked */
	bool email_verified, mobile_verified;
	int64_t login_time; /* of this session */
	struct str login_method, login_device, login_address;
	struct str aal;      /* reached by it */
	int64_t before_time; /* of the login before it; 0: none is known */
	struct str before_method, before_address;
	bool thai; /* the language chosen, else English */
	struct str lang_action, csrf;
};

struct web_session {
	struct str id; /* posted as "session" to end it */
	struct str device, address;
	struct str method; /* amr value or upstream name; shown in words: method.<name> */
	int64_t since, last_used;
	bool current;
	struct {
		const struct web_label *v;
		size_t n;
	} portals;            /* entered from there */
	int64_t portals_more; /* that are not shown */
};

enum web_sessions_message {
	WEB_SESSIONS_NONE,
	WEB_SESSIONS_ONE_ENDED,
	WEB_SESSIONS_OTHERS_ENDED,
	WEB_SESSIONS_MESSAGE_MAX_
};

/* /account/sessions. Its forms post "csrf"; end_action "session" too. */
struct web_sessions {
	enum web_sessions_message notice;
	struct {
		const struct web_session *v;
		size_t n;
	} sessions;
	bool several;
	struct str csrf, end_action, others_action, everywhere_action;
};

/* In the order of enum account_password. */
enum web_password_state {
	WEB_PASSWORD_NONE,
	WEB_PASSWORD_CLOSED,
	WEB_PASSWORD_OPEN,
	WEB_PASSWORD_STATE_MAX_
};

struct web_password_account {
	struct str id, username, office;
	struct str choose_url;
	enum web_password_state state;
};

enum web_set_password_message {
	WEB_SET_NONE,
	WEB_SET_DONE,
	WEB_SET_MISMATCH,
	WEB_SET_RULES,
	WEB_SET_BUSY,
	WEB_SET_ELSEWHERE, /* it was changed, closed, or is not theirs any more */
	WEB_SET_PASSWORD_MESSAGE_MAX_
};

/* /account/password. The form posts "csrf", "account", "password", "repeat". */
struct web_set_password {
	enum web_set_password_message notice;
	bool by_password;             /* this session was begun so: it ends by the change */
	struct str account, username; /* whose password; empty: choose one */
	struct {
		const struct web_rule *v;
		size_t n;
	} rules;
	struct {
		const struct web_password_account *v;
		size_t n;
	} accounts;
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts;
	struct str action, csrf;
	struct str onward_url; /* after the change, instead of form and accounts */
};

extern const struct page_type web_page_sessions;
extern const struct page_type web_page_set_password;
extern const struct page_type web_page_profile;

#endif

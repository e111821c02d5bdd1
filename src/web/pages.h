/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_H
#define PRATU_WEB_PAGES_H

/*
 * The pages and their models: what the flow fills in. Texts are escaped by the templates; an empty
 * text, a zero time or an empty list leaves its part of the page out, unless said otherwise.
 * `action` and `..._url` members are http(s) addresses or paths of ours; others are not rendered.
 * Members of the same shape in a row are struct { const T *v; size_t n; }.
 * Forms are sent by POST as application/x-www-form-urlencoded with the field names given here.
 */
#include "web/pages_account.h"
#include "web/pages_contact.h"
#include "web/pages_factor.h"
#include "web/pages_history.h"
#include "web/pages_holder.h"
#include "web/pages_security.h"
#include "web/pages_login.h"
#include "web/pages_problem.h"

enum web_page {
	WEB_PAGE_LOGIN,                     /* struct web_login */
	WEB_PAGE_RESTART,                   /* struct web_restart */
	WEB_PAGE_PROBLEM,                   /* struct web_problem */
	WEB_PAGE_OAUTH_ERROR,               /* struct web_oauth_error */
	WEB_PAGE_CONSENT,                   /* struct web_consent */
	WEB_PAGE_SELECT_ACCOUNT,            /* struct web_select_account */
	WEB_PAGE_NO_GRANT,                  /* struct web_refusal */
	WEB_PAGE_GRANT_EXPIRED,             /* struct web_refusal */
	WEB_PAGE_UNKNOWN_PERSON,            /* struct web_refusal */
	WEB_PAGE_ACCOUNT_DISABLED,          /* struct web_refusal */
	WEB_PAGE_APPS,                      /* struct web_apps */
	WEB_PAGE_LOGOUT_CONFIRM,            /* struct web_logout_confirm */
	WEB_PAGE_LOGGED_OUT,                /* struct web_logged_out */
	WEB_PAGE_FORM_POST,                 /* struct web_form_post */
	WEB_PAGE_WAIT,                      /* struct web_wait */
	WEB_PAGE_SECOND_FACTOR,             /* struct web_second_factor */
	WEB_PAGE_OTP,                       /* struct web_otp */
	WEB_PAGE_SECOND_FACTOR_UNAVAILABLE, /* struct web_second_factor_unavailable */
	WEB_PAGE_CHANGE,                    /* struct web_change */
	WEB_PAGE_RECOVERY_REQUEST,          /* struct web_recovery_request */
	WEB_PAGE_RECOVERY,                  /* struct web_recovery */
	WEB_PAGE_AUTH_METHODS,              /* struct web_auth_methods */
	WEB_PAGE_SWITCH,                    /* struct web_switch */
	WEB_PAGE_NOT_ME,                    /* struct web_not_me */
	WEB_PAGE_PROFILE,                   /* struct web_profile */
	WEB_PAGE_SESSIONS,                  /* struct web_sessions */
	WEB_PAGE_ACTIVITY,                  /* struct web_activity */
	WEB_PAGE_PRIVACY,                   /* struct web_privacy */
	WEB_PAGE_SET_PASSWORD,              /* struct web_set_password */
	WEB_PAGE_CONTACTS,                  /* struct web_contacts */
	WEB_PAGE_CONTACT_NEW,               /* struct web_contact_new */
	WEB_PAGE_CONTACT_CODE,              /* struct web_contact_code */
	WEB_PAGE_ENROL_EMAIL,               /* struct web_enrol_email */
	WEB_PAGE_MAX_
};

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_PAGE_TABLES_H
#define PRATU_IDP_LOGIN_PAGE_TABLES_H

/* Field tables of models that the account pages show too. */
#include "web/page_tables.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_recovery.h"

extern const struct tmpl_field web_rule_fields[], web_target_fields[];
extern const char *const web_login_message_words[];   /* by enum web_login_message */
extern const char *const web_contact_message_words[]; /* by enum web_contact_message */

/* page_type.failures and .wrong_input of pages with a web_contact_message. */
#define WEB_CONTACT_WRONG_INPUT                                                                    \
	(WEB_NOTICE(WEB_CONTACT_INVALID) | WEB_NOTICE(WEB_CONTACT_WRONG_CODE) |                    \
		WEB_NOTICE(WEB_CONTACT_CODE_EXPIRED) | WEB_NOTICE(WEB_CONTACT_TAKEN) |             \
		WEB_NOTICE(WEB_CONTACT_MALFORMED_CODE) | WEB_NOTICE(WEB_CONTACT_REPLACED_CODE))
#define WEB_CONTACT_FAILURES                                                                       \
	(WEB_CONTACT_WRONG_INPUT | WEB_NOTICE(WEB_CONTACT_SAME) |                                  \
		WEB_NOTICE(WEB_CONTACT_LIMITED) | WEB_NOTICE(WEB_CONTACT_BUSY) |                   \
		WEB_NOTICE(WEB_CONTACT_TOO_MANY_CODES) | WEB_NOTICE(WEB_CONTACT_CONFLICT) |        \
		WEB_NOTICE(WEB_CONTACT_NEEDED))

#endif

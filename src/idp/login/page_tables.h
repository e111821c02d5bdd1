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

#endif

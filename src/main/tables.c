/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tables of the store, of all parts of the server. */
#include "audit/audit.h"
#include "base/die.h"
#include "core/event.h"
#include "core/module.h"
#include "core/schema.h"
#include "deliver/message.h"
#include "directory/contact.h"
#include "directory/credential.h"
#include "directory/records.h"
#include "directory/session.h"
#include "idp/challenge/otp_record.h"
#include "idp/login/login_record.h"
#include "idp/login/recovery_records.h"
#include "idp/oauth/token_records.h"
#include "workflow/workflow.h"

static const struct store_table tables[] = {
	{TABLE_META, "meta"},
	{TABLE_CLIENT, "client"},
	{TABLE_SYSTEM, "system"},
	{TABLE_OFFICE, "office"},
	{TABLE_PERSON, "person"},
	{TABLE_PERSON_BY_PID, "person_by_pid"},
	{TABLE_ACCOUNT, "account"},
	{TABLE_ACCOUNT_BY_NAME, "account_by_name"},
	{TABLE_ACCOUNT_BY_PERSON, "account_by_person"},
	{TABLE_ROLE_GRANT, "grant"},
	{TABLE_SESSION, "session", STORE_EXPIRING},
	{TABLE_SESSION_BY_PERSON, "session_by_person"},
	{TABLE_LOGIN, "interaction", STORE_EXPIRING},
	{TABLE_AUTHORIZATION_CODE, "code", STORE_EXPIRING},
	{TABLE_AUTHORIZATION, "authorization", STORE_EXPIRING},
	{TABLE_ACCESS_TOKEN, "access", STORE_EXPIRING},
	{TABLE_REFRESH_TOKEN, "refresh", STORE_EXPIRING},
	{TABLE_SESSION_CLIENT, "session_client", STORE_EXPIRING},
	{TABLE_CONSENT, "consent"},
	{TABLE_KEY, "signing_key"},
	{TABLE_CREDENTIAL, "credential"},
	{TABLE_ATTEMPTS, "attempts", STORE_EXPIRING},
	{TABLE_AUDIT, "audit", STORE_LOG, audit_seal, NULL},
	{TABLE_MESSAGE, "message", STORE_EXPIRING},
	{TABLE_MESSAGE_DUE, "message_due"},
	{TABLE_MESSAGE_TARGET, "message_target", STORE_EXPIRING},
	{TABLE_MESSAGE_REPORT, "message_report", STORE_EXPIRING},
	{TABLE_OTP, "otp"},
	{TABLE_EVENT, "event", STORE_EXPIRING},
	{TABLE_SECURITY_NOTIFICATION, "notice", STORE_EXPIRING},
	{TABLE_EMAIL, "email"},
	{TABLE_CONTACT_CHANGE, "address", STORE_EXPIRING},
	{TABLE_RECOVERY_LINK, "reset", STORE_EXPIRING},
	{TABLE_RECOVERY_LATEST, "reset_latest"},
	{TABLE_RECOVERY_REQUEST, "reset_ask", STORE_EXPIRING},
	{TABLE_CHANGE_REQUEST, "change_request"},
	{TABLE_CHANGE_REQUEST_QUEUE, "change_request_queue"},
};

struct store_schema schema = {tables, sizeof(tables) / sizeof(tables[0])};

void schema_add_modules(void)
{
	static struct store_table all[STORE_TABLES_MAX];
	size_t n = sizeof(tables) / sizeof(tables[0]);

	memcpy(all, tables, sizeof(tables));
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_table *t = all_modules[m]->tables; t && t->number; t++) {
			if (n == STORE_TABLES_MAX)
				die("the modules have more tables than STORE_TABLES_MAX");
			all[n++] = (struct store_table){t->number, t->name, t->flags};
		}
	schema = (struct store_schema){all, n};
}

const struct record_type *const table_records[TABLE_END] = {
	[TABLE_CLIENT] = &record_client,
	[TABLE_SYSTEM] = &record_system,
	[TABLE_OFFICE] = &record_office,
	[TABLE_PERSON] = &record_person,
	[TABLE_ACCOUNT] = &record_account,
	[TABLE_ROLE_GRANT] = &record_role_grant,
	[TABLE_SESSION] = &record_session,
	[TABLE_LOGIN] = &record_login,
	[TABLE_AUTHORIZATION_CODE] = &record_authorization_code,
	[TABLE_AUTHORIZATION] = &record_authorization,
	[TABLE_ACCESS_TOKEN] = &record_access_token,
	[TABLE_REFRESH_TOKEN] = &record_refresh_token,
	[TABLE_SESSION_CLIENT] = &record_session_client,
	[TABLE_CONSENT] = &record_consent,
	[TABLE_KEY] = &record_signing_key,
	[TABLE_MESSAGE] = &record_message,
	[TABLE_MESSAGE_REPORT] = &record_message_report,
	[TABLE_CREDENTIAL] = &record_credential,
	[TABLE_ATTEMPTS] = &record_attempts,
	[TABLE_OTP] = &record_otp,
	[TABLE_EVENT] = &record_event,
	[TABLE_SECURITY_NOTIFICATION] = &record_security_notification,
	[TABLE_CONTACT_CHANGE] = &record_contact_change,
	[TABLE_RECOVERY_LINK] = &record_recovery_link,
	[TABLE_RECOVERY_LATEST] = &record_recovery_latest,
	[TABLE_RECOVERY_REQUEST] = &record_recovery_request,
	[TABLE_CHANGE_REQUEST] = &record_change_request,
};

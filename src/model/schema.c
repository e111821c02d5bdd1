/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "model/schema.h"

#include "audit/audit.h"
#include "base/die.h"
#include "model/contact.h"
#include "model/credential.h"
#include "model/event.h"
#include "model/flow.h"
#include "model/message.h"
#include "model/records.h"
#include "model/reset.h"

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
	{TABLE_GRANT, "grant"},
	{TABLE_SESSION, "session", STORE_EXPIRING},
	{TABLE_SESSION_BY_PERSON, "session_by_person"},
	{TABLE_INTERACTION, "interaction", STORE_EXPIRING},
	{TABLE_CODE, "code", STORE_EXPIRING},
	{TABLE_AUTHORIZATION, "authorization", STORE_EXPIRING},
	{TABLE_ACCESS, "access", STORE_EXPIRING},
	{TABLE_REFRESH, "refresh", STORE_EXPIRING},
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
	{TABLE_NOTICE, "notice", STORE_EXPIRING},
	{TABLE_EMAIL, "email"},
	{TABLE_ADDRESS, "address", STORE_EXPIRING},
	{TABLE_RESET, "reset", STORE_EXPIRING},
	{TABLE_RESET_LATEST, "reset_latest"},
	{TABLE_RESET_ASK, "reset_ask", STORE_EXPIRING},
};

const struct store_schema schema = {tables, sizeof(tables) / sizeof(tables[0])};

static const struct record_type *const records[TABLE_END] = {
	[TABLE_CLIENT] = &record_client,
	[TABLE_SYSTEM] = &record_system,
	[TABLE_OFFICE] = &record_office,
	[TABLE_PERSON] = &record_person,
	[TABLE_ACCOUNT] = &record_account,
	[TABLE_GRANT] = &record_grant,
	[TABLE_SESSION] = &record_session,
	[TABLE_INTERACTION] = &record_interaction,
	[TABLE_CODE] = &record_code,
	[TABLE_AUTHORIZATION] = &record_authorization,
	[TABLE_ACCESS] = &record_access,
	[TABLE_REFRESH] = &record_refresh,
	[TABLE_SESSION_CLIENT] = &record_session_client,
	[TABLE_CONSENT] = &record_consent,
	[TABLE_KEY] = &record_signing_key,
	[TABLE_MESSAGE] = &record_message,
	[TABLE_MESSAGE_TARGET] = &record_message_count,
	[TABLE_MESSAGE_REPORT] = &record_message_report,
	[TABLE_CREDENTIAL] = &record_credential,
	[TABLE_ATTEMPTS] = &record_attempts,
	[TABLE_OTP] = &record_otp,
	[TABLE_EVENT] = &record_event,
	[TABLE_NOTICE] = &record_notice,
	[TABLE_ADDRESS] = &record_address_change,
	[TABLE_RESET] = &record_reset,
	[TABLE_RESET_LATEST] = &record_reset_latest,
	[TABLE_RESET_ASK] = &record_reset_ask,
};

const struct record_type *table_record(enum table table)
{
	return (unsigned)table < TABLE_END ? records[table] : NULL;
}

enum rc record_get(struct store_snapshot *snap, enum table table, struct str key, struct arena *a,
	void *ret_record, uint64_t *ret_version)
{
	struct store_record stored;
	enum rc rc;

	if (key.n == 0 || key.n > STORE_KEY_MAX)
		return RC_NOT_FOUND;
	rc = store_get(snap, table, key, &stored);
	if (rc != RC_OK)
		return rc;
	rc = field_decode(table_record(table), a, stored.value, ret_record);
	if (rc == RC_OK && ret_version)
		*ret_version = stored.version;
	return rc;
}

void record_put(struct store_batch *b, enum table table, struct arena *a, struct str key,
	const void *record, uint64_t expect)
{
	struct buf stored;

	buf_init(&stored, a, RECORD_STORED_MAX);
	field_encode(table_record(table), record, &stored);
	if (buf_status(&stored) != RC_OK)
		die("a record is larger than its maximum: its fields were not bounded");
	store_put(b, table, key, buf_str(&stored), expect);
}

struct str key_join(struct arena *a, struct str first, struct str second)
{
	struct buf key;

	buf_init(&key, a, first.n + 1 + second.n);
	buf_add(&key, first);
	buf_add_byte(&key, 0);
	buf_add(&key, second);
	return buf_str(&key);
}

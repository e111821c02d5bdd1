/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/directory_tables.h"

#include "core/app.h"
#include "directory/contact.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "directory/session.h"
#include "directory/session_ended.h"

/* --- indexes --- */

static struct str pid_of(struct arena *a, const void *record)
{
	return ((const struct person *)record)->pid_hash;
}

static struct str name_of(struct arena *a, const void *record)
{
	return username_fold(a, ((const struct account *)record)->username);
}

static struct str holder_of(struct arena *a, const void *record)
{
	return ((const struct account *)record)->person;
}

static const struct table_index person_indexes[] = {
	{.table = TABLE_PERSON_BY_PID, .unique = true, .key = pid_of},
	{.table = 0},
};
static const struct table_index account_indexes[] = {
	{.table = TABLE_ACCOUNT_BY_NAME, .unique = true, .key = name_of},
	{.table = TABLE_ACCOUNT_BY_PERSON, .key = holder_of},
	{.table = 0},
};

/* --- the download of a person's data --- */

static void write_record(
	struct json_writer *out, const struct record_type *type, const void *record)
{
	json_write_object(out);
	field_to_json(type, record, out);
	json_write_object_end(out);
}

static enum rc export_person(struct tx *tx, struct str id, struct json_writer *out)
{
	struct str number = STR_NONE;
	struct person p;
	enum rc rc = person_get(tx->snap, tx->a, id, &p, NULL);

	if (rc != RC_OK)
		return rc;
	json_write_key(out, "person");
	json_write_object(out);
	field_to_json(&record_person, &p, out);
	if (vault_pid_open(tx->app->vault, tx->a, p.id, p.pid_sealed, &number) == RC_OK)
		json_add_str(out, "citizen_number", number);
	json_write_object_end(out);
	return RC_OK;
}

static enum rc export_account(struct tx *tx, const struct account *account, struct json_writer *out)
{
	const struct auth_method *secret = auth_method_secret(&tx->app->methods);
	struct credential c;
	enum rc rc = credential_get(tx->snap, tx->a, account->id, &c, NULL);

	json_write_object(out);
	field_to_json(&record_account, account, out);
	if (rc == RC_OK) {
		json_write_key(out, secret ? secret->name : record_credential.name);
		write_record(out, &record_credential, &c);
	}
	json_write_object_end(out);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc export_accounts(struct tx *tx, struct str person, struct json_writer *out)
{
	struct account_list accounts;
	enum rc rc = accounts_of(tx->snap, tx->a, person, &accounts);

	for (size_t i = 0; rc == RC_OK && i < accounts.n; i++)
		rc = export_account(tx, accounts.v + i, out);
	return rc;
}

struct grant_export {
	struct json_writer *out;
	size_t room, left_out;
};

static bool export_grant(void *data, const struct role_grant *g)
{
	struct grant_export *to = data;

	if (!to->room) {
		to->left_out++;
		return true;
	}
	to->room--;
	write_record(to->out, &record_role_grant, g);
	return true;
}

/* What does not fit is counted: whoever reads the document shall know that it is not whole. */
static enum rc export_grants(struct tx *tx, struct str person, struct json_writer *out)
{
	struct grant_export to = {.out = out, .room = DATA_GRANTS_MAX};
	struct account_list accounts;
	enum rc rc = accounts_of(tx->snap, tx->a, person, &accounts);

	if (rc != RC_OK)
		return rc;
	json_write_key(out, "grants");
	json_write_array(out);
	rc = role_grants_each(
		tx->snap, tx->a, ROLE_GRANT_PERSON, person, STR_NONE, export_grant, &to);
	for (size_t i = 0; rc == RC_OK && i < accounts.n; i++)
		rc = role_grants_each(tx->snap, tx->a, ROLE_GRANT_ACCOUNT, accounts.v[i].id,
			STR_NONE, export_grant, &to);
	json_write_array_end(out);
	if (to.left_out)
		json_add_i64(out, "grants_left_out", (int64_t)to.left_out);
	return rc;
}

static enum rc export_session(struct tx *tx, const struct session *s, struct json_writer *out)
{
	struct session_client_list portals;
	enum rc rc = session_clients(tx, s, &portals);

	if (rc != RC_OK)
		return rc;
	json_write_object(out);
	field_to_json(&record_session, s, out);
	json_write_key(out, "portals");
	json_write_array(out);
	for (size_t i = 0; i < portals.n; i++)
		write_record(out, &record_session_client, portals.v + i);
	json_write_array_end(out);
	json_write_object_end(out);
	return RC_OK;
}

static enum rc export_sessions(struct tx *tx, struct str person, struct json_writer *out)
{
	struct session_list list;
	enum rc rc = session_list(tx, person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = export_session(tx, &list.v[i].s, out);
	return rc;
}

/* Addresses that wait for their code. */
static enum rc export_contact_changes(struct tx *tx, struct str person, struct json_writer *out)
{
	enum rc rc = RC_OK;

	for (int kind = 0; rc == RC_OK && kind < CONTACT_KIND_MAX; kind++) {
		struct contact_change_found found;

		rc = contact_change_get(
			tx->snap, tx->a, person, (enum contact_kind)kind, tx->now, &found);
		if (rc == RC_OK)
			write_record(out, &record_contact_change, &found.change);
		else if (rc == RC_NOT_FOUND)
			rc = RC_OK;
	}
	return rc;
}

/* --- the rows --- */

const struct module_table directory_tables[] = {
	{.number = TABLE_CLIENT, .name = "client", .record = &record_client, .key = "client id"},
	{.number = TABLE_CLIENT_REMOVED,
		.name = "client_removed",
		.record = &record_client_removed,
		.key = "client id"},
	{.number = TABLE_SYSTEM, .name = "system", .record = &record_system, .key = "system id"},
	{.number = TABLE_OFFICE, .name = "office", .record = &record_office, .key = "office code"},
	{.number = TABLE_PERSON,
		.name = "person",
		.record = &record_person,
		.key = "person id",
		.indexes = person_indexes,
		.verify = email_verify,
		.personal = true,
		.export_members = export_person},
	{.number = TABLE_PERSON_BY_PID,
		.name = "person_by_pid",
		.key = "keyed hash of the citizen number: person id"},
	{.number = TABLE_ACCOUNT,
		.name = "account",
		.record = &record_account,
		.key = "account id",
		.indexes = account_indexes,
		.personal = true,
		.member = "accounts",
		.export_records = export_accounts},
	{.number = TABLE_ACCOUNT_BY_NAME,
		.name = "account_by_name",
		.key = "folded username: account id"},
	{.number = TABLE_ACCOUNT_BY_PERSON,
		.name = "account_by_person",
		.key = "person id, account id"},
	{.number = TABLE_CREDENTIAL,
		.name = "credential",
		.record = &record_credential,
		.key = "account id",
		.personal = true,
		.exported_with = TABLE_ACCOUNT},
	{.number = TABLE_ROLE_GRANT,
		.name = "grant",
		.record = &record_role_grant,
		.key = "subject, system, role, office",
		.personal = true,
		.export_members = export_grants},
	{.number = TABLE_SESSION,
		.name = "session",
		.record = &record_session,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING,
		.verify = session_verify,
		.personal = true,
		.member = "sessions",
		.export_records = export_sessions},
	{.number = TABLE_SESSION_BY_PERSON,
		.name = "session_by_person",
		.key = "person id, sid: session key",
		.verify = session_entry_verify},
	{.number = TABLE_SESSION_CLIENT,
		.name = "session_client",
		.record = &record_session_client,
		.key = "session expiry, sid, client id",
		.flags = STORE_EXPIRING,
		.personal = true,
		.exported_with = TABLE_SESSION},
	{.number = TABLE_SESSION_ENDED,
		.name = "session_ended",
		.record = &record_session_ended,
		.key = "sid, client id or nothing"},
	{.number = TABLE_ACCESS_RECHECK,
		.name = "access_recheck",
		.key = "second, kind of subject, subject, system or nothing"},
	{.number = TABLE_EMAIL,
		.name = "email",
		.key = "keyed hash of an email address[, person id]",
		.verify = email_entry_verify},
	{.number = TABLE_CONTACT_CHANGE,
		.name = "address",
		.record = &record_contact_change,
		.key = "expiry, person id, kind",
		.flags = STORE_EXPIRING,
		.personal = true,
		.member = "address_changes",
		.export_records = export_contact_changes},
	{.number = 0},
};

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that is stored about a person, as one JSON document. The members are those of the
 * records' field tables, which hide hashes and ciphertexts; docs/account.md names them.
 */
#include "core/module.h"
#include "idp/account/account.h"
#include "idp/account/privacy.h"
#include "access/consent.h"
#include "directory/contact.h"
#include "directory/credential.h"
#include "core/event.h"
#include "directory/session.h"
#include "directory/directory.h"

#define SELF "/account/privacy/data"

static void write_record(struct json_writer *w, const struct record_type *type, const void *record)
{
	json_write_object(w);
	field_to_json(type, record, w);
	json_write_object_end(w);
}

static void write_person(struct op *op, struct json_writer *w, const struct person *p)
{
	struct str number = STR_NONE;

	json_write_key(w, "person");
	json_write_object(w);
	field_to_json(&record_person, p, w);
	if (vault_pid_open(op->tx.app->vault, op->tx.a, p->id, p->pid_sealed, &number) == RC_OK)
		json_add_str(w, "citizen_number", number);
	json_write_object_end(w);
}

static enum rc write_account(struct op *op, struct json_writer *w, const struct account *account)
{
	const struct auth_method *secret = auth_method_secret(&op->tx.app->methods);
	struct credential c;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, account->id, &c, NULL);

	json_write_object(w);
	field_to_json(&record_account, account, w);
	if (rc == RC_OK) {
		json_write_key(w, secret ? secret->name : record_credential.name);
		write_record(w, &record_credential, &c);
	}
	json_write_object_end(w);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc write_accounts(
	struct op *op, struct json_writer *w, const struct account_list *accounts)
{
	enum rc rc = RC_OK;

	json_write_key(w, "accounts");
	json_write_array(w);
	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++)
		rc = write_account(op, w, accounts->v + i);
	json_write_array_end(w);
	return rc;
}

struct grants {
	struct json_writer *w;
	size_t room, left_out;
};

static bool write_grant(void *data, const struct role_grant *g)
{
	struct grants *to = data;

	if (!to->room) {
		to->left_out++;
		return true;
	}
	to->room--;
	write_record(to->w, &record_role_grant, g);
	return true;
}

/* What does not fit is counted: whoever reads the document shall know that it is not whole. */
static enum rc write_grants(struct op *op, struct json_writer *w, const struct visit *v)
{
	struct grants to = {.w = w, .room = DATA_GRANTS_MAX};
	enum rc rc;

	json_write_key(w, "grants");
	json_write_array(w);
	rc = role_grants_each(
		op->tx.snap, op->tx.a, ROLE_GRANT_PERSON, v->person.id, STR_NONE, write_grant, &to);
	for (size_t i = 0; rc == RC_OK && i < v->accounts.n; i++)
		rc = role_grants_each(op->tx.snap, op->tx.a, ROLE_GRANT_ACCOUNT,
			v->accounts.v[i].id, STR_NONE, write_grant, &to);
	json_write_array_end(w);
	if (to.left_out)
		json_add_i64(w, "grants_left_out", (int64_t)to.left_out);
	return rc;
}

static enum rc write_consents(struct op *op, struct json_writer *w, struct str person)
{
	struct consent_list list;
	enum rc rc = consents_of(op, person, &list);

	if (rc != RC_OK)
		return rc;
	json_write_key(w, "consents");
	json_write_array(w);
	for (size_t i = 0; i < list.n; i++)
		write_record(w, &record_consent, list.v + i);
	json_write_array_end(w);
	return RC_OK;
}

static enum rc write_session(struct op *op, struct json_writer *w, const struct session *s)
{
	struct session_client_list portals;
	enum rc rc = session_clients(&op->tx, s, SESSION_CLIENTS_MAX, &portals);

	if (rc != RC_OK)
		return rc;
	json_write_object(w);
	field_to_json(&record_session, s, w);
	json_write_key(w, "portals");
	json_write_array(w);
	for (size_t i = 0; i < portals.n; i++)
		write_record(w, &record_session_client, portals.v + i);
	json_write_array_end(w);
	json_write_object_end(w);
	return RC_OK;
}

static enum rc write_sessions(struct op *op, struct json_writer *w, struct str person)
{
	struct session_list list;
	enum rc rc = session_list(&op->tx, person, &list);

	if (rc != RC_OK)
		return rc;
	json_write_key(w, "sessions");
	json_write_array(w);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = write_session(op, w, &list.v[i].s);
	json_write_array_end(w);
	return rc;
}

static enum rc write_events(struct op *op, struct json_writer *w, struct str person)
{
	struct event_list list;
	enum rc rc = events_of(op->tx.snap, op->tx.a, person, op->tx.now, EVENT_MAX, &list);

	if (rc != RC_OK)
		return rc;
	json_write_key(w, "events");
	json_write_array(w);
	for (size_t i = 0; i < list.n; i++) {
		json_write_object(w);
		json_add_str(w, "event", list.v[i].name);
		field_to_json(&record_event, list.v + i, w);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	return RC_OK;
}

/* Addresses that wait for their code. */
static enum rc write_changes(struct op *op, struct json_writer *w, struct str person)
{
	enum rc rc = RC_OK;

	json_write_key(w, "address_changes");
	json_write_array(w);
	for (int kind = 0; rc == RC_OK && kind < CONTACT_KIND_MAX; kind++) {
		struct contact_change_found found;

		rc = contact_change_get(
			op->tx.snap, op->tx.a, person, (enum contact_kind)kind, op->tx.now, &found);
		if (rc == RC_OK)
			write_record(w, &record_contact_change, &found.change);
		else if (rc == RC_NOT_FOUND)
			rc = RC_OK;
	}
	json_write_array_end(w);
	return rc;
}

/* Personal records of modules: a member for each table, of its name. */
static enum rc write_modules(struct op *op, struct json_writer *w, struct str person)
{
	enum rc rc = RC_OK;

	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_table *t = all_modules[m]->tables; t && t->number; t++) {
			if (!t->personal || rc != RC_OK)
				continue;
			json_write_key(w, t->name);
			json_write_array(w);
			rc = t->export_records(&op->tx, person, w);
			json_write_array_end(w);
		}
	return rc;
}

static enum rc write_all(struct op *op, const struct visit *v, struct buf *out)
{
	struct json_writer w;
	enum rc rc;

	buf_init(out, op->tx.a, DATA_BYTES_MAX);
	json_writer_init(&w, out);
	json_write_object(&w);
	json_add_str(&w, "issuer", op->tx.settings->issuer);
	json_add_i64(&w, "made", op->tx.now);
	write_person(op, &w, &v->person);
	rc = write_accounts(op, &w, &v->accounts);
	if (rc == RC_OK)
		rc = write_grants(op, &w, v);
	if (rc == RC_OK)
		rc = write_consents(op, &w, v->person.id);
	if (rc == RC_OK)
		rc = write_sessions(op, &w, v->person.id);
	if (rc == RC_OK)
		rc = write_events(op, &w, v->person.id);
	if (rc == RC_OK)
		rc = write_changes(op, &w, v->person.id);
	if (rc == RC_OK)
		rc = write_modules(op, &w, v->person.id);
	json_write_object_end(&w);
	return rc == RC_OK ? buf_status(out) : rc;
}

void account_data_run(struct op *op)
{
	struct audit_entry entry;
	const struct visit *v = op->visit;
	struct buf document;
	enum rc rc;

	rc = write_all(op, v, &document);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	entry = account_audit(op, v, AUDIT_DATA_DOWNLOADED);
	op_audit_add(op, &entry);
	http_answer(op->x, 200, "application/json", buf_str(&document));
	http_header_add(op->x, "Content-Disposition", STR("attachment; filename=\"pratu.json\""));
}

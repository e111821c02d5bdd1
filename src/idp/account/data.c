/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that is stored about a person, as one JSON document. The members are those of the
 * records' field tables, which hide hashes and ciphertexts; docs/account.md names them.
 */
#include "idp/account/account.h"
#include "idp/account/privacy.h"
#include "access/consent.h"
#include "directory/contact.h"
#include "directory/credential.h"
#include "core/event.h"
#include "directory/session.h"
#include "directory/directory.h"

#define SELF "/account/privacy/data"

static void write_record(struct jw *w, const struct record_type *type, const void *record)
{
	jw_object(w);
	field_to_json(type, record, w);
	jw_object_end(w);
}

static void write_person(struct op *op, struct jw *w, const struct person *p)
{
	struct str number = STR_NONE;

	jw_key(w, "person");
	jw_object(w);
	field_to_json(&record_person, p, w);
	if (vault_pid_open(op->tx.app->vault, op->tx.a, p->id, p->pid_sealed, &number) == RC_OK)
		jw_kv_str(w, "citizen_number", number);
	jw_object_end(w);
}

static enum rc write_account(struct op *op, struct jw *w, const struct account *account)
{
	struct credential c;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, account->id, &c, NULL);

	jw_object(w);
	field_to_json(&record_account, account, w);
	if (rc == RC_OK) {
		jw_key(w, "password");
		write_record(w, &record_credential, &c);
	}
	jw_object_end(w);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc write_accounts(struct op *op, struct jw *w, const struct account_list *accounts)
{
	enum rc rc = RC_OK;

	jw_key(w, "accounts");
	jw_array(w);
	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++)
		rc = write_account(op, w, accounts->v + i);
	jw_array_end(w);
	return rc;
}

static enum rc write_grants_of(
	struct op *op, struct jw *w, enum grant_subject kind, struct str subject, size_t *left)
{
	struct grant_list grants;
	enum rc rc = grants_of(op->tx.snap, op->tx.a, kind, subject, STR_NONE, &grants);

	for (size_t i = 0; rc == RC_OK && i < grants.n && *left; i++, --*left)
		write_record(w, &record_grant, grants.v + i);
	return rc;
}

static enum rc write_grants(struct op *op, struct jw *w, const struct account_visit *v)
{
	size_t left = DATA_GRANTS_MAX;
	enum rc rc;

	jw_key(w, "grants");
	jw_array(w);
	rc = write_grants_of(op, w, GRANT_PERSON, v->person.id, &left);
	for (size_t i = 0; rc == RC_OK && i < v->accounts.n; i++)
		rc = write_grants_of(op, w, GRANT_ACCOUNT, v->accounts.v[i].id, &left);
	jw_array_end(w);
	return rc;
}

static enum rc write_consents(struct op *op, struct jw *w, struct str person)
{
	struct consent_list list;
	enum rc rc = consents_of(op, person, &list);

	if (rc != RC_OK)
		return rc;
	jw_key(w, "consents");
	jw_array(w);
	for (size_t i = 0; i < list.n; i++)
		write_record(w, &record_consent, list.v + i);
	jw_array_end(w);
	return RC_OK;
}

static enum rc write_session(struct op *op, struct jw *w, const struct session *s)
{
	struct session_client_list portals;
	enum rc rc = session_clients(op, s, SESSION_CLIENTS_MAX, &portals);

	if (rc != RC_OK)
		return rc;
	jw_object(w);
	field_to_json(&record_session, s, w);
	jw_key(w, "portals");
	jw_array(w);
	for (size_t i = 0; i < portals.n; i++)
		write_record(w, &record_session_client, portals.v + i);
	jw_array_end(w);
	jw_object_end(w);
	return RC_OK;
}

static enum rc write_sessions(struct op *op, struct jw *w, struct str person)
{
	struct session_list list;
	enum rc rc = session_list(op, person, &list);

	if (rc != RC_OK)
		return rc;
	jw_key(w, "sessions");
	jw_array(w);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = write_session(op, w, &list.v[i].s);
	jw_array_end(w);
	return rc;
}

static enum rc write_events(struct op *op, struct jw *w, struct str person)
{
	struct event_list list;
	enum rc rc = events_of(op->tx.snap, op->tx.a, person, op->tx.now, EVENT_MAX, &list);

	if (rc != RC_OK)
		return rc;
	jw_key(w, "events");
	jw_array(w);
	for (size_t i = 0; i < list.n; i++) {
		jw_object(w);
		jw_kv_str(w, "event", list.v[i].name);
		field_to_json(&record_event, list.v + i, w);
		jw_object_end(w);
	}
	jw_array_end(w);
	return RC_OK;
}

/* Addresses that wait for their code. */
static enum rc write_changes(struct op *op, struct jw *w, struct str person)
{
	enum rc rc = RC_OK;

	jw_key(w, "address_changes");
	jw_array(w);
	for (int kind = 0; rc == RC_OK && kind < ADDRESS_KIND_MAX; kind++) {
		struct address_found found;

		rc = address_change_get(
			op->tx.snap, op->tx.a, person, (enum address_kind)kind, op->tx.now, &found);
		if (rc == RC_OK)
			write_record(w, &record_address_change, &found.change);
		else if (rc == RC_NOT_FOUND)
			rc = RC_OK;
	}
	jw_array_end(w);
	return rc;
}

static enum rc write_all(struct op *op, const struct account_visit *v, struct buf *out)
{
	struct jw w;
	enum rc rc;

	buf_init(out, op->tx.a, DATA_BYTES_MAX);
	jw_init(&w, out);
	jw_object(&w);
	jw_kv_str(&w, "issuer", op->tx.settings->issuer);
	jw_kv_i64(&w, "made", op->tx.now);
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
	jw_object_end(&w);
	return rc == RC_OK ? buf_status(out) : rc;
}

void account_data_run(struct op *op)
{
	struct audit_entry entry;
	struct account_visit v;
	struct buf document;
	enum rc rc;

	if (!account_begin(op, SELF, ACCOUNT_FRESH_LOGIN, &v))
		return;
	rc = write_all(op, &v, &document);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	entry = account_audit(op, &v, AUDIT_DATA_DOWNLOADED);
	op_audit_add(op, &entry);
	http_answer(op->x, 200, "application/json", buf_str(&document));
	http_header_add(op->x, "Content-Disposition", STR("attachment; filename=\"pratu.json\""));
}

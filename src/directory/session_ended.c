/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/session_ended.h"

#include "base/array.h"

#include <stddef.h>

#define AT(member) offsetof(struct session_ended, member)
static const struct field session_ended_fields[] = {
	{1, "sid", FIELD_STR, 0, AT(sid), ID_SIZE, NULL, "public session id"},
	{2, "person", FIELD_STR, 0, AT(person), ID_SIZE, NULL, "person id"},
	{3, "client", FIELD_STR, 0, AT(client), CLIENT_ID_MAX, NULL, "only this client"},
	{4, "expires", FIELD_TIME, 0, AT(expires), 0, NULL, "when the session would have expired"},
	{5, "ended", FIELD_TIME, 0, AT(ended), 0, NULL, "when it ended"},
};
#undef AT
const struct record_type record_session_ended = {"session_ended", sizeof(struct session_ended),
	session_ended_fields, ARRAY_LEN(session_ended_fields)};

void session_ended_put(struct tx *tx, const struct session *s, struct str client)
{
	const struct session_ended record = {.sid = s->sid,
		.person = s->person,
		.client = client,
		.expires = s->expires,
		.ended = tx->now};

	record_put(tx->batch, TABLE_SESSION_ENDED, tx->a, key_join(tx->a, s->sid, client), &record,
		STORE_ANY);
}

enum rc session_ended_waits(struct store_snapshot *snap, struct arena *a, struct str sid, bool *ret)
{
	struct store_record there;
	enum rc rc = store_get(snap, TABLE_SESSION_ENDED, key_join(a, sid, STR_NONE), &there);

	*ret = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

void session_leave_client(struct tx *tx, const struct session *s, struct str client)
{
	store_delete(
		tx->batch, TABLE_SESSION_CLIENT, session_client_key(tx->a, s, client), STORE_ANY);
	session_ended_put(tx, s, client);
}

static bool entered(const struct session_client_list *list, struct str client)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].client, client))
			return true;
	return false;
}

enum rc session_leave_client_all(struct tx *tx, struct str person, struct str client)
{
	struct session_list sessions;
	enum rc rc = session_list(tx, person, &sessions);

	for (size_t i = 0; rc == RC_OK && i < sessions.n; i++) {
		struct session_client_list clients;

		rc = session_clients(tx, &sessions.v[i].s, &clients);
		if (rc == RC_OK && entered(&clients, client))
			session_leave_client(tx, &sessions.v[i].s, client);
	}
	return rc;
}

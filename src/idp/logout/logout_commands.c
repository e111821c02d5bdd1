/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/logout_commands.h"

#include "base/array.h"
#include "base/strmap.h"
#include "codec/json_writer.h"
#include "directory/directory.h"
#include "idp/logout/delivery.h"

#include <stddef.h>

/* --- list --- */

#define LIST_FIRST 16 /* portals there is room for at first */

/* What is known of one portal. */
struct portal_row {
	struct str client, why;
	int64_t waiting, retrying, confirmed, failed;
	int64_t oldest; /* when the oldest session ended that it does not know of */
	int64_t why_of; /* when the session ended whose delivery failed last */
};

struct portal_rows {
	struct tx *tx;
	struct strmap at; /* client: place in v */
	struct portal_row *v;
	size_t n, cap;
	enum rc rc;
};

static struct portal_row *portal_row_of(struct portal_rows *rows, struct str client)
{
	size_t *found = strmap_find(&rows->at, client);

	if (found)
		return rows->v + *found;
	strmap_add(&rows->at, client, rows->n);
	rows->v =
		arena_grow(rows->tx->a, rows->v, rows->n, &rows->cap, LIST_FIRST, sizeof(*rows->v));
	rows->v[rows->n] = (struct portal_row){.client = str_dup(rows->tx->a, client)};
	return rows->v + rows->n++;
}

static void count_delivery(struct portal_row *row, const struct logout_delivery *d, struct arena *a)
{
	bool waits = d->state == LOGOUT_WAITING;

	row->waiting += waits && !d->why.n;
	row->retrying += waits && d->why.n;
	row->confirmed += d->state == LOGOUT_CONFIRMED;
	row->failed += d->state == LOGOUT_FAILED;
	if (waits && (!row->oldest || d->ended < row->oldest))
		row->oldest = d->ended;
	if (d->why.n && d->ended >= row->why_of) {
		row->why_of = d->ended;
		row->why = str_dup(a, d->why);
	}
}

static bool take_delivery(void *data, const struct store_record *record)
{
	struct portal_rows *rows = data;
	struct logout_delivery d;

	rows->rc = field_decode(&record_logout_delivery, rows->tx->a, record->value, &d);
	if (rows->rc != RC_OK)
		return false;
	count_delivery(portal_row_of(rows, d.client), &d, rows->tx->a);
	return true;
}

static enum rc write_row(struct tx *tx, struct json_writer *w, const struct portal_row *row)
{
	struct client client;
	enum rc rc = client_get(tx->snap, tx->a, row->client, &client, NULL);

	json_write_object(w);
	json_add_str(w, "client", row->client);
	if (rc == RC_OK)
		json_add_str(w, "name", client.name);
	json_add_i64(w, "confirmed", row->confirmed);
	json_add_i64(w, "waiting", row->waiting);
	json_add_i64(w, "retrying", row->retrying);
	json_add_i64(w, "failed", row->failed);
	if (row->oldest)
		json_add_i64(w, "oldest", row->oldest);
	json_add_str_opt(w, "why", row->why);
	json_write_object_end(w);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc list_portals(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	struct portal_rows rows = {.tx = tx};
	enum rc rc;

	strmap_init(&rows.at, tx->a);
	rc = store_scan(tx->snap, TABLE_LOGOUT, STR_NONE, STR_NONE, false, take_delivery, &rows);

	(void)arguments;
	(void)n;
	if (rc != RC_OK || rows.rc != RC_OK)
		return rc != RC_OK ? rc : rows.rc;
	buf_add_c(out, "[");
	for (size_t i = 0; rc == RC_OK && i < rows.n; i++) {
		struct json_writer w;

		buf_add_c(out, i ? ",\n " : "");
		json_writer_init(&w, out);
		rc = write_row(tx, &w, rows.v + i);
	}
	buf_add_c(out, "]\n");
	return rc;
}

const struct command logout_commands[] = {
	{"logout list", NULL, 0, 0,
		"Lists what portals were notified of sessions that ended: confirmed in the last "
		"hour, "
		"waiting, retrying, and failed in the last two days.",
		list_portals},
	{.name = NULL},
};

/* --- retry --- */

#define AT(member) offsetof(struct logout_retry_args, member)
static const struct field retry_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, AT(client_id), CLIENT_ID_MAX,
		NULL, "the portal's client"},
	{2, "reason", FIELD_STR, 0, AT(reason), AUDIT_REASON_MAX, NULL, "why, for the audit trail"},
};
#undef AT
static const struct record_type retry_type = {
	"logout_retry", sizeof(struct logout_retry_args), retry_fields, ARRAY_LEN(retry_fields)};
static const char *const retry_positional[] = {"client_id", NULL};

/* What waits for a portal. */
struct waiting {
	struct tx *tx;
	bool move;
	int64_t n;
	enum rc rc;
};

static bool retry_one(void *data, const struct store_record *record)
{
	struct waiting *w = data;
	struct logout_delivery_ref ref;
	struct logout_due due;

	w->rc = logout_due_read(record->key, &due);
	if (w->rc == RC_OK && w->move) {
		w->rc = logout_delivery_get(w->tx, str_dup(w->tx->a, due.key), &ref);
		if (w->rc == RC_NOT_FOUND)
			w->rc = RC_OK;
		else if (w->rc == RC_OK)
			logout_delivery_move(w->tx, &ref, w->tx->now_ms);
	}
	return w->rc == RC_OK && ++w->n < LOGOUT_RETRY_MAX;
}

static enum rc each_waiting(struct waiting *w, struct str client)
{
	enum rc rc = store_scan(w->tx->snap, TABLE_LOGOUT_DUE, logout_due_prefix(w->tx->a, client),
		STR_NONE, false, retry_one, w);

	return rc != RC_OK ? rc : w->rc;
}

/* RC_EXISTS: nothing waits. */
static enum rc retry_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct logout_retry_args *args = data;
	struct waiting w = {.tx = tx};
	struct client client;
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, &client, NULL);

	(void)ret;
	if (rc == RC_OK)
		rc = each_waiting(&w, args->client_id);
	return rc == RC_OK && !w.n ? RC_EXISTS : rc;
}

static enum rc retry_apply(struct tx *tx, const void *data, void *result)
{
	const struct logout_retry_args *args = data;
	struct waiting w = {.tx = tx, .move = true};
	struct audit_entry e = tx_audit(tx, AUDIT_PORTAL_LOGOUT_RETRIED);
	enum rc rc = each_waiting(&w, args->client_id);
	struct buf n;

	(void)result;
	if (rc != RC_OK)
		return rc;
	buf_init(&n, tx->a, 24);
	buf_add_i64(&n, w.n);
	e.client = e.object = args->client_id;
	e.detail = buf_str(&n);
	e.reason = args->reason;
	tx_audit_add(tx, &e);
	return RC_OK;
}

static const struct operation operation_logout_retry = {
	.name = "logout.retry",
	.help = "Notifies a portal at once of all sessions that ended and that wait for it.",
	.args = &retry_type,
	.positional = retry_positional,
	.permission = "clients.write",
	.check = retry_check,
	.apply = retry_apply,
};

const struct operation *const logout_operations[] = {&operation_logout_retry, NULL};

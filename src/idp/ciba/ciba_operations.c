/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/ciba_operations.h"

#include "codec/base64.h"
#include "codec/date.h"
#include "core/ids.h"
#include "directory/directory.h"
#include "idp/ciba/ciba_records.h"
#include "idp/ciba/hint.h"
#include "idp/ciba/ping.h"

#include <stddef.h>

/* --- all that wait --- */

struct pending_scan {
	struct tx *tx;
	struct str id;        /* only this one; empty: all */
	struct buf *out;      /* of the list; may be NULL */
	struct ciba_ref *ret; /* of the one; may be NULL */
	bool found;
	enum rc rc;
};

static void print_line(struct pending_scan *scan, const struct ciba_request *r)
{
	struct json_writer w;

	json_writer_init(&w, scan->out);
	json_write_object(&w);
	json_add_str(&w, "request", r->id);
	json_add_str(&w, "client", r->client);
	json_add_str(&w, "person", r->person);
	json_add_str_opt(&w, "binding_message", r->message);
	json_add_i64(&w, "created", r->created);
	json_add_i64(&w, "expires", r->expires);
	json_write_object_end(&w);
	buf_add_byte(scan->out, '\n');
}

static bool look_at(void *data, const struct store_record *record)
{
	struct pending_scan *scan = data;
	struct ciba_ref ref;

	scan->rc = ciba_get(scan->tx, str_dup(scan->tx->a, record->key), &ref);
	if (scan->rc != RC_OK)
		return false;
	if (!ciba_is_pending(&ref.r, scan->tx->now) || (scan->id.n && !str_eq(scan->id, ref.r.id)))
		return true;
	scan->found = true;
	if (scan->out)
		print_line(scan, &ref.r);
	if (scan->ret)
		*scan->ret = ref;
	return !scan->id.n;
}

static enum rc scan_pending(struct pending_scan *scan)
{
	enum rc rc = store_scan(
		scan->tx->snap, TABLE_CIBA_REQUEST, STR_NONE, STR_NONE, false, look_at, scan);

	return rc == RC_OK ? scan->rc : rc;
}

static enum rc list_run(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	struct pending_scan scan = {.tx = tx, .id = STR_NONE, .out = out, .rc = RC_OK};

	(void)arguments;
	(void)n;
	return scan_pending(&scan);
}

/* --- hints --- */

static enum rc hint_run(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	struct account account;
	struct person person;
	enum rc rc = account_by_name(tx->snap, tx->a, str_c(arguments[0]), &account, NULL);

	(void)n;
	if (rc == RC_OK)
		rc = person_get(tx->snap, tx->a, account.person, &person, NULL);
	if (rc != RC_OK)
		return rc;
	buf_addf(out, "%.*s\n" HINT_SUB "%.*s\n", STR_FMT(account.username), STR_FMT(person.id));
	if (!person.pid_hash.n)
		return RC_OK;
	buf_add_c(out, HINT_PID);
	base64url_add(out, person.pid_hash);
	buf_add_byte(out, '\n');
	return RC_OK;
}

const struct command ciba_commands[] = {
	{.name = "ciba list",
		.help = "Prints the requests of portals (CIBA) that wait for a person, a JSON "
			"object a line.",
		.run = list_run},
	{.name = "ciba hint",
		.arguments = "USERNAME",
		.arguments_min = 1,
		.arguments_max = 1,
		.help = "Prints what a portal may send as login_hint (CIBA) for the person of an "
			"account.",
		.run = hint_run},
	{.name = NULL},
};

/* --- ciba.withdraw --- */

struct ciba_withdraw {
	struct str request;
};

static const struct field withdraw_fields[] = {
	{1, "request", FIELD_STR, FIELD_REQUIRED, offsetof(struct ciba_withdraw, request), ID_SIZE,
		NULL, "id of the request, as ciba list prints it"},
};
static const struct record_type withdraw_args = {
	"ciba_withdraw", sizeof(struct ciba_withdraw), withdraw_fields, 1};
static const char *const withdraw_positional[] = {"request", NULL};

static enum rc find_pending(struct tx *tx, struct str id, struct ciba_ref *ret)
{
	struct pending_scan scan = {.tx = tx, .id = id, .ret = ret, .rc = RC_OK};
	enum rc rc = scan_pending(&scan);

	return rc == RC_OK && !scan.found ? RC_NOT_FOUND : rc;
}

static enum rc withdraw_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct ciba_withdraw *args = data;
	struct ciba_ref ref;

	(void)ret;
	return find_pending(tx, args->request, &ref);
}

static enum rc withdraw_apply(struct tx *tx, const void *data, void *result)
{
	const struct ciba_withdraw *args = data;
	struct audit_entry entry = tx_audit(tx, AUDIT_CIBA_WITHDRAWN);
	struct ciba_person p;
	struct ciba_ref ref;
	uint64_t version;
	enum rc rc = find_pending(tx, args->request, &ref);

	(void)result;
	if (rc == RC_OK)
		rc = ciba_person_get(tx, ref.r.person, ref.r.client, &p, &version);
	if (rc != RC_OK)
		return rc;
	ref.r.state = CIBA_WITHDRAWN;
	ref.r.decided_ms = tx->now_ms;
	ciba_put(tx, &ref);
	ciba_ping_add(tx, &ref);
	p.answered = true;
	ciba_person_put(tx, &p, version);
	entry.person = ref.r.person;
	entry.client = ref.r.client;
	entry.object = ref.r.id;
	tx_audit_add(tx, &entry);
	return RC_OK;
}

static const struct operation operation_withdraw = {
	.name = "ciba.withdraw",
	.help = "Ends a request of a portal (CIBA) that waits for a person.",
	.args = &withdraw_args,
	.positional = withdraw_positional,
	.permission = "ciba.write",
	.check = withdraw_check,
	.apply = withdraw_apply,
};
const struct operation *const ciba_operations[] = {&operation_withdraw, NULL};

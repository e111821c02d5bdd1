/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/par/pushed_request.h"

#include "base/array.h"
#include "core/handle.h"
#include "core/schema.h"
#include "directory/records.h"

#include <stddef.h>

static const struct field pushed_request_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct pushed_request, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "form", FIELD_STR, FIELD_HIDDEN, offsetof(struct pushed_request, form), PUSHED_FORM_MAX,
		NULL, "what it sent, form-encoded"},
	{3, "begin_by", FIELD_TIME, 0, offsetof(struct pushed_request, begin_by), 0, NULL,
		"until when a login must begin"},
	{4, "begun", FIELD_TIME, 0, offsetof(struct pushed_request, begun), 0, NULL,
		"when the first one began"},
};
const struct record_type record_pushed_request = {"pushed request", sizeof(struct pushed_request),
	pushed_request_fields, ARRAY_LEN(pushed_request_fields)};

bool pushed_request_uri(struct str uri)
{
	return str_starts(uri, STR(PUSHED_URN));
}

struct str pushed_request_put(struct op *op, struct str client, struct str form)
{
	const struct settings *s = op->tx.settings;
	const struct pushed_request request = {
		.client = client,
		.form = form,
		.begin_by = op->tx.now + s->pushed_lifetime,
	};
	/* Kept as long as a login that begins in the last second may take. */
	struct handle h = handle_new(op->tx.a, HANDLE_PUSHED_REQUEST,
		request.begin_by + s->login_lifetime, op->tx.now_ms, op->tx.app->rng);
	struct buf uri;

	record_put(op->tx.batch, (enum table)TABLE_PUSHED_REQUEST, op->tx.a, h.key, &request,
		STORE_ABSENT);
	buf_init(&uri, op->tx.a, sizeof(PUSHED_URN) + HANDLE_TEXT_MAX + 1);
	buf_add_c(&uri, PUSHED_URN);
	buf_add(&uri, h.text);
	return buf_str(&uri);
}

static bool is_in_time(const struct op *op, const struct pushed_request *request)
{
	if (!request->begun)
		return op->tx.now < request->begin_by;
	return op->tx.now < request->begun + op->tx.settings->login_lifetime;
}

enum rc pushed_request_find(
	struct op *op, struct str uri, struct str client, struct pushed_request_ref *ret)
{
	struct str text = str_sub(uri, sizeof(PUSHED_URN) - 1, HANDLE_TEXT_MAX + 1);
	enum rc rc;

	if (handle_key(op->tx.a, HANDLE_PUSHED_REQUEST, text, &ret->key) != RC_OK)
		return RC_NOT_FOUND;
	rc = record_get(op->tx.snap, (enum table)TABLE_PUSHED_REQUEST, ret->key, op->tx.a,
		&ret->request, &ret->version);
	if (rc != RC_OK)
		return rc;
	if (!str_eq(ret->request.client, client) || !is_in_time(op, &ret->request))
		return RC_NOT_FOUND;
	return RC_OK;
}

void pushed_request_begin(struct op *op, const struct pushed_request_ref *ref)
{
	struct pushed_request begun = ref->request;

	if (begun.begun)
		return;
	begun.begun = op->tx.now;
	record_put(op->tx.batch, (enum table)TABLE_PUSHED_REQUEST, op->tx.a, ref->key, &begun,
		ref->version);
}

enum rc pushed_request_spend(struct op *op, struct str key)
{
	struct pushed_request request;
	uint64_t version;
	enum rc rc = record_get(
		op->tx.snap, (enum table)TABLE_PUSHED_REQUEST, key, op->tx.a, &request, &version);

	if (rc == RC_OK)
		store_delete(op->tx.batch, TABLE_PUSHED_REQUEST, key, version);
	return rc;
}

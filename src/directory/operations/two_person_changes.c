/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/two_person_changes.h"

#include "directory/directory.h"
#include "directory/operations/check.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/clients.h"
#include "directory/operations/directory_operations.h"

/* --- the SSO administrator of an office --- */

#define ADMIN(member) offsetof(struct office_set_admin_args, member)
static const struct field admin_fields[] = {
	{1, "code", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, ADMIN(code), OFFICE_CODE_MAX, NULL,
		"office code"},
	{2, "admin_name", FIELD_STR, FIELD_REQUIRED, ADMIN(admin_name), 200, NULL,
		"name of the SSO administrator"},
	{3, "admin_phone", FIELD_STR, 0, ADMIN(admin_phone), 60, NULL, "telephone number"},
	{4, "admin_email", FIELD_STR, FIELD_EMAIL, ADMIN(admin_email), 254, NULL, "email address"},
};
static const struct record_type admin_type = {
	"office_set_admin", sizeof(struct office_set_admin_args), admin_fields, 4};
static const char *const admin_positional[] = {"code", NULL};

static enum rc admin_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct office_set_admin_args *args = data;
	struct office o;
	enum rc rc = office_get(tx->snap, tx->a, args->code, &o, NULL);

	(void)ret;
	if (rc != RC_OK)
		return rc;
	return str_eq(o.admin_name, args->admin_name) && str_eq(o.admin_phone, args->admin_phone) &&
			       str_eq(o.admin_email, args->admin_email)
		       ? RC_EXISTS
		       : RC_OK;
}

static enum rc admin_before(
	struct tx *tx, const void *data, void *ret_now, struct seen_records *ret_seen)
{
	const struct office_set_admin_args *args = data;
	struct office_set_admin_args *now = ret_now;
	struct office o;
	enum rc rc = office_get(tx->snap, tx->a, args->code, &o, NULL);

	if (rc != RC_OK)
		return rc;
	*now = (struct office_set_admin_args){
		args->code, o.admin_name, o.admin_phone, o.admin_email};
	return seen_add(tx, ret_seen, TABLE_OFFICE, args->code);
}

static enum rc admin_apply(struct tx *tx, const void *data, void *result)
{
	const struct office_set_admin_args *args = data;
	struct audit_entry e;
	struct office o;
	uint64_t version;
	enum rc rc = office_get(tx->snap, tx->a, args->code, &o, &version);

	(void)result;
	if (rc != RC_OK)
		return rc;
	o.admin_name = args->admin_name;
	o.admin_phone = args->admin_phone;
	o.admin_email = args->admin_email;
	o.updated = tx->now;
	office_put(tx->batch, tx->a, &o, version);
	e = operation_entry(tx, AUDIT_OFFICE_CHANGED, o.code, STR_NONE);
	e.office = o.code;
	e.detail = STR("sso_admin");
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_office_set_admin = {
	.name = "office.set-admin",
	.help = "Requests another SSO administrator for an office; a second person approves.",
	.args = &admin_type,
	.positional = admin_positional,
	.permission = "offices.write",
	.approval = APPROVAL_SECOND_PERSON,
	.check = admin_check,
	.before = admin_before,
	.apply = admin_apply,
};

/* --- redirect URIs of a client --- */

static const struct field uris_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED,
		offsetof(struct client_set_redirect_uris_args, client_id), CLIENT_ID_MAX, NULL,
		"the client"},
	{2, "redirect_uris", FIELD_STRLIST, FIELD_REQUIRED,
		offsetof(struct client_set_redirect_uris_args, redirect_uris), REDIRECT_URIS_MAX,
		NULL, "all redirect URIs, separated by ;"},
};
static const struct record_type uris_type = {
	"client_set_redirect_uris", sizeof(struct client_set_redirect_uris_args), uris_fields, 2};
static const char *const uris_positional[] = {"client_id", NULL};

/* The client with the new URIs. */
static enum rc uris_find(struct tx *tx, const struct client_set_redirect_uris_args *args,
	struct client *ret, uint64_t *ret_version, struct problems *problems)
{
	struct field_error error = {.field = NULL};
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, ret, ret_version);

	if (rc != RC_OK)
		return rc;
	if (client_same_uris(ret->redirect_uris, args->redirect_uris))
		return RC_EXISTS;
	ret->redirect_uris = args->redirect_uris;
	rc = client_check(tx->a, ret, &error);
	return rc == RC_INVALID ? problem_copy(problems, &error) : rc;
}

static enum rc uris_check(struct tx *tx, const void *args, struct problems *ret)
{
	struct client c;

	return uris_find(tx, args, &c, NULL, ret);
}

static enum rc uris_before(
	struct tx *tx, const void *data, void *ret_now, struct seen_records *ret_seen)
{
	const struct client_set_redirect_uris_args *args = data;
	struct client_set_redirect_uris_args *now = ret_now;
	struct client c;
	enum rc rc = client_get(tx->snap, tx->a, args->client_id, &c, NULL);

	if (rc != RC_OK)
		return rc;
	*now = (struct client_set_redirect_uris_args){args->client_id, c.redirect_uris};
	return seen_add(tx, ret_seen, TABLE_CLIENT, args->client_id);
}

static enum rc uris_apply(struct tx *tx, const void *args, void *result)
{
	struct problems problems = {.n = 0};
	struct audit_entry e;
	struct client c;
	uint64_t version = 0;
	enum rc rc = uris_find(tx, args, &c, &version, &problems);

	(void)result;
	if (rc != RC_OK)
		return rc;
	c.updated = tx->now;
	client_put(tx->batch, tx->a, &c, version);
	e = operation_entry(tx, AUDIT_CLIENT_CHANGED, c.id, STR_NONE);
	e.client = c.id;
	e.detail = STR("redirect_uris");
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_client_set_redirect_uris = {
	.name = "client.set-redirect-uris",
	.help = "Requests other redirect URIs for a client; a second person approves.",
	.args = &uris_type,
	.positional = uris_positional,
	.permission = "clients.write",
	.approval = APPROVAL_SECOND_PERSON,
	.check = uris_check,
	.before = uris_before,
	.apply = uris_apply,
};

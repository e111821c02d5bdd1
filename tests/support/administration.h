/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_SUPPORT_ADMINISTRATION_H
#define PRATU_TESTS_SUPPORT_ADMINISTRATION_H

/* An administrator for tests: runs the operations of src/directory by arguments in a row. */
#include "directory/operations/changes.h"
#include "directory/operations/clients.h"
#include "directory/operations/credentials.h"

struct administrator {
	struct app app;
	struct actor actor;
};

static inline struct administrator administrator_of(const struct app *app)
{
	struct administrator who = {.app = *app};

	who.actor = (struct actor){ACTOR_COMMAND, STR("cli:tester"), STR_NONE, STR_NONE};
	return who;
}

/* ret: the result's bytes, when it is not NULL. */
static inline enum rc admin_run(const struct administrator *who, struct arena *a,
	const struct operation *o, const void *args, void *ret)
{
	struct operation_call call = {.operation = o, .args = args};
	enum rc rc = operation_run(&who->app, &who->actor, a, &call);

	if (rc == RC_OK && ret)
		memcpy(ret, call.result, o->result_size);
	return rc;
}

static inline enum rc admin_person_status(const struct administrator *who, struct arena *a,
	struct str id, enum status status, struct str reason)
{
	const struct person_status_args args = {id, reason};

	return admin_run(who, a,
		status == STATUS_SUSPENDED ? &operation_person_suspend : &operation_person_resume,
		&args, NULL);
}

static inline enum rc admin_account_status(const struct administrator *who, struct arena *a,
	struct str username, enum status status, struct str reason)
{
	const struct account_status_args args = {username, reason};

	return admin_run(who, a,
		status == STATUS_SUSPENDED ? &operation_account_suspend : &operation_account_resume,
		&args, NULL);
}

static inline enum rc admin_password_disabled(const struct administrator *who, struct arena *a,
	struct str username, bool disabled, struct str reason)
{
	const struct credential_args args = {username, reason};

	return admin_run(who, a,
		disabled ? &operation_account_password_disable : &operation_account_password_enable,
		&args, NULL);
}

static inline enum rc admin_require_change(
	const struct administrator *who, struct arena *a, struct str username, struct str reason)
{
	const struct credential_args args = {username, reason};

	return admin_run(who, a, &operation_account_password_require_change, &args, NULL);
}

static inline enum rc admin_unlock(
	const struct administrator *who, struct arena *a, struct str username, struct str reason)
{
	const struct credential_args args = {username, reason};

	return admin_run(who, a, &operation_account_unlock, &args, NULL);
}

static inline enum rc admin_issue_secret(const struct administrator *who, struct arena *a,
	struct str username, struct issued_secret *ret)
{
	const struct credential_args args = {username, STR_NONE};

	return admin_run(who, a, &operation_account_issue_secret, &args, ret);
}

static inline enum rc admin_rotate_secret(const struct administrator *who, struct arena *a,
	struct str id, int64_t overlap, struct client_made *ret)
{
	const struct client_rotate_secret_args args = {id, overlap};

	return admin_run(who, a, &operation_client_rotate_secret, &args, ret);
}

#endif

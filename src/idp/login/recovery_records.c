/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/recovery_records.h"

#include "directory/credential.h"
#include "core/handle.h"
#include "directory/records.h"

#include <stddef.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct field ask_fields[] = {
	{1, "username", FIELD_STR, 0, offsetof(struct reset_ask, username), USERNAME_MAX, NULL,
		"as typed"},
	{2, "system", FIELD_STR, 0, offsetof(struct reset_ask, system), SYSTEM_ID_MAX, NULL,
		"of the portal that waits"},
	{3, "address", FIELD_STR, 0, offsetof(struct reset_ask, address), 64, NULL, "from where"},
	{4, "user_agent", FIELD_STR, 0, offsetof(struct reset_ask, user_agent), 300, NULL,
		"by what"},
	{5, "request", FIELD_STR, 0, offsetof(struct reset_ask, request), 64, NULL,
		"id of the request"},
	{6, "asked", FIELD_TIME, 0, offsetof(struct reset_ask, asked), 0, NULL, "when"},
};
const struct record_type record_reset_ask = {
	"reset_ask", sizeof(struct reset_ask), ask_fields, COUNT(ask_fields)};

static const struct field reset_fields[] = {
	{1, "account", FIELD_STR, 0, offsetof(struct reset, account), ID_SIZE, NULL, "account id"},
	{2, "person", FIELD_STR, 0, offsetof(struct reset, person), ID_SIZE, NULL, "its holder"},
	{3, "stamp", FIELD_BYTES, 0, offsetof(struct reset, stamp), CREDENTIAL_STAMP, NULL,
		"which password it replaces"},
	{4, "system", FIELD_STR, 0, offsetof(struct reset, system), SYSTEM_ID_MAX, NULL,
		"of the portal that waits"},
	{5, "made", FIELD_TIME, 0, offsetof(struct reset, made), 0, NULL, "when"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct reset, expires), 0, NULL, "dies"},
	{7, "sends", FIELD_I64, 0, offsetof(struct reset, sends), 0, NULL, "codes sent"},
	{8, "tries", FIELD_I64, 0, offsetof(struct reset, tries), 0, NULL, "codes typed"},
};
const struct record_type record_reset = {
	"reset", sizeof(struct reset), reset_fields, COUNT(reset_fields)};

static const struct field latest_fields[] = {
	{1, "key", FIELD_BYTES, 0, offsetof(struct reset_latest, key), HANDLE_KEY_SIZE, NULL,
		"of the newest link"},
	{2, "asked", FIELD_TIME, 0, offsetof(struct reset_latest, asked), 0, NULL,
		"the last ask looked at"},
};
const struct record_type record_reset_latest = {
	"reset_latest", sizeof(struct reset_latest), latest_fields, COUNT(latest_fields)};

enum rc reset_get(struct store_snapshot *s, struct arena *a, struct str key, struct reset *ret,
	uint64_t *ret_version)
{
	struct reset_latest latest;
	enum rc rc = record_get(s, TABLE_RESET, key, a, ret, ret_version);

	if (rc == RC_OK)
		rc = record_get(s, TABLE_RESET_LATEST, ret->account, a, &latest, NULL);
	if (rc == RC_OK && !str_eq(latest.key, key))
		return RC_NOT_FOUND;
	return rc;
}

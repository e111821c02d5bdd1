/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/recovery_records.h"

#include "base/array.h"
#include "directory/credential.h"
#include "core/handle.h"
#include "directory/records.h"

#include <stddef.h>

static const struct field ask_fields[] = {
	{1, "username", FIELD_STR, 0, offsetof(struct recovery_request, username), USERNAME_MAX,
		NULL, "as typed"},
	{2, "system", FIELD_STR, 0, offsetof(struct recovery_request, system), SYSTEM_ID_MAX, NULL,
		"of the portal that waits"},
	{3, "address", FIELD_STR, 0, offsetof(struct recovery_request, address), 64, NULL,
		"from where"},
	{4, "user_agent", FIELD_STR, 0, offsetof(struct recovery_request, user_agent), 300, NULL,
		"by what"},
	{5, "request", FIELD_STR, 0, offsetof(struct recovery_request, request), 64, NULL,
		"id of the request"},
	{6, "asked", FIELD_TIME, 0, offsetof(struct recovery_request, asked), 0, NULL, "when"},
};
const struct record_type record_recovery_request = {
	"reset_ask", sizeof(struct recovery_request), ask_fields, ARRAY_LEN(ask_fields)};

static const struct field reset_fields[] = {
	{1, "account", FIELD_STR, 0, offsetof(struct recovery_link, account), ID_SIZE, NULL,
		"account id"},
	{2, "person", FIELD_STR, 0, offsetof(struct recovery_link, person), ID_SIZE, NULL,
		"its holder"},
	{3, "stamp", FIELD_BYTES, 0, offsetof(struct recovery_link, credential_version),
		CREDENTIAL_VERSION_SIZE, NULL, "which password it replaces"},
	{4, "system", FIELD_STR, 0, offsetof(struct recovery_link, system), SYSTEM_ID_MAX, NULL,
		"of the portal that waits"},
	{5, "made", FIELD_TIME, 0, offsetof(struct recovery_link, made), 0, NULL, "when"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct recovery_link, expires), 0, NULL, "dies"},
	{7, "sends", FIELD_I64, 0, offsetof(struct recovery_link, sends), 0, NULL, "codes sent"},
	{8, "tries", FIELD_I64, 0, offsetof(struct recovery_link, tries), 0, NULL, "codes typed"},
};
const struct record_type record_recovery_link = {
	"reset", sizeof(struct recovery_link), reset_fields, ARRAY_LEN(reset_fields)};

static const struct field latest_fields[] = {
	{1, "key", FIELD_BYTES, 0, offsetof(struct recovery_latest, key), HANDLE_KEY_SIZE, NULL,
		"of the newest link"},
	{2, "asked", FIELD_TIME, 0, offsetof(struct recovery_latest, asked), 0, NULL,
		"the last ask looked at"},
};
const struct record_type record_recovery_latest = {
	"reset_latest", sizeof(struct recovery_latest), latest_fields, ARRAY_LEN(latest_fields)};

enum rc recovery_link_get(struct store_snapshot *s, struct arena *a, struct str key,
	struct recovery_link *ret, uint64_t *ret_version)
{
	struct recovery_latest latest;
	enum rc rc = record_get(s, TABLE_RECOVERY_LINK, key, a, ret, ret_version);

	if (rc == RC_OK)
		rc = record_get(s, TABLE_RECOVERY_LATEST, ret->account, a, &latest, NULL);
	if (rc == RC_OK && !str_eq(latest.key, key))
		return RC_NOT_FOUND;
	return rc;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/otp_record.h"

#include "core/handle.h"
#include "directory/records.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct field otp_fields[] = {
	{1, "mac", FIELD_BYTES, 0, offsetof(struct otp, mac), 32, NULL, "of the code"},
	{2, "transaction", FIELD_BYTES, 0, offsetof(struct otp, transaction), 32, NULL,
		"the login it belongs to"},
	{3, "factor", FIELD_STR, 0, offsetof(struct otp, factor), 40, NULL, "which sent it"},
	{4, "reference", FIELD_STR, 0, offsetof(struct otp, reference), 8, NULL, "shown"},
	{5, "sent", FIELD_TIME, 0, offsetof(struct otp, sent), 0, NULL, "when"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct otp, expires), 0, NULL, "dies"},
	{7, "message", FIELD_STR, 0, offsetof(struct otp, message), ID_SIZE, NULL, "that took it"},
};
const struct record_type record_otp = {"otp", sizeof(struct otp), otp_fields, COUNT(otp_fields)};

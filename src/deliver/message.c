/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/message.h"

#include "deliver/outbox.h"

#include "base/array.h"

#include <stddef.h>

#define AT(member) offsetof(struct message, member)

const char *const message_kind_words[] = {"email", "sms", NULL};
_Static_assert(ARRAY_LEN(message_kind_words) == MESSAGE_KIND_MAX + 1, "a word for each value");
const char *const message_state_words[] = {
	"queued", "sent", "delivered", "failed", "expired", "cancelled", NULL};
_Static_assert(ARRAY_LEN(message_state_words) == MESSAGE_STATE_MAX + 1, "a word for each value");
const char *const security_notification_words[] = {"password_changed", "password_reset",
	"secret_issued", "email_changed", "mobile_changed", "thaid_only", "password_allowed", NULL};
_Static_assert(ARRAY_LEN(security_notification_words) == SECURITY_NOTIFICATION_KIND_MAX + 1,
	"a word for each value");

static const struct field message_fields[] = {
	{1, "kind", FIELD_ENUM, 0, AT(kind), 0, message_kind_words, "email or sms"},
	{2, "state", FIELD_ENUM, 0, AT(state), 0, message_state_words,
		"queued, sent, delivered, failed, expired or cancelled"},
	{3, "purpose", FIELD_STR, 0, AT(purpose), 40, NULL, "purpose"},
	{4, "person", FIELD_STR, 0, AT(person), 40, NULL, "id of the person it concerns"},
	{5, "target", FIELD_STR, 0, AT(masked), 300, NULL,
		"email address or mobile number, masked"},
	{6, "sealed", FIELD_BYTES, FIELD_HIDDEN, AT(sealed), 8192, NULL,
		"target, subject and text, encrypted"},
	{7, "created", FIELD_TIME, 0, AT(created), 0, NULL, "when it was queued"},
	{8, "not_after", FIELD_TIME, 0, AT(not_after), 0, NULL, "when it expires"},
	{9, "finished", FIELD_TIME, 0, AT(finished), 0, NULL, "when it left the queue"},
	{10, "due_ms", FIELD_I64, 0, AT(due_ms), 0, NULL,
		"millisecond of the next attempt, or of the end of a sender's lease"},
	{11, "attempts", FIELD_I64, 0, AT(attempts), 0, NULL, "attempts begun"},
	{12, "provider", FIELD_STR, 0, AT(provider), 40, NULL,
		"provider that accepted or rejected it"},
	{13, "provider_id", FIELD_STR, 0, AT(provider_id), 200, NULL,
		"id assigned by the provider"},
	{14, "error", FIELD_STR, 0, AT(error), 300, NULL, "why the last attempt failed"},
};
const struct record_type record_message = {
	"message", sizeof(struct message), message_fields, ARRAY_LEN(message_fields)};

static const struct field content_fields[] = {
	{1, "target", FIELD_STR, 0, offsetof(struct message_content, target), 254, NULL,
		"email address or mobile number"},
	{2, "subject", FIELD_STR, 0, offsetof(struct message_content, subject), OUTBOX_SUBJECT_MAX,
		NULL, "subject of an email"},
	{3, "text", FIELD_TEXT, 0, offsetof(struct message_content, text), OUTBOX_TEXT_MAX, NULL,
		"the text"},
};
const struct record_type record_message_content = {"message_content",
	sizeof(struct message_content), content_fields, ARRAY_LEN(content_fields)};

static const struct field report_fields[] = {
	{1, "message", FIELD_BYTES, 0, offsetof(struct message_report, message), 16, NULL,
		"key of the message"},
};
const struct record_type record_message_report = {
	"message_report", sizeof(struct message_report), report_fields, ARRAY_LEN(report_fields)};

static const struct field notice_fields[] = {
	{1, "kind", FIELD_ENUM, 0, offsetof(struct security_notification_record, kind), 0,
		security_notification_words, "the subject of the notification"},
	{2, "person", FIELD_STR, 0, offsetof(struct security_notification_record, person), 40, NULL,
		"id of the person it concerns"},
	{3, "made", FIELD_TIME, 0, offsetof(struct security_notification_record, made), 0, NULL,
		"when"},
	{4, "answered", FIELD_TIME, 0, offsetof(struct security_notification_record, answered), 0,
		NULL, "when its person said that it was not them"},
};
const struct record_type record_security_notification = {"notice",
	sizeof(struct security_notification_record), notice_fields, ARRAY_LEN(notice_fields)};

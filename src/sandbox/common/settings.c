/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/settings.h"
#include "base/array.h"

static const char *const delivery_words[] = {"auto", "flat", "id_token", "both", NULL};
static const char *const spelling_words[] = {"scope", "renamed", "both", NULL};
static const char *const expiry_name_words[] = {"expires_in", "expire_in", "both", NULL};
static const char *const expiry_value_words[] = {"absolute", "relative", NULL};
static const char *const nonce_words[] = {"echo", "omit", "wrong", NULL};
static const char *const sub_words[] = {"pid", "other", "omit", NULL};
static const char *const refusal_words[] = {"user_denied", "access_denied", NULL};
static const char *const token_form_words[] = {"either", "bare", "bearer", NULL};
static const char *const client_auth_words[] = {"either", "basic", "post", NULL};
static const char *const return_words[] = {
	"normal", "no_state", "wrong_state", "no_code", "code_and_error", "server_error", NULL};
static const char *const jws_words[] = {"none", "bad_signature", "alg_none", "alg_hs256",
	"unknown_kid", "embedded_jwk", "not_a_jwt", NULL};
static const char *const claim_words[] = {"none", "wrong_iss", "wrong_aud", "aud_array", "expired",
	"future", "no_exp", "wrong_at_hash", NULL};
static const char *const pid_words[] = {"none", "missing", "bad_checksum", "conflict", NULL};
static const char *const fault_words[] = {"none", "500", "502", "503", "hang", "truncated",
	"not_json", "empty_400", "empty_401", "empty_200", "duplicate_request", "server_error",
	NULL};
static const char *const at_words[] = {
	"all", "auth", "token", "jwks", "discovery", "introspect", "revoke", "userinfo", NULL};

#define WORD(name, member, words, initial, fault, th, help)                                        \
	{                                                                                          \
		name, SETTING_WORD, offsetof(struct thaid_settings, member), words, 0, initial,    \
			fault, th, help                                                            \
	}
#define FLAG(name, member, initial, fault, th, help)                                               \
	{                                                                                          \
		name, SETTING_FLAG, offsetof(struct thaid_settings, member), NULL, 1, initial,     \
			fault, th, help                                                            \
	}
#define NUMBER(name, member, max, initial, fault, th, help)                                        \
	{                                                                                          \
		name, SETTING_NUMBER, offsetof(struct thaid_settings, member), NULL, max, initial, \
			fault, th, help                                                            \
	}

/* clang-format off */
const struct setting thaid_setting_table[] = {
	WORD("delivery", delivery, delivery_words, DELIVERY_AUTO, false, "วิธีส่งข้อมูลบุคคล",
		"Where the token reply has the person: auto = id_token when scope has openid, else flat members of the token reply; or always flat, always id_token, or both."),
	WORD("spelling", spelling, spelling_words, SPELLING_SCOPE, false, "ชื่อ claim",
		"Claims named as the scopes (title), renamed as on the wire (titleTh), or both."),
	WORD("expiry_name", expiry_name, expiry_name_words, 0, false, "ชื่อช่องวันหมดอายุ",
		"Member with the access token's expiry."),
	WORD("expiry_value", expiry_value, expiry_value_words, 0, false, "ค่าวันหมดอายุ",
		"Absolute Unix time (what ThaID sends) or seconds."),
	FLAG("refresh_token", refresh_token, true, false, "ส่ง refresh_token",
		"Whether the token reply has a refresh_token."),
	WORD("nonce", nonce, nonce_words, NONCE_ECHO, false, "nonce",
		"Echo the nonce in the id_token, leave it out, or send another one."),
	WORD("sub", sub, sub_words, SUB_PID, false, "sub",
		"sub is the citizen number, another stable text, or absent."),
	WORD("refusal", refusal, refusal_words, 0, false, "รหัสเมื่อผู้ใช้ปฏิเสธ",
		"The error at the callback when the person refuses."),
	WORD("token_form", token_form, token_form_words, TOKEN_EITHER, false, "รูปแบบ token ที่รับ",
		"introspect and revoke take the token bare, with a literal 'Bearer ' before it, or either."),
	WORD("client_auth", client_auth, client_auth_words, AUTH_EITHER, false, "การยืนยันตัวของระบบ",
		"Client authentication accepted at token, introspect and revoke."),
	NUMBER("login_seconds", login_seconds, 3600, 120, false, "อายุ QR (วินาที)",
		"Lifetime of a login request."),
	NUMBER("code_seconds", code_seconds, 3600, 60, false, "อายุ code (วินาที)",
		"Lifetime of an authorization code."),
	NUMBER("token_seconds", token_seconds, 86400, 900, false, "อายุ token (วินาที)",
		"Lifetime of access and id token."),
	WORD("return", ret, return_words, RETURN_NORMAL, true, "การกลับไประบบ",
		"How the browser comes back to the callback."),
	WORD("jws_fault", jws_fault, jws_words, JWS_NONE, true, "ลายเซ็น id_token",
		"Fault of the id_token as a signed object."),
	WORD("claim_fault", claim_fault, claim_words, CLAIM_NONE, true, "claim ผิด",
		"Fault of a claim in the id_token."),
	WORD("pid_fault", pid_fault, pid_words, PID_NONE, true, "เลขประชาชน",
		"The citizen number is missing, has a wrong check digit, or differs between id_token and flat members."),
	FLAG("code_replayed", code_replayed, false, true, "code ถูกใช้แล้ว",
		"The token endpoint answers as if the code had been used before."),
	WORD("fault", fault, fault_words, FAULT_NONE, true, "ข้อขัดข้อง",
		"What the endpoints of fault_at answer instead. hang = no answer until the fault is taken back, /api/reset, or 10 minutes."),
	WORD("fault_at", fault_at, at_words, AT_TOKEN, true, "ขัดข้องที่",
		"Which endpoint fails."),
	NUMBER("fault_times", fault_times, 1000000, 0, true, "จำนวนครั้ง",
		"How many requests fail; 0 = until changed."),
	NUMBER("delay_ms", delay_ms, 600000, 0, true, "หน่วงเวลา (มิลลิวินาที)",
		"Milliseconds the endpoints of delay_at wait before they answer."),
	WORD("delay_at", delay_at, at_words, AT_ALL, true, "หน่วงที่", "Which endpoint is slow."),
};
/* clang-format on */
const size_t thaid_setting_count = ARRAY_LEN(thaid_setting_table);

static void setting_put(struct thaid_settings *s, const struct setting *row, int64_t value)
{
	char *at = (char *)s + row->offset;

	switch (row->kind) {
	case SETTING_WORD: *(int *)at = (int)value; break;
	case SETTING_FLAG: *(bool *)at = value != 0; break;
	case SETTING_NUMBER: *(int64_t *)at = value; break;
	}
}

static int64_t setting_get(const struct thaid_settings *s, const struct setting *row)
{
	const char *at = (const char *)s + row->offset;

	switch (row->kind) {
	case SETTING_WORD: return *(const int *)at;
	case SETTING_FLAG: return *(const bool *)at;
	case SETTING_NUMBER: break;
	}
	return *(const int64_t *)at;
}

void settings_reset(struct thaid_settings *s)
{
	for (size_t i = 0; i < thaid_setting_count; i++)
		setting_put(s, &thaid_setting_table[i], thaid_setting_table[i].initial);
}

void settings_write(const struct thaid_settings *s, struct json_writer *out)
{
	json_write_object(out);
	for (size_t i = 0; i < thaid_setting_count; i++) {
		const struct setting *row = &thaid_setting_table[i];

		switch (row->kind) {
		case SETTING_WORD:
			json_add_str(out, row->name, str_c(row->words[setting_get(s, row)]));
			break;
		case SETTING_FLAG: json_add_bool(out, row->name, setting_get(s, row) != 0); break;
		case SETTING_NUMBER: json_add_i64(out, row->name, setting_get(s, row)); break;
		}
	}
	json_write_object_end(out);
}

struct str settings_text(const struct thaid_settings *s, const struct setting *row, struct arena *a)
{
	struct buf b;

	if (row->kind == SETTING_WORD)
		return str_c(row->words[setting_get(s, row)]);
	if (row->kind == SETTING_FLAG)
		return setting_get(s, row) != 0 ? STR("true") : STR("false");
	buf_init(&b, a, 32);
	buf_add_i64(&b, setting_get(s, row));
	return buf_str(&b);
}

static const struct setting *setting_find(struct str name)
{
	for (size_t i = 0; i < thaid_setting_count; i++)
		if (str_eq_c(name, thaid_setting_table[i].name))
			return &thaid_setting_table[i];
	return NULL;
}

/* The text's value for this setting; false when it has none. */
static bool setting_parse(const struct setting *row, struct str text, int64_t *ret)
{
	uint64_t number;

	switch (row->kind) {
	case SETTING_WORD:
		for (int i = 0; row->words[i] != NULL; i++)
			if (str_eq_c(text, row->words[i])) {
				*ret = i;
				return true;
			}
		return false;
	case SETTING_FLAG: *ret = str_eq_c(text, "true"); return *ret || str_eq_c(text, "false");
	case SETTING_NUMBER: break;
	}
	if (!str_to_u64(text, (uint64_t)row->max, &number))
		return false;
	*ret = (int64_t)number;
	return true;
}

static struct str explain(struct arena *a, const struct setting *row)
{
	struct buf b;

	buf_init(&b, a, 1024);
	buf_addf(&b, "%s: ", row->name);
	if (row->kind == SETTING_NUMBER)
		buf_addf(&b, "a whole number from 0 to %lld", (long long)row->max);
	else if (row->kind == SETTING_FLAG)
		buf_add_c(&b, "true or false");
	else
		buf_add_c(&b, "one of");
	for (int i = 0; row->words != NULL && row->words[i] != NULL; i++)
		buf_addf(&b, " %s", row->words[i]);
	return buf_str(&b);
}

enum rc settings_set(struct thaid_settings *s, struct arena *a, struct str name, struct str value,
	struct str *ret_why)
{
	const struct setting *row = setting_find(name);
	int64_t number;

	if (row == NULL) {
		*ret_why = STR("unknown setting");
		return RC_INVALID;
	}
	if (!setting_parse(row, value, &number)) {
		*ret_why = explain(a, row);
		return RC_INVALID;
	}
	setting_put(s, row, number);
	return RC_OK;
}

/* A JSON value as the text the same setting has in a form; false for other types. */
static bool json_text(struct arena *a, const struct json_value *v, struct str *ret)
{
	struct buf b;
	int64_t number;
	bool flag;

	if (json_value_str(v, ret))
		return true;
	if (json_value_bool(v, &flag)) {
		*ret = flag ? STR("true") : STR("false");
		return true;
	}
	if (!json_value_i64(v, &number))
		return false;
	buf_init(&b, a, 32);
	buf_add_i64(&b, number);
	*ret = buf_str(&b);
	return true;
}

enum rc settings_merge(
	struct thaid_settings *s, struct arena *a, const struct json_value *in, struct str *ret_why)
{
	struct thaid_settings next = *s;
	const struct json_value *v;
	struct str name, text;
	void *iter = NULL;
	enum rc rc;

	*ret_why = STR("a JSON object of settings is wanted");
	if (!json_value_is_object(in))
		return RC_INVALID;
	while (json_value_next(in, &iter, &name, &v)) {
		if (!json_text(a, v, &text)) {
			*ret_why = STR("a setting is a text, a number, true or false");
			return RC_INVALID;
		}
		rc = settings_set(&next, a, name, text, ret_why);
		if (rc != RC_OK)
			return rc;
	}
	*s = next;
	return RC_OK;
}

static void add_values(struct buf *out, const struct setting *row)
{
	if (row->kind == SETTING_FLAG)
		buf_add_c(out, "`true`, `false`");
	if (row->kind == SETTING_NUMBER)
		buf_addf(out, "0 to %lld", (long long)row->max);
	for (int i = 0; row->words != NULL && row->words[i] != NULL; i++)
		buf_addf(out, "%s`%s`", i > 0 ? ", " : "", row->words[i]);
}

void settings_reference(struct buf *out)
{
	struct thaid_settings initial;

	settings_reset(&initial);
	buf_add_c(out, "| Setting | Values | At start | What it does |\n|---|---|---|---|\n");
	for (size_t i = 0; i < thaid_setting_count; i++) {
		const struct setting *row = &thaid_setting_table[i];

		buf_addf(out, "| `%s` | ", row->name);
		add_values(out, row);
		buf_add_c(out, " | `");
		buf_add(out, settings_text(&initial, row, out->arena));
		buf_addf(out, "` | %s |\n", row->help);
	}
}

static bool touches(int where, enum thaid_at at)
{
	return where == AT_ALL || where == (int)at;
}

enum thaid_fault settings_take_fault(struct thaid_settings *s, enum thaid_at at)
{
	enum thaid_fault fault = (enum thaid_fault)s->fault;

	if (fault == FAULT_NONE || !touches(s->fault_at, at))
		return FAULT_NONE;
	if (s->fault_times > 0 && --s->fault_times == 0)
		s->fault = FAULT_NONE;
	return fault;
}

int64_t settings_delay(const struct thaid_settings *s, enum thaid_at at)
{
	return touches(s->delay_at, at) ? s->delay_ms : 0;
}

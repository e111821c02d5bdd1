/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_SETTINGS_H
#define PRATU_SANDBOX_COMMON_SETTINGS_H

/*
 * What the simulated ThaID does: the variants of its wire that were seen or may come, and the
 * faults a test asks for. One table describes them; the JSON API, the settings page and
 * docs/sandbox.md all follow it. Values are plain data; whoever shares one holds a lock.
 */
#include "base/buf.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "base/rc.h"

enum thaid_delivery { DELIVERY_AUTO, DELIVERY_FLAT, DELIVERY_ID_TOKEN, DELIVERY_BOTH };
enum thaid_spelling { SPELLING_SCOPE, SPELLING_RENAMED, SPELLING_BOTH };
enum thaid_nonce { NONCE_ECHO, NONCE_OMIT, NONCE_WRONG };
enum thaid_sub { SUB_PID, SUB_OTHER, SUB_OMIT };
enum thaid_token_form { TOKEN_EITHER, TOKEN_BARE, TOKEN_BEARER };
enum thaid_client_auth { AUTH_EITHER, AUTH_BASIC, AUTH_POST };
enum thaid_return {
	RETURN_NORMAL,
	RETURN_NO_STATE,
	RETURN_WRONG_STATE,
	RETURN_NO_CODE,
	RETURN_CODE_AND_ERROR,
	RETURN_SERVER_ERROR
};
enum thaid_jws_fault {
	JWS_NONE,
	JWS_BAD_SIGNATURE,
	JWS_ALG_NONE,
	JWS_ALG_HS256,
	JWS_UNKNOWN_KID,
	JWS_EMBEDDED_JWK,
	JWS_NOT_A_JWT
};
enum thaid_claim_fault {
	CLAIM_NONE,
	CLAIM_WRONG_ISS,
	CLAIM_WRONG_AUD,
	CLAIM_AUD_ARRAY,
	CLAIM_EXPIRED,
	CLAIM_FUTURE,
	CLAIM_NO_EXP,
	CLAIM_WRONG_AT_HASH
};
enum thaid_pid_fault { PID_NONE, PID_MISSING, PID_BAD_CHECKSUM, PID_CONFLICT };
enum thaid_fault {
	FAULT_NONE,
	FAULT_500,
	FAULT_502,
	FAULT_503,
	FAULT_HANG,
	FAULT_TRUNCATED,
	FAULT_NOT_JSON,
	FAULT_EMPTY_400,
	FAULT_EMPTY_401,
	FAULT_EMPTY_200,
	FAULT_DUPLICATE_REQUEST,
	FAULT_SERVER_ERROR
};
/* Endpoints as bits of what a fault or a delay touches; the words of "at" follow this order. */
enum thaid_at {
	AT_ALL,
	AT_AUTH,
	AT_TOKEN,
	AT_JWKS,
	AT_DISCOVERY,
	AT_INTROSPECT,
	AT_REVOKE,
	AT_USERINFO
};

struct thaid_settings {
	int delivery, spelling;
	int expiry_name;  /* 0 expires_in, 1 expire_in, 2 both */
	int expiry_value; /* 0 absolute, 1 relative */
	bool refresh_token;
	int nonce, sub;
	int refusal; /* 0 user_denied, 1 access_denied */
	int token_form, client_auth, ret;
	int jws_fault, claim_fault, pid_fault;
	bool code_replayed;
	int fault, fault_at;
	int64_t fault_times;
	int64_t delay_ms;
	int delay_at;
	int64_t login_seconds, code_seconds, token_seconds;
};

enum setting_kind { SETTING_WORD, SETTING_FLAG, SETTING_NUMBER };

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	const char *const *words; /* SETTING_WORD: NULL-terminated; its index is stored in an int */
	int64_t max;              /* SETTING_NUMBER: 0..max */
	int64_t initial;
	bool fault; /* the page shows it among the faults */
	const char *label_th, *help;
};

extern const struct setting thaid_setting_table[];
extern const size_t thaid_setting_count;

void settings_reset(struct thaid_settings *s);
/* Writes all settings as one JSON object. */
void settings_write(const struct thaid_settings *s, struct json_writer *out);
/* A setting's value as text, static or in the arena. */
struct str settings_text(
	const struct thaid_settings *s, const struct setting *row, struct arena *a);
/*
 * Sets one setting from text (a form) or some from a JSON object; others keep their value. All or
 * nothing. RC_INVALID with *ret_why, a sentence in the arena.
 */
MUST_USE enum rc settings_set(struct thaid_settings *s, struct arena *a, struct str name,
	struct str value, struct str *ret_why);
MUST_USE enum rc settings_merge(struct thaid_settings *s, struct arena *a,
	const struct json_value *in, struct str *ret_why);

/* The table as Markdown, for docs/sandbox.md. */
void settings_reference(struct buf *out);

/* The fault this endpoint shall show now, counting down fault_times; FAULT_NONE mostly. */
enum thaid_fault settings_take_fault(struct thaid_settings *s, enum thaid_at at);
/* Milliseconds this endpoint shall wait before it answers. */
int64_t settings_delay(const struct thaid_settings *s, enum thaid_at at);

#endif

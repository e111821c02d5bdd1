/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "model/flow.h"

#include "model/credential.h"
#include "model/handle.h"
#include "model/records.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct field session_fields[] = {
	{1, "sid", FIELD_STR, 0, offsetof(struct session, sid), ID_SIZE, NULL, "public session id"},
	{2, "person", FIELD_STR, 0, offsetof(struct session, person), ID_SIZE, NULL, "person id"},
	{3, "account", FIELD_STR, 0, offsetof(struct session, account), ID_SIZE, NULL,
		"account id"},
	{4, "auth_time", FIELD_TIME, 0, offsetof(struct session, auth_time), 0, NULL,
		"when the person logged in"},
	{5, "amr", FIELD_STRLIST, 0, offsetof(struct session, amr), 8, NULL, "methods"},
	{6, "ial", FIELD_STR, 0, offsetof(struct session, ial), 4, NULL, "identity assurance"},
	{7, "aal", FIELD_STR, 0, offsetof(struct session, aal), 4, NULL,
		"authentication assurance"},
	{8, "method", FIELD_STR, 0, offsetof(struct session, method), 40, NULL,
		"connector or factor"},
	{9, "created", FIELD_TIME, 0, offsetof(struct session, created), 0, NULL, "made"},
	{10, "last_seen", FIELD_TIME, 0, offsetof(struct session, last_seen), 0, NULL, "seen last"},
	{11, "expires", FIELD_TIME, 0, offsetof(struct session, expires), 0, NULL, "dies"},
	{12, "idle_timeout", FIELD_I64, 0, offsetof(struct session, idle_timeout), 0, NULL,
		"seconds it may stay unseen"},
	{13, "user_agent", FIELD_STR, 0, offsetof(struct session, user_agent), 300, NULL,
		"browser"},
	{14, "address", FIELD_STR, 0, offsetof(struct session, address), 64, NULL,
		"network address"},
};
const struct record_type record_session = {
	"session", sizeof(struct session), session_fields, COUNT(session_fields)};

static const struct field session_client_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct session_client, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "first", FIELD_TIME, 0, offsetof(struct session_client, first), 0, NULL, "first login"},
	{3, "last", FIELD_TIME, 0, offsetof(struct session_client, last), 0, NULL, "last login"},
};
const struct record_type record_session_client = {"session_client", sizeof(struct session_client),
	session_client_fields, COUNT(session_client_fields)};

static const char *const notice_words[] = {"none", "wrong", "limited", "code_over", "forbidden",
	"busy", "changed", "mismatch", "rules", "address", "taken", NULL};

static const struct field interaction_fields[] = {
	{1, "browser", FIELD_BYTES, 0, offsetof(struct interaction, browser), 32, NULL,
		"hash of the browser cookie"},
	{2, "client", FIELD_STR, 0, offsetof(struct interaction, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "redirect_uri", FIELD_STR, 0, offsetof(struct interaction, redirect_uri), 2048, NULL,
		"where the answer goes"},
	{4, "response_mode", FIELD_STR, 0, offsetof(struct interaction, response_mode), 16, NULL,
		"query or form_post"},
	{5, "scope", FIELD_STR, 0, offsetof(struct interaction, scope), 2048, NULL, "scope"},
	{6, "state", FIELD_STR, 0, offsetof(struct interaction, state), 2048, NULL,
		"of the client"},
	{7, "nonce", FIELD_STR, 0, offsetof(struct interaction, nonce), 2048, NULL,
		"of the client"},
	{8, "code_challenge", FIELD_STR, 0, offsetof(struct interaction, code_challenge), 128, NULL,
		"PKCE"},
	{9, "acr_values", FIELD_STR, 0, offsetof(struct interaction, acr_values), 1024, NULL,
		"levels asked for"},
	{10, "login_hint", FIELD_STR, 0, offsetof(struct interaction, login_hint), 1024, NULL,
		"of the client"},
	{11, "claims", FIELD_JSON, 0, offsetof(struct interaction, claims), 8192, NULL,
		"claims parameter"},
	{12, "hint_person", FIELD_STR, 0, offsetof(struct interaction, hint_person), ID_SIZE, NULL,
		"subject of the id_token_hint"},
	{13, "lang", FIELD_STR, 0, offsetof(struct interaction, lang), 8, NULL, "language"},
	{14, "return_path", FIELD_STR, 0, offsetof(struct interaction, return_path), 512, NULL,
		"page of ours to go back to"},
	{15, "max_age", FIELD_I64, 0, offsetof(struct interaction, max_age), 0, NULL,
		"seconds + 1"},
	{16, "prompt_none", FIELD_BOOL, 0, offsetof(struct interaction, prompt_none), 0, NULL, ""},
	{17, "prompt_login", FIELD_BOOL, 0, offsetof(struct interaction, prompt_login), 0, NULL,
		""},
	{18, "prompt_consent", FIELD_BOOL, 0, offsetof(struct interaction, prompt_consent), 0, NULL,
		""},
	{19, "prompt_select", FIELD_BOOL, 0, offsetof(struct interaction, prompt_select), 0, NULL,
		""},
	{20, "created", FIELD_TIME, 0, offsetof(struct interaction, created), 0, NULL, "made"},
	{21, "expires", FIELD_TIME, 0, offsetof(struct interaction, expires), 0, NULL, "dies"},
	{22, "connector", FIELD_STR, 0, offsetof(struct interaction, connector), 40, NULL,
		"upstream under way"},
	{23, "upstream_nonce", FIELD_STR, 0, offsetof(struct interaction, upstream_nonce), 256,
		NULL, "sent upstream"},
	{24, "upstream_verifier", FIELD_STR, 0, offsetof(struct interaction, upstream_verifier),
		256, NULL, "PKCE upstream"},
	{25, "person", FIELD_STR, 0, offsetof(struct interaction, person), ID_SIZE, NULL,
		"logged in"},
	{26, "account", FIELD_STR, 0, offsetof(struct interaction, account), ID_SIZE, NULL,
		"chosen account"},
	{27, "login_done", FIELD_BOOL, 0, offsetof(struct interaction, login_done), 0, NULL, ""},
	{28, "account_done", FIELD_BOOL, 0, offsetof(struct interaction, account_done), 0, NULL,
		""},
	{29, "consent_done", FIELD_BOOL, 0, offsetof(struct interaction, consent_done), 0, NULL,
		""},
	{30, "cancelled", FIELD_BOOL, 0, offsetof(struct interaction, cancelled), 0, NULL, ""},
	{31, "attempts", FIELD_I64, 0, offsetof(struct interaction, attempts), 0, NULL,
		"upstream round trips"},
	{32, "primary", FIELD_STR, 0, offsetof(struct interaction, primary), 40, NULL,
		"factor passed"},
	{33, "primary_person", FIELD_STR, 0, offsetof(struct interaction, primary_person), ID_SIZE,
		NULL, "whom it found"},
	{34, "primary_account", FIELD_STR, 0, offsetof(struct interaction, primary_account),
		ID_SIZE, NULL, "by which account"},
	{35, "must_change", FIELD_ENUM, 0, offsetof(struct interaction, must_change), 0,
		must_change_words, "why the secret must be changed"},
	{36, "second", FIELD_STR, 0, offsetof(struct interaction, second), 40, NULL,
		"second factor under way"},
	{37, "second_done", FIELD_STR, 0, offsetof(struct interaction, second_done), 40, NULL,
		"second factor passed"},
	{38, "second_skipped", FIELD_BOOL, 0, offsetof(struct interaction, second_skipped), 0, NULL,
		""},
	{39, "sends", FIELD_I64, 0, offsetof(struct interaction, sends), 0, NULL, "codes sent"},
	{40, "tries", FIELD_I64, 0, offsetof(struct interaction, tries), 0, NULL, "codes typed"},
	{41, "username", FIELD_STR, 0, offsetof(struct interaction, username), USERNAME_MAX, NULL,
		"as typed"},
	{42, "notice", FIELD_ENUM, 0, offsetof(struct interaction, notice), 0, notice_words,
		"what the next page says"},
	{43, "notice_until", FIELD_TIME, 0, offsetof(struct interaction, notice_until), 0, NULL,
		"until when"},
	{44, "broken", FIELD_I64, 0, offsetof(struct interaction, broken), 0, NULL,
		"rules that the new password broke"},
	{45, "primary_stamp", FIELD_BYTES, 0, offsetof(struct interaction, primary_stamp), 16, NULL,
		"which secret was proven"},
	{46, "same_person", FIELD_STR, 0, offsetof(struct interaction, same_person), ID_SIZE, NULL,
		"only this person may log in"},
	{47, "reset", FIELD_BYTES, 0, offsetof(struct interaction, reset), HANDLE_KEY_SIZE, NULL,
		"link of a forgotten password"},
	{48, "only", FIELD_STR, 0, offsetof(struct interaction, only), 40, NULL,
		"only this way may be used"},
	{50, "email", FIELD_STR, 0, offsetof(struct interaction, email), 254, NULL,
		"given at this login"},
	{51, "email_id", FIELD_STR, 0, offsetof(struct interaction, email_id), ID_SIZE, NULL,
		"of this address here"},
	{52, "email_given", FIELD_BOOL, 0, offsetof(struct interaction, email_given), 0, NULL,
		"and proven"},
	{53, "second_to", FIELD_STR, 0, offsetof(struct interaction, second_to), 254, NULL,
		"the address whose code passed it"},
};
const struct record_type record_interaction = {
	"interaction", sizeof(struct interaction), interaction_fields, COUNT(interaction_fields)};

static const struct field code_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct code, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "redirect_uri", FIELD_STR, 0, offsetof(struct code, redirect_uri), 2048, NULL,
		"where it went"},
	{3, "person", FIELD_STR, 0, offsetof(struct code, person), ID_SIZE, NULL, "person id"},
	{4, "account", FIELD_STR, 0, offsetof(struct code, account), ID_SIZE, NULL, "account id"},
	{5, "sid", FIELD_STR, 0, offsetof(struct code, sid), ID_SIZE, NULL, "public session id"},
	{6, "scope", FIELD_STR, 0, offsetof(struct code, scope), 2048, NULL, "scope"},
	{7, "nonce", FIELD_STR, 0, offsetof(struct code, nonce), 2048, NULL, "of the client"},
	{8, "code_challenge", FIELD_STR, 0, offsetof(struct code, code_challenge), 128, NULL,
		"PKCE"},
	{9, "claims", FIELD_JSON, 0, offsetof(struct code, claims), 8192, NULL, "claims parameter"},
	{10, "auth_time", FIELD_TIME, 0, offsetof(struct code, auth_time), 0, NULL, "login"},
	{11, "amr", FIELD_STRLIST, 0, offsetof(struct code, amr), 8, NULL, "methods"},
	{12, "acr", FIELD_STR, 0, offsetof(struct code, acr), 256, NULL, "level"},
	{13, "ial", FIELD_STR, 0, offsetof(struct code, ial), 4, NULL, ""},
	{14, "aal", FIELD_STR, 0, offsetof(struct code, aal), 4, NULL, ""},
	/* 15 was the second it was made */
	{16, "expires", FIELD_TIME, 0, offsetof(struct code, expires), 0, NULL, "dies"},
	{17, "used", FIELD_BOOL, 0, offsetof(struct code, used), 0, NULL, "redeemed"},
	{18, "authorization", FIELD_BYTES, 0, offsetof(struct code, authorization), 20, NULL,
		"what it gave"},
	{19, "issued_ms", FIELD_I64, 0, offsetof(struct code, issued_ms), 0, NULL,
		"millisecond it was made"},
};
const struct record_type record_code = {
	"code", sizeof(struct code), code_fields, COUNT(code_fields)};

static const struct field authorization_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct authorization, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "person", FIELD_STR, 0, offsetof(struct authorization, person), ID_SIZE, NULL,
		"person id"},
	{3, "account", FIELD_STR, 0, offsetof(struct authorization, account), ID_SIZE, NULL,
		"account id"},
	{4, "sid", FIELD_STR, 0, offsetof(struct authorization, sid), ID_SIZE, NULL,
		"public session id"},
	{5, "scope", FIELD_STR, 0, offsetof(struct authorization, scope), 2048, NULL, "scope"},
	{6, "claims", FIELD_JSON, 0, offsetof(struct authorization, claims), 8192, NULL,
		"claims parameter"},
	{7, "auth_time", FIELD_TIME, 0, offsetof(struct authorization, auth_time), 0, NULL,
		"login"},
	{8, "amr", FIELD_STRLIST, 0, offsetof(struct authorization, amr), 8, NULL, "methods"},
	{9, "acr", FIELD_STR, 0, offsetof(struct authorization, acr), 256, NULL, "level"},
	{10, "ial", FIELD_STR, 0, offsetof(struct authorization, ial), 4, NULL, ""},
	{11, "aal", FIELD_STR, 0, offsetof(struct authorization, aal), 4, NULL, ""},
	{12, "created_ms", FIELD_I64, 0, offsetof(struct authorization, created_ms), 0, NULL,
		"made, milliseconds"},
	{13, "expires", FIELD_TIME, 0, offsetof(struct authorization, expires), 0, NULL, "dies"},
	{14, "offline", FIELD_BOOL, 0, offsetof(struct authorization, offline), 0, NULL,
		"outlives the session"},
	{15, "revoked", FIELD_BOOL, 0, offsetof(struct authorization, revoked), 0, NULL, ""},
};
const struct record_type record_authorization = {"authorization", sizeof(struct authorization),
	authorization_fields, COUNT(authorization_fields)};

static const struct field access_fields[] = {
	{1, "authorization", FIELD_BYTES, 0, offsetof(struct access, authorization), 20, NULL,
		"family"},
	{2, "client", FIELD_STR, 0, offsetof(struct access, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "scope", FIELD_STR, 0, offsetof(struct access, scope), 2048, NULL, "scope"},
	{4, "audience", FIELD_STR, 0, offsetof(struct access, audience), 2048, NULL, "audience"},
	{5, "issued", FIELD_TIME, 0, offsetof(struct access, issued), 0, NULL, "made"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct access, expires), 0, NULL, "dies"},
	{7, "revoked", FIELD_BOOL, 0, offsetof(struct access, revoked), 0, NULL, ""},
};
const struct record_type record_access = {
	"access token", sizeof(struct access), access_fields, COUNT(access_fields)};

static const struct field refresh_fields[] = {
	{1, "authorization", FIELD_BYTES, 0, offsetof(struct refresh, authorization), 20, NULL,
		"family"},
	{2, "client", FIELD_STR, 0, offsetof(struct refresh, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "scope", FIELD_STR, 0, offsetof(struct refresh, scope), 2048, NULL, "scope"},
	{4, "issued", FIELD_TIME, 0, offsetof(struct refresh, issued), 0, NULL, "made"},
	{5, "expires", FIELD_TIME, 0, offsetof(struct refresh, expires), 0, NULL, "dies"},
	{6, "used_ms", FIELD_I64, 0, offsetof(struct refresh, used_ms), 0, NULL,
		"when it was used, milliseconds"},
	{7, "successor_expires", FIELD_TIME, 0, offsetof(struct refresh, successor_expires), 0,
		NULL, "when its successor dies"},
};
const struct record_type record_refresh = {
	"refresh token", sizeof(struct refresh), refresh_fields, COUNT(refresh_fields)};

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

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/token_records.h"

#include "base/array.h"
#include "core/auth_proof.h"
#include "core/details.h"
#include "core/handle.h"
#include "directory/records.h"

#include <stddef.h>

static const struct field code_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct authorization_code, client), CLIENT_ID_MAX,
		NULL, "client id"},
	{2, "redirect_uri", FIELD_STR, 0, offsetof(struct authorization_code, redirect_uri), 2048,
		NULL, "where it went"},
	{3, "person", FIELD_STR, 0, offsetof(struct authorization_code, person), ID_SIZE, NULL,
		"person id"},
	{4, "account", FIELD_STR, 0, offsetof(struct authorization_code, account), ID_SIZE, NULL,
		"account id"},
	{5, "sid", FIELD_STR, 0, offsetof(struct authorization_code, sid), ID_SIZE, NULL,
		"public session id"},
	{6, "scope", FIELD_STR, 0, offsetof(struct authorization_code, scope), 2048, NULL, "scope"},
	{7, "nonce", FIELD_STR, 0, offsetof(struct authorization_code, nonce), 2048, NULL,
		"of the client"},
	{8, "code_challenge", FIELD_STR, 0, offsetof(struct authorization_code, code_challenge),
		128, NULL, "PKCE"},
	{9, "claims", FIELD_JSON, 0, offsetof(struct authorization_code, claims), 8192, NULL,
		"claims parameter"},
	{10, "auth_time", FIELD_TIME, 0, offsetof(struct authorization_code, auth_time), 0, NULL,
		"login"},
	{11, "amr", FIELD_STRLIST, 0, offsetof(struct authorization_code, amr), 8, NULL, "methods"},
	{12, "acr", FIELD_STR, 0, offsetof(struct authorization_code, acr), 256, NULL, "level"},
	{13, "ial", FIELD_STR, 0, offsetof(struct authorization_code, ial), 4, NULL, ""},
	{14, "aal", FIELD_STR, 0, offsetof(struct authorization_code, aal), 4, NULL, ""},
	/* 15 was the second it was made */
	{16, "expires", FIELD_TIME, 0, offsetof(struct authorization_code, expires), 0, NULL,
		"dies"},
	{17, "used", FIELD_BOOL, 0, offsetof(struct authorization_code, used), 0, NULL, "redeemed"},
	{18, "authorization", FIELD_BYTES, 0, offsetof(struct authorization_code, authorization),
		20, NULL, "what it gave"},
	{19, "issued_ms", FIELD_I64, 0, offsetof(struct authorization_code, issued_ms), 0, NULL,
		"millisecond it was made"},
	{20, "proven_account", FIELD_STR, 0, offsetof(struct authorization_code, proven_account),
		ID_SIZE, NULL, "account whose proof began the session"},
	{21, "methods", FIELD_STRLIST, 0, offsetof(struct authorization_code, methods),
		AUTH_PROOFS_MAX, NULL, "authentication methods proven"},
	{25, "authorization_details", FIELD_JSON, 0, offsetof(struct authorization_code, details),
		DETAILS_MAX, NULL, "what was agreed to"},
};
const struct record_type record_authorization_code = {
	"code", sizeof(struct authorization_code), code_fields, ARRAY_LEN(code_fields)};

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
	{16, "proven_account", FIELD_STR, 0, offsetof(struct authorization, proven_account),
		ID_SIZE, NULL, "account whose proof began the session"},
	{17, "methods", FIELD_STRLIST, 0, offsetof(struct authorization, methods), AUTH_PROOFS_MAX,
		NULL, "authentication methods proven"},
	{25, "authorization_details", FIELD_JSON, 0, offsetof(struct authorization, details),
		DETAILS_MAX, NULL, "what was agreed to"},
};
const struct record_type record_authorization = {"authorization", sizeof(struct authorization),
	authorization_fields, ARRAY_LEN(authorization_fields)};

static const struct field access_fields[] = {
	{1, "authorization", FIELD_BYTES, 0, offsetof(struct access_token, authorization), 20, NULL,
		"family"},
	{2, "client", FIELD_STR, 0, offsetof(struct access_token, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "scope", FIELD_STR, 0, offsetof(struct access_token, scope), 2048, NULL, "scope"},
	{4, "audience", FIELD_STR, 0, offsetof(struct access_token, audience), 2048, NULL,
		"audience"},
	{5, "issued", FIELD_TIME, 0, offsetof(struct access_token, issued), 0, NULL, "made"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct access_token, expires), 0, NULL, "dies"},
	{7, "revoked", FIELD_BOOL, 0, offsetof(struct access_token, revoked), 0, NULL, ""},
	{25, "authorization_details", FIELD_JSON, 0, offsetof(struct access_token, details),
		DETAILS_MAX, NULL, "what it is good for"},
};
const struct record_type record_access_token = {
	"access token", sizeof(struct access_token), access_fields, ARRAY_LEN(access_fields)};

static const struct field refresh_fields[] = {
	{1, "authorization", FIELD_BYTES, 0, offsetof(struct refresh_token, authorization), 20,
		NULL, "family"},
	{2, "client", FIELD_STR, 0, offsetof(struct refresh_token, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "scope", FIELD_STR, 0, offsetof(struct refresh_token, scope), 2048, NULL, "scope"},
	{4, "issued", FIELD_TIME, 0, offsetof(struct refresh_token, issued), 0, NULL, "made"},
	{5, "expires", FIELD_TIME, 0, offsetof(struct refresh_token, expires), 0, NULL, "dies"},
	{6, "used_ms", FIELD_I64, 0, offsetof(struct refresh_token, used_ms), 0, NULL,
		"when it was used, milliseconds"},
	{7, "successor_expires", FIELD_TIME, 0, offsetof(struct refresh_token, successor_expires),
		0, NULL, "when its successor dies"},
};
const struct record_type record_refresh_token = {
	"refresh token", sizeof(struct refresh_token), refresh_fields, ARRAY_LEN(refresh_fields)};

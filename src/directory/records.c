/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/records.h"

#include "base/array.h"
#include "core/details.h"
#include "directory/directory.h"

#include <stddef.h>

const char *const status_words[] = {"active", "suspended", NULL};
_Static_assert(ARRAY_LEN(status_words) == STATUS_MAX + 1, "a word for each value");
const char *const office_password_words[] = {"enabled", "disabled", NULL};
_Static_assert(
	ARRAY_LEN(office_password_words) == OFFICE_PASSWORD_MAX + 1, "a word for each value");
const char *const office_kind_words[] = {
	"other", "department", "province", "district", "local", "paying", NULL};
_Static_assert(ARRAY_LEN(office_kind_words) == OFFICE_KIND_MAX + 1, "a word for each value");
const char *const role_grant_subject_words[] = {"person", "account", NULL};
const char *const client_auth_words[] = {"client_secret_basic", "client_secret_post", "none",
	"private_key_jwt", "client_secret_jwt", NULL};
_Static_assert(ARRAY_LEN(client_auth_words) == CLIENT_AUTH_MAX + 1, "a word for each value");
const char *const token_format_words[] = {"opaque", "jwt", NULL};
const char *const application_type_words[] = {"web", "native", NULL};
/* The first word is what clients have that were stored before RS256 became the default of
 * registration (OIDC Registration 2): it stays theirs. */
const char *const id_token_alg_words[] = {"ES256", "RS256", "PS256", NULL};
const char *const access_token_alg_words[] = {"", "ES256", "RS256", "PS256", NULL};
const char *const client_assertion_alg_words[] = {"", "ES256", "RS256", "PS256", "HS256", NULL};
const char *const ciba_delivery_words[] = {"", "poll", "ping", NULL};
_Static_assert(ARRAY_LEN(ciba_delivery_words) == CIBA_DELIVERY_MAX + 1, "a word for each value");

static const struct field office_fields[] = {
	{1, "code", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct office, code),
		OFFICE_CODE_MAX, NULL, "the office code, as in official letters"},
	{2, "name_th", FIELD_STR, FIELD_REQUIRED, offsetof(struct office, name_th), 200, NULL,
		"name in Thai"},
	{3, "name_en", FIELD_STR, 0, offsetof(struct office, name_en), 200, NULL,
		"name in English"},
	{4, "parent", FIELD_STR, FIELD_TYPED, offsetof(struct office, parent), OFFICE_CODE_MAX,
		NULL, "code of the office above; empty for a root"},
	{5, "kind", FIELD_ENUM, 0, offsetof(struct office, kind), 0, office_kind_words,
		"other, department, province, district, local or paying"},
	{6, "admin_name", FIELD_STR, 0, offsetof(struct office, admin_name), 200, NULL,
		"name of its SSO admin, shown to people without a role grant"},
	{7, "admin_phone", FIELD_STR, 0, offsetof(struct office, admin_phone), 60, NULL,
		"telephone of the SSO admin"},
	{8, "admin_email", FIELD_STR, FIELD_EMAIL, offsetof(struct office, admin_email), 254, NULL,
		"email of the SSO admin"},
	{9, "status", FIELD_ENUM, 0, offsetof(struct office, status), 0, status_words,
		"active or suspended"},
	{10, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct office, created), 0, NULL,
		"when the record was created"},
	{11, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct office, updated), 0, NULL,
		"when it was last changed"},
	{12, "second_factor_required_from", FIELD_DATE, 0,
		offsetof(struct office, second_factor_required_from), 0, NULL,
		"day from which password logins of its people need a second factor; empty: the "
		"policy's"},
	{13, "password_login", FIELD_ENUM, 0, offsetof(struct office, password), 0,
		office_password_words,
		"whether its people may log in by password: enabled or disabled"},
};
const struct record_type record_office = {
	"office", sizeof(struct office), office_fields, ARRAY_LEN(office_fields)};

static const struct field person_fields[] = {
	{1, "id", FIELD_STR, FIELD_READONLY, offsetof(struct person, id), ID_SIZE, NULL,
		"id assigned by Pratu; the OpenID subject (sub)"},
	{2, "pid_hash", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct person, pid_hash), 32, NULL, "keyed hash of the citizen number"},
	{3, "pid_sealed", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct person, pid_sealed), 64, NULL, "the citizen number, encrypted"},
	{4, "title_th", FIELD_STR, 0, offsetof(struct person, title_th), 60, NULL, "title in Thai"},
	{5, "given_th", FIELD_STR, FIELD_REQUIRED, offsetof(struct person, given_th), 120, NULL,
		"given name in Thai"},
	{6, "family_th", FIELD_STR, 0, offsetof(struct person, family_th), 120, NULL,
		"family name in Thai"},
	{7, "title_en", FIELD_STR, 0, offsetof(struct person, title_en), 60, NULL,
		"title in English"},
	{8, "given_en", FIELD_STR, 0, offsetof(struct person, given_en), 120, NULL,
		"given name in English"},
	{9, "family_en", FIELD_STR, 0, offsetof(struct person, family_en), 120, NULL,
		"family name in English"},
	{10, "email", FIELD_STR, FIELD_EMAIL, offsetof(struct person, email), 254, NULL,
		"email address"},
	{11, "email_verified", FIELD_BOOL, 0, offsetof(struct person, email_verified), 0, NULL,
		"true: the email address was verified; codes are sent to verified addresses only"},
	{12, "mobile", FIELD_STR, FIELD_MOBILE, offsetof(struct person, mobile), 16, NULL,
		"mobile number, +66 and nine digits"},
	{13, "mobile_verified", FIELD_BOOL, 0, offsetof(struct person, mobile_verified), 0, NULL,
		"true: the mobile number was verified; codes are sent to verified numbers only"},
	{14, "signed_out_ms", FIELD_I64, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct person, signed_out_ms), 0, NULL,
		"tokens issued before this millisecond are invalid"},
	{15, "ial", FIELD_STR, FIELD_READONLY, offsetof(struct person, ial), 4, NULL,
		"identity assurance level reached so far"},
	{16, "ial_time", FIELD_TIME, FIELD_READONLY, offsetof(struct person, ial_time), 0, NULL,
		"when it was reached"},
	{17, "status", FIELD_ENUM, 0, offsetof(struct person, status), 0, status_words,
		"active or suspended"},
	{18, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct person, created), 0, NULL,
		"when the record was created"},
	{19, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct person, updated), 0, NULL,
		"when it was last changed"},
	{20, "email_changed", FIELD_TIME, FIELD_READONLY, offsetof(struct person, email_changed), 0,
		NULL, "when the present email address was verified"},
	{21, "mobile_changed", FIELD_TIME, FIELD_READONLY, offsetof(struct person, mobile_changed),
		0, NULL, "when the present mobile number was verified"},
	{22, "grace_logins_used", FIELD_I64, FIELD_READONLY,
		offsetof(struct person, grace_logins_used), 0, NULL,
		"grace logins used: password logins that postponed adding an email address"},
	{23, "lang", FIELD_STR, FIELD_READONLY, offsetof(struct person, lang), 2, NULL,
		"language chosen on the account page"},
	{24, "password_out_ms", FIELD_I64, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct person, password_out_ms), 0, NULL,
		"tokens from password logins issued before this millisecond are invalid"},
};
const struct record_type record_person = {
	"person", sizeof(struct person), person_fields, ARRAY_LEN(person_fields)};

static const struct field account_fields[] = {
	{1, "id", FIELD_STR, FIELD_READONLY, offsetof(struct account, id), ID_SIZE, NULL,
		"id assigned by Pratu"},
	{2, "username", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct account, username),
		USERNAME_MAX, NULL, "the username, unique without regard to case"},
	{3, "person", FIELD_STR, 0, offsetof(struct account, person), ID_SIZE, NULL,
		"id of the person who holds it"},
	{4, "office", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct account, office),
		OFFICE_CODE_MAX, NULL, "office code"},
	{5, "position", FIELD_STR, 0, offsetof(struct account, position), 200, NULL,
		"position of the holder"},
	{6, "status", FIELD_ENUM, 0, offsetof(struct account, status), 0, status_words,
		"active or suspended"},
	{7, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct account, created), 0, NULL,
		"when the record was created"},
	{8, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct account, updated), 0, NULL,
		"when it was last changed"},
	{9, "signed_out_ms", FIELD_I64, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct account, signed_out_ms), 0, NULL,
		"tokens issued by it or for it before this millisecond are invalid"},
};
const struct record_type record_account = {
	"account", sizeof(struct account), account_fields, ARRAY_LEN(account_fields)};

static const struct field system_fields[] = {
	{1, "id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct system, id),
		SYSTEM_ID_MAX, NULL, "short name of the system"},
	{2, "name_th", FIELD_STR, FIELD_REQUIRED, offsetof(struct system, name_th), 200, NULL,
		"name in Thai"},
	{3, "name_en", FIELD_STR, 0, offsetof(struct system, name_en), 200, NULL,
		"name in English"},
	{4, "about_th", FIELD_STR, 0, offsetof(struct system, about_th), 400, NULL,
		"one sentence about it in Thai"},
	{5, "about_en", FIELD_STR, 0, offsetof(struct system, about_en), 400, NULL,
		"one sentence about it in English"},
	{6, "roles", FIELD_STRLIST, FIELD_REQUIRED, offsetof(struct system, roles),
		SYSTEM_ROLES_MAX, NULL, "ids of its roles"},
	{7, "role_names_th", FIELD_STRLIST, 0, offsetof(struct system, role_names_th),
		SYSTEM_ROLES_MAX, NULL, "names of the roles in Thai, in the same order"},
	{8, "role_names_en", FIELD_STRLIST, 0, offsetof(struct system, role_names_en),
		SYSTEM_ROLES_MAX, NULL, "names of the roles in English, in the same order"},
	{9, "policy", FIELD_STR, 0, offsetof(struct system, policy), 40, NULL,
		"login policy of the configuration; empty for the default one"},
	{10, "launch_url", FIELD_STR, 0, offsetof(struct system, launch_url), 2048, NULL,
		"page of the system that starts a login; opened by the launcher"},
	{11, "office", FIELD_STR, FIELD_TYPED, offsetof(struct system, office), OFFICE_CODE_MAX,
		NULL, "office that owns it"},
	{12, "contact", FIELD_STR, FIELD_EMAIL, offsetof(struct system, contact), 254, NULL,
		"email address of the system's support"},
	{13, "status", FIELD_ENUM, 0, offsetof(struct system, status), 0, status_words,
		"active or suspended"},
	{14, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct system, created), 0, NULL,
		"when the record was created"},
	{15, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct system, updated), 0, NULL,
		"when it was last changed"},
	{16, "short_th", FIELD_STR, 0, offsetof(struct system, short_th), 60, NULL,
		"short name in Thai, as people say it: e-Plan; the client_name of its portals"},
	{17, "short_en", FIELD_STR, 0, offsetof(struct system, short_en), 60, NULL,
		"short name in English"},
};
const struct record_type record_system = {
	"system", sizeof(struct system), system_fields, ARRAY_LEN(system_fields)};

static const struct field grant_fields[] = {
	{1, "subject_kind", FIELD_ENUM, 0, offsetof(struct role_grant, subject_kind), 0,
		role_grant_subject_words, "person or account"},
	{2, "subject", FIELD_STR, FIELD_REQUIRED, offsetof(struct role_grant, subject), ID_SIZE,
		NULL, "person id or account id"},
	{3, "system", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct role_grant, system),
		SYSTEM_ID_MAX, NULL, "system id"},
	{4, "role", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct role_grant, role),
		ROLE_ID_MAX, NULL, "role id of that system"},
	{5, "office", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct role_grant, office),
		OFFICE_CODE_MAX, NULL, "office of the grant"},
	{6, "from", FIELD_DATE, 0, offsetof(struct role_grant, from), 0, NULL,
		"first day; empty: unlimited"},
	{7, "until", FIELD_DATE, 0, offsetof(struct role_grant, until), 0, NULL,
		"first day on which it is no longer valid; empty: unlimited"},
	{8, "document", FIELD_STR, 0, offsetof(struct role_grant, document), 200, NULL,
		"reference of the order that grants it"},
	{9, "status", FIELD_ENUM, 0, offsetof(struct role_grant, status), 0, status_words,
		"active or suspended"},
	{10, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct role_grant, created), 0, NULL,
		"when the record was created"},
	{11, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct role_grant, updated), 0, NULL,
		"when it was last changed"},
};
const struct record_type record_role_grant = {
	"grant", sizeof(struct role_grant), grant_fields, ARRAY_LEN(grant_fields)};

static const struct field client_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED | FIELD_TYPED, offsetof(struct client, id),
		CLIENT_ID_MAX, NULL, "client identifier"},
	{2, "system", FIELD_STR, FIELD_TYPED, offsetof(struct client, system), SYSTEM_ID_MAX, NULL,
		"system it belongs to"},
	{3, "client_name", FIELD_STR, FIELD_REQUIRED, offsetof(struct client, name), 200, NULL,
		"name shown to people"},
	{4, "client_name#th", FIELD_STR, 0, offsetof(struct client, name_th), 200, NULL,
		"name shown to people in Thai"},
	{5, "application_type", FIELD_ENUM, 0, offsetof(struct client, application_type), 0,
		application_type_words, "web or native"},
	{6, "token_endpoint_auth_method", FIELD_ENUM, 0, offsetof(struct client, auth_method), 0,
		client_auth_words, "how it authenticates at the token endpoint: exactly one way"},
	{7, "secret_hash", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct client, secret_hash), 32, NULL, "SHA-256 of its secret"},
	{8, "old_secret_hash", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct client, old_secret_hash), 32, NULL, "SHA-256 of the secret before"},
	{9, "old_secret_until", FIELD_TIME, FIELD_READONLY,
		offsetof(struct client, old_secret_until), 0, NULL,
		"until when the secret before is accepted"},
	{10, "redirect_uris", FIELD_STRLIST, 0, offsetof(struct client, redirect_uris),
		REDIRECT_URIS_MAX, NULL, "where answers may go, compared byte for byte"},
	{11, "post_logout_redirect_uris", FIELD_STRLIST, 0,
		offsetof(struct client, post_logout_redirect_uris), REDIRECT_URIS_MAX, NULL,
		"where the browser may go after logout"},
	{12, "grant_types", FIELD_STRLIST, 0, offsetof(struct client, grant_types), 8, NULL,
		"authorization_code, refresh_token, client_credentials, "
		"urn:openid:params:grant-type:ciba"},
	{13, "response_types", FIELD_STRLIST, 0, offsetof(struct client, response_types), 4, NULL,
		"code"},
	{14, "scope", FIELD_STR, 0, offsetof(struct client, scope), 2048, NULL,
		"scopes it may ask for, separated by spaces"},
	{15, "pkce_optional", FIELD_BOOL, 0, offsetof(struct client, pkce_optional), 0, NULL,
		"true lets a confidential client leave PKCE out"},
	{16, "consent_required", FIELD_BOOL, 0, offsetof(struct client, consent_required), 0, NULL,
		"true shows the consent page"},
	{17, "access_token_format", FIELD_ENUM, 0, offsetof(struct client, access_format), 0,
		token_format_words, "opaque or jwt"},
	{18, "id_token_signed_response_alg", FIELD_ENUM, 0, offsetof(struct client, id_token_alg),
		0, id_token_alg_words, "algorithm of its ID tokens"},
	{19, "audience", FIELD_STR, 0, offsetof(struct client, audience), 2048, NULL,
		"audience of its access tokens; empty for its client id"},
	{20, "access_token_lifetime", FIELD_I64, 0, offsetof(struct client, access_lifetime), 86400,
		NULL, "seconds an access token lives; 0 for the provider's"},
	{21, "refresh_token_lifetime", FIELD_I64, 0, offsetof(struct client, refresh_lifetime),
		31536000, NULL, "seconds a refresh token lives unused; 0 for the provider's"},
	{22, "default_max_age", FIELD_I64, 0, offsetof(struct client, default_max_age), 31536000,
		NULL, "oldest login accepted, seconds + 1; 0 for none"},
	{23, "default_acr_values", FIELD_STRLIST, 0, offsetof(struct client, default_acr_values), 8,
		NULL, "levels asked for when a request names none"},
	{24, "require_auth_time", FIELD_BOOL, 0, offsetof(struct client, require_auth_time), 0,
		NULL, "true puts auth_time into every ID token"},
	{25, "contacts", FIELD_STRLIST, FIELD_EMAIL, offsetof(struct client, contacts), 10, NULL,
		"email addresses of those who run it"},
	{26, "client_uri", FIELD_STR, 0, offsetof(struct client, client_uri), 2048, NULL,
		"its home page"},
	{27, "logo_uri", FIELD_STR, 0, offsetof(struct client, logo_uri), 2048, NULL, "its logo"},
	{28, "policy_uri", FIELD_STR, 0, offsetof(struct client, policy_uri), 2048, NULL,
		"its privacy policy"},
	{29, "tos_uri", FIELD_STR, 0, offsetof(struct client, tos_uri), 2048, NULL, "its terms"},
	{30, "initiate_login_uri", FIELD_STR, 0, offsetof(struct client, initiate_login_uri), 2048,
		NULL, "page that starts a login"},
	{31, "introspects", FIELD_STRLIST, 0, offsetof(struct client, introspects), 20, NULL,
		"audiences whose tokens it may introspect besides its own"},
	{32, "status", FIELD_ENUM, 0, offsetof(struct client, status), 0, status_words,
		"active or suspended"},
	{33, "created", FIELD_TIME, FIELD_READONLY, offsetof(struct client, created), 0, NULL,
		"when the record was created"},
	{34, "updated", FIELD_TIME, FIELD_READONLY, offsetof(struct client, updated), 0, NULL,
		"when it was last changed"},
	{35, "access_token_signed_response_alg", FIELD_ENUM, 0,
		offsetof(struct client, access_token_alg), 0, access_token_alg_words,
		"algorithm of its JWT access tokens; without it, that of its ID tokens"},
	{36, "id_token_claims", FIELD_STRLIST, 0, offsetof(struct client, id_token_claims),
		ID_TOKEN_CLAIMS_MAX, NULL,
		"claims of its scopes that are in the ID token as well as at userinfo"},
	{40, "backchannel_logout_uri", FIELD_STR, 0,
		offsetof(struct client, backchannel_logout_uri), 2048, NULL,
		"where Pratu posts a logout token when a session ends"},
	{41, "backchannel_logout_session_required", FIELD_BOOL, 0,
		offsetof(struct client, backchannel_logout_sid), 0, NULL,
		"true: the logout token must name the session (it always does)"},
	{42, "frontchannel_logout_uri", FIELD_STR, 0,
		offsetof(struct client, frontchannel_logout_uri), 2048, NULL,
		"page that the browser loads in a frame when it signs out"},
	{43, "frontchannel_logout_session_required", FIELD_BOOL, 0,
		offsetof(struct client, frontchannel_logout_sid), 0, NULL,
		"true: that page's address must name issuer and session (it always does)"},
	{45, "require_pushed_authorization_requests", FIELD_BOOL, 0,
		offsetof(struct client, pushed_required), 0, NULL,
		"true refuses authorization requests that it did not push (RFC 9126)"},
	{46, "authorization_details_types", FIELD_STRLIST, 0,
		offsetof(struct client, details_types), DETAILS_TYPES_MAX, NULL,
		"types of authorization details it may ask for (RFC 9396)"},
	{50, "token_endpoint_auth_signing_alg", FIELD_ENUM, 0,
		offsetof(struct client, assertion_alg), 0, client_assertion_alg_words,
		"algorithm of its assertions; without it, whichever its keys are for"},
	{51, "jwks", FIELD_JSON, 0, offsetof(struct client, jwks), CLIENT_JWKS_MAX, NULL,
		"its public keys (RFC 7517 5)"},
	{52, "jwks_uri", FIELD_STR, 0, offsetof(struct client, jwks_uri), 2048, NULL,
		"address at which its public keys are"},
	{53, "secret_sealed", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct client, secret_sealed), 512, NULL,
		"its secret, sealed, where it signs assertions with it"},
	{54, "old_secret_sealed", FIELD_BYTES, FIELD_HIDDEN | FIELD_READONLY,
		offsetof(struct client, old_secret_sealed), 512, NULL,
		"the same of the secret before"},
	{55, "backchannel_token_delivery_mode", FIELD_ENUM, 0,
		offsetof(struct client, ciba_delivery), 0, ciba_delivery_words,
		"poll or ping: how it learns that a person answered its backchannel "
		"authentication request"},
	{56, "backchannel_client_notification_endpoint", FIELD_STR, 0,
		offsetof(struct client, ciba_notification_endpoint), 2048, NULL,
		"https address of the portal that is notified, for ping"},
	{57, "backchannel_authentication_request_signing_alg", FIELD_ENUM, 0,
		offsetof(struct client, ciba_request_alg), 0, access_token_alg_words,
		"ES256 or PS256: its backchannel authentication requests are signed by it"},
	{58, "backchannel_user_code_parameter", FIELD_BOOL, 0,
		offsetof(struct client, ciba_user_code), 0, NULL,
		"true says that it sends user_code where a person gives it"},
};
const struct record_type record_client = {
	"client", sizeof(struct client), client_fields, ARRAY_LEN(client_fields)};

static const struct field client_removed_fields[] = {
	{1, "client_id", FIELD_STR, FIELD_REQUIRED, offsetof(struct client_removed, id),
		CLIENT_ID_MAX, NULL, "the id"},
	{2, "removed", FIELD_TIME, FIELD_READONLY, offsetof(struct client_removed, removed), 0,
		NULL, "when the client was removed"},
};
const struct record_type record_client_removed = {"client_removed", sizeof(struct client_removed),
	client_removed_fields, ARRAY_LEN(client_removed_fields)};

static const struct field consent_fields[] = {
	{1, "person", FIELD_STR, 0, offsetof(struct consent, person), ID_SIZE, NULL, "person id"},
	{2, "client", FIELD_STR, 0, offsetof(struct consent, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{3, "scope", FIELD_STR, 0, offsetof(struct consent, scope), 2048, NULL,
		"what was agreed to"},
	{4, "text_version", FIELD_STR, 0, offsetof(struct consent, text_version), 80, NULL,
		"version of the words shown"},
	{5, "given", FIELD_TIME, 0, offsetof(struct consent, given), 0, NULL, "when"},
	{6, "text_hash", FIELD_STR, 0, offsetof(struct consent, text_hash), 43, NULL,
		"SHA-256 of the words shown"},
	{7, "lang", FIELD_STR, 0, offsetof(struct consent, lang), 2, NULL, "their language"},
	{8, "withdrawn", FIELD_TIME, 0, offsetof(struct consent, withdrawn), 0, NULL,
		"when it was taken back"},
	{9, "ended_ms", FIELD_I64, FIELD_HIDDEN, offsetof(struct consent, ended_ms), 0, NULL,
		"tokens issued before this millisecond are invalid"},
};
const struct record_type record_consent = {
	"consent", sizeof(struct consent), consent_fields, ARRAY_LEN(consent_fields)};

static const struct field signing_key_fields[] = {
	{1, "kid", FIELD_STR, 0, offsetof(struct signing_key, kid), 128, NULL, "key id"},
	{2, "alg", FIELD_I64, 0, offsetof(struct signing_key, alg), 0, NULL, "algorithm"},
	{3, "state", FIELD_I64, 0, offsetof(struct signing_key, state), 0, NULL,
		"pending, active, retired, kept"},
	{4, "created", FIELD_TIME, 0, offsetof(struct signing_key, created), 0, NULL,
		"when it was made"},
	{5, "active_from", FIELD_TIME, 0, offsetof(struct signing_key, active_from), 0, NULL,
		"when it begins to sign"},
	{6, "publish_until", FIELD_TIME, 0, offsetof(struct signing_key, publish_until), 0, NULL,
		"when it leaves the published set; kept: when it goes"},
	{7, "sealed", FIELD_BYTES, FIELD_HIDDEN, offsetof(struct signing_key, sealed), 16384, NULL,
		"the private key, encrypted"},
};
const struct record_type record_signing_key = {"signing_key", sizeof(struct signing_key),
	signing_key_fields, ARRAY_LEN(signing_key_fields)};

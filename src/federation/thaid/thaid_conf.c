/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an administrator may set about ThaID. */
#include "federation/thaid/thaid.h"
#include "base/array.h"

#define ROW(name, kind, member, otherwise, from, to, text)                                         \
	{                                                                                          \
		.path = "thaid." name, .type = (kind),                                             \
		.offset = offsetof(struct thaid_options, member), .fallback = (otherwise),         \
		.min = (from), .max = (to), .help = (text)                                         \
	}
#define WORDS(name, list, member, otherwise, text)                                                 \
	{                                                                                          \
		.path = "thaid." name, .type = CONF_ENUM,                                          \
		.offset = offsetof(struct thaid_options, member), .fallback = (otherwise),         \
		.words = (list), .help = (text)                                                    \
	}
#define CLAIM(name, member, otherwise, text)                                                       \
	ROW("claims." name, CONF_STRLIST, claims.member, otherwise, 1, 8, text)

const struct conf_option thaid_conf_options[] = {
	ROW("client_id", CONF_STR, client_id, NULL, 0, 200,
		"Client id at ThaID, issued by DOPA. Empty: login by ThaID is not offered."),
	ROW("client_secret", CONF_SECRET_FILE, client_secret, NULL, 0, 0,
		"File with the client secret at ThaID."),
	WORDS("client_auth", rp_auth_words, client_auth, "client_secret_basic",
		"How the secret is sent: in the Authorization header (id and secret unencoded, as "
		"ThaID requires), or in the form."),
	ROW("issuer", CONF_URL, issuer, "https://imauth.bora.dopa.go.th", 0, 0,
		"Issuer of ThaID, without a trailing slash. DOPA's test system: "
		"https://imauthsbx.bora.dopa.go.th"),
	ROW("authorize", CONF_STR, authorize, "/api/v2/oauth2/auth/", 0, 2048,
		"Authorization endpoint: a path below the issuer, or an absolute URL. Version 1: "
		"/api/v1/oauth2/auth/"),
	ROW("token", CONF_STR, token, "/api/v2/oauth2/token/", 0, 2048,
		"Token endpoint: a path or an absolute URL; empty with discovery on: from the "
		"discovery document."),
	ROW("introspect", CONF_STR, introspect, "/api/v2/oauth2/introspect/", 0, 2048,
		"Introspection endpoint: a path or an absolute URL; empty: none."),
	ROW("revoke", CONF_STR, revoke, "/api/v2/oauth2/revoke/", 0, 2048,
		"Revocation endpoint: a path or an absolute URL; empty: none."),
	ROW("jwks", CONF_STR, jwks, "/jwks/", 0, 2048,
		"Key set (JWKS) of ThaID: a path or an absolute URL; empty with discovery on: from "
		"the discovery document."),
	ROW("discovery", CONF_BOOL, discovery, "false", 0, 0,
		"true: endpoints left empty are read from the discovery document. Its issuer must "
		"equal thaid.issuer, and its endpoints must be on the same host."),
	ROW("scopes", CONF_STRLIST, scopes,
		"[openid, pid, title, given_name, middle_name, family_name, title_en, "
		"given_name_en, "
		"middle_name_en, family_name_en, ial]",
		1, 32,
		"Scopes requested. Name only scopes granted by DOPA; ThaID rejects the whole "
		"request otherwise. Without openid the response has flat members instead of an ID "
		"token."),
	ROW("header_name", CONF_STR, header_name, NULL, 0, 100,
		"Name of an additional header sent with every request. Version 1: "
		"x-imauth-apikey."),
	ROW("header_value", CONF_SECRET_FILE, header_value, NULL, 0, 0,
		"File with the value of that header."),
	ROW("pkce", CONF_BOOL, pkce, "false", 0, 0,
		"true: a PKCE challenge (S256) is sent. ThaID does not advertise PKCE."),
	WORDS("nonce", rp_nonce_words, nonce, "optional",
		"optional: an ID token without the nonce is accepted. required: it is rejected, "
		"and so is a response without an ID token. A wrong nonce is always rejected."),
	ROW("check_active", CONF_BOOL, check_active, "false", 0, 0,
		"true: the access token must be active at the introspection endpoint before the "
		"response is accepted."),
	ROW("revoke_after", CONF_BOOL, revoke_after, "true", 0, 0,
		"true: ThaID's tokens are revoked once the person is identified. A failure is only "
		"logged."),
	ROW("connect_timeout", CONF_SECONDS, connect_timeout, "5s", 1, 60,
		"Time limit for connecting to ThaID."),
	ROW("timeout", CONF_SECONDS, timeout, "10s", 1, 120,
		"Time limit for one response of ThaID."),
	ROW("revoke_timeout", CONF_SECONDS, revoke_timeout, "2s", 1, 60,
		"Time limit for the revocation; the person waits for it."),
	ROW("waiting_max", CONF_INT, waiting_max, "16", 1, 1000,
		"Logins that may wait for ThaID at the same time; fewer than server.workers. "
		"Further logins get a page that asks to try again."),
	ROW("keys_keep", CONF_SECONDS, keys_keep, "1h", 0, RP_KEEP_MAX,
		"Time for which ThaID's keys and metadata are cached."),
	ROW("keys_refetch_gap", CONF_SECONDS, keys_refetch_gap, "5s", 0, RP_KEEP_MAX,
		"Minimum time between two fetches of the keys. A token with an unknown key id "
		"causes a fetch."),
	ROW("trust_framework", CONF_STR, trust_framework, "urn:pratu:trust-framework:th-digital-id",
		1, 200,
		"Name of the trust framework in the verified claims of people who were proven by "
		"ThaID: the rules for digital identity that your portals agreed on."),
	CLAIM("pid", pid, "[pid]",
		"Names of the claim with the citizen number, in order of preference."),
	CLAIM("title_th", title_th, "[title, titleTh]", "Names of the claim with the Thai title."),
	CLAIM("given_th", given_th, "[given_name]",
		"Names of the claim with the Thai first name; version 1: th_fname."),
	CLAIM("middle_th", middle_th, "[middle_name]",
		"Names of the claim with the Thai middle name."),
	CLAIM("family_th", family_th, "[family_name]",
		"Names of the claim with the Thai surname; version 1: th_lname."),
	CLAIM("name_th", name_th, "[name]",
		"Names of the claim with the whole Thai name, used if its parts are missing; "
		"version "
		"1: th_fullname."),
	CLAIM("title_en", title_en, "[title_en, titleEn]",
		"Names of the claim with the English title."),
	CLAIM("given_en", given_en, "[given_name_en]",
		"Names of the claim with the English first name."),
	CLAIM("middle_en", middle_en, "[middle_name_en]",
		"Names of the claim with the English middle name."),
	CLAIM("family_en", family_en, "[family_name_en]",
		"Names of the claim with the English surname."),
	CLAIM("name_en", name_en, "[name_en]",
		"Names of the claim with the whole English name, used if its parts are missing."),
	CLAIM("birthdate", birthdate, "[birthdate]",
		"Names of the claim with the date of birth; version 1: dob."),
	CLAIM("gender", gender, "[gender]", "Names of the claim with the gender."),
	CLAIM("address", address, "[address]",
		"Names of the claim with the address: a text, or an object with the member "
		"formatted."),
	CLAIM("card_issued", card_issued, "[date_of_issuance, cardCreated]",
		"Names of the claim with the card's date of issue."),
	CLAIM("card_expires", card_expires, "[date_of_expiry, cardExpired]",
		"Names of the claim with the card's date of expiry."),
	CLAIM("ial", ial, "[ial]", "Names of the claim with the identity assurance level."),
	{.path = NULL},
};

const size_t thaid_n_conf_options = ARRAY_LEN(thaid_conf_options) - 1;

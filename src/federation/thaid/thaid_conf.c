/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an administrator may set about ThaID. */
#include "federation/thaid/thaid.h"

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
		"Our client id at ThaID, from DOPA. Empty: login by ThaID is not offered."),
	ROW("client_secret", CONF_SECRET_FILE, client_secret, NULL, 0, 0,
		"File with our client secret at ThaID."),
	WORDS("client_auth", rp_auth_words, client_auth, "client_secret_basic",
		"How the secret is sent: in the Authorization header (the raw id and secret, as "
		"ThaID "
		"wants them), or in the form."),
	ROW("issuer", CONF_URL, issuer, "https://imauth.bora.dopa.go.th", 0, 0,
		"ThaID's issuer, without a slash at its end. DOPA's test system: "
		"https://imauthsbx.bora.dopa.go.th"),
	ROW("authorize", CONF_STR, authorize, "/api/v2/oauth2/auth/", 0, 2048,
		"Where the browser is sent: a path behind the issuer, or an absolute URL. For "
		"version 1: "
		"/api/v1/oauth2/auth/"),
	ROW("token", CONF_STR, token, "/api/v2/oauth2/token/", 0, 2048,
		"Token endpoint, likewise; empty with discovery on: from the discovery document."),
	ROW("introspect", CONF_STR, introspect, "/api/v2/oauth2/introspect/", 0, 2048,
		"Introspection endpoint, likewise; empty: none."),
	ROW("revoke", CONF_STR, revoke, "/api/v2/oauth2/revoke/", 0, 2048,
		"Revocation endpoint, likewise; empty: none."),
	ROW("jwks", CONF_STR, jwks, "/jwks/", 0, 2048,
		"Where ThaID publishes its keys, likewise; empty with discovery on: from the "
		"discovery "
		"document."),
	ROW("discovery", CONF_BOOL, discovery, "false", 0, 0,
		"Read the discovery document for endpoints left empty; its issuer must be the one "
		"set "
		"here and its endpoints on the same host."),
	ROW("scopes", CONF_STRLIST, scopes,
		"[openid, pid, title, given_name, middle_name, family_name, title_en, "
		"given_name_en, "
		"middle_name_en, family_name_en, ial]",
		1, 32,
		"What is asked for. Only what DOPA granted, else its page refuses everything; "
		"without "
		"openid the person comes as flat members instead of an ID token."),
	ROW("header_name", CONF_STR, header_name, NULL, 0, 100,
		"An extra header with every request, for version 1: x-imauth-apikey."),
	ROW("header_value", CONF_SECRET_FILE, header_value, NULL, 0, 0,
		"File with the extra header's value."),
	ROW("pkce", CONF_BOOL, pkce, "false", 0, 0,
		"Send a PKCE challenge (S256). ThaID does not advertise it."),
	WORDS("nonce", rp_nonce_words, nonce, "optional",
		"May an ID token come without the nonce that was sent? A wrong one is always "
		"refused. "
		"\"required\" also refuses answers without an ID token."),
	ROW("check_active", CONF_BOOL, check_active, "false", 0, 0,
		"Ask the introspection endpoint whether the access token is active before "
		"believing the "
		"answer."),
	ROW("revoke_after", CONF_BOOL, revoke_after, "true", 0, 0,
		"Revoke ThaID's tokens once the person is known. A failure is logged only."),
	ROW("connect_timeout", CONF_SECONDS, connect_timeout, "5s", 1, 60,
		"How long connecting to ThaID may take."),
	ROW("timeout", CONF_SECONDS, timeout, "10s", 1, 120,
		"How long one answer of ThaID may take."),
	ROW("revoke_timeout", CONF_SECONDS, revoke_timeout, "2s", 1, 60,
		"How long the revocation may take; the person waits for it."),
	ROW("waiting_max", CONF_INT, waiting_max, "16", 1, 1000,
		"How many logins may wait for ThaID at the same time; set it below the number of "
		"workers. More get a page that asks to try again."),
	ROW("keys_keep", CONF_SECONDS, keys_keep, "1h", 0, RP_KEEP_MAX,
		"How long ThaID's keys and metadata are kept."),
	ROW("keys_refetch_gap", CONF_SECONDS, keys_refetch_gap, "5s", 0, RP_KEEP_MAX,
		"A token with an unknown key makes the keys be fetched again, but not more often "
		"than "
		"this."),
	CLAIM("pid", pid, "[pid]", "Names of the claim with the citizen number, best first."),
	CLAIM("title_th", title_th, "[title, titleTh]", "Names of the claim with the Thai title."),
	CLAIM("given_th", given_th, "[given_name]",
		"Names of the claim with the Thai first name; version 1: th_fname."),
	CLAIM("middle_th", middle_th, "[middle_name]",
		"Names of the claim with the Thai middle name."),
	CLAIM("family_th", family_th, "[family_name]",
		"Names of the claim with the Thai surname; version 1: th_lname."),
	CLAIM("name_th", name_th, "[name]",
		"Names of the claim with the whole Thai name, used where its parts are missing; "
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
		"Names of the claim with the whole English name, used where its parts are "
		"missing."),
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
};

const size_t thaid_n_conf_options = sizeof(thaid_conf_options) / sizeof(thaid_conf_options[0]);

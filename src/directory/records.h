/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_RECORDS_H
#define PRATU_DIRECTORY_RECORDS_H

/*
 * The permanent records: people, accounts, offices, systems, clients, role grants. Short-lived ones
 * are in idp/login/login_record.h and idp/oauth/token_records.h. Each struct has one field table
 * (records.c): its stored form, JSON form, CSV columns and documentation.
 *
 * Ids made by us are 22 characters of base64url (128 random bits); office codes, system ids, client
 * ids and usernames are natural keys. Times are seconds since 1970 UTC; 0 = not set.
 * Views live as long as what they were decoded from (a snapshot or an arena).
 */
#include "codec/field.h"
#include "base/str.h"
#include "core/ids.h"

#define SYSTEM_ROLES_MAX    32
#define REDIRECT_URIS_MAX   20
#define SCOPES_MAX          64
#define ID_TOKEN_CLAIMS_MAX 20
#define CLIENT_JWKS_MAX     8192 /* bytes of the keys that a client is registered with */

enum status { STATUS_ACTIVE, STATUS_SUSPENDED, STATUS_MAX };

/* An office of the tree DLA -> province -> district -> local government (docs/import.md). */
enum office_kind {
	OFFICE_OTHER,
	OFFICE_DEPARTMENT,
	OFFICE_PROVINCE,
	OFFICE_DISTRICT,
	OFFICE_LOCAL,
	OFFICE_PAYING,
	OFFICE_KIND_MAX
};
#define OFFICE_DEPTH_MAX 8

/* May its people log in by password? */
enum office_password { OFFICE_PASSWORD_ALLOWED, OFFICE_PASSWORD_FORBIDDEN, OFFICE_PASSWORD_MAX };

struct office {
	struct str code;
	struct str name_th, name_en;
	struct str parent; /* code; empty for a root */
	int kind;          /* enum office_kind */
	struct str admin_name, admin_phone,
		admin_email; /* its SSO admin, shown to people without a right */
	int status;
	int64_t created, updated;
	int64_t second_factor_required_from; /* passwords need a second factor from this day; 0 =
						the policy's */
	int password;                        /* enum office_password */
};

/* A person: the citizen number. The number itself is stored sealed and found by its keyed hash. */
struct person {
	struct str id; /* also the OpenID subject (sub) */
	struct str pid_hash, pid_sealed;
	struct str title_th, given_th, family_th;
	struct str title_en, given_en, family_en;
	struct str email;
	bool email_verified;
	struct str mobile; /* +66... */
	bool mobile_verified;
	int64_t signed_out_ms;   /* tokens issued before this millisecond are invalid */
	int64_t password_out_ms; /* the same of those given to a login by password */
	struct str ial;          /* proven so far: "2.3"; empty = not proven */
	int64_t ial_time;
	int status;
	int64_t created, updated;
	/* When the present address came into force; 0: before that was noted, or by import. */
	int64_t email_changed, mobile_changed;
	int64_t grace_logins_used; /* logins without a second factor since giving an email was asked
				    */
	struct str lang;           /* "th", "en": chosen on the account page; empty = not chosen */
};

/* An account: the username. One person may hold several. */
struct account {
	struct str id;
	struct str username; /* as shown; unique without regard to case */
	struct str person;   /* person id; empty until the person is known */
	struct str office;
	struct str position;
	int status;
	int64_t created, updated;
	int64_t signed_out_ms; /* suspended then: what it began or entered before is invalid */
};

/* An information system: one or more clients, its roles, its login policy. */
struct system {
	struct str id;
	struct str name_th, name_en;   /* in full */
	struct str short_th, short_en; /* as people say it; empty: the full one */
	struct str about_th, about_en;
	struct strlist roles;                        /* role ids */
	struct strlist role_names_th, role_names_en; /* in the order of roles */
	struct str policy;     /* login policy of the configuration; empty = the default one */
	struct str launch_url; /* where the launcher opens it: a page that starts a login */
	struct str office;     /* owner */
	struct str contact;
	int status;
	int64_t created, updated;
};

enum role_grant_subject { ROLE_GRANT_PERSON, ROLE_GRANT_ACCOUNT, ROLE_GRANT_SUBJECT_MAX };

/* A right: subject x system x role x office, from..until. The key is made of the first five. */
struct role_grant {
	int subject_kind;   /* enum role_grant_subject */
	struct str subject; /* person id or account id */
	struct str system, role, office;
	int64_t from;        /* first second; 0 = always */
	int64_t until;       /* first second no more; 0 = open */
	struct str document; /* reference of the order that gives it */
	int status;
	int64_t created, updated;
};

/* RFC 6749 2.3, OIDC Core 9. */
enum client_auth {
	CLIENT_AUTH_BASIC,
	CLIENT_AUTH_POST,
	CLIENT_AUTH_NONE,
	CLIENT_AUTH_PRIVATE_KEY, /* private_key_jwt */
	CLIENT_AUTH_SECRET_JWT,  /* client_secret_jwt */
	CLIENT_AUTH_MAX
};
/* Of the algorithm of its assertions; the asymmetric ones are enum jose_alg. */
enum client_assertion_alg { CLIENT_ASSERTION_ANY = 0, CLIENT_ASSERTION_HS256 = 4 };
enum token_format { TOKEN_OPAQUE, TOKEN_JWT, TOKEN_FORMAT_MAX };
/* How a client learns that a backchannel authentication request is decided (CIBA Core 5). */
enum ciba_delivery {
	CIBA_DELIVERY_NONE,
	CIBA_DELIVERY_POLL,
	CIBA_DELIVERY_PING,
	CIBA_DELIVERY_MAX
};
enum application_type { APPLICATION_WEB, APPLICATION_NATIVE, APPLICATION_TYPE_MAX };

/* A client (RFC 7591 metadata names are the field names). */
struct client {
	struct str id;
	struct str system;
	struct str name, name_th;
	int application_type;
	int auth_method;            /* enum client_auth; exactly one is accepted (RFC 7591 2) */
	struct str secret_hash;     /* SHA-256 of the secret we made (256 random bits) */
	struct str old_secret_hash; /* accepted until old_secret_until */
	int64_t old_secret_until;
	struct strlist redirect_uris, post_logout_redirect_uris;
	struct strlist grant_types, response_types;
	struct str scope;      /* scopes it may request, space separated */
	bool pkce_optional;    /* only a confidential client (RFC 9700 2.1.1) */
	bool consent_required; /* portals of the government are first-party: false */
	int access_format;     /* enum token_format */
	int id_token_alg;      /* enum jose_alg - 1: ES256, RS256, PS256 */
	int access_token_alg;  /* enum jose_alg of its JWT access tokens; 0 = that of its ID tokens
				*/
	struct strlist
		id_token_claims; /* names of claims that scopes give, also in its ID tokens */
	struct str audience;     /* of its access tokens; empty = its client id */
	int64_t access_lifetime, refresh_lifetime; /* seconds; 0 = the provider's */
	int64_t default_max_age;                   /* seconds + 1; 0 = none */
	struct strlist default_acr_values;
	bool require_auth_time;
	struct strlist contacts;
	struct str client_uri, logo_uri, policy_uri, tos_uri, initiate_login_uri;
	/* Where it is notified of a logout, by us and by the browser (Back- and Front-Channel
	 * Logout 2).
	 */
	struct str backchannel_logout_uri, frontchannel_logout_uri;
	bool backchannel_logout_sid, frontchannel_logout_sid; /* it relies on sid; always sent */
	struct strlist
		introspects;  /* audiences whose tokens it may introspect in addition to its own */
	bool pushed_required; /* RFC 9126 6: its requests must be pushed */
	struct strlist details_types; /* RFC 9396 10: types of authorization details it may use */
	int ciba_delivery;            /* enum ciba_delivery */
	struct str ciba_notification_endpoint; /* https, for CIBA_DELIVERY_PING */
	bool ciba_user_code;                   /* it sends user_code */
	int ciba_request_alg; /* enum jose_alg: its requests are signed; 0 = they are not */
	int status;
	int64_t created, updated;
	/* How it authenticates by assertions (RFC 7523); at most one of jwks and jwks_uri. */
	int assertion_alg;   /* enum jose_alg, CLIENT_ASSERTION_HS256; 0 = any that fits its keys */
	struct str jwks;     /* its public keys, RFC 7517 5 */
	struct str jwks_uri; /* where they are */
	struct str secret_sealed, old_secret_sealed; /* client_secret_jwt alone: decision 0073 */
};

/* An id that was a client's: nobody gets it again, since portals, consents and tokens know it. */
struct client_removed {
	struct str id;
	int64_t removed;
};

/* What a person agreed to for a client that asks for consent. */
struct consent {
	struct str person, client;
	struct str scope;
	struct str text_version; /* of the words shown */
	struct str text_hash;    /* b64url(SHA-256) of those very words */
	struct str lang;         /* they were shown in */
	int64_t given;
	int64_t withdrawn; /* 0: it stands */
	int64_t ended_ms;  /* tokens issued before this millisecond are invalid */
};

/* A signing key, private JWK sealed under the master key. */
struct signing_key {
	struct str kid;
	int64_t alg;   /* enum jose_alg */
	int64_t state; /* enum key_state */
	int64_t created, active_from, publish_until;
	struct str sealed;
};

extern const struct record_type record_office, record_person, record_account, record_system,
	record_role_grant, record_client, record_client_removed, record_consent, record_signing_key;

extern const char *const status_words[], *const office_kind_words[],
						 *const role_grant_subject_words[];
extern const char *const office_password_words[];
extern const char *const client_auth_words[], *const token_format_words[];
extern const char *const application_type_words[], *const id_token_alg_words[];
extern const char *const access_token_alg_words[], *const client_assertion_alg_words[];
extern const char *const ciba_delivery_words[];

#endif

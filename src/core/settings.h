/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_SETTINGS_H
#define PRATU_CORE_SETTINGS_H

/*
 * What the operator decided, as the provider reads it. Filled by src/main, and by the modules
 * (struct module, fill). Read-only while requests run; a reload makes a new one. Times
 * are seconds.
 */
#include "base/str.h"
#include "crypto/pwhash.h"

/*
 * A level a portal may ask for (acr). Reached when the session's identity assurance and
 * authentication assurance are both at least the level's. They are written as NDID does: "2.3".
 */
struct level {
	struct str acr;
	struct str ial; /* "2.3"; empty = any */
	struct str aal; /* "2.2"; empty = any */
};

/* A login policy: authentication methods as data (docs/login.md). */
struct login_policy {
	struct str name;
	struct strlist primary; /* authentication methods in the order offered: "thaid" */
	struct str acr;         /* the level every login under it must reach; empty = none */
	/* Of logins by password: */
	struct str password_rules;     /* set of rules of new passwords; empty = the default one */
	struct strlist second_factors; /* second factors in the order offered: "otp_email" */
	int64_t second_factor_required_from;   /* compulsory from this moment; 0 = always */
	int64_t grace_logins;                  /* until then, how often a login may postpone it */
	bool email_unique;                     /* a proven email belongs to one person only */
	struct str password_ial, password_aal; /* what a password alone proves */
	struct str second_factor_aal;          /* what a password and a code prove */
};

/* Backchannel authentication (idp/ciba). Times are seconds. */
struct ciba_settings {
	int64_t lifetime;            /* of a request that asks for no other */
	int64_t interval;            /* between two polls */
	int64_t requests_per_minute; /* of one client */
	int64_t unanswered; /* requests in a row that a person may leave unanswered or refuse */
	int64_t block;      /* time for which the client's requests are refused then */
};

struct settings {
	struct str issuer; /* https://sso.example.go.th: every absolute URL begins with it */
	bool secure;       /* issuer is https: cookies are Secure and __Host- */

	int64_t session_lifetime, session_idle;
	int64_t sessions_per_person;          /* the oldest ends when one more begins */
	int64_t logins_per_minute;            /* logins that one IP address may begin */
	int64_t recovery_requests_per_minute; /* recovery requests of one IP address */
	int64_t refused_returns_per_minute;   /* returns that a provider refused, of one address */
	int64_t codes_per_session_and_minute; /* authorization codes */
	int64_t login_lifetime;
	int64_t pushed_lifetime; /* time for a login to begin with a pushed request (RFC 9126) */
	bool pushed_required;    /* of every client */
	int64_t pushed_per_client_and_minute;
	int64_t reauthentication_max_age; /* maximum age of a login for changes on account pages */
	int64_t cooling_off; /* time after a change for which a contact cannot be used for account
				recovery */
	int64_t authorization_code_lifetime; /* at most 60 */
	int64_t access_lifetime;
	int64_t refresh_lifetime;       /* of a refresh token that is not used */
	int64_t authorization_lifetime; /* of all refresh tokens of one login */
	int64_t refresh_grace; /* time for which a used refresh token is accepted again (lost
				  responses) */
	int64_t id_token_lifetime;
	int64_t key_overlap;  /* time for which a pending key is published before it signs */
	int64_t key_lifetime; /* an active key is replaced after; 0 = only by hand */

	struct ciba_settings ciba;
	struct pwhash_cost password_cost; /* of new hashes */
	int64_t initial_secret_lifetime;

	const struct level *levels; /* highest first */
	size_t n_levels;
	const struct login_policy *policies; /* the first is the default */
	size_t n_policies;

	struct str service_documentation, policy_uri, tos_uri; /* for discovery */
	/* Operations that a second person approves, besides those that always need one. */
	struct strlist second_person;
	struct str http_ca_file;          /* authorities of other systems; empty: the system's */
	struct strlist outgoing_networks; /* outgoing.private_networks: net/outgoing.h */
	int64_t workers;                  /* worker threads of the server */
	/* Of them those that requests of methods may hold at once: each module adds its own (fill).
	 */
	int64_t workers_held;
	/* Of each module its own struct, in the order of all_modules (module_settings); NULL: none.
	 */
	const void *const *modules;
};

/* The policy by name, the default one for the empty name, NULL when unknown. */
const struct login_policy *settings_policy(const struct settings *s, struct str name);
/* Does an email belong to one person only? A person has one for all systems, so one policy that
 * says so is enough. */
bool settings_email_unique(const struct settings *s);
/* Whether a contact changed at that time (person.email_changed, mobile_changed) may be used for
 * account recovery: recovery.cooling_off is over. */
bool settings_cooled(const struct settings *s, int64_t changed, int64_t now);
/* The level by acr, or NULL. */
const struct level *settings_level(const struct settings *s, struct str acr);
/* The highest level that ial and aal reach, or NULL. */
const struct level *settings_reached(const struct settings *s, struct str ial, struct str aal);
bool level_reached(const struct level *level, struct str ial, struct str aal);
/* Order of assurance texts ("1.1" < "2" < "2.3" < "3"): empty is below all. */
int assurance_cmp(struct str a, struct str b);

#endif

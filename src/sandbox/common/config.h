/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_CONFIG_H
#define PRATU_SANDBOX_COMMON_CONFIG_H

/*
 * Configuration of pratu-sandbox: where it listens, the clients the simulated ThaID knows, the
 * test people, the demo portals. One YAML file; read-only after loading.
 */
#include "conf/conf.h"
#include "base/secret.h"

struct sandbox_client {
	struct str client_id;
	struct secret *client_secret;
	struct str name; /* shown on ThaID's page and on the phone */
	struct strlist redirect_uris;
	struct strlist scopes;  /* granted to this client */
	struct secret *api_key; /* of the v1 paths' x-imauth-apikey header; NULL = not asked */
};

/* A test person, as the identity card has it. Nobody real: numbers are synthetic. */
struct sandbox_person {
	struct str pid;
	struct str title, given_name, middle_name, family_name;
	struct str title_en, given_name_en, middle_name_en, family_name_en;
	struct str birthdate; /* YYYY-MM-DD, month and day may be 00 */
	struct str gender;    /* male, female */
	struct str address;
	struct str smartcard_code;
	struct str date_of_issuance, date_of_expiry;
	struct str ial;
	struct str note; /* shown on the phone page: what this person is for */
};

enum portal_kind { PORTAL_EPLAN, PORTAL_GFMIS, PORTAL_KTB };
enum portal_check { PORTAL_CHECK_JWT, PORTAL_CHECK_INTROSPECTION };

struct sandbox_portal {
	int64_t port;
	struct str url; /* what a browser sees: http://localhost:8091 */
	int look;       /* enum portal_kind */
	int check;      /* enum portal_check: how its API verifies access tokens */
	struct str client_id;
	struct secret *client_secret;
	struct str scope;
	int64_t step_up_max_age; /* seconds: of the login, for its sensitive records */
	struct str step_up_acr;  /* levels, space separated; empty: any */
};

struct sandbox_config {
	struct str address;
	int64_t port;
	struct str url; /* of the sandbox itself; ThaID's issuer */
	struct str pratu_issuer;
	int64_t mail_port;           /* of the mail server; 0: none */
	struct str mail_certificate; /* where its certificate is written; empty: no STARTTLS */
	struct conf_list clients;    /* struct sandbox_client */
	struct conf_list people;     /* struct sandbox_person */
	struct conf_list portals;    /* struct sandbox_portal */
};

extern const struct conf_item sandbox_config_table;

/* NULL when nobody has this number. */
const struct sandbox_person *sandbox_person_find(const struct conf_list *people, struct str pid);
const struct sandbox_client *sandbox_client_find(
	const struct conf_list *clients, struct str client_id);
/* "นายสมชาย ใจดี": the title stands before the name without a space, as on the card. */
struct str sandbox_person_name(struct arena *a, const struct sandbox_person *p);
struct str sandbox_person_name_en(struct arena *a, const struct sandbox_person *p);

#endif

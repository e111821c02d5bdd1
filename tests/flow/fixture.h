/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_WORLD_H
#define PRATU_TESTS_FLOW_WORLD_H

/*
 * A whole provider in one process for flow tests: real sockets, real store, real signatures; the
 * clock and the upstream are scripted. Faults of the set-up abort.
 */
#include "idp/oauth/discovery.h"
#include "core/op.h"
#include "deliver/security_notification.h"
#include "support/counting_rng.h"
#include "support/http_raw.h"
#include "directory/records.h"

#define ISSUER "http://localhost:9999"

/* What the scripted method answers next. */
struct script {
	enum auth_reason outcome; /* NONE: proven */
	const char *citizen_number;
	int64_t auth_time;
	const char *why;
	const char *ial;                         /* NULL: "2.3" */
	void (*told)(struct auth_identity *who); /* what else it says; NULL: nothing */
	int completed;                           /* calls of work */
	enum rc begin_rc;
};

struct fixture {
	struct arena *a;
	struct app p;
	struct settings settings;
	struct vault vault;
	struct counting_rng *random; /* no test by chance; apart, so that tests may copy this */
	struct security_notification_context notices;
	struct route_table *routes;
	struct http_server *server;
	struct http_client *http; /* may call 127.0.0.0/8, as app.outgoing */
	int port;
	int64_t now_ms;
	struct script script;
	char directory[64]; /* of an LMDB store; empty: memory */
};

enum fixture_store { FIXTURE_MEM, FIXTURE_LMDB };

/* Only ES256 keys, for speed; fixture_all_keys makes the others too. */
struct fixture *fixture_new(enum fixture_store kind);
void fixture_all_keys(struct fixture *w);
void fixture_free(struct fixture *w);
void fixture_advance_clock(struct fixture *w, int64_t seconds);

/* Seeds: each commits. Ids and secrets are the names given. */
void fixture_office(struct fixture *w, const char *code, const char *parent);
void fixture_system(struct fixture *w, const char *id);
/* A person (id: 22 characters made from `name`). */
struct str fixture_person(struct fixture *w, const char *name, const char *citizen_number);
struct str fixture_account(struct fixture *w, const char *username, struct str person);
void fixture_grant(struct fixture *w, enum role_grant_subject kind, struct str subject,
	const char *system, const char *role);
/* Ends it now. */
void fixture_end_grant(struct fixture *w, enum role_grant_subject kind, struct str subject,
	const char *system, const char *role);
void fixture_suspend_person(struct fixture *w, struct str person);
/* A client with everything set that the common tests need; change is called before it is stored. */
void fixture_client(
	struct fixture *w, const char *id, const char *system, void (*change)(struct client *c));
/* The standard scene: office 100, system eplan, client portal (secret "portal-secret", redirect
 * https://portal.test/cb), person somchai (1234567890121) with a grant recorder. */
struct fixture *fixture_standard(enum fixture_store kind);
#define PORTAL_SECRET  "portal-secret"
#define PORTAL_CB      "https://portal.test/cb"
#define SOMCHAI_PID    "1234567890121"
#define CODE_VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CODE_CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/* --- a browser: cookies over requests --- */

struct browser {
	struct fixture *w;
	struct str names[16], values[16];
	size_t n;
	const char *user_agent; /* may be NULL */
	const char *from;       /* its address, of 127.0.0.0/8; NULL: 127.0.0.1 */
};

/* A page that leaves by itself at once (web_page_leave) counts as a redirect: 303 and Location. */
struct raw_answer browse(struct browser *b, const char *target);
struct raw_answer browse_s(struct browser *b, struct str target);
/* The same request by GET is followed (page_come_again). */
struct raw_answer submit(struct browser *b, struct str target, struct str form);
/* Where such a page goes; empty: it is none. */
struct str leaves_to(struct fixture *w, const struct raw_answer *r);
struct str cookie_of(const struct browser *b, const char *name);

/* The authorization request of the standard client; extra begins with '&' or is "". */
struct str authorize_target(struct fixture *w, const char *client, const char *extra);
/* Value of the first input or link part after `marker` up to the quote: value_after(body,
 * "name=\"step\" value=\""). */
struct str value_after(struct str body, const char *marker);
/* Query parameter of a URL, decoded; STR_NONE when absent. */
struct str url_param(struct fixture *w, struct str url, const char *name);
/* A Location of ours, without the issuer. */
struct str location(const struct raw_answer *r);
/* From a 303 to /login over the button and the upstream's return; gives the answer of the return.
 */
struct raw_answer pass_login(struct browser *b, const struct raw_answer *to_login);
/* Authorize and log in, all the way to the code. */
struct str login_for_code(struct browser *b, const char *client, const char *extra);

/* --- the token endpoint --- */

struct raw_answer post_form(
	struct fixture *w, const char *path, const char *client, struct str form);
struct raw_answer redeem(
	struct fixture *w, const char *client, struct str code, const char *verifier);
struct raw_answer refresh(struct fixture *w, const char *client, struct str token);
/* String member of a JSON body, STR_NONE when absent. */
struct str member(struct fixture *w, const struct raw_answer *r, const char *name);
/* Payload of a JWT as text. */
struct str jwt_payload(struct fixture *w, struct str token);

#endif

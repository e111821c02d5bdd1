/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_CIBA_RECORDS_H
#define PRATU_IDP_CIBA_CIBA_RECORDS_H

/*
 * Client-Initiated Backchannel Authentication (OpenID CIBA Core 1.0): a portal asks a person who is
 * not in front of its browser. What is stored:
 *
 *     TABLE_CIBA_REQUEST  expiry, handle (core/handle.h): auth_req_id is known to the client only
 *     TABLE_CIBA_PERSON   person id, client id: the client's latest request to this person, and how
 *                         the ones before were answered. CIBA_ALL_CLIENTS in the client's place:
 *                         when any asked last, so that those that ask at once are counted one by
 *                         one
 *     TABLE_CIBA_POLL     as TABLE_CIBA_REQUEST: when the client asked last. Apart from it, so that
 *                         polls and the person's answer do not wait for each other
 *     TABLE_CIBA_PING     as TABLE_CIBA_REQUEST: a notification that waits (idp/ciba/ping.h)
 *     TABLE_CIBA_USER_CODE  person id: a word without which nobody is asked (idp/ciba/user_code.h)
 *
 * A request costs these records and nothing else: no thread, no memory of a process.
 *
 * Reads return RC_NOT_FOUND, RC_CORRUPT and the store's codes; views live as long as the snapshot.
 */
#include "codec/field.h"
#include "core/schema.h"
#include "core/table.h"
#include "core/tx.h"

enum {
	TABLE_CIBA_REQUEST = 83,
	TABLE_CIBA_PERSON = 84,
	TABLE_CIBA_POLL = 85,
	TABLE_CIBA_PING = 86,
	TABLE_CIBA_USER_CODE = 87
};

#define CIBA_ALL_CLIENTS   STR_NONE
#define CIBA_GRANT         "urn:openid:params:grant-type:ciba"
#define CIBA_LIFETIME_MAX  600   /* seconds a request may wait (NIST SP 800-63B-4 3.1.3.1) */
#define CIBA_KEPT          600   /* seconds it is kept after that, to be called expired */
#define CIBA_PENDING_MAX   3     /* requests of different clients that wait for one person */
#define CIBA_NOT_ME_BLOCK  86400 /* seconds without requests of the client after "not me" */
#define CIBA_PERSON_KEPT   86400 /* seconds refusals are remembered */
#define CIBA_SLOW_DOWN     5     /* seconds added to the interval (CIBA Core 11) */
#define CIBA_MESSAGE_BYTES 640u  /* of a binding message (idp/ciba/binding_message.h) */
#define CIBA_TOKEN_MAX     1024u /* characters of client_notification_token (CIBA Core 7.1) */

/*
 * pending: nobody answered. approved, refused, not_me: the person did. replaced: the client asked
 * again. withdrawn: an administrator ended it. used: its tokens were issued.
 */
enum ciba_state {
	CIBA_PENDING,
	CIBA_APPROVED,
	CIBA_REFUSED,
	CIBA_NOT_ME,
	CIBA_REPLACED,
	CIBA_WITHDRAWN,
	CIBA_USED,
	CIBA_STATE_MAX
};
extern const char *const ciba_state_words[];

struct ciba_request {
	struct str id; /* public: in addresses of pages and in commands */
	struct str client, person;
	struct str account; /* that login_hint named, if it may enter; empty: the person decides */
	struct str scope, acr_values, claims;
	struct str message; /* binding_message */
	struct str details; /* what details_read made of authorization_details (core/details.h) */
	int64_t max_age;    /* seconds + 1; 0 = not asked */
	int64_t created, expires;
	int state; /* enum ciba_state */
	int64_t decided_ms;
	/* auth_req_id and client_notification_token, sealed, for clients that are notified. */
	struct str notify;
	/* Of CIBA_APPROVED: as in struct authorization (oauth/token_records.h). */
	struct str by_account, acr, ial, aal, proven_account;
	struct strlist amr, methods;
	int64_t auth_time;
};

struct ciba_poll {
	int64_t last_ms;
	int64_t interval; /* seconds */
};

struct ciba_ping {
	struct str client;
	int64_t due_ms, attempts;
};

struct ciba_person {
	struct str person, client;
	struct str request;    /* key of the latest one; empty: none yet */
	bool answered;         /* the latest one is, and counted */
	int64_t unanswered;    /* in a row: ignored or refused */
	int64_t blocked_until; /* seconds */
	int64_t last;          /* when it asked last */
};

/* A request as it was read. */
struct ciba_ref {
	struct ciba_request r;
	struct str key;
	uint64_t version;
};

/* Is it waiting for the person at now? */
bool ciba_is_pending(const struct ciba_request *r, int64_t now);
MUST_USE enum rc ciba_get(struct tx *tx, struct str key, struct ciba_ref *ret);
void ciba_put(struct tx *tx, const struct ciba_ref *ref);
/* What is remembered of a client and a person; nothing yet: zeroed, with STORE_ABSENT. */
MUST_USE enum rc ciba_person_get(struct tx *tx, struct str person, struct str client,
	struct ciba_person *ret, uint64_t *ret_version);
void ciba_person_put(struct tx *tx, const struct ciba_person *p, uint64_t version);

struct ciba_list {
	const struct ciba_ref *v;
	size_t n;
};
/* The latest request of each client to the person that is still stored, pending or not. */
MUST_USE enum rc ciba_of_person(struct tx *tx, struct str person, struct ciba_list *ret);
/* The one with this id among them. RC_NOT_FOUND. */
MUST_USE enum rc ciba_of_person_by_id(
	struct tx *tx, struct str person, struct str id, struct ciba_ref *ret);

/* Removes what is remembered of people and clients and matters no more. A job. */
MUST_USE enum rc ciba_forget_job(const struct app *app, struct arena *a);

extern const struct record_type record_ciba_ping;
extern const struct module_table ciba_tables[]; /* ended by a row without number */

#endif

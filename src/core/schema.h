/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_SCHEMA_H
#define PRATU_CORE_SCHEMA_H

/*
 * The numbers of the store's tables and typed access to their records. What a table holds says the
 * module that brings it (core/table.h); a table with indexes is written by table_put, so that a
 * record and its indexes always change in one batch.
 */
#include "codec/field.h"
#include "store/store.h"

enum table { /* numbers are forever */
	TABLE_META = 1,
	TABLE_CLIENT = 2,              /* client id */
	TABLE_SYSTEM = 3,              /* system id */
	TABLE_OFFICE = 4,              /* office code */
	TABLE_PERSON = 5,              /* person id */
	TABLE_PERSON_BY_PID = 6,       /* keyed hash -> person id */
	TABLE_ACCOUNT = 7,             /* account id */
	TABLE_ACCOUNT_BY_NAME = 8,     /* folded username -> account id */
	TABLE_ACCOUNT_BY_PERSON = 9,   /* person id, account id -> nothing */
	TABLE_ROLE_GRANT = 10,         /* role_grant_key() */
	TABLE_SESSION = 11,            /* expiring */
	TABLE_SESSION_BY_PERSON = 12,  /* person id, sid -> session key */
	TABLE_LOGIN = 13,              /* expiring */
	TABLE_AUTHORIZATION_CODE = 14, /* expiring */
	TABLE_AUTHORIZATION = 15,      /* expiring */
	TABLE_ACCESS_TOKEN = 16,       /* expiring */
	TABLE_REFRESH_TOKEN = 17,      /* expiring */
	TABLE_SESSION_CLIENT = 18,     /* expiring: session expiry, sid, client id */
	TABLE_CONSENT = 19,            /* person id, client id[, day: replaced] */
	TABLE_KEY = 20,                /* kid */
	TABLE_AUDIT = 21,              /* log */
	TABLE_CLIENT_REMOVED = 22,     /* client id: never given again */
	TABLE_MESSAGE = 30,            /* expiring: deliver/message.h, as the next three */
	TABLE_MESSAGE_DUE = 31,
	TABLE_MESSAGE_TARGET = 32, /* expiring; of stores made before the throttle counted */
	TABLE_MESSAGE_REPORT = 33, /* expiring */
	/* 40-49: credentials */
	TABLE_CREDENTIAL = 40,            /* account id */
	TABLE_ATTEMPTS = 41,              /* expiring: attempt_keys() */
	TABLE_OTP = 50,                   /* person id, purpose */
	TABLE_EVENT = 51,                 /* expiring: core/event.h */
	TABLE_SECURITY_NOTIFICATION = 52, /* expiring: handle */
	TABLE_EMAIL = 53,          /* keyed hash of an address [, person id]: directory/contact.h */
	TABLE_AUDIT_FOLD = 56,     /* expiring: core/audit_fold.h */
	TABLE_CONTACT_CHANGE = 55, /* expiring: a change of an address, by person and kind */
	/* 54, 57, 58: a forgotten password (idp/login/recovery_records.h) */
	TABLE_RECOVERY_LINK = 54,    /* expiring: handle */
	TABLE_RECOVERY_LATEST = 57,  /* account id */
	TABLE_RECOVERY_REQUEST = 58, /* expiring */
	/* 70, 71: what portals are to be notified (directory/session_ended.h, access_recheck.h) */
	TABLE_SESSION_ENDED = 70,  /* sid, client id or nothing */
	TABLE_ACCESS_RECHECK = 71, /* second, kind, subject, system */
	/* 60, 61: requests that need a second person (workflow/workflow.h) */
	TABLE_CHANGE_REQUEST = 60,       /* request id */
	TABLE_CHANGE_REQUEST_QUEUE = 61, /* open ones: second it was made, request id */
	TABLE_END /* further ones stand in their modules; it moves: core/table.h */
};

/* All tables of all modules, for a store to be opened. */
const struct store_schema *app_schema(void);
/* The record type kept in a table, or NULL for index, log and meta tables. */
const struct record_type *table_record(enum table table);

/* Reads and decodes; lists go to the arena, strings are views into the snapshot. ret_version may be
 * NULL. RC_NOT_FOUND, RC_CORRUPT. */
MUST_USE enum rc record_get(struct store_snapshot *snap, enum table table, struct str key,
	struct arena *a, void *ret_record, uint64_t *ret_version);
/* Encodes and puts one record, without index entries: those are table_put's (core/table.h). */
void record_put(struct store_batch *b, enum table table, struct arena *a, struct str key,
	const void *record, uint64_t expect);

/* A key of parts joined by NUL, which no natural key holds. */
struct str key_join(struct arena *a, struct str first, struct str second);

#endif

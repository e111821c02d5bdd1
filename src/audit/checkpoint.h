/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_CHECKPOINT_H
#define PRATU_AUDIT_CHECKPOINT_H

/*
 * Checkpoints: the number and hash of the trail's last record, signed (HMAC-SHA-256) by a key that
 * is not in the database. One batch appends the checkpoint as an event of the trail itself and puts
 * it as the head record, which says how far the trail must reach at least.
 *
 * Against an attacker who can write the database file but has no key, this detects everything
 * except events after the last checkpoint, and a restoration of the whole file as it was at an
 * earlier checkpoint. For the latter each checkpoint is also a line of the log (audit_checkpoint),
 * to be kept on another machine and given to audit_verify as an anchor.
 */
#include "audit/audit.h"

/* A key and its name (a hash of it, which reveals nothing about the key). */
struct audit_key {
	unsigned char bytes[32];
	char id[12]; /* 11 characters */
};

struct audit_key audit_key_make(const unsigned char bytes[static 32]);

struct audit_checkpoint_policy {
	uint64_t every_events; /* a checkpoint is due after this many events ... */
	int64_t every_ms;      /* ... or after this time, if there was any event */
};

struct audit_checkpoint_request {
	struct audit_place place;
	const struct audit_key *key;
	struct audit_checkpoint_policy policy;
	int64_t now_ms;
};

struct audit_checkpoint {
	uint64_t number; /* signed up to here; 0: none was due */
	struct str hash; /* of that record; in the arena */
};

/*
 * Adds a checkpoint to the batch when one is due; the server commits it every few seconds, also
 * when it starts, and with policy {1, 0} when it stops. Of two processes that make one at the same
 * moment the commit of one fails with RC_CONFLICT; nothing is due when it looks again.
 * RC_CORRUPT: the trail's last record or the head record is unreadable (verify!).
 */
MUST_USE enum rc audit_checkpoint_add(struct store_snapshot *snap, struct store_batch *b,
	struct arena *a, const struct audit_checkpoint_request *request,
	struct audit_checkpoint *ret);
/* After the commit: the line of the log. Nothing when none was due. */
void audit_checkpoint_log(const struct audit_checkpoint *checkpoint);

/* Signature over a checkpoint in the trail ("checkpoint") or in the head record ("head"). */
struct str audit_sign(struct arena *a, const struct audit_key *key, const char *what,
	uint64_t number, int64_t t, struct str hash);

/* What a checkpoint says. Views into the parsed text's arena copy. */
struct audit_mark {
	uint64_t number;
	int64_t t;
	struct str hash;
	struct str key_id;
	struct str signature;
};

/* Reads a head record's value. RC_CORRUPT. */
MUST_USE enum rc audit_mark_parse(struct arena *a, struct str json, struct audit_mark *ret);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_VERIFY_H
#define PRATU_AUDIT_VERIFY_H

/*
 * Reads the whole trail and reports every fault with the record's number. Records are read in
 * slices, so that a running server is not delayed; events appended during the run are not read.
 */
#include "audit/checkpoint.h"

enum audit_fault_kind {
	AUDIT_FAULT_MALFORMED, /* no record of this program */
	AUDIT_FAULT_CHANGED,   /* its hash does not fit: changed, or put behind a changed record */
	AUDIT_FAULT_MISSING,   /* no record under this number, but later ones */
	AUDIT_FAULT_MISPLACED, /* it calls itself by another number: moved, or one was inserted
				  or removed before it */
	AUDIT_FAULT_SIGNATURE, /* a checkpoint whose signature is wrong, or by an unknown key */
	AUDIT_FAULT_REWRITTEN, /* whole in itself, but not what a checkpoint signed */
	AUDIT_FAULT_CUT,       /* the trail ends before this number, which was signed */
	AUDIT_FAULT_HEAD,      /* the head record is missing or not authentic */
	AUDIT_FAULT_MAX
};

struct audit_fault {
	uint64_t number; /* of the record; the first of several */
	enum audit_fault_kind kind;
	const char *text; /* a sentence; good during the call */
};

/* Something known from outside the database: a line of the log, a printed page. */
struct audit_anchor {
	uint64_t number;
	struct str hash;
};

struct audit_verify_options {
	const struct audit_key *keys; /* the present key and older ones; none: signatures unread */
	size_t n_keys;
	const struct audit_anchor *anchors; /* in rising order of number */
	size_t n_anchors;
	/* Called for each fault; may be NULL. False stops. */
	bool (*fault)(void *data, const struct audit_fault *fault);
	/* Called after each slice; may be NULL. */
	void (*progress)(void *data, uint64_t number);
	void *data;
};

struct audit_report {
	uint64_t records;     /* read */
	uint64_t last;        /* number of the last one */
	uint64_t checkpoints; /* with a right signature */
	uint64_t signed_upto; /* everything up to here is vouched for by a signature */
	uint64_t faults;
	int64_t first_ms, last_ms; /* times of the first and last readable record */
	char last_hash[AUDIT_HASH_CHARS + 1];
};

/* RC_OK: not one fault. RC_CORRUPT: at least one was reported (*ret is written then too). Others:
 * the store could not be read. */
MUST_USE enum rc audit_verify(struct store *s, struct audit_place place,
	const struct audit_verify_options *options, struct audit_report *ret);

/* "changed", ... */
const char *audit_fault_name(enum audit_fault_kind kind);

#endif

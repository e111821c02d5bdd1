/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_AUDIT_TRAIL_H
#define PRATU_TESTS_AUDIT_TRAIL_H

/*
 * A trail for tests: made through the store as the server makes it, then read into an array that
 * can be tampered with and put into a store whose trail is an ordinary table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/checkpoint.h"
#include "audit/verify.h"

enum { TRAIL = 1, HEADS };

#define T0 1700000000000 /* milliseconds at which trails begin */

struct trail {
	struct arena *a;
	struct store *s; /* the genuine one */
	struct audit_key key;
	size_t n;
	struct str records[64];
	struct str head; /* empty: none */
};

extern const struct audit_place place;

struct trail *trail_new(void);
void trail_free(struct trail *t);
/* Appends an event, one second after the one before. */
void trail_add(struct trail *t, const char *person, const char *detail);
/* Commits a checkpoint when one is due, and logs it; *ret_number: 0 when none was due. */
enum rc trail_checkpoint(struct trail *t, struct audit_checkpoint_policy policy, int64_t now_ms,
	uint64_t *ret_number);
/* Signs now; returns the number signed. */
uint64_t trail_sign(struct trail *t);
/* Reads the genuine trail into the array. */
void trail_read(struct trail *t);
/* A store that holds the array as it is now. */
struct store *trail_forged(const struct trail *t);
/* Gives records from index on the hashes that fit. */
void trail_reseal(struct trail *t, size_t index);

/* What audit_verify reports of the array. */
struct trail_report {
	size_t n;
	struct audit_fault faults[32]; /* texts are not kept */
	struct audit_report report;
};

struct trail_report trail_verify(const struct trail *t, const struct audit_anchor *anchor);

#define assert_rc(want, got) assert_string_equal(rc_name(got), rc_name(want))

#endif

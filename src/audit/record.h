/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_AUDIT_RECORD_H
#define PRATU_AUDIT_RECORD_H

/* Inside audit: taking a stored line apart. Views into the line. */
#include "audit/audit.h"

struct audit_line {
	uint64_t number;
	int64_t t;
	struct str body; /* what the hash covers, in addition to the previous hash */
	struct str hash;
	struct str rest; /* from "event" on, up to the hash */
};

/* False when the text has not the outer form of a record. */
bool audit_line_parse(struct str text, struct audit_line *ret);
/* The hash of a stored record for the next one: empty for the first or for an unreadable one. */
struct str audit_line_hash(struct str text);
/* hash of body behind before, in AUDIT_HASH_CHARS characters. */
struct str audit_line_seal(struct arena *a, struct str before, struct str body);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_ACCESS_SCOPE_H
#define PRATU_ACCESS_SCOPE_H

/*
 * Scopes (RFC 6749 3.3): the closed list this provider knows, and set operations on their texts.
 * Pure functions.
 */
#include "base/arena.h"
#include "base/str.h"

/* NULL-terminated; for discovery. A client's registration may name others (its own API's). */
extern const char *const scopes_known[];

/* Whether the word is in a space-separated text. No allocation. */
bool scope_has(struct str scope, const char *word);
/* Words of `asked` that `allowed` has too, in the order asked, each once. false: over SCOPES_MAX.
 */
bool scope_common(struct arena *a, struct str asked, struct str allowed, struct str *ret);
/* Is every word of `part` in `whole`? */
bool scope_within(struct str part, struct str whole);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_SECRET_H
#define PRATU_BASE_SECRET_H

/*
 * A secret: bytes that are compared in constant time, wiped when freed and never printed. There is
 * no formatter, no log field and no JSON form for this type; secret_bytes is the only access to the
 * bytes and easy to search for.
 */
#include "base/rc.h"
#include "base/str.h"

struct secret;

#define SECRET_MIN_BYTES 16u /* what a key file must hold at least */
#define SECRET_MAX_BYTES 4096u

/* Starts libsodium, if it has not been; where it cannot, the process ends with status 1 and a
 * sentence. */
void secret_library(void);
struct secret *secret_new(struct str bytes);
void secret_free(struct secret *s); /* NULL is fine */
struct str secret_bytes(const struct secret *s);
/* Constant time for equal lengths (the length is no secret). */
bool secret_equal(struct str a, struct str b);

/*
 * Where systemd put this service's credentials ($CREDENTIALS_DIRECTORY, LoadCredential=), or NULL:
 * main says it once, before threads start. The text must stay.
 */
void secret_set_credentials_directory(const char *dir);
const char *secret_credentials_directory(void);

/*
 * Reads a secret from a regular file that only its owner may read (mode & 077 is 0; in the
 * credentials directory, which only the service can enter, 0440 too). One trailing newline is
 * dropped. Refused: fewer than min bytes, well-known defaults ("changeme", "password", ...),
 * placeholders, too few different bytes. *ret_why, if refused: a static sentence with the
 * correction.
 */
MUST_USE enum rc secret_from_file(
	const char *path, size_t min, struct secret **ret, const char **ret_why);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_IMPORT_IMPORT_H
#define PRATU_DIRECTORY_IMPORT_IMPORT_H

/*
 * Importing a CSV file (docs/import.md). The whole file is checked first and every fault is
 * reported; then all its changes are one batch with one audit event, or nothing is changed. A row
 * whose record exists changes the columns present in the file; the same file again changes nothing.
 */
#include "base/buf.h"
#include "core/tx.h"

enum import_kind {
	IMPORT_OFFICES,
	IMPORT_SYSTEMS,
	IMPORT_PEOPLE,
	IMPORT_ACCOUNTS,
	IMPORT_ROLE_GRANTS,
	IMPORT_CREDENTIALS,
	IMPORT_KIND_MAX
};

#define IMPORT_FILE_MAX     (256u * 1024u * 1024u) /* bytes */
#define IMPORT_ERRORS_MAX   200                    /* lines reported; further faults are counted */
#define IMPORT_ERRORS_BYTES (IMPORT_ERRORS_MAX * 1024u)

struct import_request {
	enum import_kind kind;
	const char *file;        /* its name, for the error lines */
	struct str text;         /* its bytes */
	struct strlist policies; /* login policies of the configuration; empty: not checked */
	bool email_unique;       /* a verified email is one person's only */
	bool dry_run;            /* check and count only */
};

struct import_result {
	size_t rows, added, changed, unchanged;
	size_t faults;   /* with RC_INVALID */
	size_t warnings; /* with RC_OK: lines in errors, of what is done all the same */
};

/*
 * RC_OK: errors holds the warnings. RC_INVALID: nothing changed; errors holds "FILE:line: column:
 * what is wrong; what to do" lines. *ret is filled in that case too. Others are the store's.
 */
MUST_USE enum rc import_csv(const struct app *app, const struct actor *actor,
	const struct import_request *request, struct buf *errors, struct import_result *ret);

/* "offices" and so on; NULL past the end. IMPORT_KIND_MAX for another word. */
enum import_kind import_kind_parse(struct str name);
/* The columns of every kind as Markdown, for docs/import.md. */
void import_reference(struct buf *out);

#endif

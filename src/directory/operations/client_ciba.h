/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_CIBA_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_CIBA_H

/* Metadata of clients that ask people apart from a browser (CIBA Core 4). */
#include "codec/field.h"
#include "directory/records.h"

/* The members agree with each other and with grant_types. RC_INVALID: *e says what to write. */
MUST_USE enum rc client_check_ciba(struct arena *a, const struct client *c, struct field_error *e);

#endif

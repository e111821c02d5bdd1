/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_ACCOUNT_H
#define PRATU_MAIN_ACCOUNT_H

/* What account show adds about the password of an account: its kind, age and lock, never a hash. */
#include "codec/json_writer.h"
#include "main/instance.h"

MUST_USE enum rc account_show_password(struct json_writer *w, struct tx *tx, struct str account);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_CIBA_OPERATIONS_H
#define PRATU_IDP_CIBA_CIBA_OPERATIONS_H

/*
 * Administration of backchannel authentication requests:
 *
 *     pratu ciba list           those that wait, one a line
 *     pratu ciba withdraw ID    ends one: the client gets access_denied
 *     pratu ciba hint USERNAME  the login_hint values of the account's person (idp/ciba/hint.h)
 */
#include "core/module.h"

extern const struct operation *const ciba_operations[]; /* ended by NULL */
extern const struct command ciba_commands[];            /* ended by a row without name */

#endif

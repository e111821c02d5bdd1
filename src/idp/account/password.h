/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PASSWORD_H
#define PRATU_IDP_ACCOUNT_PASSWORD_H

/*
 * A new password by the holder's own wish, after a fresh login. By ThaID it may replace one that
 * was forgotten: the citizen proved more than the old password would. Whose session was begun by a
 * password has typed one just now.
 *
 * The change ends every session of the person that was begun by password, this one too, and the
 * tokens given to them; sessions by ThaID stay. An account that never had a password gets none
 * here: it begins with an initial secret.
 */
#include "core/op.h"

void account_password_run(struct op *op); /* GET /account/password?account= */
bool account_password_set_blocks(struct op *op);
void account_password_set_before(struct op *op); /* POST .../set: "account", "password", "repeat" */
void account_password_set_run(struct op *op);
void change_password_url_run(struct op *op); /* GET /.well-known/change-password */

#endif

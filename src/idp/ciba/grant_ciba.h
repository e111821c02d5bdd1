/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_GRANT_CIBA_H
#define PRATU_IDP_CIBA_GRANT_CIBA_H

/*
 * grant_type=urn:openid:params:grant-type:ciba (CIBA Core 10.1, 11): what a client gets for
 * auth_req_id: authorization_pending while the person has not answered, slow_down within the
 * interval since its last poll, and tokens once.
 *
 * The tokens belong to no browser's session: the person may leave the device that they answered on.
 * They end by everything else that ends tokens, and without offline_access after the time that a
 * session lasts (docs/decisions/0076).
 */
#include "core/grant.h"

extern const struct grant_row ciba_grants[];

#endif

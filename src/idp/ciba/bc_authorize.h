/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_BC_AUTHORIZE_H
#define PRATU_IDP_CIBA_BC_AUTHORIZE_H

/*
 * POST /oauth2/bc-authorize: the backchannel authentication endpoint (CIBA Core 7). A client asks
 * for a person, who finds the request on a page of ours (idp/ciba/requests_page.h), to which a mail
 * leads; the client polls the token endpoint with auth_req_id (idp/ciba/grant_ciba.h).
 *
 * Nobody is rung without end (FAPI-CIBA 7): a client has one request at a person at a time, a newer
 * one replaces it; several clients have CIBA_PENDING_MAX; requests that are ignored or refused in a
 * row (ciba.unanswered_limit) make the client wait for ciba.block; and a client has
 * ciba.requests_per_minute.
 */
#include "core/op.h"

void bc_authorize_run(struct op *op);

#endif

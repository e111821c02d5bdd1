/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_PAR_H
#define PRATU_IDP_OAUTH_PAR_H

/*
 * The pushed authorization request endpoint (RFC 9126): POST by an authenticated client, judged by
 * the rules of authorization requests, kept by idp/par/pushed_request.h.
 */
#include "core/op.h"

void par_run(struct op *op);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_THAID_THAID_PAGE_H
#define PRATU_SANDBOX_THAID_THAID_PAGE_H

/* ThaID's page in the browser: the QR code, the reference code, waiting, going back. */
#include "http/exchange.h"
#include "sandbox/thaid/thaid.h"

/* GET /thaid/login?id=: the QR page, or the way back once the person has decided. */
void thaid_page_login(struct http_exchange *x);
/* GET /thaid/status?id=: {"state": ..., "location": ...} for the page's script. */
void thaid_page_status(struct http_exchange *x);
/* A fault in the relying party's request: stays here, with status 400. */
void thaid_page_fault(struct http_exchange *x, const struct thaid_error *error);

#endif

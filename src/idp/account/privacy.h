/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PRIVACY_H
#define PRATU_IDP_ACCOUNT_PRIVACY_H

/*
 * Consents and their withdrawal, by one press of a button, as giving it was (PDPA section 19), and
 * all data stored about the person as one JSON document (sections 30 and 31), after
 * reauthentication: it has the citizen number in full.
 */
#include "core/op.h"

#define DATA_BYTES_MAX 4194304u /* of the document */

void account_privacy_run(struct op *op);          /* GET /account/privacy */
void account_privacy_withdraw_run(struct op *op); /* POST .../withdraw: "client" */
void account_data_run(struct op *op);             /* GET /account/privacy/data */

#endif

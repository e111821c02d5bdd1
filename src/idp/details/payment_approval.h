/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_DETAILS_PAYMENT_APPROVAL_H
#define PRATU_IDP_DETAILS_PAYMENT_APPROVAL_H

/*
 * The type payment_approval of authorization details (RFC 9396): the approval of one payment, or of
 * a batch of payments from one account. What the person sees, and what the tokens say, is the
 * transaction, its total, and every payee with account and amount, so that none of them can change
 * between the approval and the payment (Delegated Regulation (EU) 2018/389, Article 5).
 */
#include "core/details.h"

#define PAYMENT_ITEMS_MAX 30u /* payees of one approval */

extern const struct details_type details_payment_approval;

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_AMOUNT_WORDS_H
#define PRATU_CODEC_AMOUNT_WORDS_H

/*
 * Amounts of baht in words, as cheques and orders to pay have them beside the figures. Results are
 * appended. Pure functions; any thread.
 */
#include "base/buf.h"

#define AMOUNT_WORDS_MAX 999999999999999 /* satang: 13 digits of baht; more appends nothing */

/* "หนึ่งพันสองร้อยสามสิบสี่บาทห้าสิบสตางค์"; without satang "...บาทถ้วน". satang: 0 or more. */
void amount_words_thai(struct buf *out, int64_t satang);
/* "one thousand two hundred thirty-four baht and fifty satang"; without satang "... baht only". */
void amount_words_english(struct buf *out, int64_t satang);

#endif

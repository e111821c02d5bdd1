/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_OTP_PURPOSE_H
#define PRATU_CORE_OTP_PURPOSE_H

/* What a one-time code is for: closed words, part of the key of TABLE_OTP. */
#define OTP_FOR_LOGIN    "login"
#define OTP_FOR_EMAIL    "email"   /* to prove an email address */
#define OTP_FOR_MOBILE   "mobile"  /* to prove a mobile number */
#define OTP_FOR_RECOVERY "reset"   /* to set a new password in place of a forgotten one */
#define CODE_FOR_TEXT    "confirm" /* to confirm a text: challenge.text is not empty */

#endif

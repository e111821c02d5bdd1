/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_OTP_OTP_H
#define PRATU_FACTORS_OTP_OTP_H

/*
 * One-time codes by email and SMS as authentication methods: "otp_email" confirms a login and
 * can be enrolled in one, "otp_sms" confirms a login and an account recovery. The codes
 * themselves are idp/challenge/challenge.h.
 */
#include "core/auth_method.h"

/* Nothing of their own: they may be put into the registry as they are. */
extern const struct auth_method auth_method_otp_email, auth_method_otp_sms;

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_JOSE_SUPPORT_H
#define PRATU_TESTS_JOSE_SUPPORT_H

/* Keys made once a program, and tokens with any header, properly signed. */
#include "jose/internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The key of alg, made at the first call (RSA: known ones); test_keys_free frees it. */
struct jwk *test_key(enum jose_alg alg);
/* A second key of ES256. */
struct jwk *test_other_key(void);
/* header "." payload, signed by key whatever the header says. */
struct str test_forge(
	struct arena *a, const struct jwk *key, const char *header, struct str payload);
struct str test_format(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The public JWK as text. */
struct str test_public_text(struct arena *a, const struct jwk *key);
enum rc test_import(struct str text, enum jose_alg fallback, bool private_ok, struct jwk **ret);
void test_keys_free(void);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_COOKIE_H
#define PRATU_HTTP_COOKIE_H

/* Reading and writing of cookie text (RFC 6265). Pure functions; any thread. */
#include "base/rc.h"
#include "base/str.h"

/*
 * The value of a name in a Cookie header (RFC 6265 4.2.1), a view into it. RC_NOT_FOUND: absent or
 * there twice, whose cookie it is being then unknowable. RC_INVALID: the value is not made of
 * cookie-octets. Pairs of other applications on the domain may be ill-formed, and as many and as
 * long as they may be (HTTP_COOKIES_MAX): they are passed over.
 */
MUST_USE enum rc cookie_find(struct str header, struct str name, struct str *ret);

/* Is s made of cookie-octets only (RFC 6265 4.1.1)? The empty one is. */
bool cookie_value_ok(struct str s);

#endif

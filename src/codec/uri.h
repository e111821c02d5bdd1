/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_URI_H
#define PRATU_CODEC_URI_H

/*
 * URIs (RFC 3986), parsed strictly and never normalised: ambiguous input is rejected. No decoding,
 * so parts are views into the text.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#define URI_MAX 2048u /* bytes */

struct uri {
	struct str text;
	struct str scheme;
	struct str authority;
	struct str host; /* without brackets for an IPv6 literal */
	struct str port; /* digits, or empty */
	struct str path;
	struct str query;
	bool has_userinfo;
	bool has_query;
	bool has_fragment;
};

/*
 * Absolute URI with "//". RC_INVALID: control or non-ASCII bytes, spaces, backslash, bad percent
 * escape, bad host or port, over URI_MAX.
 */
MUST_USE enum rc uri_parse(struct str text, struct uri *ret);

/*
 * May this be registered as a redirect URI (RFC 6749 3.1.2, RFC 8252, RFC 9700 4.1.3)? https; http
 * only to a loopback literal or "localhost"; a private-use scheme with a dot only when native.
 * No fragment, no user info, no dot segments. *ret_why: a static sentence.
 */
MUST_USE enum rc uri_check_redirect(struct str text, bool native, const char **ret_why);

/*
 * Does a presented redirect URI match a registered one? Byte for byte; only where the registered
 * one is http to 127.0.0.1 or [::1] may the port differ (RFC 8252 7.3), and to localhost where it
 * is a native application's.
 */
bool uri_redirect_matches(struct str registered, struct str presented, bool native);

/* scheme://host[:port], for CSP sources and origin checks; the view is into the text. */
struct str uri_origin(const struct uri *uri);

#endif

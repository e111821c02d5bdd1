/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_REDIRECT_MUTATIONS_H
#define PRATU_TESTS_REDIRECT_MUTATIONS_H

/*
 * Ways to write something that some server somewhere took for the registered redirect URI
 * (RFC 9700 section 4.1; CVE-2023-6291, CVE-2024-1132, CVE-2024-8883, CVE-2024-21637,
 * CVE-2024-52289, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2026-18211). None of them may be
 * sent anything when REDIRECT_REGISTERED alone is registered, at any endpoint that takes one.
 */
#include "base/str.h"

#define REDIRECT_REGISTERED "https://portal.example.go.th/callback"

struct redirect_mutation {
	struct str uri;
	bool lawful; /* a redirect URI that somebody else might register */
};

#define P "https://portal.example.go.th"
#define BAD(t)                                                                                     \
	{                                                                                          \
		.uri = STR_INIT(t), .lawful = false                                                \
	}
#define ELSE(t)                                                                                    \
	{                                                                                          \
		.uri = STR_INIT(t), .lawful = true                                                 \
	}

static const struct redirect_mutation redirect_mutations[] = {
	/* What stands before an '@' is not the host. */
	BAD(P "@evil.example/callback"),
	BAD("https://evil.example@portal.example.go.th/callback"),
	BAD(P ":443@evil.example/callback"),
	BAD(P "@@evil.example/callback"),
	BAD("https://a@b@portal.example.go.th/callback"),
	BAD(P "%40evil.example/callback"),
	BAD(P "%25@evil.example/callback"),
	BAD(P "%2540evil.example/callback"),
	BAD(P "&@evil.example/callback"),
	BAD("https://user:pass@portal.example.go.th/callback"),
	BAD("https://:@portal.example.go.th/callback"),
	BAD("https://@portal.example.go.th/callback"),
	BAD(P "\\@evil.example/callback"),
	BAD("https://evil.example\\@portal.example.go.th/callback"),
	BAD("https://evil.example#@portal.example.go.th/callback"),
	ELSE("https://evil.example?@portal.example.go.th/callback"),
	ELSE("https://evil.example/@portal.example.go.th/callback"),
	BAD("https://evil.example;@portal.example.go.th/callback"),
	BAD("https://evil.example%20@portal.example.go.th/callback"),
	/* Hosts that look like the host. */
	ELSE(P ".evil.example/callback"),
	ELSE("https://evilportal.example.go.th/callback"),
	ELSE("https://sub.portal.example.go.th/callback"),
	ELSE("https://portalxexample.go.th/callback"),
	ELSE("https://portal-example.go.th/callback"),
	ELSE("https://example.go.th/callback"),
	BAD(P "./callback"),
	BAD("https://.portal.example.go.th/callback"),
	BAD("https://portal..example.go.th/callback"),
	BAD("https://PORTAL.example.go.th/callback"),
	BAD("https://portal.example.go.TH/callback"),
	BAD("https://portal%2eexample.go.th/callback"),
	BAD("https://portal.example.go.th%2eevil.example/callback"),
	BAD(P "%00.evil.example/callback"),
	BAD(P "\0.evil.example/callback"),
	BAD(P "%0a.evil.example/callback"),
	BAD(P "%0d%0a.evil.example/callback"),
	BAD(P "%2f.evil.example/callback"),
	BAD(P "%5c.evil.example/callback"),
	BAD(P "\\.evil.example/callback"),
	BAD("https://*.example.go.th/callback"),
	BAD("https://*/callback"),
	BAD("https://p\xce\xbfrtal.example.go.th/callback"),
	BAD("https://portal\xe3\x80\x82"
	    "example.go.th/callback"),
	BAD("https://\xe2\x93\x9fortal.example.go.th/callback"),
	BAD("https://portal.exa\xc2\xadmple.go.th/callback"),
	BAD("https://portal.example.go.th\xef\xbc\x8f/callback"),
	BAD("https://[portal.example.go.th]/callback"),
	BAD("https://[::1/callback"),
	BAD("https://::1/callback"),
	BAD("https://[::1]evil.example/callback"),
	BAD("https://[::1%25eth0]/callback"),
	BAD("https://2130706433/callback"),
	BAD("https://0x7f.1/callback"),
	BAD("https://127.1/callback"),
	BAD("https://017700000001/callback"),
	BAD("https:///callback"),
	/* Ports. */
	ELSE(P ":443/callback"),
	ELSE(P ":8443/callback"),
	BAD(P ":/callback"),
	BAD(P ":0443/callback"),
	BAD(P ":0/callback"),
	BAD(P ":65536/callback"),
	BAD(P ":-1/callback"),
	BAD(P ":44a/callback"),
	BAD(P ":443:443/callback"),
	BAD(P ":%34%34%33/callback"),
	/* Schemes. */
	BAD("http://portal.example.go.th/callback"),
	BAD("HTTPS://portal.example.go.th/callback"),
	BAD("Https://portal.example.go.th/callback"),
	BAD("httpss://portal.example.go.th/callback"),
	BAD("javascript:alert(1)//portal.example.go.th/callback"),
	BAD("JavaScript:alert(1)"),
	BAD("javascript://portal.example.go.th/callback?%0aalert(1)"),
	BAD("java\tscript:alert(1)"),
	BAD("\x01javascript:alert(1)"),
	BAD("data:text/html,<script>alert(1)</script>"),
	BAD("data:text/html;base64,PHNjcmlwdD4="),
	BAD("vbscript:msgbox(1)"),
	BAD("file:///etc/passwd"),
	BAD("blob:" REDIRECT_REGISTERED),
	BAD("filesystem:" REDIRECT_REGISTERED),
	BAD("view-source:" REDIRECT_REGISTERED),
	BAD("about:blank"),
	BAD("ftp://portal.example.go.th/callback"),
	BAD("ws://portal.example.go.th/callback"),
	BAD("//portal.example.go.th/callback"),
	BAD("///portal.example.go.th/callback"),
	BAD("https:portal.example.go.th/callback"),
	BAD("https:/portal.example.go.th/callback"),
	BAD("https:///portal.example.go.th/callback"),
	BAD("https:\\\\portal.example.go.th\\callback"),
	BAD("https:/\\portal.example.go.th/callback"),
	BAD("https//portal.example.go.th/callback"),
	BAD("://portal.example.go.th/callback"),
	BAD("portal.example.go.th/callback"),
	BAD("/callback"),
	BAD("callback"),
	/* Paths. */
	ELSE(P),
	ELSE(P "/"),
	ELSE(P "/callbac"),
	ELSE(P "/callback/"),
	ELSE(P "/callback//"),
	ELSE(P "//callback"),
	ELSE(P "/Callback"),
	ELSE(P "/CALLBACK"),
	ELSE(P "/callbackevil"),
	ELSE(P "/callback.evil"),
	ELSE(P "/callback;a=b"),
	ELSE(P "/call%62ack"),
	ELSE(P "/%63allback"),
	ELSE(P "/callback%20"),
	ELSE(P "/callback%23"),
	ELSE(P "/callback%3f"),
	BAD(P "/./callback"),
	BAD(P "/callback/."),
	BAD(P "/callback/.."),
	BAD(P "/callback/../callback"),
	BAD(P "/callback/../../evil"),
	BAD(P "/callback/%2e%2e/evil"),
	BAD(P "/callback/%2E%2E/evil"),
	BAD(P "/callback/.%2e/evil"),
	BAD(P "/callback/%2e/evil"),
	BAD(P "/callback/..%2fevil"),
	BAD(P "/callback/..;/evil"),
	BAD(P "/callback/..;a=b/evil"),
	BAD(P "/callback/%2e%2e;/evil"),
	BAD(P "/callback/.;/evil"),
	BAD(P "/callback/..%5cevil"),
	BAD(P "/callback/..\\evil"),
	BAD(P "/callback%2f..%2fevil"),
	BAD(P "/callback%252f..%252fevil"),
	BAD(P "/callback/%252e%252e/evil"),
	BAD(P "/callback%00"),
	BAD(P "/callback\0"),
	BAD(P "/callback%0d%0aSet-Cookie:%20a=b"),
	BAD(P "/callback\r\nSet-Cookie: a=b"),
	BAD(P "/callback%09"),
	BAD(P "/callback%7f"),
	BAD(P "/callback%"),
	BAD(P "/callback%2"),
	BAD(P "/callback%zz"),
	BAD(P "/callback%u002e"),
	BAD(P "/callback*"),
	BAD(P "/*"),
	BAD(P "/callback "),
	BAD(" " P "/callback"),
	BAD("\t" P "/callback"),
	BAD("\n" P "/callback"),
	BAD(P "/callback\n"),
	BAD(P "/callback\t"),
	BAD(P "/callback\xc2\xa0"),
	BAD(P "/\xe0\xb9\x80"),
	BAD(P "/callback|"),
	BAD(P "/callback\""),
	BAD(P "/callback<script>"),
	BAD(P "/callback\\"),
	BAD(P "/callback[1]"),
	/* Queries and fragments. */
	ELSE(P "/callback?"),
	ELSE(P "/callback?a=b"),
	ELSE(P "/callback??"),
	ELSE(P "/callback&a=b"),
	ELSE(P "/callback?redirect_uri=https://evil.example/"),
	ELSE(P "/callback?code=x"),
	BAD(P "/callback?%0a"),
	BAD(P "/callback?a=%00"),
	BAD(P "/callback#"),
	BAD(P "/callback#x"),
	BAD(P "/callback#@evil.example"),
	BAD(P "/callback#x#y"),
	/* Two at once. */
	BAD(P "/callback https://evil.example/"),
	ELSE(P "/callback,https://evil.example/"),
	BAD(P "/callback\nhttps://evil.example/"),
	/* This machine, and what looks like it. */
	ELSE("http://localhost/callback"),
	ELSE("http://127.0.0.1/callback"),
	ELSE("http://[::1]/callback"),
	BAD("http://localhost.evil.example/callback"),
	BAD("http://127.0.0.1.evil.example/callback"),
	BAD("http://localhost@evil.example/callback"),
	BAD("http://127.0.0.1:8080@evil.example/callback"),
	BAD("http://[::ffff:127.0.0.1]/callback"),
	BAD("http://[0:0:0:0:0:0:0:1]/callback"),
	BAD("http://127.0.0.2/callback"),
	BAD("http://0.0.0.0/callback"),
	BAD("http://0/callback"),
};

#undef P
#undef BAD
#undef ELSE

#define N_REDIRECT_MUTATIONS (sizeof(redirect_mutations) / sizeof(redirect_mutations[0]))

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_HTML_H
#define PRATU_SANDBOX_COMMON_HTML_H

/*
 * The sandbox's own small pages: markup with {} slots, every slot escaped, no way round it; and the
 * frame round a page with its security headers. (The pages of Pratu itself are src/web's.)
 */
#include "base/buf.h"
#include "http/exchange.h"

#define HTML_PAGE_MAX (512u * 1024u)

/* Appends markup; each "{}" becomes the next argument with & < > " ' escaped. A wrong number of
 * arguments is a program error and dies. */
void html_add(struct buf *out, const char *markup, const struct str *args, size_t n);
#define HTML(out, markup, ...)                                                                     \
	html_add((out), (markup), (const struct str[]){__VA_ARGS__ __VA_OPT__(, ) STR_NONE},       \
		sizeof((const struct str[]){__VA_ARGS__ __VA_OPT__(, ) STR_NONE}) /                \
				sizeof(struct str) -                                               \
			1)

struct html_page {
	struct str title;
	const char *look;   /* class of the body: chooses the colours */
	const char *script; /* path of a script of ours, or NULL */
	struct str refresh; /* where a browser without JavaScript goes after refresh_seconds */
	int refresh_seconds;
	struct str body;      /* made by html_add */
	struct strlist forms; /* other origins the page's forms may lead to */
};

void html_answer(struct http_exchange *x, int status, const struct html_page *page);
/* One of the files under static/, by the request's path. */
void html_static(struct http_exchange *x);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGE_H
#define PRATU_WEB_PAGE_H

/*
 * Rendering a page: a model, put through its template in one language, with the headers that belong
 * to it. http and web do not know each other: the caller copies the answer.
 *
 * Which pages there are is the modules' to say: each describes its own (struct page_type), with
 * template and texts in the folder pages/ of the module. src/web/pages has what all share: layout,
 * icons, common parts.
 *
 * Models are plain structs. Texts are escaped by the templates; an empty text, a zero time or an
 * empty list leaves its part of the page out, unless said otherwise. `action` and `..._url` members
 * are http(s) addresses or paths of ours; others are not rendered. Members of the same shape in a
 * row are struct { const T *v; size_t n; }. Forms are sent by POST as
 * application/x-www-form-urlencoded with the field names given at the model.
 *
 * A struct web is made once at the start and never changes; any thread may render.
 */
#include "base/rc.h"
#include "base/str.h"
#include "web/i18n.h"

struct web;
struct rng;
struct tmpl_field;
struct text_type;

/* A page that a module has. Static and const; it is known by its address. */
struct page_type {
	const char *source;              /* template: "login.html", unique among all modules */
	const struct tmpl_field *fields; /* of the model */
	/* Fills what the caller leaves to the page, in a copy; NULL = nothing. */
	const void *(*prepare)(struct arena *a, const void *model);
	bool polls;           /* its script asks our own origin: CSP connect-src */
	const char *tab;      /* an account page: the name of its tab */
	const char *referrer; /* Referrer-Policy, when it is not the usual one */
	/* Of the model's field "notice", a TMPL_WORD: the words, as WEB_NOTICE bits, after which
	 * the page says in its title that something went wrong and begins at the message (class
	 * alert, id "error"); and those that say so of what was typed into its field. */
	unsigned failures, wrong_input;
	/* Its form leads to another site, at once or by a redirect of ours, and that may redirect
	 * on to wherever it likes: CSP form-action, which is held against each of these steps, is
	 * left out. */
	bool posts_away;
};

#define WEB_NOTICE(word) (1u << (word))

/* A link of the account pages to one another. */
struct web_tab {
	struct str url;
	struct str name; /* its words: tab.<name> */
	bool current;    /* filled by web_render: the tab of the page shown */
};

#define WEB_PAGE_MAX     (2u * 1024u * 1024u) /* bytes of a rendered page */
#define WEB_HEADERS_MAX  10
#define WEB_PAGES_MAX    512 /* pages and texts */
#define WEB_ORIGINS_MAX  40  /* origins of a page's frames */
#define WEB_ERRORS_BYTES 16384u

/* The organisation that runs the provider; all texts may be empty. Bytes are copied. */
struct web_options {
	struct str organisation[WEB_LANG_MAX]; /* in header and footer; the office that runs it */
	struct str support_name[WEB_LANG_MAX]; /* whom to ask, in the footer */
	struct str support_phone, support_email, support_hours[WEB_LANG_MAX];
	struct str privacy_url;               /* http(s) or a path; empty = no link */
	const struct rng *rng;                /* nonces of the content security policy */
	const struct page_type *const *pages; /* all there are; must outlive the struct web */
	size_t n_pages;
	const struct text_type *const *texts; /* mails, SMS, documents: web/text.h; the same */
	size_t n_texts;
	struct str issuer; /* our address, for texts that leave the browser; empty: not known */
	const struct web_tab *tabs; /* in the order shown; must outlive it too */
	size_t n_tabs;
	bool sandbox; /* says on every page that this is a demonstration, not the real service */
};

/*
 * Compiles every page and text in every language. RC_INVALID: errors holds "file:line: what is
 * wrong" lines (only a change of templates or catalogues can cause it). RC_LIMITED: more than
 * WEB_PAGES_MAX.
 */
MUST_USE enum rc web_new(const struct web_options *options, struct buf *errors, struct web **ret);
void web_free(struct web *web);
/* The organisation that runs the provider, as in the page header; may be empty. */
struct str web_organisation(const struct web *web, enum web_lang lang);

/* What every page needs besides its model. */
struct web_view {
	enum web_lang lang;
	/* Path and query that show this page again by GET: where the language switch returns to.
	 * Empty: the page has no switch (it answers a POST). */
	struct str self;
	struct str request_id; /* shown on error pages and in the footer */
	struct str user_name;  /* name of the person logged in; empty = none */
	/* Form token of that person's session: the header offers signing out. */
	struct str sign_out_csrf;
	int64_t session_left; /* seconds until that session ends unused; 0 = none */
	int64_t login_left;   /* seconds until the login of this page is over; 0 = none */
	struct str start_url; /* where such a login begins again */
	struct str home_url;  /* the person's own start page: logo and link; empty = no link */
	struct str back_portal, back_url; /* the portal the person came from; may be empty */
	struct str leave; /* the page goes there by itself, at once; registered; empty: it stays */
	struct strlist frame_origins; /* CSP frame-src: front-channel logout only */
	struct strlist hidden_tabs;   /* names of tabs that this person is not shown */
	bool own_window; /* a window that opened the page loses it, and the page that window */
};

struct web_header {
	const char *name; /* static */
	struct str value;
};

struct web_answer {
	const char *content_type; /* static */
	struct str body;          /* in the arena */
	struct web_header headers[WEB_HEADERS_MAX];
	size_t n_headers;
};

/*
 * Renders one page of options.pages. model: the struct that its fields describe. Never fails on the
 * content of a model: RC_LIMITED only when the page passes WEB_PAGE_MAX, RC_INVALID on an origin
 * that may not stand in a policy.
 */
MUST_USE enum rc web_render(const struct web *web, struct arena *a, const struct page_type *page,
	const void *model, const struct web_view *view, struct web_answer *ret);

/*
 * The path to show after a language switch: `path` when it is a plain path of ours (starts with one
 * '/', no backslash, control or non-ASCII byte), else "/".
 */
struct str web_return_path(struct str path);

/* A file compiled in; its path holds a hash of its content, so it may be cached for ever. */
struct web_asset {
	const char *path; /* "/static/<hash>/<name>" */
	const char *content_type;
	struct str body;
	struct str gzip; /* empty where it would not be smaller */
};
#define WEB_ASSET_CACHE "public, max-age=31536000, immutable"

/* All of them, for routes; *ret_n their number. */
const struct web_asset *web_assets(size_t *ret_n);

#endif

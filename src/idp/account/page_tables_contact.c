/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "idp/account/pages_contact.h"
#include "base/array.h"
#include "idp/login/page_tables.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

static const char *const kind_words[] = {"email", "mobile", NULL};
_Static_assert(ARRAY_LEN(kind_words) == WEB_CONTACT_KIND_MAX_ + 1, "a word for each value");
#define M struct web_contact
static const struct tmpl_field address_fields[] = {
	F_WORD(M, kind, "address-kind", kind_words),
	F(M, address, TMPL_TEXT),
	F(M, verified, TMPL_BOOL),
	F(M, changed, TMPL_DATE),
	F(M, waiting, TMPL_BOOL),
	F(M, may_change, TMPL_BOOL),
	F(M, may_remove, TMPL_BOOL),
	F(M, change_url, TMPL_URL),
	F(M, remove_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_contacts
static const struct tmpl_field web_contacts_fields[] = {
	F_WORD(M, notice, "address-notice", web_contact_message_words),
	F_LIST(M, rows, address_fields),
	F_END,
};
#undef M

#define M struct web_contact_new
static const struct tmpl_field web_contact_new_fields[] = {
	F_WORD(M, kind, "address-kind", kind_words),
	{.name = "kind_id", .type = TMPL_WORD, .offset = offsetof(M, kind), .words = kind_words},
	F_WORD(M, notice, "address-notice", web_contact_message_words),
	F(M, unavailable, TMPL_BOOL),
	F(M, typed, TMPL_TEXT),
	F(M, csrf, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, back_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_contact_removal
static const struct tmpl_field web_contact_removal_fields[] = {
	F_WORD(M, kind, "address-kind", kind_words),
	{.name = "kind_id", .type = TMPL_WORD, .offset = offsetof(M, kind), .words = kind_words},
	F_WORD(M, notice, "address-notice", web_contact_message_words),
	F(M, address, TMPL_TEXT),
	F(M, may_remove, TMPL_BOOL),
	F(M, csrf, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, back_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_contact_code
static const struct tmpl_field web_contact_code_fields[] = {
	F_WORD(M, kind, "address-kind", kind_words),
	{.name = "kind_id", .type = TMPL_WORD, .offset = offsetof(M, kind), .words = kind_words},
	F_WORD(M, notice, "address-notice", web_contact_message_words),
	F(M, wait, TMPL_DURATION),
	F(M, address, TMPL_TEXT),
	F(M, reference, TMPL_TEXT),
	F(M, seconds, TMPL_DURATION),
	{.name = "seconds_left", .type = TMPL_I64, .offset = offsetof(M, seconds)},
	F(M, resend, TMPL_DURATION),
	{.name = "resend_left", .type = TMPL_I64, .offset = offsetof(M, resend)},
	F(M, may_resend, TMPL_BOOL),
	F(M, tries, TMPL_I64),
	F(M, csrf, TMPL_TEXT),
	F(M, change, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, send_action, TMPL_URL),
	F(M, drop_action, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_contacts = {
	.source = "addresses.html", .fields = web_contacts_fields, .tab = "contact"};

const struct page_type web_page_contact_new = {.source = "address_new.html",
	.fields = web_contact_new_fields,
	.tab = "contact",
	.failures = WEB_CONTACT_FAILURES,
	.wrong_input = WEB_CONTACT_WRONG_INPUT};

const struct page_type web_page_contact_removal = {.source = "address_remove.html",
	.fields = web_contact_removal_fields,
	.tab = "contact",
	.failures = WEB_NOTICE(WEB_CONTACT_NEEDED)};

const struct page_type web_page_contact_code = {.source = "address_code.html",
	.fields = web_contact_code_fields,
	.tab = "contact",
	.failures = WEB_CONTACT_FAILURES,
	.wrong_input = WEB_CONTACT_WRONG_INPUT};

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_TOOLS_H
#define PRATU_TESTS_FLOW_TOOLS_H

/* What several files of flow tests share: requests by exception, verdicts, and changes to what is
 * stored. Needs cmocka. */
#include "flow/fixture.h"
#include "unit/check.h"
#include "directory/directory.h"

#define SOMCHAI STR("somchai000000000000000")

/*
 * The standard authorization request of client "portal" as a form, changed by the arguments up to
 * NULL: "name=value" sets (the value is not yet encoded), "-name" leaves out.
 */
struct str ask(struct fixture *w, ...) __attribute__((sentinel));
/* GET of the authorization endpoint with such a form. */
struct raw_answer authorize(struct browser *b, struct str form);
/* A form from "name", "value" pairs up to NULL; a struct str by form_of_str. */
struct str form_of(struct fixture *w, ...) __attribute__((sentinel));
struct str text(struct fixture *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool contains(struct str s, const char *part);
bool contains_str(struct str s, struct str part);
/* The page has the message of this name (data-notice). */
bool has_notice(struct str body, const char *name);
/* How often a part stands in it. */
size_t occurrences(struct str s, const char *part);

/* A redirect to the portal with this error, its state and iss, and no code. */
void check_error_at(struct fixture *w, const struct raw_answer *r, const char *error,
	const char *state, const char *file, int line);
#define check_error(w, r, error) check_error_at(w, r, error, "st-1", __FILE__, __LINE__)
/* A redirect to the portal with a code. */
struct str check_code_at(struct fixture *w, const struct raw_answer *r, const char *file, int line);
#define check_code(w, r) check_code_at(w, r, __FILE__, __LINE__)
/* A page of ours: this status, a strict policy, no Location. */
void check_page_at(const struct raw_answer *r, int status, const char *file, int line);
#define check_page(r, status) check_page_at(r, status, __FILE__, __LINE__)
/* A redirect to the address at which the standard portal begins a login. */
void check_portal_start_at(const struct raw_answer *r, const char *file, int line);
#define check_portal_start(r) check_portal_start_at(r, __FILE__, __LINE__)
/* A redirect to the login page. */
void check_login_at(const struct raw_answer *r, const char *file, int line);
#define check_login(r) check_login_at(r, __FILE__, __LINE__)
/* A JSON error of the token endpoint and its like. */
void check_json_error_at(struct fixture *w, const struct raw_answer *r, int status,
	const char *error, const char *file, int line);
#define check_json_error(w, r, status, error)                                                      \
	check_json_error_at(w, r, status, error, __FILE__, __LINE__)

/* Changes a stored record. */
void edit_client(struct fixture *w, const char *id, void (*change)(struct client *c));
void edit_system(struct fixture *w, const char *id, void (*change)(struct system *s));
void edit_person(struct fixture *w, struct str id, void (*change)(struct person *p));
void edit_account(struct fixture *w, struct str id, void (*change)(struct account *c));
/* Audit events of this name so far. */
size_t audits(struct fixture *w, enum audit_event event);
/* The same that concern an office. */
size_t audits_of(struct fixture *w, enum audit_event event, struct str office);
/* Records of a table. */
size_t records(struct fixture *w, enum table table);

/* Logs a person in in this browser, to the launcher. */
void log_in(struct browser *b, const char *citizen_number);
/* Code, then tokens of client "portal"; the standard request changed by extra ("&..."). */
struct raw_answer tokens_for(struct browser *b, const char *client, const char *extra);
/* A request with "Authorization: Bearer token". */
struct raw_answer get_bearer(struct fixture *w, const char *path, struct str token);
struct raw_answer introspect(struct fixture *w, const char *client, struct str token);
struct raw_answer revoke(struct fixture *w, const char *client, struct str token);
bool is_active(const struct raw_answer *introspected);
/* The URL in the page's first occurrence of name="value": unescaped. */
struct str attribute(struct fixture *w, struct str body, const char *marker);
/* Submits the page's first form with its step token, and name=value when name is not NULL. */
struct raw_answer press(
	struct browser *b, const struct raw_answer *page, const char *name, const char *value);
/* From a redirect to the login page: fetches the page, then presses. */
struct raw_answer go_and_press(
	struct browser *b, const struct raw_answer *r, const char *name, const char *value);
/* From the login page's answer to what the upstream's return gives, without following. */
struct str return_of(struct browser *b, const struct raw_answer *to_login);
/* Whole number member of a JWT's payload. */
int64_t number_claim(struct fixture *w, struct str token, const char *name);
struct str text_claim(struct fixture *w, struct str token, const char *name);
/* Undoes the escaping of attribute values. */
struct str unescaped(struct fixture *w, struct str s);

#endif

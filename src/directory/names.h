/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_NAMES_H
#define PRATU_DIRECTORY_NAMES_H

/* Names of people, offices, systems and roles as a page shows them: Thai, or English where there is
 * an English name and the page is in English (op->lang). */
#include "core/op.h"
#include "directory/directory.h"
#include "web/pages_common.h"

struct str name_in_language(const struct op *op, struct str th, struct str en);
struct str name_of_person(struct op *op, const struct person *p);
/* Of the person with this id; empty when there is none any more. */
struct str name_of_person_id(struct op *op, struct str id);
/* "นายสมชาย ใจดี", "Somchai Jaidee": to address somebody in a message; empty: the name is not known.
 */
struct str person_name(struct arena *a, const struct person *p, enum web_lang lang);
/* The language the person chose; false: none, and *ret stays. */
bool person_language(const struct person *p, enum web_lang *ret);
/* "s***j": enough for its owner, little for others. Empty when it is empty. */
struct str username_mask(struct arena *a, struct str username);
/* The code itself when there is no such office. */
struct str name_of_office(struct op *op, struct str code);
struct str name_of_system(const struct op *op, const struct system *s);
/* As people say it, and as its portals are called; the full name where it has none. */
struct str name_of_system_short(const struct op *op, const struct system *s);
/* Both: "e-Plan · Planning and Evaluation System". */
struct str name_of_system_both(struct op *op, const struct system *s);
struct str name_of_role(const struct op *op, const struct system *s, struct str role);
struct str name_of_client(const struct op *op, const struct client *c);
/* Of the client with this id; the id itself when there is none any more. */
struct str name_of_portal(struct op *op, struct str client);
/* "Chrome on Windows". */
struct str name_of_device(struct op *op, struct str user_agent);
/* The office's SSO admin; false when the office names none. */
bool name_contact(struct op *op, struct str office, struct web_support_contact *ret);

/* The SSO admin of each office of these accounts, once; how many there are. In the arena. */
size_t name_contacts(
	struct op *op, const struct account_list *accounts, const struct web_support_contact **ret);

#endif

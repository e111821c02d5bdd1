/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/names.h"

#include "web/device.h"
#include "directory/directory.h"
#include "web/pages_common.h"

#define NAME_MAX      512u
#define DEVICE_BYTES  128u
#define USERNAME_MASK 8u

struct str name_in_language(const struct op *op, struct str th, struct str en)
{
	return op->lang == WEB_EN && en.n ? en : th;
}

struct str name_of_person(struct op *op, const struct person *p)
{
	struct buf name;

	buf_init(&name, op->tx.a, NAME_MAX);
	buf_add(&name, name_in_language(op, p->given_th, p->given_en));
	buf_add_byte(&name, ' ');
	buf_add(&name, name_in_language(op, p->family_th, p->family_en));
	return str_trim(buf_str(&name));
}

struct str name_of_person_id(struct op *op, struct str id)
{
	struct person person;

	if (person_get(op->tx.snap, op->tx.a, id, &person, NULL) != RC_OK)
		return STR_NONE;
	return name_of_person(op, &person);
}

struct str person_name(struct arena *a, const struct person *p, enum web_lang lang)
{
	bool english = lang == WEB_EN && p->given_en.n;
	struct buf name;

	buf_init(&name, a, NAME_MAX);
	if (!english)
		buf_add(&name, p->title_th);
	buf_add(&name, english ? p->given_en : p->given_th);
	buf_add_byte(&name, ' ');
	buf_add(&name, english ? p->family_en : p->family_th);
	return str_trim(buf_str(&name));
}

bool person_language(const struct person *p, enum web_lang *ret)
{
	return p->lang.n && web_lang_parse(p->lang, ret) == RC_OK;
}

struct str username_mask(struct arena *a, struct str username)
{
	struct buf mask;

	buf_init(&mask, a, USERNAME_MASK);
	if (username.n > 2)
		buf_add(&mask, str_sub(username, 0, 1));
	if (username.n)
		buf_add_c(&mask, "***");
	if (username.n > 2)
		buf_add(&mask, str_sub(username, username.n - 1, 1));
	return buf_str(&mask);
}

struct str name_of_office(struct op *op, struct str code)
{
	struct office office;

	if (!code.n || office_get(op->tx.snap, op->tx.a, code, &office, NULL) != RC_OK)
		return code;
	return name_in_language(op, office.name_th, office.name_en);
}

struct str name_of_system(const struct op *op, const struct system *s)
{
	return name_in_language(op, s->name_th, s->name_en);
}

struct str name_of_system_short(const struct op *op, const struct system *s)
{
	struct str said = name_in_language(op, s->short_th, s->short_en);

	return said.n ? said : name_of_system(op, s);
}

struct str name_of_system_both(struct op *op, const struct system *s)
{
	struct str said = name_of_system_short(op, s), full = name_of_system(op, s);
	struct buf both;

	if (str_eq(said, full))
		return full;
	buf_init(&both, op->tx.a, NAME_MAX);
	buf_add(&both, said);
	buf_add_c(&both, " · ");
	buf_add(&both, full);
	return buf_str(&both);
}

struct str name_of_role(const struct op *op, const struct system *s, struct str role)
{
	bool english = op->lang == WEB_EN && s->role_names_en.n;
	struct strlist names = english ? s->role_names_en : s->role_names_th;

	for (size_t i = 0; i < s->roles.n && i < names.n; i++)
		if (str_eq(s->roles.v[i], role))
			return names.v[i];
	return role;
}

struct str name_of_client(const struct op *op, const struct client *c)
{
	return name_in_language(op, c->name_th.n ? c->name_th : c->name, c->name);
}

struct str name_of_portal(struct op *op, struct str client)
{
	struct client found;

	if (!client.n || client_get(op->tx.snap, op->tx.a, client, &found, NULL) != RC_OK)
		return client;
	return name_of_client(op, &found);
}

struct str name_of_device(struct op *op, struct str user_agent)
{
	struct buf name;

	buf_init(&name, op->tx.a, DEVICE_BYTES);
	web_device_add(&name, op->lang, user_agent);
	return buf_str(&name);
}

bool name_contact(struct op *op, struct str code, struct web_support_contact *ret)
{
	struct office office;

	if (!code.n || office_get(op->tx.snap, op->tx.a, code, &office, NULL) != RC_OK ||
		!office.admin_name.n)
		return false;
	*ret = (struct web_support_contact){
		.name = office.admin_name,
		.office = name_in_language(op, office.name_th, office.name_en),
		.phone = office.admin_phone,
		.email = office.admin_email,
	};
	return true;
}

static bool is_named(const struct account_list *accounts, size_t before, struct str office)
{
	for (size_t i = 0; i < before; i++)
		if (str_eq(accounts->v[i].office, office))
			return true;
	return false;
}

size_t name_contacts(
	struct op *op, const struct account_list *accounts, const struct web_support_contact **ret)
{
	struct web_support_contact *rows =
		arena_array(op->tx.a, accounts->n, struct web_support_contact);
	size_t n = 0;

	for (size_t i = 0; i < accounts->n; i++)
		if (!is_named(accounts, i, accounts->v[i].office))
			n += name_contact(op, accounts->v[i].office, rows + n);
	*ret = rows;
	return n;
}

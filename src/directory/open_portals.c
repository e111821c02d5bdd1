/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/open_portals.h"

#include "directory/directory.h"
#include "directory/names.h"

struct found {
	struct op *op;
	struct str *ids;
	struct web_open_portal *rows;
	size_t n, cap;
};

static void make_room(struct found *f)
{
	size_t cap = f->cap ? f->cap * 2 : 8;
	struct str *ids = arena_array(f->op->tx.a, cap, struct str);
	struct web_open_portal *rows = arena_array(f->op->tx.a, cap, struct web_open_portal);

	if (f->n) {
		memcpy(ids, f->ids, f->n * sizeof(*ids));
		memcpy(rows, f->rows, f->n * sizeof(*rows));
	}
	f->ids = ids;
	f->rows = rows;
	f->cap = cap;
}

static bool is_known(const struct found *f, struct str client)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->ids[i], client))
			return true;
	return false;
}

static enum rc add_portal(struct found *f, struct str id)
{
	struct client client;
	enum rc rc;

	if (is_known(f, id))
		return RC_OK;
	rc = client_get(f->op->tx.snap, f->op->tx.a, id, &client, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (f->n == f->cap)
		make_room(f);
	f->ids[f->n] = id;
	f->rows[f->n++] = (struct web_open_portal){
		.name = name_of_client(f->op, &client), .url = client.client_uri};
	return RC_OK;
}

static enum rc add_session(struct found *f, const struct session *s)
{
	struct session_client_list clients;
	enum rc rc = session_clients(&f->op->tx, s, &clients);

	for (size_t i = 0; rc == RC_OK && i < clients.n; i++)
		rc = add_portal(f, clients.v[i].client);
	return rc;
}

static struct found *found_new(struct op *op)
{
	struct found *f = arena_new_of(op->tx.a, struct found);

	f->op = op;
	return f;
}

enum rc open_portals_of_session(
	struct op *op, const struct session *s, struct web_open_portals *ret)
{
	struct found *f = found_new(op);
	enum rc rc = add_session(f, s);

	*ret = (struct web_open_portals){f->rows, f->n};
	return rc;
}

enum rc open_portals_of_person(struct op *op, struct str person, struct web_open_portals *ret)
{
	struct found *f = found_new(op);
	struct session_list list;
	enum rc rc = session_list(&op->tx, person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = add_session(f, &list.v[i].s);
	*ret = (struct web_open_portals){f->rows, f->n};
	return rc;
}

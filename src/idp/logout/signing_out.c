/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/signing_out.h"

#include "codec/form.h"
#include "codec/uri.h"
#include "directory/directory.h"
#include "directory/names.h"

struct found {
	struct op *op;
	struct portal_left *v;
	size_t n, cap;
	struct str *sids;
	size_t n_sids;
	size_t frames;
};

static void make_room(struct found *f)
{
	f->v = arena_grow(f->op->tx.a, f->v, f->n, &f->cap, 8, sizeof(*f->v));
}

static struct portal_left *find(const struct found *f, struct str client)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->v[i].client, client))
			return f->v + i;
	return NULL;
}

/* Front-Channel Logout 2: iss and sid, both. */
static struct str frame_url(struct op *op, struct str uri, struct str sid)
{
	struct buf out;

	buf_init(&out, op->tx.a, URI_MAX + 512);
	buf_add(&out, uri);
	buf_add_byte(&out, str_find(uri, '?') < uri.n ? '&' : '?');
	buf_add_c(&out, "iss=");
	percent_encode(&out, op->tx.settings->issuer);
	buf_add_c(&out, "&sid=");
	percent_encode(&out, sid);
	return buf_status(&out) == RC_OK ? buf_str(&out) : STR_NONE;
}

static void add_frame(
	struct found *f, const struct client *c, const struct session *s, struct portal_left *ret)
{
	struct uri uri;

	if (!c->frontchannel_logout_uri.n || f->frames == LOGOUT_FRAMES_MAX ||
		uri_parse(c->frontchannel_logout_uri, &uri) != RC_OK)
		return;
	ret->frame = frame_url(f->op, c->frontchannel_logout_uri, s->sid);
	ret->origin = uri_origin(&uri);
	f->frames += ret->frame.n > 0;
}

static enum rc add_portal(struct found *f, const struct session *s, bool here, struct str id)
{
	struct portal_left *there = find(f, id);
	struct client client;
	enum rc rc;

	if (there && (!here || there->frame.n))
		return RC_OK;
	rc = client_get(f->op->tx.snap, f->op->tx.a, id, &client, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (!there && f->n == f->cap)
		make_room(f);
	if (!there) {
		there = f->v + f->n++;
		*there = (struct portal_left){.client = id,
			.shown = {.name = name_of_client(f->op, &client), .url = client.client_uri},
			.notified = client.backchannel_logout_uri.n > 0};
	}
	if (here)
		add_frame(f, &client, s, there);
	return RC_OK;
}

static enum rc add_session(struct found *f, const struct session *s, bool here)
{
	struct session_client_list clients;
	enum rc rc = session_clients(&f->op->tx, s, &clients);

	f->sids[f->n_sids++] = s->sid;
	for (size_t i = 0; rc == RC_OK && i < clients.n; i++)
		rc = add_portal(f, s, here, clients.v[i].client);
	return rc;
}

static void give_found(const struct found *f, struct signing_out *ret)
{
	*ret = (struct signing_out){.sids = {f->sids, f->n_sids}, .v = f->v, .n = f->n};
}

enum rc signing_out_of_session(
	struct op *op, const struct session *s, bool here, struct signing_out *ret)
{
	struct found f = {.op = op, .sids = arena_array(op->tx.a, 1, struct str)};
	enum rc rc = add_session(&f, s, here);

	give_found(&f, ret);
	return rc;
}

enum rc signing_out_of_person(
	struct op *op, struct str person, const struct session *here, struct signing_out *ret)
{
	struct found f = {.op = op};
	struct session_list list;
	enum rc rc = session_list(&op->tx, person, &list);

	if (rc != RC_OK)
		return rc;
	f.sids = arena_array(op->tx.a, list.n, struct str);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		rc = add_session(&f, &list.v[i].s, here && str_eq(list.v[i].s.sid, here->sid));
	give_found(&f, ret);
	return rc;
}

static struct web_open_portals those(struct op *op, const struct signing_out *s, bool notified)
{
	struct web_open_portal *rows = arena_array(op->tx.a, s->n, struct web_open_portal);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].notified == notified)
			rows[n++] = s->v[i].shown;
	return (struct web_open_portals){rows, n};
}

struct web_open_portals signing_out_open(struct op *op, const struct signing_out *s)
{
	return those(op, s, false);
}

struct web_open_portals signing_out_notified(struct op *op, const struct signing_out *s)
{
	return those(op, s, true);
}

bool signing_out_has_frames(const struct signing_out *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].frame.n)
			return true;
	return false;
}

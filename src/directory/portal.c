/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/portal.h"

#include "codec/base64.h"
#include "codec/uri.h"
#include "core/handle.h"

#define MARK          '~' /* in no handle (base64url), and never escaped in a URL (RFC 3986 2.3) */
#define MARK_TEXT_MAX (HANDLE_TEXT_MAX + 2u + 2u * CLIENT_ID_MAX)

struct str portal_mark(struct op *op, struct str handle, struct str client)
{
	struct buf text;

	if (!client.n)
		return handle;
	buf_init(&text, op->tx.a, MARK_TEXT_MAX);
	buf_add(&text, handle);
	buf_add_byte(&text, MARK);
	base64url_add(&text, client);
	return buf_str(&text);
}

static bool find_active(struct op *op, struct str id, struct client *ret)
{
	if (natural_key_valid(id, CLIENT_ID_MAX) &&
		client_get(op->tx.snap, op->tx.a, id, ret, NULL) == RC_OK &&
		ret->status == STATUS_ACTIVE)
		return true;
	*ret = (struct client){.id = STR_NONE};
	return false;
}

struct str portal_unmark(struct op *op, struct str text, struct client *ret_client)
{
	struct str handle = STR_NONE, rest = text, id;

	*ret_client = (struct client){.id = STR_NONE};
	if (text.n > MARK_TEXT_MAX || !str_cut(&rest, MARK, &handle))
		return text;
	if (rest.n && base64url_decode(op->tx.a, rest, &id) == RC_OK)
		(void)find_active(op, id, ret_client);
	return handle;
}

void portal_remember(struct op *op, struct str client)
{
	http_set_cookie(op->x, PORTAL_COOKIE, client, 0);
}

bool portal_came_from(struct op *op, struct client *ret)
{
	return find_active(op, http_cookie(op->x, PORTAL_COOKIE), ret);
}

static bool is_web(struct str scheme)
{
	return str_eq_c(scheme, "https") || str_eq_c(scheme, "http");
}

struct str portal_start_url(struct op *op, const struct client *client)
{
	struct system system;
	struct uri uri;

	if (system_get(op->tx.snap, op->tx.a, client->system, &system, NULL) != RC_OK ||
		uri_parse(system.launch_url, &uri) != RC_OK || !is_web(uri.scheme))
		return STR_NONE;
	return system.launch_url;
}

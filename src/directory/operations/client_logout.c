/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_logout.h"

#include "codec/uri.h"
#include "directory/operations/check.h"
#include "net/outgoing.h"

static enum rc check_use(const struct client *c, const char *field, struct str address,
	bool session, const char *session_field, struct field_error *e)
{
	if (!address.n && session)
		return fault(e, session_field,
			"is true, but there is no %s; name it or leave it out", field);
	if (address.n && !c->redirect_uris.n)
		return fault(e, field,
			"is of no use: nobody logs in to this client (grant_types); leave it out");
	return RC_OK;
}

/* Called by us: the rules of all such addresses. Whether one of a private network may be called is
 * a matter of the configuration. */
static enum rc check_back(const struct client *c, struct field_error *e)
{
	const char *field = "backchannel_logout_uri", *why;

	if (c->backchannel_logout_uri.n &&
		outgoing_url_check(c->backchannel_logout_uri, true, &why) != RC_OK)
		return fault(e, field, "%s", why);
	return check_use(c, field, c->backchannel_logout_uri, c->backchannel_logout_sid,
		"backchannel_logout_session_required", e);
}

static bool same_origin(struct str one, struct str other)
{
	struct uri a, b;

	return uri_parse(one, &a) == RC_OK && uri_parse(other, &b) == RC_OK &&
	       str_ieq(uri_origin(&a), uri_origin(&b));
}

/* Front-Channel Logout 2: "The domain, port, and scheme of this URL MUST be the same as that of a
 * registered Redirection URI value." */
static enum rc check_front_origin(const struct client *c, struct field_error *e)
{
	for (size_t i = 0; i < c->redirect_uris.n; i++)
		if (same_origin(c->frontchannel_logout_uri, c->redirect_uris.v[i]))
			return RC_OK;
	return fault(e, "frontchannel_logout_uri",
		"has not scheme, host and port of any of redirect_uris; write one that has");
}

/* Loaded by the browser, as redirect URIs are. */
static enum rc check_front(const struct client *c, struct field_error *e)
{
	const char *field = "frontchannel_logout_uri", *why;
	enum rc rc = check_use(c, field, c->frontchannel_logout_uri, c->frontchannel_logout_sid,
		"frontchannel_logout_session_required", e);

	if (rc != RC_OK || !c->frontchannel_logout_uri.n)
		return rc;
	if (uri_check_redirect(c->frontchannel_logout_uri, false, &why) != RC_OK)
		return fault(e, field, "%s", why);
	return check_front_origin(c, e);
}

enum rc client_check_logout(struct arena *a, const struct client *c, struct field_error *e)
{
	enum rc rc = check_back(c, e);

	(void)a;
	return rc == RC_OK ? check_front(c, e) : rc;
}

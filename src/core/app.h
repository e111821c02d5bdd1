/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_APP_H
#define PRATU_CORE_APP_H

/*
 * The application: what every unit of work of one process shares. Built by src/main, read-only
 * while requests, commands and jobs run (store, keyring and HTTP client do their own locking). A
 * command fills only what it needs; a member that is not there is NULL.
 */
#include "base/clock.h"
#include "base/random.h"
#include "core/auth_method.h"
#include "core/settings.h"
#include "core/vault.h"
#include "http/server.h"
#include "jose/keyring.h"
#include "store/store.h"
#include "web/page.h"

struct challenges;

struct auth_responder;
struct outbox;
struct sms;
struct security_notification_context;
struct http_client;
struct outgoing;
struct running_modules;
struct throttle;
struct operation;
struct client_keys;

#define APP_COMMITTED_MAX 4

struct app {
	const struct settings *settings;
	struct store *store;
	struct keyring *keys;
	struct web *web;
	struct http_client *http;  /* to systems of the configuration */
	struct outgoing *outgoing; /* to addresses that clients name: net/outgoing.h */
	const struct vault *vault;
	const struct clock *clock;
	const struct rng *rng;
	struct outbox *outbox;                               /* may have no transport, or be NULL */
	const struct sms *sms;                               /* for delivery reports; may be NULL */
	const struct security_notification_context *notices; /* its outbox is the one above */
	struct auth_methods methods;
	struct running_modules *running;           /* core/module.h */
	const struct challenges *challenges;       /* one-time codes; NULL: none */
	const struct auth_responder *responder;    /* answers clients: idp/login/auth_request.h */
	struct client_keys *client_keys;           /* idp/client/client_keys.h */
	struct throttle *throttle;                 /* attempts and rates: throttle/throttle.h */
	const struct operation *const *operations; /* ended by NULL (core/operation.h) */
	const struct http_route *routes;           /* of the public listener */
	size_t n_routes;
	/* Prepared answers; see idp/oauth/discovery.h. */
	struct http_slot *discovery, *oauth_metadata, *jwks;
	/* Called after each batch that is on disk: wakes what waits for it (the senders of the
	 * outbox, of logout tokens). The first NULL ends them. Any thread; must not block. */
	void (*committed[APP_COMMITTED_MAX + 1])(
		const struct app *app, const struct store_batch *batch);
	/* The stop of the server: when all must have ended (monotonic milliseconds), and that some
	 * thread did not: what it uses stays to the end of the process. */
	int64_t stop_by;
	bool left_behind;
};

/* Adds a hook, or takes it away: where a module opens and closes. */
typedef void (*app_committed_fn)(const struct app *app, const struct store_batch *batch);
void app_committed_add(struct app *app, app_committed_fn fn);
void app_committed_remove(struct app *app, app_committed_fn fn);

#endif

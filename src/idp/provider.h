/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_PROVIDER_H
#define PRATU_IDP_PROVIDER_H

/*
 * The provider: what every endpoint of one running server shares. Built by src/main, read-only
 * while requests run (store, keyring and HTTP client do their own locking).
 */
#include "base/seam.h"
#include "deliver/notice.h"
#include "deliver/sms.h"
#include "http/client.h"
#include "http/server.h"
#include "idp/interaction/connector.h"
#include "idp/rate.h"
#include "idp/interaction/factor.h"
#include "idp/settings.h"
#include "jose/keyring.h"
#include "model/vault.h"
#include "store/store.h"
#include "web/page.h"

#define CONNECTORS_MAX 8
#define FACTORS_MAX    8

struct provider {
	const struct settings *settings;
	struct store *store;
	struct keyring *keys;
	struct web *web;
	const struct vault *vault;
	const struct clock *clock;
	const struct rng *rng;
	struct connector *connectors[CONNECTORS_MAX];
	size_t n_connectors;
	struct outbox *outbox;     /* of messages; may have no way to send them, or be NULL */
	const struct sms *sms;     /* for delivery reports; may be NULL */
	struct notice_way notices; /* its outbox is the one above */
	struct factor *factors[FACTORS_MAX];
	size_t n_factors;
	struct rate *logins; /* new login transactions by address */
	struct rate *resets; /* forgotten passwords told of, by address */
	/* Prepared answers; see discovery.h. */
	struct http_slot *discovery, *oauth_metadata, *jwks;
};

/* The connector of that name, or NULL. */
struct connector *provider_connector(const struct provider *p, struct str name);
/* The first connector that the policy names, or NULL. policy NULL: none. */
struct connector *provider_policy_connector(
	const struct provider *p, const struct login_policy *policy);
/* The factor of that name, or NULL. */
struct factor *provider_factor(const struct provider *p, struct str name);

/*
 * The routes of the provider, its pages and its static files, in one array that lives as long as
 * the process. http_server_options.app must be the struct provider.
 */
const struct http_route *provider_routes(size_t *ret_n);

#endif

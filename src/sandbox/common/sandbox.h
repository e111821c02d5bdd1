/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_SANDBOX_H
#define PRATU_SANDBOX_COMMON_SANDBOX_H

/*
 * pratu-sandbox: simulated upstreams, a phone to press on, demo portals. This is the process's
 * graph, the `app` of its main HTTP server; made by main.c, read-only but for the parts that lock
 * themselves.
 */
#include "net/http_client.h"
#include "http/server.h"
#include "sandbox/common/config.h"
#include "sandbox/common/delay.h"
#include "sandbox/common/requests.h"

struct inbox;
struct sandbox_thaid;

struct sandbox {
	const struct sandbox_config *config;
	struct sandbox_thaid *thaid;
	struct requests *requests;
	struct delay *delay;
	struct inbox *inbox;
	struct http_client *http;
};

/* One part of the sandbox brings its routes. */
struct sandbox_routes {
	const struct http_route *v;
	size_t n;
};

extern const struct sandbox_routes thaid_routes;   /* ThaID's wire and its QR page */
extern const struct sandbox_routes phone_routes;   /* the phone */
extern const struct sandbox_routes gateway_routes; /* SMS providers' wires */
extern const struct sandbox_routes report_routes;  /* delivery reports, on demand */
extern const struct sandbox_routes inbox_routes;   /* what mail and SMS were taken */
extern const struct sandbox_routes
	sandbox_admin_routes;                  /* index, settings, requests, static files */
extern const struct sandbox_routes api_routes; /* the JSON API */

/* Sends a JSON text. */
void sandbox_json(struct http_exchange *x, int status, struct str json);
/* Sends {"error": code, "error_description": why}. */
void sandbox_json_error(struct http_exchange *x, int status, const char *code, struct str why);

#endif

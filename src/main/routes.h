/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_ROUTES_H
#define PRATU_MAIN_ROUTES_H

/*
 * The routes of the server, its pages and its static files, in one array that lives as long as the
 * process. http_server_options.app must be the struct app.
 */
#include "http/server.h"

const struct http_route *app_routes(size_t *ret_n);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_DELAY_H
#define PRATU_SANDBOX_COMMON_DELAY_H

/*
 * Holding exchanges back without holding a thread: slow and hung upstreams. One timer thread wakes
 * them in order of their time.
 */
#include "http/exchange.h"

struct delay;

struct delay *delay_start(void);
/* Wakes all that wait; from now on nobody waits. Before the HTTP server is stopped. */
void delay_close(struct delay *d);
/* Ends the thread and frees. After the HTTP server has stopped. */
void delay_free(struct delay *d);
/* Suspends the exchange; next runs after ms milliseconds, or earlier by delay_release. */
void delay_exchange(struct delay *d, struct http_exchange *x, int64_t ms, http_handler next);
/* Wakes all that wait now. */
void delay_release(struct delay *d);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_LOOP_H
#define PRATU_HTTP_SERVER_LOOP_H

/* Inside the server: the event thread (server_loop.c) and its end (server_drain.c). The functions
 * belong to the thread of the loop, but for start, wake and push_resumed. */
#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>

struct event_loop;
struct http_private;

MUST_USE enum rc loop_start(struct event_loop *loop);
void loop_wake(struct event_loop *loop);
void loop_push_resumed(struct http_private *p);
bool loop_take_resumed(struct event_loop *loop);
int loop_mhd_timeout(struct event_loop *loop);
void loop_turn(struct event_loop *loop); /* sleeps until there is work, and does it */

/* server_drain.c: finishes what runs; how many exchanges did not end in time. */
size_t loop_drain(struct event_loop *loop);

#endif

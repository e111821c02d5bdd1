/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_TICKER_H
#define PRATU_BASE_TICKER_H

/* A thread that does one thing again and again: at once, then with a pause after each time. */
#include <stdint.h>

struct ticker;

/* tick runs in the new thread only. name: of the thread, at most 15 bytes that stay. pause:
 * milliseconds by the clock that never steps back. */
struct ticker *ticker_start(const char *name, int64_t pause, void (*tick)(void *data), void *data);
/* A running tick is finished first. NULL is fine. */
void ticker_stop(struct ticker *t);

#endif

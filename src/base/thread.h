/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_THREAD_H
#define PRATU_BASE_THREAD_H

/*
 * Threads of this program: started in one place, so that each has a name that tools show and a
 * stack on which a fault is reported (base/memory_fault.h).
 */
#include <pthread.h>
#include <stdint.h>

/* As pthread_create: 0, or an error number. name: at most 15 bytes that stay, or NULL. */
int thread_start(pthread_t *ret, const char *name, void *(*fn)(void *data), void *data);
/* The same for threads without which the process is of no use: tried again for MEMORY_PATIENCE_MS
 * (base/die.h), then the process ends with status 1 and a sentence. */
void thread_need(pthread_t *ret, const char *name, void *(*fn)(void *data), void *data);

/*
 * How the calling thread shares a processor. nicer: added to its nice value. slice_us: how long it
 * runs before it is looked at again. Since Linux 6.12 who wakes up interrupts whoever has a longer
 * slice, and waits until the slice of whoever has not is over (3 ms by default). Older kernels go
 * by nice alone. Where the system does not allow it, nothing changes.
 */
void thread_turns(int nicer, int64_t slice_us);
#define THREAD_SLICE_SHORT 100 /* the shortest and longest that Linux takes */
#define THREAD_SLICE_LONG  100000

/* A condition whose timed waits end by the clock that never steps back. */
void cond_init_monotonic(pthread_cond_t *ret);
/* The end of such a wait: when monotonic_ms() is ms. */
struct timespec cond_end(int64_t ms);

#endif

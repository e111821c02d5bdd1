/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_THREAD_H
#define PRATU_BASE_THREAD_H

/*
 * Threads of this program: started in one place, so that each has a name that tools show and a
 * stack on which a fault is reported (base/memory_fault.h).
 */
#include <pthread.h>

/* As pthread_create: 0, or an error number. name: at most 15 bytes that stay, or NULL. */
int thread_start(pthread_t *ret, const char *name, void *(*fn)(void *data), void *data);

#endif

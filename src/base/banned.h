/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_BANNED_H
#define PRATU_BASE_BANNED_H

/*
 * Calls that cannot be made safe, or that bypass the sources of time and randomness, fail to
 * compile. Included last by base/str.h, so every file has it; tests/lint/banned checks what macros
 * cannot: rand and random are also members and parameters in the headers of libsodium and OpenSSL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc makes macros of these under clang, and a macro cannot be poisoned. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison strtok strtok_r atoi atol atoll asctime ctime gmtime localtime
#pragma GCC poison srand srandom drand48 tmpnam mktemp tempnam

#endif

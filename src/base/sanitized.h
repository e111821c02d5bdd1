/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_SANITIZED_H
#define PRATU_BASE_SANITIZED_H

/*
 * SANITIZED is 1 where the compiler instruments the program for a sanitizer, which has handlers,
 * maps and children of its own; else 0. gcc says so by macros, clang by features.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_STORE_CONFORMANCE_H
#define PRATU_TESTS_STORE_CONFORMANCE_H

/* The tiers every backend must pass. Each returns the number of failed tests. */
int conformance_records(void);   /* put, get, delete, scan, expiry, limits */
int conformance_atomicity(void); /* all of a batch or nothing */
int conformance_threads(void);   /* the same with real threads */

#endif

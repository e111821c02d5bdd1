/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TEST_STORE_MEM_H
#define PRATU_TEST_STORE_MEM_H

/* A store in memory, for tests: the contract of store/store.h without a disk. */
#include "store/store.h"

MUST_USE enum rc store_open_mem(
	const struct store_schema *schema, const struct clock *clock, struct store **ret);

/* From now on every commit is answered with rc and stores nothing, as on a full disk; RC_OK: again
 * as usual. */
void store_mem_refuse(struct store *s, enum rc rc);

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_STANDING_H
#define PRATU_DIRECTORY_STANDING_H

/*
 * Standing: may an office, an account, a system be used now? The one place that knows what a
 * suspended office means: its accounts open nothing, grants for it count nothing, and the systems
 * it owns let nobody in. Offices below it in the tree are not touched: each is suspended by itself.
 * A code that names no office suspends nobody.
 *
 * RC_OK: it may; RC_DENIED: it is suspended, or its office is; else the store's codes. Pure reads;
 * any thread.
 */
#include "directory/records.h"
#include "store/store.h"

MUST_USE enum rc office_standing(struct store_snapshot *snap, struct arena *a, struct str code);
MUST_USE enum rc account_standing(
	struct store_snapshot *snap, struct arena *a, const struct account *account);
/* Of its owner. */
MUST_USE enum rc system_standing(
	struct store_snapshot *snap, struct arena *a, const struct system *system);

#endif

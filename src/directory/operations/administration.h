/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_ADMINISTRATION_H
#define PRATU_DIRECTORY_OPERATIONS_ADMINISTRATION_H

/*
 * What the functions of src/rights work with: the store and the actor. They are called by commands,
 * also while a server runs, and by the console; each change is one batch with its audit event.
 * Read-only while used; any thread.
 */
#include "base/str.h"
#include "deliver/security_notification.h"
#include "core/vault.h"
#include "store/store.h"
#include "base/clock.h"
#include "base/random.h"

struct rights {
	struct store *store;
	const struct vault *vault;
	const struct clock *clock;
	const struct rng *rng;
	struct str actor; /* for the audit trail: a person id, or "cli:" and the user's name */
	const struct security_notification_context
		*notices; /* how people are notified; NULL: they are not */
};

#define RIGHTS_TRIES 5 /* of a change that meets another one */

#endif

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/standing.h"

#include "directory/directory.h"

enum rc office_standing(struct store_snapshot *snap, struct arena *a, struct str code)
{
	struct office office;
	enum rc rc = code.n ? office_get(snap, a, code, &office, NULL) : RC_NOT_FOUND;

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	return office.status == STATUS_ACTIVE ? RC_OK : RC_DENIED;
}

enum rc account_standing(
	struct store_snapshot *snap, struct arena *a, const struct account *account)
{
	if (account->status != STATUS_ACTIVE)
		return RC_DENIED;
	return office_standing(snap, a, account->office);
}

enum rc system_standing(struct store_snapshot *snap, struct arena *a, const struct system *system)
{
	if (system->status != STATUS_ACTIVE)
		return RC_DENIED;
	return office_standing(snap, a, system->office);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/uri.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"

static const char *const left_out[] = {NULL};

static bool has_twice(struct strlist list)
{
	for (size_t i = 0; i < list.n; i++)
		if (strlist_has((struct strlist){list.v, i}, list.v[i]))
			return true;
	return false;
}

static bool check_roles(struct import *im, const struct csv_row *row, const struct system *s)
{
	for (size_t i = 0; i < s->roles.n; i++)
		if (!natural_key_valid(s->roles.v[i], ROLE_ID_MAX)) {
			import_fault(im, row->line, "roles",
				"role %zu is not 1 to %d letters, digits, \"-\", \".\" or \"_\"; "
				"mend it",
				i + 1, ROLE_ID_MAX);
			return false;
		}
	if (has_twice(s->roles)) {
		import_fault(im, row->line, "roles", "names a role twice; name each once");
		return false;
	}
	return true;
}

static bool check_role_names(
	struct import *im, const struct csv_row *row, const char *column, size_t n, size_t roles)
{
	if (n == 0 || n == roles)
		return true;
	import_fault(im, row->line, column,
		"has %zu name%s for %zu role%s; name all of them in their order, or none", n,
		plural(n), roles, plural(roles));
	return false;
}

/* Grants name roles: one that is taken away would leave grants that mean nothing. */
static bool check_kept(struct import *im, const struct csv_row *row, const struct system *old,
	const struct system *s)
{
	for (size_t i = 0; old && i < old->roles.n; i++)
		if (!strlist_has(s->roles, old->roles.v[i])) {
			import_fault(im, row->line, "roles",
				"lacks role \"%.*s\", which the system has; keep it and end its "
				"grants",
				STR_FMT(old->roles.v[i]));
			return false;
		}
	return true;
}

static bool check_addresses(struct import *im, const struct csv_row *row, const struct system *s)
{
	const struct import_request *request = im->request;
	const char *why;

	if (s->launch_url.n && uri_check_redirect(s->launch_url, false, &why) != RC_OK) {
		import_fault(im, row->line, "launch_url", "%s", why);
		return false;
	}
	if (s->policy.n && request->policies.n && !strlist_has(request->policies, s->policy)) {
		import_fault(im, row->line, "policy",
			"\"%.*s\" is no login policy of the configuration; mend it or leave it "
			"empty",
			STR_FMT(s->policy));
		return false;
	}
	return true;
}

static bool check_system(struct import *im, const struct csv_row *row, const struct system *old,
	const struct system *s)
{
	if (!natural_key_valid(s->id, SYSTEM_ID_MAX)) {
		import_fault(im, row->line, "id",
			"holds more than letters, digits, \"-\", \".\" and \"_\"; mend the id");
		return false;
	}
	return check_roles(im, row, s) && check_kept(im, row, old, s) &&
	       check_role_names(im, row, "role_names_th", s->role_names_th.n, s->roles.n) &&
	       check_role_names(im, row, "role_names_en", s->role_names_en.n, s->roles.n) &&
	       check_addresses(im, row, s) && import_first(im, row, "id", s->id);
}

static enum rc take_system(struct import *im, const struct csv_row *row)
{
	struct str id = import_cell(im, row, "id", NULL);
	struct system old, s = {0};
	uint64_t version = STORE_ABSENT;
	enum rc rc = system_get(im->tx->snap, im->row, id, &old, &version);
	bool known = rc == RC_OK, good = true;

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		s = old;
	if (!import_fill(im, row, &s) || !check_system(im, row, known ? &old : NULL, &s))
		return RC_OK;
	rc = s.office.n ? import_office(im, row, "office", s.office, &good) : RC_OK;
	if (rc != RC_OK || !good)
		return rc;
	if (!import_differs(im, known ? &old : NULL, &s))
		return RC_OK;
	s.updated = im->tx->now;
	s.created = known ? old.created : im->tx->now;
	import_counts(im, 1);
	system_put(im->tx->batch, im->row, &s, version);
	if (known && s.status == STATUS_SUSPENDED && old.status != STATUS_SUSPENDED)
		import_recheck_all(im, s.id);
	return RC_OK;
}

const struct import_type import_systems = {
	.name = "systems",
	.help = "The information systems and their roles. Lists are separated by `;`. A role is "
		"never removed by an import, because grants refer to it.",
	.record = &record_system,
	.left_out = left_out,
	.row = take_system,
};

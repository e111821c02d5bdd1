/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/settings.h"

const struct login_policy *settings_policy(const struct settings *s, struct str name)
{
	if (!name.n)
		return s->n_policies ? &s->policies[0] : NULL;
	for (size_t i = 0; i < s->n_policies; i++)
		if (str_eq(s->policies[i].name, name))
			return &s->policies[i];
	return NULL;
}

bool settings_email_unique(const struct settings *s)
{
	for (size_t i = 0; i < s->n_policies; i++)
		if (s->policies[i].email_unique)
			return true;
	return false;
}

bool settings_cooled(const struct settings *s, int64_t changed, int64_t now)
{
	return !changed || now >= changed + s->cooling_off;
}

const struct level *settings_level(const struct settings *s, struct str acr)
{
	for (size_t i = 0; i < s->n_levels; i++)
		if (str_eq(s->levels[i].acr, acr))
			return &s->levels[i];
	return NULL;
}

/* "2.3" is 2 and 3, "3" is 3 and 0: compared part by part. */
int assurance_cmp(struct str a, struct str b)
{
	struct str x, y;

	while (a.n || b.n) {
		uint64_t i = 0, j = 0;

		x = y = STR_NONE;
		if (a.n)
			str_cut(&a, '.', &x);
		if (b.n)
			str_cut(&b, '.', &y);
		if (x.n && !str_to_u64(x, 1000, &i))
			return -1;
		if (y.n && !str_to_u64(y, 1000, &j))
			return 1;
		if (i != j)
			return i < j ? -1 : 1;
	}
	return 0;
}

bool level_reached(const struct level *level, struct str ial, struct str aal)
{
	return assurance_cmp(ial, level->ial) >= 0 && assurance_cmp(aal, level->aal) >= 0;
}

const struct level *settings_reached(const struct settings *s, struct str ial, struct str aal)
{
	for (size_t i = 0; i < s->n_levels; i++)
		if (level_reached(&s->levels[i], ial, aal))
			return &s->levels[i];
	return NULL;
}

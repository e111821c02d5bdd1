/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/step_up.h"

#include "base/arena.h"
#include "codec/json_value.h"

#define CLAIMS_MAX 65536u

static bool is_level_met(const struct json_value *claims, struct str wanted)
{
	struct str acr, rest = wanted, one;

	if (!wanted.n)
		return true;
	if (!json_value_str(json_value_get(claims, "acr"), &acr))
		return false;
	while (str_cut(&rest, ' ', &one))
		if (one.n && str_eq(one, acr))
			return true;
	return false;
}

bool step_up_met(struct str claims, const struct step_up *wanted, int64_t now)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	int64_t auth_time;

	if (json_value_parse(claims, CLAIMS_MAX, &v) != RC_OK ||
		!is_level_met(v, wanted->acr_values))
		return false;
	return wanted->max_age < 0 || (json_value_i64(json_value_get(v, "auth_time"), &auth_time) &&
					      now <= auth_time + wanted->max_age);
}

void step_up_challenge(struct buf *challenge, const struct step_up *wanted)
{
	buf_add_c(challenge, ", error=\"" STEP_UP_ERROR "\", error_description=\"a more recent or "
			     "stronger login is required\"");
	if (wanted->acr_values.n)
		buf_addf(challenge, ", acr_values=\"%.*s\"", STR_FMT(wanted->acr_values));
	if (wanted->max_age >= 0)
		buf_addf(challenge, ", max_age=\"%lld\"", (long long)wanted->max_age);
}

void step_up_write(struct json_writer *w, const struct step_up *wanted)
{
	json_add_str(w, "error", STR(STEP_UP_ERROR));
	json_add_str_opt(w, "acr_values", wanted->acr_values);
	if (wanted->max_age >= 0)
		json_add_i64(w, "max_age", wanted->max_age);
}

bool step_up_read(struct arena *a, struct str body, struct step_up *ret)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct str error, acr_values = STR_NONE;
	int64_t max_age = -1;

	if (json_value_parse(body, CLAIMS_MAX, &v) != RC_OK ||
		!json_value_str(json_value_get(v, "error"), &error) ||
		!str_eq_c(error, STEP_UP_ERROR))
		return false;
	json_value_str(json_value_get(v, "acr_values"), &acr_values);
	json_value_i64(json_value_get(v, "max_age"), &max_age);
	*ret = (struct step_up){str_dup(a, acr_values), max_age};
	return true;
}

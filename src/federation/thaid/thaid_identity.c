/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading a person out of what ThaID delivered, in any of its forms. */
#include "federation/thaid/thaid.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/thai.h"

#define TEXT_MAX     512u /* bytes of one claim */
#define MOMENT_MIN   INT64_C(1000000000)
#define YEAR_BE_FROM 2400 /* a year above this is of the Buddhist era */
#define BE_AHEAD     543

/* The two places, best first. */
struct claim_source {
	struct arena *arena;
	const struct json_value *place[2];
};

static bool fit(struct str s)
{
	return s.n <= TEXT_MAX && !str_has_control(s) && str_is_utf8(s);
}

/* A claim is a text; the address is an object that holds one (OIDC Core 5.1.1). */
static bool text_of(const struct json_value *v, struct str *ret)
{
	if (json_value_is_object(v))
		v = json_value_get(v, "formatted");
	return json_value_str(v, ret);
}

static struct str claim_at(const struct claim_source *from, const struct json_value *place,
	const struct strlist *names)
{
	struct str text;

	for (size_t i = 0; i < names->n; i++) {
		if (!text_of(json_value_get(place, str_dup_c(from->arena, names->v[i])), &text))
			continue;
		text = str_trim(text);
		if (text.n && fit(text))
			return str_dup(from->arena, text);
	}
	return STR_NONE;
}

static struct str first_claim(const struct claim_source *from, const struct strlist *names)
{
	struct str text = claim_at(from, from->place[0], names);

	return text.n ? text : claim_at(from, from->place[1], names);
}

/* The person key is the citizen number; sub equalled it in every token seen but is not promised. */
static const char *read_pid(
	const struct claim_source *from, const struct strlist *names, struct str *ret)
{
	struct str inside = claim_at(from, from->place[0], names);
	struct str beside = claim_at(from, from->place[1], names);

	if (inside.n && beside.n && !str_eq(inside, beside))
		return "pid_conflict";
	*ret = inside.n ? inside : beside;
	if (!ret->n)
		return "pid_missing";
	return thai_citizen_number_ok(*ret) ? NULL : "pid_invalid";
}

static bool number_in(struct str s, unsigned max, unsigned *ret)
{
	uint64_t value;

	if (!str_to_u64(s, max, &value))
		return false;
	*ret = (unsigned)value;
	return true;
}

/* YYYY-MM-DD; month and day 00 where the card does not know them; years of either era. */
static struct str read_date(const struct claim_source *from, const struct strlist *names)
{
	struct str text = first_claim(from, names);
	unsigned year, month, day;
	struct buf out;

	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
		!number_in(str_sub(text, 0, 4), 9999, &year) ||
		!number_in(str_sub(text, 5, 2), 12, &month) ||
		!number_in(str_sub(text, 8, 2), 31, &day) || (!month && day))
		return STR_NONE;
	if (year > YEAR_BE_FROM)
		year -= BE_AHEAD;
	buf_init(&out, from->arena, 10);
	buf_addf(&out, "%04u-%02u-%02u", year, month, day);
	return buf_str(&out);
}

/* The levels as NDID writes them; anything else is no level. */
static struct str read_ial(const struct claim_source *from, const struct strlist *names)
{
	static const char *const levels[] = {"1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3"};
	struct str text = first_claim(from, names);

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_eq_c(text, levels[i]))
			return text;
	return STR_NONE;
}

static struct str read_gender(const struct claim_source *from, const struct strlist *names)
{
	struct str text = first_claim(from, names);

	return str_eq_c(text, "male") || str_eq_c(text, "female") ? text : STR_NONE;
}

/* Where only the whole name came it stands for the first name, its title taken off if known. */
static void use_whole_name(struct str *given, struct str family, struct str title, struct str whole)
{
	if (given->n || family.n)
		return;
	if (title.n && str_starts(whole, title))
		whole = str_trim(str_sub(whole, title.n, whole.n));
	*given = whole;
}

enum rc thaid_read_identity(const struct thaid_claim_names *names, struct arena *a,
	const struct json_value *id_token, const struct json_value *flat, struct auth_identity *ret,
	const char **ret_why)
{
	const struct claim_source from = {.arena = a, .place = {id_token, flat}};
	struct auth_identity who = {.n_identifiers = 0};
	struct str pid = STR_NONE;
	const char *why = read_pid(&from, &names->pid, &pid);

	if (why) {
		*ret_why = why;
		return RC_INVALID;
	}
	auth_identity_add(&who, AUTH_CITIZEN_NUMBER, pid);
	who.title_th = first_claim(&from, &names->title_th);
	who.given_th = first_claim(&from, &names->given_th);
	who.middle_th = first_claim(&from, &names->middle_th);
	who.family_th = first_claim(&from, &names->family_th);
	who.title_en = first_claim(&from, &names->title_en);
	who.given_en = first_claim(&from, &names->given_en);
	who.middle_en = first_claim(&from, &names->middle_en);
	who.family_en = first_claim(&from, &names->family_en);
	use_whole_name(
		&who.given_th, who.family_th, who.title_th, first_claim(&from, &names->name_th));
	use_whole_name(
		&who.given_en, who.family_en, who.title_en, first_claim(&from, &names->name_en));
	who.birthdate = read_date(&from, &names->birthdate);
	who.gender = read_gender(&from, &names->gender);
	who.address = first_claim(&from, &names->address);
	who.card_issued = read_date(&from, &names->card_issued);
	who.card_expires = read_date(&from, &names->card_expires);
	if (who.card_issued.n || who.card_expires.n)
		who.evidence = "idcard";
	who.ial = read_ial(&from, &names->ial);
	if (!json_value_i64(json_value_get(id_token, "auth_time"), &who.auth_time) ||
		who.auth_time < 0)
		who.auth_time = 0;
	*ret = who;
	return RC_OK;
}

static bool number_of(const struct json_value *v, int64_t *ret)
{
	struct str text;
	uint64_t value;

	if (json_value_i64(v, ret))
		return true;
	if (!json_value_str(v, &text) || !str_to_u64(text, INT64_MAX, &value))
		return false;
	*ret = (int64_t)value;
	return true;
}

int64_t thaid_expiry(const struct json_value *answer, int64_t now)
{
	int64_t value;

	if (!number_of(json_value_get(answer, "expires_in"), &value) &&
		!number_of(json_value_get(answer, "expire_in"), &value))
		return 0;
	if (value <= 0)
		return 0;
	return value > MOMENT_MIN ? value : now + value;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/event.h"

#include "base/array.h"
#include "base/arena.h"
#include "core/ids.h"
#include "web/device.h"

#define DAY 86400
#define SAMPLE_TEN_MINUTES                                                                         \
	600 /* seconds in which only the last one is kept: others can cause it                     \
	     */
#define SAMPLE_SECOND 1
#define SAMPLE_MINUTE 60               /* what the person repeats at will */
#define READ_MAX      20000u           /* rows of one look */
#define MOMENT        4u               /* bytes of the moment in the key */
#define AHEAD         (EVENT_DAYS + 1) /* days from an event's day to its death */

/* The closed list, and the seconds to which each moment is rounded; its texts are event.<name>. Not
 * what happens at every use of a portal. */
static const int64_t rounds[AUDIT_EVENT_MAX] = {
	[AUDIT_LOGIN] = SAMPLE_SECOND,
	[AUDIT_LOGIN_FAILED] = SAMPLE_TEN_MINUTES,
	[AUDIT_OTP_SENT] = SAMPLE_TEN_MINUTES,
	[AUDIT_CONSENT_GRANTED] = SAMPLE_SECOND,
	[AUDIT_CONSENT_REFUSED] = SAMPLE_TEN_MINUTES,
	[AUDIT_CONSENT_WITHDRAWN] = SAMPLE_SECOND,
	[AUDIT_DETAILS_APPROVED] = SAMPLE_SECOND,
	[AUDIT_DETAILS_REFUSED] = SAMPLE_TEN_MINUTES,
	[AUDIT_DATA_DOWNLOADED] = SAMPLE_MINUTE,
	[AUDIT_AUTHORIZATION_CODE_REUSED] = SAMPLE_TEN_MINUTES,
	[AUDIT_REFRESH_TOKEN_REUSED] = SAMPLE_TEN_MINUTES,
	[AUDIT_LOGOUT] = SAMPLE_MINUTE,
	[AUDIT_LOGOUT_ALL] = SAMPLE_MINUTE,
	[AUDIT_ACCOUNT_COMPROMISE_REPORTED] = SAMPLE_SECOND,
	[AUDIT_PERSON_CHANGED] = SAMPLE_SECOND,
	[AUDIT_ACCOUNT_CHANGED] = SAMPLE_SECOND,
	[AUDIT_ACCOUNT_LOCKED] = SAMPLE_TEN_MINUTES,
	[AUDIT_ACCOUNT_UNLOCKED] = SAMPLE_SECOND,
	[AUDIT_INITIAL_SECRET_ISSUED] = SAMPLE_SECOND,
	[AUDIT_PASSWORD_CHANGED] = SAMPLE_SECOND,
	[AUDIT_PASSWORD_CHANGE_REQUIRED] = SAMPLE_SECOND,
	[AUDIT_PASSWORD_LOGIN_DISABLED] = SAMPLE_SECOND,
	[AUDIT_PASSWORD_LOGIN_ENABLED] = SAMPLE_SECOND,
	[AUDIT_EMAIL_CHANGED] = SAMPLE_SECOND,
	[AUDIT_MOBILE_CHANGED] = SAMPLE_SECOND,
	[AUDIT_CONTACT_VERIFICATION_FAILED] = SAMPLE_TEN_MINUTES,
	[AUDIT_RECOVERY_REQUESTED] = SAMPLE_TEN_MINUTES,
	[AUDIT_RECOVERY_COMPLETED] = SAMPLE_SECOND,
	[AUDIT_CIBA_REQUESTED] = SAMPLE_TEN_MINUTES,
	[AUDIT_CIBA_APPROVED] = SAMPLE_SECOND,
	[AUDIT_CIBA_REFUSED] = SAMPLE_SECOND,
	[AUDIT_CIBA_REPORTED] = SAMPLE_SECOND,
	[AUDIT_CIBA_BLOCKED] = SAMPLE_TEN_MINUTES,
	[AUDIT_CIBA_WITHDRAWN] = SAMPLE_SECOND,
	[AUDIT_CIBA_USER_CODE_SET] = SAMPLE_SECOND,
};

/* What changes how the person logs in: many others must not push it out of sight. */
static const enum audit_event critical_events[] = {
	AUDIT_ACCOUNT_COMPROMISE_REPORTED,
	AUDIT_PERSON_CHANGED,
	AUDIT_ACCOUNT_CHANGED,
	AUDIT_ACCOUNT_LOCKED,
	AUDIT_ACCOUNT_UNLOCKED,
	AUDIT_INITIAL_SECRET_ISSUED,
	AUDIT_PASSWORD_CHANGED,
	AUDIT_PASSWORD_CHANGE_REQUIRED,
	AUDIT_PASSWORD_LOGIN_DISABLED,
	AUDIT_PASSWORD_LOGIN_ENABLED,
	AUDIT_EMAIL_CHANGED,
	AUDIT_MOBILE_CHANGED,
	AUDIT_RECOVERY_COMPLETED,
};

static const struct field event_fields[] = {
	{1, "time", FIELD_TIME, 0, offsetof(struct event, time), 0, NULL, "when"},
	{2, "account", FIELD_STR, 0, offsetof(struct event, account), ID_SIZE, NULL, "account id"},
	{3, "client", FIELD_STR, 0, offsetof(struct event, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{4, "address", FIELD_STR, 0, offsetof(struct event, address), 64, NULL, "from where"},
	{5, "detail", FIELD_STR, 0, offsetof(struct event, detail), 64, NULL, "method or reason"},
	{6, "other", FIELD_BOOL, 0, offsetof(struct event, other), 0, NULL,
		"an administrator did it"},
	{7, "browser", FIELD_STR, 0, offsetof(struct event, browser), 24, NULL, "of the device"},
	{8, "device", FIELD_STR, 0, offsetof(struct event, system), 24, NULL,
		"its operating system"},
};
const struct record_type record_event = {
	"event", sizeof(struct event), event_fields, ARRAY_LEN(event_fields)};

static bool is_critical(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(critical_events); i++)
		if (str_eq_c(name, audit_event_name(critical_events[i])))
			return true;
	return false;
}

/* Of all events of a person on a day. */
static struct str day_key(struct arena *a, int64_t day, struct str person)
{
	return store_key_expiring(a, (day + AHEAD) * DAY, person);
}

static struct str event_key(struct arena *a, const struct audit_entry *e, int64_t round)
{
	int64_t now = e->now_ms / 1000;
	uint32_t moment = (uint32_t)(now - now % round);
	struct buf key;

	buf_init(&key, a, STORE_KEY_MAX);
	buf_add(&key, day_key(a, now / DAY, e->person));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_byte(&key, (unsigned char)(moment >> shift));
	buf_add_c(&key, audit_event_name(e->event));
	return buf_str(&key);
}

void event_audit(struct store_batch *b, struct arena *a, const struct audit_entry *e)
{
	int64_t round = e->person.n == ID_SIZE ? rounds[e->event] : 0;
	struct event event = {
		.time = e->now_ms / 1000,
		.account = e->account,
		.client = e->client,
		.address = str_sub(e->address, 0, 64),
		.detail = str_sub(e->detail, 0, 64),
		.other = e->actor.n && !str_eq(e->actor, e->person),
	};

	if (!event.other)
		web_device_parts(e->user_agent, &event.browser, &event.system);
	audit_append(b, TABLE_AUDIT, a, e);
	if (round)
		record_put(b, TABLE_EVENT, a, event_key(a, e, round), &event, STORE_ANY);
}

/* Of one kind, critical or not, the newest first. */
struct event_pile {
	struct event *v;
	size_t n;
};

struct event_search {
	struct arena *a;
	struct event_pile common, critical;
	size_t max, reads;
	enum rc rc;
};

static bool is_full(const struct event_search *f)
{
	return f->reads >= READ_MAX || (f->common.n >= f->max && f->critical.n >= f->max);
}

static bool event_collect(void *data, const struct store_record *record)
{
	const size_t head = 4 + ID_SIZE + MOMENT;
	struct event_search *f = data;
	struct event_pile *event_pile;
	struct str name;

	if (record->key.n <= head) {
		f->rc = RC_CORRUPT;
		return false;
	}
	name = audit_event_current(str_sub(record->key, head, record->key.n));
	event_pile = is_critical(name) ? &f->critical : &f->common;
	f->reads++;
	if (event_pile->n < f->max) {
		f->rc = field_decode(
			&record_event, f->a, record->value, event_pile->v + event_pile->n);
		if (f->rc != RC_OK)
			return false;
		event_pile->v[event_pile->n++].name = name;
	}
	return !is_full(f);
}

static int newer(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->time < y->time) - (x->time > y->time);
}

/* A fifth of the places is reserved for the critical ones, if there are that many. */
static struct event_list events_choose(struct event_search *f)
{
	size_t kept = f->critical.n < f->max / 5 ? f->critical.n : f->max / 5;
	size_t n = f->common.n < f->max - kept ? f->common.n : f->max - kept;
	size_t critical = f->critical.n < f->max - n ? f->critical.n : f->max - n;

	memcpy(f->common.v + n, f->critical.v, critical * sizeof(*f->critical.v));
	n += critical;
	if (n)
		qsort(f->common.v, n, sizeof(*f->common.v), newer);
	return (struct event_list){f->common.v, n};
}

enum rc events_of(struct store_snapshot *snap, struct arena *a, struct str person, int64_t now,
	size_t max, struct event_list *ret)
{
	struct event_search f = {
		.a = a,
		.common = {.v = arena_array(a, max, struct event)},
		.critical = {.v = arena_array(a, max, struct event)},
		.max = max,
	};
	int64_t today = now / DAY;

	if (person.n != ID_SIZE)
		return RC_INVALID;
	/* From tomorrow's: a clock may have been ahead. */
	for (int64_t day = today + 1; day > today - AHEAD && !is_full(&f); day--) {
		enum rc rc = store_scan(snap, TABLE_EVENT, day_key(a, day, person), STR_NONE, true,
			event_collect, &f);

		if (rc != RC_OK || f.rc != RC_OK)
			return rc != RC_OK ? rc : f.rc;
	}
	*ret = events_choose(&f);
	return RC_OK;
}

struct event_walk {
	struct arena *a;
	struct event *v;
	size_t n, seen, skip, max;
	enum rc rc;
};

static bool event_pass(void *data, const struct store_record *record)
{
	const size_t head = 4 + ID_SIZE + MOMENT;
	struct event_walk *w = data;

	if (record->key.n <= head) {
		w->rc = RC_CORRUPT;
		return false;
	}
	if (w->seen >= w->skip && w->n < w->max) {
		w->rc = field_decode(&record_event, w->a, record->value, w->v + w->n);
		if (w->rc != RC_OK)
			return false;
		w->v[w->n++].name = audit_event_current(str_sub(record->key, head, record->key.n));
	}
	return ++w->seen < READ_MAX;
}

enum rc events_page(struct store_snapshot *snap, struct arena *a, struct str person, int64_t now,
	size_t skip, size_t max, struct event_list *ret, size_t *ret_total)
{
	struct event_walk w = {
		.a = a, .v = arena_array(a, max, struct event), .skip = skip, .max = max};
	int64_t today = now / DAY;

	if (person.n != ID_SIZE)
		return RC_INVALID;
	for (int64_t day = today + 1; day > today - AHEAD && w.seen < READ_MAX; day--) {
		enum rc rc = store_scan(
			snap, TABLE_EVENT, day_key(a, day, person), STR_NONE, true, event_pass, &w);

		if (rc != RC_OK || w.rc != RC_OK)
			return rc != RC_OK ? rc : w.rc;
	}
	if (w.n)
		qsort(w.v, w.n, sizeof(*w.v), newer);
	*ret = (struct event_list){w.v, w.n};
	*ret_total = w.seen;
	return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/event.h"

#include "base/arena.h"
#include "directory/records.h"

#define DAY      86400
#define OFTEN    600 /* seconds in which only the last one is kept: others can cause it */
#define SELDOM   1
#define MINUTE   60               /* what the person repeats at will */
#define READ_MAX 20000u           /* rows of one look */
#define MOMENT   4u               /* bytes of the moment in the key */
#define AHEAD    (EVENT_DAYS + 1) /* days from an event's day to its death */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The closed list, and the seconds to which each moment is rounded; its texts are event.<name>. Not
 * what happens at every use of a portal. */
static const int64_t rounds[AUDIT_EVENT_MAX] = {
	[AUDIT_LOGIN] = SELDOM,
	[AUDIT_LOGIN_REFUSED] = OFTEN,
	[AUDIT_CODE_SENT] = OFTEN,
	[AUDIT_CONSENTED] = SELDOM,
	[AUDIT_CONSENT_REFUSED] = OFTEN,
	[AUDIT_CONSENT_WITHDRAWN] = SELDOM,
	[AUDIT_DATA_DOWNLOADED] = MINUTE,
	[AUDIT_CODE_REPLAYED] = OFTEN,
	[AUDIT_REFRESH_REPLAYED] = OFTEN,
	[AUDIT_LOGOUT] = MINUTE,
	[AUDIT_LOGOUT_ALL] = MINUTE,
	[AUDIT_NOT_ME] = SELDOM,
	[AUDIT_PERSON_CHANGED] = SELDOM,
	[AUDIT_ACCOUNT_CHANGED] = SELDOM,
	[AUDIT_ACCOUNT_LOCKED] = OFTEN,
	[AUDIT_ACCOUNT_UNLOCKED] = SELDOM,
	[AUDIT_INITIAL_SECRET_ISSUED] = SELDOM,
	[AUDIT_PASSWORD_CHANGED] = SELDOM,
	[AUDIT_PASSWORD_CHANGE_ORDERED] = SELDOM,
	[AUDIT_PASSWORD_FORBIDDEN] = SELDOM,
	[AUDIT_PASSWORD_ALLOWED] = SELDOM,
	[AUDIT_EMAIL_CHANGED] = SELDOM,
	[AUDIT_MOBILE_CHANGED] = SELDOM,
	[AUDIT_ADDRESS_REFUSED] = OFTEN,
	[AUDIT_PASSWORD_RESET_ASKED] = OFTEN,
	[AUDIT_PASSWORD_RESET] = SELDOM,
};

/* What changes how the person logs in: many others must not push it out of sight. */
static const enum audit_event graves[] = {
	AUDIT_NOT_ME,
	AUDIT_PERSON_CHANGED,
	AUDIT_ACCOUNT_CHANGED,
	AUDIT_ACCOUNT_LOCKED,
	AUDIT_ACCOUNT_UNLOCKED,
	AUDIT_INITIAL_SECRET_ISSUED,
	AUDIT_PASSWORD_CHANGED,
	AUDIT_PASSWORD_CHANGE_ORDERED,
	AUDIT_PASSWORD_FORBIDDEN,
	AUDIT_PASSWORD_ALLOWED,
	AUDIT_EMAIL_CHANGED,
	AUDIT_MOBILE_CHANGED,
	AUDIT_PASSWORD_RESET,
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
};
const struct record_type record_event = {
	"event", sizeof(struct event), event_fields, COUNT(event_fields)};

static bool is_grave(struct str name)
{
	for (size_t i = 0; i < COUNT(graves); i++)
		if (str_eq_c(name, audit_event_name(graves[i])))
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

	audit_append(b, TABLE_AUDIT, a, e);
	if (round)
		record_put(b, TABLE_EVENT, a, event_key(a, e, round), &event, STORE_ANY);
}

/* Of one kind, grave or not, the newest first. */
struct pile {
	struct event *v;
	size_t n;
};

struct found {
	struct arena *a;
	struct pile common, grave;
	size_t max, reads;
	enum rc rc;
};

static bool is_full(const struct found *f)
{
	return f->reads >= READ_MAX || (f->common.n >= f->max && f->grave.n >= f->max);
}

static bool take(void *data, const struct store_record *record)
{
	const size_t head = 4 + ID_SIZE + MOMENT;
	struct found *f = data;
	struct pile *pile;
	struct str name;

	if (record->key.n <= head) {
		f->rc = RC_CORRUPT;
		return false;
	}
	name = str_sub(record->key, head, record->key.n);
	pile = is_grave(name) ? &f->grave : &f->common;
	f->reads++;
	if (pile->n < f->max) {
		f->rc = field_decode(&record_event, f->a, record->value, pile->v + pile->n);
		if (f->rc != RC_OK)
			return false;
		pile->v[pile->n++].name = name;
	}
	return !is_full(f);
}

static int newer(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->time < y->time) - (x->time > y->time);
}

/* A fifth of the places is the grave ones', as far as there are so many. */
static struct event_list choose(struct found *f)
{
	size_t kept = f->grave.n < f->max / 5 ? f->grave.n : f->max / 5;
	size_t n = f->common.n < f->max - kept ? f->common.n : f->max - kept;
	size_t grave = f->grave.n < f->max - n ? f->grave.n : f->max - n;

	memcpy(f->common.v + n, f->grave.v, grave * sizeof(*f->grave.v));
	n += grave;
	if (n)
		qsort(f->common.v, n, sizeof(*f->common.v), newer);
	return (struct event_list){f->common.v, n};
}

enum rc events_of(struct store_snapshot *snap, struct arena *a, struct str person, int64_t now,
	size_t max, struct event_list *ret)
{
	struct found f = {
		.a = a,
		.common = {.v = arena_array(a, max, struct event)},
		.grave = {.v = arena_array(a, max, struct event)},
		.max = max,
	};
	int64_t today = now / DAY;

	if (person.n != ID_SIZE)
		return RC_INVALID;
	/* From tomorrow's: a clock may have been ahead. */
	for (int64_t day = today + 1; day > today - AHEAD && !is_full(&f); day--) {
		enum rc rc = store_scan(
			snap, TABLE_EVENT, day_key(a, day, person), STR_NONE, true, take, &f);

		if (rc != RC_OK || f.rc != RC_OK)
			return rc != RC_OK ? rc : f.rc;
	}
	*ret = choose(&f);
	return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audit/audit.h"

#include "base/array.h"
#include "base/die.h"
#include "codec/json_writer.h"

static const struct {
	const char *name;
	const char *help;
} events[AUDIT_EVENT_MAX] = {
#define AUDIT(id, text, why) [AUDIT_##id] = {.name = (text), .help = (why)},
#include "audit/events.def"
#undef AUDIT
};

static const struct {
	const char *name;
	enum audit_event event;
} former[] = {
#define FORMER(text, id) {(text), AUDIT_##id},
#include "audit/former_names.def"
#undef FORMER
};

#define N_FORMER (ARRAY_LEN(former))

static const struct {
	const char *name;
	size_t offset;
	size_t max;
} members[] = {
#define MEMBER(name, max)                                                                          \
	{                                                                                          \
#name, offsetof(struct audit_entry, name), max                                     \
	}
	MEMBER(person, AUDIT_MEMBER_MAX),
	MEMBER(account, AUDIT_MEMBER_MAX),
	MEMBER(client, AUDIT_MEMBER_MAX),
	MEMBER(system, AUDIT_MEMBER_MAX),
	MEMBER(office, AUDIT_MEMBER_MAX),
	MEMBER(session, AUDIT_MEMBER_MAX),
	MEMBER(address, AUDIT_MEMBER_MAX),
	MEMBER(request, AUDIT_MEMBER_MAX),
	MEMBER(actor, AUDIT_MEMBER_MAX),
	MEMBER(object, AUDIT_MEMBER_MAX),
	MEMBER(operation, AUDIT_MEMBER_MAX),
	MEMBER(detail, AUDIT_MEMBER_MAX),
	MEMBER(reason, AUDIT_REASON_MAX),
#undef MEMBER
};

const char *audit_event_name(enum audit_event event)
{
	return (unsigned)event < AUDIT_EVENT_MAX ? events[event].name : NULL;
}

const char *audit_event_help(enum audit_event event)
{
	return (unsigned)event < AUDIT_EVENT_MAX ? events[event].help : NULL;
}

enum rc audit_event_parse(struct str name, enum audit_event *ret)
{
	for (int i = 0; i < AUDIT_EVENT_MAX; i++)
		if (str_eq_c(name, events[i].name)) {
			*ret = (enum audit_event)i;
			return RC_OK;
		}
	for (size_t i = 0; i < N_FORMER; i++)
		if (str_eq_c(name, former[i].name)) {
			*ret = former[i].event;
			return RC_OK;
		}
	return RC_NOT_FOUND;
}

const char *audit_event_former(enum audit_event event, size_t n)
{
	for (size_t i = 0; i < N_FORMER; i++)
		if (former[i].event == event && n-- == 0)
			return former[i].name;
	return NULL;
}

struct str audit_event_current(struct str name)
{
	for (size_t i = 0; i < N_FORMER; i++)
		if (str_eq_c(name, former[i].name))
			return str_c(events[former[i].event].name);
	return name;
}

/* At most max bytes, not ending within a character. */
static struct str cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

void audit_append(struct store_batch *b, int table, struct arena *a, const struct audit_entry *e)
{
	struct buf payload;
	struct json_writer w;

	if (!audit_event_name(e->event))
		die("audit: an event that is not in the list");
	buf_init(&payload, a, STORE_PAYLOAD_MAX);
	json_writer_init(&w, &payload);
	json_add_i64(&w, "t", e->now_ms < 0 ? 0 : e->now_ms);
	json_add_str(&w, "event", str_c(events[e->event].name));
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const struct str *value = (const struct str *)((const char *)e + members[i].offset);

		json_add_str_opt(&w, members[i].name, cut(*value, members[i].max));
	}
	if (e->count)
		json_add_i64(&w, "count", e->count);
	store_append(b, table, buf_str(&payload));
}

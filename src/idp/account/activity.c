/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/activity.h"

#include "base/array.h"
#include "idp/account/account.h"
#include "directory/names.h"
#include "core/event.h"
#include "idp/account/pages_history.h"

#define SELF      "/account/activity"
#define KEY_BYTES 128u

/* The words for a detail, or for its first word: a reason, or a way of logging in; empty where
 * there are none. */
static struct str words_of(struct op *op, struct str detail)
{
	static const char *const families[] = {"event-why.", "method."};
	struct str first = str_sub(detail, 0, str_find(detail, ' ')), text = STR_NONE;

	for (size_t i = 0; i < ARRAY_LEN(families) && !text.n; i++) {
		struct buf key;

		buf_init(&key, op->tx.a, KEY_BYTES);
		buf_add_c(&key, families[i]);
		buf_add(&key, first);
		text = first.n ? web_text(op->lang, buf_str(&key)) : STR_NONE;
	}
	return text;
}

static struct str username_of(const struct visit *v, struct str account)
{
	for (size_t i = 0; i < v->accounts.n; i++)
		if (str_eq(v->accounts.v[i].id, account))
			return v->accounts.v[i].username;
	return STR_NONE;
}

void account_activity_run(struct op *op)
{
	struct web_activity model = {.days = EVENT_DAYS, .sessions_url = STR("/account/sessions")};
	struct web_event *rows = arena_array(op->tx.a, ACTIVITY_SHOWN, struct web_event);
	struct event_list events;
	const struct visit *v = op->visit;
	enum rc rc;

	rc = events_of(op->tx.snap, op->tx.a, v->person.id, op->tx.now, ACTIVITY_SHOWN, &events);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	for (size_t i = 0; i < events.n; i++)
		rows[i] = (struct web_event){
			.name = events.v[i].name,
			.time = events.v[i].time,
			.why = words_of(op, events.v[i].detail),
			.username = username_of(v, events.v[i].account),
			.portal = name_of_portal(op, events.v[i].client),
			.address = events.v[i].address,
			.other = events.v[i].other,
		};
	model.events.v = rows;
	model.events.n = events.n;
	account_page(op, v, SELF, &web_page_activity, &model);
}

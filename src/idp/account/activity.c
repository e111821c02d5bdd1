/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/activity.h"

#include "base/array.h"
#include "idp/account/account.h"
#include "directory/names.h"
#include "core/event.h"
#include "idp/account/pages_history.h"
#include "web/device.h"

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

/* What happened in one phrase, where the catalogue has one for the detail
 * ("email_changed.removed"): the detail is not said again then. */
static struct str name_of_event(struct op *op, const struct event *e, struct str *ret_why)
{
	struct str first = str_sub(e->detail, 0, str_find(e->detail, ' '));
	struct buf key;

	*ret_why = words_of(op, e->detail);
	buf_init(&key, op->tx.a, KEY_BYTES);
	buf_addf(&key, "event.%.*s.%.*s", STR_FMT(e->name), STR_FMT(first));
	if (!first.n || buf_status(&key) != RC_OK || !web_text(op->lang, buf_str(&key)).n)
		return e->name;
	*ret_why = STR_NONE;
	return str_sub(buf_str(&key), strlen("event."), key.n);
}

static struct str device_of(struct op *op, const struct event *e)
{
	struct buf name;

	if (!e->browser.n && !e->system.n)
		return STR_NONE;
	buf_init(&name, op->tx.a, KEY_BYTES);
	web_device_name_add(&name, op->lang, e->browser, e->system);
	return buf_str(&name);
}

static struct web_event show_event(struct op *op, const struct visit *v, const struct event *e)
{
	struct web_event row = {
		.time = e->time,
		.username = username_of(v, e->account),
		.portal = name_of_portal(op, e->client),
		.address = e->address,
		.device = device_of(op, e),
		.here = str_eq(e->address, op->x->request.peer),
		.other = e->other,
	};

	row.name = name_of_event(op, e, &row.why);
	return row;
}

/* The first page keeps some places for changes that are older (events_of), so the second begins
 * where such a page may have left off: what stands there may be shown twice, nothing is left out.
 */
static size_t first_of(size_t page)
{
	return page <= 1 ? 0 : ACTIVITY_SHOWN - ACTIVITY_SHOWN / 5 + (page - 2) * ACTIVITY_SHOWN;
}

static enum rc find_events(struct op *op, size_t page, struct event_list *ret, size_t *ret_total)
{
	struct str person = op->visit->person.id;
	enum rc rc = events_page(op->tx.snap, op->tx.a, person, op->tx.now, first_of(page),
		ACTIVITY_SHOWN, ret, ret_total);

	if (rc != RC_OK || page > 1)
		return rc;
	return events_of(op->tx.snap, op->tx.a, person, op->tx.now, ACTIVITY_SHOWN, ret);
}

void account_activity_run(struct op *op)
{
	struct web_activity model = {.days = EVENT_DAYS, .sessions_url = STR("/account/sessions")};
	struct web_event *rows = arena_array(op->tx.a, ACTIVITY_SHOWN, struct web_event);
	const struct visit *v = op->visit;
	size_t page = account_page_asked(op), total;
	struct event_list events;
	enum rc rc = find_events(op, page, &events, &total);

	if (rc == RC_OK && page > 1 && !events.n) /* past the end: as if none had been asked for */
		rc = find_events(op, page = 1, &events, &total);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	for (size_t i = 0; i < events.n; i++)
		rows[i] = show_event(op, v, events.v + i);
	model.events.v = rows;
	model.events.n = events.n;
	account_paging(op, SELF, page, first_of(page), events.n, total, &model.paging);
	account_page(op, v, SELF, &web_page_activity, &model);
}

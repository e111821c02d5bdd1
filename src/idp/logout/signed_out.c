/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/signed_out.h"

#include "base/array.h"
#include "core/handle.h"
#include "core/page.h"
#include "directory/directory.h"
#include "directory/names.h"
#include "idp/logout/delivery.h"

#include <stddef.h>

#define SELF    "/signed-out"
#define URL_MAX 256u

#define AT(member) offsetof(struct signed_out, member)
static const struct field signed_out_fields[] = {
	{1, "sids", FIELD_STRLIST, 0, AT(sids), SESSION_LIST_MAX, NULL, "sessions that ended"},
	{2, "portals", FIELD_STRLIST, 0, AT(portals), SIGNED_OUT_PORTALS, NULL,
		"clients that are notified"},
	{3, "open", FIELD_STRLIST, 0, AT(open), SIGNED_OUT_PORTALS, NULL,
		"clients that are not notified"},
	{4, "ended", FIELD_TIME, 0, AT(ended), 0, NULL, "when"},
	{5, "everywhere", FIELD_BOOL, 0, AT(everywhere), 0, NULL, "all sessions of the person"},
};
#undef AT
const struct record_type record_signed_out = {
	"signed_out", sizeof(struct signed_out), signed_out_fields, ARRAY_LEN(signed_out_fields)};

/* --- the first answer --- */

static struct strlist clients_of(struct op *op, const struct signing_out *out, bool notified)
{
	struct str *ids = arena_array(op->tx.a, out->n, struct str);
	size_t n = 0;

	for (size_t i = 0; i < out->n && n < SIGNED_OUT_PORTALS; i++)
		if (out->v[i].notified == notified)
			ids[n++] = out->v[i].client;
	return (struct strlist){ids, n};
}

static struct str report_url(struct op *op, struct str handle)
{
	struct buf url;

	buf_init(&url, op->tx.a, URL_MAX);
	buf_addf(&url, SELF "?r=%.*s", STR_FMT(handle));
	return buf_str(&url);
}

/* Remembers what /signed-out reports on; its address. */
static struct str keep_report(struct op *op, const struct signing_out *out, bool everywhere)
{
	const struct signed_out record = {.sids = out->sids,
		.portals = clients_of(op, out, true),
		.open = clients_of(op, out, false),
		.ended = op->tx.now,
		.everywhere = everywhere};
	struct handle h = handle_new(op->tx.a, HANDLE_SIGNED_OUT, op->tx.now + SIGNED_OUT_LIFETIME,
		op->tx.now_ms, op->tx.app->rng);

	record_put(
		op->tx.batch, (enum table)TABLE_SIGNED_OUT, op->tx.a, h.key, &record, STORE_ABSENT);
	return report_url(op, h.text);
}

static void fill_frames(struct op *op, const struct signing_out *out, struct web_logged_out *model,
	struct strlist *ret_origins)
{
	struct web_logout_frame *frames = arena_array(op->tx.a, out->n, struct web_logout_frame);
	struct str *origins = arena_array(op->tx.a, out->n, struct str);
	size_t n = 0, n_origins = 0;

	for (size_t i = 0; i < out->n; i++) {
		const struct portal_left *p = out->v + i;

		if (!p->frame.n)
			continue;
		frames[n++].url = p->frame;
		if (!strlist_has((struct strlist){origins, n_origins}, p->origin))
			origins[n_origins++] = p->origin;
	}
	model->logout_frames.v = frames;
	model->logout_frames.n = n;
	*ret_origins = (struct strlist){origins, n_origins};
}

void signed_out_send(
	struct op *op, const struct signing_out *out, struct web_logged_out *model, bool stay)
{
	struct page_options options = {.self = STR_NONE};
	struct str next = model->leave_url;

	model->open_portals = signing_out_open(op, out);
	model->portals_notified = signing_out_notified(op, out);
	if (model->portals_notified.n)
		model->report_url = keep_report(op, out, model->everywhere);
	fill_frames(op, out, model, &options.frame_origins);
	page_send(op, 200, &web_page_logged_out, model, &options);
	if (!next.n && !stay)
		next = model->report_url;
	if (next.n)
		page_go_on(op, model->logout_frames.n ? SIGNED_OUT_FRAMES : 1, next);
}

/* --- what became of it --- */

enum notified {
	NOTIFIED_NOT,
	NOTIFIED_CONFIRMED,
	NOTIFIED_WAITING,
	NOTIFIED_LATE,
	NOTIFIED_FAILED
};

struct results {
	struct op *op;
	const struct signed_out *record;
	enum notified *v; /* of record->portals: the worst of all sessions */
	bool waits;       /* the portals of a session are not found yet */
	enum rc rc;
};

static enum notified notified_by(const struct logout_delivery *d)
{
	if (d->state == LOGOUT_CONFIRMED)
		return NOTIFIED_CONFIRMED;
	if (d->state == LOGOUT_FAILED)
		return NOTIFIED_FAILED;
	return d->why.n ? NOTIFIED_LATE : NOTIFIED_WAITING;
}

static bool take_result(void *data, const struct store_record *record)
{
	struct results *r = data;
	struct logout_delivery d;
	enum notified notified;

	r->rc = field_decode(&record_logout_delivery, r->op->tx.a, record->value, &d);
	if (r->rc != RC_OK)
		return false;
	notified = notified_by(&d);
	for (size_t i = 0; i < r->record->portals.n; i++)
		if (str_eq(r->record->portals.v[i], d.client) && notified > r->v[i])
			r->v[i] = notified;
	return true;
}

static enum rc results_of_session(struct results *r, struct str sid)
{
	static const int64_t keeps[] = {LOGOUT_KEEP, LOGOUT_KEEP_CONFIRMED};
	struct tx *tx = &r->op->tx;
	bool waits = false;
	enum rc rc = session_ended_waits(tx->snap, tx->a, sid, &waits);

	r->waits |= waits;
	for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(keeps); i++) {
		rc = store_scan(tx->snap, TABLE_LOGOUT,
			logout_delivery_key(tx->a, r->record->ended, keeps[i], sid, STR_NONE),
			STR_NONE, false, take_result, r);
		rc = rc == RC_OK ? r->rc : rc;
	}
	return rc;
}

static enum rc find_results(struct results *r)
{
	enum rc rc = RC_OK;

	r->v = arena_array(r->op->tx.a, r->record->portals.n, enum notified);
	for (size_t i = 0; rc == RC_OK && i < r->record->sids.n; i++)
		rc = results_of_session(r, r->record->sids.v[i]);
	return rc;
}

static enum rc add_row(struct op *op, struct str id, struct web_open_portals *list)
{
	struct client client;
	enum rc rc = client_get(op->tx.snap, op->tx.a, id, &client, NULL);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	((struct web_open_portal *)list->v)[list->n++] = (struct web_open_portal){
		.name = name_of_client(op, &client), .url = client.client_uri};
	return RC_OK;
}

static void make_list(struct op *op, size_t most, struct web_open_portals *list)
{
	*list = (struct web_open_portals){arena_array(op->tx.a, most, struct web_open_portal), 0};
}

/* The list of the page that a portal stands in. over: it was waited for long enough. */
static struct web_open_portals *list_of(
	struct web_logged_out *m, const struct results *r, enum notified notified, bool over)
{
	if (notified == NOTIFIED_CONFIRMED)
		return &m->portals_out;
	if (notified == NOTIFIED_FAILED || (notified == NOTIFIED_NOT && !r->waits))
		return &m->open_portals;
	return over || notified == NOTIFIED_LATE ? &m->portals_late : &m->portals_notified;
}

static enum rc fill_lists(struct results *r, bool over, struct web_logged_out *m)
{
	const struct signed_out *s = r->record;
	enum rc rc = RC_OK;

	make_list(r->op, s->portals.n, &m->portals_out);
	make_list(r->op, s->portals.n, &m->portals_notified);
	make_list(r->op, s->portals.n, &m->portals_late);
	make_list(r->op, s->portals.n + s->open.n, &m->open_portals);
	for (size_t i = 0; rc == RC_OK && i < s->portals.n; i++)
		rc = add_row(r->op, s->portals.v[i], list_of(m, r, r->v[i], over));
	for (size_t i = 0; rc == RC_OK && i < s->open.n; i++)
		rc = add_row(r->op, s->open.v[i], &m->open_portals);
	return rc;
}

static enum rc read_report(struct op *op, struct signed_out *ret)
{
	struct str key;
	const char *why;

	if (op_form(op, &why) != RC_OK ||
		handle_key(op->tx.a, HANDLE_SIGNED_OUT, op_param(op, "r"), &key) != RC_OK)
		return RC_NOT_FOUND;
	return record_get(op->tx.snap, (enum table)TABLE_SIGNED_OUT, key, op->tx.a, ret, NULL);
}

void signed_out_run(struct op *op)
{
	struct web_logged_out model = {.login_url = STR("/apps")};
	struct page_options options = {.self = STR_NONE};
	struct signed_out record;
	struct results results = {.op = op, .record = &record};
	bool over;
	enum rc rc;

	op->lang = page_language(op->x, STR_NONE);
	rc = read_report(op, &record);
	if (rc == RC_NOT_FOUND) {
		page_problem(op, 404, WEB_PROBLEM_NOT_FOUND, STR_NONE, STR("/"));
		return;
	}
	over = rc == RC_OK && op->tx.now >= record.ended + SIGNED_OUT_WAIT;
	if (rc == RC_OK)
		rc = find_results(&results);
	if (rc == RC_OK)
		rc = fill_lists(&results, over, &model);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	model.everywhere = record.everywhere;
	options.self = report_url(op, op_param(op, "r"));
	if (model.portals_notified.n || model.portals_late.n)
		model.report_url = options.self;
	page_send(op, 200, &web_page_logged_out, &model, &options);
	if (model.portals_notified.n)
		page_go_on(op, SIGNED_OUT_LOOK, options.self);
}

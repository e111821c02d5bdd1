/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind A: lists are whole, or say which part of them is shown and lead to the rest. Each list here
 * is longer than what was once cut without a word.
 */
#include "flow/account_fixture.h"

#include "access/consent.h"
#include "core/event.h"
#include "directory/session.h"
#include "idp/account/activity.h"

#define CLIENTS 130

/* All pages of a list, one after the other; the last of them has no way on. */
static size_t walk(struct account_fixture *h, const char *path, const char *part)
{
	struct str at = str_c(path), body;
	size_t n = 0;

	for (int pages = 0; at.n; pages++) {
		assert_true(pages < 50);
		body = account_fixture_page(&h->b, text(h->w, "%.*s", STR_FMT(at)).p);
		n += occurrences(body, part);
		at = contains(body, "data-part=\"older\"")
			     ? attribute(h->w, body, "data-part=\"older\" href=\"")
			     : STR_NONE;
	}
	return n;
}

static void put(struct fixture *w, struct store_batch *b)
{
	check_ok(store_commit(w->p.store, b));
}

/* --- events --- */

static void add_events(struct fixture *w, int n)
{
	struct store_batch *b = store_batch_new(w->a);

	for (int i = 0; i < n; i++)
		event_audit(b, w->a,
			&(const struct audit_entry){.event = AUDIT_LOGIN,
				.now_ms = w->now_ms - 2000 * (i + 1),
				.person = SOMCHAI,
				.detail = STR("thaid")});
	put(w, b);
}

static void all_events_can_be_reached(void **state)
{
	struct account_fixture *h = *state;
	struct str body;

	add_events(h->w, 600);
	log_in(&h->b, SOMCHAI_PID);
	body = account_fixture_page(&h->b, "/account/activity");
	assert_int_equal(occurrences(body, "data-part=\"event\""), ACTIVITY_SHOWN);
	check_has(body, "แสดงรายการที่ 1–50 จากทั้งหมด 601 รายการ");
	/* The second page begins ten before: the first may have kept places for older changes. */
	assert_int_equal(walk(h, "/account/activity", "data-part=\"event\""), 601 + 10);
	body = account_fixture_page(&h->b, "/account/activity?page=3");
	check_has(body, "data-part=\"newer\" href=\"/account/activity?page=2\"");
	body = account_fixture_page(&h->b, "/account/activity?page=99");
	check_has(body, "จากทั้งหมด 601 รายการ");
}

static void the_download_has_all_events(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	add_events(h->w, 600);
	log_in(&h->b, SOMCHAI_PID);
	r = browse(&h->b, "/account/privacy/data");
	assert_int_equal(r.status, 200);
	assert_int_equal(occurrences(r.body, "\"event\":\"login\""), 601);
	assert_false(contains(r.body, "events_left_out"));
	add_events(h->w, DATA_EVENTS_MAX + 100);
	r = browse(&h->b, "/account/privacy/data");
	/* The download itself is one of them. */
	assert_int_equal(occurrences(r.body, "\"event\":\""), DATA_EVENTS_MAX);
	check_has(r.body, "\"events_left_out\":");
}

/* --- consents --- */

static struct consent consent_of(struct fixture *w, const char *client, int i)
{
	return (struct consent){.person = SOMCHAI,
		.client = str_c(client),
		.scope = STR("openid profile"),
		.text_version = STR(CONSENT_TEXT_VERSION),
		.given = w->now_ms / 1000 - 86400 * (i + 1)};
}

/* Daily for 230 days to one portal, and once to another whose name comes behind it. */
static void add_consents(struct fixture *w)
{
	struct store_batch *b = store_batch_new(w->a);
	struct consent c = consent_of(w, "portal", 0);

	record_put(b, TABLE_CONSENT, w->a, key_join(w->a, SOMCHAI, STR("portal")), &c, STORE_ANY);
	for (int i = 1; i < 230; i++) {
		c = consent_of(w, "portal", i);
		record_put(b, TABLE_CONSENT, w->a,
			key_join(w->a, key_join(w->a, SOMCHAI, STR("portal")),
				text(w, "%lld", (long long)(c.given / 86400))),
			&c, STORE_ANY);
	}
	c = consent_of(w, "zebra", 300);
	record_put(b, TABLE_CONSENT, w->a, key_join(w->a, SOMCHAI, STR("zebra")), &c, STORE_ANY);
	put(w, b);
}

static void all_consents_can_be_reached(void **state)
{
	struct account_fixture *h = *state;
	struct str body;

	add_consents(h->w);
	log_in(&h->b, SOMCHAI_PID);
	body = account_fixture_page(&h->b, "/account/privacy");
	/* What can be withdrawn stands first, also of the portal that came behind all the others.
	 */
	check_has(body, "name=\"client\" value=\"zebra\"");
	check_has(body, "name=\"client\" value=\"portal\"");
	check_has(body, "จากทั้งหมด 231 รายการ");
	assert_int_equal(walk(h, "/account/privacy", "data-part=\"holding\""), 231);
	assert_int_equal(
		occurrences(browse(&h->b, "/account/privacy/data").body, "\"text_version\""), 231);
}

/* --- accounts, offices, systems --- */

static void all_accounts_are_shown(void **state)
{
	struct account_fixture *h = *state;

	for (int i = 0; i < 99; i++)
		fixture_account(h->w, text(h->w, "user%03d", i).p, SOMCHAI);
	log_in(&h->b, SOMCHAI_PID);
	assert_int_equal(
		occurrences(account_fixture_page(&h->b, "/account"), "data-part=\"holding\""), 100);
	assert_int_equal(
		occurrences(browse(&h->b, "/account/privacy/data").body, "\"username\":\"user"),
		99);
}

static void in_office(struct fixture *w, const char *username, const char *office)
{
	struct store_batch *b = store_batch_new(w->a);
	const struct account account = {.id = id_new(w->a, w->p.rng),
		.username = str_c(username),
		.person = SOMCHAI,
		.office = str_c(office)};

	fixture_office(w, office, "100");
	account_put(b, w->a, NULL, 0, &account);
	put(w, b);
}

static void every_office_names_whom_to_ask(void **state)
{
	struct account_fixture *h = *state;

	for (int i = 0; i < 12; i++)
		in_office(h->w, text(h->w, "user%02d", i).p, text(h->w, "2%02d", i).p);
	log_in(&h->b, SOMCHAI_PID);
	assert_int_equal(
		occurrences(account_fixture_page(&h->b, "/apps"), "data-part=\"contact\""), 13);
}

static void all_systems_are_shown(void **state)
{
	struct account_fixture *h = *state;
	struct str body;

	for (int i = 0; i < 80; i++) {
		fixture_system(h->w, text(h->w, "system%02d", i).p);
		fixture_grant(h->w, ROLE_GRANT_PERSON, SOMCHAI, text(h->w, "system%02d", i).p,
			"recorder");
	}
	log_in(&h->b, SOMCHAI_PID);
	body = account_fixture_page(&h->b, "/apps");
	assert_int_equal(occurrences(body, "data-part=\"system\""), 81);
}

/* --- portals of a session --- */

static void note_portals(struct account_fixture *h)
{
	struct store_batch *b = store_batch_new(h->w->a);
	struct store_snapshot *snap;
	struct session_list list;
	const struct actor nobody = {.kind = ACTOR_PERSON};
	struct tx tx;

	for (int i = 0; i < CLIENTS; i++)
		fixture_client(h->w, text(h->w, "client%03d", i).p, "eplan", NULL);
	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	tx_init(&tx, &h->w->p, &nobody, h->w->a);
	tx.snap = snap;
	check_ok(session_list(&tx, SOMCHAI, &list));
	for (int i = 0; i < CLIENTS; i++) {
		const struct session_client c = {text(h->w, "client%03d", i), tx.now, tx.now};

		record_put(b, TABLE_SESSION_CLIENT, h->w->a,
			session_client_key(h->w->a, &list.v[0].s, c.client), &c, STORE_ANY);
	}
	store_snapshot_end(snap);
	put(h->w, b);
}

static void all_open_portals_are_listed_at_sign_out(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	note_portals(h);
	check_has(account_fixture_page(&h->b, "/account/sessions"), "data-part=\"portals-more\"");
	check_has(account_fixture_page(&h->b, "/account/sessions"),
		text(h->w, "และอีก %d ระบบ", CLIENTS - 10).p);
	assert_int_equal(
		occurrences(browse(&h->b, "/account/privacy/data").body, "\"client\":\"client"),
		CLIENTS);
	r = submit(&h->b, STR("/apps/logout"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/apps"), NULL));
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), CLIENTS);
}

/* Who logs in again in the same browser takes all of them along. */
static void a_new_login_keeps_all_of_them(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	note_portals(h);
	r = browse_s(&h->b, authorize_target(h->w, "portal", "&prompt=login"));
	r = pass_login(&h->b, &r);
	check_code(h->w, &r);
	r = submit(&h->b, STR("/apps/logout"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/apps"), NULL));
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), CLIENTS + 1);
}

/* --- rights --- */

static void consenting(struct client *c)
{
	c->consent_required = true;
}

static void consent_lists_every_right(void **state)
{
	struct account_fixture *h = *state;
	struct store_batch *b = store_batch_new(h->w->a);
	struct raw_answer r;

	for (int i = 0; i < 150; i++) {
		const struct role_grant g = {.subject_kind = ROLE_GRANT_PERSON,
			.subject = SOMCHAI,
			.system = STR("eplan"),
			.role = STR("recorder"),
			.office = text(h->w, "%06d", i)};

		role_grant_put(b, h->w->a, &g, STORE_ANY);
	}
	put(h->w, b);
	edit_client(h->w, "portal", consenting);
	log_in(&h->b, SOMCHAI_PID);
	r = browse_s(&h->b, authorize_target(h->w, "portal", ""));
	r = browse_s(&h->b, location(&r));
	check_page(&r, 200);
	assert_int_equal(occurrences(r.body, "<dt>สิทธิ์การใช้งาน</dt>"), 151);
	check_has(r.body, "000149");
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(name, account_fixture_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_events_can_be_reached),
		T(the_download_has_all_events),
		T(all_consents_can_be_reached),
		T(all_accounts_are_shown),
		T(every_office_names_whom_to_ask),
		T(all_systems_are_shown),
		T(all_open_portals_are_listed_at_sign_out),
		T(a_new_login_keeps_all_of_them),
		T(consent_lists_every_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

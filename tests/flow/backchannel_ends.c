/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every way in which a session, or the use of one portal in it, ends: its portals are notified,
 * each once. Attack rows 12 (session fixation, confusion of records) and 17 (somebody who may not
 * enter any more still gets tokens, and his portals go on).
 */
#include "flow/portals_fixture.h"

#include "directory/browser_session.h"
#include "directory/import/import.h"
#include "idp/logout/spread.h"
#include "support/administration.h"

/* --- the ways of the person --- */

static void by_launcher(struct portals_fixture *f)
{
	sign_out(f->b);
}

static void by_confirmation(struct portals_fixture *f)
{
	struct raw_answer page = browse(f->b, "/oauth2/logout");

	submit(f->b, STR("/oauth2/logout/confirm"),
		form_of(f->w, "csrf",
			str_dup_c(f->w->a, attribute(f->w, page.body, "name=\"csrf\" value=\"")),
			"request", "", "answer", "yes", NULL));
}

static void by_device_list_here(struct portals_fixture *f)
{
	account_form(f->b, "/account/sessions", "/account/sessions/end", "session",
		attribute(f->w, account_fixture_page(f->b, "/account/sessions"),
			"name=\"session\" value=\""));
}

static struct browser elsewhere(struct portals_fixture *f)
{
	struct browser there = {.w = f->w};

	fixture_advance_clock(f->w, 1);
	log_in(&there, SOMCHAI_PID);
	return there;
}

static void by_others_elsewhere(struct portals_fixture *f)
{
	struct browser there = elsewhere(f);

	account_form(&there, "/account/sessions", "/account/sessions/others", "x", STR("y"));
}

static void by_everywhere_elsewhere(struct portals_fixture *f)
{
	struct browser there = elsewhere(f);

	account_form(&there, "/account/sessions", "/account/sessions/everywhere", "x", STR("y"));
}

/* Five sessions are allowed: the sixth login ends the first. */
static void by_too_many_sessions(struct portals_fixture *f)
{
	for (int i = 0; i < 5; i++) {
		assert_int_equal(calls_to(f, "plan"), 0);
		elsewhere(f);
		run_queue(f);
	}
}

/* Another person logs in in the same browser: the first one's portals there end. */
static void by_another_person(struct portals_fixture *f)
{
	struct raw_answer r;

	fixture_grant(f->w, ROLE_GRANT_PERSON, f->h->malee, "eplan", "recorder");
	f->w->script.citizen_number = MALEE_PID;
	r = browse_s(f->b, authorize_target(f->w, "portal", "&prompt=login"));
	r = pass_login(f->b, &r);
	check_code(f->w, &r);
	f->w->script.citizen_number = SOMCHAI_PID;
}

static void by_not_me(struct portals_fixture *f)
{
	static const struct actor actor = {.kind = ACTOR_PERSON};
	struct security_notification n = {.kind = SECURITY_NOTIFICATION_PASSWORD_CHANGED,
		.username = STR(USERNAME),
		.office = STR("100")};
	struct person p;
	struct str link;
	struct tx tx;

	tx_init(&tx, &f->w->p, &actor, f->w->a);
	check_ok(tx_begin(&tx));
	check_ok(person_get(tx.snap, tx.a, SOMCHAI, &p, NULL));
	n.person = &p;
	security_notification_add(&tx, &n);
	tx_end(&tx);
	check_ok(store_commit(f->w->p.store, tx.batch));
	link = mailbox_link(f->w, mailbox_last(f->h->m, SOMCHAI_AT).text, "/not-me?t=");
	submit(f->b, STR("/not-me/close"),
		form_of(f->w, "t", str_dup_c(f->w->a, str_sub(link, strlen("/not-me?t="), link.n)),
			NULL));
}

/* --- the ways of administrators --- */

static void by_person_suspend(struct portals_fixture *f)
{
	const struct administrator who = administrator_of(&f->w->p);

	check_ok(admin_person_status(&who, f->w->a, SOMCHAI, STATUS_SUSPENDED, STR("test")));
}

static void import(struct portals_fixture *f, enum import_kind kind, const char *text)
{
	const struct administrator who = administrator_of(&f->w->p);
	const struct import_request request = {.kind = kind, .file = "f.csv", .text = str_c(text)};
	struct import_result result;
	struct buf errors;

	buf_init(&errors, f->w->a, IMPORT_ERRORS_BYTES);
	check_ok(import_csv(&who.app, &who.actor, &request, &errors, &result));
	assert_int_equal(result.changed, 1);
}

static void by_person_import(struct portals_fixture *f)
{
	import(f, IMPORT_PEOPLE, "citizen_number,given_th,status\n" SOMCHAI_PID ",ก,suspended\n");
}

static void by_grant_revoke(struct portals_fixture *f)
{
	const struct administrator who = administrator_of(&f->w->p);
	const struct grant_revoke_args args = {.system = STR("eplan"),
		.role = STR("recorder"),
		.office = STR("100"),
		.person = SOMCHAI};

	check_ok(admin_run(&who, f->w->a, &operation_grant_revoke, &args, NULL));
}

static void by_grant_import(struct portals_fixture *f)
{
	import(f, IMPORT_ROLE_GRANTS,
		"citizen_number,system,role,office,status\n" SOMCHAI_PID
		",eplan,recorder,100,suspended\n");
}

static void by_system_import(struct portals_fixture *f)
{
	import(f, IMPORT_SYSTEMS,
		"id,name_th,roles,status\neplan,แผน,recorder;approver,suspended\n");
}

static void by_office_import(struct portals_fixture *f)
{
	import(f, IMPORT_OFFICES, "code,name_th,status\n100,สำนักงานทดสอบ,suspended\n");
}

static void by_client_update(struct portals_fixture *f)
{
	const struct administrator who = administrator_of(&f->w->p);
	struct client_metadata_args args = {
		.file = STR("{\"client_id\":\"plan\",\"status\":\"suspended\"}")};

	check_ok(admin_run(&who, f->w->a, &operation_client_update, &args, NULL));
}

static const struct ending {
	const char *name;
	void (*end)(struct portals_fixture *f);
	bool stays; /* attack row 17: the session goes on; the portal alone is lost */
} endings[] = {
	{"launcher", by_launcher},
	{"confirmed at a portal's wish", by_confirmation},
	{"list of devices, this one", by_device_list_here},
	{"all other devices", by_others_elsewhere},
	{"everywhere", by_everywhere_elsewhere},
	{"one session too many", by_too_many_sessions},
	{"another person in the browser", by_another_person},
	{"this was not me", by_not_me},
	{"person suspend", by_person_suspend},
	{"import of a suspended person", by_person_import},
	{"grant revoke", by_grant_revoke, true},
	{"import of an ended grant", by_grant_import, true},
	{"import of a suspended system", by_system_import, true},
	{"import of a suspended office", by_office_import, true},
	{"client update to suspended", by_client_update, true},
};

static void every_end_notifies_its_portals_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endings); i++) {
		struct portals_fixture *f;
		struct raw_answer tokens, r;
		void *s;

		portals_fixture_set_up(&s);
		f = s;
		tokens = enter_portal(f, f->b, "plan");
		endings[i].end(f);
		/* Refresh is over at once, whether portals were notified or not. */
		r = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
		if (r.status != 400 && r.status != 401)
			fail_msg("%s: refreshed", endings[i].name);
		run_queue(f);
		if (calls_to(f, "plan") != 1)
			fail_msg("%s: notified %zu times", endings[i].name, calls_to(f, "plan"));
		check_str(text_claim(f->w, token_of(f, "plan"), "sid"),
			text_claim(f->w, member(f->w, &tokens, "id_token"), "sid"));
		/* And not again, whatever ends next. */
		if (endings[i].stays)
			by_everywhere_elsewhere(f);
		fixture_advance_clock(f->w, 100);
		run_queue(f);
		assert_int_equal(calls_to(f, "plan"), 1);
		portals_fixture_tear_down(&s);
	}
}

/* --- attack row 17 --- */

/* Somebody whose account is suspended: what it began ends, and what others entered as it. */
static void row_17_account_suspended_mid_session(void **state)
{
	struct portals_fixture *f = *state;
	const struct administrator who = administrator_of(&f->w->p);
	struct raw_answer tokens, r;

	fixture_grant(f->w, ROLE_GRANT_ACCOUNT, f->h->c->account, "eplan", "approver");
	/* Entered as the account; the session itself was begun by ThaID. */
	tokens = enter_portal(f, f->b, "plan");
	check_ok(admin_account_status(&who, f->w->a, STR(USERNAME), STATUS_SUSPENDED, STR("test")));
	r = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
	check_json_error(f->w, &r, 400, "invalid_grant");
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
	/* The person is still signed in here. */
	assert_true(account_fixture_is_logged_in(f->b));
}

/* Suspended and resumed before anybody looked: the portal is notified all the same. */
static void row_17_suspended_and_resumed(void **state)
{
	struct portals_fixture *f = *state;
	const struct administrator who = administrator_of(&f->w->p);

	fixture_grant(f->w, ROLE_GRANT_ACCOUNT, f->h->c->account, "eplan", "approver");
	enter_portal(f, f->b, "plan");
	fixture_advance_clock(f->w, 5);
	check_ok(admin_account_status(&who, f->w->a, STR(USERNAME), STATUS_SUSPENDED, STR("test")));
	check_ok(admin_account_status(&who, f->w->a, STR(USERNAME), STATUS_ACTIVE, STR("test")));
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

/* A second grant still lets the person in: nobody is notified, refresh goes on. */
static void row_17_another_grant_remains(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens, r;

	fixture_grant(f->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "approver");
	tokens = enter_portal(f, f->b, "plan");
	by_grant_revoke(f);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 0);
	r = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
	assert_int_equal(r.status, 200);
}

/* Of somebody in the first slice. */
static enum rc spoil_session(struct tx *tx, void *data)
{
	struct str key = store_key_expiring(tx->a, tx->now + 600, STR("spoiled"));

	(void)data;
	store_put(tx->batch, TABLE_SESSION, key, STR("no record"), STORE_ANY);
	store_put(tx->batch, TABLE_SESSION_BY_PERSON,
		key_join(tx->a, STR("----------------------"), STR("sid")), key, STORE_ANY);
	return RC_OK;
}

/* More people than one slice takes; each is judged, whatever cannot be read of one. */
static void row_17_everybody_in_slices(void **state)
{
	enum { PEOPLE = 2 * EVERYBODY_MAX + 3 };
	struct portals_fixture *f = *state;

	portal_client(f->w, "plan");
	for (int i = 0; i < PEOPLE; i++) {
		struct browser b = {.w = f->w};
		char *number = str_dup_c(f->w->a, text(f->w, "1999%09d", i));

		fixture_grant(f->w, ROLE_GRANT_PERSON,
			fixture_person(f->w, text(f->w, "p%04d", i).p, number), "eplan",
			"recorder");
		f->w->script.citizen_number = number;
		tokens_for(&b, "plan", "");
	}
	check_ok(tx_run(
		&f->w->p, &(const struct actor){.kind = ACTOR_JOB}, f->w->a, spoil_session, NULL));
	by_system_import(f);
	for (int i = 0; i < 4; i++)
		run_queue(f);
	assert_int_equal(calls_to(f, "plan"), PEOPLE);
	assert_int_equal(records(f->w, TABLE_ACCESS_RECHECK), 0);
}

/* Other systems' portals go on. */
static void row_17_only_the_systems_portals(void **state)
{
	struct portals_fixture *f = *state;

	fixture_system(f->w, "other");
	fixture_client(f->w, "there", "other", NULL);
	fixture_grant(f->w, ROLE_GRANT_PERSON, SOMCHAI, "other", "recorder");
	enter_portal(f, f->b, "plan");
	tokens_for(f->b, "there", "");
	by_grant_revoke(f);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_true(account_fixture_is_logged_in(f->b));
	assert_true(contains(account_fixture_page(f->b, "/account/sessions"), "พอร์ทัล"));
}

static int64_t grant_until;

static void end_grant_then(struct portals_fixture *f)
{
	struct store_batch *b = store_batch_new(f->w->a);
	const struct role_grant g = {.subject_kind = ROLE_GRANT_PERSON,
		.subject = SOMCHAI,
		.system = STR("eplan"),
		.role = STR("recorder"),
		.office = STR("100"),
		.until = grant_until};

	role_grant_put(b, f->w->a, &g, STORE_ANY);
	check_ok(store_commit(f->w->p.store, b));
}

/* Nobody changes anything: the grant's last day is over in the middle of a session. */
static void row_17_grant_ends_by_its_date(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens, r;

	grant_until = f->w->now_ms / 1000 + 1800;
	end_grant_then(f);
	tokens = enter_portal(f, f->b, "plan");
	fixture_advance_clock(f->w, 1799);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 0);
	fixture_advance_clock(f->w, 1);
	r = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
	check_json_error(f->w, &r, 400, "invalid_grant");
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

static void suspended(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

static void row_17_suspended_client_mints_nothing(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens = enter_portal(f, f->b, "plan"), r;

	edit_client(f->w, "plan", suspended);
	r = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
	assert_int_equal(r.status, 401);
	/* It is notified of a logout all the same. */
	sign_out(f->b);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

static void consenting(struct client *c)
{
	c->consent_required = true;
}

static void consent_that_is_withdrawn(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	portal_client(f->w, "plan");
	edit_client(f->w, "plan", consenting);
	log_in(f->b, SOMCHAI_PID);
	r = browse_s(f->b, authorize_target(f->w, "plan", ""));
	r = go_and_press(f->b, &r, "answer", "allow");
	check_code(f->w, &r);
	account_form(f->b, "/account/privacy", "/account/privacy/withdraw", "client", STR("plan"));
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

/* Session begun by password, which is then closed. */
static void password_that_is_closed(void **state)
{
	struct portals_fixture *f = *state;
	const struct administrator who = administrator_of(&f->w->p);

	account_fixture_log_in(f->h, f->b, PASSWORD);
	enter_portal(f, f->b, "plan");
	check_ok(admin_password_disabled(&who, f->w->a, STR(USERNAME), true, STR("test")));
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_false(account_fixture_is_logged_in(f->b));
}

/* --- what is no end --- */

static void a_new_login_of_the_same_person_is_no_end(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	enter_portal(f, f->b, "plan");
	fixture_advance_clock(f->w, 5);
	r = browse_s(f->b, authorize_target(f->w, "portal", "&prompt=login"));
	r = pass_login(f->b, &r);
	check_code(f->w, &r);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 0);
	/* The portals came along. */
	sign_out(f->b);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

static void entered_twice_is_told_once(void **state)
{
	struct portals_fixture *f = *state;

	enter_portal(f, f->b, "plan");
	fixture_advance_clock(f->w, 5);
	tokens_for(f->b, "plan", "");
	sign_out(f->b);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
}

/* Lost and granted again: a new entry is notified of its own end. */
static void an_entry_after_a_loss_is_told_again(void **state)
{
	struct portals_fixture *f = *state;

	enter_portal(f, f->b, "plan");
	by_grant_revoke(f);
	run_queue(f);
	fixture_grant(f->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	fixture_advance_clock(f->w, 5);
	tokens_for(f->b, "plan", "");
	assert_int_equal(calls_to(f, "plan"), 1);
	sign_out(f->b);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 2);
}

/* A code that is issued while the session ends: the login is refused, or the portal is notified. */
static void a_login_that_meets_the_end(void **state)
{
	struct portals_fixture *f = *state;
	const struct actor actor = {.kind = ACTOR_PERSON};
	struct session_list list;
	struct session_ref was;
	struct tx tx;
	struct op op = {.x = NULL};

	portal_client(f->w, "plan");
	log_in(f->b, SOMCHAI_PID);
	tx_init(&tx, &f->w->p, &actor, f->w->a);
	check_ok(tx_begin(&tx));
	check_ok(session_list(&tx, SOMCHAI, &list));
	assert_int_equal(list.n, 1);
	was = list.v[0];
	was.key = str_dup(f->w->a, was.key);
	op.tx = tx;
	check_ok(session_note_client(&op, &was,
		&(const struct session_entry){.client = STR("plan"), .system = STR("eplan")}));
	tx_end(&tx);
	sign_out(f->b);
	check_rc(store_commit(f->w->p.store, op.tx.batch), RC_CONFLICT);
}

/* --- attack row 12 --- */

/* A cookie planted before the login is not the session after it, and no record stands for another:
 * the handle of the page after signing out opens no session, and a session no such page. */
static void row_12_fixation_and_confusion(void **state)
{
	struct portals_fixture *f = *state;
	struct browser planted = {.w = f->w}, b = {.w = f->w};
	struct raw_answer r;
	struct str session, report;

	enter_portal(f, f->b, "plan");
	session = str_dup(f->w->a, cookie_of(f->b, "pratu_session"));
	r = browse(f->b, text(f->w, "/signed-out?r=%.*s", STR_FMT(session)).p);
	check_page(&r, 404);
	r = sign_out(f->b);
	report = attribute(f->w, r.body, "data-part=\"report\" href=\"/signed-out?r=");
	assert_true(str_starts(report, STR("pratu_so_")));
	r = raw_get(f->w->a, f->w->port, "/apps",
		text(f->w, "Cookie: pratu_session=%.*s\r\n", STR_FMT(report)).p);
	assert_int_equal(r.status, 303);
	/* The old session's cookie, planted in a browser that then logs in. */
	planted.names[0] = STR("pratu_session");
	planted.values[0] = session;
	planted.n = 1;
	log_in(&planted, SOMCHAI_PID);
	assert_false(str_eq(cookie_of(&planted, "pratu_session"), session));
	b.names[0] = STR("pratu_session");
	b.values[0] = session;
	b.n = 1;
	assert_false(account_fixture_is_logged_in(&b));
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(name, portals_fixture_set_up, portals_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_notifies_its_portals_once),
		T(row_17_account_suspended_mid_session),
		T(row_17_suspended_and_resumed),
		T(row_17_another_grant_remains),
		T(row_17_everybody_in_slices),
		T(row_17_only_the_systems_portals),
		T(row_17_grant_ends_by_its_date),
		T(row_17_suspended_client_mints_nothing),
		T(consent_that_is_withdrawn),
		T(password_that_is_closed),
		T(a_new_login_of_the_same_person_is_no_end),
		T(entered_twice_is_told_once),
		T(an_entry_after_a_loss_is_told_again),
		T(a_login_that_meets_the_end),
		T(row_12_fixation_and_confusion),
	};

	return cmocka_run_group_tests_name("flow/backchannel_ends", tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages of consents and data, and the language. */
#include "flow/account_fixture.h"

#define SELF "/account/privacy"

static void require_consent(struct client *c)
{
	c->consent_required = true;
}

static struct str agree(struct browser *b)
{
	struct raw_answer r =
		authorize(b, ask(b->w, "client_id=careful", "scope=openid offline_access", NULL));

	r = go_and_press(b, &r, "answer", "allow");
	return check_code(b->w, &r);
}

static struct raw_answer withdraw(struct browser *b, const char *csrf, const char *client)
{
	return submit(
		b, STR(SELF "/withdraw"), form_of(b->w, "csrf", csrf, "client", client, NULL));
}

static bool works(struct account_fixture *h, const struct raw_answer *tokens)
{
	struct raw_answer r = introspect(h->w, "careful", member(h->w, tokens, "access_token"));

	return is_active(&r);
}

static struct raw_answer without_page(struct browser *b)
{
	return authorize(b,
		ask(b->w, "client_id=careful", "scope=openid offline_access", "prompt=none", NULL));
}

static void withdrawing_kills_and_asks_again(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens, other, r;
	struct str page, code;

	fixture_client(h->w, "careful", "eplan", require_consent);
	log_in(&h->b, SOMCHAI_PID);
	tokens = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	other = tokens_for(&h->b, "portal", "");
	r = without_page(&h->b);
	code = check_code(h->w, &r);
	assert_true(works(h, &tokens));
	fixture_advance_clock(h->w, 5);
	page = account_fixture_page(&h->b, SELF);
	check_has(page, "ยังมีผล");
	check_has(page, "ใช้งานต่อเนื่องเมื่อท่านไม่อยู่");
	r = withdraw(&h->b, account_fixture_csrf(&h->b, SELF), "careful");
	assert_int_equal(r.status, 303);
	check_c(location(&r), SELF "?done=withdrawn");
	page = account_fixture_page(&h->b, SELF "?done=withdrawn");
	check_has(page, "ถอนความยินยอมเรียบร้อยแล้ว");
	assert_false(contains(page, "ยังมีผล"));
	/* Tokens, refresh, and a code given before: dead. Another portal's live. */
	assert_false(works(h, &tokens));
	r = refresh(h->w, "careful", member(h->w, &tokens, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
	r = redeem(h->w, "careful", code, CODE_VERIFIER);
	check_json_error(h->w, &r, 400, "invalid_grant");
	r = introspect(h->w, "portal", member(h->w, &other, "access_token"));
	assert_true(is_active(&r));
	r = without_page(&h->b);
	check_error(h->w, &r, "consent_required");
	assert_int_equal(audits(h->w, AUDIT_CONSENT_WITHDRAWN), 1);
	check_has(account_fixture_page(&h->b, "/account/activity"), "ถอนความยินยอม");
}

static void given_anew_the_old_record_stays(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens, again;
	struct str page;

	fixture_client(h->w, "careful", "eplan", require_consent);
	log_in(&h->b, SOMCHAI_PID);
	tokens = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	fixture_advance_clock(h->w, 1);
	withdraw(&h->b, account_fixture_csrf(&h->b, SELF), "careful");
	fixture_advance_clock(h->w, 86400);
	log_in(&h->b, SOMCHAI_PID);
	again = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	assert_true(works(h, &again));
	assert_false(works(h, &tokens));
	page = account_fixture_page(&h->b, SELF);
	assert_int_equal(occurrences(page, "ยังมีผล"), 1);
	assert_int_equal(occurrences(page, "ถอนเมื่อ"), 1);
	assert_int_equal(occurrences(page, "ข้อความที่แสดง ฉบับที่ 2"), 2);
	assert_int_equal(records(h->w, TABLE_CONSENT), 2);
}

/* Also at once, on the same day. */
static void given_anew_old_tokens_stay_dead(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens, again, r;

	fixture_client(h->w, "careful", "eplan", require_consent);
	log_in(&h->b, SOMCHAI_PID);
	tokens = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	fixture_advance_clock(h->w, 1);
	withdraw(&h->b, account_fixture_csrf(&h->b, SELF), "careful");
	fixture_advance_clock(h->w, 1);
	again = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	assert_true(works(h, &again));
	assert_false(works(h, &tokens));
	r = refresh(h->w, "careful", member(h->w, &tokens, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
}

static void two_tabs_and_others_consents(void **state)
{
	struct account_fixture *h = *state;
	struct browser hers = {.w = h->w};
	struct raw_answer tokens, r;
	const char *csrf;

	fixture_client(h->w, "careful", "eplan", require_consent);
	log_in(&h->b, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	tokens = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	/* Malee withdraws what she never gave; his stands. */
	r = withdraw(&hers, account_fixture_csrf(&hers, "/account/sessions"), "careful");
	assert_int_equal(r.status, 303);
	assert_true(works(h, &tokens));
	assert_false(contains(account_fixture_page(&hers, SELF), "careful"));
	csrf = account_fixture_csrf(&h->b, SELF);
	fixture_advance_clock(h->w, 1);
	for (int i = 0; i < 2; i++) {
		r = withdraw(&h->b, csrf, "careful");
		assert_int_equal(r.status, 303);
	}
	r = withdraw(&h->b, csrf, "");
	assert_int_equal(r.status, 303);
	assert_int_equal(audits(h->w, AUDIT_CONSENT_WITHDRAWN), 1);
}

static void privacy_forms_are_guarded(void **state)
{
	struct account_fixture *h = *state;
	struct browser hers = {.w = h->w}, none = {.w = h->w};
	const char *tokens[] = {"", "x", NULL};
	struct raw_answer given, r;

	fixture_client(h->w, "careful", "eplan", require_consent);
	log_in(&h->b, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	given = redeem(h->w, "careful", agree(&h->b), CODE_VERIFIER);
	fixture_advance_clock(h->w, 1);
	tokens[2] = account_fixture_csrf(&hers, "/account/sessions");
	for (size_t i = 0; i < COUNT(tokens); i++) {
		r = withdraw(&h->b, tokens[i], "careful");
		check_page(&r, 400);
		r = submit(&h->b, STR("/account/language"),
			form_of(h->w, "csrf", tokens[i], "lang", "en", NULL));
		check_page(&r, 400);
	}
	r = browse(&h->b, SELF "/withdraw");
	assert_int_equal(r.status, 405);
	r = withdraw(&none, tokens[2], "careful");
	check_login(&r);
	assert_true(works(h, &given));
}

/* Without consent_required nothing changes for portals of the government. */
static void first_party_portals_need_none(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens = tokens_for(&h->b, "portal", ""), r;

	r = introspect(h->w, "portal", member(h->w, &tokens, "access_token"));
	assert_true(is_active(&r));
	assert_int_equal(records(h->w, TABLE_CONSENT), 0);
	check_has(account_fixture_page(&h->b, SELF), "ยังไม่มีระบบใดขอความยินยอม");
}

static void all_that_is_stored_but_no_secret(void **state)
{
	static const char *const wanted[] = {"\"citizen_number\":\"" SOMCHAI_PID "\"",
		"\"username\":\"" USERNAME "\"", "\"email\":\"" SOMCHAI_AT "\"", "\"grants\":[{",
		"\"client\":\"careful\"", "\"text_version\":\"2\"", "\"sessions\":[{",
		"\"portals\":[{", "\"event\":\"login\"", "\"role\":\"recorder\"",
		"\"identity_proofs\":[{", "\"trust_framework\":"};
	static const char *const secret[] = {"argon2", "pid_hash", "pid_sealed", "history", "malee",
		"\"hash\"", "pratu_ss_", "ended_ms"};
	struct account_fixture *h = *state;
	struct json_value *document;
	struct raw_answer r;

	fixture_client(h->w, "careful", "eplan", require_consent);
	fixture_account(h->w, "malee.s", h->malee);
	log_in(&h->b, SOMCHAI_PID);
	agree(&h->b);
	r = browse(&h->b, SELF "/data");
	assert_int_equal(r.status, 200);
	check_c(raw_header(&r, "Content-Type"), "application/json");
	check_c(raw_header(&r, "Content-Disposition"), "attachment; filename=\"pratu.json\"");
	check_c(raw_header(&r, "Cache-Control"), "no-store");
	for (size_t i = 0; i < COUNT(wanted); i++)
		check_has(r.body, wanted[i]);
	for (size_t i = 0; i < COUNT(secret); i++)
		assert_false(contains(r.body, secret[i]));
	check_ok(json_value_parse(r.body, r.body.n, &document));
	json_value_free(document);
	assert_int_equal(audits(h->w, AUDIT_DATA_DOWNLOADED), 1);
}

static void data_only_after_a_fresh_login(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = browse(&h->b, SELF "/data");

	check_login(&r);
	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 601);
	r = browse(&h->b, SELF "/data");
	check_login(&r);
	assert_int_equal(audits(h->w, AUDIT_DATA_DOWNLOADED), 0);
	r = pass_login(&h->b, &r);
	check_c(location(&r), SELF "/data");
}

static void the_language_follows_the_person(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w}, chosen = {.w = h->w}, hers = {.w = h->w};
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	r = submit(&h->b, STR("/account/language"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), "lang", "en", NULL));
	assert_int_equal(r.status, 303);
	check_has(account_fixture_page(&h->b, "/account"), "<html lang=\"en\"");
	/* Elsewhere, by ThaID and by password; not where another was chosen, not for others. */
	log_in(&there, SOMCHAI_PID);
	check_has(account_fixture_page(&there, "/account"), "<html lang=\"en\"");
	there = (struct browser){.w = h->w};
	account_fixture_log_in(h, &there, PASSWORD);
	check_has(account_fixture_page(&there, "/account"), "<html lang=\"en\"");
	browse(&chosen, "/language?lang=th&return=/apps");
	log_in(&chosen, SOMCHAI_PID);
	check_has(account_fixture_page(&chosen, "/account"), "<html lang=\"th\"");
	log_in(&hers, MALEE_PID);
	check_has(account_fixture_page(&hers, "/account"), "<html lang=\"th\"");
	/* What is no language is none. */
	r = submit(&h->b, STR("/account/language"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), "lang", "xx", NULL));
	assert_int_equal(r.status, 303);
	check_has(account_fixture_page(&h->b, "/account"), "<html lang=\"en\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(withdrawing_kills_and_asks_again),
		T(given_anew_the_old_record_stays),
		T(given_anew_old_tokens_stay_dead),
		T(two_tabs_and_others_consents),
		T(privacy_forms_are_guarded),
		T(first_party_portals_need_none),
		T(all_that_is_stored_but_no_secret),
		T(data_only_after_a_fresh_login),
		T(the_language_follows_the_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Authorization details (RFC 9396): pushed by the client, shown to the person in full, agreed to
 * each time, and in what the client gets for them. The rules of their content: tests/unit/core/
 * details.c.
 */
#include "flow/helpers.h"

#define PAYMENT(amount)                                                                            \
	"{\"type\":\"payment_approval\",\"transaction_id\":\"T-1\",\"amount\":\"" amount           \
	"\",\"currency\":\"THB\",\"debtor_account\":\"1234567890\",\"items\":[{"                   \
	"\"creditor_name\":\"ร้าน "                                                        \
	"<b>ก</b>\",\"creditor_account\":\"9876543210\",\"amount\":\"" amount "\"}]}"
/* As our JSON has it. */
#define GRANTED(amount)                                                                            \
	"{\"type\":\"payment_approval\",\"transaction_id\":\"T-1\",\"amount\":\"" amount           \
	"\",\"currency\":\"THB\",\"debtor_account\":\"1234567890\",\"items\":[{"                   \
	"\"creditor_name\":\"ร้าน \\u003cb\\u003eก\\u003c/b\\u003e\","                   \
	"\"creditor_account\":\"9876543210\",\"amount\":\"" amount "\"}]}"
#define DETAILS      "authorization_details=[" PAYMENT("5000.00") "]"
#define BOTH_DETAILS "authorization_details=[" PAYMENT("5000.00") "," PAYMENT("7.00") "]"

static const struct str payment[] = {STR_INIT("payment_approval")};

static void for_payments(struct client *c)
{
	c->details_types = (struct strlist){payment, 1};
}

static void for_payments_jwt(struct client *c)
{
	for_payments(c);
	c->access_format = TOKEN_JWT;
}

static void for_payments_and_consent(struct client *c)
{
	for_payments(c);
	c->consent_required = true;
}

static struct fixture *rar_fixture(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_client(w, "bank", "eplan", for_payments);
	fixture_client(w, "bankjwt", "eplan", for_payments_jwt);
	fixture_client(w, "careful", "eplan", for_payments_and_consent);
	return w;
}

static struct raw_answer push_details(
	struct fixture *w, const char *client, const char *details, const char *more)
{
	return post_form(w, "/oauth2/par", client,
		ask(w, text(w, "client_id=%s", client).p, details, more ? more : "state=st-1",
			NULL));
}

/* Pushes and opens it in the browser. */
static struct raw_answer ask_details(
	struct browser *b, const char *client, const char *details, const char *more)
{
	struct raw_answer r = push_details(b->w, client, details, more);
	struct buf out;

	assert_int_equal(r.status, 201);
	buf_init(&out, b->w->a, 1024);
	buf_addf(&out, "/oauth2/authorize?client_id=%s&request_uri=", client);
	percent_encode(&out, member(b->w, &r, "request_uri"));
	return browse_s(b, buf_str(&out));
}

/* The same, agreed to: the answer of the token endpoint. */
static struct raw_answer approved(struct browser *b, const char *client, const char *details)
{
	struct raw_answer r = ask_details(b, client, details, NULL);

	check_login(&r);
	r = go_and_press(b, &r, "answer", "approve");
	return redeem(b->w, client, check_code(b->w, &r), CODE_VERIFIER);
}

/* All that stands in it is on the page, as text; and in the answers afterwards. */
static void shown_and_granted(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r, page;
	struct str access;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = ask_details(&b, "bank", DETAILS, NULL);
	check_login(&r);
	page = browse_s(&b, location(&r));
	check_page(&page, 200);
	check_has(page.body, "data-page=\"approve\"");
	check_has(page.body, "5,000.00 บาท");
	check_has(page.body, "ห้าพันบาทถ้วน");
	check_has(page.body, "ร้าน &lt;b&gt;ก&lt;/b&gt;");
	check_has(page.body, "9876543210");
	check_has(page.body, "ตรวจสอบข้อมูลให้ถูกต้องก่อนดำเนินการจ่ายเงิน");
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	r = press(&b, &page, "answer", "approve");
	r = redeem(w, "bank", check_code(w, &r), CODE_VERIFIER);
	check_has(r.body, "\"authorization_details\":[" GRANTED("5000.00") "]");
	access = member(w, &r, "access_token");
	r = introspect(w, "bank", access);
	check_has(r.body, "\"authorization_details\":[" GRANTED("5000.00") "]");
	assert_int_equal(audits(w, AUDIT_DETAILS_APPROVED), 1);
	fixture_free(w);
}

static void in_english(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = ask_details(&b, "bank", DETAILS, "ui_locales=en");
	r = browse_s(&b, location(&r));
	check_has(r.body, "5,000.00 baht");
	check_has(r.body, "five thousand baht only");
	fixture_free(w);
}

static void in_the_jwt(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;
	struct str access;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = approved(&b, "bankjwt", DETAILS);
	access = member(w, &r, "access_token");
	check_has(jwt_payload(w, access), "\"authorization_details\":[" GRANTED("5000.00") "]");
	assert_false(contains(jwt_payload(w, member(w, &r, "id_token")), "authorization_details"));
	/* Without details there is no member. */
	r = tokens_for(&b, "bankjwt", "");
	assert_false(contains(r.body, "authorization_details"));
	fixture_free(w);
}

/* RFC 9396 6: at the code and at each refresh all or less, never more. */
static void refresh_never_widens(void **state)
{
	static const struct {
		const char *asked, *error;
	} rows[] = {
		{"[" PAYMENT("7.00") "]", NULL},
		{"[" PAYMENT("7.01") "]", "invalid_authorization_details"},
		{"[" PAYMENT("7.00") "," PAYMENT("7.00") "]", "invalid_authorization_details"},
		{"[" PAYMENT("7.00") "," PAYMENT("9.00") "]", "invalid_authorization_details"},
		{"[{\"type\":\"none\"}]", "invalid_authorization_details"},
		{"[", "invalid_authorization_details"},
	};
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r, first;
	struct str token;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	first = approved(&b, "bank", BOTH_DETAILS);
	check_has(first.body, GRANTED("5000.00") "," GRANTED("7.00"));
	token = member(w, &first, "refresh_token");
	for (size_t i = 0; i < COUNT(rows); i++) {
		r = post_form(w, "/oauth2/token", "bank",
			form_of(w, "grant_type", "refresh_token", "refresh_token",
				str_dup_c(w->a, token), "authorization_details", rows[i].asked,
				NULL));
		if (rows[i].error) {
			check_json_error(w, &r, 400, rows[i].error);
			continue;
		}
		token = member(w, &r, "refresh_token");
		check_has(r.body, GRANTED("7.00"));
		assert_false(contains(r.body, GRANTED("5000.00")));
		r = introspect(w, "bank", member(w, &r, "access_token"));
		assert_false(contains(r.body, GRANTED("5000.00")));
	}
	/* What one token left out the authorization still has. */
	r = refresh(w, "bank", token);
	check_has(r.body, GRANTED("5000.00") "," GRANTED("7.00"));
	fixture_free(w);
}

static void for_payments_no_more(struct client *c)
{
	c->details_types = (struct strlist){NULL, 0};
}

/* The registration of today bounds every token (attack row 17), as it bounds scopes. */
static void type_taken_from_the_client(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = approved(&b, "bank", DETAILS);
	check_has(r.body, GRANTED("5000.00"));
	edit_client(w, "bank", for_payments_no_more);
	r = refresh(w, "bank", member(w, &r, "refresh_token"));
	assert_int_equal(r.status, 200);
	assert_false(contains(r.body, "authorization_details"));
	edit_client(w, "bank", for_payments);
	r = refresh(w, "bank", member(w, &r, "refresh_token"));
	check_has(r.body, GRANTED("5000.00"));
	fixture_free(w);
}

/* A client whose person agreed to nothing gets nothing by asking at the token endpoint. */
static void nothing_without_a_person(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = tokens_for(&b, "bank", "");
	r = post_form(w, "/oauth2/token", "bank",
		form_of(w, "grant_type", "refresh_token", "refresh_token",
			str_dup_c(w->a, member(w, &r, "refresh_token")), "authorization_details",
			"[" PAYMENT("7.00") "]", NULL));
	check_json_error(w, &r, 400, "invalid_authorization_details");
	fixture_free(w);
}

/* RFC 9396 5; one of each is enough here. */
static void refused_where_they_are_pushed(void **state)
{
	static const char *const bad[] = {"authorization_details=", "authorization_details={}",
		"authorization_details=[{\"type\":\"none\"}]",
		"authorization_details=[{\"type\":\"payment_approval\"}]",
		"authorization_details=[" PAYMENT("5,000.00") "]"};
	struct fixture *w = rar_fixture();
	struct raw_answer r;

	(void)state;
	r = push_details(w, "bank", bad[0], NULL); /* an empty parameter is an absent one */
	assert_int_equal(r.status, 201);
	for (size_t i = 1; i < COUNT(bad); i++) {
		r = push_details(w, "bank", bad[i], NULL);
		check_json_error(w, &r, 400, "invalid_authorization_details");
	}
	r = push_details(w, "portal", DETAILS, NULL); /* not registered for it */
	check_json_error(w, &r, 400, "invalid_authorization_details");
	fixture_free(w);
}

/* Through the browser it can be changed by the person or a script (traps, RAR). */
static void not_through_the_browser(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "client_id=bank", DETAILS, NULL));
	check_error(w, &r, "invalid_authorization_details");
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	fixture_free(w);
}

static void public_for_payments(struct client *c)
{
	for_payments(c);
	c->auth_method = CLIENT_AUTH_NONE;
}

/* Anybody may push in the name of a client without a secret: a payment of his own making would be
 * shown to the person as the portal's. */
static void not_of_a_client_without_a_secret(void **state)
{
	struct fixture *w = rar_fixture();
	struct raw_answer r;

	(void)state;
	fixture_client(w, "app", "eplan", public_for_payments);
	r = raw_post(w->a, w->port, "/oauth2/par", NULL, ask(w, "client_id=app", DETAILS, NULL));
	check_json_error(w, &r, 400, "invalid_authorization_details");
	r = raw_post(w->a, w->port, "/oauth2/par", NULL, ask(w, "client_id=app", NULL));
	assert_int_equal(r.status, 201);
	fixture_free(w);
}

/* Agreed to each time, also by whoever agreed before; and never silently. */
static void never_remembered(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	approved(&b, "bank", DETAILS);
	r = ask_details(&b, "bank", DETAILS, NULL);
	check_login(&r);
	r = ask_details(&b, "bank", DETAILS, "prompt=none");
	check_error(w, &r, "consent_required");
	fixture_free(w);
}

static void refused_by_the_person(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = ask_details(&b, "bank", DETAILS, NULL);
	r = go_and_press(&b, &r, "answer", "refuse");
	check_error(w, &r, "access_denied");
	assert_int_equal(audits(w, AUDIT_DETAILS_REFUSED), 1);
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	fixture_free(w);
}

/* Consent to what is shared is one question, the transaction another. */
static void after_consent(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = ask_details(&b, "careful", DETAILS, NULL);
	check_login(&r);
	r = go_and_press(&b, &r, "answer", "allow");
	check_login(&r);
	assert_int_equal(audits(w, AUDIT_DETAILS_APPROVED), 0);
	r = go_and_press(&b, &r, "answer", "approve");
	check_code(w, &r);
	fixture_free(w);
}

/* The form of another session, a wrong token, an empty answer: nothing is agreed to. */
static void forged_approvals(void **state)
{
	struct fixture *w = rar_fixture();
	struct browser b = {.w = w}, other = {.w = w};
	struct raw_answer r, page;
	struct str action, step;

	(void)state;
	fixture_grant(w, ROLE_GRANT_PERSON, fixture_person(w, "malee", "1234567890139"), "eplan",
		"recorder");
	log_in(&b, SOMCHAI_PID);
	log_in(&other, "1234567890139");
	r = ask_details(&b, "bank", DETAILS, NULL);
	page = browse_s(&b, location(&r));
	action = attribute(w, page.body, "action=\"/login/approve");
	action = text(w, "/login/approve%.*s", STR_FMT(action));
	step = attribute(w, page.body, "name=\"step\" value=\"");
	r = submit(&b, action, form_of(w, "step", "x", "answer", "approve", NULL));
	check_page(&r, 400);
	r = submit(&b, action, form_of(w, "answer", "approve", NULL));
	check_page(&r, 400);
	r = submit(&other, action,
		form_of(w, "step", str_dup_c(w->a, step), "answer", "approve", NULL));
	check_page(&r, 400);
	/* A browser without its cookies. */
	b.n = 0;
	r = submit(
		&b, action, form_of(w, "step", str_dup_c(w->a, step), "answer", "approve", NULL));
	check_page(&r, 400);
	assert_int_equal(audits(w, AUDIT_DETAILS_APPROVED), 0);
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_and_granted),
		cmocka_unit_test(in_english),
		cmocka_unit_test(in_the_jwt),
		cmocka_unit_test(refresh_never_widens),
		cmocka_unit_test(type_taken_from_the_client),
		cmocka_unit_test(nothing_without_a_person),
		cmocka_unit_test(refused_where_they_are_pushed),
		cmocka_unit_test(not_through_the_browser),
		cmocka_unit_test(not_of_a_client_without_a_secret),
		cmocka_unit_test(never_remembered),
		cmocka_unit_test(refused_by_the_person),
		cmocka_unit_test(after_consent),
		cmocka_unit_test(forged_approvals),
	};

	return cmocka_run_group_tests_name("authorization details", tests, NULL, NULL);
}

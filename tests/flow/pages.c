/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attack row 16: hostile text in everything that is shown, stored or sent, on every page of the
 * provider; each page is read tag by tag. */
#include "flow/helpers.h"

#include "directory/directory.h"

#define EVIL "\"'><x-evil onload=alert(1) style=x>&lt;/title><script>evil()</script>"

/* --- a reader of our own pages: strict, for what it does not know is what must not be there --- */

struct tag {
	struct str name;
	bool end;
};

static bool good_target(struct str url)
{
	static const char *const starts[] = {"https://", "http://", "mailto:", "tel:", "#",
		"about:invalid" /* what stands for a link that is none */};

	if (str_starts(url, STR("/")))
		return !str_starts(url, STR("//"));
	for (size_t i = 0; i < COUNT(starts); i++)
		if (str_starts(url, str_c(starts[i])))
			return true;
	return false;
}

static void check_attribute(struct fixture *w, struct str name, struct str value)
{
	static const char *const links[] = {"href", "src", "action", "formaction"};

	if (str_starts(name, STR("on")) || str_eq_c(name, "style") || contains(name, "evil"))
		fail_msg("attribute %.*s", STR_FMT(name));
	for (size_t i = 0; i < COUNT(links); i++)
		if (str_eq_c(name, links[i]) && !good_target(unescaped(w, value)))
			fail_msg("%s=\"%.*s\"", links[i], STR_FMT(value));
}

/* Reads one tag after its '<'; attribute values must be quoted. */
static struct tag read_tag(struct fixture *w, struct str *rest)
{
	struct tag tag = {.end = str_starts(*rest, STR("/"))};
	size_t n = 0;

	*rest = str_sub(*rest, tag.end, rest->n);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '>' && rest->p[n] != '\n')
		n++;
	tag.name = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->n);
	while (rest->n && rest->p[0] != '>') {
		size_t step = 0;
		struct str name, value = STR_NONE;

		while (step < rest->n && !strchr(" =>\n/", rest->p[step]))
			step++;
		if (!step) {
			*rest = str_sub(*rest, 1, rest->n);
			continue;
		}
		name = str_sub(*rest, 0, step);
		*rest = str_sub(*rest, step, rest->n);
		if (str_starts(*rest, STR("="))) {
			assert_true(str_starts(*rest, STR("=\"")));
			value = str_sub(*rest, 2, str_find(str_sub(*rest, 2, rest->n), '"'));
			*rest = str_sub(*rest, value.n + 3, rest->n);
		}
		check_attribute(w, name, value);
	}
	*rest = str_sub(*rest, 1, rest->n);
	return tag;
}

static void read_page(struct fixture *w, const struct raw_answer *r)
{
	static const char *const never[] = {
		"img", "iframe", "object", "embed", "base", "style", "template", "frame"};
	struct str rest = r->body, nonce = raw_header(r, "Content-Security-Policy");
	size_t at, tags = 0;

	nonce = str_sub(nonce,
		(size_t)((const char *)memmem(nonce.p, nonce.n, "'nonce-", 7) - nonce.p) + 7,
		nonce.n);
	nonce = str_sub(nonce, 0, str_find(nonce, '\''));
	assert_true(nonce.n >= 16);
	while ((at = str_find(rest, '<')) < rest.n) {
		struct tag tag;

		rest = str_sub(rest, at + 1, rest.n);
		tag = read_tag(w, &rest);
		tags++;
		assert_false(contains(tag.name, "evil"));
		for (size_t i = 0; i < COUNT(never); i++)
			assert_false(str_eq_c(tag.name, never[i]));
		if (!str_eq_c(tag.name, "script") || tag.end)
			continue;
		/* A file of ours under the policy's nonce, and nothing inline. */
		assert_true(str_starts(rest, STR("</script>")));
		check_has(r->body, text(w, "nonce=\"%.*s\"", STR_FMT(nonce)).p);
	}
	assert_true(tags > 10);
}

static void check_shown(struct fixture *w, const struct raw_answer *r, int status, bool with_evil)
{
	check_page(r, status);
	read_page(w, r);
	assert_false(contains(r->body, "<x-evil"));
	assert_int_equal(contains(r->body, "x-evil"), with_evil);
}

/* --- hostile records --- */

static void evil_client(struct client *c)
{
	c->name = c->name_th = STR(EVIL);
	c->client_uri = c->policy_uri = c->tos_uri = STR("javascript:evil()");
}

static void evil_consent(struct client *c)
{
	evil_client(c);
	c->consent_required = true;
}

static void evil_system(struct system *s)
{
	static const struct str names[] = {STR_INIT(EVIL), STR_INIT(EVIL)};

	s->name_th = s->name_en = s->about_th = s->about_en = STR(EVIL);
	s->role_names_th = s->role_names_en = (struct strlist){names, 2};
	s->launch_url = STR("javascript:evil()");
}

static void evil_person(struct person *p)
{
	p->title_th = p->given_th = p->family_th = p->given_en = p->family_en = STR(EVIL);
}

static void evil_account(struct account *c)
{
	c->position = STR(EVIL);
}

static struct fixture *evil_world(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct store_batch *b = store_batch_new(w->a);
	const struct office office = {.code = STR("666"),
		.name_th = STR(EVIL),
		.name_en = STR(EVIL),
		.admin_name = STR(EVIL),
		.admin_phone = STR(EVIL),
		.admin_email = STR(EVIL)};

	office_put(b, w->a, &office, STORE_ABSENT);
	check_ok(store_commit(w->p.store, b));
	edit_client(w, "portal", evil_client);
	fixture_client(w, "careful", "eplan", evil_consent);
	edit_system(w, "eplan", evil_system);
	edit_person(w, SOMCHAI, evil_person);
	return w;
}

static void in_evil_office(struct system *s)
{
	s->office = STR("666");
}

static void in_evil_office_too(struct account *c)
{
	c->office = STR("666");
	evil_account(c);
}

/* --- every page --- */

static void pages_of_the_login(void **state)
{
	struct fixture *w = evil_world();
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL)), page;

	page = browse_s(&b, location(&r));
	check_shown(w, &page, 200, true);
	w->script.outcome = AUTH_CANCELLED;
	w->script.why = EVIL;
	page = pass_login(&b, &r);
	check_shown(w, &page, 200, true);
	w->script.outcome = AUTH_REASON_NONE;
	w->script.citizen_number = "1111111111119";
	page = pass_login(&b, &r);
	check_shown(w, &page, 403, true);
	w->script.citizen_number = SOMCHAI_PID;
	log_in(&b, SOMCHAI_PID);
	edit_account(w, fixture_account(w, "A1", SOMCHAI), evil_account);
	r = authorize(&b, ask(w, "prompt=select_account", NULL));
	page = browse_s(&b, location(&r));
	check_shown(w, &page, 200, true);
	r = authorize(&b, ask(w, "client_id=careful", NULL));
	page = browse_s(&b, location(&r));
	check_shown(w, &page, 200, true);
	/* The restart page leads to the system's own page only when that is one. */
	page = browse_s(&(struct browser){.w = w}, location(&r));
	check_shown(w, &page, 400, true);
	fixture_free(w);
}

static void suspend_account(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

static void pages_that_refuse(void **state)
{
	struct fixture *w = evil_world();
	struct browser b = {.w = w};
	struct raw_answer r, page;
	struct str account = fixture_account(w, "A1", SOMCHAI);

	edit_account(w, account, in_evil_office_too);
	edit_system(w, "eplan", in_evil_office);
	log_in(&b, SOMCHAI_PID);
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	for (int i = 0; i < 2; i++) {
		r = authorize(&b, ask(w, NULL));
		page = browse_s(&b, location(&r));
		check_shown(w, &page, 403, true);
		fixture_grant(w, ROLE_GRANT_ACCOUNT, account, "eplan", "recorder");
		edit_account(w, account, suspend_account);
	}
	fixture_free(w);
}

static void pages_of_the_launcher(void **state)
{
	struct fixture *w = evil_world();
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	edit_account(w, fixture_account(w, "A1", SOMCHAI), in_evil_office_too);
	r = browse(&b, "/apps");
	check_shown(w, &r, 200, true);
	r = browse(&b, "/apps?done=%22%3E%3Cx-evil%3E");
	check_shown(w, &r, 200, true);
	r = browse(&b, "/oauth2/logout?client_id=portal&state=%22%3E%3Cx-evil%3E");
	check_shown(w, &r, 200, true);
	fixture_free(w);
}

/* The browser tells who it is: that is foreign text too. */
static void user_agent_is_foreign_text(void **state)
{
	static const char *const agents[] = {EVIL, "x\xff\xfe", "Mozilla/5.0 <x-evil>"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(agents); i++) {
		struct browser b = {.w = w};
		struct raw_answer r = browse(&b, "/apps");
		struct str back = return_of(&b, &r);
		const char *headers = text(w, "User-Agent: %s\r\nCookie: pratu_browser=%.*s\r\n",
			agents[i], STR_FMT(cookie_of(&b, "pratu_browser")))
					      .p;

		r = raw_get(w->a, w->port, str_dup_c(w->a, back), headers);
		assert_int_equal(r.status, 303);
	}
	struct browser b = {.w = w};
	log_in(&b, SOMCHAI_PID);
	struct raw_answer r = browse(&b, "/apps");
	check_shown(w, &r, 200, false);
	fixture_free(w);
}

static void what_a_request_reflects(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	const struct str forms[] = {
		ask(w, "client_id=" EVIL, NULL),
		ask(w, "redirect_uri=" EVIL, NULL),
		ask(w, "redirect_uri=javascript:evil()//x-evil", NULL),
		ask(w, "redirect_uri=https://portal.test/cb?x-evil", NULL),
	};
	for (size_t i = 0; i < COUNT(forms); i++) {
		r = authorize(&b, forms[i]);
		check_shown(w, &r, 400, true);
		assert_false(contains(r.body, "href=\"https://portal.test/cb?x-evil"));
	}
	r = authorize(&b, ask(w, "response_mode=form_post", "state=" EVIL, NULL));
	check_shown(w, &r, 200, true);
	const char *const others[] = {"/login?i=%22%3E%3Cx-evil%3E",
		"/upstream/thaid/callback?state=%22%3E%3Cx-evil%3E.x&code=%3Cx-evil%3E",
		"/oauth2/logout/%22%3E%3Cx-evil%3E", "/%22%3E%3Cx-evil%3E",
		"/upstream/%3Cx-evil%3E/callback"};
	for (size_t i = 0; i < COUNT(others); i++) {
		r = browse(&b, others[i]);
		assert_true(r.status >= 400);
		if (contains(raw_header(&r, "Content-Type"), "html"))
			check_shown(w, &r, r.status, false);
		else
			assert_false(contains(r.body, "x-evil"));
	}
	fixture_free(w);
}

static void nonce_is_new_each_time(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL)), one, two;

	one = browse_s(&b, location(&r));
	two = browse_s(&b, location(&r));
	check_page(&one, 200);
	assert_false(str_eq(raw_header(&one, "Content-Security-Policy"),
		raw_header(&two, "Content-Security-Policy")));
	check_has(raw_header(&one, "Content-Security-Policy"), "frame-ancestors 'none'");
	check_has(raw_header(&one, "Content-Security-Policy"), "base-uri 'none'");
	check_c(raw_header(&one, "Cache-Control"), "no-store");
	check_c(raw_header(&one, "X-Content-Type-Options"), "nosniff");
	check_c(raw_header(&one, "Referrer-Policy"), "same-origin");
	fixture_free(w);
}

static void evil_payments(struct client *c)
{
	static const struct str types[] = {STR_INIT("payment_approval")};

	evil_client(c);
	c->details_types = (struct strlist){types, 1};
}

/* What a client writes into a transaction is text, in each field that may hold any. */
static void page_that_asks_to_approve(void **state)
{
	struct fixture *w = evil_world();
	struct browser b = {.w = w};
	struct raw_answer r;
	struct buf details, target;
	struct json_writer j;

	(void)state;
	fixture_client(w, "bank", "eplan", evil_payments);
	log_in(&b, SOMCHAI_PID);
	buf_init(&details, w->a, 8192);
	json_writer_init(&j, &details);
	json_write_array(&j);
	json_write_object(&j);
	json_add_str(&j, "type", STR("payment_approval"));
	json_add_str(&j, "transaction_id", STR("T-1"));
	json_add_str(&j, "amount", STR("1.00"));
	json_add_str(&j, "currency", STR("THB"));
	json_add_str(&j, "debtor_name", STR(EVIL));
	json_add_str(&j, "debtor_account", STR("1234567890"));
	json_add_str(&j, "purpose", STR(EVIL));
	json_add_raw(&j, "items",
		STR("[{\"creditor_name\":\"<x-evil>\",\"creditor_bank\":\"<x-evil>\","
		    "\"creditor_account\":\"987654\",\"amount\":\"1.00\"}]"));
	json_write_object_end(&j);
	json_write_array_end(&j);
	r = post_form(w, "/oauth2/par", "bank",
		ask(w, "client_id=bank",
			text(w, "authorization_details=%.*s", STR_FMT(buf_str(&details))).p, NULL));
	assert_int_equal(r.status, 201);
	buf_init(&target, w->a, 1024);
	buf_add_c(&target, "/oauth2/authorize?client_id=bank&request_uri=");
	percent_encode(&target, member(w, &r, "request_uri"));
	r = browse_s(&b, buf_str(&target));
	r = browse_s(&b, location(&r));
	check_shown(w, &r, 200, true);
	check_has(r.body, "data-page=\"approve\"");
	assert_true(occurrences(r.body, "&lt;x-evil") >= 4);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_the_login),
		cmocka_unit_test(pages_that_refuse),
		cmocka_unit_test(page_that_asks_to_approve),
		cmocka_unit_test(pages_of_the_launcher),
		cmocka_unit_test(user_agent_is_foreign_text),
		cmocka_unit_test(what_a_request_reflects),
		cmocka_unit_test(nonce_is_new_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

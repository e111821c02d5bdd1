/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind A: one request never ends the server. People with very many rights, ended or not: pages,
 * tokens, userinfo and introspection have all of them or say that they do not, and who asks for
 * more memory than one request may have is refused alone.
 */
#include <pthread.h>

#include "flow/helpers.h"

#include "idp/account/apps.h"
#include "idp/oauth/claims.h"
#include "obs/metrics.h"

#define TOO_MANY 300000 /* their decoded form is larger than ARENA_MAX */

struct lot {
	enum role_grant_subject kind;
	struct str subject;
	const char *system, *role;
	int first, n;
	int64_t until;
};

static void give(struct fixture *w, const struct lot *lot)
{
	struct store_batch *b = store_batch_new(w->a);

	for (int i = lot->first; i < lot->first + lot->n; i++) {
		const struct role_grant g = {.subject_kind = lot->kind,
			.subject = lot->subject,
			.system = str_c(lot->system),
			.role = str_c(lot->role),
			.office = text(w, "%06d", i),
			.until = lot->until};

		role_grant_put(b, w->a, &g, STORE_ANY);
	}
	check_ok(store_commit(w->p.store, b));
}

static void own(struct fixture *w, const char *system, int n, int64_t until)
{
	give(w, &(const struct lot){.kind = ROLE_GRANT_PERSON,
			.subject = SOMCHAI,
			.system = system,
			.role = "recorder",
			.n = n,
			.until = until});
}

static bool still_there(struct fixture *w)
{
	struct browser other = {.w = w};

	return browse(&other, "/oauth2/jwks").status == 200;
}

/* b4adb63 aborted: each ended right was judged by reading all of them again. */
static void ended_rights_of_many_years(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_system(w, "old");
	own(w, "old", 600, w->now_ms / 1000 - 1);
	log_in(&b, SOMCHAI_PID);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	assert_int_equal(occurrences(r.body, "data-part=\"system\""), 1);
	assert_true(still_there(w));
	fixture_free(w);
}

/* Ended rights take no place of a good one. */
static void a_right_behind_ended_ones(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	own(w, "eplan", 600, w->now_ms / 1000 - 1);
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	give(w, &(const struct lot){.kind = ROLE_GRANT_PERSON,
			.subject = SOMCHAI,
			.system = "eplan",
			.role = "recorder",
			.first = 999999,
			.n = 1});
	assert_true(login_for_code(&b, "portal", "").n > 0);
	fixture_free(w);
}

/* --- lists --- */

static size_t rights_in(struct str json)
{
	return occurrences(json, "{\"role\":");
}

static void jwt_tokens(struct client *c)
{
	c->access_format = TOKEN_JWT;
}

static void check_lists(int n, size_t in_token, bool says_so)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens, r;
	struct str id, access;

	edit_client(w, "portal", jwt_tokens);
	own(w, "eplan", n - 1, 0); /* one he has */
	tokens = tokens_for(&b, "portal", "");
	id = jwt_payload(w, member(w, &tokens, "id_token"));
	access = jwt_payload(w, member(w, &tokens, "access_token"));
	assert_int_equal(rights_in(id), in_token);
	assert_int_equal(rights_in(access), in_token);
	assert_int_equal(contains(id, "rights_total"), says_so);
	assert_int_equal(contains(access, "rights_total"), says_so);
	if (says_so)
		assert_int_equal(
			number_claim(w, member(w, &tokens, "id_token"), "rights_total"), n);
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	assert_int_equal(rights_in(r.body), n);
	assert_false(contains(r.body, "rights_total"));
	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	assert_int_equal(rights_in(r.body), n);
	fixture_free(w);
}

/* b4adb63 gave 64 of 71 everywhere and said nothing. */
static void lists_are_whole_or_say_so(void **state)
{
	check_lists(TOKEN_RIGHTS_MAX, TOKEN_RIGHTS_MAX, false);
	check_lists(TOKEN_RIGHTS_MAX + 1, TOKEN_RIGHTS_MAX, true);
	check_lists(71, TOKEN_RIGHTS_MAX, true);
	check_lists(1024, TOKEN_RIGHTS_MAX, true);
}

/* The line of the log; the server's threads write it. */
struct cut_line {
	pthread_mutex_t lock;
	char text[2048];
	size_t n;
};

static void keep_cut(void *data, struct str line)
{
	struct cut_line *cut = data;

	if (!contains(line, "rights_cut"))
		return;
	assert_true(line.n <= sizeof(cut->text));
	pthread_mutex_lock(&cut->lock);
	memcpy(cut->text, line.p, line.n);
	cut->n = line.n;
	pthread_mutex_unlock(&cut->lock);
}

static void a_cut_list_is_logged(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	static struct cut_line cut = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct str line;

	own(w, "eplan", 70, 0);
	log_set_sink(keep_cut, &cut);
	tokens_for(&b, "portal", "");
	pthread_mutex_lock(&cut.lock);
	line = str_dup(w->a, (struct str){cut.text, cut.n});
	pthread_mutex_unlock(&cut.lock);
	check_has(line, "\"total\":71");
	check_has(line, "portal");
	fixture_free(w);
}

/* --- pages --- */

static void the_launcher_counts_what_it_leaves_out(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	for (int i = 0; i < 3; i++)
		give(w, &(const struct lot){.kind = ROLE_GRANT_ACCOUNT,
				.subject = fixture_account(w, text(w, "a%d", i).p, SOMCHAI),
				.system = "eplan",
				.role = "recorder",
				.first = 1000 * i,
				.n = 200});
	log_in(&b, SOMCHAI_PID);
	browse(&b, "/language?lang=en&return=/apps");
	r = browse(&b, "/apps");
	check_page(&r, 200);
	/* 600 of three accounts and one of his own, which stands once. */
	assert_int_equal(occurrences(r.body, "data-part=\"grant\""), APPS_RIGHTS_MAX);
	check_has(r.body, "data-part=\"grants-more\">and 89 more");
	fixture_free(w);
}

/* Person, rights, page: past what a request may have. Nothing of it is stored, the next one goes.
 */
static void too_much_is_refused_alone(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, other = {.w = w};
	size_t events;
	struct raw_answer r;

	fixture_person(w, "malee", "1234567890139");
	log_in(&b, SOMCHAI_PID);
	own(w, "eplan", TOO_MANY, 0);
	events = audits(w, AUDIT_DATA_DOWNLOADED);
	r = browse(&b, "/apps");
	check_page(&r, 500);
	r = authorize(&b, ask(w, NULL));
	check_page(&r, 500);
	r = browse(&b, "/account/privacy/data");
	assert_int_equal(r.status, 200);
	check_has(r.body, "grants_left_out");
	assert_int_equal(audits(w, AUDIT_DATA_DOWNLOADED), events + 1);
	assert_true(still_there(w));
	log_in(&other, "1234567890139");
	r = browse(&other, "/apps");
	check_page(&r, 200);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ended_rights_of_many_years),
		cmocka_unit_test(a_right_behind_ended_ones),
		cmocka_unit_test(lists_are_whole_or_say_so),
		cmocka_unit_test(a_cut_list_is_logged),
		cmocka_unit_test(the_launcher_counts_what_it_leaves_out),
		cmocka_unit_test(too_much_is_refused_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

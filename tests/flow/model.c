/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Random walks of two browsers, two people and three portals against a small model of who may what.
 * Whatever the order of requests: no code without a login and a right (and consent where it is
 * asked for), no token for another client, nothing from what has ended. The model only says what
 * must not succeed; the other flow tests say what must.
 */
#include "flow/helpers.h"
#include "support/random_walk.h"

#include "directory/directory.h"

enum { BROWSERS = 2, PEOPLE = 2, CLIENTS = 3, SYSTEMS = 2, KEPT = 40, STEPS = 250, WALKS = 12 };

static const char *const numbers[] = {SOMCHAI_PID, "1234567890139", "1111111111119"};
static const char *const names[] = {"somchai", "malee"};
static const char *const clients[CLIENTS] = {"portal", "careful", "second"};
static const char *const systems[SYSTEMS] = {"eplan", "gfmis"};
static const int system_of[CLIENTS] = {0, 0, 1};

struct issued_token {
	int client, person, session;
	bool offline, used, dead;
	struct str text; /* a code, or a refresh token */
	struct str access;
	size_t authorization; /* of a token: index of its code */
};

struct protocol_model {
	struct fixture *w;
	struct browser b[BROWSERS];
	struct str id[PEOPLE];
	int who[BROWSERS];     /* person, or -1 */
	int session[BROWSERS]; /* number of the session in the browser */
	int sessions;
	struct raw_answer page[BROWSERS];
	int shown_to[BROWSERS];
	struct str login[BROWSERS], back[BROWSERS];
	bool right[PEOPLE][SYSTEMS], suspended[PEOPLE], agreed[PEOPLE];
	struct issued_token codes[KEPT], tokens[KEPT];
	size_t n_codes, n_tokens;
	size_t gave_codes, gave_tokens, gave_refresh;
};

static void careful(struct client *c)
{
	c->consent_required = true;
}

static struct protocol_model model_new(void)
{
	struct protocol_model m = {.w = fixture_new(FIXTURE_MEM), .who = {-1, -1}};

	fixture_office(m.w, "100", "");
	for (int i = 0; i < SYSTEMS; i++)
		fixture_system(m.w, systems[i]);
	for (int i = 0; i < CLIENTS; i++)
		fixture_client(m.w, clients[i], systems[system_of[i]], i == 1 ? careful : NULL);
	for (int i = 0; i < PEOPLE; i++) {
		m.id[i] = fixture_person(m.w, names[i], numbers[i]);
		fixture_grant(m.w, ROLE_GRANT_PERSON, m.id[i], systems[i], "recorder");
		m.right[i][i] = true;
	}
	for (int i = 0; i < BROWSERS; i++)
		m.b[i] = (struct browser){.w = m.w};
	return m;
}

static bool may(const struct protocol_model *m, int person, int client)
{
	return m->right[person][system_of[client]] && !m->suspended[person];
}

static void end_session(struct protocol_model *m, int session)
{
	for (size_t i = 0; i < KEPT; i++) {
		m->tokens[i].dead |= m->tokens[i].session == session && !m->tokens[i].offline;
		m->codes[i].dead |= m->codes[i].session == session;
	}
}

/* What an answer to a browser says about the login; takes codes. */
static void take_answer(struct protocol_model *m, int b, const struct raw_answer *r)
{
	struct str url = location(r), code = url_param(m->w, url, "code");
	struct str state = url_param(m->w, url, "state");
	int client;

	if (r->status != 303)
		return;
	if (str_starts(url, STR("/login?")))
		m->login[b] = url;
	if (!str_starts(code, STR("pratu_ac_")))
		return;
	client = state.p[0] - '0';
	assert_true(m->who[b] >= 0);
	assert_true(may(m, m->who[b], client));
	assert_true(client != 1 || m->agreed[m->who[b]]);
	m->codes[m->n_codes++ % KEPT] = (struct issued_token){.client = client,
		.person = m->who[b],
		.session = m->session[b],
		.offline = state.p[1] == 'o',
		.text = code};
	m->gave_codes++;
}

static void do_authorize(struct protocol_model *m, int b)
{
	static const char *const extras[] = {"-none", "-none", "-none", "prompt=none",
		"prompt=login", "prompt=select_account", "prompt=consent", "max_age=100"};
	int client = (int)walk_pick(CLIENTS);
	bool offline = walk_pick(2);
	struct raw_answer r = authorize(&m->b[b],
		ask(m->w, text(m->w, "client_id=%s", clients[client]).p, extras[walk_pick(8)],
			text(m->w, "state=%d%s", client, offline ? "o" : "x").p,
			offline ? "scope=openid offline_access" : "scope=openid", NULL));

	take_answer(m, b, &r);
}

static void do_page(struct protocol_model *m, int b)
{
	struct raw_answer r;

	if (!m->login[b].n)
		return;
	r = browse_s(&m->b[b], m->login[b]);
	take_answer(m, b, &r);
	if (r.status == 200) {
		m->page[b] = r;
		m->shown_to[b] = m->who[b];
	}
}

static void do_press(struct protocol_model *m, int b)
{
	const struct raw_answer *page = &m->page[b];
	bool consent = contains(page->body, "name=\"answer\"");
	bool allow = walk_pick(3) > 0;
	int seen = m->who[b];
	struct raw_answer r;

	if (!page->body.n || !contains(page->body, "name=\"step\""))
		return;
	if (consent) {
		r = press(&m->b[b], page, "answer", allow ? "allow" : "deny");
		/* Agreed by who saw the page, if it is still he who is here. */
		if (allow && seen == m->shown_to[b] && seen >= 0 && r.status == 303)
			m->agreed[seen] = true;
	} else if (contains(page->body, "name=\"account\""))
		r = press(&m->b[b], page, "account", walk_pick(2) ? "self" : "other");
	else
		r = press(&m->b[b], page, NULL, NULL);
	if (r.status == 303 && contains(location(&r), "upstream.test"))
		m->back[b] = text(m->w, "/upstream/thaid/callback?code=c&state=%.*s",
			STR_FMT(url_param(m->w, location(&r), "state")));
	take_answer(m, b, &r);
}

static void do_return(struct protocol_model *m, int b)
{
	int person = (int)walk_pick(3);
	struct str before = cookie_of(&m->b[b], "pratu_session");
	struct raw_answer r;

	if (!m->back[b].n)
		return;
	m->w->script.citizen_number = numbers[person];
	m->w->script.outcome = walk_pick(6) ? AUTH_REASON_NONE : AUTH_UNTRUSTED;
	r = browse_s(&m->b[b], m->back[b]);
	if (!str_eq(cookie_of(&m->b[b], "pratu_session"), before)) {
		assert_true(person < PEOPLE && !m->suspended[person]);
		assert_int_equal(m->w->script.outcome, AUTH_REASON_NONE);
		if (m->who[b] != person) {
			if (m->who[b] >= 0)
				end_session(m, m->session[b]);
			m->session[b] = ++m->sessions;
		}
		m->who[b] = person;
	}
	take_answer(m, b, &r);
}

static int some_client(int right)
{
	return walk_pick(5) ? right : (int)walk_pick(CLIENTS);
}

/* Tokens came: they must be for this client and this person, who may have them. */
static void take_tokens(struct protocol_model *m, const struct raw_answer *r,
	const struct issued_token *from, int client, size_t authorization)
{
	struct str id_token = member(m->w, r, "id_token");

	assert_int_equal(client, from->client);
	assert_false(from->dead);
	assert_true(may(m, from->person, client));
	check_c(text_claim(m->w, id_token, "aud"), clients[client]);
	check_str(text_claim(m->w, id_token, "sub"), m->id[from->person]);
	m->tokens[m->n_tokens++ % KEPT] = (struct issued_token){.client = client,
		.person = from->person,
		.session = from->session,
		.offline = from->offline,
		.text = member(m->w, r, "refresh_token"),
		.access = member(m->w, r, "access_token"),
		.authorization = authorization};
}

static void end_authorization(struct protocol_model *m, size_t authorization)
{
	for (size_t i = 0; i < KEPT; i++)
		m->tokens[i].dead |= m->tokens[i].authorization == authorization;
}

static void do_redeem(struct protocol_model *m)
{
	size_t at = m->n_codes ? m->n_codes - 1 - walk_pick(m->n_codes < 4 ? m->n_codes : 4) : 0;
	struct issued_token *code = &m->codes[at % KEPT];
	int client = some_client(code->client);
	struct raw_answer r;

	if (!m->n_codes)
		return;
	r = redeem(m->w, clients[client], code->text, CODE_VERIFIER);
	if (r.status != 200) {
		/* The same client again: what the code gave is dead. */
		if (code->used && client == code->client)
			end_authorization(m, at);
		return;
	}
	assert_false(code->used);
	take_tokens(m, &r, code, client, at);
	code->used = true;
	m->gave_tokens++;
}

static void do_refresh(struct protocol_model *m)
{
	size_t at =
		m->n_tokens ? m->n_tokens - 1 - walk_pick(m->n_tokens < 8 ? m->n_tokens : 8) : 0;
	struct issued_token *token = &m->tokens[at % KEPT];
	int client = some_client(token->client);
	struct raw_answer r;

	if (!m->n_tokens)
		return;
	r = refresh(m->w, clients[client], token->text);
	if (r.status != 200)
		return;
	take_tokens(m, &r, token, client, token->authorization);
	m->gave_refresh++;
}

static void do_introspect(struct protocol_model *m)
{
	struct issued_token *token = &m->tokens[walk_pick(KEPT)];
	int client = some_client(token->client);
	struct raw_answer r;

	if (!token->access.n)
		return;
	r = introspect(m->w, clients[client], token->access);
	if (!is_active(&r))
		return;
	assert_int_equal(client, token->client);
	assert_false(token->dead);
	assert_true(may(m, token->person, client));
}

static void do_rights(struct protocol_model *m)
{
	int person = (int)walk_pick(PEOPLE), system = (int)walk_pick(SYSTEMS);

	m->right[person][system] = walk_pick(3) > 0;
	if (m->right[person][system])
		fixture_grant(m->w, ROLE_GRANT_PERSON, m->id[person], systems[system], "recorder");
	else
		fixture_end_grant(
			m->w, ROLE_GRANT_PERSON, m->id[person], systems[system], "recorder");
}

static void set_active(struct person *p)
{
	p->status = STATUS_ACTIVE;
}

static void set_suspended(struct person *p)
{
	p->status = STATUS_SUSPENDED;
}

static void do_suspend(struct protocol_model *m)
{
	int person = (int)walk_pick(PEOPLE);

	m->suspended[person] = walk_pick(4) == 0;
	edit_person(m->w, m->id[person], m->suspended[person] ? set_suspended : set_active);
}

static void do_leave(struct protocol_model *m, int b)
{
	bool everywhere = walk_pick(4) == 0;
	struct raw_answer r = browse(&m->b[b], everywhere ? "/account/sessions" : "/apps");
	int person = m->who[b];

	if (r.status != 200)
		return;
	r = submit(&m->b[b], everywhere ? STR("/account/sessions/everywhere") : STR("/apps/logout"),
		form_of(m->w, "csrf",
			str_dup_c(m->w->a, attribute(m->w, r.body, "name=\"csrf\" value=\"")),
			NULL));
	check_page(&r, 200);
	end_session(m, m->session[b]);
	m->who[b] = -1;
	for (int i = 0; everywhere && i < BROWSERS; i++)
		if (m->who[i] == person)
			m->who[i] = -1;
	for (size_t i = 0; everywhere && i < KEPT; i++) {
		m->tokens[i].dead |= m->tokens[i].person == person;
		m->codes[i].dead |= m->codes[i].person == person;
	}
}

/* Somebody who knows what he wants. */
static void do_journey(struct protocol_model *m, int b)
{
	do_authorize(m, b);
	for (int i = 0; i < 3; i++) {
		do_page(m, b);
		do_press(m, b);
		if (i == 0)
			do_return(m, b);
	}
}

static void do_step(struct protocol_model *m)
{
	int b = (int)walk_pick(BROWSERS);

	fixture_advance_clock(m->w, 1);
	switch (walk_pick(20)) {
	case 0: do_rights(m); return;
	case 1: do_suspend(m); return;
	case 2: do_leave(m, b); return;
	case 3:
	case 4: do_introspect(m); return;
	case 5:
	case 6: do_refresh(m); return;
	case 7:
	case 8:
	case 9: do_redeem(m); return;
	case 10: do_authorize(m, b); return;
	case 11: do_page(m, b); return;
	case 12: do_press(m, b); return;
	case 13:
	case 14: do_return(m, b); return;
	default: do_journey(m, b); return;
	}
}

static void random_walks(void **state)
{
	const struct random_walks walks = random_walks_wanted(WALKS, STEPS);
	size_t codes = 0, tokens = 0, refreshed = 0;

	for (uint64_t walk = walks.first; walk <= walks.last; walk++) {
		struct protocol_model m = model_new();

		walk_begin(walk);
		for (int i = 0; i < walks.steps; i++)
			do_step(&m);
		codes += m.gave_codes;
		tokens += m.gave_tokens;
		refreshed += m.gave_refresh;
		fixture_free(m.w);
	}
	print_message("# %zu codes, %zu tokens, %zu refreshed\n", codes, tokens, refreshed);
	if (walks.chosen)
		return;
	/* The walks got somewhere. */
	assert_true(codes > 100);
	assert_true(tokens > 50);
	assert_true(refreshed > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/helpers.h"

#include "audit/search.h"
#include "base/die.h"
#include "directory/directory.h"

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != RC_OK)                                                               \
			die("tools: " #call);                                                      \
	} while (0)

#define PAIRS_MAX 40

static const struct form_pair standard[] = {
	{STR_INIT("client_id"), STR_INIT("portal")},
	{STR_INIT("redirect_uri"), STR_INIT(PORTAL_CB)},
	{STR_INIT("response_type"), STR_INIT("code")},
	{STR_INIT("scope"), STR_INIT("openid profile email")},
	{STR_INIT("state"), STR_INIT("st-1")},
	{STR_INIT("nonce"), STR_INIT("no-1")},
	{STR_INIT("code_challenge"), STR_INIT(CODE_CHALLENGE)},
	{STR_INIT("code_challenge_method"), STR_INIT("S256")},
};

static struct form_pair *find_pair(struct form_pair *pairs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(pairs[i].name, name))
			return &pairs[i];
	return NULL;
}

struct str ask(struct fixture *w, ...)
{
	struct form_pair pairs[PAIRS_MAX], *p;
	size_t n = COUNT(standard);
	const char *change;
	struct buf form;
	va_list args;

	memcpy(pairs, standard, sizeof(standard));
	va_start(args, w);
	while ((change = va_arg(args, const char *))) {
		struct str rest = str_c(change), name = STR_NONE;

		if (change[0] == '-') {
			p = find_pair(pairs, n, str_c(change + 1));
			if (p)
				p->name = STR_NONE;
			continue;
		}
		str_cut(&rest, '=', &name);
		p = find_pair(pairs, n, name);
		if (!p && n == PAIRS_MAX)
			die("ask: too many parameters");
		if (!p)
			p = &pairs[n++];
		*p = (struct form_pair){name, rest};
	}
	va_end(args);
	buf_init(&form, w->a, FORM_MAX_BYTES * 4);
	for (size_t i = 0; i < n; i++)
		if (pairs[i].name.n)
			form_add(&form, pairs[i].name, pairs[i].value);
	return buf_str(&form);
}

struct raw_answer authorize(struct browser *b, struct str form)
{
	return browse_s(b, text(b->w, "/oauth2/authorize?%.*s", STR_FMT(form)));
}

struct str form_of(struct fixture *w, ...)
{
	const char *name, *value;
	struct buf form;
	va_list args;

	buf_init(&form, w->a, FORM_MAX_BYTES * 4);
	va_start(args, w);
	while ((name = va_arg(args, const char *))) {
		value = va_arg(args, const char *);
		form_add(&form, str_c(name), str_c(value));
	}
	va_end(args);
	return buf_str(&form);
}

struct str text(struct fixture *w, const char *format, ...)
{
	va_list args;
	char *made;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	made = arena_alloc(w->a, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(made, (size_t)n + 1, format, args);
	va_end(args);
	return (struct str){made, (size_t)n};
}

bool contains_str(struct str s, struct str part)
{
	return s.n && part.n && memmem(s.p, s.n, part.p, part.n);
}

bool contains(struct str s, const char *part)
{
	return contains_str(s, str_c(part));
}

bool has_notice(struct str body, const char *name)
{
	char marker[64];

	(void)snprintf(marker, sizeof(marker), "data-notice=\"%s\"", name);
	return contains(body, marker);
}

size_t occurrences(struct str s, const char *part)
{
	size_t n = 0, step = strlen(part);
	const char *at;

	while (s.n && (at = memmem(s.p, s.n, part, step))) {
		s = str_sub(s, (size_t)(at - s.p) + step, s.n);
		n++;
	}
	return n;
}

static void print_answer(const struct raw_answer *r)
{
	print_error("%.*s%.*s\n", STR_FMT(r->text), STR_FMT(str_sub(r->body, 0, 600)));
}

void check_error_at(struct fixture *w, const struct raw_answer *r, const char *error,
	const char *state, const char *file, int line)
{
	struct str url = location(r);
	bool good = r->status == 303 && str_starts(url, STR("https://portal.test/cb")) &&
		    str_eq_c(url_param(w, url, "error"), error) &&
		    str_eq_c(url_param(w, url, "state"), state) &&
		    str_eq_c(url_param(w, url, "iss"), ISSUER) && !url_param(w, url, "code").n;

	if (good)
		return;
	print_error("want error %s\n", error);
	print_answer(r);
	_fail(file, line);
}

struct str check_code_at(struct fixture *w, const struct raw_answer *r, const char *file, int line)
{
	struct str url = location(r), code = url_param(w, url, "code");

	if (r->status == 303 && str_starts(url, STR("https://portal.test/cb")) && code.n &&
		!url_param(w, url, "error").n && str_eq_c(url_param(w, url, "iss"), ISSUER))
		return code;
	print_error("want a code\n");
	print_answer(r);
	_fail(file, line);
	return STR_NONE;
}

void check_page_at(const struct raw_answer *r, int status, const char *file, int line)
{
	struct str policy = raw_header(r, "Content-Security-Policy");

	if (r->status == status && !raw_header(r, "Location").n &&
		str_starts(raw_header(r, "Content-Type"), STR("text/html")) &&
		contains(policy, "default-src 'none'") && !contains(policy, "unsafe-"))
		return;
	print_error("want a page with %d\n", status);
	print_answer(r);
	_fail(file, line);
}

void check_login_at(const struct raw_answer *r, const char *file, int line)
{
	if (r->status == 303 && str_starts(location(r), STR("/login?i=pratu_in_")))
		return;
	print_error("want the login\n");
	print_answer(r);
	_fail(file, line);
}

void check_portal_start_at(const struct raw_answer *r, const char *file, int line)
{
	if (r->status == 303 && str_eq_c(raw_header(r, "Location"), "https://portal.test/login"))
		return;
	print_error("want the portal's login\n");
	print_answer(r);
	_fail(file, line);
}

void check_json_error_at(struct fixture *w, const struct raw_answer *r, int status,
	const char *error, const char *file, int line)
{
	bool challenged = raw_header(r, "WWW-Authenticate").n > 0;

	if (r->status == status && str_eq_c(member(w, r, "error"), error) &&
		str_eq_c(raw_header(r, "Cache-Control"), "no-store") &&
		challenged == (status == 401) && !contains(r->body, "_token\""))
		return;
	print_error("want %d %s\n", status, error);
	print_answer(r);
	_fail(file, line);
}

/* --- what is stored --- */

#define EDIT(kind)                                                                                 \
	do {                                                                                       \
		struct store_batch *b = store_batch_new(w->a);                                     \
		struct store_snapshot *snap;                                                       \
		struct kind old, new;                                                              \
		uint64_t version;                                                                  \
                                                                                                   \
		MUST(store_snapshot_begin(w->p.store, &snap));                                     \
		MUST(kind##_get(snap, w->a, id, &old, &version));                                  \
		new = old;                                                                         \
		change(&new);                                                                      \
		put_##kind(w, b, &old, version, &new);                                             \
		store_snapshot_end(snap);                                                          \
		MUST(store_commit(w->p.store, b));                                                 \
	} while (0)

static void put_client(struct fixture *w, struct store_batch *b, const struct client *old,
	uint64_t version, const struct client *new)
{
	(void)old;
	client_put(b, w->a, new, version);
}

static void put_system(struct fixture *w, struct store_batch *b, const struct system *old,
	uint64_t version, const struct system *new)
{
	(void)old;
	system_put(b, w->a, new, version);
}

static void put_person(struct fixture *w, struct store_batch *b, const struct person *old,
	uint64_t version, const struct person *new)
{
	person_put(b, w->a, &w->vault, old, version, new);
}

static void put_account(struct fixture *w, struct store_batch *b, const struct account *old,
	uint64_t version, const struct account *new)
{
	account_put(b, w->a, old, version, new);
}

void edit_client(struct fixture *w, const char *name, void (*change)(struct client *c))
{
	struct str id = str_c(name);

	EDIT(client);
}

void edit_system(struct fixture *w, const char *name, void (*change)(struct system *s))
{
	struct str id = str_c(name);

	EDIT(system);
}

void edit_person(struct fixture *w, struct str id, void (*change)(struct person *p))
{
	EDIT(person);
}

void edit_account(struct fixture *w, struct str id, void (*change)(struct account *c))
{
	EDIT(account);
}

static bool count_event(void *data, const struct audit_found *found)
{
	(void)found;
	++*(size_t *)data;
	return true;
}

size_t audits(struct fixture *w, enum audit_event event)
{
	return audits_of(w, event, STR_NONE);
}

size_t audits_of(struct fixture *w, enum audit_event event, struct str office)
{
	const struct audit_filter filter = {
		.events = &event, .n_events = 1, .office = office, .limit = AUDIT_SEARCH_MAX};
	uint64_t last;
	size_t n = 0;

	MUST(audit_search(w->p.store, (struct audit_place){TABLE_AUDIT, TABLE_META}, &filter,
		count_event, &n, &last));
	return n;
}

size_t records(struct fixture *w, enum table table)
{
	struct store_snapshot *snap;
	uint64_t n;

	MUST(store_snapshot_begin(w->p.store, &snap));
	MUST(store_count(snap, table, &n));
	store_snapshot_end(snap);
	return n;
}

/* --- journeys --- */

void log_in(struct browser *b, const char *citizen_number)
{
	const char *before = b->w->script.citizen_number;
	struct raw_answer r;

	b->w->script.citizen_number = citizen_number;
	r = browse(b, "/apps");
	check_login(&r);
	r = pass_login(b, &r);
	assert_int_equal(r.status, 303);
	check_c(location(&r), "/apps");
	b->w->script.citizen_number = before;
}

struct raw_answer tokens_for(struct browser *b, const char *client, const char *extra)
{
	struct raw_answer r = redeem(b->w, client, login_for_code(b, client, extra), CODE_VERIFIER);

	if (r.status != 200)
		print_answer(&r);
	assert_int_equal(r.status, 200);
	return r;
}

struct raw_answer get_bearer(struct fixture *w, const char *path, struct str token)
{
	return raw_get(
		w->a, w->port, path, text(w, "Authorization: Bearer %.*s\r\n", STR_FMT(token)).p);
}

struct raw_answer introspect(struct fixture *w, const char *client, struct str token)
{
	return post_form(
		w, "/oauth2/introspect", client, form_of(w, "token", str_dup_c(w->a, token), NULL));
}

struct raw_answer revoke(struct fixture *w, const char *client, struct str token)
{
	return post_form(
		w, "/oauth2/revoke", client, form_of(w, "token", str_dup_c(w->a, token), NULL));
}

bool is_active(const struct raw_answer *r)
{
	assert_int_equal(r->status, 200);
	if (contains(r->body, "\"active\":true"))
		return true;
	/* RFC 7662 2.2: nothing else is told. */
	check_c(r->body, "{\"active\":false}");
	return false;
}

static const struct {
	const char *entity;
	char byte;
} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};

struct str unescaped(struct fixture *w, struct str s)
{
	struct buf out;

	buf_init(&out, w->a, s.n + 1);
	while (s.n) {
		size_t step = 1;
		char byte = s.p[0];

		for (size_t i = 0; byte == '&' && i < COUNT(entities); i++)
			if (str_starts(s, str_c(entities[i].entity))) {
				step = strlen(entities[i].entity);
				byte = entities[i].byte;
				break;
			}
		buf_add_byte(&out, (unsigned char)byte);
		s = str_sub(s, step, s.n);
	}
	return buf_str(&out);
}

struct str attribute(struct fixture *w, struct str body, const char *marker)
{
	return unescaped(w, value_after(body, marker));
}

struct raw_answer press(
	struct browser *b, const struct raw_answer *page, const char *name, const char *value)
{
	struct fixture *w = b->w;
	struct str step = attribute(w, page->body, "name=\"step\" value=\"");
	struct buf form;

	buf_init(&form, w->a, 8192);
	form_add(&form, STR("step"), step);
	if (name)
		form_add(&form, str_c(name), str_c(value));
	return submit(b, attribute(w, page->body, "action=\""), buf_str(&form));
}

struct raw_answer go_and_press(
	struct browser *b, const struct raw_answer *r, const char *name, const char *value)
{
	struct raw_answer page = browse_s(b, location(r));

	assert_int_equal(page.status, 200);
	return press(b, &page, name, value);
}

struct str return_of(struct browser *b, const struct raw_answer *to_login)
{
	struct raw_answer away = go_and_press(b, to_login, NULL, NULL);

	assert_int_equal(away.status, 303);
	return text(b->w, "/upstream/thaid/callback?code=c&state=%.*s",
		STR_FMT(url_param(b->w, location(&away), "state")));
}

int64_t number_claim(struct fixture *w, struct str token, const char *name)
{
	struct json_value *root;
	int64_t value = -1;

	check_ok(json_value_parse(jwt_payload(w, token), 65536, &root));
	if (!json_value_i64(json_value_get(root, name), &value))
		value = -1;
	json_value_free(root);
	return value;
}

struct str text_claim(struct fixture *w, struct str token, const char *name)
{
	struct raw_answer r = {.body = jwt_payload(w, token)};

	return member(w, &r, name);
}

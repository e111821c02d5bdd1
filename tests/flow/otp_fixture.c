/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/otp_fixture.h"

#include "base/die.h"

static const struct str ways[] = {STR_INIT("thaid"), STR_INIT("password")};
static const struct str seconds[] = {STR_INIT("otp_email"), STR_INIT("otp_sms")};
static const struct password_rules rules[] = {{.name = STR_INIT("default"),
	.min = 8,
	.max = 128,
	.lower = true,
	.upper = true,
	.digit = true,
	.special = true,
	.differs = 3,
	.max_age = 90 * 86400}};

static bool offers(void *data, enum auth_contact contact)
{
	return contact == AUTH_CONTACT_EMAIL || !((struct otp_fixture *)data)->no_sms;
}

static void copy_text(char *into, size_t size, struct str s)
{
	if (s.n >= size)
		die("codes: a message is too long");
	memcpy(into, s.p, s.n);
	into[s.n] = 0;
}

static enum rc post_put(void *data, struct op *op, const struct challenge_message *m)
{
	struct otp_fixture *c = data;

	pthread_mutex_lock(&c->lock);
	copy_text(c->target, sizeof(c->target), m->target);
	copy_text(c->text, sizeof(c->text), m->text);
	c->posted++;
	pthread_mutex_unlock(&c->lock);
	return c->post_rc;
}

static void use_policy(struct otp_fixture *c)
{
	c->policy = (struct login_policy){
		.name = STR("dla"),
		.primary = {ways, COUNT(ways)},
		.second_factors = {seconds, COUNT(seconds)},
		.grace_logins = 5,
		.password_ial = STR("1.1"),
		.password_aal = STR("1"),
		.second_factor_aal = STR("2.1"),
	};
	c->w->settings.policies = &c->policy;
}

struct otp_fixture *otp_fixture_new(void)
{
	return otp_fixture_new_on(FIXTURE_MEM);
}

struct otp_fixture *otp_fixture_new_on(enum fixture_store kind)
{
	struct otp_fixture *c = calloc(1, sizeof(*c));
	struct fixture *w = fixture_standard(kind);
	const char *why;

	c->w = w;
	pthread_mutex_init(&c->lock, NULL);
	use_policy(c);
	c->password_options = (struct password_options){
		.cost = {64 * 1024, 1},
		.hash_threads = 4,
		.wait_max = 60,
		.initial_secret_lifetime = 7 * 86400,
		.rules = {rules, COUNT(rules)},
	};
	c->throttle_options = (struct throttle_options){
		.free = 100,
		.delay_max = 30,
		.lock_after = 100,
		.lock = 900,
		.lock_max = 3600,
		.address_limit = 100000,
		.address_period = 600,
		.target_limit = 100,
		.message_limit = 300,
		.target_period = 3600,
	};
	check_ok(password_new(&c->password_options, &c->password, &why));
	c->throttle = throttle_new(&w->p, &c->throttle_options);
	c->post = (struct challenge_post){offers, post_put, c};
	c->challenges = (struct challenges){&c->post, c->throttle};
	w->p.challenges = &c->challenges;
	login_password_add(&w->p.methods, c->password, c->throttle);
	auth_methods_add(&w->p.methods, &auth_method_otp_email);
	auth_methods_add(&w->p.methods, &auth_method_otp_sms);
	c->account = fixture_account(w, USERNAME, SOMCHAI);
	otp_fixture_password(c, c->account, PASSWORD, NULL);
	return c;
}

void otp_fixture_free(struct otp_fixture *c)
{
	struct auth_methods methods = c->w->p.methods;

	fixture_free(c->w);
	auth_methods_free(&methods);
	throttle_free(c->throttle);
	password_free(c->password);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct auth_method *otp_fixture_method(struct otp_fixture *c, const char *name)
{
	struct auth_methods *all = &c->w->p.methods;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].name, name) == 0)
			return &all->v[i];
	die("otp_fixture: no such method");
}

void otp_fixture_hash_pool(struct otp_fixture *c, int64_t threads)
{
	struct auth_methods one = {.n = 0};
	const char *why;

	otp_fixture_method(c, "password")->free(otp_fixture_method(c, "password"));
	password_free(c->password);
	c->password_options.hash_threads = threads;
	check_ok(password_new(&c->password_options, &c->password, &why));
	login_password_add(&one, c->password, c->throttle);
	*otp_fixture_method(c, "password") = one.v[0];
}

void otp_fixture_password(struct otp_fixture *c, struct str account, const char *password,
	void (*change)(struct credential *x))
{
	struct arena *a = arena_new(ARENA_MAX);
	struct store_batch *b = store_batch_new(a);
	struct credential x = {.account = account};
	struct str hash = pwhash_make(a, &c->password_options.cost, str_c(password));

	credential_set_hash(a, &x, hash, c->w->now_ms / 1000);
	if (change)
		change(&x);
	credential_put(b, a, &x, STORE_ANY);
	check_ok(store_commit(c->w->p.store, b));
	arena_free(a);
}

static struct str behind(struct otp_fixture *c, const char *mark, size_t n)
{
	struct str found = STR_NONE;
	const char *at;

	pthread_mutex_lock(&c->lock);
	at = strstr(c->text, mark);
	if (at)
		found = str_dup(c->w->a, (struct str){at + strlen(mark), n});
	pthread_mutex_unlock(&c->lock);
	assert_int_equal(found.n, n);
	return found;
}

struct str code_posted(struct otp_fixture *c)
{
	return behind(c, "OTP ", CHALLENGE_DIGITS);
}

struct str reference_posted(struct otp_fixture *c)
{
	return behind(c, "อ้างอิง ", CHALLENGE_REFERENCE);
}

struct raw_answer login_page(struct browser *b, const char *extra)
{
	struct raw_answer r = browse_s(b, authorize_target(b->w, "portal", extra));

	check_login(&r);
	return browse_s(b, location(&r));
}

/* The form whose action is this path, as text up to its end. */
static struct str form_text(struct str body, const char *action)
{
	char mark[128];
	const char *at, *end;

	snprintf(mark, sizeof(mark), "action=\"%s?", action);
	at = memmem(body.p, body.n, mark, strlen(mark));
	if (!at)
		fail_msg("no form %s", action);
	end = memmem(at, body.n - (size_t)(at - body.p), "</form>", 7);
	assert_non_null(end);
	return (struct str){at, (size_t)(end - at)};
}

struct str password_form_text(const struct raw_answer *page)
{
	return form_text(page->body, "/login/password");
}

const char *code_wrong(struct otp_fixture *c, int n)
{
	struct str code = code_posted(c);
	uint64_t number = 0;

	assert_true(str_to_u64(code, 999999, &number));
	number = (number + 1 + (uint64_t)n) % 1000000;
	return str_dup_c(c->w->a, text(c->w, "%06u", (unsigned)number));
}

const char *wrong_form(struct otp_fixture *c, int n)
{
	return str_dup_c(c->w->a, text(c->w, "code=%s", code_wrong(c, n)));
}

struct raw_answer send_form(
	struct browser *b, const struct raw_answer *page, const char *action, const char *extra)
{
	struct str form = form_text(page->body, action);
	struct buf body;

	buf_init(&body, b->w->a, 8192);
	form_add(&body, STR("step"), attribute(b->w, form, "name=\"step\" value=\""));
	if (*extra)
		buf_addf(&body, "&%s", extra);
	return submit(b, attribute(b->w, form, "action=\""), buf_str(&body));
}

struct raw_answer send_and_follow(
	struct browser *b, const struct raw_answer *page, const char *action, const char *extra)
{
	struct raw_answer r = send_form(b, page, action, extra);

	check_login(&r);
	return browse_s(b, location(&r));
}

static struct str credentials(struct fixture *w, const char *username, const char *password)
{
	struct buf form;

	buf_init(&form, w->a, 4096);
	form_add(&form, STR("username"), str_c(username));
	form_add(&form, STR("password"), str_c(password));
	return buf_str(&form);
}

struct raw_answer type_password(struct browser *b, const struct raw_answer *page,
	const char *username, const char *password)
{
	char *form = str_dup_c(b->w->a, credentials(b->w, username, password));

	return send_and_follow(b, page, "/login/password", form);
}

struct raw_answer code_page(struct browser *b)
{
	struct raw_answer page = login_page(b, "");

	page = type_password(b, &page, USERNAME, PASSWORD);
	return page;
}

struct audit_lines {
	const char *part;
	size_t n;
};

static bool count_line(void *data, const struct store_record *record)
{
	struct audit_lines *l = data;

	l->n += contains(record->value, l->part);
	return true;
}

size_t audited(struct fixture *w, const char *part)
{
	struct store_snapshot *snap;
	struct audit_lines lines = {part, 0};

	check_ok(store_snapshot_begin(w->p.store, &snap));
	check_ok(store_scan(snap, TABLE_AUDIT, STR_NONE, STR_NONE, false, count_line, &lines));
	store_snapshot_end(snap);
	return lines.n;
}

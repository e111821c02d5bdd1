/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/thaid/thaid_priv.h"

#include "codec/base64.h"
#include "codec/uri.h"
#include "sandbox/common/claims.h"
#include "base/random.h"

#define SCOPES_MAX     40
#define REFERENCE_SIZE 6
#define HANDLE_BYTES   16
#define QR_MARK        "qr="

static const char reference_letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* 32 */

const char *thaid_state_name(enum thaid_state state)
{
	static const char *const names[] = {
		"none", "waiting", "approved", "refused", "expired", "returned"};

	return names[state];
}

static void login_clear(struct thaid_login *l)
{
	arena_free(l->arena);
	*l = (struct thaid_login){0};
}

static enum rc add_key(struct sandbox_thaid *t, bool publish)
{
	struct jwk *key;
	enum rc rc = jwk_generate(JOSE_ES256, &key);

	if (rc != RC_OK)
		return rc;
	jwk_unref(t->signing);
	t->signing = key;
	if (!publish)
		return RC_OK;
	if (t->n_published == THAID_KEYS_MAX) {
		jwk_unref(t->published[0]);
		t->n_published--;
		memmove(t->published, t->published + 1, t->n_published * sizeof(t->published[0]));
	}
	t->published[t->n_published++] = jwk_ref(key);
	return RC_OK;
}

static void drop_published(struct sandbox_thaid *t)
{
	while (t->n_published > 0)
		jwk_unref(t->published[--t->n_published]);
}

enum rc thaid_new(const struct sandbox_thaid_options *options, struct sandbox_thaid **ret)
{
	struct sandbox_thaid *t = calloc(1, sizeof(*t));
	enum rc rc;

	if (t == NULL)
		return RC_INTERNAL;
	pthread_mutex_init(&t->lock, NULL);
	t->o = *options;
	settings_reset(&t->settings);
	rng_fill(t->o.rng, t->hs_key, sizeof(t->hs_key));
	rc = add_key(t, true);
	if (rc != RC_OK) {
		thaid_free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

static void forget_logins(struct sandbox_thaid *t)
{
	for (size_t i = 0; i < THAID_LOGINS_MAX; i++)
		login_clear(&t->logins[i]);
	t->next = 0;
}

void thaid_free(struct sandbox_thaid *t)
{
	if (t == NULL)
		return;
	forget_logins(t);
	drop_published(t);
	jwk_unref(t->signing);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

enum rc thaid_reset(struct sandbox_thaid *t)
{
	enum rc rc = RC_OK;

	pthread_mutex_lock(&t->lock);
	forget_logins(t);
	settings_reset(&t->settings);
	if (t->n_published == 0 || t->published[t->n_published - 1] != t->signing)
		rc = add_key(t, true);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

struct str thaid_issuer(const struct sandbox_thaid *t)
{
	return t->o.issuer;
}

static enum rc fault(struct thaid_error *ret, int status, const char *code, const char *why)
{
	*ret = (struct thaid_error){status, code, why};
	return RC_INVALID;
}

static bool scopes_granted(const struct sandbox_client *client, int api, struct strlist scopes)
{
	for (size_t i = 0; i < scopes.n; i++)
		if (!strlist_has(client->scopes, scopes.v[i]) ||
			!claims_scope_known(api, scopes.v[i]))
			return false;
	return scopes.n > 0;
}

/* The rules of an authorization request; every fault stays on ThaID's page with status 400. */
static enum rc check_request(const struct sandbox_thaid *t, int api, const struct form *query,
	struct strlist scopes, const struct sandbox_client **ret_client, struct thaid_error *error)
{
	const struct sandbox_client *client =
		sandbox_client_find(t->o.clients, form_get(query, "client_id"));

	if (client == NULL)
		return fault(error, 400, "unauthorized_client", "client_id is not registered");
	if (!strlist_has(client->redirect_uris, form_get(query, "redirect_uri")))
		return fault(error, 400, "invalid_request",
			"redirect_uri is not exactly one of those registered");
	if (!str_eq_c(form_get(query, "response_type"), "code"))
		return fault(error, 400, "unsupported_response_type", "response_type must be code");
	if (!scopes_granted(client, api, scopes))
		return fault(error, 400, "invalid_scope",
			"scope is missing or holds one that is not granted to the client");
	if (form_get(query, "state").n == 0)
		return fault(error, 400, "invalid_request", "state is missing");
	*ret_client = client;
	return RC_OK;
}

static struct thaid_login *find_reference(struct sandbox_thaid *t, struct str reference)
{
	for (size_t i = 0; i < THAID_LOGINS_MAX; i++) {
		struct thaid_login *l = &t->logins[i];

		if (l->state != LOGIN_NONE && str_ieq(l->reference, reference))
			return l;
	}
	return NULL;
}

static struct str new_reference(struct sandbox_thaid *t, struct arena *a)
{
	char *text = arena_zalloc(a, REFERENCE_SIZE + 1);
	struct str s = {.p = text, .n = REFERENCE_SIZE};

	do {
		rng_fill(t->o.rng, text, REFERENCE_SIZE);
		for (size_t i = 0; i < REFERENCE_SIZE; i++)
			text[i] = reference_letters[(unsigned char)text[i] % 32];
	} while (find_reference(t, s) != NULL);
	return s;
}

static struct thaid_login *login_create(struct sandbox_thaid *t,
	const struct sandbox_client *client, int api, const struct form *query)
{
	struct thaid_login *l = &t->logins[t->next];
	struct arena *a;

	t->next = (t->next + 1) % THAID_LOGINS_MAX;
	login_clear(l);
	a = l->arena = arena_new(LOGIN_ARENA_MAX);
	l->client = client;
	l->api = api;
	l->created = thaid_now(t);
	l->id = random_base64url(a, t->o.rng, HANDLE_BYTES);
	l->qr = random_base64url(a, t->o.rng, HANDLE_BYTES);
	l->reference = new_reference(t, a);
	l->redirect_uri = str_dup(a, form_get(query, "redirect_uri"));
	l->state_param = str_dup(a, form_get(query, "state"));
	l->nonce = str_dup(a, form_get(query, "nonce"));
	l->scope = str_dup(a, form_get(query, "scope"));
	if (!strlist_split(a, l->scope, SCOPES_MAX, &l->scopes))
		l->scopes = (struct strlist){0};
	l->state = LOGIN_WAITING;
	return l;
}

enum rc thaid_begin(struct sandbox_thaid *t, struct arena *a, int api, const struct form *query,
	struct str *ret_id, struct thaid_error *ret_error)
{
	const struct sandbox_client *client;
	struct strlist scopes = {0};
	enum rc rc;

	if (!strlist_split(a, form_get(query, "scope"), SCOPES_MAX, &scopes))
		return fault(ret_error, 400, "invalid_scope", "scope has too many parts");
	rc = check_request(t, api, query, scopes, &client, ret_error);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&t->lock);
	*ret_id = str_dup(a, login_create(t, client, api, query)->id);
	pthread_mutex_unlock(&t->lock);
	return RC_OK;
}

/* A waiting login past its time is expired from now on. */
static void age(const struct sandbox_thaid *t, struct thaid_login *l)
{
	if (l->state == LOGIN_WAITING && thaid_now(t) >= l->created + t->settings.login_seconds)
		l->state = LOGIN_EXPIRED;
}

static void view(const struct sandbox_thaid *t, struct arena *a, const struct thaid_login *l,
	struct thaid_login_view *ret)
{
	*ret = (struct thaid_login_view){
		.id = str_dup(a, l->id),
		.reference = str_dup(a, l->reference),
		.qr = str_dup(a, l->qr),
		.client_id = l->client->client_id,
		.client_name = l->client->name,
		.scope = str_dup(a, l->scope),
		.redirect_uri = str_dup(a, l->redirect_uri),
		.state = l->state,
		.created = l->created,
		.expires = l->created + t->settings.login_seconds,
	};
}

static struct thaid_login *find_id(struct sandbox_thaid *t, struct str id)
{
	for (size_t i = 0; i < THAID_LOGINS_MAX; i++) {
		struct thaid_login *l = &t->logins[i];

		if (l->state != LOGIN_NONE && str_eq(l->id, id))
			return l;
	}
	return NULL;
}

enum rc thaid_login_get(
	struct sandbox_thaid *t, struct arena *a, struct str id, struct thaid_login_view *ret)
{
	struct thaid_login *l;

	pthread_mutex_lock(&t->lock);
	l = find_id(t, id);
	if (l != NULL) {
		age(t, l);
		view(t, a, l, ret);
	}
	pthread_mutex_unlock(&t->lock);
	return l != NULL ? RC_OK : RC_NOT_FOUND;
}

size_t thaid_pending(
	struct sandbox_thaid *t, struct arena *a, struct thaid_login_view *ret, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < THAID_LOGINS_MAX && n < max; i++) {
		struct thaid_login *l =
			&t->logins[(t->next + THAID_LOGINS_MAX - 1 - i) % THAID_LOGINS_MAX];

		if (l->state == LOGIN_NONE)
			break;
		age(t, l);
		if (l->state == LOGIN_WAITING)
			view(t, a, l, &ret[n++]);
	}
	pthread_mutex_unlock(&t->lock);
	return n;
}

/* The QR handle inside a QR code's text (".../phone?qr=HANDLE"), or the text itself. */
static struct str qr_handle(struct str text)
{
	struct str mark = STR(QR_MARK);

	for (size_t i = 0; i + mark.n <= text.n; i++)
		if (str_starts(str_sub(text, i, text.n), mark)) {
			struct str rest = str_sub(text, i + mark.n, text.n);

			return str_sub(rest, 0, str_find(rest, '&'));
		}
	return text;
}

static struct thaid_login *find_handle(struct sandbox_thaid *t, struct str handle)
{
	struct str qr = qr_handle(str_trim(handle));

	if (qr.n == 0)
		return NULL;
	for (size_t i = 0; i < THAID_LOGINS_MAX; i++) {
		struct thaid_login *l = &t->logins[i];

		if (l->state != LOGIN_NONE && str_eq(l->qr, qr))
			return l;
	}
	return find_reference(t, qr);
}

enum rc thaid_scan(
	struct sandbox_thaid *t, struct arena *a, struct str handle, struct thaid_login_view *ret)
{
	struct thaid_login *l;

	pthread_mutex_lock(&t->lock);
	l = find_handle(t, handle);
	if (l != NULL) {
		age(t, l);
		view(t, a, l, ret);
	}
	pthread_mutex_unlock(&t->lock);
	return l != NULL ? RC_OK : RC_NOT_FOUND;
}

/* Moves a waiting login on; person NULL = refused. */
static enum rc decide(
	struct sandbox_thaid *t, struct str handle, const struct sandbox_person *person)
{
	struct thaid_login *l = find_handle(t, handle);

	if (l == NULL)
		return RC_NOT_FOUND;
	age(t, l);
	if (l->state == LOGIN_EXPIRED)
		return RC_EXPIRED;
	if (l->state != LOGIN_WAITING)
		return RC_CONFLICT;
	l->person = person;
	l->decided = thaid_now(t);
	l->state = person != NULL ? LOGIN_APPROVED : LOGIN_REFUSED;
	return RC_OK;
}

enum rc thaid_approve(struct sandbox_thaid *t, struct str handle, struct str pid)
{
	const struct sandbox_person *person = sandbox_person_find(t->o.people, pid);
	enum rc rc;

	if (person == NULL)
		return RC_NOT_FOUND;
	pthread_mutex_lock(&t->lock);
	rc = decide(t, handle, person);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

enum rc thaid_refuse(struct sandbox_thaid *t, struct str handle)
{
	enum rc rc;

	pthread_mutex_lock(&t->lock);
	rc = decide(t, handle, NULL);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

static void add_error(struct buf *b, const char *error, const char *description)
{
	form_add(b, STR("error"), str_c(error));
	form_add(b, STR("error_description"), str_c(description));
}

static const char *refusal(const struct sandbox_thaid *t)
{
	return t->settings.refusal == 0 ? "user_denied" : "access_denied";
}

static void add_outcome(struct sandbox_thaid *t, struct thaid_login *l, struct buf *b)
{
	bool approved = l->person != NULL;
	int how = t->settings.ret;

	if (how == RETURN_SERVER_ERROR) {
		add_error(b, "server_error", "The service is not available");
		return;
	}
	if (!approved || how == RETURN_CODE_AND_ERROR)
		add_error(b, refusal(t), "The user denied the request");
	if (!approved || how == RETURN_NO_CODE)
		return;
	l->code = random_base64url(l->arena, t->o.rng, 24);
	l->code_made = thaid_now(t);
	l->code_used = false;
	form_add(b, STR("code"), l->code);
}

static struct str return_url(struct sandbox_thaid *t, struct arena *a, struct thaid_login *l)
{
	struct buf query, url;

	buf_init(&query, a, URI_MAX * 2);
	add_outcome(t, l, &query);
	if (t->settings.ret == RETURN_WRONG_STATE)
		form_add(&query, STR("state"), STR("not-the-state-that-was-sent"));
	else if (t->settings.ret != RETURN_NO_STATE)
		form_add(&query, STR("state"), l->state_param);
	buf_init(&url, a, URI_MAX * 3);
	buf_add(&url, l->redirect_uri);
	buf_add_byte(&url, str_find(l->redirect_uri, '?') < l->redirect_uri.n ? '&' : '?');
	buf_add(&url, buf_str(&query));
	return buf_str(&url);
}

static enum rc take_return(
	struct sandbox_thaid *t, struct arena *a, struct str id, struct str *ret_url)
{
	struct thaid_login *l = find_id(t, id);

	if (l == NULL)
		return RC_NOT_FOUND;
	age(t, l);
	if (l->state == LOGIN_EXPIRED || l->codes == LOGIN_USES_MAX)
		return RC_EXPIRED;
	if (l->state == LOGIN_WAITING)
		return RC_CONFLICT;
	/* Asked twice (a reload), the browser gets a new code each time, as after a new scan. */
	l->state = LOGIN_RETURNED;
	l->codes++;
	*ret_url = return_url(t, a, l);
	return RC_OK;
}

enum rc thaid_return(struct sandbox_thaid *t, struct arena *a, struct str id, struct str *ret_url)
{
	enum rc rc;

	pthread_mutex_lock(&t->lock);
	rc = take_return(t, a, id, ret_url);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

struct str thaid_jwks(struct sandbox_thaid *t, struct arena *a)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, JWKS_TEXT_MAX);
	json_writer_init(&w, &b);
	pthread_mutex_lock(&t->lock);
	json_write_object(&w);
	json_write_key(&w, "keys");
	json_write_array(&w);
	for (size_t i = 0; i < t->n_published; i++)
		jwk_write_public(t->published[i], &w);
	json_write_array_end(&w);
	json_write_object_end(&w);
	pthread_mutex_unlock(&t->lock);
	return buf_str(&b);
}

enum rc thaid_rotate(struct sandbox_thaid *t, bool publish, bool drop_old)
{
	enum rc rc;

	pthread_mutex_lock(&t->lock);
	if (drop_old)
		drop_published(t);
	rc = add_key(t, publish);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

struct thaid_settings thaid_settings(struct sandbox_thaid *t)
{
	struct thaid_settings s;

	pthread_mutex_lock(&t->lock);
	s = t->settings;
	pthread_mutex_unlock(&t->lock);
	return s;
}

enum rc thaid_settings_merge(
	struct sandbox_thaid *t, struct arena *a, const struct json_value *in, struct str *ret_why)
{
	enum rc rc;

	pthread_mutex_lock(&t->lock);
	rc = settings_merge(&t->settings, a, in, ret_why);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

enum rc thaid_settings_form(
	struct sandbox_thaid *t, struct arena *a, const struct form *form, struct str *ret_why)
{
	struct thaid_settings next = thaid_settings(t);
	enum rc rc = RC_OK;

	for (size_t i = 0; i < form->n && rc == RC_OK; i++)
		rc = settings_set(&next, a, form->v[i].name, form->v[i].value, ret_why);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&t->lock);
	t->settings = next;
	pthread_mutex_unlock(&t->lock);
	return RC_OK;
}

enum thaid_fault thaid_take_fault(struct sandbox_thaid *t, enum thaid_at at)
{
	enum thaid_fault f;

	pthread_mutex_lock(&t->lock);
	f = settings_take_fault(&t->settings, at);
	pthread_mutex_unlock(&t->lock);
	return f;
}

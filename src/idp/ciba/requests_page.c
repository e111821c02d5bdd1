/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/requests_page.h"

#include "access/scope.h"
#include "base/array.h"
#include "core/details.h"
#include "core/ids.h"
#include "core/page.h"
#include "directory/names.h"
#include "idp/account/account.h"
#include "idp/ciba/decide.h"
#include "idp/ciba/pages_ciba.h"
#include "idp/ciba/user_code.h"
#include "idp/login/reauthenticate.h"

#define LIST "/account/requests"
#define ONE  LIST "/one"

#define PATH_MAX_ (sizeof(ONE "?r=") + ID_SIZE)

struct str ciba_request_path(struct op *op, struct str id)
{
	struct buf path;

	buf_init(&path, op->tx.a, PATH_MAX_);
	buf_addf(&path, ONE "?r=%.*s", STR_FMT(id));
	return buf_str(&path);
}

/* It goes into an address: what is no id of ours leads to the list. */
static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			c != '-' && c != '_')
			return false;
	}
	return s.n == ID_SIZE;
}

const char *ciba_page_of(struct op *op)
{
	struct str id = op_param(op, "r");

	return is_id(id) ? str_dup_c(op->tx.a, ciba_request_path(op, id)) : LIST;
}

/* --- what waits --- */

static enum web_ciba_notice notice_of(struct str done)
{
	static const char *const words[] = {
		"", "approved", "refused", "not_me", "code_set", "code_removed", "code_form"};

	for (size_t i = 1; i < ARRAY_LEN(words); i++)
		if (str_eq_c(done, words[i]))
			return (enum web_ciba_notice)i;
	return WEB_CIBA_NOTHING;
}

void ciba_list_run(struct op *op)
{
	struct web_ciba_list model = {
		.notice = notice_of(op_param(op, "done")),
		.code_action = STR(LIST "/code"),
		.csrf = op->visit->csrf,
	};
	enum user_code_fit fit = USER_CODE_NONE;
	struct web_ciba_row *rows;
	struct ciba_list list;
	size_t n = 0;
	enum rc rc = ciba_of_person(&op->tx, op->visit->person.id, &list);

	if (rc == RC_OK)
		rc = user_code_fit(&op->tx, op->visit->person.id, STR_NONE, &fit);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	model.has_code = fit != USER_CODE_NONE;
	rows = arena_array(op->tx.a, list.n, struct web_ciba_row);
	for (size_t i = 0; i < list.n; i++) {
		const struct ciba_request *r = &list.v[i].r;

		if (ciba_is_pending(r, op->tx.now))
			rows[n++] = (struct web_ciba_row){
				.portal = name_of_portal(op, r->client),
				.message = r->message,
				.url = ciba_request_path(op, r->id),
				.created = r->created,
				.expires = r->expires,
			};
	}
	model.requests.v = rows;
	model.requests.n = n;
	account_page(op, op->visit, LIST, &web_page_ciba_list, &model);
}

/* --- one --- */

/* A request of the visit's person, with the login that it wants. */
struct asked {
	struct ciba_ref ref;
	struct client client;
	struct system system;
	struct auth_request request;
	struct login_errand errand;
};

/* A recent login, as for any change on an account page; younger where the client says so. Its
 * max_age counts from the moment it asked: a login after that is young enough. */
static int64_t max_age_of(const struct op *op, const struct ciba_request *r)
{
	int64_t age = op->tx.settings->reauthentication_max_age;
	int64_t asked = op->tx.now - r->created + r->max_age - 1;

	if (r->max_age && asked < age)
		age = asked;
	return (age < 1 ? 1 : age) + 1;
}

static struct auth_request request_of(struct op *op, const struct ciba_request *r)
{
	return (struct auth_request){
		.client = r->client,
		.scope = r->scope,
		.acr_values = r->acr_values,
		.claims.text = r->claims,
		.max_age = max_age_of(op, r),
		.hint_person = r->person,
		.own = {.return_path = ciba_request_path(op, r->id), .same_person = r->person},
	};
}

/* RC_NOT_FOUND: none of this id waits for the visit's person. */
static enum rc find_asked(struct op *op, struct asked *q)
{
	enum rc rc =
		ciba_of_person_by_id(&op->tx, op->visit->person.id, op_param(op, "r"), &q->ref);

	if (rc == RC_OK && !ciba_is_pending(&q->ref.r, op->tx.now))
		return RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = client_get(op->tx.snap, op->tx.a, q->ref.r.client, &q->client, NULL);
	if (rc == RC_OK && q->client.status != STATUS_ACTIVE)
		return RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = system_get(op->tx.snap, op->tx.a, q->client.system, &q->system, NULL);
	if (rc != RC_OK)
		return rc;
	q->request = request_of(op, &q->ref.r);
	q->errand = (struct login_errand){&q->request, &q->client, q->ref.r.account};
	return RC_OK;
}

static void show_over(struct op *op)
{
	const struct web_ciba_request model = {.id = STR_NONE};

	account_page(op, op->visit, LIST, &web_page_ciba_request, &model);
}

static void show_scopes(struct op *op, struct str scope, struct web_ciba_request *model)
{
	struct web_ciba_scope *rows = arena_array(op->tx.a, SCOPES_MAX, struct web_ciba_scope);
	struct str word;
	size_t n = 0;

	while (str_cut(&scope, ' ', &word) && n < SCOPES_MAX)
		if (word.n)
			rows[n++].scope = word;
	model->scopes.v = rows;
	model->scopes.n = n;
}

/* The account that was asked for, of the visit's own. */
static struct str username_of(const struct op *op, struct str account)
{
	const struct account_list *list = &op->visit->accounts;

	for (size_t i = 0; account.n && i < list->n; i++)
		if (str_eq(list->v[i].id, account))
			return list->v[i].username;
	return STR_NONE;
}

static void show_asked(struct op *op, const struct asked *q, enum web_ciba_state state)
{
	const struct ciba_request *r = &q->ref.r;
	struct str path = ciba_request_path(op, r->id);
	struct web_ciba_request model = {
		.state = state,
		.portal = name_of_client(op, &q->client),
		.system = name_of_system(op, &q->system),
		.office = name_of_office(op, q->system.office),
		.user = op->visit->name,
		.username = username_of(op, r->account),
		.message = r->message,
		.created = r->created,
		.expires = r->expires,
		.action = STR(LIST "/answer"),
		.csrf = op->visit->csrf,
		.id = r->id,
		.again_url = path,
	};

	if (str_eq(model.system, model.portal))
		model.system = STR_NONE;
	show_scopes(op, r->scope, &model);
	if (r->details.n && state == WEB_CIBA_ASK &&
		details_show(op->tx.a, op->lang, r->details, &model.details) != RC_OK) {
		op_fail(op, RC_CORRUPT);
		return;
	}
	account_page(op, op->visit, str_dup_c(op->tx.a, path), &web_page_ciba_request, &model);
}

/* Is the login at hand enough? Otherwise it begins, or, when one came to nothing, the page says so
 * and starts none: the answer is given. */
static bool is_answered(struct op *op, const struct asked *q, struct auth_result *ret)
{
	bool tried = op_param(op, "login").n > 0;
	const struct oauth_error *e;

	if (errand_answered(op, &q->errand, ret, &e)) {
		if (ciba_check_lock(op, ret->proven_account, ret->methods, ret->session->amr) ==
			RC_OK)
			return true;
		tried = true;
	}
	if (e || tried)
		show_asked(op, q, WEB_CIBA_UNABLE);
	else
		errand_log_in(op, &q->errand);
	return false;
}

void ciba_request_run(struct op *op)
{
	struct auth_result result;
	struct asked q;
	enum rc rc = find_asked(op, &q);

	if (rc == RC_NOT_FOUND)
		show_over(op);
	else if (rc != RC_OK)
		op_fail(op, rc);
	else if (is_answered(op, &q, &result))
		show_asked(op, &q, WEB_CIBA_ASK);
}

/* --- the answer --- */

static const struct {
	const char *word;
	enum ciba_state state;
	const char *then;
} answers[] = {
	{"approve", CIBA_APPROVED, LIST "?done=approved"},
	{"refuse", CIBA_REFUSED, LIST "?done=refused"},
	{"not_me", CIBA_NOT_ME, LIST "?done=not_me"},
	{NULL, CIBA_PENDING, ""},
};

void ciba_answer_run(struct op *op)
{
	struct str answer = op_param(op, "answer");
	struct auth_result result;
	struct asked q;
	size_t i = 0;
	enum rc rc = find_asked(op, &q);

	if (rc == RC_NOT_FOUND) {
		show_over(op);
		return;
	}
	while (answers[i].word && !str_eq_c(answer, answers[i].word))
		i++;
	if (rc == RC_OK && !answers[i].word) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR(LIST), STR("/"));
		return;
	}
	if (rc == RC_OK && answers[i].state == CIBA_APPROVED) {
		if (!is_answered(op, &q, &result))
			return;
		rc = ciba_approve(op, &q.ref, &q.client, &result);
	} else if (rc == RC_OK) {
		rc = ciba_refuse(op, &q.ref, answers[i].state);
	}
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		http_redirect(op->x, str_c(answers[i].then));
}

/* --- the user code --- */

void ciba_code_run(struct op *op)
{
	/* Only the button removes it: a field that was left empty is no wish. */
	bool remove = op_param(op, "remove").n > 0;
	struct str typed = remove ? STR_NONE : op_param(op, "code");
	struct audit_entry entry = account_audit(op, op->visit, AUDIT_CIBA_USER_CODE_SET);
	enum rc rc = RC_INVALID;

	if (remove || typed.n)
		rc = user_code_set(&op->tx, op->visit->person.id, typed);
	if (rc == RC_INVALID) {
		http_redirect(op->x, STR(LIST "?done=code_form"));
		return;
	}
	if (rc != RC_OK && rc != RC_EXISTS) {
		op_fail(op, rc);
		return;
	}
	entry.detail = typed.n ? STR("set") : STR("removed");
	if (rc == RC_OK)
		op_audit_add(op, &entry);
	http_redirect(op->x, typed.n ? STR(LIST "?done=code_set") : STR(LIST "?done=code_removed"));
}

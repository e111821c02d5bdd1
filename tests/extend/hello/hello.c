/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The example of docs/extending.md: administrators greet people, with a second person's approval;
 * a person reads the greetings on an account page and deletes them there.
 */
#include "core/module.h"
#include "core/page.h"
#include "directory/directory.h"
#include "idp/login/visit.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "web/field_macros.h"
#include "web/pages_common.h"

#define GREETING_MAX  100u /* bytes */
#define GREETINGS_MAX 32u  /* of one person that are shown */

extern const struct module module_hello;

/* --- options --- */

struct hello_settings {
	int64_t greetings; /* that one person may have */
};

static const struct conf_option options[] = {
	{"hello.greetings", CONF_INT, CONF_RELOAD, offsetof(struct hello_settings, greetings), "2",
		.min = 1, .max = 20, .help = "Maximum number of greetings of one person."},
	{.path = NULL},
};

static int64_t greetings_allowed(const struct tx *tx)
{
	const struct hello_settings *s = module_settings(tx->settings, &module_hello);

	return s->greetings;
}

/* --- the tables --- */

enum { TABLE_GREETING = TABLE_END, TABLE_GREETING_BY_PERSON };

struct greeting {
	struct str text, person;
};

#define AT(member) offsetof(struct greeting, member)
static const struct field greeting_fields[] = {
	{1, "text", FIELD_STR, FIELD_REQUIRED, AT(text), GREETING_MAX, NULL, "the greeting"},
	{2, "person", FIELD_STR, FIELD_REQUIRED, AT(person), ID_SIZE, NULL, "id of the person"},
};
static const struct record_type record_greeting = {
	"greeting", sizeof(struct greeting), greeting_fields, 2};

static struct str by_person(struct arena *a, const void *record)
{
	return ((const struct greeting *)record)->person;
}

static const struct table_index greeting_indexes[] = {
	{.table = TABLE_GREETING_BY_PERSON, .key = by_person},
	{.table = 0},
};

struct greetings {
	struct tx *tx;
	struct greeting v[GREETINGS_MAX];
	uint64_t versions[GREETINGS_MAX];
	size_t n;
	enum rc rc;
};

static bool take_greeting(void *data, const struct store_record *entry)
{
	struct greetings *g = data;
	struct str key = str_sub(entry->key, ID_SIZE + 1, entry->key.n);

	g->rc = record_get(g->tx->snap, (enum table)TABLE_GREETING, key, g->tx->a, g->v + g->n,
		g->versions + g->n);
	return g->rc == RC_OK && ++g->n < GREETINGS_MAX;
}

static enum rc greetings_of(struct tx *tx, struct str person, struct greetings *ret)
{
	struct str prefix = key_join(tx->a, person, STR_NONE);
	enum rc rc;

	ret->tx = tx;
	ret->n = 0;
	ret->rc = RC_OK;
	rc = store_scan(
		tx->snap, TABLE_GREETING_BY_PERSON, prefix, STR_NONE, false, take_greeting, ret);
	return rc != RC_OK ? rc : ret->rc;
}

static enum rc export_greetings(struct tx *tx, struct str person, struct json_writer *out)
{
	struct greetings *g = arena_new_of(tx->a, struct greetings);
	enum rc rc = greetings_of(tx, person, g);

	for (size_t i = 0; rc == RC_OK && i < g->n; i++) {
		json_write_object(out);
		field_to_json(&record_greeting, g->v + i, out);
		json_write_object_end(out);
	}
	return rc;
}

static const struct module_table tables[] = {
	{.number = TABLE_GREETING,
		.name = "hello_greeting",
		.record = &record_greeting,
		.key = "the text",
		.indexes = greeting_indexes,
		.personal = true,
		.export_records = export_greetings},
	{.number = TABLE_GREETING_BY_PERSON,
		.name = "hello_greeting_by_person",
		.key = "person id, text"},
	{.number = 0},
};

/* --- the operation --- */

static const char *const greet_positional[] = {"text", NULL};

static enum rc greet_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct greeting *args = data;
	struct greetings *g = arena_new_of(tx->a, struct greetings);
	struct greeting there;
	struct person person;
	enum rc rc = person_get(tx->snap, tx->a, args->person, &person, NULL);

	if (rc != RC_OK)
		return rc;
	rc = record_get(tx->snap, (enum table)TABLE_GREETING, args->text, tx->a, &there, NULL);
	if (rc != RC_NOT_FOUND)
		return rc == RC_OK ? RC_EXISTS : rc;
	rc = greetings_of(tx, args->person, g);
	if (rc == RC_OK && (int64_t)g->n >= greetings_allowed(tx))
		return problem_add(ret, "person", "has hello.greetings greetings already");
	return rc;
}

static enum rc greet_before(
	struct tx *tx, const void *data, void *ret_now, struct seen_records *ret_seen)
{
	const struct greeting *args = data;

	return seen_add(tx, ret_seen, (enum table)TABLE_GREETING, args->text);
}

static enum rc greet_apply(struct tx *tx, const void *data, void *result)
{
	const struct greeting *args = data;
	struct audit_entry e = tx_audit(tx, AUDIT_HELLO_GREETED);

	table_put(tx, &tables[0], args->text, NULL, 0, args);
	e.person = args->person;
	e.object = args->text;
	tx_audit_add(tx, &e);
	return RC_OK;
}

static const struct operation operation_greet = {
	.name = "hello.greet",
	.help = "Requests a greeting of a person; a second person approves.",
	.args = &record_greeting,
	.positional = greet_positional,
	.permission = "hello.write",
	.approval = APPROVAL_SECOND_PERSON,
	.check = greet_check,
	.before = greet_before,
	.apply = greet_apply,
};
static const struct operation *const operations[] = {&operation_greet, NULL};

/* --- the command --- */

static enum rc list_greetings(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	struct greetings *g = arena_new_of(tx->a, struct greetings);
	enum rc rc = greetings_of(tx, str_c(arguments[0]), g);

	for (size_t i = 0; rc == RC_OK && i < g->n; i++)
		buf_addf(out, "%.*s\n", STR_FMT(g->v[i].text));
	return rc;
}

static const struct command commands[] = {
	{"hello list", "PERSON", 1, 1, "Lists the greetings of a person.", list_greetings},
	{.name = NULL},
};

/* --- the page --- */

struct web_greeting {
	struct str text;
};

struct web_hello {
	struct str name, action, csrf;
	struct {
		const struct web_greeting *v;
		size_t n;
	} greetings;
};

static const struct tmpl_field web_greeting_fields[] = {
	F(struct web_greeting, text, TMPL_TEXT),
	F_END,
};
static const struct tmpl_field web_hello_fields[] = {
	F(struct web_hello, name, TMPL_TEXT),
	F(struct web_hello, action, TMPL_URL),
	F(struct web_hello, csrf, TMPL_TEXT),
	F_LIST(struct web_hello, greetings, web_greeting_fields),
	F_END,
};
static const struct page_type web_page_hello = {
	.source = "hello.html", .fields = web_hello_fields, .tab = "hello"};
static const struct page_type *const pages[] = {&web_page_hello, NULL};

static void hello_run(struct op *op)
{
	const struct visit *v = op->visit;
	struct greetings *g = arena_new_of(op->tx.a, struct greetings);
	struct web_greeting *rows = arena_array(op->tx.a, GREETINGS_MAX, struct web_greeting);
	struct web_hello model = {.name = v->name, .action = STR("/hello/forget"), .csrf = v->csrf};
	const struct page_options look = {.self = STR("/hello"), .user_name = v->name};
	enum rc rc = greetings_of(&op->tx, v->person.id, g);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	for (size_t i = 0; i < g->n; i++)
		rows[i].text = g->v[i].text;
	model.greetings.v = rows;
	model.greetings.n = g->n;
	page_send(op, 200, &web_page_hello, &model, &look);
}

static void hello_forget_run(struct op *op)
{
	struct greetings *g = arena_new_of(op->tx.a, struct greetings);
	enum rc rc = greetings_of(&op->tx, op->visit->person.id, g);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	for (size_t i = 0; i < g->n; i++)
		table_put(&op->tx, &tables[0], g->v[i].text, g->v + i, g->versions[i], NULL);
	http_redirect(op->x, STR("/hello"));
}

/* --- the permission --- */

/* Who holds it: people with the role of this name in the system "plan". */
static bool has_role(void *data, const struct role_grant *g)
{
	const char **permission = data;

	if (*permission && str_eq_c(g->role, *permission))
		*permission = NULL; /* found */
	return *permission != NULL;
}

static enum rc hello_permitted(struct op *op, struct str person, const char *permission)
{
	enum rc rc = role_grants_each(op->tx.snap, op->tx.a, ROLE_GRANT_PERSON, person, STR("plan"),
		has_role, &permission);

	if (rc != RC_OK)
		return rc;
	return permission ? RC_DENIED : RC_OK;
}

static void hello_all_run(struct op *op)
{
	struct buf out;
	uint64_t n = 0;
	enum rc rc = store_count(op->tx.snap, TABLE_GREETING, &n);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	buf_init(&out, op->tx.a, 40);
	buf_addf(&out, "greetings: %u\n", (unsigned)n);
	http_answer(op->x, 200, "text/plain", buf_str(&out));
}

static const struct route routes[] = {
	{
		.path = "/hello/all",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PERMISSION,
		.permission = "user",
		.run = hello_all_run,
		.name = "hello_all",
		.help = "number of greetings, for people who may read it",
	},
	{
		.path = "/hello/secret",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PERMISSION,
		.permission = "chief",
		.run = hello_all_run,
		.name = "hello_secret",
		.help = "the same, for a permission that nobody has",
	},
	{
		.path = "/hello",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.run = hello_run,
		.name = "hello",
		.help = "account page: greetings",
	},
	{
		.path = "/hello/forget",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.page = "/hello",
		.run = hello_forget_run,
		.name = "hello_forget",
		.help = "deletes the person's greetings",
	},
	{.path = NULL},
};

static const struct nav_item nav[] = {
	{.name = "hello", .path = "/hello"},
	{.name = "hello-all", .path = "/hello/all", .permission = "user"},
	{.name = "hello-secret", .path = "/hello/secret", .permission = "chief"},
	{.name = NULL},
};

/* --- the job --- */

static enum rc count_greetings(const struct app *app, struct arena *a)
{
	struct store_snapshot *snap;
	uint64_t n = 0;
	enum rc rc = store_snapshot_begin(app->store, &snap);

	if (rc != RC_OK)
		return rc;
	rc = store_count(snap, TABLE_GREETING, &n);
	store_snapshot_end(snap);
	metric_set(METRIC_HELLO_GREETINGS, (int64_t)n);
	log_emit(LOG_EVENT_HELLO_COUNTED, LOG_I("n", (int64_t)n));
	return rc;
}

static const struct module_job jobs[] = {
	{.name = "hello_count", .every = 2, .run = count_greetings},
	{.name = NULL},
};

const struct module module_hello = {
	.name = "hello",
	.routes = routes,
	.pages = pages,
	.nav = nav,
	.permitted = hello_permitted,
	.tables = tables,
	.operations = operations,
	.commands = commands,
	.jobs = jobs,
	.options = options,
	.settings_size = sizeof(struct hello_settings),
};

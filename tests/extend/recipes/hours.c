/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/hours.h"

#include "base/array.h"
#include "core/error.h"
#include "core/page.h"
#include "directory/directory.h"
#include "obs/metrics.h"
#include "web/field_macros.h"

extern const struct module module_account;

/* --- a configuration option --- */

const struct conf_option hours_options[] = {
	{"hours.shown", CONF_BOOL, 0, offsetof(struct hours_settings, shown), "true",
		.help = "Whether portals may ask for the hours of an office."},
	{.path = NULL},
};

/* --- a table --- */

enum { TABLE_HOURS_ASKED = TABLE_END + 40 };

struct hours_asked {
	int64_t n;
};
static const struct field asked_fields[] = {
	{1, "n", FIELD_I64, 0, offsetof(struct hours_asked, n), 0, NULL, "times it was asked"},
};
static const struct record_type record_hours_asked = {
	"hours_asked", sizeof(struct hours_asked), asked_fields, ARRAY_LEN(asked_fields)};

const struct module_table hours_tables[] = {
	{.number = TABLE_HOURS_ASKED,
		.name = "hours_asked",
		.record = &record_hours_asked,
		.key = "office code"},
	{.number = 0},
};

static enum rc count_asked(struct op *op, struct str office, int64_t *ret)
{
	struct hours_asked asked = {0};
	uint64_t version = STORE_ABSENT;
	enum rc rc = record_get(
		op->tx.snap, (enum table)TABLE_HOURS_ASKED, office, op->tx.a, &asked, &version);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	*ret = ++asked.n;
	record_put(op->tx.batch, (enum table)TABLE_HOURS_ASKED, op->tx.a, office, &asked, version);
	return RC_OK;
}

/* --- an operation, an event --- */

struct hours_args {
	struct str office, hours;
};
static const struct field args_fields[] = {
	{1, "office", FIELD_STR, FIELD_REQUIRED, offsetof(struct hours_args, office), 20, NULL,
		"code of the office"},
	{2, "hours", FIELD_STR, FIELD_REQUIRED, offsetof(struct hours_args, hours), HOURS_TEXT_MAX,
		NULL, "when it is open"},
};
static const struct record_type record_hours_args = {
	"hours_args", sizeof(struct hours_args), args_fields, ARRAY_LEN(args_fields)};
static const char *const positional[] = {"office", "hours", NULL};

static enum rc set_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct hours_args *args = data;
	struct office office;
	enum rc rc = office_get(tx->snap, tx->a, args->office, &office, NULL);

	if (rc == RC_NOT_FOUND)
		return problem_add(ret, "office", "is no office; write its code");
	if (rc == RC_OK && str_eq(office.hours, args->hours))
		return RC_EXISTS;
	return rc;
}

static enum rc set_apply(struct tx *tx, const void *data, void *result)
{
	const struct hours_args *args = data;
	struct audit_entry e = tx_audit(tx, AUDIT_OFFICE_HOURS_SET);
	struct office office;
	uint64_t version;
	enum rc rc = office_get(tx->snap, tx->a, args->office, &office, &version);

	if (rc != RC_OK)
		return rc;
	office.hours = args->hours;
	office_put(tx->batch, tx->a, &office, version);
	e.office = args->office;
	e.object = args->hours;
	tx_audit_add(tx, &e);
	return RC_OK;
}

const struct operation operation_hours_set = {
	.name = "hours.set",
	.help = "Says when an office is open.",
	.args = &record_hours_args,
	.positional = positional,
	.permission = "hours.write",
	.check = set_check,
	.apply = set_apply,
};

/* --- an endpoint, an error, a metric --- */

void hours_run(struct op *op)
{
	const struct hours_settings *s = module_settings(op->tx.settings, &module_account);
	struct office office;
	struct json_writer w;
	struct buf body;
	int64_t asked = 0;
	const char *why;
	enum rc rc;

	if (op_form(op, &why) != RC_OK) {
		error_json(op, OAUTH(FORM_MALFORMED));
		return;
	}
	rc = office_get(op->tx.snap, op->tx.a, op_param(op, "office"), &office, NULL);
	if (rc == RC_NOT_FOUND || !s->shown) {
		error_json(op, OAUTH(HOURS_UNKNOWN));
		return;
	}
	if (rc == RC_OK)
		rc = count_asked(op, office.code, &asked);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	buf_init(&body, op->tx.a, 1024);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "hours", office.hours);
	json_add_i64(&w, "asked", asked);
	json_write_object_end(&w);
	http_answer(op->x, 200, "application/json", buf_str(&body));
	metric_add(METRIC_HOURS_ASKED, 1);
}

/* --- a page, a text --- */

struct web_hours {
	struct str office, hours;
};
static const struct tmpl_field web_hours_fields[] = {
	F(struct web_hours, office, TMPL_TEXT),
	F(struct web_hours, hours, TMPL_TEXT),
	F_END,
};
const struct page_type web_page_hours = {.source = "hours.html", .fields = web_hours_fields};

void hours_page_run(struct op *op)
{
	const struct page_options look = {.self = STR("/hours/page?office=5700000")};
	struct office office;
	const char *why;

	if (op_form(op, &why) != RC_OK ||
		office_get(op->tx.snap, op->tx.a, op_param(op, "office"), &office, NULL) != RC_OK) {
		page_problem_status(op, 404);
		return;
	}
	page_send(op, 200, &web_page_hours,
		&(struct web_hours){.office = office.name_th, .hours = office.hours}, &look);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu audit ...: the trail of what happened. */
#include "audit/search.h"
#include "audit/verify.h"
#include "codec/date.h"
#include "codec/json_value.h"
#include "main/commands.h"
#include "main/instance.h"

#define LIST_DEFAULT     100
#define ANCHORS_FILE_MAX (256u * 1024u * 1024u) /* bytes */

static const struct audit_place place = {TABLE_AUDIT, TABLE_META};

static bool tell_fault(void *data, const struct audit_fault *fault)
{
	fprintf(stderr, "event %llu: %s: %s\n", (unsigned long long)fault->number,
		audit_fault_name(fault->kind), fault->text);
	return true;
}

/* --- anchors: log lines "audit_checkpoint" that were kept elsewhere --- */

/* The checkpoint of a log line; false if it is another line. A collector may have put something
 * before the JSON object. */
static bool read_anchor(struct arena *a, struct str line, struct audit_anchor *ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *json = NULL;
	struct str object = str_sub(line, str_find(line, '{'), line.n), event, hash;
	int64_t number;

	if (json_value_parse(object, LOG_LINE_MAX, &json) != RC_OK)
		return false;
	if (!json_value_str(json_value_get(json, "event"), &event) ||
		!str_eq_c(event, "audit_checkpoint"))
		return false;
	if (!json_value_i64(json_value_get(json, "number"), &number) || number < 1 ||
		!json_value_str(json_value_get(json, "hash"), &hash) || hash.n != AUDIT_HASH_CHARS)
		return false;
	*ret = (struct audit_anchor){(uint64_t)number, str_dup(a, hash)};
	return true;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct audit_anchor *)a)->number;
	uint64_t y = ((const struct audit_anchor *)b)->number;

	return (x > y) - (x < y);
}

static enum cli_exit read_anchors(struct cli *cli, struct audit_verify_options *options)
{
	const char *path = cli_value(cli, "anchors");
	struct audit_anchor *found;
	struct str rest, line;
	size_t lines = 1, n = 0;

	if (!path)
		return CLI_OK;
	if (!cli_read_file(cli, path, ANCHORS_FILE_MAX, &rest))
		return CLI_FAILED;
	for (size_t i = 0; i < rest.n; i++)
		lines += rest.p[i] == '\n';
	found = arena_array(cli->arena, lines, struct audit_anchor);
	while (str_cut(&rest, '\n', &line))
		n += read_anchor(cli->arena, line, &found[n]);
	if (n == 0)
		return cli_fail(cli, "%s holds no log line \"audit_checkpoint\"", path);
	qsort(found, n, sizeof(*found), by_number);
	options->anchors = found;
	options->n_anchors = n;
	buf_addf(&cli->out, "%zu checkpoint%s of the log compared\n", n, n == 1 ? "" : "s");
	return CLI_OK;
}

enum cli_exit cmd_audit_verify(struct cli *cli)
{
	struct audit_report report = {.records = 0};
	struct audit_key key;
	struct audit_verify_options options = {.keys = &key, .n_keys = 1, .fault = tell_fault};
	struct instance instance;
	enum cli_exit exit = read_anchors(cli, &options);
	enum rc rc;

	if (exit == CLI_OK)
		exit = instance_open(cli, INSTANCE_READ, &instance);

	if (exit != CLI_OK)
		return exit;
	key = audit_key_make(instance.vault.audit);
	rc = audit_verify(instance.store, place, &options, &report);
	explicit_bzero(&key, sizeof(key));
	instance_close(&instance);
	if (rc != RC_OK && rc != RC_CORRUPT)
		return instance_fail(cli, "the audit trail", rc);
	buf_addf(&cli->out,
		"%llu events, the last is %llu; %llu checkpoints, signed up to %llu; %llu faults\n",
		(unsigned long long)report.records, (unsigned long long)report.last,
		(unsigned long long)report.checkpoints, (unsigned long long)report.signed_upto,
		(unsigned long long)report.faults);
	return rc == RC_OK ? CLI_OK : cli_fail(cli, "the audit trail is not whole");
}

struct event_listing {
	struct cli *cli;
	size_t n;
	uint64_t last; /* number of the one printed last */
};

static bool print_event(void *data, const struct audit_found *found)
{
	struct event_listing *l = data;

	buf_add(&l->cli->out, found->json);
	buf_add_byte(&l->cli->out, '\n');
	l->last = found->number;
	l->n++;
	return true;
}

static bool note_event(void *data, const struct audit_found *found)
{
	(void)found;
	*(bool *)data = true;
	return false;
}

/* A time or a day; false: it is neither, and that is reported. */
static bool read_time(struct cli *cli, const char *option, int64_t *ret_ms)
{
	const char *text = cli_value(cli, option);
	int64_t seconds;
	struct buf why;

	if (!text)
		return true;
	if (date_parse_rfc3339(str_c(text), &seconds) == RC_OK ||
		date_parse_day(str_c(text), &seconds) == RC_OK) {
		*ret_ms = seconds * 1000;
		return true;
	}
	buf_init(&why, cli->arena, 200);
	date_add_fault(&why, str_c(text), !strchr(text, ':'));
	(void)cli_usage(cli,
		"--%s: %.*s; a time is written 2026-11-20T08:30:00+07:00 or 2026-11-20", option,
		STR_FMT(buf_str(&why)));
	return false;
}

static enum cli_exit read_filter(struct cli *cli, struct audit_filter *ret, enum audit_event *event)
{
	const char *limit = cli_value(cli, "limit"), *name = cli_value(cli, "event");
	const char *after = cli_value(cli, "after");
	uint64_t n = LIST_DEFAULT;

	*ret = (struct audit_filter){
		.person = str_c(cli_value(cli, "person")),
		.account = str_c(cli_value(cli, "account")),
		.client = str_c(cli_value(cli, "client")),
		.system = str_c(cli_value(cli, "system")),
		.office = str_c(cli_value(cli, "office")),
		.newest_first = true,
	};
	if (limit && (!str_to_u64(str_c(limit), AUDIT_SEARCH_MAX, &n) || n == 0))
		return cli_usage(cli, "--limit is no number from 1 to %u", AUDIT_SEARCH_MAX);
	ret->limit = n;
	if (after && (!str_to_u64(str_c(after), INT64_MAX, &ret->after) || !ret->after))
		return cli_usage(cli, "--after is no number of an event");
	if (name && audit_event_parse(str_c(name), event) != RC_OK)
		return cli_usage(cli, "--event names none; see docs/audit-events.md");
	if (name) {
		ret->events = event;
		ret->n_events = 1;
	}
	if (!read_time(cli, "from", &ret->from_ms) || !read_time(cli, "to", &ret->to_ms))
		return CLI_USAGE;
	return CLI_OK;
}

/* Prints the events, and says where there are more of them. */
static enum rc events_list(
	const struct instance *instance, struct audit_filter *filter, struct event_listing *l)
{
	bool more = false;
	struct buf number;
	char text[24];
	uint64_t last;
	enum rc rc = audit_search(instance->store, place, filter, print_event, l, &last);

	if (rc != RC_OK || l->n < filter->limit)
		return rc;
	filter->after = l->last;
	filter->limit = 1;
	rc = audit_search(instance->store, place, filter, note_event, &more, &last);
	buf_init_fixed(&number, text, sizeof(text));
	buf_add_i64(&number, (int64_t)l->last);
	if (more)
		cli_list_cut(l->cli, l->n, buf_str(&number));
	return rc;
}

enum cli_exit cmd_audit_list(struct cli *cli)
{
	struct event_listing listing = {.cli = cli};
	struct audit_filter filter;
	enum audit_event event;
	struct instance instance;
	enum cli_exit exit = read_filter(cli, &filter, &event);
	enum rc rc;

	if (exit == CLI_OK)
		exit = instance_open(cli, INSTANCE_READ, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = events_list(&instance, &filter, &listing);
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the audit trail", rc);
}

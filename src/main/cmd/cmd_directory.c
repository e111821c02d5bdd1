/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu person, account, office, system, grant: reading what is there. */
#include "main/account.h"
#include "main/commands.h"
#include "main/instance.h"
#include "codec/base64.h"
#include "codec/thai.h"
#include "directory/directory.h"

#define LIST_DEFAULT 1000
#define LIST_MAX     100000

struct record_listing {
	struct cli *cli;
	const struct record_type *type;
	size_t n, limit;
	struct str last; /* key of the last one printed */
	bool more;       /* there is one past the limit */
	enum rc rc;
};

static void print_record(struct cli *cli, const struct record_type *type, const void *record)
{
	struct json_writer w;

	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	field_to_json(type, record, &w);
	json_write_object_end(&w);
}

static bool list_one(void *data, const struct store_record *stored)
{
	struct record_listing *l = data;
	void *record = arena_zalloc(l->cli->arena, l->type->size);

	l->more = l->n == l->limit;
	if (l->more)
		return false;
	l->rc = field_decode(l->type, l->cli->arena, stored->value, record);
	if (l->rc != RC_OK)
		return false;
	buf_add_c(&l->cli->out, l->n++ ? ",\n " : "");
	print_record(l->cli, l->type, record);
	if (l->n == l->limit)
		l->last = str_dup(l->cli->arena, stored->key);
	return true;
}

/* Keys of grants are several parts in one: such a key is written in base64url. */
static bool is_compound(enum table table)
{
	return table == TABLE_ROLE_GRANT;
}

static enum rc read_after(const struct cli *cli, enum table table, struct str *ret)
{
	*ret = str_c(cli_value(cli, "after"));
	return is_compound(table) ? base64url_decode(cli->arena, *ret, ret) : RC_OK;
}

static enum rc list_table(
	struct cli *cli, const struct instance *instance, enum table table, size_t limit)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct record_listing l = {.cli = cli, .type = table_record(table), .limit = limit};
	struct str after;
	enum rc rc = read_after(cli, table, &after);

	if (rc == RC_OK)
		rc = store_snapshot_begin(instance->store, &snap);
	if (rc != RC_OK)
		return rc;
	buf_add_c(&cli->out, "[");
	rc = store_scan(snap, (int)table, STR_NONE, after, false, list_one, &l);
	buf_add_c(&cli->out, "]\n");
	if (l.more)
		cli_list_cut(cli, limit,
			is_compound(table) ? base64url_encode(cli->arena, l.last) : l.last);
	return rc == RC_OK ? l.rc : rc;
}

static enum cli_exit read_limit(const struct cli *cli, size_t *ret)
{
	const char *given = cli_value(cli, "limit");
	uint64_t n = LIST_DEFAULT;

	if (given && (!str_to_u64(str_c(given), LIST_MAX, &n) || n == 0))
		return cli_usage(cli, "--limit is no number from 1 to %d", LIST_MAX);
	*ret = n;
	return CLI_OK;
}

static enum cli_exit records_list(struct cli *cli, enum table table)
{
	struct instance instance;
	size_t limit = LIST_DEFAULT;
	enum cli_exit exit = read_limit(cli, &limit);
	enum rc rc;

	if (exit == CLI_OK)
		exit = instance_open(cli, INSTANCE_READ, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = list_table(cli, &instance, table, limit);
	instance_close(&instance);
	if (rc == RC_INVALID)
		return cli_usage(cli, "--after is no key that a page ended with");
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the list", rc);
}

enum cli_exit cmd_person_list(struct cli *cli)
{
	return records_list(cli, TABLE_PERSON);
}

enum cli_exit cmd_account_list(struct cli *cli)
{
	return records_list(cli, TABLE_ACCOUNT);
}

enum cli_exit cmd_office_list(struct cli *cli)
{
	return records_list(cli, TABLE_OFFICE);
}

enum cli_exit cmd_system_list(struct cli *cli)
{
	return records_list(cli, TABLE_SYSTEM);
}

/* What a show command prints, read inside one snapshot. */
typedef enum rc (*show_fn)(struct cli *cli, struct tx *tx);

struct record_showing {
	struct cli *cli;
	show_fn fn;
};

static enum rc show_in_tx(struct tx *tx, void *data)
{
	const struct record_showing *showing = data;

	return showing->fn(showing->cli, tx);
}

static enum cli_exit record_show(struct cli *cli, show_fn fn)
{
	struct record_showing showing = {cli, fn};
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = tx_read(&instance.app, &instance.actor, cli->arena, show_in_tx, &showing);
	instance_close(&instance);
	if (rc == RC_OK)
		return CLI_OK;
	return instance_fail(cli, cli->n_arguments ? cli->arguments[0] : "the record", rc);
}

static enum rc show_office(struct cli *cli, struct tx *tx)
{
	struct office o;
	enum rc rc = office_get(tx->snap, tx->a, str_c(cli->arguments[0]), &o, NULL);

	if (rc == RC_OK) {
		print_record(cli, &record_office, &o);
		buf_add_byte(&cli->out, '\n');
	}
	return rc;
}

enum cli_exit cmd_office_show(struct cli *cli)
{
	return record_show(cli, show_office);
}

static enum rc show_system(struct cli *cli, struct tx *tx)
{
	struct system s;
	enum rc rc = system_get(tx->snap, tx->a, str_c(cli->arguments[0]), &s, NULL);

	if (rc == RC_OK) {
		print_record(cli, &record_system, &s);
		buf_add_byte(&cli->out, '\n');
	}
	return rc;
}

enum cli_exit cmd_system_show(struct cli *cli)
{
	return record_show(cli, show_system);
}

static enum rc write_grants(
	struct json_writer *w, struct tx *tx, enum role_grant_subject kind, struct str subject)
{
	struct role_grant_list grants;
	enum rc rc = role_grants_of(tx->snap, tx->a, kind, subject, STR_NONE, &grants);

	if (rc != RC_OK)
		return rc;
	json_write_key(w, "grants");
	json_write_array(w);
	for (size_t i = 0; i < grants.n; i++) {
		json_write_object(w);
		field_to_json(&record_role_grant, &grants.v[i], w);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	return RC_OK;
}

static enum rc write_account(struct json_writer *w, struct tx *tx, const struct account *account)
{
	enum rc rc;

	json_write_object(w);
	field_to_json(&record_account, account, w);
	rc = write_grants(w, tx, ROLE_GRANT_ACCOUNT, account->id);
	if (rc == RC_OK)
		rc = account_show_password(w, tx, account->id);
	json_write_object_end(w);
	return rc;
}

static enum rc show_account(struct cli *cli, struct tx *tx)
{
	struct account account;
	struct json_writer w;
	enum rc rc = account_by_name(tx->snap, tx->a, str_c(cli->arguments[0]), &account, NULL);

	if (rc != RC_OK)
		return rc;
	json_writer_init(&w, &cli->out);
	rc = write_account(&w, tx, &account);
	buf_add_byte(&cli->out, '\n');
	return rc;
}

enum cli_exit cmd_account_show(struct cli *cli)
{
	return record_show(cli, show_account);
}

/* By id, or by the citizen number on standard input: on a command line everybody could read it. */
static enum rc find_person(struct cli *cli, struct tx *tx, struct person *ret)
{
	struct str number;

	if (cli->n_arguments)
		return person_get(tx->snap, tx->a, str_c(cli->arguments[0]), ret, NULL);
	if (!cli_read_file(cli, "-", 100, &number))
		return RC_NOT_FOUND;
	if (thai_citizen_number_normalise(
		    tx->a, str_sub(number, 0, str_find(number, '\n')), &number) != RC_OK)
		return RC_NOT_FOUND;
	return person_by_pid(
		tx->snap, tx->a, vault_pid_hash(tx->app->vault, tx->a, number), ret, NULL);
}

static enum rc show_person(struct cli *cli, struct tx *tx)
{
	struct account_list accounts = {.n = 0};
	struct person person;
	struct json_writer w;
	enum rc rc = find_person(cli, tx, &person);

	if (rc == RC_OK)
		rc = accounts_of(tx->snap, tx->a, person.id, &accounts);
	if (rc != RC_OK)
		return rc;
	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	field_to_json(&record_person, &person, &w);
	rc = write_grants(&w, tx, ROLE_GRANT_PERSON, person.id);
	json_write_key(&w, "accounts");
	json_write_array(&w);
	for (size_t i = 0; rc == RC_OK && i < accounts.n; i++)
		rc = write_account(&w, tx, &accounts.v[i]);
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
	return rc;
}

enum cli_exit cmd_person_show(struct cli *cli)
{
	const char *number = cli_value(cli, "citizen-number");

	if ((number != NULL) == (cli->n_arguments > 0))
		return cli_usage(cli, "name an ID, or --citizen-number -");
	if (number && !str_eq_c(str_c(number), "-"))
		return cli_usage(cli, "the number is read from standard input; write "
				      "--citizen-number -");
	return record_show(cli, show_person);
}

static enum rc show_grants(struct cli *cli, struct tx *tx)
{
	const char *person = cli_value(cli, "person");
	struct role_grant subject = {.subject_kind = ROLE_GRANT_PERSON, .subject = str_c(person)};
	struct account account;
	struct role_grant_list grants;
	enum rc rc = RC_OK;

	if (!person) {
		rc = account_by_name(
			tx->snap, tx->a, str_c(cli_value(cli, "account")), &account, NULL);
		subject.subject_kind = ROLE_GRANT_ACCOUNT;
		subject.subject = account.id;
	}
	if (rc == RC_OK)
		rc = role_grants_of(tx->snap, tx->a, (enum role_grant_subject)subject.subject_kind,
			subject.subject, STR_NONE, &grants);
	if (rc != RC_OK)
		return rc;
	buf_add_c(&cli->out, "[");
	for (size_t i = 0; i < grants.n; i++) {
		buf_add_c(&cli->out, i ? ",\n " : "");
		print_record(cli, &record_role_grant, &grants.v[i]);
	}
	buf_add_c(&cli->out, "]\n");
	return RC_OK;
}

enum cli_exit cmd_grant_list(struct cli *cli)
{
	bool person = cli_value(cli, "person"), account = cli_value(cli, "account");

	if (person && account)
		return cli_usage(cli, "name --person or --account, not both");
	if ((person || account) && (cli_value(cli, "limit") || cli_value(cli, "after")))
		return cli_usage(cli,
			"the grants of one person or account are listed whole, without "
			"--limit or --after");
	return person || account ? record_show(cli, show_grants)
				 : records_list(cli, TABLE_ROLE_GRANT);
}

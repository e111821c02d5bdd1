/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The database META identifies the file: its format, the base of versions, and for each table id
 * the name and the flags. A store that holds other tables than this program knows, or the same by
 * other names, was written by something else or by a newer Pratu, and is not touched.
 */
#include "store/lmdb_env.h"

#include <lmdb.h>

#define META_NAME  "META" /* tables have names in lower case */
#define FORMAT     "pratu-store-2"
#define FORMAT_OLD "pratu-store-1" /* records without checksums */

static int read_text(struct lmdb_store *l, MDB_txn *txn, const char *name, struct str *ret)
{
	MDB_val key = lmdb_val(str_c(name)), data;
	int err = mdb_get(txn, l->meta, &key, &data);

	if (err == 0)
		*ret = (struct str){.p = data.mv_data, .n = data.mv_size};
	return err;
}

static int write_text(MDB_txn *txn, MDB_dbi meta, const char *name, struct str text)
{
	MDB_val key = lmdb_val(str_c(name)), data = lmdb_val(text);

	return mdb_put(txn, meta, &key, &data, 0);
}

/* An older store becomes one of this format when no other process has it open: an older program
 * could not read what is written from then on, and refuses it. */
static int check_format(struct lmdb_store *l, MDB_txn *txn)
{
	struct str text;
	int err = read_text(l, txn, "format", &text);
	bool old = err == 0 && str_eq_c(text, FORMAT_OLD);

	if (err)
		return err;
	l->sums = str_eq_c(text, FORMAT);
	if (!l->sums && !old)
		return MDB_INCOMPATIBLE;
	if (!old || l->base.read_only || !l->alone)
		return 0;
	l->sums = true;
	return write_text(txn, l->meta, "format", str_c(FORMAT));
}

/* A new file gets its marks; any other must have them. */
static int open_format(struct lmdb_store *l, MDB_txn *txn, const char **ret_why)
{
	MDB_stat main;
	MDB_dbi dbi;
	int err = mdb_dbi_open(txn, META_NAME, 0, &l->meta);

	*ret_why = "not a store of this program, or of a newer version";
	if (err == 0)
		return check_format(l, txn);
	if (err != MDB_NOTFOUND)
		return err;
	err = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (err == 0)
		err = mdb_stat(txn, dbi, &main);
	if (err || main.ms_entries)
		return err ? err : MDB_INCOMPATIBLE;
	if (l->base.read_only)
		return MDB_NOTFOUND;
	err = mdb_dbi_open(txn, META_NAME, MDB_CREATE, &l->meta);
	l->sums = true;
	return err ? err : write_text(txn, l->meta, "format", str_c(FORMAT));
}

static int open_base(struct lmdb_store *l, MDB_txn *txn)
{
	struct str text;
	int err = read_text(l, txn, "version-base", &text);

	if (err == MDB_NOTFOUND)
		return 0;
	if (err == 0 && !str_to_u64(text, UINT64_MAX / 2, &l->version_base))
		return MDB_CORRUPTED;
	return err;
}

/* Does the row name a table that this program has? Rows of other things: yes. */
static bool row_is_ours(const struct lmdb_store *l, struct str row)
{
	uint64_t id;

	if (!str_starts(row, STR("table-")))
		return true;
	return str_to_u64(str_sub(row, strlen("table-"), row.n), STORE_TABLES_MAX, &id) && id &&
	       l->base.tables[id].name;
}

/* Also one of an id that only a newer program can have. */
static int check_rows(struct lmdb_store *l, MDB_txn *txn)
{
	MDB_cursor *cursor;
	MDB_val key, data;
	int err = mdb_cursor_open(txn, l->meta, &cursor);

	if (err)
		return err;
	while ((err = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0)
		if (!row_is_ours(l, (struct str){.p = key.mv_data, .n = key.mv_size}))
			break;
	mdb_cursor_close(cursor);
	if (err == 0)
		return MDB_INCOMPATIBLE;
	return err == MDB_NOTFOUND ? 0 : err;
}

/* Every table the file names must be one of ours, by the same name and flags. */
static int check_names(struct lmdb_store *l, MDB_txn *txn, const char **ret_why)
{
	int err;

	*ret_why = "its tables are not this version's";
	err = check_rows(l, txn);
	for (int id = 1; id <= STORE_TABLES_MAX && err == 0; id++) {
		const struct store_table *t = &l->base.tables[id];
		char row[32], want[STORE_KEY_MAX + 16];
		struct str text;

		if (!t->name)
			continue;
		snprintf(row, sizeof(row), "table-%d", id);
		snprintf(want, sizeof(want), "%s %u", t->name, t->flags);
		err = read_text(l, txn, row, &text);
		if (err == 0 && !str_eq_c(text, want))
			return MDB_INCOMPATIBLE;
		if (err == MDB_NOTFOUND && !l->base.read_only)
			err = write_text(txn, l->meta, row, str_c(want));
		if (err == MDB_NOTFOUND)
			err = 0;
	}
	return err;
}

static int open_tables(struct lmdb_store *l, MDB_txn *txn)
{
	unsigned flags = l->base.read_only ? 0 : MDB_CREATE;

	for (int id = 1; id <= STORE_TABLES_MAX; id++) {
		int err;

		if (!l->base.tables[id].name)
			continue;
		err = mdb_dbi_open(txn, l->base.tables[id].name, flags, &l->dbi[id]);
		/* A command that only looks may be newer than the store. */
		if (err && !(err == MDB_NOTFOUND && l->base.read_only))
			return err;
		if (err)
			l->dbi[id] = 0;
	}
	return 0;
}

enum rc lmdb_meta_open(struct lmdb_store *l, const char **ret_why)
{
	const char *why = "";
	MDB_txn *txn;
	int err = mdb_txn_begin(l->env, NULL, l->base.read_only ? MDB_RDONLY : 0, &txn);

	if (err) {
		*ret_why = mdb_strerror(err);
		return lmdb_rc(err);
	}
	err = open_format(l, txn, &why);
	if (err == 0)
		err = open_base(l, txn);
	if (err == 0)
		err = check_names(l, txn, &why);
	if (err == 0)
		err = open_tables(l, txn);
	if (err == 0) {
		err = mdb_txn_commit(txn);
		if (err == 0)
			return RC_OK;
	} else {
		mdb_txn_abort(txn);
	}
	*ret_why = err == MDB_INCOMPATIBLE ? why : mdb_strerror(err);
	return lmdb_rc(err);
}

static int rebase(MDB_env *env, uint64_t base)
{
	char text[24];
	MDB_txn *txn;
	MDB_dbi meta;
	int err = mdb_txn_begin(env, NULL, 0, &txn);

	if (err)
		return err;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)base);
	err = mdb_dbi_open(txn, META_NAME, 0, &meta);
	if (err == 0)
		err = write_text(txn, meta, "version-base", str_c(text));
	if (err == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return err;
}

enum rc lmdb_meta_rebase(const char *directory, uint64_t base)
{
	MDB_env *env;
	int err = mdb_env_create(&env);

	if (err)
		return RC_INTERNAL;
	err = mdb_env_set_maxdbs(env, 1);
	if (err == 0)
		err = mdb_env_open(env, directory, 0, 0600);
	if (err == 0)
		err = rebase(env, base);
	mdb_env_close(env);
	return lmdb_rc(err);
}

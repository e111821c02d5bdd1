/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The database META identifies the file: its format, the base of versions, and for each table id
 * the name and the flags. A store that holds other tables than this program knows, or the same by
 * other names, was written by something else or by a newer Pratu, and is not touched.
 */
#include "store/lmdb_env.h"

#include "obs/log.h"

#include <lmdb.h>

#define META_NAME   "META"         /* tables have names in lower case */
#define META_FORMAT "pratu-store-" /* and STORE_FORMAT */
#define FORMAT_SUMS 2              /* the first one whose records have checksums */

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

static int write_format(MDB_txn *txn, MDB_dbi meta)
{
	char format[32];

	snprintf(format, sizeof(format), META_FORMAT "%d", STORE_FORMAT);
	return write_text(txn, meta, "format", str_c(format));
}

static int make_marks(MDB_txn *txn, MDB_dbi *ret_meta)
{
	int err = mdb_dbi_open(txn, META_NAME, MDB_CREATE, ret_meta);

	return err ? err : write_format(txn, *ret_meta);
}

/* The format is ours, and none that is to come. An older store becomes one of this format when no
 * other process has it open: an older program could not read what is written from then on, and
 * refuses it. */
static int check_format(struct lmdb_store *l, MDB_txn *txn)
{
	struct str text;
	uint64_t n;
	int err = read_text(l, txn, "format", &text);

	if (err)
		return err;
	if (!str_starts(text, STR(META_FORMAT)) ||
		!str_to_u64(str_sub(text, strlen(META_FORMAT), text.n), UINT32_MAX, &n))
		return MDB_INVALID;
	if (n < 1 || n > STORE_FORMAT)
		return MDB_INCOMPATIBLE;
	l->sums = n >= FORMAT_SUMS;
	if (n == STORE_FORMAT || l->base.read_only || !l->alone)
		return 0;
	l->sums = true;
	return write_format(txn, l->meta);
}

/* A new file gets its marks; any other must have them. */
static int open_format(struct lmdb_store *l, MDB_txn *txn, const struct store_lmdb_options *o)
{
	MDB_stat main;
	MDB_dbi dbi;
	int err = mdb_dbi_open(txn, META_NAME, 0, &l->meta);

	if (err == 0)
		return check_format(l, txn);
	if (err != MDB_NOTFOUND)
		return err;
	err = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (err == 0)
		err = mdb_stat(txn, dbi, &main);
	if (err || main.ms_entries)
		return err ? err : MDB_INVALID;
	/* A file that init of an older version began and did not finish. */
	if (!o->create || o->read_only)
		return MDB_NOTFOUND;
	l->sums = true;
	return make_marks(txn, &l->meta);
}

/* Who wrote it last; and from now on this program. */
static int open_program(struct lmdb_store *l, MDB_txn *txn, const struct store_lmdb_options *o)
{
	struct str text = STR_NONE;
	int err = read_text(l, txn, "program", &text);

	if (err && err != MDB_NOTFOUND)
		return err;
	snprintf(l->base.written_by, sizeof(l->base.written_by), "%.*s", STR_FMT(text));
	if (!o->program || o->read_only || str_eq_c(text, o->program))
		return 0;
	return write_text(txn, l->meta, "program", str_c(o->program));
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
static int check_names(struct lmdb_store *l, MDB_txn *txn)
{
	int err = check_rows(l, txn);

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

static enum rc meta_refuse(const struct lmdb_store *l, const struct store_lmdb_options *o, int err)
{
	switch (err) {
	case MDB_INCOMPATIBLE:
		return lmdb_refuse(o, STORE_NEWER, RC_CORRUPT,
			"the database was written by a newer version (%s); this program is %s: run "
			"the newer one",
			l->base.written_by[0] ? l->base.written_by : "which it does not name",
			o->program ? o->program : "older");
	case MDB_NOTFOUND:
		return lmdb_refuse(o, STORE_NOT_THERE, RC_NOT_FOUND,
			"data.mdb holds nothing: pratu init was interrupted; give it again");
	case MDB_INVALID:
		return lmdb_refuse(o, STORE_DAMAGED, RC_CORRUPT,
			"data.mdb is no database of this program, or damaged");
	default: return lmdb_open_refuse(lmdb_rc(err), o->directory, mdb_strerror(err));
	}
}

static void report_program(const struct lmdb_store *l, const struct store_lmdb_options *o)
{
	if (o->program && !o->read_only && l->base.written_by[0] &&
		!str_eq_c(str_c(o->program), l->base.written_by))
		log_emit(LOG_EVENT_STORE_PROGRAM_CHANGED, LOG_C("before", l->base.written_by),
			LOG_C("now", o->program));
}

static int open_all(struct lmdb_store *l, MDB_txn *txn, const struct store_lmdb_options *o)
{
	int err = open_format(l, txn, o);

	/* Of any format, so that a refusal names it. */
	if (err == MDB_INCOMPATIBLE)
		(void)open_program(l, txn, &(struct store_lmdb_options){.read_only = true});
	if (err == 0)
		err = open_program(l, txn, o);
	if (err == 0)
		err = open_base(l, txn);
	if (err == 0)
		err = check_names(l, txn);
	return err ? err : open_tables(l, txn);
}

enum rc lmdb_meta_open(struct lmdb_store *l, const struct store_lmdb_options *o)
{
	MDB_txn *txn;
	int err = mdb_txn_begin(l->env, NULL, l->base.read_only ? MDB_RDONLY : 0, &txn);

	if (err)
		return meta_refuse(l, o, err);
	err = open_all(l, txn, o);
	if (err == 0)
		err = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	if (err)
		return meta_refuse(l, o, err);
	report_program(l, o);
	return RC_OK;
}

/* --- a file by itself, which nobody else has open --- */

static int write_base(MDB_txn *txn, uint64_t base)
{
	char text[24];
	MDB_dbi meta;
	int err = mdb_dbi_open(txn, META_NAME, 0, &meta);

	snprintf(text, sizeof(text), "%llu", (unsigned long long)base);
	return err ? err : write_text(txn, meta, "version-base", str_c(text));
}

/* base 0: a new store. */
static int write_meta(MDB_env *env, uint64_t base)
{
	MDB_txn *txn;
	MDB_dbi meta;
	int err = mdb_txn_begin(env, NULL, 0, &txn);

	if (err)
		return err;
	err = base ? write_base(txn, base) : make_marks(txn, &meta);
	if (err == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return err;
}

static enum rc change_file(const char *file, uint64_t base)
{
	MDB_env *env;
	int err = mdb_env_create(&env);

	if (err)
		return RC_INTERNAL;
	err = mdb_env_set_maxdbs(env, 1);
	if (err == 0)
		err = mdb_env_open(env, file, MDB_NOSUBDIR | MDB_NOLOCK, 0600);
	if (err == 0)
		err = write_meta(env, base);
	mdb_env_close(env);
	return lmdb_rc(err);
}

enum rc lmdb_meta_make(const char *file)
{
	return change_file(file, 0);
}

enum rc lmdb_meta_rebase(const char *file, uint64_t base)
{
	return change_file(file, base);
}

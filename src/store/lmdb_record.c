/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A record as it is stored: its version, marked in the highest byte; the checksum of table,
 * version, key and value; the value. Records of before have no mark and no checksum, and get both
 * when they are written again. So a page that the disk changed, or that stands in the wrong place,
 * is found when the record is read, and is that record's trouble alone.
 */
#include "store/lmdb_env.h"

#include "obs/log.h"
#include "obs/metrics.h"

#include <lmdb.h>
#define XXH_INLINE_ALL /* most of what is hashed is short: the call was half of it */
#include <xxhash.h>

#define MARK     ((uint64_t)1 << 56)
#define HEAD_OLD sizeof(uint64_t)
#define HEAD     (sizeof(uint64_t) + sizeof(uint32_t))
#define KEY_LOG  64u /* bytes of a key that are logged */

/* Of the value, and of everything that says whose value it is. */
static uint32_t sum_of(int table, uint64_t word, struct str key, struct str value)
{
	uint64_t seed = word ^ (uint64_t)table * 0x9e3779b97f4a7c15u;
	uint64_t sum = XXH3_64bits(value.p, value.n) ^ XXH3_64bits_withSeed(key.p, key.n, seed);

	return (uint32_t)(sum ^ sum >> 32);
}

size_t lmdb_record_size(const struct lmdb_store *l, size_t n)
{
	return (l->sums ? HEAD : HEAD_OLD) + n;
}

void lmdb_record_write(const struct lmdb_store *l, int table, uint64_t version, struct str key,
	struct str value, char *ret)
{
	uint64_t word = l->sums ? version | MARK : version;
	uint32_t sum;

	memcpy(ret, &word, sizeof(word));
	if (l->sums) {
		sum = sum_of(table, word, key, value);
		memcpy(ret + HEAD_OLD, &sum, sizeof(sum));
	}
	if (value.n)
		memcpy(ret + lmdb_record_size(l, 0), value.p, value.n);
}

enum store_fault lmdb_record_split(
	int table, const MDB_val *key, const MDB_val *data, struct store_record *ret, bool *ret_sum)
{
	const char *bytes = data->mv_data;
	size_t head = HEAD_OLD;
	uint64_t word = 0;
	uint32_t sum = 0;

	*ret = (struct store_record){.key = {.p = key->mv_data, .n = key->mv_size}};
	*ret_sum = false;
	if (data->mv_size < HEAD_OLD)
		return STORE_FAULT_SHORT;
	memcpy(&word, bytes, sizeof(word));
	*ret_sum = word & MARK;
	if (*ret_sum)
		head = HEAD;
	if (data->mv_size < head)
		return STORE_FAULT_SHORT;
	ret->version = word & (MARK - 1);
	ret->value = (struct str){.p = bytes + head, .n = data->mv_size - head};
	if (!*ret_sum)
		return word >> 56 ? STORE_FAULT_SUM : STORE_FAULT_NONE;
	memcpy(&sum, bytes + HEAD_OLD, sizeof(sum));
	return sum == sum_of(table, word, ret->key, ret->value) ? STORE_FAULT_NONE
								: STORE_FAULT_SUM;
}

void lmdb_report_damage(const struct lmdb_store *l, int table, struct str key)
{
	char hex[2 * KEY_LOG + 1];

	for (size_t i = 0; i < key.n && i < KEY_LOG; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)key.p[i]);
	hex[2 * (key.n < KEY_LOG ? key.n : KEY_LOG)] = '\0';
	metric_add(METRIC_STORE_DAMAGED, 1);
	log_emit(LOG_EVENT_STORE_DAMAGED, LOG_C("table", l->base.tables[table].name),
		LOG_C("key", hex));
}

enum rc lmdb_record(const struct store_snapshot *snap, int table, const MDB_val *key,
	const MDB_val *data, struct store_record *ret)
{
	bool sum;
	enum store_fault fault = lmdb_record_split(table, key, data, ret, &sum);

	if (fault == STORE_FAULT_NONE || (snap->damaged_too && fault == STORE_FAULT_SUM))
		return RC_OK;
	lmdb_report_damage((const struct lmdb_store *)snap->store, table,
		(struct str){.p = key->mv_data, .n = key->mv_size});
	return RC_CORRUPT;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/backend.h"

#define EXPIRY_BYTES 4u
#define LOG_KEY      8u

struct store_batch *store_batch_new(struct arena *a)
{
	struct store_batch *b = arena_new_of(a, struct store_batch);

	b->arena = a;
	b->tail = &b->first;
	return b;
}

bool store_batch_empty(const struct store_batch *b)
{
	return !b->first && b->broken == RC_OK;
}

bool store_batch_writes(const struct store_batch *b, int table)
{
	for (const struct store_op *op = b->first; op; op = op->next)
		if (op->table == table && op->kind != STORE_OP_EXPECT)
			return true;
	return false;
}

void store_batch_fail(struct store_batch *b, enum rc rc)
{
	b->broken = rc;
}

static void batch_add_op(struct store_batch *b, struct store_op op)
{
	struct store_op *copy;
	size_t value_max = op.kind == STORE_OP_APPEND ? STORE_PAYLOAD_MAX : STORE_VALUE_MAX;

	if (b->n == STORE_BATCH_MAX || op.value.n > value_max || op.key.n > STORE_KEY_MAX)
		b->broken = RC_LIMITED;
	else if (op.kind != STORE_OP_APPEND && op.key.n == 0)
		b->broken = RC_INVALID;
	else if (arena_exceeded(b->arena))
		b->broken = RC_LIMITED;
	if (b->broken != RC_OK)
		return;
	copy = arena_new_of(b->arena, struct store_op);
	*copy = op;
	copy->key = str_dup(b->arena, op.key);
	copy->value = str_dup(b->arena, op.value);
	*b->tail = copy;
	b->tail = &copy->next;
	b->n++;
}

void store_put(struct store_batch *b, int table, struct str key, struct str value, uint64_t expect)
{
	batch_add_op(b, (struct store_op){.kind = STORE_OP_PUT,
				.table = table,
				.expect = expect,
				.key = key,
				.value = value});
}

void store_delete(struct store_batch *b, int table, struct str key, uint64_t expect)
{
	batch_add_op(
		b, (struct store_op){
			   .kind = STORE_OP_DELETE, .table = table, .expect = expect, .key = key});
}

void store_expect(struct store_batch *b, int table, struct str key, uint64_t expect)
{
	batch_add_op(
		b, (struct store_op){
			   .kind = STORE_OP_EXPECT, .table = table, .expect = expect, .key = key});
}

void store_append(struct store_batch *b, int table, struct str payload)
{
	batch_add_op(
		b, (struct store_op){.kind = STORE_OP_APPEND, .table = table, .value = payload});
}

/* --- keys --- */

static void put_be(char *p, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0; value >>= 8)
		p[i] = (char)(value & 0xff);
}

static uint64_t get_be(const char *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | (unsigned char)p[i];
	return value;
}

struct str store_key_expiring(struct arena *a, int64_t expiry, struct str id)
{
	char *key = arena_alloc(a, EXPIRY_BYTES + id.n);
	uint64_t second = expiry < 0 ? 0 : (uint64_t)expiry;

	put_be(key, second > UINT32_MAX ? UINT32_MAX : second, EXPIRY_BYTES);
	if (id.n)
		memcpy(key + EXPIRY_BYTES, id.p, id.n);
	return (struct str){.p = key, .n = EXPIRY_BYTES + id.n};
}

int64_t store_key_expiry(struct str key)
{
	return key.n < EXPIRY_BYTES ? 0 : (int64_t)get_be(key.p, EXPIRY_BYTES);
}

void store_log_key(uint64_t number, char ret[static LOG_KEY])
{
	put_be(ret, number, LOG_KEY);
}

struct str store_key_log(struct arena *a, uint64_t number)
{
	char *key = arena_alloc(a, LOG_KEY);

	store_log_key(number, key);
	return (struct str){.p = key, .n = LOG_KEY};
}

uint64_t store_key_number(struct str key)
{
	return key.n == LOG_KEY ? get_be(key.p, LOG_KEY) : 0;
}

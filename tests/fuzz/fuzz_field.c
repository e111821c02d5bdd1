/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Stored records: any bytes. What is accepted without unknown fields is stored the same again. */
#include "base/arena.h"
#include "base/die.h"
#include "codec/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_record {
	struct str name;
	int64_t count;
	bool active;
	int state;
	struct strlist tags;
	struct str extra;
};

static const char *const states[] = {"new", "used", "gone", NULL};

static const struct field fields[] = {
	{1, "name", FIELD_STR, 0, offsetof(struct fuzz_record, name)},
	{2, "count", FIELD_I64, 0, offsetof(struct fuzz_record, count)},
	{4, "active", FIELD_BOOL, 0, offsetof(struct fuzz_record, active)},
	{5, "state", FIELD_ENUM, 0, offsetof(struct fuzz_record, state), .words = states},
	{6, "tags", FIELD_STRLIST, 0, offsetof(struct fuzz_record, tags)},
	{9, "extra", FIELD_BYTES, 0, offsetof(struct fuzz_record, extra)},
};

static const struct record_type type = {"thing", sizeof(struct fuzz_record), fields, 6};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stored = {.p = (const char *)data, .n = size};
	struct arena *a = arena_new(ARENA_MAX);
	struct fuzz_record first, second;
	struct buf out;

	if (size <= RECORD_STORED_MAX && field_decode(&type, a, stored, &first) == RC_OK) {
		buf_init(&out, a, RECORD_STORED_MAX);
		field_encode(&type, &first, &out);
		if (buf_status(&out) != RC_OK || out.n > size)
			die("a decoded record grew");
		if (field_decode(&type, a, buf_str(&out), &second) != RC_OK)
			die("an encoded record is refused");
		if (out.n == size && !str_eq(buf_str(&out), stored))
			die("one record, two stored forms");
		if (!str_eq(first.name, second.name) || first.count != second.count ||
			first.tags.n != second.tags.n || !str_eq(first.extra, second.extra))
			die("an encoded record reads otherwise");
	}
	arena_free(a);
	return 0;
}

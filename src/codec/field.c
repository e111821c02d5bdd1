/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/field.h"

#include "base/arena.h"
#include "base/die.h"

#define FORMAT     1          /* first byte of a stored record */
#define HEAD_MAX   5u         /* bytes of a tag and a length */
#define LENGTH_MAX 0xfffffffu /* what four bytes of LEB128 hold */

static const void *field_value(const struct field *f, const void *record)
{
	return (const char *)record + f->offset;
}

static void *member_of(const struct field *f, void *record)
{
	return (char *)record + f->offset;
}

static unsigned char *put_length(unsigned char *p, size_t n)
{
	if (n > LENGTH_MAX)
		die("field: a value is too long to store");
	for (; n >= 0x80; n >>= 7)
		*p++ = (unsigned char)(n | 0x80);
	*p++ = (unsigned char)n;
	return p;
}

/* Reads a length of at most four bytes, in its shortest form; false when it is not one. */
static inline bool get_length(const unsigned char **at, const unsigned char *end, size_t *ret)
{
	const unsigned char *p = *at;
	size_t n = 0;

	for (unsigned shift = 0; shift < 28 && p < end; shift += 7) {
		unsigned char byte = *p++;

		n |= (size_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (byte == 0 && shift)
			return false;
		*at = p;
		*ret = n;
		return true;
	}
	return false;
}

/* Room for a field with n bytes of value; NULL when the buffer is full. */
static unsigned char *field_begin(struct buf *out, const struct field *f, size_t n)
{
	unsigned char *p = (unsigned char *)buf_reserve(out, HEAD_MAX + n);

	if (!p)
		return NULL;
	*p++ = f->tag;
	return put_length(p, n);
}

static void field_finish(struct buf *out, const unsigned char *end)
{
	buf_commit(out, (size_t)((const char *)end - (out->p + out->n)));
}

static void encode_str(const struct field *f, struct str s, struct buf *out)
{
	unsigned char *p = s.n ? field_begin(out, f, s.n) : NULL;

	if (!p)
		return;
	memcpy(p, s.p, s.n);
	field_finish(out, p + s.n);
}

/* Zigzag, then little-endian without high zero bytes: a time takes five bytes. */
static void encode_i64(const struct field *f, int64_t value, struct buf *out)
{
	uint64_t zigzag = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
	size_t n = zigzag ? (71 - (size_t)__builtin_clzll(zigzag)) / 8 : 0;
	unsigned char *p = n ? field_begin(out, f, n) : NULL;

	if (!p)
		return;
	for (size_t i = 0; i < n; i++, zigzag >>= 8)
		*p++ = (unsigned char)zigzag;
	field_finish(out, p);
}

static size_t length_size(size_t n)
{
	return n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x200000 ? 3 : 4;
}

static void encode_strlist(const struct field *f, struct strlist list, struct buf *out)
{
	unsigned char *p;
	size_t n = 0;

	for (size_t i = 0; i < list.n; i++)
		n += length_size(list.v[i].n) + list.v[i].n;
	p = n ? field_begin(out, f, n) : NULL;
	if (!p)
		return;
	for (size_t i = 0; i < list.n; i++) {
		p = put_length(p, list.v[i].n);
		if (list.v[i].n)
			memcpy(p, list.v[i].p, list.v[i].n);
		p += list.v[i].n;
	}
	field_finish(out, p);
}

static void encode_field(const struct field *f, const void *record, struct buf *out)
{
	const void *m = field_value(f, record);

	switch (f->type) {
	case FIELD_STR:
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON: encode_str(f, *(const struct str *)m, out); return;
	case FIELD_I64:
	case FIELD_TIME:
	case FIELD_DATE: encode_i64(f, *(const int64_t *)m, out); return;
	case FIELD_BOOL: encode_i64(f, *(const bool *)m ? 1 : 0, out); return;
	case FIELD_ENUM: encode_i64(f, *(const int *)m, out); return;
	case FIELD_STRLIST: encode_strlist(f, *(const struct strlist *)m, out); return;
	case FIELD_INVALID: break;
	}
	die("field: a table row has no type");
}

void field_encode(const struct record_type *type, const void *record, struct buf *out)
{
	buf_add_byte(out, FORMAT);
	for (size_t i = 0; i < type->n_fields; i++)
		encode_field(&type->fields[i], record, out);
}

static bool decode_i64(struct str bytes, int64_t *ret)
{
	uint64_t zigzag = 0;

	if (bytes.n == 0 || bytes.n > 8 || bytes.p[bytes.n - 1] == 0)
		return false;
	for (size_t i = bytes.n; i-- > 0;)
		zigzag = zigzag << 8 | (unsigned char)bytes.p[i];
	*ret = (int64_t)(zigzag >> 1 ^ (0 - (zigzag & 1)));
	return true;
}

static bool decode_enum(const struct field *f, struct str bytes, int *ret)
{
	int64_t value, n = 0;

	if (!decode_i64(bytes, &value) || value < 0)
		return false;
	while (f->words[n] && n < value)
		n++;
	*ret = (int)value;
	return f->words[n] != NULL;
}

static bool decode_strlist(struct arena *a, struct str bytes, struct strlist *ret)
{
	const unsigned char *start = (const unsigned char *)bytes.p, *end = start + bytes.n;
	const unsigned char *p;
	struct str *parts;
	size_t n = 0, length;

	for (p = start; p < end; p += length, n++)
		if (!get_length(&p, end, &length) || length > (size_t)(end - p))
			return false;
	parts = arena_alloc(a, n * sizeof(*parts));
	p = start;
	for (size_t i = 0; i < n; i++, p += length) {
		if (!get_length(&p, end, &length))
			return false;
		parts[i] = (struct str){.p = (const char *)p, .n = length};
	}
	*ret = (struct strlist){.v = parts, .n = n};
	return n > 0;
}

static bool decode_field(const struct field *f, struct arena *a, struct str bytes, void *record)
{
	void *m = member_of(f, record);

	switch (f->type) {
	case FIELD_STR:
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON: *(struct str *)m = bytes; return bytes.n > 0;
	case FIELD_I64:
	case FIELD_TIME:
	case FIELD_DATE: return decode_i64(bytes, m);
	/* The zigzag of 1: a false one is absent. */
	case FIELD_BOOL: *(bool *)m = true; return bytes.n == 1 && bytes.p[0] == 2;
	case FIELD_ENUM: return decode_enum(f, bytes, m);
	case FIELD_STRLIST: return decode_strlist(a, bytes, m);
	case FIELD_INVALID: break;
	}
	return false;
}

enum rc field_decode(
	const struct record_type *type, struct arena *a, struct str stored, void *ret_record)
{
	const unsigned char *p = (const unsigned char *)stored.p, *end = p + stored.n;
	const struct field *f = type->fields, *last = f + type->n_fields;
	unsigned previous = 0;

	memset(ret_record, 0, type->size);
	if (arena_exceeded(a))
		return RC_LIMITED;
	if (stored.n == 0 || *p++ != FORMAT)
		return RC_CORRUPT;
	while (p < end) {
		unsigned tag = *p++;
		struct str bytes;

		if (tag <= previous || !get_length(&p, end, &bytes.n) ||
			bytes.n > (size_t)(end - p))
			return RC_CORRUPT;
		bytes.p = (const char *)p;
		p += bytes.n;
		previous = tag;
		/* Most tables count their tags from 1 without a gap. */
		if (tag <= type->n_fields && type->fields[tag - 1].tag == tag)
			f = type->fields + tag - 1;
		while (f < last && f->tag < tag)
			f++;
		if (f < last && f->tag == tag && !decode_field(f, a, bytes, ret_record))
			return RC_CORRUPT;
	}
	return RC_OK;
}

const struct field *field_find(const struct record_type *type, struct str name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (str_eq_c(name, type->fields[i].name))
			return &type->fields[i];
	return NULL;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/json_writer.h"

#include "base/die.h"

/* What a byte needs inside a string. */
enum { PLAIN = 0, ESCAPE, MULTIBYTE };

#define ROW16(c) c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c
static const uint8_t byte_class[256] = {
	ROW16(ESCAPE),
	ROW16(ESCAPE),
	['"'] = ESCAPE,
	['&'] = ESCAPE,
	['<'] = ESCAPE,
	['>'] = ESCAPE,
	['\\'] = ESCAPE,
	[0x7f] = ESCAPE,
	[0x80] = ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
	ROW16(MULTIBYTE),
};

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

/* The comma before an element, unless it is the first or follows its key. */
static void separate(struct json_writer *w)
{
	if (w->comma[w->depth])
		buf_add_byte(w->out, ',');
	w->comma[w->depth] = true;
}

static void open_level(struct json_writer *w, unsigned char bracket)
{
	separate(w);
	if (w->depth == JSON_WRITER_MAX_DEPTH)
		die("json_writer: nested too deep");
	w->comma[++w->depth] = false;
	buf_add_byte(w->out, bracket);
}

static void close_level(struct json_writer *w, unsigned char bracket)
{
	if (w->depth == 0)
		die("json_writer: closed more than was opened");
	w->depth--;
	buf_add_byte(w->out, bracket);
}

void json_write_object(struct json_writer *w)
{
	open_level(w, '{');
}

void json_write_object_end(struct json_writer *w)
{
	close_level(w, '}');
}

void json_write_array(struct json_writer *w)
{
	open_level(w, '[');
}

void json_write_array_end(struct json_writer *w)
{
	close_level(w, ']');
}

static void add_escape(struct buf *out, unsigned char byte)
{
	static const char digits[16] = "0123456789abcdef";
	static const char shorts[256] = {['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't'};
	char text[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

	if (!shorts[byte]) {
		buf_add(out, (struct str){.p = text, .n = sizeof(text)});
		return;
	}
	text[1] = shorts[byte];
	buf_add(out, (struct str){.p = text, .n = 2});
}

/*
 * The sequence at the start of s: how many bytes it has, and in *ret_instead what stands for it in
 * JSON (empty: itself). U+2028 and U+2029 end a line in old scripts.
 */
static size_t multibyte(struct str s, struct str *ret_instead)
{
	size_t step = str_utf8_step(s);

	*ret_instead = STR_NONE;
	if (step == 0) {
		*ret_instead = STR("\\ufffd");
		return 1;
	}
	if (step == 3 && memcmp(s.p, "\xe2\x80\xa8", 3) == 0)
		*ret_instead = STR("\\u2028");
	else if (step == 3 && memcmp(s.p, "\xe2\x80\xa9", 3) == 0)
		*ret_instead = STR("\\u2029");
	return step;
}

/* A string with something to escape; runs without are copied whole. */
static void add_escaped(struct buf *out, struct str s)
{
	size_t from = 0, i = 0;

	buf_add_byte(out, '"');
	while (i < s.n) {
		unsigned char byte = (unsigned char)s.p[i];
		struct str instead = STR_NONE;
		size_t step = 1;

		if (byte_class[byte] == PLAIN) {
			i++;
			continue;
		}
		if (byte_class[byte] == MULTIBYTE)
			step = multibyte(str_sub(s, i, s.n), &instead);
		if (byte_class[byte] == ESCAPE || instead.n) {
			buf_add(out, (struct str){.p = s.p + from, .n = i - from});
			from = i + step;
		}
		if (byte_class[byte] == ESCAPE)
			add_escape(out, byte);
		buf_add(out, instead);
		i += step;
	}
	if (i > from)
		buf_add(out, (struct str){.p = s.p + from, .n = i - from});
	buf_add_byte(out, '"');
}

/* Bytes at the start of s that stand for themselves. */
static size_t plain_run(struct str s)
{
	size_t n = 0;

	while (n < s.n && byte_class[(unsigned char)s.p[n]] == PLAIN)
		n++;
	return n;
}

/*
 * The next element or key as a quoted string, with the comma before it when one is due. Most are
 * plain: they take one look at the buffer and one copy.
 */
static void add_quoted(struct json_writer *w, struct str s, bool is_key)
{
	bool comma = w->comma[w->depth];
	size_t n = s.n + 2 + comma + is_key;
	char *p;

	w->comma[w->depth] = !is_key;
	if (plain_run(s) < s.n) {
		if (comma)
			buf_add_byte(w->out, ',');
		add_escaped(w->out, s);
		if (is_key)
			buf_add_byte(w->out, ':');
		return;
	}
	p = buf_reserve(w->out, n);
	if (!p)
		return;
	if (comma)
		*p++ = ',';
	*p++ = '"';
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '"';
	if (is_key)
		p[s.n + 1] = ':';
	buf_commit(w->out, n);
}

void json_write_key_s(struct json_writer *w, struct str name)
{
	add_quoted(w, name, true);
}

void json_write_key(struct json_writer *w, const char *name)
{
	json_write_key_s(w, str_c(name));
}

void json_write_str(struct json_writer *w, struct str s)
{
	add_quoted(w, s, false);
}

void json_write_i64(struct json_writer *w, int64_t value)
{
	separate(w);
	buf_add_i64(w->out, value);
}

void json_write_bool(struct json_writer *w, bool value)
{
	json_write_raw(w, value ? STR("true") : STR("false"));
}

void json_write_raw(struct json_writer *w, struct str json)
{
	separate(w);
	buf_add(w->out, json);
}

void json_add_str(struct json_writer *w, const char *name, struct str value)
{
	json_write_key(w, name);
	json_write_str(w, value);
}

void json_add_str_opt(struct json_writer *w, const char *name, struct str value)
{
	if (value.n)
		json_add_str(w, name, value);
}

void json_add_i64(struct json_writer *w, const char *name, int64_t value)
{
	json_write_key(w, name);
	json_write_i64(w, value);
}

void json_add_bool(struct json_writer *w, const char *name, bool value)
{
	json_write_key(w, name);
	json_write_bool(w, value);
}

void json_add_strlist(struct json_writer *w, const char *name, struct strlist list)
{
	json_write_key(w, name);
	json_write_array(w);
	for (size_t i = 0; i < list.n; i++)
		json_write_str(w, list.v[i]);
	json_write_array_end(w);
}

void json_add_raw(struct json_writer *w, const char *name, struct str json)
{
	json_write_key(w, name);
	json_write_raw(w, json);
}

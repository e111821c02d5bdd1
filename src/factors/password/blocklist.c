/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/blocklist.h"

#include "base/array.h"
#include "base/arena.h"
#include "base/die.h"

static const char *const built_in[] = {
#include "factors/password/common_passwords.def"
};

#define WORDS_MAX  1000000u
#define MEMORY_MAX (64u * 1024u * 1024u)

struct blocklist {
	struct arena *arena;
	struct str *words; /* sorted */
	size_t n, cap;
};

static void blocklist_add(struct blocklist *b, struct str word)
{
	if (word.n < BLOCKLIST_WORD_MIN || word.n > BLOCKLIST_WORD_MAX || b->n == WORDS_MAX)
		return;
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 2048;

		b->words = memory_wait_for(reallocarray(b->words, cap, sizeof(*b->words)));
		b->cap = cap;
	}
	b->words[b->n++] = str_dup(b->arena, word);
}

/* One code point; what is no UTF-8 counts byte by byte. */
static uint32_t next_character(struct str s, size_t *at)
{
	size_t step = str_utf8_step(str_sub(s, *at, s.n));
	const unsigned char *p = (const unsigned char *)s.p + *at;

	*at += step ? step : 1;
	if (step == 2)
		return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	if (step == 3)
		return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return step > 3 ? 0x10000 : p[0];
}

/* Lower case; Thai letters as their keys. Words with other letters are left out. */
static void blocklist_add_line(struct blocklist *b, struct str line)
{
	char word[BLOCKLIST_WORD_MAX];
	size_t n = 0, at = 0;

	line = str_trim(line);
	while (at < line.n) {
		uint32_t c = next_character(line, &at);
		char key = c >= 'A' && c <= 'Z' ? (char)(c + 32)
			   : c < 0x80           ? (char)c
						: keyboard_key(c);

		if (!key || n == sizeof(word))
			return;
		word[n++] = key;
	}
	blocklist_add(b, (struct str){word, n});
}

static int compare(const void *first, const void *second)
{
	return str_cmp(*(const struct str *)first, *(const struct str *)second);
}

static void add_text(struct blocklist *b, struct str text)
{
	struct str line;

	while (str_cut(&text, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!str_starts(line, STR("#")))
			blocklist_add_line(b, line);
	}
}

static enum rc add_file(struct blocklist *b, struct str file, const char **ret_why)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(MEMORY_MAX);
	char *bytes = arena_alloc(a, BLOCKLIST_FILE_MAX + 1);
	FILE *f = fopen(str_dup_c(a, file), "re");
	size_t n;
	bool failed;

	*ret_why = "cannot be read; name a text file with one word a line";
	if (!f)
		return RC_INVALID;
	n = fread(bytes, 1, BLOCKLIST_FILE_MAX + 1, f);
	failed = ferror(f);
	fclose(f);
	if (failed || n > BLOCKLIST_FILE_MAX)
		return RC_INVALID;
	add_text(b, (struct str){bytes, n});
	return RC_OK;
}

enum rc blocklist_new(struct str file, struct blocklist **ret, const char **ret_why)
{
	struct blocklist *b = xcalloc(1, sizeof(*b));
	enum rc rc = RC_OK;

	b->arena = arena_new(MEMORY_MAX);
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++)
		blocklist_add_line(b, str_c(built_in[i]));
	if (file.n)
		rc = add_file(b, file, ret_why);
	if (rc != RC_OK) {
		blocklist_free(b);
		return rc;
	}
	qsort(b->words, b->n, sizeof(*b->words), compare);
	*ret = b;
	return RC_OK;
}

void blocklist_free(struct blocklist *b)
{
	if (!b)
		return;
	free(b->words);
	arena_free(b->arena);
	free(b);
}

bool blocklist_has(const struct blocklist *b, struct str word)
{
	return b && bsearch(&word, b->words, b->n, sizeof(*b->words), compare);
}

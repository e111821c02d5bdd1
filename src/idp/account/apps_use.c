/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/apps_use.h"

#include "directory/directory.h"

struct uses {
	struct op *op;
	struct system_use *v;
	size_t n, cap;
};

static struct system_use *use_find(struct uses *u, struct str system)
{
	for (size_t i = 0; i < u->n; i++)
		if (str_eq(u->v[i].system, system))
			return u->v + i;
	return NULL;
}

static void use_add(struct uses *u, struct str system, int64_t last)
{
	struct system_use *found = use_find(u, system);

	if (found) {
		found->last = found->last > last ? found->last : last;
		return;
	}
	u->v = arena_grow(u->op->tx.a, u->v, u->n, &u->cap, 8, sizeof(*u->v));
	u->v[u->n++] = (struct system_use){system, last};
}

static enum rc use_session(struct uses *u, const struct session *s)
{
	struct session_client_list clients;
	enum rc rc = session_clients(&u->op->tx, s, &clients);

	for (size_t i = 0; rc == RC_OK && i < clients.n; i++) {
		struct client client;

		rc = client_get(u->op->tx.snap, u->op->tx.a, clients.v[i].client, &client, NULL);
		if (rc == RC_OK)
			use_add(u, client.system, clients.v[i].last);
		else if (rc == RC_NOT_FOUND) /* removed since */
			rc = RC_OK;
	}
	return rc;
}

enum rc system_uses_of(struct op *op, const struct session_list *sessions, struct system_uses *ret)
{
	struct uses u = {.op = op};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sessions->n; i++)
		rc = use_session(&u, &sessions->v[i].s);
	*ret = (struct system_uses){u.v, u.n};
	return rc;
}

int64_t system_last_used(const struct system_uses *uses, struct str system)
{
	for (size_t i = 0; i < uses->n; i++)
		if (str_eq(uses->v[i].system, system))
			return uses->v[i].last;
	return 0;
}

/* Bytes of the character at i: UTF-8, which names are. */
static size_t char_bytes(struct str s, size_t i)
{
	size_t n = 1;

	while (i + n < s.n && ((unsigned char)s.p[i + n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Thai writes these before the consonant that they follow in speech: U+0E40 to U+0E44. */
static bool is_leading_vowel(struct str c)
{
	return c.n == 3 && (unsigned char)c.p[0] == 0xe0 && (unsigned char)c.p[1] == 0xb9 &&
	       (unsigned char)c.p[2] >= 0x80 && (unsigned char)c.p[2] <= 0x84;
}

static bool is_gap(struct str c)
{
	return c.n == 1 && strchr(" -_./()", c.p[0]) && c.p[0];
}

struct str system_mark(struct op *op, struct str name)
{
	bool begins = true;
	struct buf mark;
	size_t taken = 0;

	buf_init(&mark, op->tx.a, 16);
	for (size_t i = 0, n; i < name.n && taken < 2; i += n) {
		struct str c = str_sub(name, i, n = char_bytes(name, i));

		if (is_gap(c)) {
			begins = true;
		} else if (begins && !is_leading_vowel(c)) {
			buf_add(&mark, c);
			taken += c.n > 1 ? 2 : 1;
			begins = false;
		}
	}
	return buf_str(&mark);
}

bool system_matches(struct op *op, const struct str *texts, size_t n, struct str asked)
{
	struct str wanted = str_lower(op->tx.a, asked);

	for (size_t i = 0; i < n; i++) {
		struct str text = str_lower(op->tx.a, texts[i]);

		if (text.n && memmem(text.p, text.n, wanted.p, wanted.n))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/internal.h"

#include "base/die.h"

struct jwk_set {
	atomic_uint refs;
	size_t n;
	struct jwk *keys[JWKS_KEYS_MAX];
};

enum rc jwk_set_new(struct jwk *const *keys, size_t n, struct jwk_set **ret)
{
	struct jwk_set *s;

	if (n > JWKS_KEYS_MAX)
		return RC_LIMITED;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(keys[i]->kid, keys[j]->kid))
				return RC_EXISTS;
	s = xcalloc(1, sizeof(*s));
	atomic_init(&s->refs, 1);
	s->n = n;
	for (size_t i = 0; i < n; i++)
		s->keys[i] = jwk_ref(keys[i]);
	*ret = s;
	return RC_OK;
}

static enum jose_alg alg_of_type(const struct json_value *json)
{
	struct str kty;

	if (!json_value_str(json_value_get(json, "kty"), &kty))
		return JOSE_ALG_INVALID;
	return str_eq_c(kty, "EC") ? JOSE_ES256 : JOSE_RS256;
}

/* RFC 7517 5: keys one cannot use are ignored, the others count. */
static size_t import_usable(
	const struct json_value *list, enum jose_alg fallback, struct jwk **keys)
{
	size_t n = 0;

	for (size_t i = 0; i < json_value_count(list); i++) {
		const struct json_value *json = json_value_at(list, i);
		enum jose_alg alg = fallback == JOSE_ALG_INVALID ? alg_of_type(json) : fallback;

		if (jwk_import(json, alg, false, &keys[n]) == RC_OK)
			n++;
	}
	return n;
}

enum rc jwk_set_parse(struct str text, enum jose_alg fallback, struct jwk_set **ret)
{
	struct jwk *keys[JWKS_KEYS_MAX];
	const struct json_value *list;
	struct json_value *root;
	enum rc rc = json_value_parse(text, JWKS_TEXT_MAX, &root);
	size_t n = 0;

	if (rc != RC_OK)
		return rc;
	list = json_value_get(root, "keys");
	if (!json_value_is_array(list))
		rc = RC_INVALID;
	else if (json_value_count(list) > JWKS_KEYS_MAX)
		rc = RC_LIMITED;
	else
		n = import_usable(list, fallback, keys);
	json_value_free(root);
	if (rc == RC_OK && (!n || jwk_set_new(keys, n, ret) != RC_OK))
		rc = RC_INVALID;
	for (size_t i = 0; i < n; i++)
		jwk_unref(keys[i]);
	return rc;
}

struct jwk_set *jwk_set_ref(const struct jwk_set *s)
{
	struct jwk_set *shared = (struct jwk_set *)s; /* the count is all that changes */

	atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
	return shared;
}

void jwk_set_unref(struct jwk_set *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->n; i++)
		jwk_unref(s->keys[i]);
	free(s);
}

size_t jwk_set_count(const struct jwk_set *s)
{
	return s->n;
}

const struct jwk *jwk_set_at(const struct jwk_set *s, size_t i)
{
	return i < s->n ? s->keys[i] : NULL;
}

const struct jwk *jwk_set_find(const struct jwk_set *s, struct str kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->keys[i]->kid, kid))
			return s->keys[i];
	return NULL;
}

void jwk_set_write(const struct jwk_set *s, struct json_writer *out)
{
	json_write_object(out);
	json_write_key(out, "keys");
	json_write_array(out);
	for (size_t i = 0; i < s->n; i++)
		jwk_write_public(s->keys[i], out);
	json_write_array_end(out);
	json_write_object_end(out);
}

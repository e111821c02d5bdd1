/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/key_operations.h"

#include "idp/oauth/key_rotation.h"
#include "idp/oauth/signing_keys.h"

static const char *const alg_words[] = {"ES256", "RS256", "PS256", NULL};
static const enum jose_alg algs[] = {JOSE_ES256, JOSE_RS256, JOSE_PS256};

static const struct field rotate_fields[] = {
	{1, "alg", FIELD_ENUM, 0, offsetof(struct keys_rotate_args, alg), 0, alg_words,
		"ES256, RS256 or PS256; default ES256"},
	{2, "now", FIELD_BOOL, 0, offsetof(struct keys_rotate_args, now), 0, NULL,
		"sign with it at once, if a key has leaked"},
};
static const struct record_type rotate_type = {
	"keys_rotate", sizeof(struct keys_rotate_args), rotate_fields, 2};

/* RC_EXISTS with a problem: a new key is published already. */
static enum rc rotate_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct keys_rotate_args *args = data;
	bool pending = false;
	struct keys keys;
	enum rc rc;

	if (args->now)
		return RC_OK;
	rc = keys_read(tx->snap, tx->a, tx->app->vault, NULL, &keys);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < keys.n; i++)
		pending = pending || (keys.v[i].state == KEY_PENDING &&
					     jwk_alg(keys.v[i].jwk) == algs[args->alg]);
	keys_done(&keys);
	if (!pending)
		return RC_OK;
	problem_add(
		ret, NULL, "a new key is published already and will sign; see keys list, or --now");
	return RC_EXISTS;
}

static enum rc rotate_apply(struct tx *tx, const void *data, void *result)
{
	const struct keys_rotate_args *args = data;
	struct keys_rotated *rotated = result;
	struct keyring_rotation rule = key_rotation_rule(tx->settings);
	int64_t from = tx->now + (args->now ? 0 : tx->settings->key_overlap);

	rule.unused = key_algs_unused(tx->snap, 0);
	return signing_key_add(tx, algs[args->alg], from, &rule, &rotated->kid);
}

static void rotate_write(const void *result, struct json_writer *out)
{
	json_add_str(out, "kid", ((const struct keys_rotated *)result)->kid);
}

static const struct operation operation_keys_rotate = {
	.name = "keys.rotate",
	.help = "Creates a new signing key, which signs after it has been published for "
		"keys.overlap.",
	.args = &rotate_type,
	.permission = "keys.write",
	.result_size = sizeof(struct keys_rotated),
	.check = rotate_check,
	.apply = rotate_apply,
	.write = rotate_write,
};

static const struct field drop_fields[] = {
	{1, "kid", FIELD_STR, FIELD_REQUIRED, offsetof(struct keys_drop_args, kid), 64, NULL,
		"key id, see keys list"},
};
static const struct record_type drop_type = {
	"keys_drop", sizeof(struct keys_drop_args), drop_fields, 1};
static const char *const drop_positional[] = {"kid", NULL};

static enum rc drop_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct keys_drop_args *args = data;
	struct keys keys;
	enum rc rc = keys_read(tx->snap, tx->a, tx->app->vault, NULL, &keys);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < keys.n; i++)
		if (keys.v[i].state == KEY_ACTIVE && str_eq(jwk_kid(keys.v[i].jwk), args->kid))
			rc = RC_INVALID;
	keys_done(&keys);
	if (rc == RC_INVALID)
		problem_add(ret, NULL, "this key signs; keys rotate --now replaces it first");
	return rc;
}

static enum rc drop_apply(struct tx *tx, const void *data, void *result)
{
	(void)result;
	return signing_key_drop(tx, ((const struct keys_drop_args *)data)->kid);
}

static const struct operation operation_keys_drop = {
	.name = "keys.drop",
	.help = "Deletes a signing key at once, if it has leaked: what it signed is accepted no "
		"more, also as id_token_hint.",
	.args = &drop_type,
	.positional = drop_positional,
	.permission = "keys.write",
	.check = drop_check,
	.apply = drop_apply,
};

const struct operation *const key_operations[] = {
	&operation_keys_rotate, &operation_keys_drop, NULL};

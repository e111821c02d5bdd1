/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/user_code.h"

#include "base/array.h"
#include "codec/typed.h"
#include "crypto/hash.h"
#include "idp/ciba/ciba_records.h"

#include <stddef.h>

struct ciba_user_code {
	struct str digest;
	int64_t set;
};

static const struct field code_fields[] = {
	{1, "digest", FIELD_BYTES, FIELD_HIDDEN, offsetof(struct ciba_user_code, digest),
		SHA256_SIZE, NULL, "HMAC of person and code"},
	{2, "set", FIELD_TIME, 0, offsetof(struct ciba_user_code, set), 0, NULL, "when"},
};
const struct record_type record_ciba_user_code = {
	"ciba_user_code", sizeof(struct ciba_user_code), code_fields, ARRAY_LEN(code_fields)};

static enum rc user_code_get(
	struct tx *tx, struct str person, struct ciba_user_code *ret, uint64_t *ret_version)
{
	return record_get(
		tx->snap, (enum table)TABLE_CIBA_USER_CODE, person, tx->a, ret, ret_version);
}

enum rc user_code_export(struct tx *tx, struct str person, struct json_writer *out)
{
	struct ciba_user_code code;
	enum rc rc = user_code_get(tx, person, &code, NULL);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	json_write_object(out);
	field_to_json(&record_ciba_user_code, &code, out);
	json_write_object_end(out);
	return RC_OK;
}

static struct str user_code_digest(const struct tx *tx, struct str person, struct str code)
{
	struct str key = {(const char *)tx->app->vault->otp, sizeof(tx->app->vault->otp)};
	unsigned char *digest = arena_alloc(tx->a, SHA256_SIZE);

	hmac_sha256(key, key_join(tx->a, STR("ciba"), key_join(tx->a, person, code)), digest);
	return (struct str){(const char *)digest, SHA256_SIZE};
}

/* The same for the person and for the portal's clerk, who types what the person says. */
static struct str user_code_read(struct arena *a, struct str typed)
{
	struct buf out;

	buf_init(&out, a, TYPED_MAX);
	typed_add_ascii_digits(&out, typed_narrow(a, typed));
	return buf_status(&out) == RC_OK ? buf_str(&out) : STR_NONE;
}

enum rc user_code_fit(struct tx *tx, struct str person, struct str sent, enum user_code_fit *ret)
{
	struct ciba_user_code code;
	enum rc rc = user_code_get(tx, person, &code, NULL);

	*ret = USER_CODE_NONE;
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	if (!sent.n)
		*ret = USER_CODE_MISSING;
	else if (secret_equal(
			 user_code_digest(tx, person, user_code_read(tx->a, sent)), code.digest))
		*ret = USER_CODE_FITS;
	else
		*ret = USER_CODE_WRONG;
	return RC_OK;
}

enum rc user_code_set(struct tx *tx, struct str person, struct str typed)
{
	struct str code = user_code_read(tx->a, typed);
	struct ciba_user_code old, new = {.set = tx->now};
	uint64_t version = STORE_ABSENT;
	enum rc rc = user_code_get(tx, person, &old, &version);

	if (rc == RC_NOT_FOUND)
		version = STORE_ABSENT;
	else if (rc != RC_OK)
		return rc;
	if (!typed.n && rc == RC_NOT_FOUND)
		return RC_EXISTS;
	if (!typed.n) {
		store_delete(tx->batch, TABLE_CIBA_USER_CODE, person, version);
		return RC_OK;
	}
	if (code.n < USER_CODE_MIN || code.n > USER_CODE_MAX || !str_is_vschar(code) ||
		str_find(code, ' ') < code.n)
		return RC_INVALID;
	new.digest = user_code_digest(tx, person, code);
	record_put(tx->batch, (enum table)TABLE_CIBA_USER_CODE, tx->a, person, &new, version);
	return RC_OK;
}

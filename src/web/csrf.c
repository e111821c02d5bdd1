/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/csrf.h"

#include "codec/base64.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define TOKEN_NAME_MAX  128u /* bytes of a form's or step's name */
#define TOKEN_OWNER_MAX 256u /* bytes of a session's or interaction's id */
#define TOKEN_TEXT      (2 * SHA256_SIZE)

enum csrf_kind { KIND_FORM = 1, KIND_STEP };

/*
 * Hex of HMAC(key, kind, length of name, name, owner): the length keeps name and owner apart, the
 * kind keeps forms and steps apart. False when a part is empty or too long.
 */
static bool token_make(const unsigned char *key, enum csrf_kind kind, struct str name,
	struct str owner, char ret[static TOKEN_TEXT + 1])
{
	char bytes[2 + TOKEN_NAME_MAX + TOKEN_OWNER_MAX];
	unsigned char mac[SHA256_SIZE];

	if (!name.n || name.n > TOKEN_NAME_MAX || !owner.n || owner.n > TOKEN_OWNER_MAX)
		return false;
	bytes[0] = (char)kind;
	bytes[1] = (char)name.n;
	memcpy(bytes + 2, name.p, name.n);
	memcpy(bytes + 2 + name.n, owner.p, owner.n);
	hmac_sha256((struct str){(const char *)key, CSRF_KEY_SIZE},
		(struct str){bytes, 2 + name.n + owner.n}, mac);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", mac[i]);
	return true;
}

static struct str token(struct arena *a, const unsigned char *key, enum csrf_kind kind,
	struct str name, struct str owner)
{
	char text[TOKEN_TEXT + 1];

	if (!token_make(key, kind, name, owner, text))
		return STR_NONE;
	return str_dup(a, (struct str){text, TOKEN_TEXT});
}

static bool token_check(const unsigned char *key, enum csrf_kind kind, struct str name,
	struct str owner, struct str presented)
{
	char text[TOKEN_TEXT + 1];

	return token_make(key, kind, name, owner, text) &&
	       secret_equal((struct str){text, TOKEN_TEXT}, presented);
}

struct str csrf_token(struct arena *a, const unsigned char key[static CSRF_KEY_SIZE],
	const char *form, struct str session_id)
{
	return token(a, key, KIND_FORM, str_c(form), session_id);
}

bool csrf_check(const unsigned char key[static CSRF_KEY_SIZE], const char *form,
	struct str session_id, struct str presented)
{
	return token_check(key, KIND_FORM, str_c(form), session_id, presented);
}

struct str step_token(struct arena *a, const unsigned char key[static CSRF_KEY_SIZE],
	struct str step, struct str interaction_id)
{
	return token(a, key, KIND_STEP, step, interaction_id);
}

bool step_check(const unsigned char key[static CSRF_KEY_SIZE], struct str step,
	struct str interaction_id, struct str presented)
{
	return token_check(key, KIND_STEP, step, interaction_id, presented);
}

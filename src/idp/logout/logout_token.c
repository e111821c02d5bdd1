/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/logout_token.h"

#include "codec/json_writer.h"

#define PAYLOAD_MAX 4096u
#define JTI_BYTES   16

/* "events": { the one member: {} }. */
static void write_events(struct json_writer *w)
{
	json_write_key(w, "events");
	json_write_object(w);
	json_write_key(w, LOGOUT_EVENT);
	json_write_object(w);
	json_write_object_end(w);
	json_write_object_end(w);
}

enum rc logout_token_make(
	const struct app *app, struct arena *a, const struct logout_token *t, struct str *ret)
{
	struct buf payload;
	struct json_writer w;

	buf_init(&payload, a, PAYLOAD_MAX);
	json_writer_init(&w, &payload);
	json_write_object(&w);
	json_add_str(&w, "iss", t->issuer);
	json_add_str(&w, "sub", t->person);
	json_add_str(&w, "aud", t->client);
	json_add_i64(&w, "iat", t->now);
	json_add_i64(&w, "exp", t->now + LOGOUT_TOKEN_LIFETIME);
	json_add_str(&w, "jti", random_base64url(a, app->rng, JTI_BYTES));
	write_events(&w);
	json_add_str(&w, "sid", t->sid);
	json_write_object_end(&w);
	if (buf_status(&payload) != RC_OK)
		return RC_LIMITED;
	return keyring_sign(app->keys, t->alg, a, LOGOUT_TOKEN_TYPE, buf_str(&payload), ret);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/seal.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "base/die.h"
#include "base/secret.h"
#include "base/random.h"
#include "crypto/hash.h"

#include <openssl/evp.h>
#include <pthread.h>

#define NONCE       12u
#define TAG         16u
#define PURPOSE_MAX 128u

/* RFC 5869: with 32 bytes wanted, expansion is a single block. */
void secret_derive(const struct secret *master, const char *purpose, unsigned char ret[static 32])
{
	static const unsigned char salt[SHA256_SIZE];
	unsigned char prk[SHA256_SIZE];
	char info[PURPOSE_MAX + 1];
	size_t n = strlen(purpose);

	if (n > PURPOSE_MAX)
		die("secret_derive: the purpose is too long");
	memcpy(info, purpose, n);
	info[n] = 1;
	hmac_sha256((struct str){.p = (const char *)salt, .n = sizeof(salt)}, secret_bytes(master),
		prk);
	hmac_sha256((struct str){.p = (const char *)prk, .n = sizeof(prk)},
		(struct str){.p = info, .n = n + 1}, ret);
	explicit_bzero(prk, sizeof(prk));
}

static EVP_CIPHER *gcm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Looking an algorithm up takes locks; it is kept for the life of the process. */
static void fetch_cipher(void)
{
	/* NULL also where OpenSSL has none, which the packages of no release are without. */
	gcm = memory_wait_for(EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL));
}

static void free_ctx(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

/* A context with key, nonce and associated data given; NULL: OpenSSL has no memory. */
static EVP_CIPHER_CTX *cipher_start(const unsigned char key[static 32], const unsigned char *nonce,
	struct str aad, bool encrypt)
{
	EVP_CIPHER_CTX *ctx;
	int n;

	pthread_once(&once, fetch_cipher);
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx || aad.n > INT32_MAX ||
		EVP_CipherInit_ex2(ctx, gcm, key, nonce, encrypt, NULL) != 1 ||
		(aad.n && EVP_CipherUpdate(
				  ctx, NULL, &n, (const unsigned char *)aad.p, (int)aad.n) != 1)) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

struct str secret_seal(struct arena *a, const struct rng *rng, const unsigned char key[static 32],
	struct str aad, struct str plain)
{
	size_t size = NONCE + plain.n + TAG;
	unsigned char *out = arena_alloc(a, size);
	__attribute__((cleanup(free_ctx))) EVP_CIPHER_CTX *ctx = NULL;
	int n = 0, last = 0;

	rng_fill(rng, out, NONCE);
	ctx = plain.n <= INT32_MAX ? cipher_start(key, out, aad, true) : NULL;
	if (!ctx ||
		(plain.n && EVP_EncryptUpdate(ctx, out + NONCE, &n, (const unsigned char *)plain.p,
				    (int)plain.n) != 1) ||
		EVP_EncryptFinal_ex(ctx, out + NONCE + n, &last) != 1 ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + NONCE + plain.n) != 1) {
		arena_fail(a, "AES-256-GCM cannot encrypt");
		return STR_NONE;
	}
	return (struct str){.p = (const char *)out, .n = size};
}

enum rc secret_open(struct arena *a, const unsigned char key[static 32], struct str aad,
	struct str sealed, struct str *ret)
{
	const unsigned char *in = (const unsigned char *)sealed.p;
	__attribute__((cleanup(free_ctx))) EVP_CIPHER_CTX *ctx = NULL;
	unsigned char *plain, tag[TAG];
	size_t size;
	int n = 0, last = 0;

	if (sealed.n < NONCE + TAG || sealed.n > INT32_MAX)
		return RC_CORRUPT;
	size = sealed.n - NONCE - TAG;
	memcpy(tag, in + NONCE + size, TAG);
	plain = arena_alloc(a, size + 1);
	ctx = cipher_start(key, in, aad, false);
	if (!ctx)
		return RC_UNAVAILABLE;
	if (size && EVP_DecryptUpdate(ctx, plain, &n, in + NONCE, (int)size) != 1)
		return RC_CORRUPT;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) != 1 ||
		EVP_DecryptFinal_ex(ctx, plain + n, &last) != 1) {
		explicit_bzero(plain, size);
		return RC_CORRUPT;
	}
	plain[size] = '\0';
	*ret = (struct str){.p = (const char *)plain, .n = size};
	return RC_OK;
}

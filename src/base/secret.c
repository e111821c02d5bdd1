/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/secret.h"

#include "base/die.h"
#include "base/last_line.h"

#include <sodium.h>

struct secret {
	size_t n;
	unsigned char *bytes; /* in guarded, locked pages that are read-only after secret_new */
};

void secret_library(void)
{
	if (sodium_init() < 0)
		last_line_end(EXIT_FAILED, "libsodium cannot start: the kernel gives no random "
					   "bytes, or there is no memory");
}

struct secret *secret_new(struct str bytes)
{
	struct secret *s = xcalloc(1, sizeof(*s));

	secret_library();
	s->n = bytes.n;
	s->bytes = memory_wait_for(sodium_malloc(bytes.n));
	if (bytes.n)
		memcpy(s->bytes, bytes.p, bytes.n);
	sodium_mprotect_readonly(s->bytes);
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	sodium_free(s->bytes);
	free(s);
}

struct str secret_bytes(const struct secret *s)
{
	return (struct str){.p = (const char *)s->bytes, .n = s->n};
}

bool secret_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A Cookie header of any bytes: what is found is cookie-octets inside the header. */
#include "http/cookie.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str header = {.p = (const char *)data, .n = size}, value;

	if (cookie_find(header, STR("sid"), &value) != RC_OK)
		return 0;
	if (!cookie_value_ok(value))
		abort();
	if (value.n && (value.p < header.p || value.p + value.n > header.p + header.n))
		abort();
	return 0;
}

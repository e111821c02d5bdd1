/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/version.h"

#include "base/array.h"
#include "codec/email.h"
#include "codec/json_value.h"
#include "codec/typed.h"
#include "conf/conf.h"
#include "crypto/hash.h"
#include "crypto/pwhash.h"
#include "http/server.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "net/http_client.h"
#include "store/store.h"
#include "web/qr.h"

#include <gnu/libc-version.h>

static char program[STORE_PROGRAM_MAX] = "pratu " PRATU_VERSION;

static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
	{"libmicrohttpd", http_library_version},
	{"libcurl", net_library_version},
	{"OpenSSL", hash_library_version},
	{"libsodium", pwhash_library_version},
	{"cjose", jws_library_version},
	{"liboauth2", thumbprint_library_version},
	{"jansson", json_library_version},
	{"LMDB", store_library_version},
	{"libyaml", conf_library_version},
	{"libidn2", email_library_version},
	{"utf8proc", typed_library_version},
	{"libqrencode", qr_library_version},
	{"glibc", gnu_get_libc_version},
};

void version_set_commit(const char *commit)
{
	snprintf(program, sizeof(program), "pratu %s (%s)", PRATU_VERSION, commit);
}

const char *version_program(void)
{
	return program;
}

void version_write(struct buf *out)
{
	buf_addf(out, "%s\n\nstore format %d\n", program, STORE_FORMAT);
	for (size_t i = 0; i < ARRAY_LEN(libraries); i++)
		buf_addf(out, "%s %s\n", libraries[i].name, libraries[i].version());
}

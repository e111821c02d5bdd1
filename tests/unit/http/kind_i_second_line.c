/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind I: what stands behind the first defence. Forms that another site sent are refused beside
 * their tokens; the management listener answers to no name of somebody else's DNS; our own TLS has
 * forward secrecy and AEAD only; answers say who may embed, open and read them.
 */
#include "base/die.h"
#include "fixture.h"
#include "support/rsa_keys.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

static void take_form(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("taken"));
}

static struct http_blob *blob;

static void give_blob(struct http_exchange *x)
{
	http_answer_blob(x, blob);
}

static const struct http_route routes[] = {
	{.path = "/form",
		.methods = HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.handle = take_form,
		.name = "form"},
	{.path = "/open",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE | HTTP_CROSS_SITE,
		.handle = take_form,
		.name = "open"},
	{.path = "/api",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_CORS,
		.handle = take_form,
		.name = "api"},
	{.path = "/blob", .methods = HTTP_ON(HTTP_GET), .handle = give_blob, .name = "blob"},
};

static int ask_server(int port, const char *request)
{
	struct arena *a = arena_new(ARENA_MAX);
	int status = raw_exchange(a, port, str_c(request)).status;

	arena_free(a);
	return status;
}

/* --- who sent the form --- */

static const struct {
	const char *headers;
	bool secure; /* the site is reached by https */
	int status;
} forms[] = {
	/* Browsers that say nothing. */
	{"", false, 200},
	{"", true, 200},
	/* Fetch Metadata. */
	{"Sec-Fetch-Site: same-origin\r\n", true, 200},
	{"Sec-Fetch-Site: none\r\n", true, 200},
	{"Sec-Fetch-Site: cross-site\r\n", true, 403},
	{"Sec-Fetch-Site: same-site\r\n", true, 403},
	{"Sec-Fetch-Site: \r\n", true, 403},
	{"Sec-Fetch-Site: SAME-ORIGIN\r\n", true, 403},
	{"Sec-Fetch-Site: whatever\r\n", true, 403},
	{"Sec-Fetch-Site: cross-site\r\nOrigin: https://localhost\r\n", true, 403},
	/* Origin. */
	{"Origin: https://localhost\r\n", true, 200},
	{"Origin: http://localhost\r\n", false, 200},
	{"Origin: https://localhost\r\n", false, 200},
	{"Origin: http://localhost\r\n", true, 403},
	{"Origin: https://evil.example\r\n", true, 403},
	{"Origin: https://localhost.evil.example\r\n", true, 403},
	{"Origin: https://localhost:8443\r\n", true, 403},
	{"Origin: https://evil.example, https://localhost\r\n", true, 403},
	{"Origin: localhost\r\n", true, 403},
	{"Origin: \r\n", true, 403},
	{"Origin: https://\r\n", true, 403},
	{"Sec-Fetch-Site: same-origin\r\nOrigin: https://localhost\r\n", true, 200},
	{"Sec-Fetch-Site: same-origin\r\nOrigin: https://evil.example\r\n", true, 403},
	/* "null": a sandbox or a file; of our own pages only where the browser says so besides. */
	{"Origin: null\r\n", true, 403},
	{"Sec-Fetch-Site: cross-site\r\nOrigin: null\r\n", true, 403},
	{"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", true, 200},
};

static void forms_of_other_sites(void **state)
{
	char request[400];

	(void)state;
	for (int secure = 0; secure < 2; secure++) {
		struct http_server_options o = test_options();
		struct http_server *s;

		o.secure_cookies = secure;
		s = test_start(&o, routes, N_OF(routes));
		for (size_t i = 0; i < N_OF(forms); i++) {
			int status;

			if (forms[i].secure != secure)
				continue;
			snprintf(request, sizeof(request),
				"POST /form HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
				"Content-Length: 0\r\n%s\r\n",
				forms[i].headers);
			status = ask_server(http_server_port(s), request);
			if (status != forms[i].status)
				fail_msg("%s: %d", forms[i].headers, status);
		}
		assert_true(http_server_stop(s));
	}
}

/* Where other sites may post, they may; looking at a page is nobody's form. */
static void what_other_sites_may(void **state)
{
#define REST                                                                                       \
	" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n"               \
	"Sec-Fetch-Site: cross-site\r\nOrigin: https://portal.example\r\n\r\n"
	static const char *const requests[] = {
		"POST /open" REST, "POST /api" REST, "GET /form" REST};
#undef REST
	struct http_server_options o = test_options();
	struct http_server *s = test_start(&o, routes, N_OF(routes));

	(void)state;
	for (size_t i = 0; i < N_OF(requests); i++)
		assert_int_equal(ask_server(http_server_port(s), requests[i]), 200);
	assert_true(http_server_stop(s));
}

/* --- the management listener --- */

static void names_of_others(void **state)
{
	static const struct str ours[] = {STR_INIT("pratu-1.internal"), STR_INIT("mon:9")};
	static const struct {
		const char *host; /* NULL: none at all */
		int status;
	} rows[] = {{NULL, 200}, {"", 200}, {"localhost", 200}, {"LOCALHOST:8081", 200},
		{"127.0.0.1", 200}, {"127.0.0.1:8081", 200}, {"10.1.2.3:8081", 200},
		{"[::1]:8081", 200}, {"[2001:db8::1]", 200}, {"pratu-1.internal", 200},
		{"pratu-1.internal:8081", 200}, {"mon:9", 200}, {"mon", 421}, {"evil.example", 421},
		{"evil.example:8081", 421}, {"localhost.evil.example", 421},
		{"127.0.0.1.evil.example:8081", 421}, {"[evil.example]", 421},
		{"127.0.0.1@evil.example", 421}};
	struct http_server_options o = test_options();
	struct http_server *s;
	char request[300];

	(void)state;
	o.hosts = (struct strlist){ours, N_OF(ours)};
	o.hosts_by_address = true;
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(rows); i++) {
		int status;

		if (rows[i].host)
			snprintf(request, sizeof(request),
				"GET /form HTTP/1.1\r\nConnection: close\r\nHost: %s\r\n\r\n",
				rows[i].host);
		else
			snprintf(request, sizeof(request), "GET /form HTTP/1.0\r\n\r\n");
		status = ask_server(http_server_port(s), request);
		if (status != rows[i].status)
			fail_msg("%s: %d", rows[i].host ? rows[i].host : "none", status);
	}
	assert_true(http_server_stop(s));
}

/* --- TLS --- */

#define TLS_DIR "/tmp/pratu-kind-i-XXXXXX"
static char tls_dir[] = TLS_DIR;
static char tls_cert[64], tls_key[64];

static void made(bool ok)
{
	if (!ok)
		die("the test certificate cannot be made");
}

/* An RSA key: with it a key exchange without forward secrecy would be possible. */
static int make_certificate(void **state)
{
	BIO *pem = BIO_new_mem_buf(rsa_keys_pem[0], -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
	X509 *x = X509_new();
	FILE *f;

	(void)state;
	BIO_free(pem);
	memcpy(tls_dir, TLS_DIR, sizeof(TLS_DIR));
	made(key && x && mkdtemp(tls_dir));
	snprintf(tls_cert, sizeof(tls_cert), "%s/cert.pem", tls_dir);
	snprintf(tls_key, sizeof(tls_key), "%s/key.pem", tls_dir);
	made(X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1));
	made(X509_gmtime_adj(X509_getm_notBefore(x), -60) != NULL);
	made(X509_gmtime_adj(X509_getm_notAfter(x), 3600) != NULL);
	made(X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256()) > 0);
	f = fopen(tls_cert, "w");
	made(f && PEM_write_X509(f, x) == 1);
	fclose(f);
	f = fopen(tls_key, "w");
	made(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	made(chmod(tls_key, 0600) == 0);
	X509_free(x);
	EVP_PKEY_free(key);
	return 0;
}

static int remove_certificate(void **state)
{
	(void)state;
	unlink(tls_cert);
	unlink(tls_key);
	rmdir(tls_dir);
	return 0;
}

static size_t keep_header(char *line, size_t size, size_t n, void *data)
{
	if (strncasecmp(line, "Strict-Transport-Security:", 26) == 0)
		*(bool *)data = true;
	return size * n;
}

static size_t drop_body(char *bytes, size_t size, size_t n, void *data)
{
	(void)bytes;
	(void)data;
	return size * n;
}

/* of: header fields of the request; NULL: none. */
static CURLcode ask_with(int port, const char *path, long version, const char *ciphers,
	struct curl_slist *of, bool *ret_hsts)
{
	CURL *c = curl_easy_init();
	char url[80];
	CURLcode code;

	snprintf(url, sizeof(url), "https://localhost:%d/%s", port, path);
	*ret_hsts = false;
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, version);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, of);
	if (ciphers)
		curl_easy_setopt(c, CURLOPT_SSL_CIPHER_LIST, ciphers);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, keep_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, ret_hsts);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_body);
	code = curl_easy_perform(c);
	curl_easy_cleanup(c);
	return code;
}

static CURLcode connect_with(int port, long version, const char *ciphers, bool *ret_hsts)
{
	return ask_with(port, "form", version, ciphers, NULL, ret_hsts);
}

/* Styles, discovery and keys too, whole and as "not modified", compressed and not; refusals. */
static void every_answer_asks_for_tls(void **state)
{
	static const char *const headers[] = {"X-None: x", "Accept-Encoding: gzip",
		"If-None-Match: *",
		/* libmicrohttpd refuses it; that, too, was only cut over TLS. */
		"Content-Length: x"};
	struct http_server_options o = test_options();
	struct http_server *s;

	(void)state;
	o.hosts.n = 0;
	o.tls = true;
	o.tls_cert_file = tls_cert;
	o.tls_key_file = tls_key;
	blob = http_blob_new(200, "text/css", STR("a{}"), NULL, false);
	http_blob_set_gzip(blob, STR("not really"));
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(headers); i++) {
		struct curl_slist *of = curl_slist_append(NULL, headers[i]);
		bool hsts;

		assert_int_equal(ask_with(http_server_port(s), "blob", CURL_SSLVERSION_TLSv1_3,
					 NULL, of, &hsts),
			CURLE_OK);
		assert_true(hsts);
		curl_slist_free_all(of);
	}
	assert_true(http_server_stop(s));
	http_blob_unref(blob);
}

static void only_forward_secrecy_and_aead(void **state)
{
	static const long only_1_2 = CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2;
	static const char *const good[] = {"ECDHE-RSA-AES128-GCM-SHA256",
		"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"};
	static const char *const bad[] = {"AES128-GCM-SHA256@SECLEVEL=0",
		"AES256-GCM-SHA384@SECLEVEL=0", "AES128-SHA@SECLEVEL=0", "AES256-SHA256@SECLEVEL=0",
		"AES128-CCM@SECLEVEL=0", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA384",
		"ECDHE-RSA-AES128-SHA@SECLEVEL=0", "DHE-RSA-AES128-GCM-SHA256",
		"DHE-RSA-AES256-SHA256"};
	struct http_server_options o = test_options();
	struct http_server *s;
	bool hsts;
	int port;

	(void)state;
	o.hosts.n = 0;
	o.tls = true;
	o.tls_cert_file = tls_cert;
	o.tls_key_file = tls_key;
	s = test_start(&o, routes, N_OF(routes));
	port = http_server_port(s);
	assert_int_equal(connect_with(port, CURL_SSLVERSION_TLSv1_3, NULL, &hsts), CURLE_OK);
	assert_true(hsts);
	for (size_t i = 0; i < N_OF(good); i++)
		if (connect_with(port, only_1_2, good[i], &hsts) != CURLE_OK)
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < N_OF(bad); i++)
		if (connect_with(port, only_1_2, bad[i], &hsts) == CURLE_OK)
			fail_msg("accepted: %s", bad[i]);
	assert_int_not_equal(
		connect_with(port, CURL_SSLVERSION_TLSv1_0 | CURL_SSLVERSION_MAX_TLSv1_1,
			"DEFAULT@SECLEVEL=0", &hsts),
		CURLE_OK);
	assert_true(http_server_stop(s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_other_sites),
		cmocka_unit_test(what_other_sites_may),
		cmocka_unit_test(names_of_others),
		cmocka_unit_test_setup_teardown(
			only_forward_secrecy_and_aead, make_certificate, remove_certificate),
		cmocka_unit_test_setup_teardown(
			every_answer_asks_for_tls, make_certificate, remove_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

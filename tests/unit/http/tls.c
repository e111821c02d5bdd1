/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The server with a certificate of its own, and what the client believes. */
#include "base/die.h"
#include "fixture.h"
#include "net/http_client.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/pratu-tls-XXXXXX";
static char cert_file[64], key_file[64], other_key_file[64];

static void tls_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static const struct http_route routes[] = {
	{.path = "/hello", .methods = HTTP_ON(HTTP_GET), .handle = tls_hello},
};

static void must(bool ok)
{
	if (!ok)
		die("the test certificate cannot be made");
}

static void write_key(const char *path, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	must(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	must(chmod(path, 0600) == 0);
}

/* Self-signed for "localhost" only. */
static void write_cert(const char *path, EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *san;
	FILE *f;

	must(X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1));
	must(X509_gmtime_adj(X509_getm_notBefore(x), -60) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(x), 3600) != NULL);
	must(X509_set_pubkey(x, key));
	must(X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0));
	must(X509_set_issuer_name(x, name));
	san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");
	must(san && X509_add_ext(x, san, -1) && X509_sign(x, key, EVP_sha256()) > 0);
	f = fopen(path, "w");
	must(f && PEM_write_X509(f, x) == 1);
	fclose(f);
	X509_EXTENSION_free(san);
	X509_free(x);
}

static int tls_set_up(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");

	must(key && other && mkdtemp(dir));
	snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", dir);
	snprintf(key_file, sizeof(key_file), "%s/key.pem", dir);
	snprintf(other_key_file, sizeof(other_key_file), "%s/other.pem", dir);
	write_key(key_file, key);
	write_key(other_key_file, other);
	write_cert(cert_file, key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	*state = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int tls_tear_down(void **state)
{
	unlink(cert_file);
	unlink(key_file);
	unlink(other_key_file);
	rmdir(dir);
	arena_free(*state);
	return 0;
}

static struct http_server_options tls_options(void)
{
	struct http_server_options o = test_options();

	o.hosts.n = 0;
	o.tls = true;
	o.tls_cert_file = cert_file;
	o.tls_key_file = key_file;
	return o;
}

static enum rc tls_get(struct arena *a, const char *ca_file, const char *host, int port)
{
	struct http_client_options o = {.ca_file = ca_file};
	struct http_fetch what = {.method = "GET", .allow_special = true};
	struct http_fetched got;
	struct http_client *c;
	const char *why;
	struct buf b;
	enum rc rc;

	buf_init(&b, a, 200);
	buf_addf(&b, "https://%s:%d/hello", host, port);
	what.url = buf_str(&b);
	assert_int_equal(http_client_new(&o, &c), RC_OK);
	rc = http_client_fetch(c, a, &what, &got, &why);
	if (rc == RC_OK)
		assert_str(got.body, "hello");
	else
		print_message("# %s\n", why);
	http_client_free(c);
	return rc;
}

static void known_certificate_and_name(void **state)
{
	struct http_server_options o = tls_options();
	struct http_server *s = test_start(&o, routes, N_OF(routes));
	int port = http_server_port(s);

	assert_int_equal(tls_get(*state, cert_file, "localhost", port), RC_OK);
	assert_int_equal(tls_get(*state, cert_file, "127.0.0.1", port), RC_UNAVAILABLE);
	assert_int_equal(tls_get(*state, NULL, "localhost", port), RC_UNAVAILABLE);
	assert_true(http_server_stop(s));
}

static void unusable_files_refuse_the_start(void **state)
{
	struct http_server_options o = tls_options();
	struct http_client_options client = {.ca_file = "/nonexistent/ca.pem"};
	struct http_client *c;
	struct http_server *s;

	o.tls_key_file = other_key_file;
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	o.tls_key_file = cert_file;
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	o.tls_key_file = "/nonexistent/key.pem";
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	assert_int_equal(http_client_new(&client, &c), RC_NOT_FOUND);
}

/* 0640 is for a group of the service and its certificate tool. */
static void a_key_that_others_may_read_refuses_the_start(void **state)
{
	static const mode_t loose[] = {0004, 0002, 0001, 0020};
	struct http_server_options o = tls_options();
	struct http_server *s;

	(void)state;
	for (size_t i = 0; i < N_OF(loose); i++) {
		must(chmod(key_file, 0600 | loose[i]) == 0);
		assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	}
	must(chmod(key_file, 0640) == 0);
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_OK);
	assert_true(http_server_stop(s));
	must(chmod(key_file, 0600) == 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_certificate_and_name),
		cmocka_unit_test(unusable_files_refuse_the_start),
		cmocka_unit_test(a_key_that_others_may_read_refuses_the_start),
	};

	return cmocka_run_group_tests(tests, tls_set_up, tls_tear_down);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/inbox/smtp_tls.h"

#include "base/die.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LIFE (30L * 86400) /* seconds */

struct smtp_tls_context {
	SSL_CTX *ctx;
};

struct smtp_wire {
	int fd;
	SSL *ssl; /* NULL: clear */
};

static bool add_names(X509 *cert)
{
	X509_EXTENSION *names =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	bool ok = names && X509_add_ext(cert, names, -1) == 1;

	X509_EXTENSION_free(names);
	return ok;
}

static bool certificate_fill(X509 *cert, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, 2) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), LIFE) && X509_set_pubkey(cert, key) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		       (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1 && add_names(cert) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static bool write_certificate(const char *path, X509 *cert)
{
	BIO *out = BIO_new_file(path, "w");
	bool ok = out && PEM_write_bio_X509(out, cert) == 1;

	BIO_free_all(out);
	return ok;
}

enum rc smtp_tls_new(const char *path, struct smtp_tls_context **ret)
{
	struct smtp_tls_context *t = xcalloc(1, sizeof(*t));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool ok;

	if (!key || !cert)
		die("out of memory");
	t->ctx = SSL_CTX_new(TLS_server_method());
	ok = t->ctx && certificate_fill(cert, key) && SSL_CTX_use_certificate(t->ctx, cert) == 1 &&
	     SSL_CTX_use_PrivateKey(t->ctx, key) == 1 && write_certificate(path, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
	if (!ok) {
		smtp_tls_free(t);
		return RC_UNAVAILABLE;
	}
	*ret = t;
	return RC_OK;
}

void smtp_tls_free(struct smtp_tls_context *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

struct smtp_wire *smtp_wire_new(int fd)
{
	struct smtp_wire *w = xcalloc(1, sizeof(*w));

	w->fd = fd;
	return w;
}

void smtp_wire_free(struct smtp_wire *w)
{
	SSL_free(w->ssl);
	free(w);
}

bool smtp_wire_start_tls(struct smtp_wire *w, struct smtp_tls_context *t)
{
	w->ssl = SSL_new(t->ctx);
	return w->ssl && SSL_set_fd(w->ssl, w->fd) == 1 && SSL_accept(w->ssl) == 1;
}

bool smtp_wire_is_tls(const struct smtp_wire *w)
{
	return w->ssl != NULL;
}

ssize_t smtp_wire_read(struct smtp_wire *w, char *bytes, size_t n)
{
	return w->ssl ? SSL_read(w->ssl, bytes, (int)n) : recv(w->fd, bytes, n, 0);
}

bool smtp_wire_write(struct smtp_wire *w, const char *bytes, size_t n)
{
	while (n) {
		ssize_t k = w->ssl ? SSL_write(w->ssl, bytes, (int)n)
				   : send(w->fd, bytes, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		bytes += k;
		n -= (size_t)k;
	}
	return true;
}

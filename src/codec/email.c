/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/email.h"

#include "base/arena.h"
#include "base/buf.h"
#include "codec/typed.h"

#include <ctype.h>
#include <idn2.h>

#define LOCAL_MAX 64u /* RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63u /* RFC 1035 2.3.4 */

static const char why_none[] = "is no email address; write one like somchai@dla.go.th";
static const char why_several[] = "is more than one email address; keep one";
static const char why_long[] = "is longer than an email address can be; mend it";
static const char why_quoted[] = "has a quoted name or a comment; no mail is sent to such an "
				 "address, give another one";
static const char why_local[] =
	"has letters before the @ that mail cannot be sent to; only a-z, A-Z, 0-9 and "
	"!#$%&'*+-/=?^_`{|}~ with single dots between them are possible";
static const char why_domain[] =
	"has no domain name behind the @ that mail can be sent to; mend it";
static const char why_literal[] =
	"has an IP address behind the @; write the name of the mail server's domain";

/* RFC 5322 3.2.3 */
static bool is_atext(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 0x80 && (isalnum(u) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c)));
}

static bool local_ok(struct str local)
{
	bool dot = true;

	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '.' ? dot : !is_atext(local.p[i]))
			return false;
		dot = local.p[i] == '.';
	}
	return !dot && local.n <= LOCAL_MAX;
}

/* One label; *ret_number: it has digits only. */
static bool label_ok(struct str label, bool *ret_number)
{
	*ret_number = true;
	if (!label.n || label.n > LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.n; i++) {
		unsigned char c = (unsigned char)label.p[i];

		if (c >= 0x80 || (!isalnum(c) && c != '-'))
			return false;
		*ret_number &= isdigit(c) != 0;
	}
	return label.p[0] != '-' && label.p[label.n - 1] != '-';
}

static bool domain_ok(struct str domain)
{
	struct str rest = domain, label;
	size_t labels = 0;
	bool number = true;

	if (!domain.n || domain.p[domain.n - 1] == '.')
		return false;
	while (str_cut(&rest, '.', &label)) {
		if (!label_ok(label, &number))
			return false;
		labels++;
	}
	return labels >= 2 && !number;
}

bool email_ok(struct str address)
{
	size_t at = str_find(address, '@');

	return address.n <= EMAIL_MAX && at < address.n && local_ok(str_sub(address, 0, at)) &&
	       domain_ok(str_sub(address, at + 1, address.n));
}

/* "mailto:a@b", "<a@b>", "a@b." -> "a@b" */
static struct str without_wrapping(struct str s)
{
	if (str_ieq(str_sub(s, 0, 7), STR("mailto:")))
		s = str_sub(s, 7, s.n);
	if (s.n > 1 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = typed_trim(str_sub(s, 1, s.n - 2));
	/* One dot ends a sentence or a domain name; more are a slip. */
	if (s.n > 1 && s.p[s.n - 1] == '.' && s.p[s.n - 2] != '.')
		s.n--;
	return s;
}

/* The domain in A-labels and lower case; empty: there is no such name. UTS #46 without the
 * transitional mappings, as browsers do. Not with IDN2_USE_STD3_ASCII_RULES, under which the
 * library leaves out what is not allowed and so gives another domain: domain_ok decides. */
static struct str ascii_domain(struct arena *a, struct str domain)
{
	char *in = str_dup_c(a, domain), *out = NULL;
	struct str copy;
	int rc;

	rc = idn2_to_ascii_8z(in, &out, IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return STR_NONE;
	copy = str_lower(a, str_c(out));
	idn2_free(out);
	return copy;
}

static const char *fault_of(struct str local, struct str domain)
{
	if (domain.n && domain.p[0] == '[')
		return why_literal;
	if (str_find(domain, '@') < domain.n || str_find(local, ',') < local.n ||
		str_find(domain, ',') < domain.n || str_find(domain, ';') < domain.n)
		return why_several;
	if (str_find(local, '"') < local.n || str_find(local, '(') < local.n ||
		str_find(domain, '(') < domain.n)
		return why_quoted;
	if (!local_ok(local))
		return local.n > LOCAL_MAX ? why_long : why_local;
	return NULL;
}

enum rc email_normalise(struct arena *a, struct str typed, struct str *ret, const char **ret_why)
{
	struct str s = without_wrapping(typed_narrow(a, typed));
	size_t at = str_find(s, '@');
	struct str local = str_sub(s, 0, at), domain = str_sub(s, at + 1, s.n), ascii;
	struct buf out;

	*ret_why = at >= s.n || !local.n ? why_none
		   : s.n > TYPED_MAX     ? why_long
		   : str_has_control(s)  ? why_none
					 : fault_of(local, domain);
	if (*ret_why)
		return RC_INVALID;
	*ret_why = why_domain;
	ascii = ascii_domain(a, domain);
	if (!domain_ok(ascii) || (domain_ok(domain) && !str_eq(ascii, str_lower(a, domain))))
		return RC_INVALID;
	*ret_why = why_long;
	buf_init(&out, a, EMAIL_MAX);
	buf_add(&out, local);
	buf_add_byte(&out, '@');
	buf_add(&out, ascii);
	if (buf_status(&out) != RC_OK || !email_ok(buf_str(&out)))
		return RC_INVALID;
	*ret_why = NULL;
	*ret = buf_str(&out);
	return RC_OK;
}

struct str email_fold(struct arena *a, struct str address)
{
	return str_lower(a, address);
}

const char *email_library_version(void)
{
	return idn2_check_version(NULL);
}
